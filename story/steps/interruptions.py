"""Builds that are interrupted, and that nothing is lost by it."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from time import sleep

from story.stage import Stage
from tests.repository import ROOT

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
cmp -s $DISK/../before $DISK/../after && echo "exit code $code, nothing changed" ||
  echo "exit code $code, changed"
rm $DISK/ballast
echo ---
"$@"; echo "exit code $?"
"""


def interrupt(it: Stage) -> None:
    """The generator is killed in the middle, again and again, and finds the disk full."""
    with it.timeline.step(
        "Interrupted builds",
        "`synth build` is killed at one moment after the other, and runs on a disk that is full.",
    ):
        _killed(it)
        _disk_full(it)


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
        not team.try_synth("check", at=tree).code and not any(map(_temporary, after)),
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
        and full.splitlines()[-1:] == ["exit code 2, nothing changed"]
        and "Traceback" not in done.stderr,
        full.strip(),
    )
    it.timeline.check(
        "with room again it builds", then.splitlines()[-1:] == ["exit code 0"] and not done.returncode,
        then.strip(),
    )  # fmt: skip


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
