"""The page that tells a run, in a real browser."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import expect

from story.report import report
from tests.review.browser import (
    DESKTOP,
    PHONE,
    Visit,
    browser,
    mistakes_of,
    sideways,
    violations,
    visit,
)
from tests.story.told import told

__all__ = ["browser", "visit"]

pytestmark = pytest.mark.report


@pytest.fixture(scope="module", params=["passed", "failed", "nothing"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = told()
    if request.param == "failed":
        checks = run.steps[4].checks
        checks[2] = replace(checks[2], passed=False, found="x" * 200)
        run.steps[6].failure = "TimeoutError: sentiment/3 is not registered"
        del run.steps[7:]
    elif request.param == "nothing":
        run = replace(run, steps=[], series={}, versions={}, stand_ins=[])
    path = tmp_path_factory.mktemp("story") / f"{request.param}.html"
    path.write_text(report(run))
    return path


@pytest.fixture
def passed(tmp_path: Path) -> Path:
    path = tmp_path / "passed.html"
    path.write_text(report(told()))
    return path


def test_the_html_is_valid(page: Path) -> None:
    assert mistakes_of(page) == ""


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_nobody_is_shut_out(visit: Visit, page: Path, size: tuple[int, int], dark: bool) -> None:
    opened = visit(page, size=size, dark=dark)
    opened.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert violations(opened) == []
    assert sideways(opened) == 0


def test_the_strip_leads_to_a_step(visit: Visit, passed: Path) -> None:
    opened = visit(passed)
    opened.get_by_role("navigation").get_by_role("link", name="8 Version 3 is proposed").click()
    expect(opened.locator("#step-8")).to_be_in_viewport()


def test_a_diff_opens_by_keys(visit: Visit, passed: Path) -> None:
    opened = visit(passed)
    commit = opened.locator(".commit").first
    expect(commit.locator("ins").first).to_be_hidden()
    commit.locator("summary").focus()
    opened.keyboard.press("Enter")
    expect(commit.locator("ins").first).to_be_visible()


@pytest.mark.parametrize(("size", "shown"), [(DESKTOP, "wide"), (PHONE, "narrow")])
def test_a_picture_is_seen_once_in_the_size_that_fits(
    visit: Visit, passed: Path, size: tuple[int, int], shown: str
) -> None:
    opened = visit(passed, size=size)
    for name in ("Accuracy by version", "Latency by variant", "Traffic by version"):
        picture = opened.get_by_role("img", name=name)
        expect(picture).to_have_count(1)
        expect(picture).to_have_class(shown)


def test_pictures_have_the_colours_of_the_page(visit: Visit, passed: Path) -> None:
    ink = "getComputedStyle(document.querySelector('.wide text')).fill"
    assert visit(passed).evaluate(ink) == "rgb(87, 96, 106)"
    assert visit(passed, dark=True).evaluate(ink) == "rgb(155, 166, 178)"


def test_what_a_screen_reader_hears(visit: Visit, passed: Path) -> None:
    opened = visit(passed)
    expect(opened.get_by_role("heading", level=1)).to_have_count(1)
    levels = opened.get_by_role("heading").evaluate_all(
        "headings => headings.map(each => Number(each.tagName[1]))"
    )
    assert all(after <= before + 1 for before, after in pairwise(levels))
    expect(opened.get_by_role("article", name="5 The canary becomes slow")).to_have_count(1)
    opened.keyboard.press("Tab")
    opened.keyboard.press("Enter")
    expect(opened.locator("#steps")).to_be_focused()
