"""Environments as somebody writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.config.load import Loaded, load
from synth.config.problems import ConfigurationError


def loaded(folder: Path, text: str) -> Loaded:
    """The environment `dev` of this text."""
    environments = folder / "environments"
    environments.mkdir(parents=True)
    (environments / "dev.yaml").write_text(text)
    return load(environments, {})["dev"]


def mistakes(folder: Path, text: str) -> list[str]:
    """What it is told."""
    with pytest.raises(ConfigurationError) as caught:
        loaded(folder, text)
    return str(caught.value).splitlines()
