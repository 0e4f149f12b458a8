"""What rules say of teams, and of what their limits do to what they run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.config.base import Resources
from synth.config.teams import Limits
from synth.kit.quantities import quantity
from synth.rules.teams import check_teams, refusals
from tests.teams.examples import environment

RUNS = """\
models:
  - name: sentiment
    team: nlp
    resources: {requests: {cpu: "2"}}
    variants:
      - {name: stable, version: 1, artifact: "s3://m/1", traffic: 90}
      - {name: canary, version: 2, artifact: "s3://m/2", traffic: 10, resources: {limits: {memory: 4Gi}}}
  - name: reviews
    team: nlp
    engine: kserve
    resources: {requests: {cpu: 10m}, limits: {memory: 1Gi}}
    variants: [{name: stable, version: 1, artifact: "s3://m/1", traffic: 100}]
  - name: others
    team: ads
    resources: {requests: {cpu: "90"}}
    variants: [{name: stable, version: 1, artifact: "s3://m/1", traffic: 100}]
workflows:
  - name: hourly
    team: nlp
    steps:
      - {name: train, image: "train:1.0.0", command: [train], resources: {limits: {memory: 9Gi}}}
      - {name: pause, kind: suspend}
streams:
  - name: comments
    team: nlp
    kafka: {bootstrapServers: ["kafka.example.com:9092"], topic: {name: comments}}
    source: {consumerGroup: comments}
    processor: {image: "processor:1.0.0", resources: {requests: {memory: 16Mi}}}
"""
LIMITS = """\
    limits:
      default: {cpu: "1", memory: 1Gi}
      max: {cpu: "4", memory: 2Gi}
      min: {cpu: 50m, memory: 64Mi}
"""


def found(folder: Path, text: str) -> list[tuple[str, str, str]]:
    findings = list(check_teams(environment(folder, text)))
    assert all(each.severity == "error" for each in findings)
    return [(each.code, each.key, each.message) for each in findings]


def test_what_the_limits_refuse_is_said_where_it_is_written(tmp_path: Path) -> None:
    limits = "team nlp's limits:"
    assert found(tmp_path, LIMITS + RUNS) == [
        (
            "TM002",
            "models.sentiment.resources",
            f"{limits} a request of 2 cpu is above the limit of 1 that a container gets which has "
            "none: give it one",
        ),
        (
            "TM002",
            "models.sentiment.variants.canary.resources",
            f"{limits} 4Gi memory is above the max of 2Gi",
        ),
        ("TM002", "models.reviews.resources", f"{limits} 10m cpu is below the min of 50m"),
        (
            "TM002",
            "workflows.hourly.steps.train.resources",
            f"{limits} 9Gi memory is above the max of 2Gi",
        ),
        (
            "TM002",
            "streams.comments.processor.resources",
            f"{limits} 16Mi memory is below the min of 64Mi",
        ),
    ]


def test_seldons_executor_is_a_container_too(tmp_path: Path) -> None:
    limits = "    limits: {max: {cpu: 400m}}\n"
    model = """\
models:
  - name: sentiment
    team: nlp
    ORCHESTRATOR
    variants: [{name: stable, version: 1, artifact: "s3://m/1", traffic: 100}]
"""
    key, silent = "models.sentiment.orchestrator", model.replace("    ORCHESTRATOR\n", "")
    assert found(tmp_path / "silent", limits + silent) == [
        ("TM002", key, "team nlp's limits: 500m cpu is above the max of 400m")
    ]
    small = model.replace("ORCHESTRATOR", "orchestrator: {limits: {cpu: 100m}}")
    assert found(tmp_path / "small", limits + small) == []


def test_kserve_completes_what_a_model_says(tmp_path: Path) -> None:
    model = """\
models:
  - name: reviews
    team: nlp
    engine: kserve
    variants: [{name: stable, version: 1, artifact: "s3://m/1", traffic: 100}]
"""
    assert found(tmp_path, "    limits: {max: {memory: 1Gi}}\n" + model) == [
        (
            "TM002",
            "models.reviews.resources",
            "team nlp's limits: 2Gi memory is above the max of 1Gi",
        )
    ]


def test_limits_that_refuse_every_sidecar_are_told(tmp_path: Path) -> None:
    kubeflow = 'kubeflow: {release: "1.8.1", source: reference}\n'
    limits = '    limits: {max: {cpu: "1"}, min: {memory: 256Mi}}\n'
    said = "refuse every pod that Istio gives its sidecar:"
    assert found(tmp_path / "kubeflow", limits + kubeflow) == [
        ("TM005", "teams.nlp.limits", f"{said} 2 cpu is above the max of 1"),
        ("TM005", "teams.nlp.limits", f"{said} 128Mi memory is below the min of 256Mi"),
    ]
    assert found(tmp_path / "none", limits) == []


def test_nothing_is_said_where_nothing_is_limited(tmp_path: Path) -> None:
    assert found(tmp_path, RUNS) == []


AMOUNT = st.integers(1, 9).map(str)
SOME = st.none() | AMOUNT


@given(SOME, SOME, SOME, SOME, SOME, SOME)
def test_it_agrees_with_what_the_api_server_does(
    request: str | None,
    limit: str | None,
    default_request: str | None,
    default: str | None,
    most: str | None,
    least: str | None,
) -> None:
    """Step by step as the API server goes: it completes the container by itself, then by the
    completed LimitRange, and then looks at all that it has.
    """

    def one(value: str | None) -> dict[str, str]:
        return {} if value is None else {"cpu": value}

    try:
        limits = Limits(
            default=one(default),
            default_request=one(default_request),
            max=one(most),
            min=one(least),
        )
    except ValueError:
        return
    default = default or most
    default_request = default_request or default or least
    asked, given_ = request or limit, limit
    asked, given_ = asked or default_request, given_ or default
    fine = True
    if most:
        fine &= given_ is not None and quantity(given_) <= quantity(most)
        fine &= asked is None or quantity(asked) <= quantity(most)
    if least:
        fine &= asked is not None and quantity(asked) >= quantity(least)
        fine &= given_ is None or quantity(given_) >= quantity(least)
    if asked and given_:
        fine &= quantity(asked) <= quantity(given_)
    resources = Resources(requests=one(request), limits=one(limit))
    # A container that asks for more than its own limit is wrong whatever the team's limits say.
    if not (request and limit and quantity(request) > quantity(limit)):
        assert fine == (list(refusals(resources, limits)) == [])


@pytest.mark.parametrize("resources", [Resources(), Resources(limits={"nvidia.com/gpu": "1"})])
def test_what_no_limit_is_about_is_free(resources: Resources) -> None:
    assert list(refusals(resources, Limits(max={"cpu": "1"}))) == []
