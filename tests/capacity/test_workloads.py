"""The pods of every kind of object."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from synth.catalog.sidecars import istio_proxy
from synth.kit.objects import Body, manifest
from synth.rules.capacity.demand import Demand, Pods, Surroundings, demand
from synth.rules.capacity.workloads import pods_of, scaled
from tests.capacity.examples import MI, SMALL, container, deployment

CPU = Fraction(1, 10)
TEMPLATE: Body = {"spec": {"containers": [container()]}}
GI = 1024 * MI
BARE = Surroundings()


def demanded(body: Body, *others: Body, around: Surroundings = BARE) -> Demand:
    said = pods_of(body, scaled([body, *others]))
    assert said is not None
    beyond = [each for each in said if isinstance(each, str)]
    return demand(body, [each for each in said if isinstance(each, Pods)], around, beyond)


def counts(made: Demand) -> tuple[Any, Any, Any]:
    """Pods, CPU, and pods on top in an update."""
    zero = Fraction(0)
    return (
        made.usage.get("pods", zero),
        made.usage.get("requests.cpu", zero),
        made.surge.get("pods", zero),
    )


def of(api_version: str, kind: str, **spec: Any) -> Body:
    return manifest(api_version, kind, "it", namespace="nlp", spec=spec)


@pytest.mark.parametrize(
    ("body", "pods", "surge", "beyond"),
    [
        (deployment(replicas=5), 5, 2, ()),
        (deployment(replicas=4, strategy={"rollingUpdate": {"maxSurge": 3}}), 4, 3, ()),
        (deployment(replicas=4, strategy={"rollingUpdate": {"maxSurge": "50%"}}), 4, 2, ()),
        (deployment(replicas=4, strategy={"type": "Recreate"}), 4, 0, ()),
        (of("apps/v1", "StatefulSet", template=TEMPLATE, replicas=3), 3, 0, ()),
        (of("apps/v1", "ReplicaSet", template=TEMPLATE), 1, 0, ()),
        (of("apps/v1", "DaemonSet", template=TEMPLATE), 0, 0, ("it runs a pod on every node",)),
        (of("v1", "Pod", containers=[container()]), 1, 0, ()),
        (of("batch/v1", "Job", template=TEMPLATE), 1, 0, ()),
        (of("batch/v1", "Job", template=TEMPLATE, parallelism=4, completions=3), 3, 0, ()),
        (
            of("batch/v1", "CronJob", concurrencyPolicy="Forbid", jobTemplate={"spec": {"template": TEMPLATE}}),
            1, 0, (),
        ),
        (
            of("batch/v1", "CronJob", jobTemplate={"spec": {"template": TEMPLATE}}),
            1, 0, ("its Jobs may overlap (concurrencyPolicy Allow)",),
        ),
        (of("argoproj.io/v1alpha1", "Sensor", template={"container": container()}), 1, 1, ()),
        (
            of("argoproj.io/v1alpha1", "EventSource", replicas=2, template={"container": container()}),
            2, 1, (),
        ),
        (
            of("kafka.strimzi.io/v1", "KafkaNodePool", replicas=3, resources=SMALL),
            3, 0, (),
        ),
        (
            of("opentelemetry.io/v1beta1", "OpenTelemetryCollector", mode="deployment", replicas=2, resources=SMALL),
            2, 1, (),
        ),
        (
            of("kibana.k8s.elastic.co/v1", "Kibana", count=2, podTemplate=TEMPLATE),
            2, 0, (),
        ),
        (
            of("elasticsearch.k8s.elastic.co/v1", "Elasticsearch", nodeSets=[{"count": 3, "podTemplate": TEMPLATE}, {"count": 1, "podTemplate": TEMPLATE}]),
            4, 0, (),
        ),
        (
            of("beat.k8s.elastic.co/v1beta1", "Beat", type="filebeat", deployment={"replicas": 2, "podTemplate": TEMPLATE}),
            2, 0, (),
        ),
    ],
)  # fmt: skip
def test_pods_of_a_kind(body: Body, pods: int, surge: int, beyond: tuple[str, ...]) -> None:
    made = demanded(body)
    assert counts(made) == (pods, pods * CPU, surge)
    assert made.beyond == beyond


def test_an_autoscaler_says_how_many_there_may_be() -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    autoscaler = manifest(
        "autoscaling/v2", "HorizontalPodAutoscaler", "web", namespace="nlp",
        spec={"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 8},
    )  # fmt: skip
    keda = manifest(
        "keda.sh/v1alpha1", "ScaledObject", "web", namespace="nlp",
        spec={"scaleTargetRef": {"name": "web"}, "triggers": []},
    )  # fmt: skip
    elsewhere = {**autoscaler, "metadata": {"name": "web", "namespace": "vision"}}
    assert counts(demanded(deployment(), autoscaler)) == (8, 8 * CPU, 2)
    assert counts(demanded(deployment(), keda)) == (100, 100 * CPU, 25)
    assert counts(demanded(deployment(), elsewhere)) == (1, CPU, 1)


def seldon(predictor: Body, **spec: Any) -> Body:
    graph = {"name": "classifier", "modelUri": "s3://m/1", "implementation": "SKLEARN_SERVER"}
    return of(
        "machinelearning.seldon.io/v1",
        "SeldonDeployment",
        predictors=[{"name": "stable", "graph": graph, **predictor}],
        **spec,
    )


def test_every_pod_of_a_predictor_has_an_executor_and_an_initializer() -> None:
    pods = {"spec": {"containers": [container("classifier")]}}
    made = demanded(seldon({"replicas": 2, "componentSpecs": [pods]}))
    assert counts(made) == (2, 2 * (CPU + Fraction(1, 2)), 1)
    assert made.usage["requests.memory"] == 2 * (128 + 512) * MI
    # The initializer may take more than the other two together.
    assert made.usage["limits.memory"] == 2 * GI
    [spec] = made.specs
    assert [each["name"] for each in spec["containers"]] == [
        "classifier",
        "seldon-container-engine",
    ]


def test_what_a_predictor_says_of_its_executor_counts() -> None:
    pods = {"spec": {"containers": [container("classifier")]}}
    executor = {"resources": {"requests": {"cpu": "1"}}}
    made = demanded(seldon({"componentSpecs": [pods], "svcOrchSpec": executor}))
    assert made.usage["requests.cpu"] == 1 + CPU


@pytest.mark.parametrize(
    ("component", "predictor", "spec", "most"),
    [
        ({"kedaSpec": {"maxReplicaCount": 7}}, {"replicas": 1}, {}, 7),
        ({"hpaSpec": {"maxReplicas": 6}}, {"replicas": 1}, {}, 6),
        ({"replicas": 5}, {"replicas": 1}, {}, 5),
        ({}, {"replicas": 4}, {"replicas": 1}, 4),
        ({}, {"replicas": 0}, {"replicas": 1}, 0),
        ({}, {}, {"replicas": 3}, 3),
        ({}, {}, {}, 1),
    ],
)
def test_what_is_closest_says_how_many_pods_a_predictor_has(
    component: Body, predictor: Body, spec: Body, most: int
) -> None:
    pods = {"spec": {"containers": [container("classifier")]}, **component}
    made = demanded(seldon({**predictor, "componentSpecs": [pods]}, **spec))
    assert made.usage.get("pods", 0) == most


def test_an_explainer_has_pods_of_its_own() -> None:
    pods = {"spec": {"containers": [container("classifier")]}}
    explainer = {"replicas": 2, "modelUri": "s3://m/e", "containerSpec": container("explainer")}
    made = demanded(seldon({"componentSpecs": [pods], "explainer": explainer}))
    assert made.usage["pods"] == 3
    assert made.usage["requests.cpu"] == CPU + Fraction(1, 2) + 2 * CPU


def knative(annotations: dict[str, str]) -> Body:
    template = {
        "metadata": {"annotations": annotations},
        "spec": {"containers": [container()]},
    }
    return of("serving.knative.dev/v1", "Service", template=template)


def test_a_knative_service_scales_to_its_maximum_with_a_queue_proxy_in_every_pod() -> None:
    made = demanded(
        knative(
            {"autoscaling.knative.dev/min-scale": "2", "autoscaling.knative.dev/max-scale": "5"}
        )
    )
    assert made.kind == "Knative Service"
    assert counts(made) == (5, 5 * (CPU + Fraction(25, 1000)), 2)
    assert made.beyond == ()
    assert made.unsaid(["requests.memory"], BARE.defaults) == [("queue-proxy", "requests.memory")]


def test_a_knative_service_without_a_maximum_has_no_bound() -> None:
    made = demanded(knative({"autoscaling.knative.dev/min-scale": "2"}))
    assert counts(made)[0] == 2
    assert made.beyond == ("it has no maximum scale",)


@pytest.mark.parametrize(
    ("annotations", "cpu", "memory"),
    [
        ({"resource-percentage": "50"}, "50m", "64Mi"),
        ({"resource-percentage": "1"}, "25m", "50Mi"),
        ({"resource-percentage": "50", "memory-resource-request": "100Mi"}, "50m", "100Mi"),
        ({"cpu-resource-request": "10m", "memory-resource-request": "20Mi"}, "10m", "20Mi"),
    ],
)
def test_a_queue_proxy_is_told_what_it_gets(
    annotations: dict[str, str], cpu: str, memory: str
) -> None:
    prefixed = {f"queue.sidecar.serving.knative.dev/{key}": v for key, v in annotations.items()}
    made = demanded(knative({**prefixed, "autoscaling.knative.dev/max-scale": "1"}))
    alone = demanded(
        deployment(
            "web", container(), container("queue-proxy", requests={"cpu": cpu, "memory": memory})
        )
    )
    for name in ("requests.cpu", "requests.memory"):
        assert made.usage[name] == alone.usage[name]


def inference(**predictor: Any) -> Body:
    model = {"modelFormat": {"name": "sklearn"}, "storageUri": "s3://m/1"}
    return of(
        "serving.kserve.io/v1beta1",
        "InferenceService",
        predictor={"minReplicas": 1, "maxReplicas": 3, "model": model, **predictor},
    )


def test_kserve_completes_resources_and_a_canary_runs_beside_what_was_there() -> None:
    one, both = demanded(inference()), demanded(inference(canaryTrafficPercent=10))
    # The server's own 1 and 2Gi, and Knative's container.
    assert counts(one) == (3, 3 * (1 + Fraction(25, 1000)), 1)
    assert one.usage["requests.memory"] == 3 * 2 * GI
    assert both.usage["pods"] == 6


def test_kserve_logs_requests_from_a_container_of_its_own() -> None:
    made = demanded(inference(logger={"mode": "all"}))
    assert made.usage["requests.cpu"] == 3 * (1 + Fraction(25, 1000) + CPU)


@pytest.mark.parametrize(
    "server",
    [
        {"model": {"storageUri": "s3://m/1", "resources": {"limits": {"memory": "64Mi"}}}},
        {"model": None, "containers": [{"name": "own", "env": [{"name": "STORAGE_URI"}]}]},
    ],
)
def test_kserve_fetches_a_model_in_an_init_container(server: Body) -> None:
    made = demanded(inference(**server))
    assert [each["name"] for each in made.specs[0]["initContainers"]] == ["storage-initializer"]
    nothing = demanded(inference(model=None, containers=[{"name": "own"}]))
    assert nothing.specs[0]["initContainers"] == []


def test_kserve_without_a_maximum_has_no_bound() -> None:
    made = demanded(inference(minReplicas=2, maxReplicas=0))
    assert made.usage["pods"] == 2
    assert made.beyond == ("it has no maximum scale (predictor)",)


def test_every_pod_of_jetstream_has_three_containers() -> None:
    templates = {
        key: {"resources": SMALL}
        for key in ("containerTemplate", "reloaderContainerTemplate", "metricsContainerTemplate")
    }
    made = demanded(of("argoproj.io/v1alpha1", "EventBus", jetstream={"replicas": 3, **templates}))
    assert counts(made) == (3, 9 * CPU, 0)


def test_beside_brokers_stand_operators_and_an_exporter() -> None:
    made = demanded(
        of(
            "kafka.strimzi.io/v1",
            "Kafka",
            entityOperator={"topicOperator": {"resources": SMALL}, "userOperator": {}},
            kafkaExporter={"resources": SMALL},
        )
    )
    assert counts(made) == (2, 2 * CPU, 0)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            of("argoproj.io/v1alpha1", "EventBus", nats={"native": {}}),
            "only jetstream is known",
        ),
        (
            of("opentelemetry.io/v1beta1", "OpenTelemetryCollector", mode="daemonset"),
            "its mode is daemonset",
        ),
        (
            of("beat.k8s.elastic.co/v1beta1", "Beat", type="filebeat", daemonSet={}),
            "it runs a pod on every node",
        ),
        (
            of("kibana.k8s.elastic.co/v1", "Kibana"),
            "it says no resources, and ECK's own are not counted",
        ),
    ],
)
def test_what_is_not_known_is_said(body: Body, why: str) -> None:
    assert demanded(body).beyond == (why,)


@pytest.mark.parametrize("release", ["1.8.1", "1.10", "26.03"])
def test_the_mesh_adds_its_proxy(release: str) -> None:
    around = Surroundings(istio_proxy(release))
    plain = demanded(deployment()).usage
    meshed = demanded(deployment(), around=around).usage
    proxy = around.proxy
    assert proxy
    added = demanded(deployment("proxy", {"name": "p", "resources": proxy["resources"]})).usage
    assert meshed["requests.cpu"] - plain["requests.cpu"] == added["requests.cpu"]
    assert meshed["limits.memory"] - plain.get("limits.memory", 0) == added["limits.memory"]


@pytest.mark.parametrize("mark", ["labels", "annotations"])
def test_pods_stay_outside_the_mesh_that_say_so(mark: str) -> None:
    around = Surroundings(istio_proxy("1.8.1"))
    body = deployment()
    body["spec"]["template"]["metadata"] = {mark: {"sidecar.istio.io/inject": "false"}}
    assert demanded(body, around=around).usage == demanded(body).usage
