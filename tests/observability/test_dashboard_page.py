"""The page that draws dashboards for people to look at."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.observability.test_dashboards import boards, panels, queries
from tests.repository import ROOT
from tools.dashboards import dashboards, main, page

VOID = {"meta", "li", "tr", "th", "td", "p", "path"}


class Elements(HTMLParser):
    """The elements that are open, the text of those that matter, and what is loaded from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.loaded += [str(value) for key, value in attrs if key in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def test_a_page_shows_every_panel_and_query_and_loads_nothing() -> None:
    shown = [*boards().values()]
    text = page("prod", shown)
    elements = Elements()
    elements.feed(text)
    assert elements.open == []
    assert elements.loaded == [f"#{board['uid']}" for board in shown]
    plain = re.sub(r"<[^>]+>", "\n", text)
    for board in shown:
        for panel in panels(board):
            title = panel["title"].replace("$workflow", "evaluation")
            assert f"\n{title}\n" in plain
    assert text.count("<pre>") == sum(
        len([*queries(board)]) - len(board["annotations"]["list"]) for board in shown
    )
    assert page("prod", shown) == text


def test_the_objective_that_is_drawn_is_that_of_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "shown/prod.html"
    assert main(["-C", str(ROOT), "--output", str(file), "prod"]) == 0
    text = file.read_text()
    assert re.search(r"objective<em>500 ms</em>", text)
    assert re.search(r"objective<em>1%</em>", text)


def test_an_environment_without_grafana_has_nothing_to_draw(
    tmp_path: Path,
) -> None:
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/bare.yaml").write_text(
        'name: bare\ncluster: {kubernetes: "1.26"}\ngitops: {repoURL: "https://git.example.com/x.git"}\n'
    )
    with pytest.raises(SystemExit) as error:
        dashboards(tmp_path, "bare")
    assert str(error.value) == "bare has no observability.grafana, and so no dashboards"
