"""docs/configuration.md says what environment files can hold, docs/architecture.md where code lies."""

from __future__ import annotations

import re

from synth.config.schema import environment_schema
from tools import architecture
from tools.reference import PAGE, page

TEXT = PAGE.read_text()


def test_it_is_made_from_the_models() -> None:
    assert page() == TEXT, "run: make reference"


def test_every_key_is_there_and_every_link_leads_somewhere() -> None:
    schema = environment_schema()
    keys = {
        key
        for each in (schema, *schema["$defs"].values())
        for key in each.get("properties", {})
        if key != "remove"
    }
    assert keys == set(re.findall(r"^\| `(\w+)` \|", TEXT, re.M))
    headings = re.findall(r"^## (.*)$", TEXT, re.M)
    anchors = [re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings]
    assert len(anchors) == len({*anchors})
    assert {*re.findall(r"\]\(#(.*?)\)", TEXT)} == {*anchors}


def test_every_file_has_its_phrase() -> None:
    text = architecture.PAGE.read_text()
    assert architecture.page() == text, "run: make reference"
    tree = text.partition("```\n")[2].removesuffix("\n```\n")
    assert [line for line in tree.splitlines() if len(line.split()) < 2] == []
