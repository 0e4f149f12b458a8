"""What the generator says of models that it does not take."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from synth.config.gitops import ARGOCD_VERSIONS
from synth.config.kubeflow import KUBEFLOW_RELEASES
from synth.config.load import load
from synth.config.problems import ConfigurationError
from synth.kit.objects import Body
from synth.rules.serving import check_serving

KNOWN = {KUBEFLOW_RELEASES: ("1.8.1",), ARGOCD_VERSIONS: ("3.5",)}
STABLE: Body = {"name": "stable", "version": 7, "artifact": "s3://models/7", "traffic": 100}
MODEL: Body = {
    "name": "sentiment", "team": "nlp", "server": {"format": "sklearn"}, "variants": [STABLE],
}  # fmt: skip


def said(
    folder: Path, *models: Body, components: tuple[str, ...] = ("seldon",), **environment: Any
) -> list[str]:
    """Every mistake and finding about models, of which only what differs from MODEL is given."""
    file = folder / "environments" / "dev.yaml"
    file.parent.mkdir(exist_ok=True)
    body = {
        "name": "dev",
        "cluster": {"kubernetes": "1.26"},
        "gitops": {"repoURL": "https://git.example.com/ml/platform.git"},
        "teams": [{"name": "nlp", "owner": "nlp@example.com"}],
        "models": [{**MODEL, **each} for each in models],
        **environment,
    }
    file.write_text(json.dumps(body))
    try:
        loaded = load(file.parent, KNOWN)["dev"].environment
    except ConfigurationError as error:
        return [re.sub(r"^\S+:\d+:\d+: ", "", line) for line in str(error).splitlines()]
    return [
        f"{each.severity} {each.code} {each.key}: {each.message}"
        for each in check_serving(loaded, components)
    ]
