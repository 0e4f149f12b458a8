"""`synth model …` as people run it, in a repository with a history."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.answers import answering
from tests.git import GitRepository
from tests.models.registry import Version, registry
from tests.repository import Repository

VERSIONS = [
    Version(7, {"accuracy": 0.90, "loss": 0.30}),
    Version(8, {"accuracy": 0.91, "loss": 0.30}),
    Version(9, {"accuracy": 0.80, "loss": 0.31}, mlflow="3.12.0"),
    Version(10, status="PENDING_REGISTRATION"),
    Version(11, location="file:///mlruns/1/models/m-11/artifacts"),
]
STABLE = """\
name: staging
extends: base
# What the nlp team serves.
models:
  - name: sentiment
    gate: {metrics: {accuracy: {drop: 5%}}}   # agreed in spring
    variants:
      - {name: stable, version: 7, artifact: "s3://models/7", traffic: 100}   # slow but sure
cluster: {server: "https://staging.k8s.example.com", kubernetes: "1.26"}
"""


class Workplace(Repository):
    """The example under git, with one short environment that steps are tried in."""

    def __init__(self, folder: Path) -> None:
        self._git = GitRepository(folder)
        super().__init__(folder, self._git.tree)
        self.file = self.root / "environments/staging.yaml"
        self.file.write_text(STABLE)
        self.commit()

    def commit(self) -> None:
        self._git.commit("a step")

    def model(self, *arguments: str, **env: str) -> str:
        """What a step says on standard output; it succeeds."""
        done = self.synth("model", *arguments, **env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *arguments: str, **env: str) -> str:
        """Why a step is refused; nothing has changed then."""
        before = self.file.read_bytes()
        done = self.synth("model", *arguments, **env)
        assert (done.returncode, done.stdout) == (2, "")
        assert self.file.read_bytes() == before
        assert sorted(path.name for path in self.file.parent.iterdir()) == [
            "base.yaml", "dev.yaml", "prod.yaml", "staging.yaml",
        ]  # fmt: skip
        return done.stderr.strip()


@pytest.fixture
def it(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def test_a_version_is_bumped_with_all_that_the_registry_knows_of_it(it: Workplace) -> None:
    with registry(VERSIONS) as address:
        step = ("bump", "sentiment", "--env", "staging", "--version", "8")
        assert it.model(*step, MLFLOW_TRACKING_URI=address) == (
            "environments/staging.yaml: sentiment: stable 7 at 100 % → stable 8 at 100 %\n"
            "  stable 8: s3://models/1/models/m-8/artifacts, run 00000000000000000000000000000008, "
            "commit 0000000000000000000000000000000000000008, accuracy 0.91\n"
        )
        assert it.file.read_text() == STABLE.replace(
            'version: 7, artifact: "s3://models/7", traffic: 100}',
            'version: 8, artifact: "s3://models/1/models/m-8/artifacts", traffic: 100, provenance: '
            '{registeredModel: sentiment, run: "00000000000000000000000000000008", '
            'commit: "0000000000000000000000000000000000000008", data: data8, '
            'created: "2026-11-25T00:41:24+00:00", mlflow: "3.17.2", metrics: {accuracy: 0.91}}}',
        )
        assert it.model(*step, MLFLOW_TRACKING_URI=address) == (
            "staging: sentiment: nothing to do: stable 8 at 100 %\n"
        )


def test_a_canary_goes_all_the_way_and_back(it: Workplace) -> None:
    with registry(VERSIONS, {"champion": 8}) as address:
        said = it.model(
            "bump", "sentiment", "--env", "staging", "--alias", "champion", "--canary", "10",
            MLFLOW_TRACKING_URI=address,
        )  # fmt: skip
    assert ": stable 7 at 100 % → stable 7 at 90 %, canary 8 at 10 %\n  canary 8: s3://" in said
    it.commit()
    for share in (25, 50, 100):
        it.model("canary", "sentiment", "--env", "staging", "--traffic", str(share))
        it.commit()
    assert it.model("list", "--env", "staging").count("stable   8        100 %") == 1
    back = it.model("rollback", "sentiment", "--env", "staging")
    assert back.endswith(": stable 8 at 100 % → stable 7 at 100 %\n  stable 7: s3://models/7\n")
    assert it.file.read_text() == STABLE
    again = it.model("rollback", "sentiment", "--env", "staging")
    assert again == "staging: sentiment: nothing to do: stable 7 at 100 %\n"


def test_the_exact_version_is_carried_to_the_next_environment(it: Workplace) -> None:
    with registry(VERSIONS) as address:
        it.model("bump", "sentiment", "--env", "dev", "--version", "8", MLFLOW_TRACKING_URI=address)
    it.model("promote", "sentiment", "--from", "dev", "--to", "staging", "--canary", "10")
    rows = json.loads(it.model("list", "-o", "json"))
    assert rows[0]["provenance"]["run"] == f"{8:032x}"
    assert rows[0]["address"] == "/seldon/nlp/sentiment/"
    carried = [
        row for row in rows if row["environment"] == "staging" and row["variant"] == "canary"
    ]
    assert [(row["version"], row["artifact"], row["provenance"]) for row in carried] == [
        (row["version"], row["artifact"], row["provenance"]) for row in rows[:1]
    ]


def test_a_model_of_kserve_has_its_address_in_the_cluster(it: Workplace) -> None:
    it.file.write_text(STABLE.replace("    gate:", "    engine: kserve\n    gate:"))
    rows = json.loads(it.model("list", "--env", "staging", "-o", "json"))
    assert [row["address"] for row in rows] == ["sentiment.nlp.svc.cluster.local/"]


def test_what_a_base_has_is_left_to_the_base(it: Workplace) -> None:
    (it.root / "environments/middle.yaml").write_text(
        "extends: base\n"
        "models:\n"
        "  - name: sentiment\n"
        "    variants:\n"
        "      - {name: stable, version: 7, artifact: s3://m/7, traffic: 90}\n"
        "      - {name: canary, version: 8, artifact: s3://m/8, traffic: 10}\n"
    )
    it.file.write_text('extends: middle\nname: staging\ncluster: {kubernetes: "1.26"}\n')
    base = (it.root / "environments/middle.yaml").read_bytes()
    it.commit()
    assert it.model("rollback", "sentiment", "--env", "staging").endswith(
        ": stable 7 at 90 %, canary 8 at 10 % → stable 7 at 100 %\n"
    )
    assert it.file.read_text() == (
        'extends: middle\nname: staging\ncluster: {kubernetes: "1.26"}\n'
        "models:\n"
        "  - name: sentiment\n"
        "    variants:\n"
        "      - name: stable\n"
        "        traffic: 100\n"
        "      - name: canary\n"
        "        remove: true\n"
    )
    it.model("promote", "sentiment", "--from", "dev", "--to", "staging", "--canary", "25")
    assert it.model("list", "--env", "staging").count("canary   8        25 %") == 1
    assert (it.root / "environments/middle.yaml").read_bytes() == base


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--version", "12"), "Model Version (name=sentiment, version=12) not found"),
        (("--version", "10"), "version 10 of sentiment is PENDING_REGISTRATION, not READY"),
        (("--alias", "nobody"), "sentiment: Registered model alias nobody not found."),
    ],
)
def test_what_the_registry_has_not_is_refused(
    it: Workplace, arguments: tuple[str, ...], message: str
) -> None:
    with registry(VERSIONS) as address:
        said = it.refused(
            "bump", "sentiment", "--env", "staging", *arguments, MLFLOW_TRACKING_URI=address
        )
    assert said.startswith(f"staging: sentiment: {address}: ")
    assert said.endswith(message)


def test_a_version_outside_the_object_store_is_refused(it: Workplace) -> None:
    with registry(VERSIONS) as address:
        assert it.refused("bump", "sentiment", "--env", "staging", MLFLOW_TRACKING_URI=address) == (
            "staging: sentiment: its files are in file:///mlruns/1/models/m-11/artifacts, which is "
            "no object store"
        )


def test_a_registry_that_is_away_is_told_in_one_line(it: Workplace) -> None:
    with registry([]) as gone:
        pass
    bump = ("bump", "sentiment", "--env", "staging")
    said = it.refused(*bump, MLFLOW_TRACKING_URI=gone, MLFLOW_HTTP_REQUEST_MAX_RETRIES="0")
    assert said.startswith(f"staging: sentiment: {gone}: does not answer (")
    assert said.count("\n") == 0
    assert it.refused(*bump) == ("synth: MLFLOW_TRACKING_URI is not set: the address of MLflow")


def test_a_registry_that_hangs_is_told_in_one_line(it: Workplace) -> None:
    def hang(*_: object) -> tuple[int, object]:
        time.sleep(3)
        return 200, {}

    with answering(hang) as address:
        said = it.refused(
            "bump", "sentiment", "--env", "staging", MLFLOW_TRACKING_URI=address,
            MLFLOW_HTTP_REQUEST_TIMEOUT="1", MLFLOW_HTTP_REQUEST_MAX_RETRIES="0",
        )  # fmt: skip
    assert said == f"staging: sentiment: {address}: does not answer within 1 s"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("canary", "sentiment", "--env", "staging", "--traffic", "10"),
            "staging: sentiment: there is no canary: synth model bump or promote with --canary "
            "brings one in",
        ),
        (
            ("canary", "spam", "--env", "staging", "--traffic", "10"),
            "synth: staging has no model 'spam' (there: sentiment)",
        ),
        (
            ("rollback", "sentiment", "--env", "stage"),
            "synth: there is no environment 'stage' (there: dev, prod, staging)",
        ),
        (
            ("rollback", "sentiment", "--env", "staging"),
            "staging: sentiment: git's history knows no other stable version of it",
        ),
        (
            ("promote", "sentiment", "--from", "dev", "--to", "staging", "--canary", "11"),
            "staging: sentiment: a canary cannot come in with 11 %: policy.promotion allows 10, "
            "25, 50",
        ),
    ],
)
def test_a_step_that_is_not_there_to_be_made(
    it: Workplace, arguments: tuple[str, ...], message: str
) -> None:
    assert it.refused(*arguments) == message


def test_a_share_above_100_is_no_share(it: Workplace) -> None:
    said = it.refused("canary", "sentiment", "--env", "prod", "--traffic", "101")
    assert said.endswith("argument --traffic: '101' is not a percentage from 0 to 100")


def test_a_mistake_elsewhere_is_told_and_nothing_is_edited(it: Workplace) -> None:
    it.edit("environments/prod.yaml", "traffic: 90", "traffic: 95")
    said = it.refused("promote", "sentiment", "--from", "dev", "--to", "staging")
    assert said == (
        "environments/prod.yaml:17:5: models.sentiment.variants: traffic sums to 105, must be 100\n"
        "`synth docs configuration#models` has every key of models"
    )


def test_a_shared_value_is_not_edited(it: Workplace) -> None:
    it.edit("environments/staging.yaml", "gate: {metrics:", "env: &it {A: x}\n    gate: {metrics:")
    it.edit("environments/staging.yaml", "traffic: 100}", "traffic: 100, env: *it}")
    it.model("promote", "sentiment", "--from", "dev", "--to", "staging")
    assert "env: *it" in it.file.read_text()
    shared = STABLE.replace("    variants:", "    variants: &all").replace(
        "cluster:", "  - name: other\n    team: nlp\n    variants: *all\ncluster:"
    )
    it.file.write_text(shared)
    assert it.refused("promote", "sentiment", "--from", "dev", "--to", "staging") == (
        "staging: sentiment: models.sentiment.variants is shared by an alias: write it out where "
        "it is meant"
    )


def test_a_worse_version_does_not_pass_its_gate(it: Workplace) -> None:
    with registry(VERSIONS) as address:
        gate = ("model", "gate", "sentiment", "--env", "staging", "--version")
        done = it.synth(*gate, "9", MLFLOW_TRACKING_URI=address)
        assert (done.returncode, done.stderr) == (1, "")
        assert done.stdout == (
            "MODEL      ENV      GATE     WHAT      STABLE  CANDIDATE  LIMIT             OUTCOME\n"
            "sentiment  staging  metrics  accuracy  0.9     0.8        at most 5% lower  worse\n"
        )
        done = it.synth(*gate, "8", "-o", "json", MLFLOW_TRACKING_URI=address)
        assert done.returncode == 0
        assert json.loads(done.stdout) == [
            {
                "model": "sentiment",
                "environment": "staging",
                "gate": "metrics",
                "stableVersion": 7,
                "candidateVersion": 8,
                "what": "accuracy",
                "stable": 0.9,
                "candidate": 0.91,
                "limit": "at most 5% lower",
                "outcome": "passed",
            }
        ]
        assert it.refused("gate", "sentiment", "--env", "dev", MLFLOW_TRACKING_URI=address) == (
            "dev: sentiment: there is no canary: --version N names the candidate"
        )
        it.edit("environments/base.yaml", "metrics: {accuracy: {drop: 5%}}", "metrics: {}")
        it.edit("environments/staging.yaml", "metrics: {accuracy: {drop: 5%}}", "metrics: {}")
        assert it.refused(*gate[1:], "8", MLFLOW_TRACKING_URI=address) == (
            "staging: sentiment: it has no gate.metrics to compare: add some, or say --live"
        )


def test_ci_runs_the_gates_of_every_step_since_a_revision(it: Workplace) -> None:
    it.edit(
        "environments/staging.yaml",
        "cluster:",
        "policy: {promotion: {gates: {promote: [metrics], canary: [metrics]}}}\ncluster:",
    )
    it.commit()
    since = ("model", "gate", "--base", "HEAD", "-o", "json")
    with registry(VERSIONS) as address:
        done = it.synth("model", "gate", "--base", "HEAD", MLFLOW_TRACKING_URI=address)
        assert (done.returncode, done.stdout) == (0, "no version has got more since HEAD\n")
        it.model(
            "bump", "sentiment", "--env", "staging", "--version", "9", "--canary", "10",
            MLFLOW_TRACKING_URI=address,
        )  # fmt: skip
        done = it.synth(*since, MLFLOW_TRACKING_URI=address)
        rows = json.loads(done.stdout)
        assert done.returncode == 1
        assert [(row["candidateVersion"], row["outcome"]) for row in rows] == [(9, "worse")]
        it.commit()
        it.model("canary", "sentiment", "--env", "staging", "--traffic", "25")
        assert it.synth(*since, MLFLOW_TRACKING_URI=address).returncode == 1
        # Less traffic for it needs nobody's leave.
        it.model("canary", "sentiment", "--env", "staging", "--traffic", "0")
        done = it.synth("model", "gate", "--base", "HEAD", MLFLOW_TRACKING_URI=address)
        assert (done.returncode, done.stdout) == (0, "no version has got more since HEAD\n")
