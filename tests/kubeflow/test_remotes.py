"""What upstream's own files pull from elsewhere can come from local copies."""

from __future__ import annotations

from pathlib import Path

from synth.catalog.kubeflow import load_release
from synth.render.documents import load_all
from tests.repository import Repository
from tests.shared import kustomize, shared
from tools.upstream_archives import unpack_manifests, unpack_remotes

RELEASE = "1.11"
ENVIRONMENT = """
name: dev
cluster: {{server: "https://dev.k8s.example.com", kubernetes: "1.34"}}
gitops: {{repoURL: "https://git.example.com/ml/platform.git"}}
kubeflow:
  release: "{release}"
  source: hydrated
  defaultCredentials: upstream
  upstream: {tree}
  remotes:
{remotes}"""


def repository(tmp_path: Path, release: str, tree: Path, **remotes: Path) -> Repository:
    repository = Repository(tmp_path)
    for path in (repository.root / "environments").iterdir():
        path.unlink()
    (repository.root / "overlays").rename(tmp_path / "overlays")
    given = "".join(f"    {name.replace('_', '-')}: {path}\n" for name, path in remotes.items())
    (repository.root / "environments/dev.yaml").write_text(
        ENVIRONMENT.format(release=release, tree=tree, remotes=given)
    )
    return repository


def test_a_release_with_remote_bases_is_built_without_a_network(tmp_path: Path) -> None:
    kustomize()
    tree = unpack_manifests(shared(), RELEASE, tmp_path)
    copies = unpack_remotes(shared(), tmp_path)
    here = repository(
        tmp_path, RELEASE, tree, argo_workflows=copies["argo-workflows"], jobset=copies["jobset"]
    )
    files = here.build()
    built = [
        body
        for name, content in files.items()
        if name.startswith("dist/dev/kubeflow-") and name.endswith(".yaml")
        for body in load_all(content.decode())
    ]
    parts = load_release(RELEASE).enabled({})
    assert len(built) == sum(len(part.objects) for part in parts) == 653


def test_copies_of_what_nobody_pulls_or_that_are_not_there(tmp_path: Path) -> None:
    kustomize()
    here = repository(tmp_path, RELEASE, tmp_path, argo_workflows=tmp_path / "argo", jobs=tmp_path)
    assert here.synth("build").stderr.splitlines() == [
        "environments/dev.yaml:12:5: kubeflow.remotes.jobs: Kubeflow 1.11 "
        "pulls nothing from 'jobs' (it pulls from: argo-workflows, jobset)",
        "`synth docs configuration#kubeflow` has every key of kubeflow",
    ]
    here = repository(tmp_path / "b", RELEASE, tmp_path, argo_workflows=tmp_path / "argo")
    assert here.synth("build").stderr.splitlines() == [
        f"environments/dev.yaml:9:3: kubeflow.upstream: {tmp_path} is no copy of "
        "kubeflow/manifests: it has no folder example/",
        f"environments/dev.yaml:11:5: kubeflow.remotes.argo-workflows: there is no {tmp_path / 'argo'}",
        "`synth docs configuration#kubeflow` has every key of kubeflow",
    ]
