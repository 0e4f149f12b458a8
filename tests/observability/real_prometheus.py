"""A real Prometheus that is configured by a PodMonitor and a PrometheusRule, as the operator would do
it; only times are shorter.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from synth.kit.objects import Body
from tests.conftest import alone
from tests.servers import HOST, Server, free_ports, wait_for

SHORTER = 60
"""Every duration of a rule is divided by this: minutes become seconds, and nothing else changes."""
_DURATIONS = re.compile(r"(?<=\[)\d+[smhd](?=\])|(?<=\boffset )\d+[smhd]\b")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def program() -> Path:
    """Debian's Prometheus, from PATH or unpacked once without root; skips the test elsewhere."""
    if there := shutil.which("prometheus"):
        return Path(there)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kfsynth-alerts"
    kept = cache / "prometheus"
    cache.mkdir(parents=True, exist_ok=True)
    with alone(cache, kept.name):
        if not kept.exists():
            _unpack(kept)
    return kept


def _unpack(kept: Path) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        pytest.skip("no prometheus on PATH, and no Debian to have its package from")
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        subprocess.run(["apt-get", "download", "prometheus"], cwd=folder, check=True)
        [package] = Path(folder).glob("prometheus_*.deb")
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
        (Path(folder) / "usr/bin/prometheus").rename(kept)


def shortened(rule: Body) -> list[Body]:
    """The groups of a PrometheusRule with every duration divided by SHORTER."""

    def shorter(text: str) -> str:
        seconds = int(text[:-1]) * _SECONDS[text[-1]]
        assert seconds * 1000 % SHORTER == 0
        return f"{seconds * 1000 // SHORTER}ms"

    def short(each: Body) -> Body:
        expr = _DURATIONS.sub(lambda found: shorter(found[0]), each["expr"])
        wait = {"for": shorter(each["for"])} if "for" in each else {}
        return {**each, "expr": expr, **wait}

    return [
        {**group, "interval": shorter(group["interval"]), "rules": [*map(short, group["rules"])]}
        for group in rule["spec"]["groups"]
    ]


@contextmanager
def running(
    monitor: Body,
    rule: Body,
    pods: Mapping[str, Mapping[str, str]],
    alertmanager: str,
    folder: Path,
) -> Iterator[str]:
    """Prometheus and its address. It scrapes pods, by host and port, which have these labels of its
    discovery, and tells Alertmanager at host and port.
    """
    [port] = free_ports(1)
    (folder / "rules.json").write_text(json.dumps({"groups": shortened(rule)}))
    configuration = _configuration(monitor, pods, alertmanager)
    (folder / "prometheus.json").write_text(json.dumps(configuration))
    command: list[str | Path] = [
        program(),
        "--config.file=prometheus.json",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address={HOST}:{port}",
    ]
    server = Server("prometheus", command, folder, {})
    try:
        wait_for("Prometheus", lambda: server.listens(port))
        yield f"http://{HOST}:{port}"
    finally:
        server.stop()


def _configuration(monitor: Body, pods: Mapping[str, Mapping[str, str]], alertmanager: str) -> Any:
    return {
        "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"},
        "rule_files": ["rules.json"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
        "scrape_configs": [scraped(monitor, pods)],
    }


def scraped(monitor: Body, pods: Mapping[str, Mapping[str, str]]) -> Any:
    """How Prometheus scrapes pods, by host and port with the labels of its discovery, for a PodMonitor.

    Source: prometheus-operator pkg/prometheus/promcfg.go, v0.93.0; JSON is YAML.
    """
    [endpoint] = monitor["spec"]["podMetricsEndpoints"]
    namespace = {"namespace": monitor["metadata"]["namespace"]}
    return {
        "job_name": monitor["metadata"]["name"],
        "metrics_path": endpoint["path"],
        "static_configs": [
            {"targets": [pod], "labels": {**namespace, **labels}} for pod, labels in pods.items()
        ],
        "relabel_configs": [*map(_snake, endpoint.get("relabelings", []))],
        "metric_relabel_configs": [*map(_snake, endpoint.get("metricRelabelings", []))],
    }


def _snake(relabeling: Body) -> Body:
    return {
        re.sub("[A-Z]", lambda it: f"_{it[0].lower()}", key): it for key, it in relabeling.items()
    }
