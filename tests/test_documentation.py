"""The pages as the command shows them, and where messages point to them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from synth.cli.main import main
from synth.documentation import pages, sections
from synth.scaffold.wheel import wheel
from tests.repository import ROOT, Repository


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["docs", *arguments]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(["docs", *arguments])
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_every_page_is_listed_with_what_it_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    head, *rows = shown(capsys).splitlines()
    assert head.split() == ["PAGE", "ABOUT"]
    assert [row.split()[0] for row in rows] == sorted(path.stem for path in ROOT.glob("docs/*.md"))
    assert "Every key of an environment file" in next(r for r in rows if "configuration" in r)


def test_a_page_and_a_section_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs/configuration.md").read_text()
    for name in ("configuration", "configuration.md", "docs/configuration.md"):
        assert shown(capsys, name) == page
    section = shown(capsys, "configuration#modelsvariants")
    assert section.startswith("## models[].variants[]\n\n")
    assert section in page
    assert page.partition(section)[2].startswith("\n## ")


def test_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "confguration") == (
        "there is no page confguration, did you mean configuration?; `synth docs` lists all\n"
    )
    assert refused(capsys, "configuration#model") == (
        "configuration has no section model, did you mean models?\n"
    )


def test_a_heading_that_is_quoted_is_none() -> None:
    text = "# A\n\n```\n# no heading\n```\n\n## B & C\n\nb\n\n### D\n\n## E\n"
    assert sections(text) == {
        "a": text,
        "b--c": "## B & C\n\nb\n\n### D\n",
        "d": "### D\n",
        "e": "## E\n",
    }


def test_a_wheel_has_them() -> None:
    with zipfile.ZipFile(io.BytesIO(wheel()[1])) as archive:
        for name, path in pages().items():
            assert archive.read(f"synth/docs/{name}.md") == path.read_bytes()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_mistakes_end_with_where_their_keys_are_explained(repository: Repository) -> None:
    repository.edit("environments/prod.yaml", "traffic: 90", "traffic: 85")
    repository.edit("environments/dev.yaml", "name: dev", "nmae: dev")
    said = repository.synth("build")
    assert said.returncode == 2
    assert said.stderr.splitlines()[-1] == (
        "`synth docs configuration#models` has every key of models"
    )
