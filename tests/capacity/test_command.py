"""`synth capacity` over the committed example."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.repository import Repository


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The example, whose production has a quota that is too small and a cluster that is large."""
    made = Repository(tmp_path_factory.mktemp("capacity"))
    (made.root / "environments/tight.yaml").write_text(
        """\
extends: prod
name: tight
cluster: {server: "https://tight.k8s.example.com", capacity: {cpu: "96", memory: 384Gi}}
teams:
  - name: nlp
    quota: {cpu: "12", memory: 64Gi}
    notebooks: {max: 2, resources: {requests: {cpu: "1", memory: 4Gi}}}
"""
    )
    return made


def table(text: str, title: str) -> dict[tuple[str, str], list[str]]:
    """The rows of a table by kind and name."""
    part = next(part for part in text.split("\n\n") if part.startswith(f"{title}\n"))
    head, *rows = part.splitlines()[1:]
    at = head.index("NAME"), head.index("pods")
    return {
        (row[: at[0]].strip(), row[at[0] : at[1]].strip()): row[at[1] :].split() for row in rows
    }


def test_a_team_sees_who_asks_for_what_of_its_quota(repository: Repository) -> None:
    done = repository.synth("capacity", "tight")
    assert done.returncode == 1, done.stderr
    rows = table(done.stdout, "tight: team nlp")
    # Two variants of up to eight pods: the server, Seldon's executor, the mesh's proxy.
    assert rows["SeldonDeployment", "sentiment"][:3] == ["16", "17.6", "26Gi"]
    assert rows["Notebook", "2 at most"][:3] == ["2", "2.2", "8.25Gi"]
    assert rows["quota", ""][:3] == ["-", "12", "64Gi"]
    assert rows["left", ""][1].startswith("-")
    everything = table(done.stdout, "tight: everything")
    assert (
        everything["SeldonDeployment", "nlp/sentiment"] == rows["SeldonDeployment", "sentiment"][:5]
    )
    assert everything["capacity", ""][:3] == ["-", "96", "384Gi"]
    said = [line for line in done.stdout.splitlines() if line.startswith("error CP001")]
    total = rows["together", ""][1]
    assert said == [
        "error CP001: environments/tight.yaml:6:5: teams.nlp.quota: its workloads may ask for more "
        f"than the quota: {total} requests.cpu of 12; raise it, or lower maxReplicas, maxScale, "
        "requests or parallelism"
    ]


def test_programs_read_the_same_as_json(repository: Repository) -> None:
    done = repository.synth("capacity", "tight", "-o", "json")
    assert done.returncode == 1, done.stderr
    [environment] = json.loads(done.stdout)
    accounts: dict[str | None, Any] = {each["team"]: each for each in environment["accounts"]}
    assert [environment["environment"], *accounts] == ["tight", "nlp", None]
    assert accounts["nlp"]["limits"] == {
        "requests.cpu": "12", "requests.memory": "64Gi", "requests.nvidia.com/gpu": "2",
    }  # fmt: skip
    models = {
        each["name"]: each for each in accounts["nlp"]["workloads"] if each["kind"] != "Workflow"
    }
    assert models["sentiment"]["namespace"] == "nlp"
    assert models["comments-processor"]["usage"]["pods"] == "5"
    [over] = [each for each in environment["findings"] if each["code"] == "CP001"]
    assert (over["severity"], over["file"], over["line"], over["path"]) == (
        "error", "environments/tight.yaml", 6, "teams.nlp.quota",
    )  # fmt: skip
    assert over["message"].splitlines()[2].split() == [
        "SeldonDeployment",
        "sentiment",
        "16",
        "17.6",
    ]


def test_an_environment_that_is_not_there_is_a_mistake(repository: Repository) -> None:
    done = repository.synth("capacity", "nowhere")
    assert done.returncode == 2
    assert "there is no environment 'nowhere'" in done.stderr
