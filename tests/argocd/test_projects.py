"""An environment's project permits what its Applications own, under the list Argo CD looks in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synth.catalog.kubeflow import RELEASES, load_release
from synth.cli.steps import Silence
from synth.pipeline import build
from synth.project import Project
from synth.render.cache import Cache
from synth.render.documents import load_all

ENVIRONMENT = """\
name: test
cluster: {{server: "https://kubernetes.default.svc", kubernetes: "{kubernetes}"}}
gitops: {{repoURL: "https://git.example.com/platform.git"}}
secrets: {{store: {{name: platform}}}}
kubeflow: {{release: "{release}", source: reference}}
"""


@pytest.mark.parametrize("release", RELEASES)
def test_cluster_scoped_custom_resources_are_permitted_as_such(
    release: str, tmp_path: Path, cache: Cache
) -> None:
    project = _project(release, tmp_path, cache)
    cluster_kinds = load_release(release).cluster_kinds
    parts = load_release(release).enabled({})
    owned = {(each.group, each.kind) for part in parts for each in part.objects} & cluster_kinds
    assert ("cert-manager.io", "ClusterIssuer") in owned
    assert owned <= _kinds(project["clusterResourceWhitelist"])
    assert not cluster_kinds & _kinds(project["namespaceResourceWhitelist"])


def _project(release: str, folder: Path, cache: Cache) -> Any:
    kubernetes = load_release(release).kubernetes[-1]
    text = ENVIRONMENT.format(release=release, kubernetes=kubernetes)
    (folder / "environments").mkdir()
    (folder / "environments" / "test.yaml").write_text(text)
    files = build(Project(folder), cache, [], Silence()).trees["argocd/test"]
    (body,) = load_all(files["argocd/appproject.argoproj.io-test.yaml"].decode())
    return body["spec"]


def _kinds(permitted: list[dict[str, str]]) -> set[tuple[str, str]]:
    return {(each["group"], each["kind"]) for each in permitted}
