"""What models need of the cluster, of their servers and of what scales them."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.kit.objects import Body
from tests.serving.refused import STABLE, said

AT = "models.sentiment"
VARIANT = f"{AT}.variants.stable"
KEDA: Body = {"maxReplicas": 2, "keda": {"triggers": [{"type": "cron", "metadata": {}}]}}
MLFLOW: Body = {"backendStore": {"secretName": "db"}, "artifacts": {"destination": "s3://models"}}
ORIGIN: Body = {"registeredModel": "sentiment", "run": "4f9a"}


@pytest.mark.parametrize(
    ("components", "addons", "taken"),
    [((), {}, False), (("seldon",), {}, True), ((), {"seldon": {}}, True)],
)
def test_a_model_needs_an_operator(
    tmp_path: Path, components: tuple[str, ...], addons: Body, taken: bool
) -> None:
    line = f"error SV001 {AT}: there is no Seldon operator here: add addons.seldon"
    assert said(tmp_path, {}, components=components, addons=addons) == ([] if taken else [line])


@pytest.mark.parametrize(
    ("addons", "taken"),
    [({}, False), ({"seldon": {}}, False), ({"seldon": {"keda": True}}, True)],
)
def test_keda_scales_where_the_operator_knows_of_it(
    tmp_path: Path, addons: Body, taken: bool
) -> None:
    line = (
        f"error SV015 {AT}.autoscaling.keda: the Seldon operator here would scale nothing by KEDA, "
        "as Kubeflow's own never does: write addons.seldon.keda: true where KEDA is there, "
        "or scale by cpu"
    )
    assert said(tmp_path, {"autoscaling": KEDA}, addons=addons) == ([] if taken else [line])


def test_keda_or_an_autoscaler(tmp_path: Path) -> None:
    assert said(tmp_path, {"autoscaling": {**KEDA, "cpu": "50%"}}) == [
        f"{AT}.autoscaling: keda scales by its own triggers: take out cpu and memory, or keda"
    ]


@pytest.mark.parametrize(
    ("autoscaling", "resources", "lacking"),
    [
        ({}, {}, ["cpu"]),
        ({}, {"requests": {"cpu": "1"}}, []),
        ({}, {"limits": {"cpu": "1"}}, []),
        ({"memory": "80%"}, {"requests": {"cpu": "1"}}, ["memory"]),
        ({"memory": "80%", "cpu": "50%"}, {}, ["cpu", "memory"]),
    ],
)
def test_an_autoscaler_needs_requests_to_count_in(
    tmp_path: Path, autoscaling: Body, resources: Body, lacking: list[str]
) -> None:
    fields = {"autoscaling": {"maxReplicas": 2, **autoscaling}, "resources": resources}
    assert said(tmp_path, fields) == [
        f"warning SV016 {VARIANT}: its autoscaler counts {resource} in percent of the request, "
        f"and there is none: write resources.requests.{resource}"
        for resource in lacking
    ]


def test_a_variant_s_pods_are_counted_or_scaled(tmp_path: Path) -> None:
    variants = [{**STABLE, "replicas": 2, "resources": {"requests": {"cpu": "1"}}}]
    assert said(tmp_path, {"variants": variants, "autoscaling": {"maxReplicas": 2}}) == [
        f"error SV017 {VARIANT}.replicas: autoscaling decides about the number of its pods: "
        "take out one of the two"
    ]


@pytest.mark.parametrize("most", [0, -1, "0%", "0.5%"])
def test_a_disruption_budget_lets_some_pods_go(tmp_path: Path, most: int | str) -> None:
    assert said(tmp_path, {"disruptionBudget": {"maxUnavailable": most}}) == [
        f"{AT}.disruptionBudget.maxUnavailable: {most} must be a whole number of pods or percent, "
        "at least 1"
    ]


def explained(type: str, **server: str) -> Body:
    return {
        "server": {"format": "sklearn", **server},
        "variants": [{**STABLE, "explainer": {"type": type}}],
    }


@pytest.mark.parametrize(
    ("wanted", "lines"),
    [
        (explained("Contrastive"), []),
        (explained("ALE", protocol="seldon", transport="grpc"), []),
        (
            explained("ALE", transport="grpc"),
            [
                f"error SV019 {VARIANT}.explainer: an explainer cannot call a model that speaks v2 "
                "over grpc: write server.transport: rest, or take it out"
            ],
        ),
        (
            explained("Contrastive", protocol="seldon"),
            [
                f"error SV019 {VARIANT}.explainer.type: Contrastive works with models that speak "
                "v2, not seldon: write another type"
            ],
        ),
    ],
)
def test_explainers_that_can_call_their_model(
    tmp_path: Path, wanted: Body, lines: list[str]
) -> None:
    assert said(tmp_path, wanted) == lines


def test_an_explainer_is_not_under_the_models_host(tmp_path: Path) -> None:
    assert said(tmp_path, explained("ALE"), gateway={"host": "models.example.com"}) == [
        f"warning SV022 {VARIANT}.explainer: clients of models.example.com do not reach it, since "
        "Seldon's routes to explainers name no host: it is under the other hosts of Kubeflow's "
        "gateway"
    ]


def served(written: str | None, **server: object) -> Body:
    origin = {"provenance": {**ORIGIN, "mlflow": written}} if written else {}
    return {"server": {"format": "mlflow", **server}, "variants": [{**STABLE, **origin}]}


def too_old(how: str) -> list[str]:
    return [
        f"error SV020 {VARIANT}: {how}, and Seldon's own server is too old to read what that "
        "writes: give server.image an image with MLServer and that MLflow"
    ]


IMAGE = {"image": "nlp/server:1.0.0"}


@pytest.mark.parametrize(
    ("wanted", "registry", "lines"),
    [
        (served("2.22.0"), "3.17.2", []),
        (served("3.1.0"), None, too_old("MLflow 3.1.0 wrote it")),
        (served(None), "3.17.2", too_old("MLflow is 3.17.2 here")),
        (served(None), None, []),
        (served("3.1.0", **IMAGE), "3.17.2", []),
        (served("3.1.0", **IMAGE, libraries={"mlflow": "3.0.1"}), "3.17.2", []),
        (
            served("3.1.0", **IMAGE, libraries={"mlflow": "2.22.0"}),
            "3.17.2",
            [
                f"error SV020 {VARIANT}.provenance.mlflow: MLflow 3.1.0 wrote it, and server.image "
                "has 2.22.0: give server.image an image with that MLflow"
            ],
        ),
        ({"variants": [{**STABLE, **IMAGE}], "server": {"format": "mlflow"}}, "3.17.2", []),
        (
            {
                "variants": [{**STABLE, **IMAGE, "provenance": {**ORIGIN, "mlflow": "3.1.0"}}],
                "server": {"format": "mlflow", **IMAGE, "libraries": {"mlflow": "2.22.0"}},
            },
            None,
            [],
        ),
    ],
)
def test_a_server_reads_what_mlflow_wrote(
    tmp_path: Path, wanted: Body, registry: str | None, lines: list[str]
) -> None:
    mlflow = {**MLFLOW, "version": registry} if registry else None
    assert said(tmp_path, wanted, mlflow=mlflow) == lines


@pytest.mark.parametrize("engine", ["seldon", "kserve"])
def test_where_provenance_is_required_every_variant_has_one(tmp_path: Path, engine: str) -> None:
    policy = {"requireProvenance": True}
    variants = [
        {**STABLE, "traffic": 90, "provenance": ORIGIN},
        {**STABLE, "name": "canary", "traffic": 10},
    ]
    found = said(tmp_path, {"engine": engine, "variants": variants}, policy=policy)
    assert [line for line in found if "SV003" in line] == [
        f"error SV003 {AT}.variants.canary: policy.requireProvenance: nothing says which run it "
        "came from; synth model bump writes that down"
    ]
    assert not any("SV003" in line for line in said(tmp_path, {"variants": variants}))


def test_where_provenance_is_required_every_model_of_a_graph_has_one(tmp_path: Path) -> None:
    second: Body = {"name": "second", "artifact": "s3://models/2"}
    graph = {
        "name": "ab", "type": "router", "builtin": "RANDOM_ABTEST",
        "children": [{"name": "own"}, second],
    }  # fmt: skip
    wanted: Body = {"variants": [{**STABLE, "provenance": ORIGIN}], "graph": graph}
    policy = {"requireProvenance": True}
    assert said(tmp_path, wanted, policy=policy) == [
        f"error SV003 {AT}.graph: policy.requireProvenance: nothing says which run the artifact of "
        "second came from: write its provenance"
    ]
    second["provenance"] = ORIGIN
    assert said(tmp_path, wanted, policy=policy) == []
