"""What the catalogue says of charts, against charts that Go modules carry: rendered by Helm itself with
the values that an environment gives them (`make test-operators`). Those of kube-prometheus-stack, of
OpenTelemetry's operator and of KEDA are in no module.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import ryaml

from synth.app.operators import part
from synth.catalog.operators import OPERATORS, operator_images
from synth.config.addons import CertManager, Eck, ExternalSecrets, GrafanaOperator, SealedSecrets
from synth.kit.application import HelmChart
from synth.kit.objects import Body, Identity, identity
from synth.rules.pod_security.evaluation import evaluate
from synth.rules.pod_security.kinds import pod_templates
from tests.events.programs import program
from tests.shared import go
from tools.go_modules import downloaded

pytestmark = pytest.mark.operators
MIRROR = "mirror.example.com"
ELASTIC = "github.com/elastic/cloud-on-k8s"
SEALED = "github.com/bitnami-labs/sealed-secrets"


class Source(NamedTuple):
    """A chart in a Go module; `crds` is the folder of those that a release puts into the chart."""

    section: str
    settings: Any
    module: str
    folder: str
    crds: str = ""


def cert_manager(version: str, crds: str = "") -> Source:
    settings = CertManager(version=version, install=True, namespace="certificates")
    module = f"github.com/cert-manager/cert-manager@v{version}"
    return Source("certManager", settings, module, "deploy/charts/cert-manager", crds)


def external_secrets(version: str) -> Source:
    settings = ExternalSecrets(version=version, install=True)
    module = f"github.com/external-secrets/external-secrets@v{version}"
    folder = "deploy/charts/external-secrets"
    return Source("externalSecrets", settings, module, folder, "config/crds/bases")


CHARTS = [
    cert_manager("1.16.1", "deploy/crds"),
    cert_manager("1.19.4"),
    cert_manager("1.21.2"),
    external_secrets("0.9.20"),
    external_secrets("0.16.2"),
    external_secrets("1.3.2"),
    Source("eck", Eck(version="2.16.1"), f"{ELASTIC}/v2@v2.16.1", "deploy/eck-operator"),
    Source("eck", Eck(version="3.5.0"), f"{ELASTIC}/v3@v3.5.0", "deploy/eck-operator"),
    # A module lacks the link from Grafana's chart to its CRDs.
    Source(
        "grafanaOperator",
        GrafanaOperator(version="5.24.0"),
        "github.com/grafana/grafana-operator/v5@v5.24.0",
        "deploy/helm/grafana-operator",
        "deploy/helm/grafana-operator/files/crds",
    ),
    Source(
        "sealedSecrets", SealedSecrets(version="0.27.0"), f"{SEALED}@v0.27.1", "helm/sealed-secrets"
    ),
    Source(
        "sealedSecrets", SealedSecrets(version="0.39.1"), f"{SEALED}@v0.40.0", "helm/sealed-secrets"
    ),
]
CLUSTER = {
    "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
}  # fmt: skip
EVERY = pytest.mark.parametrize("source", CHARTS, ids=lambda source: source.module)


def rendered(source: Source, scratch: Path) -> list[Body]:
    """The objects of a chart, as Argo CD would have Helm render it."""
    module = downloaded(source.module, go())
    chart = part(source.section, source.settings, MIRROR).application.source
    assert isinstance(chart, HelmChart)
    values = scratch / "values.json"
    values.write_text(json.dumps(chart.values))
    command = [
        program("helm"), "template", f"prod-{source.section.lower()}",
        released(module / source.folder, scratch / "chart"),
        "--namespace", source.settings.namespace, "--values", values, "--include-crds",
        "--kube-version", "1.32",
    ]  # fmt: skip
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    crds = [path.read_text() for path in (module / source.crds).glob("*.yaml") if source.crds]
    documents = [body for each in (text, *crds) for body in ryaml.loads_all(each) if body]
    return [body for body in documents if body["kind"] != "Kustomization"]


def released(chart: Path, copy: Path) -> Path:
    """A chart as its release makes it of its sources: with a version, and without the chart of another
    program that is off by default.
    """
    shutil.copytree(chart, copy, copy_function=shutil.copyfile)
    copy.chmod(0o755)
    template, said = copy / "Chart.template.yaml", copy / "Chart.yaml"
    text = (template if template.exists() else said).read_text()
    said.unlink(missing_ok=True)
    said.write_text(re.sub(r"^dependencies:\n(?:[ -].*\n)+", "", text, flags=re.MULTILINE))
    (copy / "Chart.lock").unlink(missing_ok=True)
    return copy


def made(source: Source, scratch: Path) -> set[Identity]:
    return {
        _placed(identity(body), source.settings.namespace) for body in rendered(source, scratch)
    }


def _placed(each: Identity, namespace: str) -> Identity:
    """The object in the namespace of its Application, where it names none and has one."""
    return each if each.namespace or each.kind in CLUSTER else each._replace(namespace=namespace)


@EVERY
def test_the_catalogue_names_all_that_a_chart_creates(source: Source, tmp_path: Path) -> None:
    known = set(OPERATORS[source.section].identities(source.settings.namespace))
    assert made(source, tmp_path) <= known


@pytest.mark.parametrize("section", sorted({source.section for source in CHARTS}))
def test_the_catalogue_names_nothing_that_no_version_creates(section: str, tmp_path: Path) -> None:
    sources = [source for source in CHARTS if source.section == section]
    created: set[Identity] = set()
    for number, source in enumerate(sources):
        (tmp_path / str(number)).mkdir()
        created |= made(source, tmp_path / str(number))
    namespace = sources[0].settings.namespace
    # Argo CD makes the namespace.
    expected = created | {Identity("", "Namespace", "", namespace)}
    assert set(OPERATORS[section].identities(namespace)) == expected


def images(body: Body) -> Iterator[str]:
    """The images of an object's pods, and those that its programs are told by an argument."""
    for template in pod_templates(body):
        for container in template.spec["containers"]:
            yield container["image"]
            for argument in container.get("args", []):
                name, _, value = argument.partition("=")
                if name.endswith("-image"):
                    yield value


@EVERY
def test_its_images_are_the_catalogues_and_come_from_the_mirror(
    source: Source, tmp_path: Path
) -> None:
    known = {
        f"{MIRROR}/{image}"
        for image in operator_images(OPERATORS[source.section], source.settings.version)
    }
    used = {image for body in rendered(source, tmp_path) for image in images(body)}
    # Grafana's operator has the image of what it runs in its environment.
    assert used == {
        image for image in known if not image.startswith(f"{MIRROR}/docker.io/grafana/")
    }


@EVERY
def test_its_pods_fit_the_level_of_its_namespace(source: Source, tmp_path: Path) -> None:
    labels = part(source.section, source.settings, None).application.namespace_labels
    assert labels == {"pod-security.kubernetes.io/enforce": "restricted"}
    pods = [each for body in rendered(source, tmp_path) for each in pod_templates(body)]
    assert pods
    assert [
        violation
        for pod in pods
        for violation in evaluate(pod.metadata, pod.spec, "restricted", "1.32")
    ] == []


@EVERY
def test_no_chart_has_data_of_a_secret(source: Source, tmp_path: Path) -> None:
    assert "Secret" not in {body["kind"] for body in rendered(source, tmp_path)}
