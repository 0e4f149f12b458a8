"""What `observability.platform`, `runbooks` and a stream's limits may say, and what they are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from synth.config.problems import ConfigurationError
from tests.monitoring.examples import GRAFANA, PLATFORM, TEAM, environment, monitoring, rules


def mistakes(folder: Path, **replaced: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        environment(folder, **replaced)
    return [re.sub(r":\d+:\d+", "", line) for line in str(caught.value).splitlines()]


def test_every_mistake_is_told_in_one_go(tmp_path: Path) -> None:
    said = mistakes(
        tmp_path,
        platform="platform: {} -> platform: {quota: 100%, failedRuns: -1, certificates: 7, "
        "applications: soon, argocd: often}\n  runbooks: docs/runbooks",
        stream="output: { -> maxLag: -1\n    maxDeadLetters: -5\n    output: {",
    )
    where = "environments/example.yaml: "
    assert said == [
        f"{where}streams.comments.maxLag: input should be greater than or equal to 0",
        f"{where}streams.comments.maxDeadLetters: input should be greater than or equal to 0",
        f"{where}observability.platform.quota: 100% is never exceeded: must be below 100%",
        f"{where}observability.platform.failedRuns: input should be greater than or equal to 0",
        f"{where}observability.platform.certificates: must be a string, not the number 7 (a string needs quotes)",
        f"{where}observability.platform.applications: 'soon' is not a duration such as 500ms, 30s, 5m, 1h or 7d",
        f"{where}observability.platform.argocd: must be true or false, not 'often'",
        f"{where}observability.runbooks: 'docs/runbooks' is not the address of a folder such as https://git.example.com/ml/platform/-/blob/main/docs/runbooks",
    ]


def test_dead_letters_that_nobody_writes_have_no_limit(tmp_path: Path) -> None:
    gone = "    deadLetters: {name: comments-aside}\n ->     maxDeadLetters: 5\n"
    assert mistakes(tmp_path, gone=gone) == [
        "environments/example.yaml: streams.comments: maxDeadLetters says nothing without deadLetters: "
        "add it, or take this out"
    ]


def test_what_is_said_is_what_counts(tmp_path: Path) -> None:
    given = environment(
        tmp_path,
        "  severity: critical\n",
        platform="platform: {} -> platform: {quota: 80%, failedRuns: 7, certificates: 2d, "
        "applications: 20m}",
        stream="output: { -> maxLag: 5\n    maxDeadLetters: 6\n    output: {",
    )
    said = rules(monitoring(given))
    assert {name: rule["expr"].rpartition(") > ")[2] for name, rule in said.items()} == {
        "WorkflowNotSucceeding": "3600",
        "PipelineRegistrationFailed": "0",
        "PipelineRunsFailing": "7",
        "StreamLagging": "5",
        "StreamDeadLetters": "6",
        "TeamQuotaNearlyUsed": "0.8",
        "MlflowUnreachable": "0",
        "CertificateExpiring": "-172800",
        "CertificateNotReady": "0",
        "ApplicationOutOfSync": "0",
        "ApplicationUnhealthy": "0",
    }
    assert said["ApplicationOutOfSync"]["for"] == said["ApplicationUnhealthy"]["for"] == "20m"
    assert {rule["labels"]["severity"] for rule in said.values()} == {"critical"}


def test_uids_are_what_grafana_takes_and_no_two_are_alike(tmp_path: Path) -> None:
    long = "w" * 52
    given = environment(
        tmp_path,
        f"  grafana: {{instanceSelector: {GRAFANA['instanceSelector']}}}\n",
        more="workflows:\n -> workflows:\n"
        + "".join(
            f"  - {{name: {long[:-1]}{end}, team: nlp, schedule: '@daily', steps: [{{name: train, kind: pipeline, pipeline: sentiment}}]}}\n"
            for end in "ab"
        ),
    )
    objects = monitoring(given)
    uids = [
        rule["uid"]
        for where in (TEAM, PLATFORM)
        for rule in objects["GrafanaAlertRuleGroup", *where]["spec"]["rules"]
    ]
    assert len(set(uids)) == len(uids) == 13
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", uid) for uid in uids)


@pytest.mark.parametrize(
    ("schedule", "deadline", "late", "threshold", "pending"),
    [
        ('"0 * * * *"', "20m", "10m", "3600", "90m"),
        ('"*/5 * * * *"', "90s", "30s", "300", "7m"),
        ('"0 9 * * 1-5"', "2h", "1h", "259200", "4500m"),
    ],
)
def test_the_wait_is_a_period_and_what_a_run_may_take(
    schedule: str, deadline: str, late: str, threshold: str, pending: str, tmp_path: Path
) -> None:
    given = environment(
        tmp_path,
        schedule=f'"0 * * * *" -> {schedule}\n    startingDeadline: {late}',
        deadline=f"deadline: 20m -> deadline: {deadline}",
    )
    rule = rules(monitoring(given))["WorkflowNotSucceeding"]
    assert (rule["expr"].rpartition(") > ")[2], rule["for"]) == (threshold, pending)
