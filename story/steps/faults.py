"""What goes wrong in between, and that nothing is lost by it."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

from story.configuration import MODEL
from story.serving import KIND
from story.stage import Stage
from story.steps.promotion import REVIEWER, SCIENTIST
from tests.cluster.api import Kind
from tests.model_server import answer
from tests.repository import ROOT
from tests.servers import wait_for

_RULE = Kind("monitoring.coreos.com/v1", "prometheusrules")


def interrupt(it: Stage) -> None:
    """The generator is killed in the middle, again and again, and finds the disk full."""
    with it.timeline.step(
        "Interrupted builds",
        "`synth build` is killed at one moment after the other, and runs on a disk that is full.",
    ):
        _killed(it)
        _disk_full(it)


def heal(it: Stage) -> None:
    """Somebody edits an object by hand, and somebody pushes what no API server takes."""
    with it.timeline.step(
        "Edited by hand",
        "An object in production is edited, another is deleted: Argo CD restores both. A commit with a"
        " broken manifest gets past CI: production stays as it was until it is reverted.",
    ):
        _edited(it)
        _broken(it)


def meet(it: Stage) -> None:
    """Two people decide at the same time on the same model."""
    with it.timeline.step(
        "Two at once",
        "Sam and Rosa change what dev serves at the same time. Git lets one of them be first; the other"
        " begins again from there.",
    ):
        _conflict(it)


def _killed(it: Stage) -> None:
    team = it.team
    tree = team.clone("ben")
    _change(tree)
    seen = [_content(tree)]
    for _ in range(_KILLS):
        written = _written(tree)
        build = subprocess.Popen(
            team.command("build", at=tree), cwd=ROOT, env=team.surroundings(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        while build.poll() is None and _written(tree) == written:
            sleep(0.001)
        with suppress(ProcessLookupError):
            os.killpg(build.pid, signal.SIGKILL)
        if build.wait() == -signal.SIGKILL:
            seen.append(_content(tree))
    it.timeline.event("fault", f"the generator is killed {len(seen) - 1} times while it writes")
    team.synth("build", at=tree)
    before, after = seen[0], _content(tree)
    changed = {name for name, digest in after.items() if before[name] != digest}
    whole = all(
        digest in (before.get(name), after.get(name))
        for each in seen
        for name, digest in each.items()
        if not _temporary(name)
    )
    it.timeline.check(
        "each time every file is whole, as it was or as it will be",
        len(seen) > 1 and whole and all(each.keys() >= after.keys() for each in seen),
        f"{len(changed)} of {len(after)} files change",
    )
    it.timeline.check(
        "the next build makes the rest, and clears up",
        not team.synth("check", at=tree).code and not any(map(_temporary, after)),
    )


def _temporary(name: str) -> bool:
    return Path(name).name.startswith(".kfsynth-")


def _written(tree: Path) -> list[int]:
    """When something was written last, where the change is."""
    return [each.stat().st_mtime_ns for each in sorted(tree.glob("dist/*/observability/*"))]


def _disk_full(it: Stage) -> None:
    team, disk = it.team, it.folder / "disk"
    disk.mkdir()
    source = team.clone("cleo")
    _change(source)
    size = sum(each.stat().st_blocks * 512 for each in source.rglob("*")) + _SPACE
    root = [] if os.geteuid() == 0 else ["--map-root-user"]
    done = subprocess.run(
        ["unshare", "--mount", *root, "sh", "-c", _ON_A_FULL_DISK, "sh", *team.command("build", at=disk)],
        cwd=ROOT,
        env=team.surroundings(DISK=str(disk), SIZE=str(size), SOURCE=str(source)),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    full, _, then = done.stdout.partition("---\n")
    said = next((each for each in done.stderr.splitlines() if "No space left" in each), "")
    it.timeline.event("fault", f"the disk is full: {said}")
    it.timeline.check(
        "the build names the file that it could not write, and nothing is lost",
        said.startswith(str(disk))
        and full.splitlines()[-1:] == ["2, nothing changed"]
        and "Traceback" not in done.stderr,
        full.strip(),
    )
    it.timeline.check(
        "with room again it builds", then.splitlines()[-1:] == ["0"] and not done.returncode,
        then.strip(),
    )  # fmt: skip


_KILLS = 5
_SPACE = 8 << 20
"""Bytes that the small disk has beyond what lies on it."""
_ON_A_FULL_DISK = """
mount -t tmpfs -o size=$SIZE tmpfs $DISK && cp -a $SOURCE/. $DISK || exit 99
digests() { (cd $DISK && find dist argocd environments -type f | sort | xargs sha256sum); }
digests > $DISK/../before
cat /dev/zero > $DISK/ballast 2> /dev/null
"$@"; code=$?
digests > $DISK/../after
cmp -s $DISK/../before $DISK/../after && echo "$code, nothing changed" || echo "$code, changed"
rm $DISK/ballast
echo ---
"$@"; echo $?
"""


def _change(tree: Path) -> None:
    """A change that many files follow: where alerts say that their runbooks are."""
    base = tree / "environments/base.yaml"
    text = base.read_text()
    assert "docs/runbooks" in text
    base.write_text(text.replace("docs/runbooks", "docs/alerts"))


def _content(tree: Path) -> Mapping[str, str]:
    """The digest of every file that is built."""
    return {
        str(path.relative_to(tree)): hashlib.sha256(path.read_bytes()).hexdigest()
        for top in ("dist", "argocd")
        for path in sorted((tree / top).rglob("*"))
        if path.is_file()
    }


def _edited(it: Stage) -> None:
    plane, api = it.clusters.planes["prod"], it.apis["prod"]
    before = it.models["prod"].deployment
    assert before, "no SeldonDeployment"
    namespace = ("-n", it.models["prod"].team)
    half = '[{"op": "replace", "path": "/spec/predictors/0/traffic", "value": 50}]'
    plane.kubectl("patch", "sdep", MODEL, *namespace, "--type=json", "-p", half)
    plane.kubectl("delete", "prometheusrules", MODEL, *namespace)
    it.timeline.event("fault", "a SeldonDeployment is edited, a PrometheusRule is deleted")
    began = monotonic()

    def restored() -> bool:
        now = api.one(KIND, MODEL, it.models["prod"].team)
        rule = api.one(_RULE, MODEL, it.models["prod"].team)
        return bool(now and rule and now["spec"] == before["spec"])

    wait_for("what Argo CD restores", restored, 180)
    it.timeline.check("Argo CD restores both", restored(), f"within {monotonic() - began:.1f} s")


def _broken(it: Stage) -> None:
    team, api = it.team, it.apis["prod"]
    [path] = (team.tree / "dist/prod/models").rglob("seldondeployment*.yaml")
    path.write_text(path.read_text().replace("traffic: 100", "traffic: plenty"))
    ci = team.synth("check", code=1)
    it.timeline.check("CI would have refused it", ci.code == 1, (ci.out + ci.err).splitlines()[0])
    before = api.one(KIND, MODEL, it.models["prod"].team)
    team.push("Give it plenty", SCIENTIST)
    it.clusters.refresh(it.team.git)

    def refusal() -> str:
        found = it.clusters.argocd.applications().values()
        said = [each.explain() for each in found if not each.rests]
        return next((each for each in said if "traffic" in each), "")

    wait_for("the API server's refusal", lambda: bool(refusal()), 180)
    it.timeline.event("fault", f"a broken manifest: {refusal().splitlines()[-1].strip()}")
    now = api.one(KIND, MODEL, it.models["prod"].team)
    it.timeline.check(
        "production keeps what it had", bool(before and now and before["spec"] == now["spec"])
    )
    said = answer(it.addresses["prod"], ["It is great, really great."])
    it.timeline.check("and answers", len(said) == 1, said)
    team.git.revert()
    team.tell()
    it.synced()
    it.timeline.check("the revert is Synced and Healthy", True)


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
    timeline.check("her tree is in order", not team.synth("check", at=rosa).code)
    team.run("pull", "-q", "--ff-only", "origin", "main")
    team.tell()
    it.synced()


def _tried(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *arguments], cwd=tree, capture_output=True, text=True, check=False
    )
