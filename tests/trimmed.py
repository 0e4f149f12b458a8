"""The committed example with less in it, for tests of what does not depend on what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from synth.render.documents import dump

_SECTIONS = (
    "addons", "events", "mlflow", "observability", "pipelines", "streams", "workflows",
)  # fmt: skip
"""What teams and models can do without."""
_FIELDS = {"models": ("requestLog", "retraining"), "teams": ("contactPoint",)}
"""What they cannot have without these sections."""


def keep_models(environments: Path) -> None:
    """Leave nothing in any environment's file in this folder but Kubeflow, teams and models."""
    for path in environments.glob("*.yaml"):
        body: dict[str, Any] = yaml.safe_load(path.read_text())
        for section in _SECTIONS:
            body.pop(section, None)
        for section, fields in _FIELDS.items():
            for entry in body.get(section, ()):
                for field in fields:
                    entry.pop(field, None)
        path.write_text(dump(body))
