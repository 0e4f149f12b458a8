"""The program that registers and runs pipelines, against an API server as it is documented."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.programs import kubeflow_pipelines, pipelines_program
from tests.pipelines.backend import Backend, Trouble, serving

VERSION = "sentiment-0123456789ab"
IR = """\
pipelineInfo: {name: sentiment}
root:
  inputDefinitions:
    parameters:
      days: {parameterType: NUMBER_INTEGER}
      rate: {parameterType: NUMBER_DOUBLE, defaultValue: 0.5}
      topic: {parameterType: STRING}
      full: {parameterType: BOOLEAN}
      grid: {parameterType: LIST}
      options: {parameterType: STRUCT}
schemaVersion: 2.1.0
"""


@contextmanager
def clock(
    sleep: Callable[[float], None], monotonic: Callable[[], float] = time.monotonic
) -> Iterator[None]:
    """The program's clock, and nobody else's."""
    own = SimpleNamespace(sleep=sleep, monotonic=monotonic)
    with patch.object(kubeflow_pipelines, "time", own):
        yield


@contextmanager
def instant() -> Iterator[list[float]]:
    """The waits between tries, none of which takes time."""
    waits: list[float] = []
    with clock(waits.append):
        yield waits


class Caller:
    """Calls the program as a pod would."""

    def __init__(self, backend: Backend, host: str, folder: Path) -> None:
        self.backend, self.host, self.folder = backend, host, folder
        self.token = folder / "token"
        self.token.write_text("token-1\n")
        (folder / "pipeline.yaml").write_text(IR)

    def arguments(self, command: str, *more: str) -> list[str]:
        return [
            command,
            f"--host={self.host}",
            f"--token={self.token}",
            "--namespace=nlp",
            "--pipeline=sentiment",
            f"--version={VERSION}",
            *more,
        ]

    def register(self, *more: str) -> int:
        file = f"--file={self.folder / 'pipeline.yaml'}"
        return kubeflow_pipelines.main(self.arguments("register", file, *more))

    def submit(self, *more: str) -> int:
        files = [f"--{name}-file={self.folder / name}" for name in ("run-id", "state")]
        return kubeflow_pipelines.main(self.arguments("submit", "--run=hourly-1", *files, *more))

    def written(self) -> tuple[str, str]:
        run, state = ((self.folder / name).read_text() for name in ("run-id", "state"))
        return run, state


@contextmanager
def calling(backend: Backend) -> Iterator[Caller]:
    with tempfile.TemporaryDirectory() as folder, serving(backend) as host:
        yield Caller(backend, host, Path(folder))


@pytest.fixture
def caller() -> Iterator[Caller]:
    with calling(Backend()) as it:
        yield it


def registered(backend: Backend) -> tuple[list[str], list[str]]:
    """The names of pipelines and versions."""
    return (
        [each["display_name"] for each in backend.pipelines.values()],
        [each["display_name"] for each in backend.versions.values()],
    )


ONCE = (["sentiment"], [VERSION])


def test_a_version_is_uploaded_once(caller: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    assert caller.register("--description=What people say") == 0
    assert caller.backend.pipelines["p1"] == {
        "pipeline_id": "p1",
        "display_name": "sentiment",
        "description": "What people say",
        "namespace": "nlp",
    }
    assert caller.backend.files == {VERSION: IR.encode()}
    assert capsys.readouterr().err == (
        f"pipeline sentiment is made: p1\nversion {VERSION} is uploaded\n"
    )
    caller.backend.requests.clear()
    assert caller.register() == 0
    assert caller.backend.requests == [
        "GET /pipelines/names/sentiment",
        "GET /pipelines/p1/versions",
    ]
    assert capsys.readouterr().err == f"version {VERSION} is there already\n"


def test_a_pipeline_of_the_same_name_gets_the_version(caller: Caller) -> None:
    for name, namespace in (("p7", "vision"), ("p8", "nlp")):
        caller.backend.pipelines[name] = {
            "pipeline_id": name,
            "display_name": "sentiment",
            "namespace": namespace,
        }
    caller.backend.versions["v9"] = {
        "pipeline_id": "p8",
        "pipeline_version_id": "v9",
        "display_name": "sentiment",
    }
    assert caller.register() == 0
    assert caller.backend.versions["v2"]["pipeline_id"] == "p8"
    assert len(caller.backend.pipelines) == 2


REQUESTS = (
    "GET /pipelines/names/sentiment",
    "POST /pipelines",
    "GET /pipelines/p1/versions",
    "POST /pipelines/upload_version",
)


@pytest.mark.parametrize("release", ["2.0.5", "2.16.0"])
@pytest.mark.parametrize("acted", [False, True])
@pytest.mark.parametrize("what", ["drop", "html", 429, 500, 503])
@pytest.mark.parametrize("request_", REQUESTS)
def test_one_failure_anywhere_leaves_one_registration(
    request_: str, what: int | str, acted: bool, release: str
) -> None:
    troubles = [Trouble(request_, what, acted)]
    with calling(Backend(release, troubles=troubles)) as caller, instant() as waits:
        assert caller.register() == 0
        assert registered(caller.backend) == ONCE
        assert (waits, troubles) == ([1.0], [])


TROUBLE = st.builds(
    Trouble,
    st.sampled_from(REQUESTS),
    st.sampled_from(["drop", "html", 429, 500, 503]),
    st.booleans(),
)


@settings(max_examples=40)
@given(st.lists(TROUBLE, max_size=6), st.sampled_from(["2.0.5", "2.16.0"]))
def test_any_failures_leave_one_registration(troubles: list[Trouble], release: str) -> None:
    with calling(Backend(release, troubles=list(troubles))) as caller, instant():
        assert caller.register() == 0
        assert registered(caller.backend) == ONCE


@pytest.mark.parametrize("release", ["2.0.5", "2.16.0"])
def test_two_jobs_at_once_register_once(release: str) -> None:
    backend = Backend(release, together=threading.Barrier(2))
    with calling(backend) as caller, instant():
        codes: list[int] = []
        jobs = [threading.Thread(target=lambda: codes.append(caller.register())) for _ in range(2)]
        for job in jobs:
            job.start()
        # Both have seen that there is no version; then nobody waits any more.
        for job in jobs:
            job.join(20)
    assert codes == [0, 0]
    assert registered(backend) == ONCE
    assert backend.requests.count("POST /pipelines/upload_version") == 2


def test_a_slow_answer_is_not_waited_for_forever(caller: Caller) -> None:
    caller.backend.troubles.append(Trouble("POST /pipelines/upload_version", 5.0, acted=True))
    began = time.monotonic()
    with instant() as waits:
        assert caller.register("--timeout=0.3") == 0
    assert time.monotonic() - began < 4
    assert registered(caller.backend) == ONCE
    assert waits == [1.0]


def test_waits_grow_and_end(caller: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    caller.backend.troubles += [Trouble("*", 503) for _ in range(100)]
    ticks = iter(range(0, 10_000, 40))
    waits: list[float] = []
    with clock(waits.append, lambda: float(next(ticks))):
        assert caller.register("--deadline=300") == 1
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    said = "GET /pipelines/names/sentiment: 503: trouble"
    *again, last = capsys.readouterr().err.splitlines()
    assert again == [f"{said}; again in {wait:.0f} s" for wait in waits]
    assert last == f"error: {said} (given up after 300 s)"


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (
            Trouble("*", 401),
            "GET /pipelines/names/sentiment: 401: trouble (the token is not taken: "
            "is its audience pipelines.kubeflow.org?)",
        ),
        (
            Trouble("POST /pipelines", 403),
            "POST /pipelines: 403: trouble (does the ServiceAccount's Role permit it?)",
        ),
        (
            Trouble("POST /pipelines/upload_version", 400),
            "POST /pipelines/upload_version: 400: trouble",
        ),
    ],
)
def test_what_is_refused_is_not_tried_again(
    caller: Caller, capsys: pytest.CaptureFixture[str], trouble: Trouble, said: str
) -> None:
    caller.backend.troubles.append(trouble)
    with instant() as waits:
        assert caller.register() == 1
    assert waits == []
    assert capsys.readouterr().err.splitlines()[-1] == f"error: {said}"


def test_the_token_is_read_each_time_and_no_user_is_named(caller: Caller) -> None:
    caller.backend.troubles.append(Trouble("GET /pipelines/p1/versions", 503))

    def rotated(_: float) -> None:
        caller.backend.token = "token-2"
        caller.token.write_text("token-2")

    with clock(rotated):
        assert caller.register() == 0
    sent = [each["Authorization"] for each in caller.backend.headers]
    assert sent == ["Bearer token-1"] * 3 + ["Bearer token-2"] * 3
    assert not any("userid" in name.lower() for each in caller.backend.headers for name in each)


def test_without_a_token_it_says_so(caller: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    caller.token.unlink()
    assert caller.register() == 1
    assert capsys.readouterr().err == (
        f"error: {caller.token}: the token cannot be read: No such file or directory\n"
    )


def test_a_run_of_exactly_this_version(caller: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    caller.register()
    caller.backend.versions["v0"] = {  # somebody's own, and newer
        "pipeline_id": "p1",
        "pipeline_version_id": "v0",
        "display_name": "tried by hand",
    }
    given = {
        "days": "7", "rate": "1", "topic": "007", "full": "true",
        "grid": "[1, 2]", "options": '{"a": 1}',
    }  # fmt: skip
    more = [f"--parameter={name}={value}" for name, value in given.items()]
    with instant() as waits:
        assert caller.submit("--service-account=trainer", "--interval=9", *more) == 0
    assert caller.backend.runs == {
        "r1": {
            "run_id": "r1",
            "display_name": "hourly-1",
            "experiment_id": "e1",
            "pipeline_version_reference": {"pipeline_id": "p1", "pipeline_version_id": "v1"},
            "runtime_config": {
                "parameters": {
                    "days": 7, "rate": 1, "topic": "007", "full": True,
                    "grid": [1, 2], "options": {"a": 1},
                }
            },
            "service_account": "trainer",
            "state": "SUCCEEDED",
        }
    }  # fmt: skip
    assert caller.backend.experiments == {
        "e1": {"experiment_id": "e1", "display_name": "sentiment", "namespace": "nlp"}
    }
    assert caller.written() == ("r1", "SUCCEEDED")
    assert waits == [9.0, 9.0]
    assert capsys.readouterr().err.splitlines()[-2:] == [
        f"run hourly-1 of {VERSION} is started: r1",
        "run r1 has succeeded",
    ]


def test_names_count_where_a_list_holds_more(caller: Caller) -> None:
    caller.backend.filters = False
    caller.backend.experiments["e0"] = {
        "experiment_id": "e0",
        "display_name": "Default",
        "namespace": "nlp",
    }
    caller.backend.pipelines["p0"] = {
        "pipeline_id": "p0",
        "display_name": "sentiment",
        "namespace": "nlp",
    }
    caller.backend.versions["v0"] = {
        "pipeline_id": "p0",
        "pipeline_version_id": "v0",
        "display_name": "sentiment-ba9876543210",
    }
    assert caller.register() == 0
    with instant():
        assert caller.submit() == 0
    [run] = caller.backend.runs.values()
    assert run["pipeline_version_reference"]["pipeline_version_id"] == "v2"
    assert run["experiment_id"] == "e2"


def test_parameters_of_a_version_with_a_platform_are_typed_too(caller: Caller) -> None:
    file = caller.folder / "pipeline.yaml"
    file.write_text(f"{IR}---\nplatforms: {{kubernetes: {{}}}}\n")
    caller.register()
    with instant():
        assert caller.submit("--parameter=days=7") == 0
    assert caller.backend.runs["r1"]["runtime_config"] == {"parameters": {"days": 7}}


@pytest.mark.parametrize("there", ["nothing", "the pipeline", "another version"])
def test_a_registration_that_was_lost(
    caller: Caller, capsys: pytest.CaptureFixture[str], there: str
) -> None:
    if there != "nothing":
        caller.register()
        version = caller.backend.versions.pop("v1")
        if there == "another version":
            caller.backend.versions["v1"] = {**version, "display_name": "sentiment-ba9876543210"}
    capsys.readouterr()
    assert caller.submit() == 1
    assert capsys.readouterr().err == (
        f"error: pipeline sentiment in nlp has no version {VERSION}: "
        "its registration was lost; sync the Application that registers it\n"
    )
    assert caller.backend.runs == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            "day=1",
            "the pipeline has no parameter 'day' (there: days, full, grid, options, rate, topic)",
        ),
        ("days=soon", "the parameter days is 'soon', and the pipeline wants a NUMBER_INTEGER"),
        ("days=1.5", "the parameter days is '1.5', and the pipeline wants a NUMBER_INTEGER"),
        ("days=true", "the parameter days is 'true', and the pipeline wants a NUMBER_INTEGER"),
        ("full=1", "the parameter full is '1', and the pipeline wants a BOOLEAN"),
        ("grid={}", "the parameter grid is '{}', and the pipeline wants a LIST"),
    ],
)
def test_parameters_that_the_pipeline_does_not_take(
    caller: Caller, capsys: pytest.CaptureFixture[str], given: str, said: str
) -> None:
    caller.register()
    capsys.readouterr()
    assert caller.submit(f"--parameter={given}") == 1
    assert capsys.readouterr().err == f"error: {said}\n"
    assert caller.backend.runs == {}


@pytest.mark.parametrize("state", ["FAILED", "CANCELED", "SKIPPED"])
def test_a_run_that_ends_badly(
    caller: Caller, capsys: pytest.CaptureFixture[str], state: str
) -> None:
    caller.register()
    caller.backend.states = ["RUNNING", state]
    caller.backend.error = {"code": 13, "message": "the step train has failed"}
    with instant():
        assert caller.submit() == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"error: run r1 of {VERSION} has ended as {state}: the step train has failed"
    )
    assert caller.written() == ("r1", state)
    # Another try of the step is another run.
    caller.backend.states = ["SUCCEEDED"]
    with instant():
        assert caller.submit() == 0
        assert caller.written() == ("r2", "SUCCEEDED")
        assert caller.submit() == 0
    assert caller.written() == ("r2", "SUCCEEDED")
    assert list(caller.backend.runs) == ["r1", "r2"]


@pytest.mark.parametrize("acted", [False, True])
@pytest.mark.parametrize("what", ["drop", "html", 503])
@pytest.mark.parametrize("request_", ["POST /experiments", "POST /runs", "GET /runs/r1"])
def test_one_failure_anywhere_leaves_one_run(
    caller: Caller, request_: str, what: int | str, acted: bool
) -> None:
    caller.register()
    caller.backend.troubles.append(Trouble(request_, what, acted))
    with instant():
        assert caller.submit() == 0
    assert len(caller.backend.runs) == len(caller.backend.experiments) == 1
    assert caller.written() == ("r1", "SUCCEEDED")


def test_a_step_that_starts_again_finds_its_run(
    caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    caller.register()
    with instant():
        assert caller.submit() == 0
        caller.backend.runs["r1"]["state"] = "RUNNING"
        capsys.readouterr()
        assert caller.submit() == 0
    assert list(caller.backend.runs) == ["r1"]
    assert capsys.readouterr().err == "run hourly-1 is there already: r1\nrun r1 has succeeded\n"


@pytest.mark.parametrize(
    ("forbidden", "told"),
    [
        (frozenset(), "it is told to stop"),
        (
            frozenset({"POST runs"}),
            "it could not be told to stop: POST /runs/r1:terminate: 403: "
            "User 'nlp' is not authorized (does the ServiceAccount's Role permit it?)",
        ),
    ],
)
def test_a_run_that_takes_too_long_is_told_to_stop(
    caller: Caller, capsys: pytest.CaptureFixture[str], forbidden: frozenset[str], told: str
) -> None:
    caller.register()
    caller.backend.states = ["RUNNING"]

    def asleep(seconds: float) -> None:
        caller.backend.forbidden = forbidden
        time.sleep(seconds)

    with clock(asleep):
        assert caller.submit("--deadline=0.5", "--interval=0.1") == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"error: run r1 has not ended in time: {told}"
    )
    ended = "RUNNING" if forbidden else "CANCELING"
    assert caller.backend.runs["r1"]["state"] == ended
    assert caller.written() == ("r1", "RUNNING")


def test_it_is_called_with_names_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        kubeflow_pipelines.main(["submit", "--parameter=days"])
    assert ended.value.code == 2
    assert "argument --parameter: 'days' is not of the form name=value" in capsys.readouterr().err


def test_it_needs_nothing_but_python(caller: Caller, tmp_path: Path) -> None:
    program = tmp_path / "pipelines.py"
    program.write_text(pipelines_program())
    file = f"--file={caller.folder / 'pipeline.yaml'}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", program, *caller.arguments("register", file)],
        cwd=tmp_path,
        env={"http_proxy": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, f"version {VERSION} is uploaded")
    assert registered(caller.backend) == ONCE


def test_argo_s_templates_find_nothing_in_it() -> None:
    assert "{{" not in pipelines_program()
