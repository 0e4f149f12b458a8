"""Teams as somebody writes them, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from synth.app.workload import resources
from synth.app.workloads import WORKLOADS
from synth.config.environment import Environment
from synth.kit.objects import Body, Origin, Resource, group_of
from synth.rules.schemas import check_schemas
from tests.config import written
from tests.kubeflow.releases import release_tree
from tests.schemas import complaints

START = """\
name: dev
cluster: {server: https://kubernetes.default.svc, kubernetes: "1.26"}
gitops: {repoURL: https://git.example.com/ml/platform.git}
teams:
  - name: ads
    owner: ads-lead@example.com
  - name: nlp
    owner: nlp-lead@example.com
"""


def environment(folder: Path, text: str) -> Environment:
    """The environment whose team `nlp` says this, and what comes after it."""
    return written.loaded(folder, START + text).environment


def mistakes(folder: Path, text: str) -> list[str]:
    """What it is told, without the file."""
    found = written.mistakes(folder, START + text)
    return [each.removeprefix("environments/dev.yaml:") for each in found]


def objects(environment: Environment, application: str = "namespaces") -> dict[str, Body]:
    """What an application has of an environment, by kind and name."""
    workload = WORKLOADS[application]
    inputs = workload.inputs(environment)
    if workload.secrets:
        inputs = {**inputs, "store": environment.store}
    made = resources(application, workload.build, inputs)
    found = {f"{each.body['kind']} {each.body['metadata']['name']}": each.body for each in made}
    assert len(found) == len(made)
    return found


def wrong(common: Path, body: Body, release: str = "1.8.1") -> list[str]:
    """What is wrong with an object, by its CRD in a release of Kubeflow or by Kubernetes' own types."""
    for group, pattern in (
        ("kubeflow.org", "*/admission-webhook/upstream/base/crd.yaml"),
        ("security.istio.io", "common/istio*/istio-crds/base/crd.yaml"),
    ):
        if group_of(body["apiVersion"]) == group:
            crds = sorted(release_tree(common, release).glob(pattern))[-1]
            return complaints(crds, body)
    if group_of(body["apiVersion"]) == "external-secrets.io":
        return complaints("external-secrets.yaml", body)
    resource = Resource("namespaces", body, Origin("", ""))
    return [flaw.message for flaw in check_schemas([resource], "1.26")]


def all_wrong(common: Path, bodies: dict[str, Body], release: str = "1.8.1") -> Iterator[str]:
    """What is wrong with any of these."""
    for name, body in bodies.items():
        yield from (f"{name}: {each}" for each in wrong(common, body, release))
