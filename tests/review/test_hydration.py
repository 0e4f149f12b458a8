"""Applications that refer to upstream's files are told by what Argo CD builds of these."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from synth.catalog.kubeflow import Release, load_release
from synth.domains.kubeflow import kustomization
from synth.render.documents import dump
from synth.render.upstream import UpstreamError
from synth.review.hydration import hydrated
from tests.git import GitRepository
from tests.kubeflow.releases import release_tree
from tests.repository import Repository
from tests.review.sides import side
from tests.shared import kustomize

KATIB = "dist/{}/kubeflow-katib/"


def reference(release: str, *environments: str, registry: str | None = None) -> dict[str, bytes]:
    its = load_release(release)
    made = kustomization(its, its.components["katib"], registry=registry)
    return {
        KATIB.format(environment) + file: dump(body).encode()
        for environment in environments
        for file, body in made.items()
    }


class Builds:
    """Remembers what was to be built."""

    def __init__(self, *missing: str) -> None:
        self.asked: list[tuple[str, list[str]]] = []
        self.missing = missing

    def __call__(self, files: Mapping[str, bytes], release: Release) -> dict[str, bytes]:
        self.asked.append((release.name, sorted(files)))
        if release.name in self.missing:
            raise UpstreamError(f"no {release.name}\nwhich is a pity")
        return {"deployment.apps-katib.yaml": release.name.encode()}


def test_what_differs_is_built_once_on_each_side() -> None:
    builds = Builds()
    before, after = reference("1.8.1", "dev", "prod"), reference("1.9.1", "dev", "prod")
    other = {"dist/dev/models/a.yaml": b"a: 1\n"}
    old, new, notes = hydrated({**before, **other}, after, builds)
    its = "manifests/deployment.apps-katib.yaml"
    assert old == {**other, **{KATIB.format(each) + its: b"1.8.1" for each in ("dev", "prod")}}
    assert new == {KATIB.format(each) + its: b"1.9.1" for each in ("dev", "prod")}
    assert notes == ()
    names = sorted(path.rpartition("/")[2] for path in reference("1.8.1", "dev"))
    assert sorted(builds.asked) == [("1.8.1", names), ("1.9.1", names)]


def test_what_is_the_same_is_not_built() -> None:
    builds = Builds()
    both = reference("1.8.1", "prod")
    assert hydrated(both, both, builds) == (both, both, ())
    assert builds.asked == []


def test_what_cannot_be_built_on_one_side_stays_on_both() -> None:
    before, after = reference("1.8.1", "prod"), reference("1.9.1", "prod")
    assert hydrated(before, after, Builds("1.9.1")) == (before, after, ("no 1.9.1",))


def test_what_was_referred_to_and_is_written_out_now() -> None:
    whole = side({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "katib"}})
    before = reference("1.8.1", "prod")
    old, new, _ = hydrated(before, whole, Builds())
    assert list(old) == ["dist/prod/kubeflow-katib/manifests/deployment.apps-katib.yaml"]
    assert new == whole


@pytest.mark.parametrize("committed", [b"a: [", b"- a list\n", b"a: 1\n---\nb: 2\n", b"\xff"])
def test_what_is_no_kustomization_stays(committed: bytes) -> None:
    broken = {"dist/prod/kubeflow-katib/kustomization.yaml": committed}
    assert hydrated(broken, {}, Builds()) == (broken, {}, ())


ENVIRONMENT = """\
name: prod
cluster: {{server: "https://prod.k8s.example.com", kubernetes: "1.26"}}
gitops: {{repoURL: "https://git.example.com/ml/platform.git"}}
registry: {registry}
kubeflow: {{release: "1.8.1", components: {{{off}}}}}
"""


@pytest.mark.thorough
def test_upstreams_own_objects(tmp_path: Path, common: Path) -> None:
    kustomize()
    git = GitRepository(tmp_path)
    (git.tree / "environments").mkdir()
    it = Repository(tmp_path, git.tree)
    release = load_release("1.8.1")
    off = ", ".join(
        f"{each.name}: false"
        for each in release.components.values()
        if each.default and each.name not in ("istio-namespace", "istio-crds", "kubeflow-roles")
    )
    text = ENVIRONMENT.format(registry="one.example.com", off=off)
    (it.root / "environments/prod.yaml").write_text(text)
    it.build()
    git.commit("as it is")
    overlay = it.root / "overlays/prod/kubeflow-kubeflow-roles"
    overlay.mkdir(parents=True)
    (overlay / "kustomization.yaml").write_text(
        """\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
  - target: {kind: ClusterRole, name: kubeflow-view}
    patch: |
      - op: add
        path: /metadata/labels/reviewed
        value: "yes"
"""
    )
    without = it.synth("diff", "--base", "HEAD")
    assert "Kubeflow 1.8.1 is not in the cache: with --fetch it is fetched" in without.stdout
    assert "ClusterRole kubeflow-view" not in without.stdout
    folder = it.cache / "git" / release.commit
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.symlink_to(release_tree(common, "1.8.1"))
    assert (
        it.synth("diff", "--base", "HEAD").stdout
        == """\
1 object changes in prod, no risk known
compared with HEAD

kubeflow-kubeflow-roles
  ~ ClusterRole kubeflow-view in prod: metadata.labels.reviewed none → yes
      overlays/prod/kubeflow-kubeflow-roles
"""
    )
