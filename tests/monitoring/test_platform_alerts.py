"""When an alert on the platform fires, as Prometheus' own promtool sees it.

Each alert is held to cases, and each case is worth something: one rule that is nearly right fails one
of them. What Grafana evaluates is the same query and threshold.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from synth.kit.objects import Body
from tests.monitoring.examples import GRAFANA, PLATFORM, TEAM, environment, monitoring, rules
from tests.monitoring.judge import Case, Fires, check, judge

THRESHOLDS = {
    "letters": "deadLetters: {name -> maxDeadLetters: 100\n    deadLetters: {name",
    "runs": "platform: {} -> platform: {failedRuns: 100, quota: 90%}",
}
"""With numbers of which a hundredth can be seen."""


@cache
def made() -> dict[tuple[str, str, str], Body]:
    with TemporaryDirectory() as folder:
        text = f"  grafana: {{instanceSelector: {GRAFANA['instanceSelector']}}}\n"
        return monitoring(environment(Path(folder), text, **THRESHOLDS))


def by_prometheus() -> dict[str, Body]:
    return rules(made())


def by_grafana() -> dict[str, Body]:
    """Grafana's rules as the ones of Prometheus that they stand for."""
    found = {}
    for where in (TEAM, PLATFORM):
        for rule in made()["GrafanaAlertRuleGroup", *where]["spec"]["rules"]:
            query, threshold = (data["model"] for data in rule["data"])
            [condition] = threshold["conditions"]
            assert condition["evaluator"]["type"] == "gt"
            name = rule["title"].partition(": ")[2]
            text = rule["annotations"]["description"].replace("$values.A.Value", "$value")
            found[name] = {
                "alert": name,
                "expr": f"({query['expr']}) > {condition['evaluator']['params'][0]}",
                "for": rule["for"],
                "labels": rule["labels"],
                "annotations": {**rule["annotations"], "description": text},
            }
    return found


BOTH = pytest.mark.parametrize("evaluated", [by_prometheus, by_grafana])


def test_promtool_finds_nothing_wrong(tmp_path: Path) -> None:
    done = check(tmp_path, list(by_prometheus().values()))
    assert (done.returncode, done.stderr) == (0, "")


def test_grafana_evaluates_the_same(tmp_path: Path) -> None:
    done = check(tmp_path, list(by_grafana().values()))
    assert done.returncode == 0, done.stderr
    assert {name: _essence(rule) for name, rule in by_grafana().items()} == {
        name: _essence(rule) for name, rule in by_prometheus().items()
    }


def _essence(rule: Body) -> tuple[str, float, str, Body, Body]:
    query, _, threshold = rule["expr"].rpartition(") > ")
    text = query.removeprefix("(").strip()
    # Grafana's own annotations say which panel the rule belongs to.
    told = {key: text for key, text in rule["annotations"].items() if not key.startswith("__")}
    return text, float(threshold), rule["for"], rule["labels"], told


SUCCEEDED = 'argo_workflows_workflow_succeeded_created_seconds{team="nlp",workflow="%s",pod="%s"}'
TRAINING = SUCCEEDED % ("sentiment-training", "a")
STUCK = Fires(
    {}, "By its schedule, 0 * * * *, two runs should have succeeded since the last one that did."
)
JOB = 'kube_job_failed{namespace="nlp",job_name="%s",condition="%s"}'
GIVEN_UP = Fires(
    {},
    "The Job sentiment-registration has given up; workflows that run the pipeline's new version do "
    "not find it.",
)


def runs(number: int, profile: str = "nlp", values: str = "_x10 1+0x300") -> dict[str, str]:
    """So many runs that fail in minute 10 by default."""
    metric = 'resource_manager_workflow_runs_failed{profile="%s",workflow="run-%s",pod="a"}'
    return {metric % (profile, each): values for each in range(number)}


RUNS_FAIL = Fires({}, "101 runs failed within an hour, 100 may.")


def lag(
    *waiting: str, group: str = "comments-processor", cluster: str = "events"
) -> dict[str, str]:
    labels = f'consumergroup="{group}",topic="comments",namespace="kafka"'
    return {
        f'kafka_consumergroup_lag{{{labels},strimzi_io_cluster="{cluster}",partition="{number}"}}': each
        for number, each in enumerate(waiting)
    }


LAGGING = Fires({}, "1001 events of comments wait to be read, 1000 may.")
ASIDE = 'processor_events_put_aside_total{namespace="nlp",job="nlp/%s-processor",pod="%s"}'


def put_aside(values: str, stream: str = "comments", pod: str = "a") -> dict[str, str]:
    return {ASIDE % (stream, pod): values}


def unreadable(number: int) -> Fires:
    return Fires(
        {},
        f"{number} events could not be read within an hour and are in comments-aside, 100 may be.",
    )


def quota(
    used: str, hard: str = "20+0x120", resource: str = "cpu", name: str = "kf-resource-quota"
) -> dict[str, str]:
    metric = (
        f'kube_resourcequota{{namespace="nlp",resourcequota="{name}",resource="{resource}",type='
    )
    return {f'{metric}"used"}}': used, f'{metric}"hard"}}': hard}


def nearly(share: str, resource: str = "cpu") -> Fires:
    return Fires(
        {"resource": resource},
        f"{share} of {resource} is used; what exceeds the quota does not start.",
    )


UP = 'up{namespace="mlflow",job="mlflow",pod="%s"}'
AWAY = Fires(
    {},
    "No replica of MLflow can be reached: trainings cannot log, and no version can be promoted.",
)
DAY = 86_400


def certificate(expires: float, renewed: float, name: str = "katib-cert") -> dict[str, str]:
    """A certificate that expires so many days after the time that is looked at, 2 hours, and is due
    for renewal then (both counted from there).
    """
    labels = f'{{namespace="kubeflow",name="{name}"}}'
    when = {
        "certmanager_certificate_expiration_timestamp_seconds": expires,
        "certmanager_certificate_renewal_timestamp_seconds": renewed,
    }
    return {metric + labels: f"{7200 + days * DAY:.0f}+0x600" for metric, days in when.items()}


KATIB = {"namespace": "kubeflow", "name": "katib-cert"}
EXPIRING = Fires(
    KATIB, "Certificate katib-cert in kubeflow was due to be renewed and expires in less than 7d."
)
READY = (
    'certmanager_certificate_ready_status{namespace="kubeflow",name="katib-cert",condition="%s"}'
)
NOT_READY = Fires(KATIB, "cert-manager could not make or renew Certificate katib-cert in kubeflow.")


def application(
    values: str = "1+0x300",
    *,
    name: str = "example-models",
    project: str = "example",
    sync: str = "Synced",
    health: str = "Healthy",
) -> dict[str, str]:
    labels = f'name="{name}",project="{project}",sync_status="{sync}",health_status="{health}"'
    return {f"argocd_app_info{{{labels}}}": values}


def not_synced(name: str = "example-models") -> Fires:
    return Fires({"name": name}, f"The cluster has not been what git says of {name} for 1h.")


def broken(name: str = "example-models") -> Fires:
    return Fires({"name": name}, f"Something of {name} has been broken for 1h.")


HOURLY = "30+0x60 3630+0x60 7230+0x300"
"""Runs of the hours 0, 1 and 2, seconds after their beginning, and none that succeeds later."""
CASES: dict[str, dict[str, Case]] = {
    # The last success was created at 0:00:30: it is older than an hour from 1:01 on.
    "WorkflowNotSucceeding": {
        "every hour": Case({TRAINING: HOURLY}, "150m"),
        "not yet for long enough": Case({TRAINING: "30+0x300"}, "150m"),
        "for long enough": Case({TRAINING: "30+0x300"}, "151m", [STUCK]),
        "one that failed between two that did not": Case({TRAINING: "30+0x125 7230+0x300"}, "240m"),
        "a little younger than a period is not older": Case({TRAINING: "90+0x300"}, "151m"),
        "recovered": Case({TRAINING: "30+0x200 12030+0x300"}, "205m"),
        # The clock of the test begins in 1970, so that its first hour is younger than a period.
        "never succeeded, in the time that a first run has": Case({}, "150m"),
        "never succeeded": Case({}, "151m", [STUCK]),
        "Argo's controller started again and succeeded": Case(
            {TRAINING: "30+0x70", SUCCEEDED % ("sentiment-training", "b"): "_x125 7230+0x60"},
            "180m",
        ),
        "Argo's controller started again, and nothing succeeds": Case(
            {TRAINING: "30+0x10"}, "151m", [STUCK]
        ),
        "Argo's controller does not come back, in the time that a run has": Case(
            {TRAINING: "4230+0x71"}, "220m"
        ),
        "Argo's controller does not come back": Case({TRAINING: "4230+0x71"}, "221m", [STUCK]),
        "another workflow": Case(
            {TRAINING: HOURLY, SUCCEEDED % ("topics-training", "a"): "30+0x300"}, "150m"
        ),
        "another workflow's success": Case(
            {TRAINING: "30+0x300", SUCCEEDED % ("topics-training", "a"): HOURLY}, "151m", [STUCK]
        ),
    },
    "PipelineRegistrationFailed": {
        "succeeded": Case({JOB % ("sentiment-registration", "true"): "0+0x60"}, "30m"),
        "no Job": Case({}, "30m"),
        "failed": Case(
            {JOB % ("sentiment-registration", "true"): "_x10 1+0x60"}, "11m", [GIVEN_UP]
        ),
        "failed just now": Case({JOB % ("sentiment-registration", "true"): "_x10 1+0x60"}, "10m"),
        "not failed": Case({JOB % ("sentiment-registration", "false"): "1+0x60"}, "30m"),
        "another Job": Case({JOB % ("topics-registration", "true"): "1+0x60"}, "30m"),
        "started again": Case({JOB % ("sentiment-registration", "true"): "1+0x20 0+0x60"}, "30m"),
    },
    "PipelineRunsFailing": {
        "as many as may": Case(runs(100), "40m"),
        "one more, just now": Case(runs(101), "10m"),
        "one more": Case(runs(101), "11m", [RUNS_FAIL]),
        "an hour later": Case(runs(101), "69m", [RUNS_FAIL]),
        "longer ago": Case(runs(101), "70m"),
        "they failed before": Case(runs(101, values="1+0x300"), "90m"),
        "another team's": Case(runs(101, profile="vision"), "40m"),
        "none": Case({}, "40m"),
        "the API server started again": Case(
            {
                **runs(101, values="1+0x100"),
                **{key.replace('"a"', '"b"'): "_x100 1+0x60" for key in runs(101)},
            },
            "120m",
        ),
    },
    "StreamLagging": {
        "as many as may": Case(lag("500+0x60", "500+0x60"), "30m"),
        "one more, not yet for long enough": Case(lag("500+0x60", "501+0x60"), "14m"),
        "one more": Case(lag("500+0x60", "501+0x60"), "15m", [LAGGING]),
        "recovered": Case(lag("501+0x30 0+0x60", "500+0x60"), "32m"),
        "another group": Case(lag("5000+0x60", group="others"), "30m"),
        "another cluster": Case(lag("5000+0x60", cluster="others"), "30m"),
        "no data": Case({}, "30m"),
    },
    "StreamDeadLetters": {
        "as many as may": Case(put_aside("0+0x9 0+10x10 100+0x120"), "60m"),
        "one more": Case(put_aside("0+0x9 0+10x10 101+0x120"), "60m", [unreadable(101)]),
        "just now": Case(put_aside("0+0x9 102+0x120"), "10m"),
        "by several pods": Case(
            {**put_aside("0+0x9 60+0x120"), **put_aside("0+0x9 60+0x120", pod="b")},
            "60m",
            [unreadable(120)],
        ),
        "longer ago": Case(put_aside("0+0x9 200+0x120"), "72m"),
        "another stream": Case(put_aside("0+0x9 200+0x120", stream="reviews"), "60m"),
        "a pod started again": Case(put_aside("200+0x9 0+0x120"), "60m"),
        "no data": Case({}, "60m"),
    },
    "TeamQuotaNearlyUsed": {
        "as much as may": Case(quota("18+0x120"), "60m"),
        "a little more, not yet for long enough": Case(quota("18.1+0x120"), "14m"),
        "a little more": Case(quota("18.1+0x120"), "15m", [nearly("90.5%")]),
        "less again": Case(quota("18.1+0x30 17+0x90"), "60m"),
        "of one resource": Case(
            {**quota("1+0x120"), **quota("64+0x120", "64+0x120", "memory")},
            "60m",
            [nearly("100%", "memory")],
        ),
        "devices, which are there to be used": Case(
            quota("2+0x120", "2+0x120", "requests.nvidia.com/gpu"), "60m"
        ),
        "by two that tell of it": Case(
            {
                **quota("18.1+0x120"),
                **{
                    key.replace("}", ',pod="b"}'): text for key, text in quota("18.1+0x120").items()
                },
            },
            "60m",
            [nearly("90.5%")],
        ),
        "another quota": Case(quota("20+0x120", name="others"), "60m"),
        "no data": Case({}, "60m"),
    },
    "MlflowUnreachable": {
        "there": Case({UP % "a": "1+0x60"}, "30m"),
        "one of two": Case({UP % "a": "0+0x60", UP % "b": "1+0x60"}, "30m"),
        "none, not yet for long enough": Case({UP % "a": "0+0x60"}, "4m"),
        "none": Case({UP % "a": "0+0x60"}, "5m", [AWAY]),
        "nobody looks": Case({}, "5m", [AWAY]),
        "back": Case({UP % "a": "0+0x20 1+0x60"}, "30m"),
        "another": Case({'up{namespace="mlflow",job="other"}': "1+0x60"}, "5m", [AWAY]),
    },
    "CertificateExpiring": {
        "soon, due": Case(certificate(6.9, -20), "2h", [EXPIRING]),
        "not so soon": Case(certificate(7, -20), "2h"),
        # It was 7 days before its end 59 and 61 minutes ago.
        "just so soon, not yet for long enough": Case(certificate(7 - 59 / 1440, -20), "2h"),
        "just so soon, for long enough": Case(certificate(7 - 61 / 1440, -20), "2h", [EXPIRING]),
        "short-lived, not due": Case(certificate(1, 0.1), "2h"),
        "expired": Case(certificate(-0.01, -20), "2h", [EXPIRING]),
        "there is none yet": Case(dict.fromkeys(certificate(1, 1), "0+0x600"), "2h"),
        "two, one of them": Case(
            {**certificate(5, -20), **certificate(80, 50, "serving-cert")}, "2h", [EXPIRING]
        ),
        "renewed": Case(
            {
                key: text.replace("+0x600", f"+0x90 {90 * DAY}+0x600")
                for key, text in certificate(5, -20).items()
            },
            "2h",
        ),
        "no data": Case({}, "2h"),
    },
    "CertificateNotReady": {
        "ready": Case({READY % "True": "1+0x60", READY % "False": "0+0x60"}, "30m"),
        "not, not yet for long enough": Case({READY % "True": "0+0x60"}, "14m"),
        "not": Case({READY % "True": "0+0x60", READY % "False": "1+0x60"}, "15m", [NOT_READY]),
        "ready again": Case({READY % "True": "0+0x20 1+0x60"}, "30m"),
        "no data": Case({}, "30m"),
    },
    "ApplicationOutOfSync": {
        "synced": Case(application(), "90m"),
        "out, not yet for long enough": Case(application(sync="OutOfSync"), "59m"),
        "out": Case(application(sync="OutOfSync"), "60m", [not_synced()]),
        "unknown": Case(application(sync="Unknown"), "60m", [not_synced()]),
        "synced again": Case(
            {**application("1+0x70 stale", sync="OutOfSync"), **application("_x71 1+0x90")}, "75m"
        ),
        "another, healthy or not": Case(
            {
                **application(sync="OutOfSync"),
                **application("_x30 1+0x90", sync="OutOfSync", health="Degraded"),
            },
            "60m",
            [not_synced()],
        ),
        "of the gitops project": Case(
            application(sync="OutOfSync", name="example-root", project="example-gitops"),
            "60m",
            [not_synced("example-root")],
        ),
        "another environment's": Case(
            application(sync="OutOfSync", name="example-eu-models", project="example-eu"), "90m"
        ),
        "no data": Case({}, "90m"),
    },
    "ApplicationUnhealthy": {
        "healthy": Case(application(), "90m"),
        "still on its way": Case(application(health="Progressing"), "90m"),
        "degraded, not yet for long enough": Case(application(health="Degraded"), "59m"),
        "degraded": Case(application(health="Degraded"), "60m", [broken()]),
        "missing": Case(application(health="Missing"), "60m", [broken()]),
        "healthy again": Case(
            {**application("1+0x70 stale", health="Degraded"), **application("_x71 1+0x90")}, "75m"
        ),
        "another environment's": Case(
            application(health="Degraded", name="example-eu-models", project="example-eu"), "90m"
        ),
        "no data": Case({}, "90m"),
    },
}


@BOTH
@pytest.mark.parametrize("alert", CASES)
def test_it_fires_when_it_should(
    evaluated: Callable[[], dict[str, Body]], alert: str, tmp_path: Path
) -> None:
    rule = evaluated()[alert]
    done = judge(tmp_path, {alert: rule}, rule, CASES[alert])
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_cases() -> None:
    assert list(CASES) == list(by_prometheus())


Mutation = Callable[[Body], Body]


def expr(old: str, new: str) -> Mutation:
    return _replaced("expr", old, new)


def _replaced(key: str, old: str, new: str) -> Mutation:
    def mutate(rule: Body) -> Body:
        assert old in rule[key]
        return {**rule, key: rule[key].replace(old, new)}

    return mutate


def pending(old: str, new: str) -> Mutation:
    return _replaced("for", old, new)


def unrouted(rule: Body) -> Body:
    return {**rule, "labels": {"severity": "warning"}}


MUTATIONS: dict[str, dict[str, Mutation]] = {
    "WorkflowNotSucceeding": {
        "younger": expr(") > ", ") < "),
        "1% later": expr("> 3600", "> 3636"),
        "1% earlier": expr("> 3600", "> 3564"),
        "sooner": pending("90m", "89m"),
        "later": pending("90m", "91m"),
        "any workflow": expr(', workflow="sentiment-training"', ""),
        "by pod": expr("max(", "max by (pod) ("),
        "no run at all is fine": expr(" or vector(0)", ""),
        "forgotten sooner": expr("[60m]", "[50m]"),
    },
    "PipelineRegistrationFailed": {
        "any condition": expr(', condition="true"', ""),
        "any Job": expr('job_name="sentiment-registration", ', ""),
        "whatever it is": expr("> 0", ">= 0"),
        "at once": pending("1m", "0m"),
    },
    "PipelineRunsFailing": {
        "fewer": expr("> 100", "< 100"),
        "1% more": expr("> 100", "> 101"),
        "1% less": expr("> 100", "> 99"),
        "any team": expr('{profile="nlp"}', ""),
        "by pod": expr(" on (profile, workflow)", ""),
        "of two hours": expr("offset 1h", "offset 2h"),
        "sooner": pending("1m", "0m"),
    },
    "StreamLagging": {
        "fewer": expr("> 1000", "< 1000"),
        "1% more": expr("> 1000", "> 1010"),
        "1% less": expr("> 1000", "> 990"),
        "by partition": expr("sum(", "max("),
        "any group": expr('consumergroup="comments-processor", ', ""),
        "any cluster": expr(', strimzi_io_cluster="events"', ""),
        "sooner": pending("15m", "14m"),
        "later": pending("15m", "16m"),
    },
    "StreamDeadLetters": {
        "fewer": expr("> 100", "< 100"),
        "1% more": expr("> 100", "> 101"),
        "1% less": expr("> 100", "> 99"),
        "of one pod": expr("sum(", "max("),
        "any stream": expr(', job="nlp/comments-processor"', ""),
        "of two hours": expr("[1h]", "[2h]"),
        "ever": expr("increase(", "last_over_time("),
        "sooner": pending("1m", "0m"),
    },
    "TeamQuotaNearlyUsed": {
        "less": expr("> 0.9", "< 0.9"),
        "1% more": expr("> 0.9", "> 0.909"),
        "1% less": expr("> 0.9", "> 0.891"),
        "as much as may": expr("> 0.9", ">= 0.9"),
        "any resource": expr("by (resource) ", ""),
        "any quota": expr(', resourcequota="kf-resource-quota"', ""),
        "devices too": expr(', resource!~".+/.+"', ""),
        "sooner": pending("15m", "14m"),
        "later": pending("15m", "16m"),
    },
    "MlflowUnreachable": {
        "there": expr("== 1", "== 0"),
        "only where someone looks": expr(" == 1", ""),
        "any": expr(', job="mlflow"', ""),
        "sooner": pending("5m", "4m"),
        "later": pending("5m", "6m"),
    },
    "CertificateExpiring": {
        "later": expr("> -604800", "< -604800"),
        "1% longer": expr("> -604800", "> -610848"),
        "1% shorter": expr("> -604800", "> -598752"),
        "not due": expr("< time()", "> time()"),
        "none yet": expr(" > 0)", " >= 0)"),
        "for less long": pending("1h", "58m"),
        "any": expr("by (namespace, name) ", ""),
    },
    "CertificateNotReady": {
        "ready": expr("1 - max", "max"),
        "in any state": expr('{condition="True"}', ""),
        "whatever": expr("> 0", ">= 0"),
        "sooner": pending("15m", "14m"),
        "later": pending("15m", "16m"),
    },
    "ApplicationOutOfSync": {
        "in sync": expr("!=", "="),
        "any environment": expr('project=~"example|example-gitops", ', ""),
        "of one project": expr("|example-gitops", ""),
        "by health": expr("by (name)", "by (name, health_status)"),
        "sooner": pending("60m", "59m"),
        "later": pending("60m", "61m"),
    },
    "ApplicationUnhealthy": {
        "healthy": expr("health_status=~", "health_status!~"),
        "on its way": expr("Degraded|", "Degraded|Progressing|"),
        "not missing": expr("|Missing", ""),
        "any environment": expr('project=~"example|example-gitops", ', ""),
        "sooner": pending("60m", "59m"),
        "later": pending("60m", "61m"),
    },
}


@pytest.mark.thorough
@pytest.mark.parametrize("alert", CASES)
def test_what_is_nearly_right_fails_a_case(alert: str, tmp_path: Path) -> None:
    right = by_prometheus()[alert]
    mutants = {**MUTATIONS[alert], "unrouted": unrouted}
    done = judge(
        tmp_path, {name: each(right) for name, each in mutants.items()}, right, CASES[alert]
    )
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert [name for name in mutants if f"alertname: {name}, time" not in said] == []
