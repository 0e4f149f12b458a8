"""Registers pipelines with Kubeflow Pipelines, and runs them, over its HTTP API (v2beta1).

Runs in a pod of a team's namespace, as a ServiceAccount whose token has the audience
pipelines.kubeflow.org, and needs nothing but Python. Every command looks before it acts, so that it
can be started again at any time, and twice at once. No user's header is ever sent: the mesh lets
pods of users through only without it.

Source: kubeflow/pipelines backend/api/v2beta1 (pipeline.proto, experiment.proto, run.proto,
filter.proto) and the clients made of it, kfp-server-api 2.0.5 to 2.16.0;
backend/src/apiserver/server/pipeline_upload_server.go.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

HOST = "http://ml-pipeline.kubeflow.svc.cluster.local:8888"
TOKEN = "/var/run/secrets/kubeflow/pipelines/token"  # noqa: S105  (a path)
BASE = "/apis/v2beta1"
LONGEST_WAIT = 30.0
"""Seconds between two tries at most."""
ENDED_BADLY = frozenset({"FAILED", "CANCELED", "SKIPPED"})

_JSON: Mapping[str, tuple[type, ...]] = {
    "NUMBER_INTEGER": (int,),
    "NUMBER_DOUBLE": (int, float),
    "BOOLEAN": (bool,),
    "LIST": (list,),
    "STRUCT": (dict,),
}
"""What a parameter's value has to be, by its type."""

Answer = dict[str, Any]
_Result = TypeVar("_Result")


class Refused(Exception):  # noqa: N818  (what the server did)
    """It will not get better by itself."""


class Absent(Refused):
    """The server has no such thing."""


class Unready(Exception):  # noqa: N818
    """It may be better in a moment: to be tried again from the beginning."""


class Api:
    """The API server at `host`; `token` is the file with the ServiceAccount's token, which is
    replaced now and then; `timeout` is in seconds, for each answer.
    """

    def __init__(self, host: str, token: str, timeout: float) -> None:
        self.host, self.token, self.timeout = host.rstrip("/"), Path(token), timeout
        # Inside the cluster: a proxy for the world outside is no way there.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, path: str, **query: str | int) -> Answer:
        """What is there. Raises Absent."""
        return self._ask("GET", path, query, None, "")

    def post(self, path: str, body: Any) -> Answer:
        """What was made of JSON."""
        return self._ask("POST", path, {}, json.dumps(body).encode(), "application/json")

    def upload(self, path: str, file: bytes, **query: str | int) -> Answer:
        """What was made of a file, as a browser's form would send it."""
        boundary = uuid.uuid4().hex
        head = (
            f"--{boundary}\r\n"
            'Content-Disposition: form-data; name="uploadfile"; filename="pipeline.yaml"\r\n'
            "Content-Type: application/yaml\r\n\r\n"
        )
        body = head.encode() + file + f"\r\n--{boundary}--\r\n".encode()
        return self._ask("POST", path, query, body, f"multipart/form-data; boundary={boundary}")

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int],
        body: bytes | None,
        content: str,
    ) -> Answer:
        what = f"{method} {path}"
        url = f"{self.host}{BASE}{path}"
        if query:
            url += f"?{urllib.parse.urlencode(query)}"
        headers = {"Authorization": f"Bearer {self._bearer()}", "Accept": "application/json"}
        if content:
            headers["Content-Type"] = content
        request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310
        try:
            with self._opener.open(request, timeout=self.timeout) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(what, error.code, _said(error)) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise Unready(f"{what}: {self.host} does not answer: {reason}") from None
        try:
            made = json.loads(text or b"{}")
        except ValueError:
            made = None
        if not isinstance(made, dict):
            raise Unready(f"{what}: the answer is no JSON object: {text[:200]!r}")
        return made

    def _bearer(self) -> str:
        try:
            return self.token.read_text().strip()
        except OSError as error:
            raise Refused(f"{self.token}: the token cannot be read: {error.strerror}") from None


def _said(error: urllib.error.HTTPError) -> str:
    """The message in an error's body: the gateway's, the upload's, or the text as it is."""
    try:
        text = error.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return ""
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    if isinstance(body, dict):
        told = [body.get(key) for key in ("error_message", "message", "error", "error_details")]
        text = next((str(each) for each in told if each), text)
    return " ".join(text.split())[:500]


def _refusal(what: str, status: int, said: str) -> Exception:
    message = f"{what}: {status}" + (f": {said}" if said else "")
    if status == http.HTTPStatus.UNAUTHORIZED:
        return Refused(
            f"{message} (the token is not taken: is its audience pipelines.kubeflow.org?)"
        )
    if status == http.HTTPStatus.FORBIDDEN:
        return Refused(f"{message} (does the ServiceAccount's Role permit it?)")
    if status == http.HTTPStatus.NOT_FOUND:
        return Absent(message)
    # Two at once: whoever comes second finds what the first one made.
    if status in (http.HTTPStatus.CONFLICT, http.HTTPStatus.TOO_MANY_REQUESTS) or status >= 500:
        return Unready(message)
    return Refused(message)


def patiently(work: Callable[[], _Result], seconds: float) -> _Result:
    """What `work` comes to, tried again while the server is not ready, for so many seconds."""
    end = time.monotonic() + seconds
    wait = 1.0
    while True:
        try:
            return work()
        except Unready as error:
            if time.monotonic() + wait > end:
                raise Refused(f"{error} (given up after {seconds:.0f} s)") from None
            say(f"{error}; again in {wait:.0f} s")
        time.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)


def say(text: str) -> None:
    """A line of the log, at once."""
    print(text, file=sys.stderr, flush=True)


def _called(name: str) -> str:
    """The filter for what is called so, as the SDK writes it."""
    predicate = {"operation": 1, "key": "display_name", "stringValue": name}
    return json.dumps({"predicates": [predicate]})


def _id(answer: Answer, key: str) -> str:
    if not answer.get(key):
        raise Unready(f"the answer has no {key}")
    return str(answer[key])


def _first(items: list[Answer] | None, name: str) -> Answer | None:
    return next((each for each in items or () if each.get("display_name") == name), None)


def find_pipeline(api: Api, namespace: str, name: str) -> str | None:
    """The id of the pipeline; None where there is none."""
    try:
        answer = api.get(f"/pipelines/names/{urllib.parse.quote(name)}", namespace=namespace)
    except Absent:
        return None
    return _id(answer, "pipeline_id")


def find_version(api: Api, pipeline: str, version: str) -> Answer | None:
    """The version of the pipeline with this id; None where there is none."""
    path = f"/pipelines/{urllib.parse.quote(pipeline)}/versions"
    answer = api.get(path, page_size=100, filter=_called(version))
    return _first(answer.get("pipeline_versions"), version)


def register(
    api: Api, namespace: str, name: str, version: str, file: bytes, description: str
) -> None:
    """The pipeline has this version afterwards; what is there already stays as it is."""
    pipeline = find_pipeline(api, namespace, name)
    if pipeline is None:
        wanted = {"display_name": name, "description": description, "namespace": namespace}
        pipeline = _id(api.post("/pipelines", wanted), "pipeline_id")
        say(f"pipeline {name} is made: {pipeline}")
    if find_version(api, pipeline, version):
        say(f"version {version} is there already")
        return
    api.upload("/pipelines/upload_version", file, name=version, pipelineid=pipeline)
    say(f"version {version} is uploaded")


def typed(declared: Answer, name: str, text: str) -> Any:
    """A run's parameter as the pipeline declares it. Raises Refused."""
    if name not in declared:
        there = ", ".join(sorted(declared)) or "none"
        raise Refused(f"the pipeline has no parameter {name!r} (there: {there})")
    kind = str(declared[name].get("parameterType"))
    if kind == "STRING":
        return text
    expected = _JSON.get(kind, (object,))
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, expected) or (kind != "BOOLEAN" and isinstance(value, bool)):
        raise Refused(f"the parameter {name} is {text!r}, and the pipeline wants a {kind}")
    return value


def _declared(version: Answer) -> Answer:
    """The parameters of a version's pipeline, by name."""
    spec: Answer = version.get("pipeline_spec") or {}
    spec = spec.get("pipeline_spec", spec)  # beside a platform_spec
    found: Answer = spec.get("root", {}).get("inputDefinitions", {}).get("parameters", {})
    return found


def experiment_of(api: Api, namespace: str, name: str) -> str:
    """The id of the experiment, which is made where there is none."""
    answer = api.get("/experiments", namespace=namespace, page_size=100, filter=_called(name))
    found = _first(answer.get("experiments"), name)
    made = found or api.post("/experiments", {"display_name": name, "namespace": namespace})
    return _id(made, "experiment_id")


def start(api: Api, options: argparse.Namespace) -> str:
    """The id of the run, which is started unless one of its name is under way or has succeeded."""
    pipeline = find_pipeline(api, options.namespace, options.pipeline)
    version = find_version(api, pipeline, options.version) if pipeline else None
    if pipeline is None or version is None:
        raise Refused(
            f"pipeline {options.pipeline} in {options.namespace} has no version {options.version}: "
            "its registration was lost; sync the Application that registers it"
        )
    declared = _declared(version)
    parameters = {name: typed(declared, name, text) for name, text in options.parameter}
    experiment = experiment_of(api, options.namespace, options.experiment or options.pipeline)
    answer = api.get(
        "/runs",
        namespace=options.namespace,
        experiment_id=experiment,
        page_size=100,
        sort_by="created_at desc",
        filter=_called(options.run),
    )
    run = _first(answer.get("runs"), options.run)
    if run is None or run.get("state") in ENDED_BADLY:
        version_id = _id(version, "pipeline_version_id")
        reference = {"pipeline_id": pipeline, "pipeline_version_id": version_id}
        wanted = {
            "display_name": options.run,
            "experiment_id": experiment,
            "pipeline_version_reference": reference,
            "runtime_config": {"parameters": parameters},
        }
        if options.service_account:
            wanted["service_account"] = options.service_account
        run = api.post("/runs", wanted)
        say(f"run {options.run} of {options.version} is started: {_id(run, 'run_id')}")
    else:
        say(f"run {options.run} is there already: {_id(run, 'run_id')}")
    return _id(run, "run_id")


def wait_for(api: Api, run: str, end: float, interval: float) -> Answer:
    """The run once it has ended; one that has not by `end` (of the monotonic clock) is told to
    stop, and Refused is raised.
    """
    path = f"/runs/{urllib.parse.quote(run)}"
    while time.monotonic() < end:
        answer = patiently(lambda: api.get(path), max(end - time.monotonic(), 0))
        if answer.get("state") == "SUCCEEDED" or answer.get("state") in ENDED_BADLY:
            return answer
        time.sleep(max(min(interval, end - time.monotonic()), 0))
    try:
        api.post(f"{path}:terminate", {})
        told = "it is told to stop"
    except (Refused, Unready) as error:
        told = f"it could not be told to stop: {error}"
    raise Refused(f"run {run} has not ended in time: {told}")


def submit(api: Api, options: argparse.Namespace) -> None:
    """Runs exactly this version, and returns once the run has succeeded. Raises Refused."""
    end = time.monotonic() + options.deadline
    run = patiently(lambda: start(api, options), options.deadline)
    _write(options.run_id_file, run)
    _write(options.state_file, "RUNNING")
    answer = wait_for(api, run, end, options.interval)
    state = str(answer["state"])
    _write(options.state_file, state)
    if state != "SUCCEEDED":
        errors = [answer.get("error"), *(e.get("error") for e in answer.get("state_history") or ())]
        why = next((each["message"] for each in errors if each and each.get("message")), "")
        raise Refused(f"run {run} of {options.version} has ended as {state}" + (why and f": {why}"))
    say(f"run {run} has succeeded")


def _write(path: str | None, text: str) -> None:
    if path:
        Path(path).write_text(text)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=value")
    return name, value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pipelines")
    commands = parser.add_subparsers(dest="command", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--host", default=HOST)
    common.add_argument("--token", default=TOKEN)
    common.add_argument("--timeout", type=float, default=60, help="seconds for one answer")
    common.add_argument("--namespace", required=True)
    common.add_argument("--pipeline", required=True)
    common.add_argument("--version", required=True)

    each = commands.add_parser("register", parents=[common], help="upload a version if it is new")
    each.add_argument("--file", required=True, help="the compiled pipeline")
    each.add_argument("--description", default="")
    each.add_argument("--deadline", type=float, default=300, help="seconds for everything")

    each = commands.add_parser("submit", parents=[common], help="run a version and wait for it")
    each.add_argument("--run", required=True, help="the run's name; the same again adopts it")
    each.add_argument("--experiment", help="called like the pipeline where it is not said")
    each.add_argument("--parameter", type=_pair, action="append", default=[], metavar="NAME=VALUE")
    each.add_argument("--service-account")
    each.add_argument("--deadline", type=float, default=3600, help="seconds for everything")
    each.add_argument("--interval", type=float, default=15, help="seconds between two looks")
    each.add_argument("--run-id-file")
    each.add_argument("--state-file")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 done, 1 refused or failed, 2 called in a wrong way."""
    options = _parser().parse_args(arguments)
    api = Api(options.host, options.token, options.timeout)
    try:
        if options.command == "register":
            file = Path(options.file).read_bytes()
            given = (options.namespace, options.pipeline, options.version, file)
            patiently(lambda: register(api, *given, options.description), options.deadline)
        else:
            submit(api, options)
    except Refused as error:
        say(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
