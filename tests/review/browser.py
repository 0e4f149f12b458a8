"""A real browser, and what judges a page in it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import alone

_TOOLS = Path(__file__).parents[1] / "tools/browser"


def program(name: str, package: str) -> str:
    """The path of a program; the test fails and says what is missing where it is not there."""
    found = shutil.which(name)
    return found or pytest.fail(f"no {name} on PATH: {package} has it")


def chromium() -> str:
    """The path of Chromium."""
    return program("chromium", "Debian's package chromium")


def tools() -> Path:
    """The folder of axe-core and vnu, installed once, of pinned versions."""
    lock = (_TOOLS / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"), "kfsynth-ci")
    folder = cache / f"browser-{hashlib.sha256(lock).hexdigest()[:16]}"
    cache.mkdir(parents=True, exist_ok=True)
    with alone(cache, folder.name):
        if not (folder / "whole").exists():
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(_TOOLS, folder)
            npm = program("npm", "Node, which `make synth` installs,")
            install = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
            subprocess.run([npm, "--prefix", folder, *install], check=True)
            (folder / "whole").touch()
    return folder / "node_modules"


def axe() -> str:
    """The script that finds what people with a screen reader or weak eyes stumble over."""
    return (tools() / "axe-core/axe.min.js").read_text()


def mistakes_of(page: Path) -> str:
    """The errors that the Nu Html Checker finds; it warns of hashes in a policy, which it does not
    compute.
    """
    java = program("java", "Debian's package default-jre-headless")
    jar = tools() / "vnu-jar/build/dist/vnu.jar"
    options = ("--errors-only", "--stdout", "--exit-zero-always", "--format", "gnu")
    command: list[str | Path] = [java, "-jar", jar, *options, page]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout
