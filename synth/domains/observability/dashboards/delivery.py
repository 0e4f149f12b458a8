"""How dashboards reach Grafana: by its operator, or by the sidecar that its Helm chart has.

Source: grafana/grafana-operator api/v1beta1 (grafanadashboard_types.go, grafanafolder_types.go),
v5.24.0; grafana-community/helm-charts charts/grafana/values.yaml (sidecar.dashboards) and
kube-prometheus-stack's, which reads ConfigMaps of all namespaces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from constructs import Construct

from synth.config.observability import Grafana
from synth.domains.observability.dashboards.page import Page
from synth.domains.observability.grafana import API, grafana_folder, instances
from synth.kit.construct import Manifests
from synth.kit.objects import Body, manifest

NAME = "dashboards"
"""What the folder is called, among the objects of its namespace."""
LABEL = {"grafana_dashboard": "1"}
"""What the sidecar looks for."""
FOLDER = "grafana_folder"
"""The annotation that says which folder a file goes to, where sidecar.dashboards.folderAnnotation is
this."""


class Dashboards(Manifests):
    """The dashboards of a namespace, in a folder of their own with this uid and title."""

    def __init__(
        self,
        scope: Construct,
        namespace: str,
        pages: Sequence[Page],
        grafana: Grafana,
        *,
        uid: str,
        title: str,
    ) -> None:
        objects = (
            _operated(namespace, pages, grafana, uid, title)
            if grafana.instance_selector
            else _files(namespace, pages, title)
        )
        super().__init__(scope, f"{NAME}.{namespace}", objects, key="observability.grafana")


def _operated(
    namespace: str, pages: Sequence[Page], grafana: Grafana, uid: str, title: str
) -> Iterator[Body]:
    yield grafana_folder(NAME, namespace, grafana, uid=uid, title=title)
    for each in pages:
        yield manifest(
            API,
            "GrafanaDashboard",
            each.kind,
            namespace=namespace,
            spec={**instances(grafana), "folderRef": NAME, "json": each.json},
        )


def _files(namespace: str, pages: Sequence[Page], title: str) -> Iterator[Body]:
    """All files lie in one folder of Grafana's pod, and are called by their dashboards' uids."""
    for each in pages:
        yield manifest(
            "v1",
            "ConfigMap",
            f"dashboard.{each.kind}",
            namespace=namespace,
            labels=LABEL,
            annotations={FOLDER: title},
            data={f"{each.uid}.json": each.json},
        )
