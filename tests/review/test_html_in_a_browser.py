"""A report in a real browser: a change of two objects, and Kubeflow's upgrade of three environments."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.kubeflow import repository
from synth.kit.objects import Identity, identity
from synth.render.documents import dump
from synth.review.forms.html import anchor, as_html
from tests.git import GitRepository
from tests.repository import Repository
from tests.review.bodies import CANARY, CONFIG, DEPLOYMENT, QUOTA, put
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
from tests.review.sides import reviewed, side
from tests.review.test_html import MORE
from tests.shared import shared
from tools.upstream_archives import unpack_manifests

__all__ = ["browser", "visit"]

pytestmark = pytest.mark.report

BEFORE = {
    **side(CANARY, CONFIG),
    **side(CANARY, environment="dev"),
    **side(QUOTA, application="teams"),
    **side(QUOTA, environment="dev", application="teams"),
}
AFTER = {
    **side(MORE, put(CONFIG, "one\n2\nthree\nfour\n", "data", "a.conf"), DEPLOYMENT),
    **side(MORE, environment="dev"),
    **side(application="teams"),
}
SENTIMENT = anchor("prod", "models", identity(CANARY))
TEAM = "teams/Profile.kubeflow.org/nlp"
SHOWN = ".change:not([hidden])"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "small.html"
    path.write_text(as_html(reviewed(BEFORE, AFTER)))
    return path


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Kubeflow 1.8.1 → 1.9.1 in three environments, all of it hydrated."""
    folder = tmp_path_factory.mktemp("large")
    upstream = {
        name: unpack_manifests(shared(), name, folder / name) for name in ("1.8.1", "1.9.1")
    }
    git = GitRepository(folder)
    repository(git.tree, upstream["1.8.1"])
    example = Repository(folder, git.tree)
    example.build()
    git.commit("as it is")
    example.edit("environments/base.yaml", 'release: "1.8.1"', 'release: "1.9.1"')
    example.edit("environments/base.yaml", str(upstream["1.8.1"]), str(upstream["1.9.1"]))
    path = folder / "large.html"
    done = example.synth("diff", "--base", "HEAD", "-o", "markdown", "--report", str(path))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("### ")
    return path


def paint(page: Page) -> float:
    """When the page was first seen, in milliseconds after it was asked for."""
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    found: float = page.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    )
    return found


def test_the_large_case_opens_in_under_two_seconds(visit: Visit, large: Path) -> None:
    page = visit(large)
    loaded: float = page.evaluate(
        "performance.timing.loadEventEnd - performance.timing.navigationStart"
    )
    seen, cards = paint(page), page.locator(".change").count()
    megabytes = large.stat().st_size / 1e6
    print(
        f"\n{cards} changes, {megabytes:.1f} MB: seen after {seen:.0f} ms, ready after {loaded:.0f} ms"
    )
    assert cards > 400
    assert megabytes < 12
    assert max(seen, loaded) < 2000


@pytest.mark.parametrize("name", ["small", "large", "nothing"])
def test_the_html_is_valid(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if name == "nothing":
        path = tmp_path / "nothing.html"
        path.write_text(as_html(reviewed(BEFORE, BEFORE)))
    else:
        path = request.getfixturevalue(name)
    assert mistakes_of(path) == ""


def test_the_judge_finds_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "wrong.html"
    path.write_text("<!doctype html><html lang=en><title>a</title><p id=a><p id=a>")
    assert "Duplicate ID" in mistakes_of(path)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_nobody_is_shut_out(visit: Visit, small: Path, size: tuple[int, int], dark: bool) -> None:
    page = visit(small, size=size, dark=dark)
    for summary in page.locator(".fold > summary:visible, .fold button:visible").all():
        summary.click()
    assert violations(page) == []
    page.get_by_role("button", name="Keys").click()
    assert violations(page) == []


def test_nobody_is_shut_out_of_the_large_case(visit: Visit, large: Path) -> None:
    assert violations(visit(large)) == []


def test_a_violation_is_found(visit: Visit, small: Path) -> None:
    page = visit(small)
    page.evaluate("document.querySelector('label[for=find]').remove()")
    page.evaluate("document.querySelector('#find').placeholder = ''")
    assert [rule for rule, _ in violations(page)] == ["label"]


@pytest.mark.parametrize("name", ["small", "large"])
def test_a_phone_scrolls_in_one_direction(
    visit: Visit, name: str, request: pytest.FixtureRequest
) -> None:
    page = visit(request.getfixturevalue(name), size=PHONE)
    assert sideways(page) == 0
    page.evaluate("document.querySelectorAll('.yaml').forEach((each, at) => each.open ||= at < 60)")
    assert sideways(page) == 0


def sides(page: Page, change: str) -> list[str]:
    """What stands on both sides, all folds open."""
    table = page.locator(change).locator(".sides")
    for button in table.get_by_role("button").all():
        button.click()
    rows: list[list[str | None]] = table.evaluate(
        """table => [...table.tBodies].filter(body => !body.hidden).flatMap(body => [...body.rows])
        .filter(row => row.cells.length === 4).map(row => [1, 3].map(at =>
            row.cells[at].className === "none" ? null
            : `${row.cells[at - 1].dataset.line} ${row.cells[at].textContent}`))"""
    )
    return [
        "\n".join(row for row in column if row is not None) for column in zip(*rows, strict=True)
    ]


def numbered(text: str) -> str:
    return "\n".join(f"{number} {line}" for number, line in enumerate(text.splitlines(), 1))


def test_both_sides_are_whole(visit: Visit, small: Path) -> None:
    page = visit(small)
    assert sides(page, ".change[data-kind=SeldonDeployment]") == [
        numbered(dump(CANARY)), numbered(dump(MORE)),
    ]  # fmt: skip
    after = dump(put(CONFIG, "one\n2\nthree\nfour\n", "data", "a.conf"))
    assert sides(page, ".change[data-kind=ConfigMap]") == [numbered(dump(CONFIG)), numbered(after)]
    marks = page.locator(".change[data-kind=SeldonDeployment] .sides mark")
    assert marks.all_text_contents() == ["90", "75", "10", "25"]


def test_the_sides_of_the_large_case(visit: Visit, large: Path) -> None:
    """The pieces are the same without the script, which is told for every object elsewhere."""
    page = visit(large)
    for change in page.locator(".change.changed:visible").all()[:150:10]:
        summary = change.locator(".yaml > summary")
        summary.click()
        texts = change.locator(".lines").evaluate(
            """lines => ["INS", "DEL"].map(not => [...lines.children].filter(one => one.tagName !== not)
            .flatMap(one => (one.tagName === "DETAILS" ? one.lastElementChild : one).textContent.split("\\n")))"""
        )
        change.evaluate("change => change.id = 'it'")
        expected = [numbered("\n".join(lines)) for lines in texts]
        assert sides(page, "#it") == expected
        change.evaluate("change => change.removeAttribute('id')")


def test_one_below_the_other(visit: Visit, small: Path) -> None:
    page = visit(small)
    expect(page.locator(".sides:visible")).to_have_count(2)
    expect(page.locator(".lines:visible")).to_have_count(2)  # of what comes or goes as a whole
    page.get_by_role("button", name="Side by side").click()
    expect(page.locator(".sides:visible")).to_have_count(0)
    expect(page.locator(".lines:visible")).to_have_count(4)
    page.keyboard.press("s")
    expect(page.locator(".sides:visible")).to_have_count(2)
    page.set_viewport_size({"width": 360, "height": 740})
    expect(page.locator(".sides:visible")).to_have_count(0)


def test_filters(visit: Visit, small: Path) -> None:
    page = visit(small)
    shown, state = page.locator(SHOWN), page.get_by_role("status")
    expect(state).to_have_text("4 changes")
    page.get_by_label("high").check()
    expect(state).to_have_text("1 of 4 changes")
    expect(shown).to_contain_text("team nlp")
    expect(page.locator(".application:visible")).to_have_count(1)
    page.get_by_label("medium").check()
    expect(state).to_have_text("2 of 4 changes")
    page.get_by_role("button", name="Show all").click()
    expect(state).to_have_text("4 changes")
    page.get_by_label("dev").check()
    expect(state).to_have_text("2 of 4 changes")
    page.get_by_label("dev").uncheck()
    page.get_by_label("Kind").select_option("Deployment")
    expect(shown).to_have_count(1)
    page.get_by_label("Kind").select_option("")
    page.get_by_label("Application").select_option("teams")
    expect(shown).to_contain_text("team nlp")
    page.get_by_label("Application").select_option("")
    page.get_by_label("Find").fill("Canary 25")
    expect(shown).to_contain_text("sentiment")
    expect(state).to_have_text("1 of 4 changes")


def test_a_link_holds_the_filters(visit: Visit, small: Path) -> None:
    page = visit(small)
    page.get_by_label("dev").check()
    page.get_by_label("medium").check()
    page.get_by_label("Find").fill("canary")
    address = page.evaluate("location.hash")
    assert address == "#?find=canary&environment=dev&risk=medium"
    again = visit(small, address)
    expect(again.get_by_role("status")).to_have_text("1 of 4 changes")
    expect(again.get_by_label("dev")).to_be_checked()
    expect(again.get_by_label("prod")).not_to_be_checked()


def test_a_link_leads_to_a_change(visit: Visit, large: Path) -> None:
    katib = Identity("apps", "Deployment", "kubeflow", "katib-controller")
    here = anchor("staging", "kubeflow-katib", katib)
    page = visit(large, f"#{here}")
    change = page.locator(".change", has=page.locator(f'[id="{here}"]'))
    expect(change).to_be_in_viewport()
    expect(change.locator(".sides")).to_be_visible()
    top = change.evaluate("change => change.getBoundingClientRect().top")
    assert top >= page.locator("#filter").evaluate("bar => bar.getBoundingClientRect().bottom")
    page.get_by_label("Application").select_option("argocd")
    expect(change).to_be_hidden()
    page.evaluate("address => { location.hash = address }", here)
    expect(change).to_be_in_viewport()
    page.evaluate("location.hash = '#prod/models/no-such-change'")
    expect(change).to_be_visible()


def test_keys(visit: Visit, small: Path) -> None:
    page = visit(small)
    focused = "document.activeElement.closest('.change')?.querySelector('h4').textContent.trim()"
    names = page.locator("h4").all_text_contents()
    walked = []
    for _ in names:
        page.keyboard.press("j")
        walked.append(page.evaluate(focused))
    assert walked == [name.strip() for name in names]
    page.keyboard.press("j")  # there is no further one
    page.keyboard.press("k")
    assert page.evaluate(focused) == walked[-2]
    details = page.locator(".change").nth(len(names) - 2).locator("details.yaml")
    expect(details).to_have_attribute("open", "")
    page.keyboard.press("Enter")
    expect(details).not_to_have_attribute("open", "")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("/")
    page.keyboard.type("jk?")
    expect(page.get_by_label("Find")).to_have_value("jk?")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Find")).to_have_value("")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_letters_are_no_keys_for_who_does_not_want_them(visit: Visit, small: Path) -> None:
    """WCAG 2.2, 2.1.4."""
    page = visit(small)
    page.keyboard.press("?")
    page.get_by_label("letters are keys").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('.change')") is None


def test_dark_and_light(visit: Visit, small: Path) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    light, dark = "rgb(255, 255, 255)", "rgb(15, 19, 24)"
    assert visit(small).evaluate(paper) == light
    page = visit(small, dark=True)
    assert page.evaluate(paper) == dark
    page.keyboard.press("t")
    assert page.evaluate(paper) == light
    page.get_by_role("button", name="Dark or light").click()
    assert page.evaluate(paper) == dark


def test_everything_is_there_without_a_script(visit: Visit, small: Path) -> None:
    page = visit(small, script=False)
    expect(page.locator("#filter")).to_be_hidden()
    expect(page.locator(".tools")).to_be_hidden()
    expect(page.locator(".change")).to_have_count(4)
    lines = page.locator(".change[data-kind=SeldonDeployment] .lines")
    expect(lines.locator("del").first).to_be_visible()
    assert lines.locator("del").all_text_contents() == ["    traffic: 90", "    traffic: 10"]
    assert lines.locator("ins").all_text_contents() == ["    traffic: 75", "    traffic: 25"]
    fold = lines.locator(".fold").first
    expect(fold.locator("span").last).to_be_hidden()
    fold.locator("summary").click()
    expect(fold.locator("span").last).to_be_visible()
    page.get_by_role("link", name="prod", exact=True).first.click()
    assert page.url.endswith(f"#prod/{TEAM}")


def test_what_a_screen_reader_hears(visit: Visit, small: Path) -> None:
    page = visit(small)
    for name, role in (("Contents", "navigation"), ("Risks", "region"), ("Changes", "search")):
        expect(page.get_by_role(role, name=name)).to_have_count(1)  # type: ignore[arg-type]
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("banner")).to_have_count(1)
    expect(page.get_by_role("heading", name="changed: sentiment", level=4)).to_have_count(1)
    headings = page.locator(".sides").first.get_by_role("columnheader").all_text_contents()
    assert headings == ["line", "before", "line", "after"]
    expect(page.locator(".sides").first.get_by_role("deletion").first).to_have_text(
        "    traffic: 90"
    )
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the changes")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#changes")).to_be_focused()
