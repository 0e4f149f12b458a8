"""A job of CI for each of several machines that build a fleet together, and one for the commit."""

from __future__ import annotations

from pathlib import Path

HOSTS = {"github": ".github/workflows/shards.yaml", "gitlab": ".gitlab/shards.yaml"}
"""Where a workflow belongs, by whose it is."""
_FILES = Path(__file__).parent / "files"


def workflow(host: str, number: int) -> str:
    """The workflow of so many machines, for one of HOSTS."""
    text = (_FILES / host / "shards.yaml").read_text()
    numbers = ", ".join(map(str, range(1, number + 1)))
    return text.replace("NUMBERS", f"[{numbers}]").replace("NUMBER", str(number))
