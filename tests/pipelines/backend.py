"""Kubeflow Pipelines' API server, as far as pods of teams call it: paths, parameters, answers and
refusals of v2beta1 as kfp-server-api 2.0.5 to 2.16.0 and backend/src/apiserver/server document them.
"""

from __future__ import annotations

import email
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

Body = dict[str, Any]


@dataclass
class Trouble:
    """What happens once to a request of this form: before it is acted upon, or, with `acted`, after.

    `what` is a status, `drop` for a connection that ends, `html` for what a login page says, or
    the seconds after which one ends that was silent.
    """

    request: str
    what: int | str | float
    acted: bool = False


class Refusal(Exception):  # noqa: N818  (it is the answer)
    """An answer that is none: status and body."""

    def __init__(self, status: int, body: Body) -> None:
        super().__init__(status, body)
        self.status, self.body = status, body


def _gateway(status: int, message: str) -> Refusal:
    """As the gateway of the RPCs says it."""
    return Refusal(status, {"error": message, "code": 0, "message": message, "details": []})


@dataclass
class Backend:
    """The state of one, and what it was asked. `release` is that of Kubeflow Pipelines: 2.0.5 has
    no conflict for a version that is there, and no names beside display names.
    """

    release: str = "2.16.0"
    token: str = "token-1"
    forbidden: frozenset[str] = frozenset()
    pipelines: dict[str, Body] = field(default_factory=dict)
    versions: dict[str, Body] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    experiments: dict[str, Body] = field(default_factory=dict)
    runs: dict[str, Body] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    states: list[str] = field(default_factory=lambda: ["PENDING", "RUNNING", "SUCCEEDED"])
    """What a run's state is, look after look; the last one stays."""
    error: Body | None = None
    filters: bool = True
    """Whether lists hold only what was asked for."""
    together: threading.Barrier | None = None
    """Where two requests for a version's absence wait for each other."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Body:  # noqa: PLR0911  (an answer per request)
        url = urlsplit(target)
        path = unquote(url.path).removeprefix("/apis/v2beta1")
        query = {key: value for key, [value] in parse_qs(url.query).items()}
        assert url.path.startswith("/apis/v2beta1/"), target
        self._authorize(method, path, headers)
        match method, *path.strip("/").split("/"):
            case "GET", "pipelines", "names", name:
                return self._pipeline(query["namespace"], name)
            case "POST", "pipelines":
                return self._create_pipeline(json.loads(body))
            case "POST", "pipelines", "upload_version":
                return self._upload(query, headers["Content-Type"], body)
            case "GET", "pipelines", pipeline, "versions":
                found = self._listed("pipeline_versions", self.versions, query, pipeline)
                if self.together and not found:
                    self.together.wait(10)
                return found
            case "GET", "experiments":
                return self._listed("experiments", self.experiments, query)
            case "POST", "experiments":
                return self._create_experiment(json.loads(body))
            case "GET", "runs":
                return self._listed("runs", self.runs, query)
            case "POST", "runs":
                return self._create_run(json.loads(body))
            case "POST", "runs", run if run.endswith(":terminate"):
                self.runs[run.removesuffix(":terminate")]["state"] = "CANCELING"
                return {}
            case "GET", "runs", run:
                return self._look(run)
        raise AssertionError(f"{method} {target} is not part of what the program needs")

    def _authorize(self, method: str, path: str, headers: dict[str, str]) -> None:
        if headers.get("Authorization") != f"Bearer {self.token}":
            raise _gateway(401, "Request header error: there is no user identity header.")
        if f"{method} {path.split('/')[1]}" in self.forbidden:
            raise _gateway(403, "User 'nlp' is not authorized")

    def _pipeline(self, namespace: str, name: str) -> Body:
        for each in self.pipelines.values():
            if (each["namespace"], each["display_name"]) == (namespace, name):
                return each
        raise _gateway(404, f"Failed to get a pipeline with name {name}")

    def _create_pipeline(self, wanted: Body) -> Body:
        with self.lock:
            key = (wanted["namespace"], wanted["display_name"])
            if key in {(e["namespace"], e["display_name"]) for e in self.pipelines.values()}:
                raise _gateway(409, f"The name {key[1]} already exists")
            made = {**wanted, "pipeline_id": f"p{len(self.pipelines) + 1}"}
            self.pipelines[made["pipeline_id"]] = made
            return made

    def _upload(self, query: dict[str, str], content: str, body: bytes) -> Body:
        assert query.keys() == {"name", "pipelineid"}
        parts = email.message_from_bytes(f"Content-Type: {content}\r\n\r\n".encode() + body)
        payload = parts.get_payload()
        assert isinstance(payload, list)
        [part] = payload
        assert isinstance(part, email.message.Message)
        assert part.get_param("name", header="Content-Disposition") == "uploadfile"
        assert part.get_filename() == "pipeline.yaml"  # its ending says that it is YAML
        file = part.get_payload(decode=True)
        assert isinstance(file, bytes)
        name, pipeline, made = query["name"], query["pipelineid"], Body()
        with self.lock:
            if name in {v["display_name"] for v in self.versions.values()}:
                status = 500 if self.release == "2.0.5" else 409
                raise Refusal(status, {"error_message": "Failed to create a pipeline version"})
            spec, *platform = yaml.safe_load_all(file)
            made |= {
                "pipeline_id": pipeline,
                "pipeline_version_id": f"v{len(self.versions) + 1}",
                "display_name": name,
                "pipeline_spec": {"pipeline_spec": spec, "platform_spec": platform[0]}
                if platform
                else spec,
            }
            if self.release != "2.0.5":
                made["name"] = name
            self.versions[made["pipeline_version_id"]] = made
            self.files[name] = file
            return made

    def _listed(
        self, key: str, known: dict[str, Body], query: dict[str, str], pipeline: str = ""
    ) -> Body:
        [predicate] = json.loads(query["filter"])["predicates"]
        assert (predicate["operation"], predicate["key"]) == (1, "display_name")
        found = [
            each
            for each in known.values()
            if (each["display_name"] == predicate["stringValue"] or not self.filters)
            and each.get("pipeline_id", pipeline) == (pipeline or each.get("pipeline_id", ""))
            and query.get("namespace", "nlp") == each.get("namespace", "nlp")
        ]
        if query.get("sort_by") == "created_at desc":
            found.reverse()
        return {key: found, "total_size": len(found)} if found else {}

    def _create_experiment(self, wanted: Body) -> Body:
        with self.lock:
            if wanted["display_name"] in {e["display_name"] for e in self.experiments.values()}:
                raise _gateway(409, "Already exist error")
            made = {**wanted, "experiment_id": f"e{len(self.experiments) + 1}"}
            self.experiments[made["experiment_id"]] = made
            return made

    def _create_run(self, wanted: Body) -> Body:
        assert wanted["experiment_id"] in self.experiments
        made = {**wanted, "run_id": f"r{len(self.runs) + 1}", "state": "PENDING"}
        self.runs[made["run_id"]] = made
        return made

    def _look(self, run: str) -> Body:
        known = self.runs[run]
        known["state"] = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {**known, **({"error": self.error} if self.error else {})}


@contextmanager
def serving(backend: Backend) -> Iterator[str]:
    """Its address, while it is needed."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            request = f"{self.command} {urlsplit(self.path).path.removeprefix('/apis/v2beta1')}"
            backend.requests.append(request)
            backend.headers.append(dict(self.headers))
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            trouble = next((t for t in backend.troubles if t.request in (request, "*")), None)
            if trouble:
                backend.troubles.remove(trouble)
                if not trouble.acted:
                    return self._fail(trouble.what)
            try:
                status, answer = (
                    200,
                    backend.answer(self.command, self.path, dict(self.headers), body),
                )
            except Refusal as refusal:
                status, answer = refusal.status, refusal.body
            if trouble:
                return self._fail(trouble.what)
            return self._send(status, json.dumps(answer).encode())

        def _fail(self, what: str | float) -> None:
            if isinstance(what, float):
                time.sleep(what)  # whoever asked has given up
            if isinstance(what, float) or what == "drop":
                self.close_connection = True
                return
            if what == "html":
                self._send(200, b"<html>log in</html>")
                return
            assert isinstance(what, int)
            self._send(what, json.dumps({"message": "trouble"}).encode())

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self._do()

        def do_POST(self) -> None:
            self._do()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
