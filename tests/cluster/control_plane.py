"""A Kubernetes control plane without containers: etcd, API server, controller manager, scheduler
and kwok, which makes the node and its pods run.
"""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth.kit.objects import Body
from synth.render.documents import dump
from tests.cluster.programs import module_folder, program
from tests.servers import HOST, Server, free_ports, wait_for

NODE = "node-1"
TOKEN = "administrator"
NICE = 10
"""How much clusters give way to what is beside them, as they have machines of their own in production."""
_KWOK_STAGES = (
    "kustomize/stage/node/fast/node-initialize.yaml",
    "kustomize/stage/node/heartbeat/node-heartbeat.yaml",
    "kustomize/stage/pod/fast",
)


Uids = Mapping[tuple[str, str, str], str]
"""UIDs by kind, namespace and name."""
_HOLD_DATA = ("namespaces", "persistentvolumeclaims")
_MADE_BY_CONTROLLERS = ("argoproj.io", "internal.knative.dev", "acme.cert-manager.io")
"""Groups whose objects come and go by themselves, and Argo CD's own."""


@dataclass(frozen=True)
class ControlPlane:
    """A running control plane, and kubectl's view of it."""

    folder: Path
    kubeconfig: Path
    server: str
    authority: Path
    """The PEM of the authority that signed the API server's certificate."""
    servers: list[Server]

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl prints; subprocess.CalledProcessError where it fails."""
        done = self.try_kubectl(*arguments, stdin=stdin)
        if done.returncode:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def try_kubectl(
        self, *arguments: str, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program("kubectl"), "--kubeconfig", self.kubeconfig, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def accepted(self, bodies: Iterable[Body]) -> int:
        """How many objects the API server takes as Argo CD applies them, without keeping any;
        AssertionError with everything that it has to say against them.
        """
        done = self.try_kubectl(
            "apply", "--server-side", "--dry-run=server", "--validate=strict",
            "--force-conflicts", "--field-manager=argocd-controller", "-f", "-",
            stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(bodies)}),
        )  # fmt: skip
        assert done.stderr == ""
        return len(done.stdout.splitlines())

    def shell(self, command: str) -> None:
        """A command that people are told to run, with kubectl on PATH and speaking to this cluster."""
        path = f"{program('kubectl').parent}{os.pathsep}{os.environ['PATH']}"
        env = {**os.environ, "PATH": path, "KUBECONFIG": str(self.kubeconfig)}
        subprocess.run(["bash", "-c", command], env=env, check=True, capture_output=True)

    def apply(self, bodies: Iterable[Body]) -> None:
        """Server-side, with strict field validation."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(bodies)})
        self.kubectl(
            "apply",
            "--server-side",
            "--force-conflicts",
            "--validate=strict",
            "-f",
            "-",
            stdin=text,
        )

    def install_crds(self, path: Path) -> None:
        """The CustomResourceDefinitions in a file; returns once they are served."""
        self.kubectl("apply", "--server-side", "-f", str(path))
        established = ("wait", "--for=condition=Established", "--timeout=5s", "-f", str(path))
        wait_for(f"the CRDs in {path}", lambda: not self.try_kubectl(*established).returncode)

    def uids(self) -> Uids:
        """The UID of whatever holds data, and of every custom resource that a person made."""
        crds = self.get("customresourcedefinitions.apiextensions.k8s.io")["items"]
        custom = [
            f"{crd['spec']['names']['plural']}.{crd['spec']['group']}"
            for crd in crds
            if not crd["spec"]["group"].endswith(_MADE_BY_CONTROLLERS)
        ]
        found = self.get(",".join([*_HOLD_DATA, *custom]))["items"]
        return {
            (each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]): each[
                "metadata"
            ]["uid"]
            for each in [*crds, *found]
        }

    def get(self, kind: str, name: str = "", namespace: str = "") -> Any:
        """An object, or the list of all of a kind, as the API server has it."""
        where = ["-n", namespace] if namespace else [] if name else ["--all-namespaces"]
        return json.loads(self.kubectl("get", kind, *filter(None, [name]), *where, "-o", "json"))


def assert_kept(before: Uids, after: Uids) -> None:
    """Nothing was made anew, and what holds data is still there."""
    data = {"Namespace", "PersistentVolumeClaim", "Profile", "CustomResourceDefinition"}
    lost = {
        each: (uid, after.get(each, "gone"))
        for each, uid in before.items()
        if after.get(each, uid if each[0] not in data else "gone") != uid
    }
    assert lost == {}


@contextmanager
def control_plane(folder: Path, *, runs_pods: bool = True) -> Iterator[ControlPlane]:
    """A fresh control plane whose files lie in a folder of its own; ends with the context. Without
    anything that `runs_pods` it keeps objects, and no more.
    """
    # Who is told to end ends as after Ctrl-C: the servers stop before it does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder.mkdir(parents=True)
    etcd, peer, api = free_ports(3)
    kubeconfig = folder / "kubeconfig"
    authority = folder / "certificates" / "apiserver.crt"
    url = f"https://{HOST}:{api}"
    _write_access(folder, kubeconfig, url, authority)
    kube: list[str | Path] = ["--kubeconfig", kubeconfig]
    with ExitStack() as stack:
        running: list[Server] = []

        def start(name: str, *arguments: str | Path, binary: str = "") -> Server:
            server = Server(name, [program(binary or name), *arguments], folder, {}, nice=NICE)
            # What it knows goes with the folder; an API server would wait for those who watch.
            stack.callback(server.kill)
            running.append(server)
            return server

        store = start(
            "etcd",
            "--data-dir", folder / "etcd",
            "--unsafe-no-fsync",
            "--listen-client-urls", f"http://{HOST}:{etcd}",
            "--advertise-client-urls", f"http://{HOST}:{etcd}",
            "--listen-peer-urls", f"http://{HOST}:{peer}",
            "--initial-advertise-peer-urls", f"http://{HOST}:{peer}",
            "--initial-cluster", f"default=http://{HOST}:{peer}",
            "--quota-backend-bytes", str(4 << 30),
        )  # fmt: skip
        wait_for("etcd", lambda: store.listens(etcd))
        key = folder / "service-accounts.key"
        apiserver = start(
            "kube-apiserver",
            "--etcd-servers", f"http://{HOST}:{etcd}",
            "--bind-address", HOST,
            "--secure-port", str(api),
            "--cert-dir", authority.parent,
            "--service-account-issuer", "https://kubernetes.default.svc",
            "--service-account-key-file", key,
            "--service-account-signing-key-file", key,
            "--token-auth-file", folder / "tokens.csv",
            "--authorization-mode", "RBAC",
            "--allow-privileged=true",
            "--service-cluster-ip-range", "10.96.0.0/16",
            # Nobody is far away.
            "--feature-gates", "APIResponseCompression=false",
            # Nothing serves the webhooks that Kubeflow installs, and pods get no token.
            "--disable-admission-plugins",
            "ServiceAccount,MutatingAdmissionWebhook,ValidatingAdmissionWebhook",
        )  # fmt: skip
        wait_for("the API server", lambda: _ready(apiserver, url, authority))
        plane = ControlPlane(folder, kubeconfig, url, authority, running)
        if not runs_pods:
            yield plane
            return
        start(
            "kube-controller-manager",
            *kube,
            "--controllers",
            "*,-nodeipam,-cloud-node-lifecycle,-horizontal-pod-autoscaler-controller",
            "--leader-elect=false",
            "--secure-port", "0",
            "--service-account-private-key-file", key,
            # The heartbeats of a busy machine are late.
            "--node-monitor-grace-period", "10m",
        )  # fmt: skip
        start("kube-scheduler", *kube, "--leader-elect=false", "--secure-port", "0")
        plane.kubectl("create", "-f", "-", stdin=json.dumps(_node()))
        stages = module_folder("kwok", "sigs.k8s.io/kwok")
        files = [
            path
            for each in _KWOK_STAGES
            for path in (
                sorted((stages / each).glob("*.yaml"))
                if not each.endswith(".yaml")
                else [stages / each]
            )
            if path.name != "kustomization.yaml"
        ]
        config = folder / "kwok.yaml"
        config.write_text("\n---\n".join(path.read_text() for path in files))
        start("kwok", *kube, "--manage-all-nodes=true", "--config", config)
        yield plane


def _write_access(folder: Path, kubeconfig: Path, url: str, authority: Path) -> None:
    (folder / "tokens.csv").write_text(f"{TOKEN},administrator,administrator,system:masters\n")
    subprocess.run(
        ["openssl", "genrsa", "-out", folder / "service-accounts.key", "2048"],
        check=True,
        capture_output=True,
    )
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "it", "cluster": {"server": url, "certificate-authority": str(authority)}}
        ],
        "users": [{"name": "it", "user": {"token": TOKEN}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "current-context": "it",
    }
    kubeconfig.write_text(dump(config))


def _ready(apiserver: Server, url: str, authority: Path) -> bool:
    apiserver.check()
    request = urllib.request.Request(f"{url}/readyz", headers={"Authorization": f"Bearer {TOKEN}"})
    try:
        trusted = ssl.create_default_context(cafile=str(authority))
        with urllib.request.urlopen(request, timeout=2, context=trusted) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _node() -> Body:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": NODE,
            "labels": {"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"},
        },
        "status": {
            "allocatable": {"cpu": "256", "memory": "1Ti", "pods": "1000", "nvidia.com/gpu": "8"},
            "capacity": {"cpu": "256", "memory": "1Ti", "pods": "1000", "nvidia.com/gpu": "8"},
        },
    }
