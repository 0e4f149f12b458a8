"""Add-ons as Argo CD applications."""

from __future__ import annotations

import pytest

from synth.catalog.addons import ADD_ONS, find_release, load_add_on
from synth.domains.platform import add_on_application, add_on_files
from synth.kit.application import HelmChart


def test_a_chart_is_rendered_by_argo_cd() -> None:
    release = find_release("strimzi", "0.45.1")
    application = add_on_application(release)
    assert (application.name, application.namespace) == ("strimzi", "strimzi")
    assert application.source == HelmChart(
        "https://strimzi.io/charts/", "strimzi-kafka-operator", "0.45.1", {"watchAnyNamespace": True}
    )
    assert application.objects == release.objects
    assert add_on_files(release) == {}


def test_what_has_no_chart_is_a_kustomization_of_one_release() -> None:
    release = find_release("knative-kafka", "1.10.1")
    assert add_on_application(release).source == "kustomize"
    base = (
        "https://github.com/knative-extensions/eventing-kafka-broker/releases/download/"
        "knative-v1.10.1"
    )
    assert add_on_files(release) == {
        "kustomization.yaml": {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [
                f"{base}/eventing-kafka-controller.yaml",
                f"{base}/eventing-kafka-source.yaml",
            ],
            "patches": [
                {
                    "patch": "apiVersion: v1\n"
                    "kind: CustomResourceDefinition\n"
                    "metadata:\n"
                    "  name: any\n"
                    "  annotations:\n"
                    "    argocd.argoproj.io/sync-options: Prune=false,Delete=false\n"
                    "    argocd.argoproj.io/compare-options: IgnoreExtraneous\n",
                    "target": {
                        "group": "apiextensions.k8s.io",
                        "kind": "CustomResourceDefinition",
                    },
                }
            ],
        }
    }


@pytest.mark.parametrize("name", ADD_ONS)
def test_an_add_on_that_makes_namespaces_may_make_its_own_only(name: str) -> None:
    for release in load_add_on(name):
        namespaces = [each.name for each in release.objects if each.kind == "Namespace"]
        is_chart = isinstance(release.source, HelmChart)
        assert namespaces == ([release.namespace] if is_chart else [])
