"""What `observability.notifications:` may say, and what it is told otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.config.load import Loaded, load
from synth.rules.findings import Finding
from synth.rules.notifications import check_notifications
from tests.config import written

START = """\
name: dev
cluster: {server: https://kubernetes.default.svc, kubernetes: "1.26"}
gitops: {repoURL: https://git.example.com/ml/platform.git}
"""
NLP = "teams: [{name: nlp, owner: nlp-lead@example.com}]\n"
TOLD = "teams: [{name: nlp, owner: nlp-lead@example.com, contactPoint: hook}]\n"
MODEL = """\
models:
  - name: sentiment
    team: nlp
    variants: [{name: stable, version: 7, artifact: "s3://models/7", traffic: 100}]
    objectives: {errors: 1%}
"""
POINTS = """\
observability:
  notifications:
    contactPoints:
      - {name: hook, webhook: {url: "https://example.com/alerts"}}
"""
KEY = "observability.notifications"


def loaded(folder: Path, text: str) -> Loaded:
    return written.loaded(folder, START + text)


def mistakes(folder: Path, text: str) -> list[str]:
    said = written.mistakes(folder, START + text)
    return [line.removeprefix("environments/dev.yaml:") for line in said]


def found(folder: Path, text: str) -> list[Finding]:
    return list(check_notifications(loaded(folder, text).environment))


def test_every_mistake_is_told_in_one_go(tmp_path: Path) -> None:
    text = """\
observability:
  notifications:
    via: mail
    contactPoints:
      - {name: Slack, slack: {channel: "", url: "https://hooks.slack.com/x"}}
      - {name: mail, email: {to: [nlp, "a@b.c, d@e.f"], from: alerts, smarthost: smtp.example.com}}
      - {name: hook, webhook: {url: "https://user:password@example.com"}}
    routes:
      - {contactPoint: hooks, team: ads, severity: fatal, labels: {team: nlp, my-label: x, model: ""}}
      - {contactPoint: hook, groupBy: [a b], groupWait: 0s, repeatInterval: 1m1h, muteTimes: [nights]}
    muteTimes:
      - {name: night, weekdays: [Monday], times: [{from: "7:00", to: "25:00"}]}
    groupBy: []
"""
    assert mistakes(tmp_path, text) == [
        "6:5: observability.notifications.via: must be 'alertmanager', 'grafana' or 'elsewhere', not 'mail'",
        "8:10: observability.notifications.contactPoints.Slack.name: 'Slack' is not a Kubernetes name: lower-case letters, digits and '-', a letter or digit at both ends, at most 63 characters",
        "8:31: observability.notifications.contactPoints.Slack.slack.channel: string should have at least 1 character",
        "8:44: observability.notifications.contactPoints.Slack.slack.url: must be a map, not 'https://hooks.slack.com/x'",
        "9:35: observability.notifications.contactPoints.mail.email.to[0]: 'nlp' is not an e-mail address",
        "9:40: observability.notifications.contactPoints.mail.email.to[1]: 'a@b.c, d@e.f' is not an e-mail address",
        "9:57: observability.notifications.contactPoints.mail.email.from: 'alerts' is not an e-mail address",
        "9:71: observability.notifications.contactPoints.mail.email.smarthost: 'smtp.example.com' is not a mail server such as smtp.example.com:587",
        "10:32: observability.notifications.contactPoints.hook.webhook.url: 'https://user:password@example.com' is not an address such as https://example.com/alerts; what proves who calls belongs into token",
        "12:10: observability.notifications.routes[0].contactPoint: 'hooks' is not in observability.notifications.contactPoints (there: Slack, hook, mail)",
        "12:31: observability.notifications.routes[0].team: 'ads' is not in teams (there: none)",
        "12:42: observability.notifications.routes[0].severity: must be 'critical', 'warning' or 'info', not 'fatal'",
        "12:68: observability.notifications.routes[0].labels.team: team is a key of the route itself: write it beside labels",
        "12:79: observability.notifications.routes[0].labels.my-label: 'my-label' is not a label of an alert such as model or alertname",
        "12:92: observability.notifications.routes[0].labels.model: string should have at least 1 character",
        "13:40: observability.notifications.routes[1].groupBy[0]: 'a b' is not a label of an alert such as model or alertname",
        "13:46: observability.notifications.routes[1].groupWait: 0s must be longer than nothing, the largest unit first: 1h30m",
        "13:61: observability.notifications.routes[1].repeatInterval: 1m1h must be longer than nothing, the largest unit first: 1h30m",
        "13:95: observability.notifications.routes[1].muteTimes[0]: 'nights' is not in observability.notifications.muteTimes (there: night)",
        "15:34: observability.notifications.muteTimes.night.weekdays[0]: must be 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday' or 'sunday', not 'Monday'",
        "15:52: observability.notifications.muteTimes.night.times[0].from: '7:00' is not a time of day from 00:00 to 24:00",
        "15:66: observability.notifications.muteTimes.night.times[0].to: '25:00' is not a time of day from 00:00 to 24:00",
        "16:5: observability.notifications.groupBy: must have 1 or more entries, not 0",
    ]


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ("{name: nlp}", ": tells nobody: write slack, pagerduty, email or webhook"),
        (
            "{name: nlp, email: {to: [a@b.c], from: a@b.c, smarthost: 'm:25', username: a}}",
            ".email: username and password go together: write both or none",
        ),
    ],
)
def test_a_contact_point_that_could_tell_nobody(tmp_path: Path, point: str, said: str) -> None:
    text = f"observability:\n  notifications:\n    contactPoints: [{point}]\n"
    [mistake] = mistakes(tmp_path, text)
    assert mistake.partition(" ")[2] == f"{KEY}.contactPoints.nlp{said}"


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("{name: never}", "never: never ends: write weekdays or times"),
        (
            "{name: night, times: [{from: '22:00', to: '06:00'}]}",
            "night.times[0]: ends at 06:00 before it begins: split what goes past midnight, "
            "{from: '22:00', to: '24:00'} and {from: '00:00', to: '06:00'}",
        ),
    ],
)
def test_a_mute_time_that_is_none(tmp_path: Path, time: str, said: str) -> None:
    [mistake] = mistakes(tmp_path, f"{POINTS}    muteTimes: [{time}]\n")
    assert mistake.partition(" ")[2] == f"{KEY}.muteTimes.{said}"


def test_a_team_s_contact_point_that_is_not_there(tmp_path: Path) -> None:
    assert mistakes(tmp_path, TOLD) == [
        "4:50: teams.nlp.contactPoint: 'hook' is not in observability.notifications.contactPoints (there: none)"
    ]


def test_routes_without_anybody_to_tell(tmp_path: Path) -> None:
    text = "observability: {notifications: {contactPoints: []}}\n"
    assert mistakes(tmp_path, text) == [
        "4:17: observability.notifications: tells nobody: write contactPoints, or via: elsewhere where somebody else configures Alertmanager or Grafana"
    ]


@pytest.mark.parametrize("grafana", ["{}", "{instanceSelector: {a: b}, provisioning: {}}"])
def test_a_grafana_is_told_in_one_way(tmp_path: Path, grafana: str) -> None:
    assert mistakes(tmp_path, f"observability: {{grafana: {grafana}}}\n") == [
        "4:17: observability.grafana: write one of the two: instanceSelector for Grafana's operator, provisioning for a Grafana that reads files"
    ]


def test_contact_points_of_a_base_are_there_too(tmp_path: Path) -> None:
    environments = tmp_path / "environments"
    environments.mkdir()
    (environments / "base.yaml").write_text(POINTS)
    (environments / "dev.yaml").write_text(f"extends: base\n{START}{TOLD}")
    environment = load(environments, {})["dev"].environment
    assert environment.teams[0].contact_point == "hook"


@pytest.mark.parametrize(
    "text",
    [
        "",
        NLP + MODEL + POINTS + "    contactPoint: hook\n",
        NLP + MODEL + POINTS + "    routes: [{contactPoint: hook, team: nlp}]\n",
        NLP + MODEL + POINTS + "    routes: [{contactPoint: hook, severity: warning}]\n",
        NLP + MODEL + POINTS + "    routes: [{contactPoint: hook, labels: {model: sentiment}}]\n",
        TOLD + MODEL + POINTS,
        NLP + MODEL + "observability: {notifications: {via: elsewhere}}\n",
        "observability: {platform: {}, notifications: {via: elsewhere}}\n",
        POINTS + "    contactPoint: hook\n  platform: {}\n",
        POINTS + "    routes: [{contactPoint: hook, severity: warning}]\n  platform: {}\n",
        NLP + MODEL.replace("    objectives: {errors: 1%}\n", "") + POINTS,
        NLP + MODEL.replace("    objectives: {errors: 1%}\n", "") + "observability: {}\n",
    ],
)
def test_nothing_is_said_where_somebody_is_told_or_nothing_is_promised(
    tmp_path: Path, text: str
) -> None:
    assert found(tmp_path, text) == []


@pytest.mark.parametrize("text", [MODEL + "observability: {}\n", "observability: {platform: {}}\n"])
def test_alerts_that_nothing_here_tells_anybody_of(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, NLP + text) == [
        Finding(
            "NT001",
            "warning",
            "observability",
            "nobody is told of alerts: add notifications, with via: elsewhere where somebody else "
            "configures Alertmanager or Grafana",
        )
    ]


@pytest.mark.parametrize(
    "routes",
    [
        "",
        "    routes: [{contactPoint: hook, severity: critical}]\n",
        "    routes: [{contactPoint: hook, team: nlp, labels: {model: topics}}]\n",
    ],
)
def test_an_alert_that_no_route_takes(tmp_path: Path, routes: str) -> None:
    assert found(tmp_path, NLP + MODEL + POINTS + routes) == [
        Finding(
            "NT005",
            "warning",
            "models.sentiment.objectives",
            "nobody is told when they are missed (severity warning, team nlp, model sentiment): "
            "give team nlp a contactPoint, or observability.notifications a route or a contactPoint",
        )
    ]


@pytest.mark.parametrize(
    "routes", ["", "    routes: [{contactPoint: hook, labels: {component: mlflow}}]\n"]
)
def test_an_alert_on_the_platform_that_no_route_takes(tmp_path: Path, routes: str) -> None:
    text = POINTS.replace("observability:\n", "observability:\n  platform: {}\n") + routes
    assert found(tmp_path, text) == [
        Finding(
            "NT005",
            "warning",
            "observability.platform",
            "nobody is told of alerts on the platform, but for those that a route names: give "
            "observability.notifications a contactPoint",
        )
    ]


@pytest.mark.parametrize(
    ("routes", "key"),
    [
        ("[{contactPoint: hook}, {contactPoint: hook, severity: info}]", f"{KEY}.routes.1"),
        (
            "[{contactPoint: hook, team: nlp}, {contactPoint: hook, team: nlp, severity: info}]",
            f"{KEY}.routes.1",
        ),
        (
            "[{contactPoint: hook, severity: critical}, {contactPoint: hook, severity: warning}, "
            "{contactPoint: hook, severity: info}, {contactPoint: hook, labels: {a: b}}]",
            f"{KEY}.routes.3",
        ),
    ],
)
def test_a_route_that_takes_nothing(tmp_path: Path, routes: str, key: str) -> None:
    whole = loaded(tmp_path, f"{NLP}{POINTS}    routes: {routes}\n")
    [finding] = check_notifications(whole.environment)
    assert finding == Finding(
        "NT004",
        "error",
        key,
        "never tells anybody, since routes before it take all of its alerts: put it before them, "
        "give them continue, or take it out",
    )
    assert whole.mark(*key.split(".")).line == 9


def test_a_team_s_contact_point_that_takes_nothing(tmp_path: Path) -> None:
    routes = "    routes: [{contactPoint: hook, team: nlp}]\n"
    [finding] = found(tmp_path, TOLD + POINTS + routes)
    assert (finding.code, finding.key) == ("NT004", "teams.nlp.contactPoint")


def test_a_route_after_one_that_continues_is_asked(tmp_path: Path) -> None:
    routes = "[{contactPoint: hook, continue: true}, {contactPoint: hook, severity: info}]"
    assert found(tmp_path, f"{POINTS}    routes: {routes}\n") == []
