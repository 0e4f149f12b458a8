"""Ours against what people would use instead, side by side in one run.

Three environments with Kubeflow 1.8.1 hydrated, on a memory file system where there is one:
cold, with nothing changed, with one model's weight changed; against three times
`kustomize build example` over the same files with the same Kustomize, and, for scale, importing
cdk8s. Runs alternate; medians.

    python -m benchmarks.bench [--rounds N]        needs KFSYNTH_SHARED and Kustomize on PATH

Writes benchmarks/results.json: a list of {name, ours_s, peer, peer_s, ratio}.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from synth.catalog.kubeflow import load_release
from synth.render.kustomize import find_kustomize
from tools.upstream_archives import unpack_manifests

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("KFSYNTH_SHARED", ROOT.parent / "shared"))
RELEASE = "1.8.1"
IMPORT_CDK8S = "from synth.kit.node import use_pinned_node; use_pinned_node(); import cdk8s"
ENVIRONMENTS = ("dev", "staging", "prod")


def seconds(command: Sequence[str | Path], folder: Path, env: dict[str, str]) -> float:
    """The wall time of a command that must succeed."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    return taken


def repository(folder: Path, upstream: Path) -> Path:
    """The committed example with all three environments hydrated from `upstream`."""
    for name in ("environments", "overlays"):
        shutil.copytree(ROOT / name, folder / name)
    base = folder / "environments" / "base.yaml"
    text = base.read_text()
    hydrated = text.replace("source: reference", f"source: hydrated\n  upstream: {upstream}")
    if hydrated == text:
        sys.exit(f"{base} does not say `source: reference`")
    base.write_text(hydrated)
    return folder


def shift_weight(repository: Path, canary: int) -> None:
    """Moves the canary's weight in prod to `canary` percent."""
    path = repository / "environments" / "prod.yaml"
    text = path.read_text()
    text = re.sub(
        r"(name: stable\b.*?traffic: )\d+", rf"\g<1>{100 - canary}", text, count=1, flags=re.S
    )
    text = re.sub(r"(name: canary\b.*?traffic: )\d+", rf"\g<1>{canary}", text, count=1, flags=re.S)
    path.write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="medians of so many (default: 5)")
    rounds = parser.parse_args().rounds
    memory = Path("/dev/shm")  # what a disk takes says little about either side
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        results = rows(Round(Path(name)) for _ in range(rounds))
    for row in results:
        print(
            f"{row['name']:<30} {row['ours_s']:>8.3f} s   "
            f"{row['peer']:<28} {row['peer_s']:>8.3f} s   × {row['ratio']}"
        )
    (ROOT / "benchmarks" / "results.json").write_text(json.dumps(results, indent=2) + "\n")


class Round:
    """Everything once, ours and the peers' in turn, in seconds."""

    def __init__(self, folder: Path) -> None:
        upstream = unpack_manifests(SHARED, RELEASE, folder / "upstream")
        ours = repository(folder / "repository", upstream)
        env = {**os.environ, "KFSYNTH_CACHE": str(folder / "cache")}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # Python's default, which people run it with
        build: list[str | Path] = [sys.executable, "-m", "synth", "-C", ours, "build"]
        kustomize = find_kustomize(load_release(RELEASE).kustomize).command
        self.cold = seconds(build, ROOT, env)
        self.builds = sum(
            seconds([*kustomize, upstream / "example"], ROOT, env) for _ in ENVIRONMENTS
        )
        self.unchanged = seconds(build, ROOT, env)
        self.import_cdk8s = seconds([sys.executable, "-c", IMPORT_CDK8S], ROOT, env)
        shift_weight(ours, 25)
        self.weight = seconds(build, ROOT, env)
        shutil.rmtree(folder)
        folder.mkdir()


def rows(rounds: Iterable[Round]) -> list[dict[str, str | float]]:
    """What is compared with what: the medians of all rounds."""
    measured = list(rounds)

    def median(name: str) -> float:
        return statistics.median(float(getattr(each, name)) for each in measured)

    builds, cdk8s = "3 × kustomize build example", "import cdk8s"
    return [
        {
            "name": name,
            "ours_s": round(median(ours), 3),
            "peer": peer,
            "peer_s": round(median(theirs), 3),
            "ratio": round(median(ours) / median(theirs), 3),
        }
        for name, ours, peer, theirs in (
            ("three environments, cold", "cold", builds, "builds"),
            ("nothing changed", "unchanged", builds, "builds"),
            ("nothing changed", "unchanged", cdk8s, "import_cdk8s"),
            ("one model's weight changed", "weight", builds, "builds"),
        )
    ]


if __name__ == "__main__":
    main()
