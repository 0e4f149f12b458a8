"""The catalogue of add-ons: which version fits which cluster, and what it brings."""

from __future__ import annotations

import pytest
import ryaml

from synth.catalog.addons import (
    ADD_ONS,
    check,
    find_release,
    load_add_on,
    newest_release,
)
from synth.kit.application import HelmChart
from tests.shared import shared

OF_THE_EXAMPLE = {
    "external-secrets": "0.9.20",
    "grafana-operator": "5.9.2",
    "knative-kafka": "1.10.1",
    "prometheus": "58.3.1",
    "strimzi": "0.45.1",
}
CURRENT = {
    "external-secrets": "2.0.0",
    "grafana-operator": "5.24.0",
    "knative-kafka": "1.21.0",
    "prometheus": "88.5.3",
    "strimzi": "1.2.0",
}
CRDS = {
    ("grafana-operator", "5.24.0"): "grafana-operator-5.24.0.yaml",
    ("knative-kafka", "1.10.1"): "knative-kafka-1.10.yaml",
    ("prometheus", "88.5.3"): "prometheus-operator-0.93.0.yaml",
    ("strimzi", "0.45.1"): "strimzi-0.45.1.yaml",
    ("strimzi", "1.2.0"): "strimzi-1.2.0.yaml",
    ("external-secrets", "2.0.0"): "external-secrets.yaml",
}


def test_both_lines_fit_their_time() -> None:
    assert check(OF_THE_EXAMPLE, "1.26") == []
    assert check(CURRENT, "1.34") == []


def test_every_version_that_does_not_fit_is_told_with_a_way_out() -> None:
    assert check(CURRENT, "1.26") == [
        "addons.external-secrets: external-secrets 2.0.0 needs Kubernetes 1.34 or later, "
        "the cluster has 1.26: take 0.9.20",
        "addons.knative-kafka: knative-kafka 1.21.0 needs Kubernetes 1.33 or later, "
        "the cluster has 1.26: take 1.10.1",
        "addons.strimzi: strimzi 1.2.0 needs Kubernetes 1.30 or later, "
        "the cluster has 1.26: take 0.45.1",
    ]
    assert check({"knative-kafka": "1.10.1"}, "1.30") == [
        "addons.knative-kafka: knative-kafka 1.10.1 needs Kubernetes 1.26 or earlier, "
        "the cluster has 1.30: the catalogue has none for it"
    ]
    assert check({"strimzi": "0.46.0"}, "1.26") == [
        "addons.strimzi: the catalogue has no strimzi 0.46.0 (it has: 0.45.1, 1.2.0)"
    ]


def test_an_unknown_add_on_is_a_mistake() -> None:
    with pytest.raises(ValueError) as caught:
        load_add_on("keda")
    assert str(caught.value) == (
        "unknown add-on 'keda' (known: external-secrets, grafana-operator, knative-kafka, "
        "prometheus, strimzi)"
    )


@pytest.mark.parametrize(
    ("kubernetes", "version"), [("1.26", "0.45.1"), ("1.34", "1.2.0"), ("1.24", None)]
)
def test_the_newest_version_that_fits(kubernetes: str, version: str | None) -> None:
    release = newest_release("strimzi", kubernetes)
    assert (release and release.version) == version


@pytest.mark.parametrize(("add_on", "file"), CRDS.items())
def test_the_custom_resources_are_those_of_the_real_crds(
    add_on: tuple[str, str], file: str
) -> None:
    served = {
        (crd["spec"]["group"], crd["spec"]["names"]["kind"]): {
            version["name"] for version in crd["spec"]["versions"] if version["served"]
        }
        for crd in ryaml.loads_all((shared() / "crds" / file).read_text())
        if crd
    }
    ours = find_release(*add_on).custom_resources
    assert {kind: set(versions) - served.get(kind, set()) for kind, versions in ours.items()} == {
        kind: set() for kind in ours
    }


@pytest.mark.parametrize("name", ADD_ONS)
def test_every_source_names_one_version(name: str) -> None:
    for release in load_add_on(name):
        if isinstance(release.source, HelmChart):
            assert release.source.version.lstrip("v") == release.version
        else:
            assert all(f"/knative-v{release.version}/" in address for address in release.source)


def test_prometheus_takes_rules_and_monitors_from_everywhere() -> None:
    for release in load_add_on("prometheus"):
        assert isinstance(release.source, HelmChart)
        spec = release.source.values["prometheus"]["prometheusSpec"]
        assert spec == {
            "podMonitorSelectorNilUsesHelmValues": False,
            "probeSelectorNilUsesHelmValues": False,
            "ruleSelectorNilUsesHelmValues": False,
            "scrapeConfigSelectorNilUsesHelmValues": False,
            "serviceMonitorSelectorNilUsesHelmValues": False,
        }
