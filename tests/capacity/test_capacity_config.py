"""What environment files say of capacity, and what they are told."""

from __future__ import annotations

from pathlib import Path

from tests.config.written import loaded, mistakes

HEAD = """\
name: dev
gitops: {repoURL: "https://git.example.com/p.git"}
"""
CLUSTER = 'cluster: {kubernetes: "1.26"}\n'


def test_capacity_and_notebooks_are_kept_as_they_are_written(tmp_path: Path) -> None:
    text = (
        f'{HEAD}cluster: {{kubernetes: "1.26", capacity: {{cpu: "96", nvidia.com/gpu: "8"}}}}\n'
        "teams:\n"
        "  - name: nlp\n"
        "    owner: nlp@example.com\n"
        '    notebooks: {max: 5, resources: {requests: {cpu: "1"}}}\n'
    )
    environment = loaded(tmp_path, text).environment
    assert environment.cluster.capacity == {"cpu": "96", "nvidia.com/gpu": "8"}
    [team] = environment.teams
    assert team.notebooks
    assert (team.notebooks.max, team.notebooks.resources.requests) == (5, {"cpu": "1"})


def test_nodes_have_no_requests(tmp_path: Path) -> None:
    text = f'{HEAD}cluster: {{kubernetes: "1.26", capacity: {{requests.cpu: "96"}}}}\n'
    assert mistakes(tmp_path, text) == [
        "environments/dev.yaml:3:31: cluster.capacity: 'requests.cpu' is how a quota says it: "
        "nodes have cpu"
    ]


def test_an_allowance_of_no_notebooks_is_none(tmp_path: Path) -> None:
    text = f"{HEAD}{CLUSTER}teams: [{{name: nlp, owner: n@example.com, notebooks: {{max: 0, resources: {{}}}}}}]\n"
    assert mistakes(tmp_path, text) == [
        "environments/dev.yaml:4:55: teams.nlp.notebooks.max: input should be greater than or equal to 1"
    ]
