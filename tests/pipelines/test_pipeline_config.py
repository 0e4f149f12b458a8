"""What an entry of `pipelines:` may say, and what it is told where it may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from synth.config.pipelines import Pipeline
from synth.configuration import configuration
from synth.project import Project
from synth.validation import findings
from tests.pipelines.sources import Sources

PIPELINE = {"name": "sentiment", "team": "nlp", "source": "pipelines/sentiment/pipeline.py"}


def pipeline(**changes: Any) -> Pipeline:
    return Pipeline.model_validate({**PIPELINE, **changes}, context={"teams": {"nlp"}})


def mistakes(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        pipeline(**changes)
    return [
        (".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, "))
        for error in caught.value.errors()
    ]


def test_a_pipeline_needs_little_and_installs_nothing() -> None:
    made = pipeline()
    assert (made.module, made.function, made.parameters) == (None, None, {})
    assert not made.installs_at_run_time
    assert pipeline(source=None, module="team.pipelines").module == "team.pipelines"


def test_every_mistake_is_told_in_one_go() -> None:
    assert mistakes(
        name="a" * 51, team="npl", source="pipeline.py", parameters=[], installsAtRunTime="yes"
    ) == [
        (
            "name",
            f"{'a' * 51!r} is 51 characters long, must be at most 50: "
            "the Job that registers it is called after it",
        ),
        ("team", "'npl' is not in teams (there: nlp)"),
        (
            "source",
            "'pipeline.py' is not a Python file in a folder of its own below the repository, "
            "such as pipelines/sentiment/pipeline.py",
        ),
        ("parameters", "Input should be a valid dictionary"),
        ("installsAtRunTime", "Input should be a valid boolean"),
    ]


@pytest.mark.parametrize(
    "path", ["/etc/pipeline.py", "../x/pipeline.py", "a/../../x.py", "a/./b.py", "a//b.py", "a/b"]
)
def test_sources_lie_below_the_repository(path: str) -> None:
    assert mistakes(source=path) == [
        (
            "source",
            f"{path!r} is not a Python file in a folder of its own below the repository, "
            "such as pipelines/sentiment/pipeline.py",
        )
    ]


@pytest.mark.parametrize("name", ["team-a.pipelines", "team.", ".team", "1.x", "a b", ""])
def test_modules_have_names(name: str) -> None:
    assert mistakes(source=None, module=name) == [
        ("module", f"{name!r} is not the name of a Python module such as team.pipelines")
    ]


@pytest.mark.parametrize("changes", [{"source": None}, {"module": "team.pipelines"}])
def test_there_is_one_source(changes: dict[str, Any]) -> None:
    assert mistakes(**changes) == [("module", "the pipeline needs one of source and module")]


def found(tmp_path: Path, release: str = "26.03", kubeflow: str = "") -> list[tuple[str, str]]:
    """The rules' errors, for an environment with this for its `kubeflow`."""
    sources = Sources(tmp_path)
    sources.environment(release=release)
    path = tmp_path / "environments/small.yaml"
    before = f'kubeflow: {{release: "{release}"}}\n'
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, kubeflow.replace("RELEASE", f'release: "{release}"')))
    project = Project(tmp_path)
    said = findings(project, configuration(project)["small"])
    return [
        (finding.code, str(problem)) for finding, problem in said if finding.severity == "error"
    ]


def test_pipelines_need_kubeflow(tmp_path: Path) -> None:
    assert found(tmp_path) == [
        (
            "PL001",
            "environments/small.yaml:7:5: pipelines.sentiment: "
            "there is no Kubeflow Pipelines here: add kubeflow",
        )
    ]


def test_pipelines_need_the_component(tmp_path: Path) -> None:
    off = "kubeflow: {RELEASE, source: hydrated, components: {pipelines: false}}\n"
    assert found(tmp_path, kubeflow=off) == [
        (
            "PL002",
            "environments/small.yaml:8:5: pipelines.sentiment: Kubeflow's component pipelines is "
            "switched off: switch it on (kubeflow.components.pipelines)",
        )
    ]


@pytest.mark.parametrize(
    ("release", "errors"),
    [
        (
            "1.9.1",
            [
                (
                    "PL003",
                    "environments/small.yaml:5:48: kubeflow.pipelinesStore: Kubeflow Pipelines "
                    "keeps pipelines as objects since 2.5, and Kubeflow 1.9.1 has 2.3.0: "
                    "say database",
                )
            ],
        ),
        ("1.10", []),
        ("26.03", []),
    ],
)
def test_the_store_that_a_release_has(
    tmp_path: Path, release: str, errors: list[tuple[str, str]]
) -> None:
    kept = "kubeflow: {RELEASE, source: hydrated, pipelinesStore: kubernetes}\n"
    assert found(tmp_path, release, kept) == errors
