"""Pods for each control: some that break it, and as near as can be one that does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from synth.kit.objects import Body

RESTRICTED: Body = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
VERSIONS = ("1.22", "1.26", "1.34", "1.37")


def pod(
    *containers: Body,
    pod: Body | None = None,
    annotations: Mapping[str, str] | None = None,
    init: tuple[Body, ...] = (),
    ephemeral: tuple[Body, ...] = (),
    **spec: Any,
) -> Body:
    """A pod; without containers, of one that the level restricted takes."""
    kinds = {"initContainers": init, "ephemeralContainers": ephemeral}
    return {
        "metadata": {"name": "pod", "annotations": dict(annotations or {})},
        "spec": {
            **({"securityContext": pod} if pod is not None else {}),
            **{kind: list(each) for kind, each in kinds.items() if each},
            "containers": list(containers) or [container("main")],
            **spec,
        },
    }


def container(name: str = "main", *but: str, **security: Any) -> Body:
    """A container that says what restricted wants, but for what is named, and what is given."""
    said = {key: value for key, value in {**RESTRICTED, **security}.items() if key not in but}
    return {"name": name, "securityContext": said}


def plain(name: str = "main", **fields: Any) -> Body:
    return {**container(name), **fields}


class Row(NamedTuple):
    """What breaks a control, and what just does not, judged at policy versions."""

    breaks: Mapping[str, Body]
    fits: Mapping[str, Body]
    versions: tuple[str, ...] = VERSIONS


APP_ARMOR = "container.apparmor.security.beta.kubernetes.io"
DEFAULT_CAPABILITIES = [
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
    "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
]  # fmt: skip
PROBE = {"httpGet": {"port": 80, "host": "10.0.0.1"}}
HERE = {"httpGet": {"port": 80, "host": ""}}

ROWS: Mapping[str, Row] = {
    "appArmorProfile": Row(
        {
            "pod": pod(pod={"appArmorProfile": {"type": "Unconfined"}}),
            "empty": pod(pod={"appArmorProfile": {}}),
            "containers": pod(
                container("one", appArmorProfile={"type": "Unconfined"}),
                container("two", appArmorProfile={"type": "Other"}),
                pod={"appArmorProfile": {"type": "Unconfined"}},
            ),
            "annotation": pod(annotations={f"{APP_ARMOR}/main": "unconfined"}),
            "annotations": pod(
                container("main", appArmorProfile={"type": "Unconfined"}),
                annotations={f"{APP_ARMOR}/main": "unconfined", f"{APP_ARMOR}/a": 'of "me"'},
            ),
        },
        {
            "runtime's": pod(pod={"appArmorProfile": {"type": "RuntimeDefault"}}),
            "node's": pod(
                container(appArmorProfile={"type": "Localhost", "localhostProfile": "mine"})
            ),
            "annotations": pod(
                annotations={
                    f"{APP_ARMOR}/main": "localhost/mine",
                    f"{APP_ARMOR}/a": "runtime/default",
                    f"{APP_ARMOR}/b": "",
                    "apparmor": "unconfined",
                }
            ),
        },
    ),
    "capabilities_baseline": Row(
        {
            "one": pod(container(capabilities={"drop": ["ALL"], "add": ["NET_RAW"]})),
            "many": pod(
                container("one", capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN", "CHOWN"]}),
                container("two", capabilities={"drop": ["ALL"], "add": ["CHOWN"]}),
                init=(container("init", capabilities={"add": ["SYS_ADMIN", "NET_ADMIN"]}),),
            ),
            "prefixed": pod(container(capabilities={"drop": ["ALL"], "add": ["CAP_CHOWN"]})),
        },
        {
            "default": pod(container(capabilities={"drop": ["ALL"], "add": DEFAULT_CAPABILITIES})),
            "none": pod(container(capabilities={"add": [], "drop": ["ALL"]})),
        },
    ),
    "hostNamespaces": Row(
        {
            "network": pod(hostNetwork=True),
            "ports": pod(
                plain(ports=[{"containerPort": 8080}, {"containerPort": 9090, "hostPort": 9090}]),
                init=(plain("init", ports=[{"containerPort": 443}]),),
                hostNetwork=True,
            ),
            "all": pod(hostIPC=True, hostPID=True, hostNetwork=True),
        },
        {"none": pod(hostIPC=False, hostPID=False, hostNetwork=False)},
    ),
    "hostPathVolumes": Row(
        {
            "one": pod(volumes=[{"name": "root", "hostPath": {"path": "/"}}]),
            "two": pod(
                volumes=[
                    {"name": "root", "hostPath": {"path": "/"}},
                    {"name": "tmp", "emptyDir": {}},
                    {"name": "var", "hostPath": {"path": "/var"}},
                ]
            ),
        },
        {"nfs": pod(volumes=[{"name": "nfs", "nfs": {"server": "nfs", "path": "/"}}])},
    ),
    "hostPorts": Row(
        {
            "one": pod(plain(ports=[{"containerPort": 80, "hostPort": 80}])),
            "many": pod(
                plain("one", ports=[{"containerPort": 80, "hostPort": 8080}]),
                plain("two", ports=[{"containerPort": 81, "hostPort": 9}]),
                init=(plain("init", ports=[{"containerPort": 80, "hostPort": 8080}]),),
            ),
        },
        {"none": pod(plain(ports=[{"containerPort": 80, "hostPort": 0}, {"containerPort": 81}]))},
    ),
    "hostProbesAndHostLifecycle": Row(
        {
            "liveness": pod(plain(livenessProbe=PROBE)),
            "many": pod(
                plain("two", readinessProbe={"tcpSocket": {"port": 80, "host": "example.com"}}),
                plain("one", startupProbe=PROBE),
            ),
            "hooks": pod(
                plain(
                    lifecycle={
                        "postStart": {"tcpSocket": {"port": 80, "host": "10.0.0.2"}},
                        "preStop": PROBE,
                    }
                ),
                init=(plain("init", startupProbe=PROBE),),
            ),
        },
        {"none": pod(plain(livenessProbe=HERE, lifecycle={"preStop": HERE, "postStart": None}))},
        ("1.34", "1.37"),
    ),
    "privileged": Row(
        {
            "one": pod(container(privileged=True)),
            "as the API server takes it": pod(
                container("main", "allowPrivilegeEscalation", privileged=True)
            ),
            "ephemeral": pod(
                container("one", privileged=True),
                ephemeral=(container("debug", privileged=True),),
            ),
        },
        {"not": pod(container(privileged=False))},
    ),
    "procMount": Row(
        {
            "one": pod(container(procMount="Unmasked")),
            "two": pod(container("one", procMount="Unmasked"), container("two", procMount="")),
        },
        {"default": pod(container(procMount="Default"))},
    ),
    "seLinuxOptions": Row(
        {
            "type": pod(pod={"seLinuxOptions": {"type": "spc_t"}}),
            "user and role": pod(
                container("one", seLinuxOptions={"user": "root"}),
                container("two", seLinuxOptions={"role": "admin", "type": "spc_t"}),
                container("three", seLinuxOptions={"type": "container_t"}),
            ),
            "types": pod(
                container(seLinuxOptions={"type": "a"}), pod={"seLinuxOptions": {"type": "b"}}
            ),
        },
        {
            "allowed": pod(
                container(seLinuxOptions={"type": "container_init_t"}),
                pod={"seLinuxOptions": {"type": "container_kvm_t", "level": "s0"}},
            ),
            "empty": pod(container(seLinuxOptions={"type": "", "user": "", "role": ""})),
        },
    ),
    "seccompProfile_baseline": Row(
        {
            "pod": pod(pod={"seccompProfile": {"type": "Unconfined"}}),
            "containers": pod(
                container("one", seccompProfile={"type": "Unconfined"}),
                container("two", seccompProfile={}),
                pod={"seccompProfile": {"type": "Unconfined"}},
            ),
        },
        {"node's": pod(pod={"seccompProfile": {"type": "Localhost", "localhostProfile": "a"}})},
    ),
    "sysctls": Row(
        {
            "unsafe": pod(
                pod={
                    "sysctls": [
                        {"name": "kernel.msgmax", "value": "1"},
                        {"name": "net.ipv4.tcp_syncookies", "value": "1"},
                        {"name": "net.core.somaxconn", "value": "1"},
                    ]
                }
            )
        },
        {"safe": pod(pod={"sysctls": [{"name": "kernel.shm_rmid_forced", "value": "1"}]})},
    ),
    "windowsHostProcess": Row(
        {
            "pod": pod(pod={"windowsOptions": {"hostProcess": True}}),
            "as the API server takes it": pod(
                {"name": "main"},
                pod={"windowsOptions": {"hostProcess": True}},
                hostNetwork=True,
                os={"name": "windows"},
            ),
            "both": pod(
                container("one", windowsOptions={"hostProcess": True}),
                container("two", windowsOptions={"hostProcess": True}),
                pod={"windowsOptions": {"hostProcess": True}},
            ),
        },
        {"not": pod(container(windowsOptions={"hostProcess": False}), pod={"windowsOptions": {}})},
    ),
    "allowPrivilegeEscalation": Row(
        {
            "unsaid": pod(container("main", "allowPrivilegeEscalation")),
            "said": pod(
                container("one", allowPrivilegeEscalation=True),
                {"name": "two"},
                init=(container("init", "allowPrivilegeEscalation"),),
            ),
        },
        {"not": pod()},
    ),
    "capabilities_restricted": Row(
        {
            "kept": pod(container("main", "capabilities")),
            "added": pod(container(capabilities={"drop": ["ALL"], "add": ["CHOWN"]})),
            "both": pod(
                container("one", capabilities={"drop": ["NET_RAW"]}),
                container("two", capabilities={"add": ["SYS_TIME", "CHOWN"]}),
            ),
        },
        {"bind": pod(container(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}))},
    ),
    "procMount_restricted": Row(
        {"in a user namespace": pod(container(procMount="Unmasked"), hostUsers=False)},
        {"masked": pod(container(procMount="Default"), hostUsers=False)},
        ("1.35", "1.37"),
    ),
    "restrictedVolumes": Row(
        {
            "one": pod(volumes=[{"name": "root", "hostPath": {"path": "/"}}]),
            "many": pod(
                volumes=[
                    {"name": "a", "nfs": {"server": "nfs", "path": "/"}},
                    {"name": "b", "iscsi": {"targetPortal": "a", "iqn": "b", "lun": 0}},
                    {"name": "c", "emptyDir": {}},
                    {"name": "d", "hostPath": {"path": "/"}},
                ]
            ),
        },
        {
            "allowed": pod(
                volumes=[
                    {"name": "a", "configMap": {"name": "a"}},
                    {"name": "b", "csi": {"driver": "b"}},
                    {"name": "c", "downwardAPI": {}},
                    {"name": "d", "emptyDir": {}},
                    {"name": "e", "ephemeral": {}},
                    {"name": "f", "image": {"reference": "f"}},
                    {"name": "g", "persistentVolumeClaim": {"claimName": "g"}},
                    {"name": "h", "projected": {}},
                    {"name": "i", "secret": {"secretName": "i"}},
                ]
            ),
            "both": pod(volumes=[{"name": "a", "nfs": None, "emptyDir": {}}]),
            "unsaid": pod(volumes=[{"name": "a"}]),
        },
    ),
    "runAsNonRoot": Row(
        {
            "unsaid": pod(container("main", "runAsNonRoot")),
            "some": pod(container("one"), container("two", "runAsNonRoot"), {"name": "three"}),
            "denied": pod(container("one", runAsNonRoot=False), pod={"runAsNonRoot": True}),
            "denied by the pod": pod(
                container("one"), container("two", runAsNonRoot=False), pod={"runAsNonRoot": False}
            ),
        },
        {
            "pod": pod(container("main", "runAsNonRoot"), pod={"runAsNonRoot": True}),
        },
    ),
    "runAsUser": Row(
        {
            "pod": pod(pod={"runAsUser": 0}),
            "containers": pod(
                container("one", runAsUser=0), container("two", runAsUser=0), pod={"runAsUser": 0}
            ),
        },
        {"other": pod(container(runAsUser=1), pod={"runAsUser": 65532})},
        ("1.23", "1.34"),
    ),
    "seccompProfile_restricted": Row(
        {
            "unsaid": pod(container("main", "seccompProfile")),
            "some": pod(container("one"), container("two", "seccompProfile"), {"name": "three"}),
            "other": pod(
                container("main", seccompProfile={"type": "Unconfined"}),
                {"name": "unsaid"},
                pod={"seccompProfile": {"type": "Localhost", "localhostProfile": "a"}},
            ),
        },
        {
            "pod": pod(
                container("main", "seccompProfile"),
                pod={"seccompProfile": {"type": "RuntimeDefault"}},
            ),
        },
    ),
}
"""By control."""


def sysctl(name: str) -> Body:
    return pod(pod={"sysctls": [{"name": name, "value": "1"}]})


WINDOWS: Any = {"os": {"name": "windows"}}
IN_USER_NAMESPACE: Any = {"hostUsers": False}


class Case(NamedTuple):
    """A pod, the policy versions at which it breaks a control, and those at which it does not."""

    control: str
    about: str
    pod: Body
    breaks: tuple[str, ...] = ()
    fits: tuple[str, ...] = ()


CHANGES = (
    Case("runAsUser", "1.23", pod(pod={"runAsUser": 0}), ("1.23",), ("1.22",)),
    *(
        Case(control, "Windows", pod(container("main", field), **WINDOWS), ("1.24",), ("1.25",))
        for control, field in (
            ("allowPrivilegeEscalation", "allowPrivilegeEscalation"),
            ("capabilities_restricted", "capabilities"),
            ("seccompProfile_restricted", "seccompProfile"),
        )
    ),
    Case("runAsNonRoot", "Windows", pod(container("main", "runAsNonRoot"), **WINDOWS), VERSIONS),
    Case("allowPrivilegeEscalation", "Linux",
         pod({"name": "main"}, os={"name": "linux"}), VERSIONS),
    *(
        Case("sysctls", name, sysctl(f"net.ipv4.{name}"), (before,), (since,))
        for name, before, since in (
            ("ip_local_reserved_ports", "1.26", "1.27"),
            ("tcp_keepalive_time", "1.28", "1.29"),
            ("tcp_fin_timeout", "1.28", "1.29"),
            ("tcp_keepalive_intvl", "1.28", "1.29"),
            ("tcp_keepalive_probes", "1.28", "1.29"),
            ("tcp_rmem", "1.31", "1.32"),
            ("tcp_wmem", "1.31", "1.32"),
            ("tcp_slow_start_after_idle", "1.36", "1.37"),
            ("tcp_notsent_lowat", "1.36", "1.37"),
        )
    ),
    *(
        Case("sysctls", name, sysctl(name), (), VERSIONS)
        for name in (
            "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
            "net.ipv4.ip_unprivileged_port_start",
        )
    ),
    Case("seLinuxOptions", "engine", pod(pod={"seLinuxOptions": {"type": "container_engine_t"}}),
         ("1.30",), ("1.31",)),
    Case("hostProbesAndHostLifecycle", "1.34", pod(plain(livenessProbe=PROBE)), ("1.34",), ("1.33",)),
    Case("procMount", "user namespace", pod(container(procMount="Unmasked"), **IN_USER_NAMESPACE),
         ("1.34",), ("1.35",)),
    Case("runAsNonRoot", "user namespace", pod({"name": "main"}, **IN_USER_NAMESPACE),
         ("1.34",), ("1.35",)),
    Case("runAsUser", "user namespace", pod(pod={"runAsUser": 0}, **IN_USER_NAMESPACE),
         ("1.34",), ("1.35",)),
)  # fmt: skip
"""Where a policy version decides."""


def cases() -> Iterator[Case]:
    """Every pod of the table."""
    for control, row in ROWS.items():
        for about, broken in row.breaks.items():
            yield Case(control, about, broken, breaks=row.versions)
        for about, fitting in row.fits.items():
            yield Case(control, f"not {about}", fitting, fits=row.versions)
    yield from CHANGES
