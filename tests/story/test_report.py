"""The page that tells a run, as far as it can be told without a browser."""

from __future__ import annotations

import re
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html import unescape
from pathlib import Path
from random import Random

import pytest

from story.pictures import PICTURES, drawn
from story.report import report, verdict
from story.timeline import Check, Commit, Event, Step, Told, saved
from tests.story.told import told

HOSTILE = "<script>alert('&amp;')</script>"
ESCAPED = "&lt;script&gt;alert(&#39;&amp;amp;&#39;)&lt;/script&gt;"


def read(html: str) -> str:
    """What is there to read, without the pictures."""
    html = re.sub(r"(?s)<head>.*?</head>|<svg.*?</svg>", " ", html)
    html = re.sub(r'role="img" aria-label="(\w+)">', r">\1 ", html)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def element(page: str, name: str, attribute: str = "") -> str:
    """The first element of this name that has the attribute."""
    found = re.search(rf"(?s)<{name}\b[^>]*{attribute}.*?</{name}>", page)
    assert found, (name, attribute)
    return found[0]


def one(*commits: Commit, checks: tuple[Check, ...] = (), failure: str = "") -> Told:
    """A run of one step."""
    step = Step("Alone", "Nothing else.", 0, 60, list(checks), list(commits), failure=failure)
    return Told(1, False, {}, [step])


def new_lines(number: int, line: str = "x") -> Commit:
    """A commit of so many new lines."""
    head = ("diff --git a/f b/f", "--- /dev/null", "+++ b/f", "@@ -0,0 @@")
    diff = "\n".join([*head, *[f"+{line}"] * number])
    return Commit(1, "0123456789abcdef", "Nadia", "Add lines", ("f",), diff)


def test_the_head_says_whether_everything_held() -> None:
    page = report(told())
    assert "<title>A model’s life: 27 checks, all passed</title>" in page
    assert "What did not hold" not in page
    assert read(element(page, "header")) == (
        "A model’s life on real servers ✓ 27 checks, all passed "
        "From comments in Kafka to a model in production, its rollback and its retraining: what "
        "happened in one run, what was checked, and every commit. "
        "Length 14 min 35 s Steps 9 Checks 27 Commits 9 Seed 7 "
        "Argo CD 3.2.1 Kubernetes API server 1.34.2 Kafka 4.1.1 MLflow 3.17.2 MLServer 1.7.1 "
        "Prometheus 3.8.0 Alertmanager 0.30.0"
    )


def test_a_calm_run_says_so() -> None:
    calm = replace(told(), calm=True)
    assert "It was a calm run: nothing was made slow, and nothing shifted." in read(report(calm))


def test_a_step_with_its_checks_events_and_commits() -> None:
    assert read(element(report(told()), "article", 'id="step-5"')) == (
        "5 The canary becomes slow 4:51–6:42, 1 min 51 s "
        "Version 2 is made to take 900 ms an answer. The alert fires, and the change is taken back. "
        "passed ✓ the alert of latency fires after 38 s "
        "passed ✓ Alertmanager notifies the team nlp, 1 notification "
        "passed ✓ all traffic is back on version 1 100 % "
        "passed ✓ the alert is resolved after 65 s "
        "Events 4:53 fault every answer of version 2 takes 900 ms "
        "5:31 alert fires SentimentLatencyHigh in prod: p95 of canary is 948 ms "
        "6:36 alert resolved SentimentLatencyHigh in prod "
        '1 commit Revert "Try sentiment version 2 in prod" '
        f"{told().steps[4].commits[0].hash[:10]} by Nadia Lindqvist at 5:45 "
        "environments/prod.yaml dist/prod/models/nlp/SeldonDeployment-sentiment.yaml "
        "Diff: 2 lines added , 10 removed "
        "diff --git a/environments/prod.yaml b/environments/prod.yaml "
        "--- a/environments/prod.yaml +++ b/environments/prod.yaml "
        "@@ -2,8 +2,7 @@ - name: sentiment team: nlp variants: "
        "- - {name: stable, version: 1, traffic: 90} "
        "- - {name: canary, version: 2, traffic: 10} "
        "+ - {name: stable, version: 1, traffic: 100} "
        "replicas: 2 objectives: latency: {p95: 500ms} "
        "diff --git a/dist/prod/models/nlp/SeldonDeployment-sentiment.yaml "
        "b/dist/prod/models/nlp/SeldonDeployment-sentiment.yaml "
        "--- a/dist/prod/models/nlp/SeldonDeployment-sentiment.yaml "
        "+++ b/dist/prod/models/nlp/SeldonDeployment-sentiment.yaml "
        "@@ -9,16 +9,9 @@ protocol: v2 predictors: - name: stable "
        "- traffic: 90 + traffic: 100 "
        "graph: name: classifier implementation: MLFLOW_SERVER modelUri: s3://models/sentiment/1 "
        "envSecretRefName: sentiment-artifacts "
        "- - name: canary - traffic: 10 - graph: - name: classifier "
        "- implementation: MLFLOW_SERVER - modelUri: s3://models/sentiment/2 "
        "- envSecretRefName: sentiment-artifacts"
    )


def test_lines_of_a_diff_are_told_apart() -> None:
    page = report(told())
    assert (
        '<span class="place">@@ -2,7 +2,8 @@</span>'
        '<span class="same">   - name: sentiment\n     team: nlp\n     variants:</span>'
        "<del>-      - {name: stable, version: 1, traffic: 100}</del>"
        "<ins>+      - {name: stable, version: 1, traffic: 90}\n"
        "+      - {name: canary, version: 2, traffic: 10}</ins>"
    ) in page


def test_lines_that_look_like_the_head_of_a_file() -> None:
    page = report(one(new_lines(1, "++ b/g")))
    assert "<ins>+++ b/g</ins>" in page
    assert '<span class="file">diff --git a/f b/f\n--- /dev/null\n+++ b/f</span>' in page
    assert "1 line added" in read(page)


def test_the_strip_leads_to_the_steps_and_is_as_long_as_they_are() -> None:
    page = report(told())
    strip = element(page, "ol", 'class="strip"')
    assert re.findall('href="(.*?)"', strip) == [f"#step-{number}" for number in range(1, 10)]
    assert ".strip li:nth-child(4) { flex-grow: 86.4 }" in page


def test_alerts_have_letters_and_steps() -> None:
    page = report(told())
    assert re.findall(r"([abcd]: alert \w+) \w+ in prod.*? \( ?(step \d) ?\)", read(page)) == [
        ("a: alert fires", "step 5"),
        ("b: alert resolved", "step 5"),
        ("c: alert fires", "step 7"),
        ("d: alert resolved", "step 8"),
    ]


def test_what_stood_in_for_something_else() -> None:
    table = element(report(told()), "table")
    assert read(table).startswith(
        "Instead of stood because KServe and Knative a proxy of a hundred lines"
    )
    assert "What stood in" not in report(replace(told(), stand_ins=[]))


def test_a_failed_check_is_shown_and_counted() -> None:
    run = told()
    checks = run.steps[4].checks
    checks[2] = replace(checks[2], passed=False, found="90 % after 60 s")
    page = report(run)
    failed = element(page, "section", 'class="failed"')
    assert read(failed) == (
        "What did not hold 5. The canary becomes slow "
        "failed ✗ all traffic is back on version 1 90 % after 60 s"
    )
    assert "✗ 1 of 27 checks failed From" in read(page)
    assert page.count('<a href="#step-5" class="bad">') == 1
    assert "failed ✗ all traffic" in read(element(page, "article", 'id="step-5"'))


def test_several_lines_stay_lines() -> None:
    run = told()
    run.steps[4].checks[2] = replace(run.steps[4].checks[2], found="LIMIT  OUTCOME\n5%     passed")
    assert '<span class="found lines">LIMIT  OUTCOME\n5%     passed</span>' in report(run)


def test_a_failed_step_is_shown() -> None:
    run = told()
    del run.steps[7:]
    run.steps[6].failure = "TimeoutError: sentiment/3 is not registered"
    page = report(run)
    said = "It could not go on. TimeoutError: sentiment/3 is not registered"
    assert said in read(element(page, "section", 'class="failed"'))
    assert said in read(element(page, "article", 'id="step-7"'))
    assert "✗ 22 checks, all passed, but step 7 could not go on From" in read(page)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (one(checks=(Check(1, "a", True, ""),)), "1 check, all passed"),
        (one(checks=(Check(1, "a", False, ""),)), "1 of 1 check failed"),
        (one(failure="no"), "0 checks, all passed, but step 1 could not go on"),
        (
            one(checks=(Check(1, "a", False, ""), Check(1, "b", True, "")), failure="no"),
            "1 of 2 checks failed, and step 1 could not go on",
        ),
        (Told(1, False, {}), "nothing was run"),
    ],
)
def test_verdicts(run: Told, said: str) -> None:
    assert verdict(run) == said
    assert said in read(report(run))


def test_a_long_diff_is_cut() -> None:
    page = report(one(new_lines(500)))
    assert "500 lines added" in read(page)
    assert "304 further lines left out" in read(page)
    assert page.count("+x") == 196
    assert "left out" not in report(one(new_lines(196)))
    assert "1 further line left out" in read(report(one(new_lines(197))))


def test_a_wide_diff_is_cut() -> None:
    page = report(one(new_lines(20, 1000 * "x")))
    assert "9 further lines left out" in read(page)


def test_many_files_are_folded_away() -> None:
    files = tuple(f"f{number}" for number in range(13))
    many = replace(new_lines(1), files=files)
    assert '<details><summary>13 files</summary>      <ul class="files">' in report(one(many))
    assert "<summary>12 files" not in report(one(replace(many, files=files[:12])))


def test_what_others_write_is_text() -> None:
    commit = Commit(1, HOSTILE, HOSTILE, f"{HOSTILE}\n\n{HOSTILE}", (HOSTILE,), f"+{HOSTILE}")
    step = Step(HOSTILE, HOSTILE, 0, 60, [Check(1, HOSTILE, False, HOSTILE)], [commit])
    step.events.append(Event(1, "alert fires", HOSTILE))
    step.failure = HOSTILE
    line = f'{HOSTILE} style="color: red" $x$ -->'
    series = {HOSTILE: {line: [(0.0, 1.0), (9.0, 2.0)]}}
    page = report(Told(1, False, {HOSTILE: HOSTILE}, [step], series))
    assert "<script" not in page
    assert page.count(ESCAPED) > 15
    assert 'style="color: red" $x$ --' in page  # in the picture, as it stands
    assert len(re.findall(r"<[^<>]* style=", page)) == 0


def test_the_same_run_gives_the_same_bytes() -> None:
    first, second = report(told()), report(told())
    assert first == second


def test_names_on_the_page_are_unique() -> None:
    run = told()
    run.series |= {"other": run.series["latency"], "Other": run.series["latency"]}
    page = report(run)
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids)) > 30
    assert set(re.findall(r"url\(#([^)]*)\)", page)) <= set(ids)


def test_every_picture_is_told_in_words() -> None:
    accuracy, latency, traffic = drawn(told())
    assert [accuracy.title, latency.title, traffic.title] == [
        picture.title for picture in PICTURES.values()
    ]
    assert latency.words == (
        "stable from 3:10 to 14:34: between 90\xa0ms and 186\xa0ms, at last 128\xa0ms.",
        "canary from 3:56 to 12:26: between 96\xa0ms and 966\xa0ms, at last 122\xa0ms.",
        "The objective is 500\xa0ms.",
    )
    assert ">objective: 500\xa0ms</text>" in latency.drawings[0].svg
    assert "objective" not in accuracy.drawings[0].svg + traffic.drawings[0].svg
    assert "version 3 from 11:18 to 14:34: between 10\xa0% and 100\xa0%" in traffic.words[2]


def test_pictures_are_in_the_same_order_whatever_was_measured_first() -> None:
    run = told()
    backwards = dict(reversed({**run.series, "lag": {"topic": [(0.0, 1.0), (9.0, 2.0)]}}.items()))
    titles = [each.title for each in drawn(replace(run, series=backwards))]
    assert titles == [*(picture.title for picture in PICTURES.values()), "Lag"]


def test_a_steady_line_is_told_in_words() -> None:
    run = replace(told(), series={"accuracy": {"version 1": [(0.0, 0.9), (60.0, 0.9)]}})
    assert drawn(run)[0].words == ("version 1 from 0:00 to 1:00: 90\xa0% throughout.",)


def test_a_picture_of_nothing_is_left_out() -> None:
    run = told()
    run.series["accuracy"] = {"version 1": []}
    run.series["traffic"] = {}
    assert [each.title for each in drawn(run)] == [PICTURES["latency"].title]
    assert "What was measured" not in report(replace(run, series={}))


def test_a_picture_of_one_point() -> None:
    for name in ("accuracy", "traffic", "latency", "lag"):
        (picture,) = drawn(replace(told(), series={name: {"one": [(1.0, 0.0)]}}))
        assert "one from 0:01 to 0:01" in picture.words[0]


def test_a_line_pauses_where_nothing_was_measured() -> None:
    """It goes on where a figure only stays as it was."""

    def starts(points: list[tuple[float, float]]) -> int:
        run = replace(told(), series={"lag": {"topic": points}})
        (path,) = re.findall('d="([^"]*)"[^>]*stroke-width: 1.8', drawn(run)[0].drawings[0].svg)
        return str(path).count("M")

    early = [(float(time), time % 3) for time in range(20)]
    late = [(float(time), time % 3) for time in range(200, 220)]
    assert starts([*early, *late]) == 2
    assert starts([*early, (199.0, early[-1][1]), *late]) == 1


def test_the_page_asks_for_nothing_and_allows_only_its_style() -> None:
    page = report(told())
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in unescape(page)
    assert not re.search(r"(?:src|href)=\"(?!#)|url\((?!#)|@import|<script", page)
    assert set(re.findall(r"https?://[^\"\s<]*", page)) == set()
    assert set(re.findall(r"var\((--[\w-]+)\)", style)) <= set(re.findall(r"(--[\w-]+):", style))


def test_a_long_run_is_still_a_small_page() -> None:
    run = told()
    for step in run.steps:
        step.commits = [
            new_lines(400, "key: a value that is about so long, as most of them are")
        ] * 3
    random = Random(7)
    for name in ("accuracy", "latency"):
        run.series[name] = {
            line: [(float(time), random.random()) for time in range(874)] for line in "abcd"
        }
    assert len(report(run).encode()) < 600_000


def test_the_page_of_a_saved_run(tmp_path: Path) -> None:
    timeline, page = tmp_path / "timeline.json", tmp_path / "made" / "report.html"
    timeline.write_bytes(saved(told()))
    subprocess.run([sys.executable, "-m", "story.report", timeline, page], check=True)
    assert page.read_text() == report(told())
    assert [each.name for each in page.parent.iterdir()] == ["report.html"]
