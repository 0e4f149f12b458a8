"""What the catalogue knows of CRDs is what the CRDs say; those of Kubeflow's releases are looked at in
tests/kubeflow.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import jsonschema_rs
import pytest

from synth.catalog.crds import DATA, KUBEFLOW, PROJECTS, sources
from synth.catalog.kubeflow import RELEASES, load_release
from synth.kit.objects import group_of
from synth.kit.versions import minor
from tests.shared import shared
from tools.crd_schemas import MODULES, of_project

PROJECT_FILES = sorted(path for path in DATA.glob("*/*.json"))
RELEASE_FILES = sorted(KUBEFLOW.glob("*/*.json"))


@pytest.mark.parametrize("project", sorted(PROJECTS.keys() - MODULES.keys()))
def test_the_files_of_projects_are_made_from_their_crds(project: str) -> None:
    made = dict(map(of_project, sorted((shared() / "crds").glob(f"{project}*.yaml"))))
    assert made == {path: path.read_text() for path in PROJECT_FILES if path.parent.name == project}


def test_every_crd_at_hand_has_its_file() -> None:
    of_files = [path for path in PROJECT_FILES if path.parent.name not in MODULES]
    assert len(of_files) == len(list((shared() / "crds").iterdir()))
    assert {path.parent.name for path in PROJECT_FILES} == set(PROJECTS)


def test_the_page_says_what_is_at_hand() -> None:
    page = (Path(__file__).parents[1] / "docs/findings.md").read_text()
    assert f", {', '.join(RELEASES[-2:])} |" in page
    for name, project in PROJECTS.items():
        names = [path.stem for path in PROJECT_FILES if path.parent.name == name]
        assert f"| {project.title} | {', '.join(sorted(names, key=minor))} |" in page


def test_every_kind_has_a_schema_that_is_one() -> None:
    for path in [*PROJECT_FILES, *RELEASE_FILES]:
        file = json.loads(path.read_text())
        for part in ("kinds", "former"):
            for name, schema in file[part].items():
                judge = jsonschema_rs.validator_for({**schema, "$defs": file["$defs"]})
                assert not judge.is_valid({"kind": name}), path


def test_the_groups_of_projects_are_those_of_their_files() -> None:
    for name, project in PROJECTS.items():
        files = [json.loads(p.read_text()) for p in PROJECT_FILES if p.parent.name == name]
        groups = {group_of(kind.partition(" ")[0]) for file in files for kind in file["kinds"]}
        assert groups == set(project.groups), name


def test_a_component_has_a_file_where_its_crds_change() -> None:
    for folder in KUBEFLOW.iterdir():
        paths = sorted(folder.iterdir(), key=lambda path: RELEASES.index(path.stem))
        assert all(a.read_bytes() != b.read_bytes() for a, b in pairwise(paths)), folder


@pytest.mark.parametrize(
    ("group", "versions", "release", "titles"),
    [
        ("kafka.strimzi.io", {"strimzi": "0.45.0"}, "", ["Strimzi 0.45.1", "Strimzi 1.2.0"]),
        ("kafka.strimzi.io", {"strimzi": "0.51.0"}, "", ["Strimzi 1.2.0", "Strimzi 0.45.1"]),
        ("kafka.strimzi.io", {}, "", ["Strimzi 1.2.0", "Strimzi 0.45.1"]),
        ("beat.k8s.elastic.co", {"eck": "2.14.0"}, "", ["ECK 2.16.1", "ECK 3.5.0", "ECK 2.12.1"]),
        ("machinelearning.seldon.io", {"seldon": "1.18.1"}, "1.9.1", ["Seldon Core 1.17.1"]),
        ("kubeflow.org", {}, "1.8.1", ["Kubeflow 1.8.1"] * 7),
        ("trainer.kubeflow.org", {}, "1.8.1", ["Kubeflow 26.03"]),
        ("pipelines.kubeflow.org", {}, "1.8.1", ["Kubeflow Pipelines 2.16"]),
        ("example.com", {}, "1.8.1", []),
    ],
)  # fmt: skip
def test_where_schemas_of_a_group_are(
    group: str, versions: dict[str, str], release: str, titles: list[str]
) -> None:
    components = load_release(release).components if release else {}
    assert [each.title for each in sources(group, versions, release, components)] == titles


def test_a_release_is_exact_where_the_component_is_on() -> None:
    (on,) = sources("serving.kserve.io", {}, "1.8.1", {"kserve"})
    (off,) = sources("serving.kserve.io", {}, "1.8.1")
    assert [(each.title, each.exact) for each in (on, off)] == [
        ("Kubeflow 1.8.1", True), ("Kubeflow 26.03", False)
    ]  # fmt: skip
    (exact, other) = sources("kafka.strimzi.io", {"strimzi": "1.2.0"})
    assert [(each.exact, each.older) for each in (exact, other)] == [(True, False), (False, True)]
