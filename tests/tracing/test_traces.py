"""What Seldon's executor sends as a SeldonDeployment tells it to, in Jaeger as it is configured: the
real Jaeger and its real client, as `make test-tracing` builds them.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from synth.config.observability import Traces
from tests.events.programs import program
from tests.servers import HOST, Server, free_ports, wait_for
from tests.serving.seldon import deployment
from tests.tracing.examples import STORE, configuration

pytestmark = pytest.mark.tracing


@contextmanager
def jaeger(folder: Path) -> Iterator[tuple[int, str]]:
    """A running Jaeger with the configuration of the collector, on ports that are free here: the port
    of its agent, and the address of its user interface.
    """
    config = configuration()
    agent, query, *others = free_ports(6)
    receivers, extensions = config["receivers"], config["extensions"]
    protocols = receivers["otlp"]["protocols"]
    for place, port in (
        (receivers["jaeger"]["protocols"]["thrift_compact"], agent),
        (extensions["jaeger_query"]["http"], query),
        (extensions["jaeger_query"]["grpc"], others[0]),
        (protocols["grpc"], others[1]),
        (protocols["http"], others[2]),
    ):
        place["endpoint"] = f"{HOST}:{port}"
    [reader] = config["service"]["telemetry"]["metrics"]["readers"]
    reader["pull"]["exporter"]["prometheus"] |= {"host": HOST, "port": others[3]}
    path = folder / "jaeger.json"
    path.write_text(json.dumps(config))
    server = Server("jaeger", [program("jaeger"), "--config", path], folder, {})
    try:
        wait_for("Jaeger", lambda: server.listens(query))
        yield agent, f"http://{HOST}:{query}"
    finally:
        server.stop()


def send(service: str, traces: Traces) -> None:
    """A request to an executor that is told where its traces go as the predictor says."""
    [predictor] = deployment(traces=traces)["spec"]["predictors"]
    said = {each["name"]: each["value"] for each in predictor["svcOrchSpec"]["env"]}
    assert said["TRACING"] == "1"
    subprocess.run([program("jaeger-client"), service], env={**os.environ, **said}, check=True)


def services(address: str) -> list[str]:
    with urlopen(f"{address}/api/services", timeout=10) as response:
        found: Mapping[str, Any] = json.load(response)
    return [each for each in found["data"] or [] if each != "jaeger"]


def test_what_an_executor_sends_is_there(tmp_path: Path) -> None:
    with jaeger(tmp_path) as (port, address):
        send("never", Traces(HOST, port, "0%"))
        send("always", Traces(HOST, port, "100%"))
        wait_for("the trace", lambda: bool(services(address)))
        assert services(address) == ["always"]
        with urlopen(f"{address}/api/traces?service=always", timeout=10) as response:
            [trace] = json.load(response)["data"]
        assert [span["operationName"] for span in trace["spans"]] == ["predictions"]


@pytest.mark.parametrize("store", [None, STORE])
def test_jaeger_takes_every_configuration(tmp_path: Path, store: Any) -> None:
    assert _validated(tmp_path, configuration(store)) == ""


def test_jaeger_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    config = configuration(STORE)
    backend = config["extensions"]["jaeger_storage"]["backends"]["traces"]["elasticsearch"]
    backend["indices"]["spans"] = {"shard": 1}
    assert "has invalid keys: shard" in _validated(tmp_path, config)


def _validated(folder: Path, config: Any) -> str:
    """What `jaeger validate` says against a configuration."""
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    done = subprocess.run(
        [program("jaeger"), "validate", "--config", path],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr
