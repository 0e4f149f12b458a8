"""What the steps decide, without a broker and a registry."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.entities import Metric, Run, RunData, RunInfo, RunTag
from sentiment.comments import Comment, UnreadableError, parsed, read, write
from sentiment.fetch import decoded, encoded
from sentiment.gate import Gate, Known
from sentiment.generated import BEST, DRIFT, NEGATED, ONE_WORD, comments
from sentiment.kafka import Span, TopicError
from sentiment.notify import Outcome, outcome, post
from sentiment.preprocess import PARTS, Counts, TooLittleError, part_of, preprocess
from sentiment.settings import Settings
from sentiment.tracking import KUBEFLOW_RUN, TrackingError, kubeflow_run, tags

from tests.servers import HOST

RUN = "0b2b7a55-5e8d-4a0a-9d3b-6d7c3f2f9f10"


@given(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip))
def test_a_comment_has_one_encoding(identity: str, text: str) -> None:
    comment = parsed(json.dumps({"label": 1, "text": text, "id": identity, "more": 2}).encode())
    assert comment == Comment(identity, text, "1")
    assert parsed(comment.encoded) == comment
    assert comment.encoded.count(b"\n") == 1


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (None, "there is no value"),
        (b"\xff", "the value is no JSON"),
        (b"1", "the value is no JSON object"),
        (b'{"text": "good"}', "there is no id"),
        (b'{"id": true, "text": "good"}', "there is no id"),
        (b'{"id": 1, "text": " "}', "there is no text"),
        (b'{"id": 1, "text": 2}', "there is no text"),
        (b'{"id": 1, "text": "good", "label": ["x"]}', "there is no label"),
        (b'{"id": 1, "text": "\\ud800"}', "there is half a character in it"),
    ],
)
def test_what_is_no_comment(record: bytes | None, reason: str) -> None:
    with pytest.raises(UnreadableError) as error:
        parsed(record)
    assert str(error.value) == reason


spans = st.dictionaries(
    st.integers(0, 99),
    st.tuples(st.integers(0, 10**12), st.integers(0, 10**6)).map(lambda it: Span(it[0], sum(it))),
    min_size=1,
)


@given(spans)
def test_offsets_are_read_as_they_were_written(known: dict[int, Span]) -> None:
    assert decoded(encoded(known)) == known


@pytest.mark.parametrize(
    "text", ["0-100", "[]", "{}", '{"0": 1}', '{"0": [5, 1]}', '{"x": [0, 1]}']
)
def test_what_are_no_offsets(text: str) -> None:
    with pytest.raises(TopicError) as error:
        decoded(text)
    assert str(error.value) == (
        f'{text!r} are no offsets: {{"0": [0, 100]}} is partition 0, up to and without 100'
    )


def divided(folder: Path, everything: list[Comment], least: int = 1) -> tuple[Counts, list[Path]]:
    paths = [folder / name for name, _ in PARTS]
    write(folder / "comments", everything)
    counts = preprocess(
        folder / "comments", seed=7, least=least,
        train=paths[0], validation=paths[1], held_out=paths[2],
    )  # fmt: skip
    return counts, paths


def generated(count: int) -> list[Comment]:
    return [parsed(each) for each in comments(count, 1)]


def test_comments_are_divided_and_none_is_in_two_parts(tmp_path: Path) -> None:
    everything = generated(2000)
    unlabelled = Comment("new", "good")
    counts, paths = divided(tmp_path, [everything[3], *everything, unlabelled])
    assert (counts.unlabelled, counts.repeated) == (1, 1)
    parts = [list(read(path)) for path in paths]
    assert [len(part) for part in parts] == [counts.train, counts.validation, counts.held_out]
    assert sorted(each.id for part in parts for each in part) == sorted(it.id for it in everything)
    sizes = Counter(part_of(str(number), 7) for number in range(20_000))
    assert {name: size / 20_000 for name, size in sizes.items()} == pytest.approx(
        dict(PARTS), abs=0.01
    )


def test_what_was_held_out_stays_held_out(tmp_path: Path) -> None:
    everything = generated(2000)
    _, few = divided(tmp_path, everything[:500])
    before = {each.id for each in read(few[2])}
    _, many = divided(tmp_path, list(reversed(everything)))
    assert before == {each.id for each in read(many[2])} & {it.id for it in everything[:500]}
    assert {part_of(each, 7) for each in before} == {"held_out"}
    assert {part_of(each, 8) for each in before} != {"held_out"}


def test_the_later_of_two_comments_with_one_id_counts(tmp_path: Path) -> None:
    everything = generated(200)
    changed = [Comment(each.id, each.text, "positive") for each in everything[:20]]
    _, paths = divided(tmp_path, everything + changed)
    found = {each.id: each.label for path in paths for each in read(path)}
    assert {found[each.id] for each in changed} == {"positive"}


def test_too_few_comments(tmp_path: Path) -> None:
    with pytest.raises(TooLittleError) as error:
        divided(tmp_path, [*generated(20), Comment("new", "good")], least=21)
    assert str(error.value) == (
        "20 comments have a label, and 21 are needed: wait for more of them, or fetch from the beginning"
    )


def test_a_label_that_nothing_is_trained_with(tmp_path: Path) -> None:
    held_out = next(n for n in range(1000) if part_of(f"odd-{n}", 7) == "held_out")
    with pytest.raises(TooLittleError) as error:
        divided(tmp_path, [*generated(300), Comment(f"odd-{held_out}", "hm", "mixed")])
    assert str(error.value).endswith(
        "two at least are needed, and only those that are trained with (negative, positive)"
    )
    assert str(error.value).startswith("labels of the part held_out: 1 mixed, ")


def test_one_label_is_none(tmp_path: Path) -> None:
    alike = [Comment(each.id, each.text, "positive") for each in generated(100)]
    with pytest.raises(
        TooLittleError, match=r"^labels of the part train: \d+ positive; two at least"
    ):
        divided(tmp_path, alike)


def test_settings_are_read() -> None:
    assert Settings.parsed({"words": 2.0, "strength": 10}) == Settings(2, 10.0)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"words": 2}, "settings are words and strength, not words"),
        (
            {"words": 2, "strength": 1, "C": 1},
            "settings are words and strength, not C, strength, words",
        ),
        ({"words": 4, "strength": 1}, "words is 4, must be 1, 2 or 3"),
        ({"words": True, "strength": 1}, "words is True, must be 1, 2 or 3"),
        ({"words": 1, "strength": "1"}, "strength is '1', must be a number above 0"),
        ({"words": 1, "strength": 0}, "strength is 0, must be a number above 0"),
    ],
)
def test_what_are_no_settings(said: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError) as error:
        Settings.parsed(said)
    assert str(error.value) == message


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_model_that_is_registered_is_good_enough(
    accuracy: float, before: float, least: float, drop: float
) -> None:
    objections = Gate(least, drop).objections(accuracy, Known(3, before))
    assert (not objections) == (accuracy >= least and accuracy >= before - drop)
    assert bool(Gate(least, drop).objections(accuracy, None)) == (accuracy < least)


def test_objections_say_what_is_wrong() -> None:
    assert Gate(0.85, 0.02).objections(0.8, Known(3, 0.9)) == [
        "its accuracy is 0.8000, must be at least 0.85",
        "its accuracy is 0.8000, and version 3 has 0.9000 on the same comments: it may be 0.02 lower "
        "at most",
    ]
    with pytest.raises(ValueError) as error:
        Gate(85, 0.02)
    assert str(error.value) == "the least is 85, must be within 0-1"


def test_the_run_of_the_pipeline_is_known_from_either(monkeypatch: pytest.MonkeyPatch) -> None:
    uri = f"minio://mlpipeline/v2/artifacts/sentiment/{RUN}/train/metrics"
    assert kubeflow_run("given", uri) == "given"
    assert kubeflow_run("{{$.pipeline_job_uuid}}", uri) == RUN
    later = f"{RUN}/train/4f8a1f0e-0000-4000-8000-000000000000"
    assert kubeflow_run("{{$.x}}", f"s3://b/sentiment/{later}/metrics") == RUN
    with pytest.raises(TrackingError) as error:
        kubeflow_run("{{$.x}}", "/tmp/train/metrics")
    assert str(error.value) == "/tmp/train/metrics does not say which run of the pipeline it is of"
    origin = {"topic": "comments", "offsets": "{}", "sha256": "ab", "comments": 3.0}
    known = {KUBEFLOW_RUN: RUN, "data.topic": "comments", "data.offsets": "{}", "data.sha256": "ab"}
    monkeypatch.delenv("SOURCE_COMMIT", raising=False)
    assert tags(RUN, origin) == known
    monkeypatch.setenv("SOURCE_COMMIT", "c" * 40)
    assert tags(RUN, origin) == {**known, "mlflow.source.git.commit": "c" * 40}


def chosen(said: str | None, accuracy: float | None) -> Run:
    info = RunInfo("run", "1", "me", "FINISHED", 0, 0, "active")
    metrics = [] if accuracy is None else [Metric("accuracy", accuracy, 0, 0)]
    outcomes = [] if said is None else [RunTag("sentiment.outcome", said)]
    return Run(info, RunData(metrics=metrics, tags=outcomes))


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (None, ("failed", "m: failed: it ended before a model was chosen", None, None)),
        (
            chosen(None, None),
            (
                "failed",
                "m: failed: it ended before its model was judged and registered",
                "run",
                None,
            ),
        ),
        (
            chosen("refused: its accuracy is 0.5", 0.5),
            ("refused", "m: refused: its accuracy is 0.5", "run", 0.5),
        ),
        (
            chosen("registered: version 3 of m", 0.9),
            ("registered", "m: registered: version 3 of m", "run", 0.9),
        ),
    ],
)
def test_what_people_are_told(
    run: Run | None, expected: tuple[str, str, str | None, float | None]
) -> None:
    it = outcome("m", RUN, run)
    assert (it.state, it.text, it.mlflow_run, it.accuracy) == expected
    assert (it.model, it.kubeflow_run) == ("m", RUN)


@contextmanager
def receiver(status: int) -> Iterator[tuple[str, list[bytes]]]:
    """The address of somebody who answers with a status, and what was posted there."""
    got: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/json"
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    server = HTTPServer((HOST, 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}/", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_outcome_is_posted() -> None:
    it = Outcome("m", "registered", "m: registered: version 3 of m", RUN, "run", 0.9)
    with receiver(200) as (address, got):
        post(address, it)
    assert [json.loads(each) for each in got] == [
        {
            "model": "m",
            "state": "registered",
            "text": "m: registered: version 3 of m",
            "kubeflow_run": RUN,
            "mlflow_run": "run",
            "accuracy": 0.9,
        }
    ]
    with receiver(500) as (address, _), pytest.raises(OSError, match="500"):
        post(address, it)


def test_generated_comments_have_the_structure_that_they_say() -> None:
    count = 8000
    known = list(comments(count, 1))
    assert known == list(comments(count, 1))
    assert known != list(comments(count, 2))
    everything = [json.loads(each) for each in known]
    assert len({each["id"] for each in everything}) == count
    negated = sum("not" in each["text"].split() for each in everything)
    assert negated / count == pytest.approx(NEGATED, abs=0.02)
    assert accuracy(everything, knowing=("good", "bad"), negation=True) == pytest.approx(
        BEST, abs=0.02
    )
    one_word = accuracy(everything, knowing=("good", "bad"), negation=False)
    assert one_word == pytest.approx(ONE_WORD, abs=0.03)
    drifted = [json.loads(each) for each in comments(count, 1, drifted=True)]
    new = sum(bool({"fire", "cringe"} & set(each["text"].split())) for each in drifted)
    # A comment has two to four of ten words of one side.
    assert new / count == pytest.approx(DRIFT * 0.3, abs=0.02)
    assert set(Counter(each["label"] for each in drifted)) == {"positive", "negative"}


def accuracy(
    everything: list[dict[str, str]], *, knowing: tuple[str, str], negation: bool
) -> float:
    """Of somebody who knows a word of each side, where one of them is said."""
    right = told = 0
    for each in everything:
        words = each["text"].split()
        said = [word in words for word in knowing]
        if any(said):
            turned = negation and "not" in words
            told += 1
            right += ("positive" if said[0] != turned else "negative") == each["label"]
    return right / told
