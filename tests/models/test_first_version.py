"""`synth model …` where a model is described and not served yet, and its first version comes in."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.models.registry import Version, registry
from tests.models.test_commands import Workplace

VERSIONS = [Version(8, {"accuracy": 0.91}, location="s3://models/8")]

BASE = """\
gitops: {repoURL: "https://git.example.com/platform.git"}
addons: {seldon: {}}
observability: {}
teams: [{name: nlp, owner: a@example.com}]
models:
  - name: sentiment   # what the nlp team is about
    team: nlp
    server: {format: sklearn}
    gate: {metrics: {accuracy: {drop: 5%}}}
    objectives: {errors: 1%, accuracyDrop: 5%}
"""
REST = 'cluster: {server: "https://staging.k8s.example.com", kubernetes: "1.26"}\n'
POLICY = "policy: {promotion: {gates: {promote: [metrics], canary: [metrics, live]}}}\n"
NOTHING = "name: staging\nextends: base\n" + POLICY + REST
DESCRIBED = """\
name: staging
extends: base
models:
  - name: sentiment
    gate: {metrics: {accuracy: {drop: 5%}}}   # agreed in spring
"""
RELEASE = (
    "      - name: stable\n"
    "        version: 8\n"
    "        artifact: s3://models/8\n"
    "        traffic: 100\n"
)
FIRST = "it is the first version here: it has all of the traffic, and no gate compares it\n"
REFUSED = (
    "staging: sentiment: it is not served here yet: synth model bump or promote brings a first "
    "version in"
)

DIFF = """\
3 objects change in staging, no risk known
compared with HEAD

Configuration
  models.sentiment.variants in staging: none → [{artifact: s3://models/8, name: stable, traffic: 100, version: 8}] \
environments/staging.yaml:7

argocd
  + application models in staging: comes
      environments/staging.yaml:7 models.sentiment.variants

models
  + sentiment in staging: comes: stable at 100 %
      environments/staging.yaml:7 models.sentiment.variants
  + AuthorizationPolicy nlp/sentiment-gateway in staging: comes
      environments/staging.yaml:7 models.sentiment.variants
"""


class NewPlatform(Workplace):
    """A model that all environments describe; dev serves it, staging does not."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        environments = self.root / "environments"
        (environments / "prod.yaml").unlink()
        shutil.rmtree(self.root / "overlays")
        (environments / "base.yaml").write_text(BASE)
        (environments / "dev.yaml").write_text(
            'name: dev\nextends: base\ncluster: {kubernetes: "1.26"}\n'
            "models:\n  - name: sentiment\n    variants:\n"
            '      - {name: stable, version: 8, artifact: "s3://models/8", traffic: 100}\n'
        )
        self.describe(NOTHING)

    def describe(self, text: str) -> None:
        self.file.write_text(text)
        self.commit()


@pytest.fixture
def it(tmp_path: Path) -> NewPlatform:
    return NewPlatform(tmp_path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (NOTHING, NOTHING + "models:\n  - name: sentiment\n    variants:\n"),
        (DESCRIBED + REST, DESCRIBED + "    variants:\n"),
    ],
    ids=["no entry", "no variants"],
)
@pytest.mark.parametrize("canary", [(), ("--canary", "10")], ids=["stable", "canary"])
def test_the_first_version_comes_in_with_all_of_the_traffic(
    it: NewPlatform, before: str, after: str, canary: tuple[str, ...]
) -> None:
    it.describe(before)
    done = it.synth("model", "promote", "sentiment", "--from", "dev", "--to", "staging", *canary)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "environments/staging.yaml: sentiment: not served → stable 8 at 100 %\n"
        "  stable 8: s3://models/8\n",
        FIRST + "`synth build` writes dist/; the commit is yours\n",
    )
    rest = "" if before == NOTHING else REST
    assert it.file.read_text() == after + RELEASE + rest


def test_a_first_version_is_bumped_and_passes_no_gate(it: NewPlatform) -> None:
    bump = ("bump", "sentiment", "--env", "staging", "--version", "8", "--canary", "10")
    with registry(VERSIONS) as address:
        assert it.model(*bump, MLFLOW_TRACKING_URI=address) == (
            "environments/staging.yaml: sentiment: not served → stable 8 at 100 %\n"
            "  stable 8: s3://models/8, run 00000000000000000000000000000008, "
            "commit 0000000000000000000000000000000000000008, accuracy 0.91\n"
        )
        once = it.file.read_text()
        assert once.startswith(NOTHING + "models:\n  - name: sentiment\n    variants:\n" + RELEASE)
        assert it.model(*bump, MLFLOW_TRACKING_URI=address) == (
            "staging: sentiment: nothing to do: stable 8 at 100 %\n"
        )
        assert it.file.read_text() == once
    assert it.model("gate", "--base", "HEAD") == "no version has got more since HEAD\n"


def test_an_empty_list_is_filled_where_it_stands(it: NewPlatform) -> None:
    it.describe(DESCRIBED + "    variants: []   # soon\n" + REST)
    it.model("promote", "sentiment", "--from", "dev", "--to", "staging")
    assert it.file.read_text() == (
        DESCRIBED
        + "    variants: [{name: stable, version: 8, artifact: s3://models/8, traffic: 100}]   # soon\n"
        + REST
    )


def test_a_rollback_looks_beyond_the_time_without_a_version(it: NewPlatform) -> None:
    it.model("promote", "sentiment", "--from", "dev", "--to", "staging")
    it.commit()
    assert it.model("rollback", "sentiment", "--env", "staging") == (
        "environments/staging.yaml: sentiment: stable 8 at 100 % → stable 7 at 100 %\n"
        "  stable 7: s3://models/7\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("canary", "sentiment", "--env", "staging", "--traffic", "10"),
        ("rollback", "sentiment", "--env", "staging"),
        ("gate", "sentiment", "--env", "staging"),
        ("gate", "sentiment", "--env", "staging", "--version", "8"),
        ("gate", "sentiment", "--env", "staging", "--live"),
    ],
)
def test_what_is_not_served_is_not_moved_or_compared(
    it: NewPlatform, arguments: tuple[str, ...]
) -> None:
    done = it.synth("model", *arguments)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (2, "", REFUSED)


def test_what_is_not_served_is_not_promoted(it: NewPlatform) -> None:
    done = it.synth("model", "promote", "sentiment", "--from", "staging", "--to", "dev")
    assert (done.returncode, done.stdout, done.stderr.strip()) == (2, "", REFUSED)


def test_what_is_not_served_is_not_listed(it: NewPlatform) -> None:
    rows = json.loads(it.model("list", "-o", "json"))
    assert [(row["environment"], row["version"]) for row in rows] == [("dev", 8)]
    assert it.model("list", "--env", "staging") == (
        "MODEL  ENV  VARIANT  VERSION  TRAFFIC  AGE  BEHIND\n"
    )


@pytest.mark.parametrize(
    "command",
    [("validate",), ("graph", "staging"), ("images", "staging"), ("capacity", "staging")],
)
def test_the_other_commands_do_without_a_version(it: NewPlatform, command: tuple[str, ...]) -> None:
    done = it.synth(*command)
    assert done.returncode in {0, 1}, done.stderr
    assert "Traceback" not in done.stderr


def test_the_diff_says_what_a_first_version_adds(it: NewPlatform) -> None:
    assert it.synth("build").returncode == 0
    it.commit()
    it.model("promote", "sentiment", "--from", "dev", "--to", "staging")
    done = it.synth("diff", "--base", "HEAD")
    assert (done.returncode, done.stdout) == (1, DIFF)
