"""An environment with nothing in it, and what becomes of it with something."""

from __future__ import annotations

from synth.cli.steps import Silence
from synth.kit.objects import Body
from synth.pipeline import build
from synth.project import Project
from synth.render.cache import Cache
from synth.render.documents import load_all

PROJECT = "argocd/appproject.argoproj.io-test.yaml"
ENVIRONMENT = """\
name: test
cluster: {server: "https://test.k8s.example.com", kubernetes: "1.26"}
gitops: {repoURL: "https://git.example.com/platform.git"}
"""


def built(project: Project, cache: Cache, text: str) -> tuple[dict[str, bytes], Body]:
    """The files of an environment, and what its project permits."""
    (project.environments / "test.yaml").write_text(ENVIRONMENT + text)
    trees = build(project, cache, [], Silence()).trees
    (permitted,) = load_all(trees["argocd/test"][PROJECT].decode())
    return trees["dist/test"], permitted["spec"]
