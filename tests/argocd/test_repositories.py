"""A team's own repository: what it may bring, and where."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from synth.config.repository import KINDS, REFUSED
from synth.config.repository import Repository as TeamRepository
from tests.argocd.examples import REPOSITORY, SERVER, TEAMS, made, mistakes
from tests.repository import Repository

ENVIRONMENT = """\
name: {name}
cluster: {{server: "https://{name}.k8s.example.com", kubernetes: "1.26"}}
gitops: {{repoURL: "https://git.example.com/ml/platform.git"}}
teams:
  - name: {team}
    owner: nlp@example.com
"""


def test_a_project_permits_that_repository_the_teams_namespace_and_these_kinds(
    tmp_path: Path,
) -> None:
    bodies = made(tmp_path, TEAMS, REPOSITORY, "      kinds: [Deployment.apps, ConfigMap]\n")
    assert "AppProject dev-ads" not in bodies
    assert bodies["AppProject dev-nlp"]["spec"] == {
        "description": "What team nlp brings to dev",
        "sourceRepos": ["https://git.example.com/nlp/deploy.git"],
        "destinations": [{"server": SERVER, "namespace": "nlp"}],
        "clusterResourceWhitelist": [],
        "namespaceResourceWhitelist": [
            {"group": "", "kind": "ConfigMap"},
            {"group": "apps", "kind": "Deployment"},
        ],
    }


def test_an_application_for_each_folder_has_nothing_from_the_repository_but_name_and_path(
    tmp_path: Path,
) -> None:
    body = made(tmp_path, TEAMS, REPOSITORY)["ApplicationSet dev-nlp"]
    spec = body["spec"]
    assert (spec["goTemplate"], spec["goTemplateOptions"]) == (True, ["missingkey=error"])
    assert spec["generators"] == [
        {
            "git": {
                "repoURL": "https://git.example.com/nlp/deploy.git",
                "revision": "main",
                "directories": [{"path": "clusters/dev/*"}],
            }
        }
    ]
    assert spec["syncPolicy"] == {
        "applicationsSync": "create-update",
        "preserveResourcesOnDeletion": True,
    }
    template = spec["template"]
    assert template["spec"]["project"] == "dev-nlp"
    assert template["spec"]["destination"] == {"server": SERVER, "namespace": "nlp"}
    assert "FailOnSharedResource=true" in template["spec"]["syncPolicy"]["syncOptions"]
    text = str(template).replace(template["metadata"]["name"], "")
    assert text.count("{{") == 1
    assert template["spec"]["source"] == {
        "repoURL": "https://git.example.com/nlp/deploy.git",
        "targetRevision": "main",
        "path": "{{ .path.path }}",
    }


def test_sets_are_permitted_and_leave_their_applications_only_where_there_may_be_some(
    tmp_path: Path,
) -> None:
    kind = {"group": "argoproj.io", "kind": "ApplicationSet"}
    gone = "retired: [{name: nlp, kind: repository}]\n"
    for number, (parts, there) in enumerate(
        [([TEAMS], False), ([TEAMS, REPOSITORY], True), ([TEAMS, gone], True)]
    ):
        bodies = made(tmp_path / str(number), *parts)
        options = bodies["Application dev-bootstrap"]["spec"]["syncPolicy"]["syncOptions"]
        assert ("PrunePropagationPolicy=orphan" in options) == there
        permitted = bodies["AppProject dev-gitops"]["spec"]["namespaceResourceWhitelist"]
        assert (kind in permitted) == there


@pytest.mark.parametrize("kind", ["team", "repository"])
def test_a_project_that_retires_permits_no_repository_any_more(tmp_path: Path, kind: str) -> None:
    bodies = made(tmp_path, f"retired: [{{name: nlp, kind: {kind}}}]\n")
    spec = bodies["AppProject dev-nlp"]["spec"]
    assert (spec["sourceRepos"], len(spec["namespaceResourceWhitelist"])) == ([], len(KINDS))
    assert spec["destinations"] == [{"server": SERVER, "namespace": "nlp"}]
    assert not [name for name in bodies if name.startswith("ApplicationSet")]


def test_what_is_usual_is_not_refused() -> None:
    assert not {*KINDS} & {*REFUSED}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kinds: [Role.rbac.authorization.k8s.io]",
         "kinds[0]: Role.rbac.authorization.k8s.io says who may do what there: take it out"),
        ("kinds: [ConfigMap, ResourceQuota]",
         "kinds[1]: ResourceQuota is the environment's say over the namespace: take it out"),
        ("kinds: [Secret]",
         "kinds[0]: Secret would be in git for everybody to read: take it out"),
        ("kinds: ['*']", "kinds[0]: '*' is not a kind such as ConfigMap or Deployment.apps"),
        ("kinds: ['Deployment.*']",
         "kinds[0]: 'Deployment.*' is not a kind such as ConfigMap or Deployment.apps"),
        ("path: '{{ .x }}'",
         "path: '{{ .x }}' is not a folder of the repository such as deploy or clusters/prod"),
        ("path: ../other",
         "path: '../other' is not a folder of the repository such as deploy or clusters/prod"),
        ("path: '*'", "path: '*' is not a folder of the repository such as deploy or clusters/prod"),
        ("targetRevision: '{{ .x }}'", "targetRevision: '{{ .x }}' is not a branch, tag or commit"),
        ("repoURL: 'https://git.example.com/*'",
         "repoURL: 'https://git.example.com/*' is not the address of a repository such as "
         "https://git.example.com/nlp/deploy.git"),
        ("repoURL: 'https://me:secret@git.example.com/nlp'",
         "repoURL: 'https://me:secret@git.example.com/nlp' is not the address of a repository such as "
         "https://git.example.com/nlp/deploy.git"),
    ],
)  # fmt: skip
def test_what_no_repository_may_say(tmp_path: Path, text: str, said: str) -> None:
    given = {"repoURL": "https://git.example.com/nlp/deploy.git", "path": "deploy"}
    key, _, value = text.partition(": ")
    lines = "".join(f"      {k}: {v}\n" for k, v in {**given, key: value}.items())
    [line] = mistakes(tmp_path, TEAMS, "    repository:\n", lines)
    assert line.partition(": ")[2] == f"teams.nlp.repository.{said}"


@given(
    key=st.sampled_from(["repoURL", "targetRevision", "path", "kinds"]),
    text=st.text(st.sampled_from("aZ0*?[]{}!. $/@:-_\n\u00e9")) | st.text(max_size=12),
)
@example(key="repoURL", text="https://git.example.com/{{ .path.path }}")
@example(key="path", text="a/../b")
@example(key="targetRevision", text="main\n")
def test_nothing_that_is_taken_is_a_pattern_or_a_template(key: str, text: str) -> None:
    right = {"repoURL": "https://git.example.com/nlp/deploy.git", "path": "deploy"}
    try:
        made = TeamRepository.model_validate(
            {**right, key: (text,) if key == "kinds" else text}
        ).model_dump(by_alias=True)
    except ValidationError:
        return
    assert made[key] in (text, (text,))
    assert not {*"*?[]{}!"} & {*text}
    assert not any(char.isspace() for char in text)
    assert ".." not in text.split("/")


@pytest.mark.parametrize(
    "url", ["git@git.example.com:nlp/deploy.git", "ssh://git@git.example.com:2222/nlp/deploy.git"]
)
def test_addresses_of_repositories(tmp_path: Path, url: str) -> None:
    text = REPOSITORY.replace("https://git.example.com/nlp/deploy.git", url)
    body = made(tmp_path, TEAMS, text)["AppProject dev-nlp"]
    assert body["spec"]["sourceRepos"] == [url]


def written(tmp_path: Path, *names: tuple[str, str], repository: bool = True) -> Repository:
    """A repository with an environment for each pair of names, its own and its team's."""
    folder = tmp_path / "repository/environments"
    folder.mkdir(parents=True)
    for name, team in names:
        text = ENVIRONMENT.format(name=name, team=team) + (REPOSITORY if repository else "")
        (folder / f"{name}.yaml").write_text(text)
    return Repository(tmp_path)


def test_no_team_takes_the_name_of_a_project(tmp_path: Path) -> None:
    done = written(tmp_path / "one", ("prod", "gitops")).synth("build")
    assert done.stderr.splitlines() == [
        "environments/prod.yaml:4:1: teams: the AppProject prod-gitops would be there twice: call the "
        "team otherwise",
        "`synth docs configuration#teams` has every key of teams",
    ]
    done = written(tmp_path / "two", ("prod", "eu-nlp"), ("prod-eu", "nlp")).synth("build")
    assert done.stderr.splitlines() == [
        "environments/prod-eu.yaml:1:1: name: the AppProject prod-eu-nlp would be prod's as well "
        "(environments/prod.yaml:1:1): rename one of the two environments"
    ]


def test_a_repository_that_leaves_is_named_with_the_way_out(tmp_path: Path) -> None:
    repository = written(tmp_path, ("prod", "nlp"))
    repository.build()
    path = repository.root / "environments/prod.yaml"
    path.write_text(path.read_text().removesuffix(REPOSITORY))
    said = (
        "environments/prod.yaml:1:1: retired: the repository of team nlp leaves, and Argo CD removes "
        "an ApplicationSet only as long as the project permits that kind; to have it removed, add "
        "{name: nlp, kind: repository}\n"
    )
    assert repository.synth("validate").stdout == f"warning RT008: {said}"
    with path.open("a") as file:
        file.write("retired: [{name: nlp, kind: repository}]\n")
    done = repository.synth("build")
    assert (done.returncode, "warning" in done.stderr) == (0, False)
    assert repository.synth("validate").stdout == (
        "warning RT003: environments/prod.yaml:7:11: retired.nlp: can go once Argo CD shows "
        "prod-bootstrap as synced and has no Application prod-nlp.… any more\n"
    )


def test_a_repository_that_is_still_there_cannot_retire(tmp_path: Path) -> None:
    repository = written(tmp_path, ("prod", "nlp"))
    with (repository.root / "environments/prod.yaml").open("a") as file:
        file.write("retired: [{name: nlp, kind: repository}]\n")
    assert repository.synth("build").stderr == (
        "environments/prod.yaml:10:11: retired.nlp: this repository is still there: take one out\n"
        "`synth docs configuration#retired` has every key of retired\n"
    )
