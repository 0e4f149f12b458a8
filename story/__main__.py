"""Tells the whole story on this machine: `make story`.

Everything that is real is started, used and ended; story/report.html tells what happened, and the exit
code is 1 where anything was not as it had to be.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from story.programs import STAND_INS, versions
from story.report import report, verdict
from story.stage import Stage, sampling, stage
from story.steps.balance import add_up
from story.steps.canary import canary
from story.steps.conflict import meet
from story.steps.explain import explain
from story.steps.interruptions import interrupt
from story.steps.platform import install
from story.steps.promotion import carry
from story.steps.repair import heal
from story.steps.shift import shift
from story.steps.slowness import slow
from story.steps.training import first
from story.timeline import Timeline, Told, saved, without
from synth.render.emit import write_whole
from tests.repository import ROOT

STORY: tuple[Callable[[Stage], None], ...] = (
    install, interrupt, first, carry, heal, canary, slow, meet, shift, explain,
    add_up,
)  # fmt: skip
CALM: tuple[Callable[[Stage], None], ...] = (install, first, carry, canary, explain, add_up)


def main() -> int:
    """Tells it; returns the exit code."""
    asked = _asked()
    memory = Path("/dev/shm")
    # etcd and Kustomize's checkouts wait for no disk.
    with TemporaryDirectory(prefix="story-", dir=memory if memory.is_dir() else None) as name:
        told = without(_told(asked, Path(name)), name)
    write_whole(asked.timeline, saved(told))
    write_whole(asked.report, report(told).encode())
    print(f"{asked.report}: {verdict(told)}")
    return 0 if told.passed else 1


def _told(asked: argparse.Namespace, folder: Path) -> Told:
    """What has happened, also where it could not go on."""
    told = Told(asked.seed, asked.calm, versions(), stand_ins=list(STAND_INS))
    # Postgres runs as an account of its own.
    folder.chmod(0o711)
    try:
        with (
            stage(Timeline(told), folder, asked.shared, seed=asked.seed, calm=asked.calm) as it,
            sampling(it),
        ):
            for step in CALM if asked.calm else STORY:
                step(it)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    except Exception:  # noqa: BLE001 - the report tells of it too
        traceback.print_exc()
    return told


def _asked() -> argparse.Namespace:
    shared = Path(os.environ.get("KFSYNTH_SHARED", ROOT.parent / "shared"))
    parser = argparse.ArgumentParser(prog="python -m story", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="what comments and chance are made of")
    parser.add_argument(
        "--calm", action="store_true", help="nothing becomes slow and nothing shifts"
    )
    parser.add_argument("--report", type=Path, default=ROOT / "story/report.html")
    parser.add_argument("--timeline", type=Path, default=ROOT / "story/timeline.json")
    parser.add_argument("--shared", type=Path, default=shared, help="where upstream's releases are")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
