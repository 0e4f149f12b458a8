"""Whom the pods of an isolated team let in, and whom not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import ryaml

from synth.catalog.kubeflow import RELEASES
from synth.kit.objects import Body
from synth.project import Project
from synth.render.cache import Cache
from tests.kubeflow.releases import release_tree
from tests.teams.examples import all_wrong, environment, objects
from tests.teams.test_placement import ADDONS, WHOLE, bodies

ISOLATED = "    isolated: true\n"
KUBEFLOW = 'kubeflow: {release: "1.8.1", source: reference}\n'
SERVED = """\
models:
  - name: sentiment
    team: nlp
    variants:
      - {name: stable, version: 1, artifact: "s3://m/1", traffic: 100, EXPLAINER}
  - name: reviews
    team: nlp
    engine: kserve
    variants: [{name: stable, version: 1, artifact: "s3://m/1", traffic: 100}]
  - name: others
    team: ads
    variants: [{name: stable, version: 1, artifact: "s3://m/1", traffic: 100}]
streams:
  - name: comments
    team: nlp
    kafka: {bootstrapServers: ["kafka.example.com:9092"], topic: {name: comments}}
    source: {consumerGroup: comments}
    processor: {image: "processor:1.0.0", port: 8081, metricsPath: /metrics}
"""
EXPLAINED = SERVED.replace("EXPLAINER", "explainer: {type: AnchorTabular}")
OBSERVED = "observability: {prometheus: {namespace: watching}}\n"


class Pod:
    """A pod as a NetworkPolicy sees it: its namespace and its labels."""

    def __init__(self, namespace: str, **labels: str) -> None:
        self.namespace = namespace
        self.labels = {key.replace("__", "/").replace("_", "-"): v for key, v in labels.items()}


def selects(selector: Body, labels: dict[str, str]) -> bool:
    return all(labels.get(k) == v for k, v in selector.get("matchLabels", {}).items()) and all(
        each["operator"] == "Exists" and each["key"] in labels
        for each in selector.get("matchExpressions", [])
    )


def admits(policy: Body, caller: Pod) -> Iterator[set[int] | None]:
    """The ports that each rule lets the caller in at, None for all."""
    for rule in policy["spec"]["ingress"]:
        for peer in rule["from"]:
            spaces = peer.get("namespaceSelector")
            home = policy["metadata"]["namespace"]
            here = {"kubernetes.io/metadata.name": caller.namespace}
            inside = caller.namespace == home if spaces is None else selects(spaces, here)
            if inside and selects(peer.get("podSelector", {}), caller.labels):
                yield {each["port"] for each in rule["ports"]} if "ports" in rule else None


def reached(made: dict[str, Body], caller: Pod, pod: Pod) -> set[int] | None:
    """The ports at which a pod of team `nlp` lets a caller in, as Kubernetes reads the policies: a pod
    that one of them selects lets in whom any of these names. None are all ports.
    """
    policies = [body for body in made.values() if body["kind"] == "NetworkPolicy"]
    mine = [each for each in policies if selects(each["spec"]["podSelector"], pod.labels)]
    assert mine
    opened: set[int] = set()
    for policy in mine:
        for ports in admits(policy, caller):
            if ports is None:
                return None
            opened |= ports
    return opened


SELDON = Pod("nlp", app_kubernetes_io__managed_by="seldon-core")
SELDON.labels = {"app.kubernetes.io/managed-by": "seldon-core"}
KSERVE = Pod("nlp")
KSERVE.labels = {"serving.knative.dev/service": "reviews-predictor"}
PROCESSOR = Pod("nlp")
PROCESSOR.labels = {"serving.knative.dev/service": "comments-processor"}
NOTEBOOK = Pod("nlp", notebook_name="mine")
SUGGESTION = Pod("nlp")
SUGGESTION.labels = {"katib.kubeflow.org/suggestion": "mine"}
STEP = Pod("nlp", workflow="hourly")
ARTIFACTS = Pod("nlp", app="ml-pipeline-ui-artifact")
VISUALS = Pod("nlp", app="ml-pipeline-visualizationserver")

GATEWAY = Pod("istio-system", app="istio-ingressgateway")
LOCAL = Pod("istio-system", app="cluster-local-gateway")
ISTIOD = Pod("istio-system", app="istiod")
ACTIVATOR = Pod("knative-serving", app="activator")
AUTOSCALER = Pod("knative-serving", app="autoscaler")
DISPATCHER = Pod("knative-eventing", app="kafka-source-dispatcher")
PROMETHEUS = Pod("watching", app="prometheus")
CULLER = Pod("kubeflow", app="notebook-controller")
INTERFACE = Pod("kubeflow", app="ml-pipeline-ui")
API = Pod("kubeflow", app="ml-pipeline")
KATIB = Pod("kubeflow")
KATIB.labels = {"katib.kubeflow.org/component": "controller"}
STRANGER = Pod("ads", app="istio-ingressgateway")

VIEWERS = {6006, 8080}  # Tensorboards and volume viewers, whose pods no label tells from others
SIDECARS = {15020, 15090}
REACHED: list[tuple[Pod, Pod, set[int]]] = [
    (GATEWAY, SELDON, {8000, 5001, 9000} | VIEWERS),
    (PROMETHEUS, SELDON, {8000, 6000} | SIDECARS),
    (LOCAL, SELDON, set()),
    (GATEWAY, KSERVE, {8012, 8013} | VIEWERS),
    (LOCAL, KSERVE, {8012, 8013}),
    (ACTIVATOR, KSERVE, {8012, 8013}),
    (AUTOSCALER, KSERVE, {9090}),
    (PROMETHEUS, KSERVE, SIDECARS),
    (LOCAL, PROCESSOR, {8012, 8013}),
    (ACTIVATOR, PROCESSOR, {8012, 8013}),
    (AUTOSCALER, PROCESSOR, {9090}),
    (PROMETHEUS, PROCESSOR, {8081} | SIDECARS),
    (DISPATCHER, PROCESSOR, set()),
    (GATEWAY, NOTEBOOK, {8888} | VIEWERS),
    (CULLER, NOTEBOOK, {8888}),
    (PROMETHEUS, NOTEBOOK, SIDECARS),
    (INTERFACE, NOTEBOOK, set()),
    (KATIB, SUGGESTION, {6788, 6789}),
    (KATIB, STEP, set()),
    (INTERFACE, ARTIFACTS, {3000}),
    (API, ARTIFACTS, set()),
    (API, VISUALS, {8888}),
    (GATEWAY, STEP, VIEWERS),
    (PROMETHEUS, STEP, SIDECARS),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Body]:
    folder = tmp_path_factory.mktemp("isolated")
    return objects(environment(folder, ISOLATED + EXPLAINED + OBSERVED + KUBEFLOW))


@pytest.mark.parametrize(("caller", "pod", "ports"), REACHED)
def test_a_pod_lets_in_whom_it_has_to_and_nobody_else(
    made: dict[str, Body], caller: Pod, pod: Pod, ports: set[int]
) -> None:
    assert reached(made, caller, pod) == ports


@pytest.mark.parametrize("pod", [SELDON, KSERVE, PROCESSOR, NOTEBOOK, SUGGESTION, ARTIFACTS, STEP])
def test_strangers_stay_out_and_the_own_namespace_is_open(made: dict[str, Body], pod: Pod) -> None:
    for stranger in (STRANGER, ISTIOD, DISPATCHER, Pod("kubeflow", app="centraldashboard")):
        assert reached(made, stranger, pod) == set()
    assert reached(made, STEP, pod) is None


def test_the_policies_are_kubernetes(made: dict[str, Body], common: Path) -> None:
    assert list(all_wrong(common, made)) == []
    assert all(body["spec"]["policyTypes"] == ["Ingress"] for body in made.values())
    assert all(body["metadata"]["namespace"] == "nlp" for body in made.values())
    assert set(made) == {
        f"NetworkPolicy {name}"
        for name in (
            "same-namespace", "models", "knative", "notebooks", "tensorboards", "volume-viewers",
            "pipelines-artifacts", "pipelines-visualizations", "katib", "metrics-istio",
            "metrics-models", "metrics-comments-processor",
        )
    }  # fmt: skip


def test_what_is_not_there_opens_nothing(tmp_path: Path) -> None:
    assert list(objects(environment(tmp_path, ISOLATED))) == ["NetworkPolicy same-namespace"]
    plain = SERVED.replace(", EXPLAINER", "")
    models = objects(environment(tmp_path / "plain", ISOLATED + plain))["NetworkPolicy models"]
    [rule] = models["spec"]["ingress"]
    assert [each["port"] for each in rule["ports"]] == [8000, 5001]


def test_components_that_are_off_open_nothing(tmp_path: Path) -> None:
    off = KUBEFLOW.replace("}", ", components: {katib: false, notebook-controller: false}}")
    made = set(objects(environment(tmp_path, ISOLATED + off)))
    assert {"NetworkPolicy tensorboards", "NetworkPolicy pipelines-artifacts"} <= made
    assert made & {"NetworkPolicy katib", "NetworkPolicy notebooks"} == set()


def test_sensors_show_their_metrics(project: Project, cache: Cache) -> None:
    team = "teams: [{name: nlp, owner: a@example.com, isolated: true}]\n"
    made = bodies(project, cache, team + WHOLE + ADDONS)
    policies = {name: body for name, body in made.items() if name.startswith("NetworkPolicy")}
    sensor = Pod("nlp", controller="sensor-controller")
    source = Pod("nlp", eventsource_name="alerts")
    alertmanager = Pod("monitoring", app="alertmanager")
    assert reached(policies, alertmanager, sensor) == {7777} | SIDECARS
    assert reached(policies, alertmanager, source) == {12000, 7777} | SIDECARS
    assert reached(policies, Pod("argo-events", app="controller"), sensor) == set()


@lru_cache
def labels_of(common: Path, release: str) -> dict[str, dict[str, str]]:
    """The labels of pods by the name of their Deployment, over all components of a release."""
    found: dict[str, dict[str, str]] = {}
    tree = release_tree(common, release)
    for pattern in (
        "common/istio*/istio-install/base/install.yaml",
        "common/istio*/cluster-local-gateway/base/cluster-local-gateway.yaml",
        "common/knative/knative-serving/base/upstream/serving-core.yaml",
        "app*/jupyter/notebook-controller/upstream/manager/manager.yaml",
        "app*/pipeline/upstream/base/pipeline/ml-pipeline-*-deployment.yaml",
        "app*/pipeline/upstream/base/metadata/base/metadata-grpc-deployment.yaml",
        "app*/katib/upstream/components/*/*.yaml",
    ):
        paths = list(tree.glob(pattern))
        assert paths, pattern
        for path in (
            *paths,
            *tree.glob("app*/pipeline/upstream/third-party/*/base/**/*-deployment.yaml"),
        ):
            for body in ryaml.loads_all(path.read_text()):
                if body and body.get("kind") == "Deployment":
                    template: Any = body["spec"]["template"]
                    found[body["metadata"]["name"]] = template["metadata"]["labels"]
    return found


@pytest.mark.parametrize("release", RELEASES)
def test_callers_are_called_as_the_release_calls_them(common: Path, release: str) -> None:
    labels = labels_of(common, release)
    for name, pod in {
        "istio-ingressgateway": GATEWAY,
        "cluster-local-gateway": LOCAL,
        "activator": ACTIVATOR,
        "autoscaler": AUTOSCALER,
        "deployment": CULLER,
        "ml-pipeline-ui": INTERFACE,
        "ml-pipeline": API,
        "katib-controller": KATIB,
    }.items():
        assert pod.labels.items() <= labels[name].items(), name
