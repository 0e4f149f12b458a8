"""Regenerates the Kubeflow catalogue from upstream's files.

    python tools/kubeflow_catalog.py [--check] [RELEASE…]

Identities come from `kustomize build example`; which component an object belongs to, from
building each component alone. Both with one Kustomize, found on PATH. The release archives are
looked for in $KFSYNTH_SHARED/upstream (default: ../shared/upstream).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from synth.catalog.kubeflow import AUTHORITY, DATA, NAMESPACE  # noqa: E402
from synth.kit.objects import Body, Identity, group_of, identity  # noqa: E402
from synth.render.documents import load_all  # noqa: E402
from synth.render.kustomize import Kustomize, find_kustomize  # noqa: E402
from tools.upstream_archives import unpack_release  # noqa: E402

COMMITS = {
    "1.8.0": "bb6b4b0c4763dfcace78a7c095ddf2c055b4c510",
    "1.8.1": "a925b2968e68f3085092adc04e9af39d4f5045f3",
    "1.9.1": "b68bb751c3e067f4a23bad6b9b2c6720645bf266",
    "1.10": "ef152a9cedf7d8d1070da4c63fb7eff963484fa1",
    "1.11": "184c2ad830e23a577c0f0aa524acd616bccbceb9",
    "26.03": "d68ebc7fab366ab40ddd1541d2ec22febb31bc83",
}
KUBERNETES = {
    "1.8.0": ("1.25", "1.26"), "1.8.1": ("1.25", "1.26"), "1.9.1": ("1.29", "1.31"),
    "1.10": ("1.31", "1.33"), "1.11": ("1.33", "1.34"), "26.03": ("1.33", "1.34"),
}  # fmt: skip
# Kustomize versions that were compared with 5.5.0's result on the whole release and on every
# component in reference mode, each with the components that it builds otherwise: 5.8.1 leaves the
# variable in the name of the example user's Profile as it is (tests/kubeflow/test_reference.py).
KUSTOMIZE = {
    release: {
        "5.5.0": [],
        "5.7.0": [],
        "5.8.1": ["user-namespace"] if release in ("1.9.1", "1.10", "1.11") else [],
    }
    for release in COMMITS
}
ARGO_WORKFLOWS = {
    "1.8.0": "3.3.10", "1.8.1": "3.3.10", "1.9.1": "3.4.17",
    "1.10": "3.5.14", "1.11": "3.7.3", "26.03": "3.7.3",
}  # fmt: skip
REMOTES = [
    "https://github.com/argoproj/argo-workflows/manifests?ref=v3.7.3",
    "https://github.com/kubernetes-sigs/jobset/releases/download/v0.10.1/manifests.yaml",
]
# The last part that tells a path's component, longest first; {apps} is apps/ or applications/.
NAMES = {
    "common/cert-manager/kubeflow-issuer/base": "kubeflow-issuer",
    "common/cert-manager": "cert-manager",
    "istio-crds/base": "istio-crds",
    "istio-namespace/base": "istio-namespace",
    "istio-install": "istio-install",
    "cluster-local-gateway/base": "cluster-local-gateway",
    "kubeflow-istio-resources/base": "kubeflow-istio-resources",
    "common/oidc-client": "oidc-authservice",
    "common/oauth2-proxy": "oauth2-proxy",
    "common/dex": "dex",
    "common/knative/knative-serving": "knative-serving",
    "common/knative/knative-eventing": "knative-eventing",
    "common/kubeflow-namespace/base": "kubeflow-namespace",
    "common/networkpolicies/base": "networkpolicies",
    "common/kubeflow-roles/base": "kubeflow-roles",
    "common/user-namespace/base": "user-namespace",
    "/pipeline/": "pipelines",
    "/katib/": "katib",
    "/centraldashboard/": "centraldashboard",
    "/admission-webhook/": "admission-webhook",
    "/jupyter-web-app/": "jupyter-web-app",
    "/notebook-controller/": "notebook-controller",
    "/profiles/": "profiles",
    "/pvcviewer-controller/": "pvcviewer-controller",
    "/volumes-web-app/": "volumes-web-app",
    "/tensorboard-controller/": "tensorboard-controller",
    "/tensorboards-web-app/": "tensorboards-web-app",
    "/training-operator/": "training-operator",
    "/trainer/": "trainer",
    "kserve/models-web-app": "kserve-models-web-app",
    "kserve/kserve": "kserve",
    "/spark-operator/": "spark-operator",
    "/model-registry/": "model-registry",
    "contrib/seldon/": "seldon",
}
OPTIONAL = {
    "contrib/seldon/seldon-core-operator/base": "seldon",
    "common/knative/knative-eventing/base": "knative-eventing",
    "apps/model-registry/upstream/overlays/db": "model-registry",
    "applications/model-registry/upstream/overlays/db": "model-registry",
}
# What `example` lays over everything, and the one component whose objects it changes.
LAID_OVER = {"common/security/PSS/dynamic/baseline": "profiles"}

_INJECT = "cert-manager.io/inject-ca-from"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="exit 1 where the data differs")
    parser.add_argument("releases", nargs="*", default=list(COMMITS))
    options = parser.parse_args()
    shared = Path(os.environ.get("KFSYNTH_SHARED", ROOT.parent / "shared"))
    different = []
    for release in options.releases:
        with tempfile.TemporaryDirectory() as folder:
            tree = unpack_release(shared, release, Path(folder))
            data = catalogue(release, tree, find_kustomize(("5.5.0",)))
        text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
        path = DATA / f"{release}.json"
        if not path.is_file() or path.read_text() != text:
            different.append(release)
            if not options.check:
                path.write_text(text)
    print("different:" if options.check else "written:", *different or ["nothing"])
    return 1 if options.check and different else 0


def catalogue(release: str, tree: Path, kustomize: Kustomize) -> dict[str, Any]:
    """The facts of one release as JSON data."""
    paths = example_paths(tree)
    whole = load_all(kustomize.build(tree / "example"))
    owners: dict[str, str] = {}
    bodies: dict[str, list[Body]] = {}
    by_identity = {identity(body): body for body in whole}
    optional = {
        path: name
        for path, name in OPTIONAL.items()
        if name not in paths.values() and (tree / path / "kustomization.yaml").is_file()
    }
    for path, name in paths.items():
        own = {
            in_example(each, by_identity)
            for each in map(identity, load_all(kustomize.build(tree / path)))
        }
        bodies[name] = [by_identity[each] for each in sorted(own)]
        for each in own:
            other = owners.setdefault(str(each), name)
            if other != name:
                sys.exit(f"{release}: {each} is in {other} and in {name}")
    left = [str(each) for each in by_identity if str(each) not in owners]
    if left or len(owners) != len(whole):
        sys.exit(f"{release}: objects that no component has: {left}")
    namespaces = {}
    for path, name in optional.items():
        bodies[name] = load_all(kustomize.build(tree / path))
        if any(
            body["kind"] == "Deployment" and "namespace" not in body["metadata"]
            for body in bodies[name]
        ):
            # Upstream's instructions apply it with `-n kubeflow`.
            namespaces[name] = "kubeflow"
            for body in bodies[name]:
                if not cluster_scoped(body):
                    body["metadata"]["namespace"] = "kubeflow"
    requires = requirements(bodies)
    without_namespace = {
        (crd["spec"]["group"], crd["spec"]["names"]["kind"])
        for objects in bodies.values()
        for crd in objects
        if crd["kind"] == "CustomResourceDefinition" and crd["spec"]["scope"] == "Cluster"
    }
    laid = {
        path.removeprefix("../"): LAID_OVER[path.removeprefix("../")]
        for path in load_all((tree / "example/kustomization.yaml").read_text())[0].get("components")
        or ()
    }
    return {
        "release": release,
        "commit": COMMITS[release],
        "kubernetes": list(KUBERNETES[release]),
        "kustomize": KUSTOMIZE[release],
        "argoWorkflows": ARGO_WORKFLOWS[release],
        "kserve": kserve_version(bodies["kserve"]),
        "remoteBases": REMOTES if release in ("1.11", "26.03") else [],
        "components": {
            name: {
                "path": path,
                "default": path in paths,
                "namespace": namespaces.get(name, ""),
                **({"laidOver": over} if (over := [p for p in laid if laid[p] == name]) else {}),
                "requires": sorted(requires[name]),
                **component_facts(bodies[name], without_namespace),
            }
            for path, name in {**paths, **optional}.items()
        },
    }


def example_paths(tree: Path) -> dict[str, str]:
    """The component paths of `example`, with their names, in its order."""
    text = (tree / "example/kustomization.yaml").read_text()
    resources = load_all(text)[0]["resources"]
    paths = {}
    for resource in resources:
        path = resource.removeprefix("../").rstrip("/")
        key = max((part for part in NAMES if part in f"{path}/"), key=len)
        paths[path] = NAMES[key]
    return paths


def in_example(alone: Identity, whole: Mapping[Identity, Body]) -> Identity:
    """The identity in the example of an object of a component that was built alone.

    They differ where the example merges into a generated ConfigMap (1.11): its name ends in a
    hash of its content.
    """
    if alone in whole:
        return alone
    stem = re.sub(r"-[a-z0-9]{10}$", "-", alone.name)
    return next(
        e
        for e in whole
        if e[:3] == alone[:3] and e.name.startswith(stem) and len(e.name) == len(alone.name)
    )


def cluster_scoped(body: Body) -> bool:
    """Whether an object of the optional components has no namespace by its kind."""
    return body["kind"].startswith("Cluster") or body["kind"] in (
        "CustomResourceDefinition",
        "Namespace",
    )


def requirements(bodies: Mapping[str, list[Body]]) -> dict[str, set[str]]:
    """Who needs whom: by the kinds of custom resources and by namespaces."""
    kinds: dict[tuple[str, str], str] = {}
    namespaces: dict[str, str] = {}
    for name, objects in bodies.items():
        for body in objects:
            if body["kind"] == "CustomResourceDefinition":
                spec = body["spec"]
                kinds[spec["group"], spec["names"]["kind"]] = name
            elif body["kind"] == "Namespace":
                namespaces[body["metadata"]["name"]] = name
    found: dict[str, set[str]] = {}
    for name, objects in bodies.items():
        needed = {kinds.get((group_of(body["apiVersion"]), body["kind"])) for body in objects}
        needed |= {namespaces.get(body["metadata"].get("namespace", "")) for body in objects}
        if any(_INJECT in body["metadata"].get("annotations", {}) for body in objects):
            needed.add("cert-manager")
        found[name] = {other for other in needed if other and other != name}
    if "user-namespace" in found:
        found["user-namespace"].add("profiles")
    return found


def component_facts(
    bodies: list[Body], without_namespace: Collection[tuple[str, str]]
) -> dict[str, Any]:
    objects: dict[str, list[str]] = {}
    versions: dict[str, list[str]] = {}
    cluster_kinds = []
    for body in bodies:
        this = identity(body)
        name = f"{this.namespace}/{this.name}" if this.namespace else this.name
        objects.setdefault(f"{body['apiVersion']}/{this.kind}", []).append(name)
        if this.kind == "CustomResourceDefinition":
            spec = body["spec"]
            versions[this.name] = [v["name"] for v in spec["versions"] if v["served"]]
            if spec["scope"] == "Cluster":
                cluster_kinds.append(f"{spec['group']}/{spec['names']['kind']}")
    facts: dict[str, Any] = {
        "objects": {kind: sorted(names) for kind, names in sorted(objects.items())},
        "crdVersions": dict(sorted(versions.items())),
        "clusterKinds": sorted(cluster_kinds),
        "images": sorted(images(bodies), key=json.dumps),
        "drift": sorted(drift(bodies, without_namespace), key=json.dumps),
        "credentials": sorted(credentials(bodies), key=json.dumps),
        "staticPasswords": list(static_passwords(bodies)),
    }
    return {key: value for key, value in facts.items() if value}


def leaves(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every scalar below `value` with its JSON pointer."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{pointer}/{index}")
    else:
        yield pointer, value


def images(bodies: list[Body]) -> Iterator[list[str]]:
    """Where images are named: [image, kind, object, pointer, whole value of the field]."""
    from synth.catalog.images import image_kind, images_in

    for body in bodies:
        if body["kind"] == "CustomResourceDefinition":
            continue
        where = "{}|{}|{}|{}".format(*identity(body))
        for pointer, value in leaves(body):
            if not isinstance(value, str):
                continue
            kind = image_kind(body["kind"], pointer)
            if kind == "container":
                yield [value, kind, where, pointer]
            elif kind is not None:
                for image in sorted(set(images_in(value))):
                    whole = [] if kind == "document" else [value]
                    yield [image, kind, where, pointer, *whole]


def drift(
    bodies: list[Body], without_namespace: Collection[tuple[str, str]]
) -> Iterator[list[str]]:
    """Fields that keep Argo CD from resting: [object, pointer, what]."""
    for body in bodies:
        this = identity(body)
        where = "{}|{}|{}|{}".format(*this)
        if this.namespace and (this.group, this.kind) in without_namespace:
            yield [where, NAMESPACE, "remove"]
        if (
            body["kind"] == "CustomResourceDefinition"
            and body["spec"].get("preserveUnknownFields") is False
        ):
            yield [where, "/spec/preserveUnknownFields", "remove"]
        if body["kind"] == "CustomResourceDefinition":
            webhook = body["spec"].get("conversion", {}).get("webhook", {})
            if "caBundle" in webhook.get("clientConfig", {}):
                yield [where, f"/spec/conversion/webhook{AUTHORITY}", "remove"]
        for index, webhook in enumerate(body.get("webhooks") or []):
            if "caBundle" in webhook["clientConfig"]:
                yield [where, f"/webhooks/{index}{AUTHORITY}", "remove"]
        if body["kind"] == "ClusterRole" and "aggregationRule" in body and body.get("rules") == []:
            yield [where, "/rules", "remove"]
        pointers = {pointer for pointer, _ in leaves(body)}
        for pointer in pointers:
            head, _, last = pointer.rpartition("/")
            divisor = f"{head}/divisor"
            if (
                head.endswith("/resourceFieldRef")
                and last == "resource"
                and divisor not in pointers
            ):
                yield [where, divisor, "add"]


def credentials(bodies: list[Body]) -> Iterator[list[Any]]:
    """Secrets that carry data: [namespace, name, type, keys]."""
    for body in bodies:
        if body["kind"] == "Secret" and (body.get("data") or body.get("stringData")):
            keys = sorted({**(body.get("data") or {}), **(body.get("stringData") or {})})
            metadata = body["metadata"]
            yield [metadata["namespace"], metadata["name"], body.get("type", "Opaque"), keys]


def kserve_version(bodies: list[Body]) -> str:
    """The version of KServe's controller, by the tag of its image."""
    images = (
        container["image"]
        for body in bodies
        if body["kind"] == "Deployment"
        for container in body["spec"]["template"]["spec"]["containers"]
    )
    controller = "kserve/kserve-controller:v"
    return next(str(i).removeprefix(controller) for i in images if i.startswith(controller))


def static_passwords(bodies: list[Body]) -> Iterator[list[Any]]:
    """Password hashes in documents of ConfigMaps: [document, key, line, new line, reader, Secret].

    All are dex's; what 1.9 and later do is done to them.
    """
    for body in bodies:
        for key, text in (body.get("data") or {}).items() if body["kind"] == "ConfigMap" else ():
            for number, line in enumerate(text.split("\n")):
                if re.search(r"\$2[aby]\$", line) is None:
                    continue
                new = re.sub(r"hash: \S+", "hashFromEnv: DEX_USER_PASSWORD", line)
                reader = "apps|Deployment|auth|dex"
                secret = ["auth", "dex-passwords", "Opaque", ["DEX_USER_PASSWORD"]]
                where = "{}|{}|{}|{}".format(*identity(body))
                yield [where, key, number, new, reader, secret]


if __name__ == "__main__":
    sys.exit(main())
