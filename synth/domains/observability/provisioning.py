"""Files from which Grafana takes alerts and who is told of them, as ConfigMaps that a sidecar finds.

Source: grafana/grafana pkg/services/provisioning (alerting/config_reader.go, values/values.go) and
docs/sources/alerting/set-up/provision-alerting-resources/file-provisioning; grafana-community
helm-charts charts/grafana/values.yaml (sidecar.alerts).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from synth.config.containers import SecretKey
from synth.config.observability import Provisioning
from synth.kit.objects import Body, manifest

ORGANISATION = 1
"""Grafana's first organisation, which a new one has."""
SECRETS = "/etc/secrets"
"""Where Grafana's pod has Secrets mounted, each under its own name."""


def config_map(name: str, content: Mapping[str, Any], provisioning: Provisioning) -> Body:
    """A file called like its ConfigMap, since all files lie in one folder; JSON is YAML that every
    reader understands alike.
    """
    text = json.dumps({"apiVersion": 1, **content}, indent=2, ensure_ascii=False)
    return manifest(
        "v1",
        "ConfigMap",
        name,
        namespace=provisioning.namespace,
        labels=provisioning.labels,
        data={f"{name}.json": text + "\n"},
    )


def literal(value: Any) -> Any:
    """A value whose strings Grafana takes as they are: a `$` would begin a variable."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, Mapping):
        return {key: literal(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [literal(each) for each in value]
    return value


def from_file(secret: SecretKey) -> str:
    """What Grafana replaces by what stands in the Secret."""
    return f"$__file{{{SECRETS}/{secret.name}/{secret.key}}}"
