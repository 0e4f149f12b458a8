"""What Seldon's webhook and operator refuse or get wrong, refused before it is in git.

The webhook's rules: SeldonIO/seldon-core operator/apis/machinelearning.seldon.io/v1/
seldondeployment_webhook.go, 1.17.1. Where a rule needs a field that an environment file does not
have, the mistake is that field.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.kit.objects import Body
from tests.serving.refused import STABLE, said
from tests.serving.seldon import predictor

AT = "models.sentiment"
VARIANT = f"{AT}.variants.stable"
CANARY: Body = {**STABLE, "name": "canary", "traffic": 10}
PROGRAM = "nlp/program:1.0.0"
OWN = {"name": "own"}
OTHER = {"name": "other", "image": PROGRAM}


def test_a_model_with_a_graph_and_a_canary_is_taken(tmp_path: Path) -> None:
    step = {"name": "clean", "type": "transformer", "image": PROGRAM, "children": [OWN]}
    variants = [{**STABLE, "traffic": 90}, CANARY, {**CANARY, "name": "copy", "shadow": True}]
    assert said(tmp_path, {"graph": step, "variants": variants}) == []


def test_a_parked_canary_is_taken(tmp_path: Path) -> None:
    assert said(tmp_path, {"variants": [STABLE, {**CANARY, "traffic": 0}]}) == []


@pytest.mark.parametrize(
    ("variants", "lines"),
    [
        ([], []),  # not served yet
        (
            [{**STABLE, "traffic": 50}, {**STABLE, "traffic": 50}],
            [
                f"{AT}.variants: the name 'stable' is there twice "
                "(first in environments/dev.yaml:1:277)"
            ],
        ),
        ([{**STABLE, "traffic": 90}], [f"{AT}.variants: traffic sums to 90, must be 100"]),
        ([STABLE, CANARY], [f"{AT}.variants: traffic sums to 110, must be 100"]),
        ([{**STABLE, "shadow": True}], [f"{AT}.variants: traffic sums to 0, must be 100"]),
        (
            [STABLE, *({**CANARY, "name": name, "shadow": True} for name in ("a", "b"))],
            [f"{AT}.variants: one variant can be a shadow, not 2 (a, b)"],
        ),
        (
            [{**STABLE, "traffic": 101}],
            [f"{VARIANT}.traffic: input should be less than or equal to 100"],
        ),
        (
            [STABLE, {**CANARY, "shadow": True, "traffic": 0}],
            [
                f"error SV018 {AT}.variants.canary.traffic: a shadow with 0 gets a copy of every "
                "request: write a share, or take it out"
            ],
        ),
        (
            [{"name": "stable", "version": 7, "traffic": 100}],
            [f"{VARIANT}: the key 'artifact' is missing"],
        ),
        (
            [{**STABLE, "artifact": "models:/sentiment/7"}],
            [
                f"{VARIANT}.artifact: 'models:/sentiment/7' is known to MLflow only: write where "
                "the files are, s3://bucket/path"
            ],
        ),
        (
            [{**STABLE, "metadata": {}}],
            [
                f"{VARIANT}: unknown key 'metadata' (known: artifact, env, explainer, image, name, "
                "provenance, replicas, resources, secretEnv, shadow, traffic, version)"
            ],
        ),
    ],
)
def test_predictors(tmp_path: Path, variants: list[Body], lines: list[str]) -> None:
    assert said(tmp_path, {"variants": variants}) == lines


def spoken(protocols: str, given: str, usual: str) -> str:
    return (
        f"error SV010 {AT}.server.protocol: Seldon serves {protocols}, not {given}: "
        f"write {usual}, or take it out"
    )


@pytest.mark.parametrize(
    ("server", "line"),
    [
        ({"format": "mlflow"}, spoken("mlflow by v2 or seldon", "tensorflow", "v2")),
        ({"format": "sklearn"}, spoken("sklearn by v2 or seldon", "tensorflow", "v2")),
        ({"format": "xgboost"}, spoken("xgboost by v2 or seldon", "tensorflow", "v2")),
        ({"format": "huggingface"}, spoken("huggingface by v2", "tensorflow", "v2")),
        ({"format": "onnx"}, spoken("onnx by v2", "tensorflow", "v2")),
        (
            {"format": "tensorflow", "protocol": "seldon"},
            spoken("tensorflow by tensorflow", "seldon", "tensorflow"),
        ),
        (
            {"format": "custom", "image": PROGRAM, "protocol": "v1"},
            spoken("custom by seldon or v2 or tensorflow", "v1", "seldon"),
        ),
        (
            {"protocol": "kfserving"},
            f"{AT}.server.protocol: must be 'v1', 'v2', 'seldon' or 'tensorflow', not 'kfserving'",
        ),
        (
            {"transport": "kafka"},
            f"{AT}.server.transport: must be 'rest' or 'grpc', not 'kafka'",
        ),
        (
            {"format": "custom"},
            f"{AT}.server: image is missing: a server of format custom is one of your own",
        ),
        (
            {"ports": [8000]},
            f"{AT}.server: unknown key 'ports' (known: format, image, libraries, parameters, "
            "protocol, transport)",
        ),
    ],
)
def test_servers(tmp_path: Path, server: Body, line: str) -> None:
    given = (
        {"protocol": "tensorflow", **server} if len(server) == 1 and "format" in server else server
    )
    assert said(tmp_path, {"server": {"format": "sklearn", **given}}) == [line]


def test_a_custom_server_fetches_its_files_itself(tmp_path: Path) -> None:
    server = {"format": "custom", "image": PROGRAM}
    assert said(tmp_path, {"server": server, "storageSecret": "artifacts"}) == [
        f"error SV021 {AT}.storageSecret: a server of format custom fetches its files itself: "
        "hand the keys over by secretEnv"
    ]


def test_a_log_of_requests_has_a_mode_and_an_address(tmp_path: Path) -> None:
    log = {"url": "broker", "mode": "some"}
    assert said(tmp_path, {"requestLog": log}) == [
        f"{AT}.requestLog.url: string should match pattern '^https?://\\S+$'",
        f"{AT}.requestLog.mode: must be 'all', 'request' or 'response', not 'some'",
    ]


CHOICE = {"name": "choice", "type": "router", "builtin": "RANDOM_ABTEST"}


@pytest.mark.parametrize(
    ("graph", "lines"),
    [
        (
            {"name": "clean", "type": "transformer", "children": [OWN]},
            [
                f"{AT}.graph: the transformer 'clean' has no image, which is the program that it "
                "runs"
            ],
        ),
        (
            {"name": "vote", "type": "combiner", "image": PROGRAM, "children": [OTHER]},
            [
                f"{AT}.graph: must have one step of type model without image and artifact, which "
                "stands for the variant's own model (there: none)"
            ],
        ),
        (
            {**CHOICE, "image": PROGRAM, "children": [OWN, OTHER]},
            [f"{AT}.graph: RANDOM_ABTEST of 'choice' is a router without image and artifact"],
        ),
        (
            {**CHOICE, "builtin": "AVERAGE_COMBINER", "children": [OWN, OTHER]},
            [f"{AT}.graph.builtin: must be 'RANDOM_ABTEST', not 'AVERAGE_COMBINER'"],
        ),
        (
            {**CHOICE, "children": [OWN], "parameters": {"ratio": 0.1}},
            [
                f"error SV014 {AT}.graph: choice chooses between two children, not 1",
                f"error SV014 {AT}.graph: choice knows ratioA and no other parameter",
            ],
        ),
        (
            {
                "name": "clean",
                "type": "transformer",
                "image": PROGRAM,
                "artifact": "s3://words/1",
                "children": [OWN],
            },
            [f"{AT}.graph: the transformer 'clean' has an artifact, which only a model can have"],
        ),
        (
            {**OWN, "children": [{"name": "next", "artifact": "next"}]},
            [
                f"{AT}.graph.children.next.artifact: 'next' is not a URI such as s3://bucket/path, "
                "gs://… or pvc://…"
            ],
        ),
        (
            {"name": "clean", "type": "transformer", "image": PROGRAM, "children": [OWN, OTHER]},
            [
                f"error SV014 {AT}.graph: the transformer clean has 2 children, of which all but "
                "the first would work for nothing: put a combiner or a router before them"
            ],
        ),
        (
            {**OWN, "children": [{"name": "vote", "type": "combiner", "image": PROGRAM}]},
            [f"error SV014 {AT}.graph: the combiner vote has no children: give it some"],
        ),
        (
            {"name": "seldon-container-engine"},
            [
                f"error SV012 {AT}.graph: the step seldon-container-engine has the name of a "
                "container that its pods have anyway: rename it"
            ],
        ),
        (
            {**OWN, "children": [{**OTHER, "ports": [5001]}]},
            [
                f"{AT}.graph.children.other: unknown key 'ports' (known: artifact, builtin, "
                "children, env, image, name, parameters, provenance, resources, secretEnv, type, "
                "version)"
            ],
        ),
    ],
)
def test_graphs(tmp_path: Path, graph: Body, lines: list[str]) -> None:
    assert said(tmp_path, {"graph": graph}) == lines


@pytest.mark.parametrize(("protocol", "taken"), [("seldon", True), ("v2", False)])
def test_routers_are_asked_over_grpc_in_seldon_s_own_protocol_only(
    tmp_path: Path, protocol: str, taken: bool
) -> None:
    server = {"format": "sklearn", "protocol": protocol, "transport": "grpc"}
    router = {"name": "choice", "type": "router", "image": PROGRAM, "children": [OWN]}
    line = (
        f"error SV014 {AT}.graph: the router choice cannot be asked by v2 over grpc: "
        "write server.transport: rest"
    )
    assert said(tmp_path, {"server": server, "graph": router}) == ([] if taken else [line])


def chain(length: int) -> Body:
    step: Body = {"name": "own"}
    for number in range(length - 1):
        step = {"name": f"s{number}", "type": "transformer", "image": PROGRAM, "children": [step]}
    return step


def test_a_graph_is_as_deep_as_the_crd_spells_out(tmp_path: Path) -> None:
    short = {"name": "m", "variants": [{**STABLE, "name": "v"}]}
    assert said(tmp_path, {**short, "graph": chain(10)}) == []
    assert predictor(graph=chain(10))["graph"]["name"] == "s8"
    assert said(tmp_path, {**short, "graph": chain(11)}) == [
        "models.m.graph: is 11 steps deep, must be at most 10"
    ]
