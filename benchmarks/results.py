"""What was measured, as rows that say what is compared with what; kept in results.json."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.measuring import Measured

FILE = Path(__file__).parent / "results.json"


@dataclass(frozen=True, slots=True)
class Target:
    """Ours may take at most `ratio` times what the peer takes; or `seconds`, or `megabytes`."""

    ratio: float = 0
    seconds: float = 0
    megabytes: float = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A work, ours and whose it is compared with; `peer` is empty where nobody else does it."""

    work: str
    ours: str
    peer: str = ""
    target: Target = Target()


def machine() -> dict[str, str]:
    """What it was measured on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "cores": str(os.cpu_count()),
        "processor": model,
        "python": platform.python_version(),
        "system": platform.system(),
    }


def told(row: Row, measured: Mapping[str, Measured]) -> dict[str, Any]:
    """A row with its numbers, and whether it is where it should be."""
    ours = measured[row.ours]
    peer = measured[row.peer] if row.peer else None
    ratio = round(ours.wall / peer.wall, 3) if peer else None
    target = row.target
    met = [
        *([ratio <= target.ratio] if target.ratio and ratio is not None else ()),
        *([ours.wall <= target.seconds] if target.seconds else ()),
        *([ours.memory <= target.megabytes] if target.megabytes else ()),
    ]
    return {
        "work": row.work,
        "ours": {"name": row.ours, **ours._asdict()},
        "peer": {"name": row.peer, **peer._asdict()} if peer else None,
        "ratio": ratio,
        "target": {key: value for key, value in asdict(target).items() if value},
        "met": all(met) if met else None,
    }


def keep(suite: str, rows: Iterable[Row], measured: Mapping[str, Measured]) -> None:
    """Puts a suite's rows in the place of those that the file had of it, and prints them."""
    kept: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {}
    made = [told(row, measured) for row in rows]
    kept[suite] = {"machine": machine(), "rows": made}
    FILE.write_text(json.dumps(dict(sorted(kept.items())), indent=2) + "\n")
    for row in made:
        print(line(row))


def line(row: Mapping[str, Any]) -> str:
    """A row to read on a terminal."""
    mark = {True: "met", False: "NOT MET", None: ""}[row["met"]]
    ours, peer = row["ours"], row["peer"]
    theirs = f"{peer['name']:<36} {peer['wall']:8.3f} s  × {row['ratio']:<7}" if peer else ""
    return f"{row['work']:<44} {ours['wall']:8.3f} s {ours['memory']:5.0f} MB  {theirs:<58} {mark}"
