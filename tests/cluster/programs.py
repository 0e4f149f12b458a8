"""The programs of the control plane, built once from pinned Go modules and kept outside the tree.

`KUBEBUILDER_ASSETS` names a folder whose `etcd`, `kube-apiserver` and `kubectl` are taken instead,
as in every project that tests with envtest.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.conftest import alone

TOOLS = Path(__file__).parent / "tools"
KUBERNETES = "v1.34.4"

_PROGRAMS = {
    "etcd": ("etcd", "server"),
    "kube-apiserver": ("kubernetes", "kube-apiserver"),
    "kube-controller-manager": ("kubernetes", "kube-controller-manager"),
    "kube-scheduler": ("kubernetes", "kube-scheduler"),
    "kubectl": ("kubernetes", "kubectl"),
    "kwok": ("kwok", "kwok"),
    "redis": ("redis", "redis"),
    "argocd": ("argocd", "cmd"),
    "cert-manager-controller": ("cert-manager", "controller"),
    "cert-manager-cainjector": ("cert-manager", "cainjector"),
    "workflow-controller": ("argo-workflows", "workflow-controller"),
    "kustomize": ("../../tools/kustomize-5.7.0", "kustomize"),
}
"""Where each program comes from: the module's folder below `tools`, and its name there."""
ALL = tuple(_PROGRAMS)

_FLAGS = {
    "kubernetes": f"-X k8s.io/component-base/version.gitVersion={KUBERNETES}",
    "../../tools/kustomize-5.7.0": "-X sigs.k8s.io/kustomize/api/provenance.version=v5.7.0",
}
"""What the linker is told, so that a program knows its version."""


class ProgramsMissingError(Exception):
    """A program is neither there nor can it be built here; the message says what to install."""


def program(name: str) -> Path:
    """The path of a program, built if need be, which takes minutes the first time.

    Raises ProgramsMissingError.
    """
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets and (ready := Path(assets) / name).exists():
        return ready
    module, binary = _PROGRAMS[name]
    return _built(module) / binary


def module_folder(program_name: str, module: str) -> Path:
    """Where Go keeps the files of a module that a program is built with."""
    folder = TOOLS / _PROGRAMS[program_name][0]
    return Path(_go(folder, "list", "-m", "-f", "{{.Dir}}", module).strip())


def _built(module: str) -> Path:
    folder = TOOLS / module
    sources = sorted(path for path in folder.rglob("*") if path.suffix in {".go", ".mod", ".sum"})
    content = hashlib.sha256(_FLAGS.get(module, "").encode())
    for path in sources:
        content.update(path.read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kept = cache / "kfsynth-cluster" / f"{folder.resolve().name}-{content.hexdigest()[:16]}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    # Two runs at once would both take the minutes that one build takes.
    with alone(kept.parent, kept.name):
        if not kept.exists():
            print(f"building {folder.resolve().name}, once …", flush=True)
            partial = Path(tempfile.mkdtemp(dir=kept.parent, prefix=f".{kept.name}-"))
            try:
                _go(
                    folder,
                    "install",
                    "-ldflags",
                    _FLAGS.get(module, ""),
                    "tool",
                    GOBIN=str(partial),
                )
                partial.rename(kept)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    return kept


def _go(folder: Path, *arguments: str, **env: str) -> str:
    if shutil.which("go") is None:
        raise ProgramsMissingError(
            "no go on PATH: the control plane is built from Go modules.\n"
            "Install Go 1.21 or later (https://go.dev/dl); it fetches what the modules ask for"
        )
    done = subprocess.run(
        ["go", *arguments],
        cwd=folder,
        env={**os.environ, "GOTOOLCHAIN": "auto", **env},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ProgramsMissingError(f"go {' '.join(arguments)} in {folder}: {done.stderr[-2000:]}")
    return done.stdout
