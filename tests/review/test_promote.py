"""`synth promote`: what two environments say differently, and what of it is carried over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.repository import Repository

BASE = """\
gitops: {repoURL: "https://git.example.com/ml/platform.git"}
addons: {argoWorkflows: {}}
teams:
  - {name: nlp, owner: nlp@example.com, quota: {cpu: "4"}}
workflows:
  - name: training
    team: nlp
    schedule: "0 * * * *"
    steps: [{name: train, image: "registry.example.com/training:1.0.0", command: [train], env: {PLACE: dev}}]
"""
STAGING = """\
extends: base
name: staging
cluster: {server: "https://staging.k8s.example.com", kubernetes: "1.26"}
teams:
  - {name: nlp, quota: {memory: 32Gi}}
workflows:
  - name: training
    schedule: "*/10 * * * *"
    parameters: {place: staging, epochs: "3"}
"""
PROD = """\
extends: base
name: prod
cluster: {server: "https://prod.k8s.example.com", kubernetes: "1.26"}
registry: mirror.example.com
# What the teams may use.
teams:
  - name: nlp
    quota: { cpu: "30" }   # as agreed in May
workflows:
  - name: training
    parameters: {place: prod}   # where it says that it runs
"""


@pytest.fixture
def it(tmp_path: Path) -> Repository:
    folder = tmp_path / "repository/environments"
    folder.mkdir(parents=True)
    for name, text in (("base", BASE), ("staging", STAGING), ("prod", PROD)):
        (folder / f"{name}.yaml").write_text(text)
    return Repository(tmp_path)


def promoted(it: Repository, *arguments: str) -> tuple[int, str, str]:
    done = it.synth("promote", "--from", "staging", "--to", "prod", *arguments)
    return done.returncode, done.stdout, done.stderr


def prod(it: Repository) -> str:
    return (it.root / "environments/prod.yaml").read_text()


HINT = "`synth build` writes dist/; the commit is yours\n"


def test_what_differs_and_where_it_is_written(it: Repository) -> None:
    assert promoted(it) == (
        1,
        """\
prod → staging: 4 keys
  teams.nlp.quota.cpu: 30 → 4
      prod environments/prod.yaml:8, staging environments/base.yaml:4
  teams.nlp.quota.memory: none → 32Gi
      prod nowhere, staging environments/staging.yaml:5
  workflows.training.parameters.epochs: none → 3
      prod nowhere, staging environments/staging.yaml:9
  workflows.training.schedule: hourly → every 10 minutes
      prod environments/base.yaml:8, staging environments/staging.yaml:8

each one's own
  cluster.server: https://prod.k8s.example.com → https://staging.k8s.example.com
      prod environments/prod.yaml:3, staging environments/staging.yaml:3
  name: prod → staging
      prod environments/prod.yaml:2, staging environments/staging.yaml:2
  registry: mirror.example.com → none
      prod environments/prod.yaml:4, staging nowhere
  workflows.training.parameters.place: prod → staging
      prod environments/prod.yaml:11, staging environments/staging.yaml:9

`synth promote --from staging --to prod KEY…` carries a key, or all below it
""",
        "",
    )


def test_as_json(it: Repository) -> None:
    code, said, _ = promoted(it, "-o", "json")
    data = json.loads(said)
    assert code == 1
    assert (data["from"], data["to"]) == ("staging", "prod")
    [schedule] = [each for each in data["differences"] if each["key"].endswith("schedule")]
    assert schedule == {
        "key": "workflows.training.schedule",
        "path": ["workflows", "training", "schedule"],
        "own": False,
        "from": {"value": "*/10 * * * *", "place": "environments/staging.yaml:8"},
        "to": {"value": "0 * * * *", "place": "environments/base.yaml:8"},
    }
    assert [each["key"] for each in data["differences"] if each["own"]] == [
        "cluster.server",
        "name",
        "registry",
        "workflows.training.parameters.place",
    ]


def test_a_key_is_carried_and_everything_else_stays(it: Repository) -> None:
    assert promoted(it, "workflows.training.schedule", "teams.nlp.quota") == (
        0,
        """\
environments/prod.yaml: workflows.training.schedule: hourly → every 10 minutes
environments/prod.yaml: teams.nlp.quota.cpu: 30 → 4
environments/prod.yaml: teams.nlp.quota.memory: none → 32Gi
""",
        HINT,
    )
    assert prod(it) == PROD.replace(
        '    quota: { cpu: "30" }   # as agreed in May\n', "    quota: {memory: 32Gi}\n"
    ).replace(
        "# where it says that it runs\n",
        '# where it says that it runs\n    schedule: "*/10 * * * *"\n',
    )
    assert promoted(it, "teams.nlp.quota") == (
        0,
        "prod: teams.nlp.quota: nothing to carry: staging says the same\n",
        "",
    )


def test_a_dry_run_shows_lines_and_writes_none(it: Repository) -> None:
    code, said, remarks = promoted(it, "teams.nlp.quota.memory", "--dry-run")
    assert (code, remarks) == (0, "")
    assert (
        said
        == """\
--- environments/prod.yaml
+++ environments/prod.yaml
@@ -5,7 +5,7 @@
 # What the teams may use.
 teams:
   - name: nlp
-    quota: { cpu: "30" }   # as agreed in May
+    quota: { cpu: "30", memory: 32Gi }   # as agreed in May
 workflows:
   - name: training
     parameters: {place: prod}   # where it says that it runs
"""
    )
    assert prod(it) == PROD


def test_what_says_the_environments_name_is_left(it: Repository) -> None:
    code, said, remarks = promoted(it, "workflows")
    assert (code, remarks) == (
        0,
        "left as it is, since it says the environment's name: workflows.training.parameters.place\n"
        + HINT,
    )
    assert said.count("\n") == 2
    assert '{place: prod, epochs: "3"}' in prod(it)


def test_what_is_new_and_speaks_of_where_it_was(it: Repository) -> None:
    it.edit(
        "environments/staging.yaml",
        "workflows:\n",
        "workflows:\n  - name: tidy\n    team: nlp\n    schedule: '@daily'\n"
        "    steps: [{name: tidy, image: 'registry.example.com/tidy:1.0.0', command: [tidy], args: [--env=staging]}]\n",
    )
    code, _, remarks = promoted(it, "workflows.tidy")
    assert (code, remarks) == (
        0,
        "look at workflows.tidy: what was carried speaks of staging\n" + HINT,
    )
    assert prod(it) == PROD + (
        "  - name: tidy\n"
        '    schedule: "@daily"\n'
        "    steps:\n"
        '      - args: ["--env=staging"]\n'
        "        command: [tidy]\n"
        "        image: registry.example.com/tidy:1.0.0\n"
        "        name: tidy\n"
        "    team: nlp\n"
    )


def test_what_a_base_has_and_has_to_go_is_said_to_be_gone(it: Repository) -> None:
    it.edit(
        "environments/staging.yaml",
        STAGING[STAGING.index("workflows:") :],
        "workflows: [{name: training, remove: true}]\naddons: {argoWorkflows: null}\n",
    )
    code, said, _ = promoted(it, "workflows.training", "addons")
    assert code == 0
    assert said.count("→ none\n") == 2
    assert prod(it).endswith(
        "workflows:\n  - name: training\n    remove: true\naddons: {argoWorkflows: null}\n"
    )
    # And back: what only takes away something of the base is taken back.
    done = it.synth("promote", "--from", "prod", "--to", "staging", "workflows")
    assert done.stdout == "staging: workflows: nothing to carry: prod says the same\n"
    (it.root / "environments/prod.yaml").write_text(
        PROD.replace("    parameters", "    # parameters")
    )
    done = it.synth("promote", "--from", "prod", "--to", "staging", "workflows", "addons")
    assert done.returncode == 0, done.stderr
    assert (it.root / "environments/staging.yaml").read_text() == STAGING[
        : STAGING.index("workflows:")
    ]


def test_an_own_key_is_carried_where_it_is_named(it: Repository) -> None:
    assert promoted(it, "registry") == (
        0,
        "environments/prod.yaml: registry: mirror.example.com → none\n",
        HINT,
    )
    assert prod(it) == PROD.replace("registry: mirror.example.com\n", "")


def test_what_no_rule_takes_is_not_written(it: Repository) -> None:
    it.edit(
        "environments/staging.yaml",
        "    schedule:",
        "    archiveLogs: true\n    team: ops\n    schedule:",
    )
    it.edit(
        "environments/staging.yaml", "teams:\n", "teams:\n  - {name: ops, owner: o@example.com}\n"
    )
    code, said, remarks = promoted(it, "workflows.training.team")
    assert (code, said) == (2, "")
    assert remarks == (
        "environments/prod.yaml:12:5: workflows.training.team: 'ops' is not in teams (there: nlp)\n"
        "`synth docs configuration#workflows` has every key of workflows\n"
    )
    assert prod(it) == PROD


def test_mistakes(it: Repository) -> None:
    assert promoted(
        it, "workflow.training", "name", "cluster.server", "cluster", "quite.other"
    ) == (
        2,
        "",
        "synth promote: neither staging nor prod says anything of 'workflow.training', did you mean "
        "'workflows.training'?\n"
        "synth promote: neither staging nor prod says anything of 'quite.other'\n"
        "synth promote: name is what makes prod another environment than staging: it stays\n"
        "synth promote: cluster.server is what makes prod another environment than staging: it stays\n",
    )
    assert promoted(it, "workflows.training.parameters.place") == (
        2,
        "",
        "synth promote: workflows.training.parameters.place is what makes prod another environment "
        "than staging: it stays\n",
    )
    done = it.synth("promote", "--from", "prod", "--to", "prod")
    assert (done.returncode, done.stderr) == (
        2,
        "synth promote: --from and --to are both prod: name two environments\n",
    )
    done = it.synth("promote", "--from", "prod", "--to", "qa")
    assert (done.returncode, done.stderr) == (
        2,
        "environments: there is no environment 'qa' (there: prod, staging)\n",
    )


def test_a_shared_value_is_not_edited(it: Repository) -> None:
    it.edit("environments/prod.yaml", "quota: { cpu", "quota: &agreed { cpu")
    it.edit("environments/prod.yaml", "parameters: {place: prod}", "parameters: *agreed")
    assert promoted(it, "teams.nlp.quota.memory")[::2] == (
        2,
        "prod: teams.nlp.quota is shared by an alias: write it out where it is meant\n",
    )


def test_an_order_is_changed_by_hand(it: Repository) -> None:
    steps = '    steps: [{name: a, image: "r/a:1", command: [a]}, {name: b, image: "r/b:1", command: [b]}]\n'
    turned = '    steps: [{name: b, image: "r/b:1", command: [b]}, {name: a, image: "r/a:1", command: [a]}]\n'
    it.edit("environments/base.yaml", BASE[BASE.index("    steps:") :], "")
    for name, text in (("prod", steps), ("staging", turned)):
        path = it.root / f"environments/{name}.yaml"
        path.write_text(path.read_text() + text)
    assert promoted(it, "workflows.training.steps") == (
        2,
        "",
        "prod: workflows.training.steps: an order is changed by hand\n",
    )


def test_nothing_differs(it: Repository) -> None:
    text = PROD.replace("prod", "staging").replace("registry: mirror.example.com\n", "")
    (it.root / "environments/staging.yaml").write_text(text)
    code, said, _ = promoted(it)
    assert code == 0
    assert said.startswith("prod says all that staging does\n\neach one's own\n  cluster.server: ")


def test_the_file_that_speaks_of_it_is_edited(it: Repository) -> None:
    folder = it.root / "environments/prod"
    folder.mkdir()
    (it.root / "environments/prod.yaml").unlink()
    head, teams = PROD.split("# What the teams may use.\n")
    (folder / "cluster.yaml").write_text(head)
    (folder / "teams.yaml").write_text(teams)
    assert promoted(it, "teams", "workflows.training.schedule")[0] == 0
    assert (folder / "cluster.yaml").read_text() == head
    assert "{memory: 32Gi}" in (folder / "teams.yaml").read_text()
