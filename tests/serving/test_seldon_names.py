"""Names that Seldon would make of the names of models, variants and steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.kit.objects import Body
from tests.serving.refused import STABLE, said


def named(name: str, *variants: str, explained: bool = False) -> Body:
    explainer = {"explainer": {"type": "ALE"}} if explained else {}
    share = 100 // len(variants)
    return {
        "name": name,
        "variants": [{**STABLE, "name": each, "traffic": share, **explainer} for each in variants],
    }


def clash(variant: str, service: str, first: str) -> str:
    return (
        f"error SV002 models.{variant}: Seldon would call its Service {service}, "
        f"as it does {first}: rename one of them"
    )


@pytest.mark.parametrize(
    ("models", "line"),
    [
        (
            [named("a", "b-c"), named("a-b", "c")],
            clash("a-b.variants.c", "a-b-c", "a variant of a"),
        ),
        (
            [named("a", "b", explained=True), named("a-b", "explainer")],
            clash("a-b.variants.explainer", "a-b-explainer", "an explainer of a"),
        ),
        (
            [named("a-b", "explainer"), named("a", "b", explained=True)],
            clash("a.variants.b.explainer", "a-b-explainer", "a variant of a-b"),
        ),
        (
            [named("a", "b"), named("a-b", "classifier")],
            clash("a-b.variants.classifier", "a-b-classifier", "a step of a"),
        ),
        (
            [named("a", "b", "b-classifier")],
            clash("a.variants.b-classifier", "a-b-classifier", "a step of a"),
        ),
    ],
)
def test_no_two_services_of_a_team_are_alike(tmp_path: Path, models: list[Body], line: str) -> None:
    assert said(tmp_path, *models) == [line]


def test_teams_do_not_share_names(tmp_path: Path) -> None:
    teams = [{"name": name, "owner": "a@example.com"} for name in ("nlp", "eu")]
    models = [named("a", "b-c"), {**named("a-b", "c"), "team": "eu"}]
    assert said(tmp_path, *models, teams=teams) == []


def too_long(at: str, name: str, what: str) -> str:
    return (
        f"error SV013 models.{at}: Seldon would call its Deployment {name}, which has {len(name)} "
        f"characters, and beyond 63 it takes a hash instead: shorten the name of {what}"
    )


def test_a_deployment_s_name_fits_into_63_characters(tmp_path: Path) -> None:
    fits, over = "m" * 43, "m" * 44
    assert said(tmp_path, named(fits, "stable")) == []
    assert said(tmp_path, named(over, "stable")) == [
        too_long(f"{over}.variants.stable", f"{over}-stable-0-classifier", "model or variant")
    ]


def test_an_explainer_s_name_fits_into_63_characters(tmp_path: Path) -> None:
    graph = {"graph": {"name": "own"}}
    fits, over = "m" * 46, "m" * 47
    assert said(tmp_path, {**named(fits, "stable", explained=True), **graph}) == []
    assert said(tmp_path, {**named(over, "stable", explained=True), **graph}) == [
        too_long(
            f"{over}.variants.stable.explainer", f"{over}-stable-explainer", "model or variant"
        )
    ]


def test_the_steps_names_are_part_of_the_deployment_s(tmp_path: Path) -> None:
    first, second = "a" * 20, "b" * 30
    graph = {
        "name": first,
        "type": "transformer",
        "image": "nlp/clean:1.0.0",
        "children": [{"name": second}],
    }
    name = f"sentiment-stable-0-{first}-{second}"
    what = "model, variant or step"
    assert said(tmp_path, {"graph": graph}) == [too_long("sentiment.variants.stable", name, what)]


def test_a_model_s_volume_fits_into_63_characters(tmp_path: Path) -> None:
    step = "s" * 45
    assert said(tmp_path, {**named("m", "v"), "graph": {"name": step[1:]}}) == []
    assert said(tmp_path, {**named("m", "v"), "graph": {"name": step}}) == [
        f"error SV013 models.m.graph: Seldon would call the volume of its step "
        f"{step}-provision-location, which has 64 characters, and 63 are possible: "
        "shorten the step's name"
    ]


def test_a_service_s_name_begins_with_a_letter(tmp_path: Path) -> None:
    assert said(tmp_path, named("7b", "stable")) == [
        "error SV011 models.7b: Seldon calls Services after it, and a Service's name begins with "
        "a letter: rename it"
    ]
