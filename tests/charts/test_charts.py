"""What the catalogue says of charts, against charts that Go modules carry: rendered by Helm itself with
the values that an environment gives them (`make test-operators`). Those of kube-prometheus-stack and of
OpenTelemetry's operator are in no module.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import ryaml

from synth.app.operators import part
from synth.catalog.operators import OPERATORS
from synth.config.addons import Eck, GrafanaOperator
from synth.kit.application import HelmChart
from synth.kit.objects import Body, Identity, identity
from tests.events.programs import program
from tests.shared import go

pytestmark = pytest.mark.operators
MIRROR = "mirror.example.com"
ELASTIC = "github.com/elastic/cloud-on-k8s"
CHARTS = [
    ("eck", Eck(version="2.16.1"), f"{ELASTIC}/v2@v2.16.1", "deploy/eck-operator"),
    ("eck", Eck(version="3.5.0"), f"{ELASTIC}/v3@v3.5.0", "deploy/eck-operator"),
    (
        "grafanaOperator",
        GrafanaOperator(version="5.24.0"),
        "github.com/grafana/grafana-operator/v5@v5.24.0",
        "deploy/helm/grafana-operator",
    ),
]
CLUSTER = {
    "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "ValidatingWebhookConfiguration",
}  # fmt: skip


def rendered(settings: Any, section: str, module: str, folder: str, scratch: Path) -> list[Body]:
    """The objects of a chart, as Argo CD would have Helm render it."""
    done = subprocess.run(
        [go(), "mod", "download", "-json", module], cwd=scratch, capture_output=True, check=True
    )
    chart = part(section, settings, MIRROR).application.source
    assert isinstance(chart, HelmChart)
    values = scratch / "values.json"
    values.write_text(json.dumps(chart.values))
    command = [
        program("helm"), "template", f"prod-{section.lower()}",
        Path(json.loads(done.stdout)["Dir"]) / folder,
        "--namespace", settings.namespace, "--values", values, "--include-crds",
        "--kube-version", "1.32",
    ]  # fmt: skip
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [body for body in ryaml.loads_all(text) if body]


@pytest.mark.parametrize(("section", "settings", "module", "folder"), CHARTS)
def test_the_catalogue_names_what_a_chart_creates(
    section: str, settings: Any, module: str, folder: str, tmp_path: Path
) -> None:
    known = set(OPERATORS[section].identities(settings.namespace))
    made = {
        _placed(identity(body), settings.namespace)
        for body in rendered(settings, section, module, folder, tmp_path)
    }
    assert made <= known
    # A module lacks the link to the CRDs of Grafana's chart; Argo CD makes the namespace.
    assert {each.kind for each in known - made} <= {"CustomResourceDefinition", "Namespace"}


def _placed(each: Identity, namespace: str) -> Identity:
    """The object in the namespace of its Application, where it names none and has one."""
    return each if each.namespace or each.kind in CLUSTER else each._replace(namespace=namespace)


@pytest.mark.parametrize(("section", "settings", "module", "folder"), CHARTS)
def test_its_pods_come_from_the_mirror_and_fit_the_level_restricted(
    section: str, settings: Any, module: str, folder: str, tmp_path: Path
) -> None:
    bodies = rendered(settings, section, module, folder, tmp_path)
    [pod] = [
        body["spec"]["template"]["spec"]
        for body in bodies
        if body["kind"] in ("Deployment", "StatefulSet")
    ]
    [container] = pod["containers"]
    assert container["image"].startswith(f"{MIRROR}/")
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    security = container["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
