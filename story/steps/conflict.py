"""Two people who decide at once, and git between them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from story.configuration import MODEL
from story.stage import Stage
from story.steps.promotion import REVIEWER, SCIENTIST


def meet(it: Stage) -> None:
    """Two people decide at the same time on the same model."""
    with it.timeline.step(
        "Two at once",
        "Sam and Rosa change what dev serves at the same time. Git lets one of them be first; the other"
        " begins again from there.",
    ):
        _conflict(it)


def _conflict(it: Stage) -> None:
    team, timeline = it.team, it.timeline
    sam, rosa = (team.clone(name) for name in (SCIENTIST, REVIEWER))
    first = team.synth("model", "bump", MODEL, "--env", "dev", "--version", "1", at=sam)
    team.synth("build", at=sam)
    second = ("model", "bump", MODEL, "--env", "dev", "--version", "1", "--canary", "25")
    team.synth(*second, at=rosa)
    team.synth("build", at=rosa)
    for tree, message in ((sam, "dev: version 1 again"), (rosa, "dev: version 1 beside 2")):
        team.run("commit", "-q", "-a", "-m", message, at=tree)
    team.run("push", "-q", "origin", "main", at=sam)
    refused = _tried(rosa, "push", "-q", "origin", "main")
    timeline.event("said", first.out.splitlines()[0])
    timeline.check("git refuses the second push", refused.returncode != 0)
    pulled = _tried(rosa, "pull", "-q", "--rebase", "origin", "main")
    [conflict, *_] = [each for each in pulled.stdout.splitlines() if "CONFLICT" in each]
    timeline.event("fault", conflict)
    marked = team.try_synth("build", at=rosa)
    timeline.check(
        "synth says where the conflict is, and builds nothing",
        marked.code == 2 and "a conflict of git is not resolved" in marked.err,
        marked.err.strip(),
    )
    team.run("rebase", "--abort", at=rosa)
    kept = team.run("log", "-1", "--format=%s", at=rosa).strip()
    timeline.check("nothing of hers is lost", kept == "dev: version 1 beside 2", kept)
    # She begins again from what is newest, and finds that there is nothing left to do.
    team.run("reset", "-q", "--hard", "origin/main", at=rosa)
    again = team.synth(*second, at=rosa)
    timeline.event("said", again.out.splitlines()[0])
    team.synth("build", at=rosa)
    timeline.check("her tree is in order", not team.try_synth("check", at=rosa).code)
    team.run("pull", "-q", "--ff-only", "origin", "main")
    team.tell()
    it.synced()


def _tried(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *arguments], cwd=tree, capture_output=True, text=True, check=False
    )
