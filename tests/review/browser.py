"""A real browser, and what judges a page in it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import alone

DESKTOP, PHONE = (1440, 900), (360, 740)
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


class Visit:
    """Opens pages without a network, and hears what goes wrong in them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.complaints: list[str] = []
        self.asked: list[str] = []

    def __call__(
        self,
        file: Path,
        address: str = "",
        *,
        size: tuple[int, int] = DESKTOP,
        dark: bool = False,
        script: bool = True,
    ) -> Page:
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            offline=True,
        )
        page = context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(f"{file.as_uri()}{address}")
        return page


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    opened = Visit(browser)
    yield opened
    for context in browser.contexts:
        context.close()
    assert opened.complaints == []
    assert {url.partition(":")[0] for url in opened.asked} <= {"file"}


def violations(page: Page) -> list[tuple[str, str]]:
    """What axe finds, by rule and element."""
    page.evaluate(axe())
    found: Any = page.evaluate("axe.run()")
    assert len(found["passes"]) > 20
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]]


def sideways(page: Page) -> int:
    """How far the page can be scrolled sideways."""
    found: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return found
