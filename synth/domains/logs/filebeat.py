"""What every Filebeat has in common, and how long Elasticsearch keeps what they send.

All write into one data stream, `filebeat-<version>`; each of them makes its template and its policy at
the start, so both are the same everywhere. ECK's own way, a StackConfigPolicy, needs a licence.

Source: elastic/beats libbeat/idxmgmt/lifecycle/config.go, libbeat/template/{config,processor}.go;
elastic/cloud-on-k8s config/recipes/beats, pkg/controller/beat/common/{pod,config}.go and
pkg/controller/elasticsearch/user/roles.go at v2.16.1: a Beat's user may make templates and policies
and write into filebeat-*.
"""

from __future__ import annotations

import json
from typing import Any

from synth.config.logs import Logs, days
from synth.domains.logs.elasticsearch import NAME, copies
from synth.kit.objects import Body, manifest

LIFECYCLE = "lifecycle"
"""The ConfigMap with the policy."""
BODY = "body"
"""The field that a request or an answer is in."""
_FOLDER = "/usr/share/filebeat/lifecycle"
_FILE = "policy.json"


def lifecycle(logs: Logs) -> Body:
    """The policy: a new index every day, or where one would grow too large, and none that is older
    than the retention.
    """
    phases = {
        "hot": {"actions": {"rollover": {"max_age": "1d", "max_primary_shard_size": "10gb"}}},
        "delete": {"min_age": f"{days(logs.retention)}d", "actions": {"delete": {}}},
    }
    return manifest(
        "v1",
        "ConfigMap",
        LIFECYCLE,
        namespace=logs.namespace,
        data={_FILE: json.dumps({"policy": {"phases": phases}}, indent=2) + "\n"},
    )


def filebeat(logs: Logs, name: str, config: dict[str, Any], **way: Body) -> Body:
    """A Filebeat as ECK runs it; `way` is how: `deployment=…` or `daemonSet=…`."""
    return manifest(
        "beat.k8s.elastic.co/v1beta1",
        "Beat",
        name,
        namespace=logs.namespace,
        spec={
            "type": "filebeat",
            "version": logs.version,
            "elasticsearchRef": {"name": NAME},
            "config": {**config, **_setup(logs)},
            **way,
        },
    )


def policy_volume() -> tuple[Body, Body]:
    """The policy's volume and its mount."""
    return (
        {"name": LIFECYCLE, "configMap": {"name": LIFECYCLE}},
        {"name": LIFECYCLE, "mountPath": _FOLDER, "readOnly": True},
    )


def restarted(logs: Logs) -> Body:
    """The metadata of pods that start again when the policy changes, which they write at the start."""
    return {"annotations": {"retention": logs.retention}}


def _setup(logs: Logs) -> dict[str, Any]:
    return {
        "setup.ilm": {
            "enabled": True,
            "overwrite": True,
            "policy_file": f"{_FOLDER}/{_FILE}",
            "policy_name": "logs",
        },
        "setup.template": {
            "overwrite": True,
            "settings": {"index": {"number_of_replicas": copies(logs), "number_of_shards": 1}},
            # Models differ in what they are asked: kept as it came, and not searched.
            "append_fields": [{"name": BODY, "type": "object", "enabled": False}],
        },
    }
