"""What KServe cannot do with a model, and what it can."""

from __future__ import annotations

from typing import Any

import pytest

from synth.config.environment import Environment
from synth.rules.findings import Finding
from synth.rules.serving import check_serving

STABLE = {"name": "stable", "version": 7, "artifact": "s3://models/7", "traffic": 100}
CANARY = {"name": "canary", "version": 8, "artifact": "s3://models/8", "traffic": 10}
ROLLOUT = ({**STABLE, "traffic": 90}, CANARY)
NEW_CLUSTER = Finding(
    "KS009", "warning", "models.sentiment.variants",
    "a cluster that has not served stable alone before gives canary all of the traffic: roll "
    "stable out first",
)  # fmt: skip
STEP = {"name": "clean", "type": "transformer", "image": "registry.example.com/nlp/clean:1.0.0"}
OWN = {"name": "model"}
ALONE = (
    "KServe knows one: a step of type transformer with an image, whose only child is the model, of "
    "which nothing more is said"
)
KEDA = {"maxReplicas": 3, "keda": {"triggers": ({"type": "cron", "metadata": {}},)}}
REQUESTS = (
    "Knative scales by requests; its autoscaler-hpa is in no release of Kubeflow: keep minReplicas "
    "and maxReplicas alone"
)


def found(
    release: str = "26.03",
    components: tuple[str, ...] = ("kserve",),
    gateway: dict[str, str] | None = None,
    **changes: Any,
) -> list[Finding]:
    given = {"name": "sentiment", "team": "nlp", "engine": "kserve", "variants": (STABLE,)}
    environment = Environment.model_validate(
        {
            "name": "dev",
            "cluster": {"kubernetes": "1.26"},
            "gitops": {"repoURL": "https://git.example.com/ml/platform.git"},
            "kubeflow": {"release": release},
            "gateway": gateway,
            "models": ({**given, **changes},),
        }
    )
    return check_serving(environment, components)


@pytest.mark.parametrize(
    ("release", "server", "said"),
    [
        (
            "1.8.1",
            {"format": "huggingface"},
            "KServe 0.11.2 has no runtime for huggingface: bring a server of format custom",
        ),
        (
            "26.03",
            {"format": "mlflow", "protocol": "v1"},
            "KServe 0.16.0 serves mlflow by protocol v2, not by v1",
        ),
        (
            "26.03",
            {"format": "tensorflow", "protocol": "tensorflow"},
            "KServe 0.16.0 serves tensorflow by protocol v1 or v2, not by tensorflow",
        ),
    ],
)
def test_a_format_that_no_runtime_serves(release: str, server: dict[str, str], said: str) -> None:
    assert found(release, server=server) == [
        Finding("KS002", "error", "models.sentiment.server", said)
    ]


@pytest.mark.parametrize(
    ("field", "changes", "said"),
    [
        (
            "server.transport",
            {"server": {"transport": "grpc"}},
            "KServe models are served by rest here: say rest, or use seldon",
        ),
        (
            "server.protocol",
            {"server": {"format": "custom", "image": "server:1", "protocol": "seldon"}},
            "a server of KServe speaks v1 or v2",
        ),
        (
            "server.parameters",
            {"server": {"parameters": {"xtype": "DataFrame"}}},
            "kserve-mlserver takes no arguments: say it by environment variables",
        ),
        (
            "storageSecret",
            {"storageSecret": "s3"},
            "KServe takes the credentials from the Secrets of the ServiceAccount: say "
            "serviceAccount",
        ),
        (
            "replicas",
            {"replicas": 0},
            "Knative starts a pod again for the next request: say 1, or retire it",
        ),
        (
            "orchestrator",
            {"orchestrator": {"limits": {"cpu": "1"}}},
            "is Seldon's alone: take it out",
        ),
        ("disruptionBudget", {"disruptionBudget": {}}, "Knative's pods have none: take it out"),
        ("autoscaling.cpu", {"autoscaling": {"maxReplicas": 3, "cpu": "70%"}}, REQUESTS),
        ("autoscaling.memory", {"autoscaling": {"maxReplicas": 3, "memory": "70%"}}, REQUESTS),
        (
            "autoscaling.keda",
            {"autoscaling": KEDA},
            "Knative scales by requests: take it out, or use seldon",
        ),
        (
            "variants.stable.explainer",
            {"variants": ({**STABLE, "explainer": {"type": "AnchorText"}},)},
            "KServe has no Alibi from 0.13 on: use seldon",
        ),
        (
            "variants.stable.replicas",
            {"variants": ({**STABLE, "replicas": 0},)},
            "Knative starts a pod again for the next request: say 1",
        ),
    ],
)
def test_what_kserve_has_no_field_for(field: str, changes: dict[str, Any], said: str) -> None:
    assert found(**changes) == [Finding("KS003", "error", f"models.sentiment.{field}", said)]


def test_a_shadow_gets_no_copies() -> None:
    shadow = {**CANARY, "traffic": 100, "shadow": True}
    assert found(variants=(STABLE, shadow)) == [
        Finding(
            "KS003", "error", "models.sentiment.variants.canary.shadow",
            "KServe copies no requests: use seldon",
        ),
        NEW_CLUSTER,
    ]  # fmt: skip


def test_what_the_stable_variant_says_of_its_own_is_lost_in_a_canary() -> None:
    own = {"replicas": 2, "secretEnv": {"TOKEN": {"name": "hub", "key": "token"}}}
    assert found(variants=({**ROLLOUT[0], **own}, CANARY)) == [
        *(
            Finding(
                "KS005", "error", f"models.sentiment.variants.stable.{field}",
                "reaches no pod while canary is the candidate, since KServe keeps one spec: say it "
                "of the model",
            )
            for field in own
        ),
        NEW_CLUSTER,
    ]  # fmt: skip
    assert found(variants=({**STABLE, **own},)) == []


@pytest.mark.parametrize(
    "graph",
    [
        {**STEP, "type": "outputTransformer", "children": (OWN,)},
        {**STEP, "children": (OWN, {"name": "b", "image": "server:1"})},
        {**STEP, "children": ({**OWN, "env": {"A": "1"}},)},
        {**STEP, "children": ({**STEP, "name": "second", "children": (OWN,)},)},
        {"name": "ab", "type": "router", "builtin": "RANDOM_ABTEST", "children": (OWN,)},
    ],
)
def test_a_graph_of_another_shape(graph: dict[str, Any]) -> None:
    assert found(graph=graph) == [Finding("KS006", "error", "models.sentiment.graph", ALONE)]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"requests": {"cpu": "2"}}, "resources", ("2 cpu", "1")),
        ({"limits": {"memory": "512Mi"}}, "resources", ("2Gi memory", "512Mi")),
    ],
)
def test_what_kserve_adds_to_resources_has_to_fit(
    changes: dict[str, Any], field: str, said: tuple[str, str]
) -> None:
    expected = (
        f"KServe completes it to a request of {said[0]} above the limit of {said[1]}: say both"
    )
    assert found(resources=changes) == [
        Finding("KS007", "error", f"models.sentiment.{field}", expected)
    ]
    assert found(variants=({**STABLE, "resources": changes},)) == [
        Finding("KS007", "error", f"models.sentiment.variants.stable.{field}", expected)
    ]
    assert found(graph={**STEP, "resources": changes, "children": (OWN,)}) == [
        Finding("KS007", "error", f"models.sentiment.graph.{field}", expected)
    ]


@pytest.mark.parametrize("name", ["9-lives", "a" * 49])
def test_a_name_that_knative_has_no_room_for(name: str) -> None:
    assert found(name=name) == [
        Finding(
            "KS008", "error", f"models.{name}",
            "the name of a KServe model begins with a letter and has at most 48 characters "
            f"(a canary's Service: prev-{name}-predictor)",
        )
    ]  # fmt: skip
    assert found(name="a" * 48) == []


def test_a_candidate_on_a_cluster_without_history_is_warned_of() -> None:
    assert found(variants=ROLLOUT) == [NEW_CLUSTER]


@pytest.mark.parametrize(
    ("field", "given", "flag"),
    [
        ("nodeSelector", {"pool": "gpu"}, "podspec-nodeselector"),
        ("tolerations", ({"key": "gpu"},), "podspec-tolerations"),
    ],
)
def test_knative_has_to_be_told_of_nodes(field: str, given: Any, flag: str) -> None:
    assert found(**{field: given}) == [
        Finding(
            "KS010", "warning", f"models.sentiment.{field}",
            f"Knative refuses it as every release of Kubeflow has it: set kubernetes.{flag} to "
            "enabled in ConfigMap config-features of knative-serving, by an overlay",
        )
    ]  # fmt: skip


def test_the_host_of_models_is_for_those_of_seldon() -> None:
    gateway = {"host": "models.example.com"}
    assert found(gateway=gateway) == [
        Finding(
            "KS011", "warning", "gateway.host",
            "Seldon's models have this host; that of KServe's (sentiment) follows Knative's domain: "
            "set it in ConfigMap config-domain of knative-serving, by an overlay",
        )
    ]  # fmt: skip
    assert "KS011" not in {
        each.code for each in found("1.8.1", ("kserve", "seldon"), gateway, engine="seldon")
    }


def test_all_that_kserve_can_do_is_fine() -> None:
    assert (
        found(
            serviceAccount="models",
            server={"format": "huggingface", "parameters": {"task": "text_generation"}},
            resources={"requests": {"cpu": "2"}, "limits": {"cpu": "2", "nvidia.com/gpu": "1"}},
            autoscaling={"minReplicas": 1, "maxReplicas": 3},
            requestLog={"url": "http://broker.nlp/"},
            graph={**STEP, "env": {"A": "1"}, "children": (OWN,)},
            variants=({**STABLE, "env": {"B": "1"}, "replicas": 2},),
        )
        == []
    )


def test_seldons_models_are_not_asked_for_any_of_it() -> None:
    assert found(components=("seldon",), engine="seldon", storageSecret="s3") == []
