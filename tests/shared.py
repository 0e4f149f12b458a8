"""Upstream releases and CRDs that tests judge by, where they are present."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

from synth.render.kustomize import Kustomize, KustomizeError, find_kustomize


def shared() -> Path:
    """The folder of upstream data; skips the test where it is absent."""
    folder = Path(os.environ.get("KFSYNTH_SHARED", Path(__file__).parents[2] / "shared"))
    return folder if folder.is_dir() else _absent(f"no upstream data in {folder}")


def kustomize() -> Kustomize:
    """The Kustomize that judges; skips the test where it is absent."""
    try:
        return find_kustomize(("5.5.0",))
    except KustomizeError as error:
        return _absent(str(error))


def cdk8s() -> str:
    """npm's cdk8s-cli (tests/tools/cdk8s); skips the test where it is absent."""
    return shutil.which("cdk8s") or _absent("no cdk8s on PATH: npm install cdk8s-cli")


def promtool() -> str:
    """The path of the promtool that judges alerts; skips the test where it is absent."""
    path = shutil.which("promtool")
    return path or _absent("no promtool on PATH: Debian's package prometheus has it")


def argo_validate(version: str) -> str:
    """The program around a version of Argo's own validation, from PATH as
    `argo-validate-<version>` (tests/tools/argo-validate/build); skips the test where it is absent.
    """
    name = f"argo-validate-{version}"
    return shutil.which(name) or _absent(f"no {name} on PATH: make test-argo builds it")


def pod_security() -> str:
    """Kubernetes' own evaluation of pods (tests/tools/pod-security); skips the test where it is
    absent.
    """
    path = shutil.which("pod-security")
    return path or _absent("no pod-security on PATH: .ci/run builds it")


def actionlint() -> str:
    """The program that judges workflows of GitHub Actions (tests/tools/actionlint); skips the test
    where it is absent.
    """
    return shutil.which("actionlint") or _absent("no actionlint on PATH: .ci/run builds it")


def go() -> str:
    """The path of Go, which builds tools; skips the test where it is absent."""
    return shutil.which("go") or _absent("no go on PATH")


def argocd_kustomize(version: str) -> Kustomize:
    """The Kustomize that an Argo CD ships, from PATH as `kustomize-<version>`; skips the test
    where it is absent.
    """
    path = shutil.which(f"kustomize-{version}")
    if path is None:
        return _absent(f"no kustomize-{version} on PATH")
    return Kustomize((path, "build"), version, Path(path).resolve())


def _absent(what: str) -> NoReturn:
    if os.environ.get("KFSYNTH_REQUIRE_SHARED"):
        pytest.fail(what)
    pytest.skip(what)
