"""What Argo CD builds from our kustomizations is what we would have written ourselves."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from synth.catalog.argocd import KUSTOMIZE
from synth.catalog.kubeflow import (
    AUTHORITY,
    NAMESPACE,
    RELEASES,
    REPOSITORY,
    Component,
    load_release,
)
from synth.domains.kubeflow import adjusted, kustomization
from synth.kit.objects import Body
from synth.kit.protection import protect
from synth.render.documents import dump, load_all
from synth.render.kustomize import Kustomize
from tests.kubeflow.comparison import by_name, differences
from tests.kubeflow.releases import STORE, Upstream
from tests.kubeflow.well_known import occurring, secrets_with_data, well_known
from tests.shared import argocd_kustomize, kustomize

MIRROR = "mirror.example.com/all"
ALONE = {
    (
        "CustomResourceDefinition.apiextensions.k8s.io jobsets.jobset.x-k8s.io",
        "/metadata/annotations/cert-manager.io~1inject-ca-from",
    )
}
"""What is different in a component built alone: a placeholder that JobSet's manifests leave unfilled
takes the value of pvcviewer-controller's variable of that name where both are in one build. JobSet
needs no certificate there."""


def built(files: Mapping[str, Body], folder: Path, tool: Kustomize) -> list[Body]:
    """What a Kustomize makes of an application's files."""
    for name, body in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dump(body))
    return load_all(tool.build(folder))


def in_place(files: Mapping[str, Body], upstream: Upstream, folder: Path) -> dict[str, Body]:
    """The files with the paths of a local tree in the place of upstream's repository."""
    remote, local = f"{REPOSITORY}//", os.path.relpath(upstream.tree, folder)
    text = json.dumps(files).replace(remote, f"{local}/")
    local_files: dict[str, Body] = json.loads(
        text.replace(f"?ref={upstream.release.commit}&timeout=50s", "")
    )
    return local_files


_EVERY = pytest.mark.every_argocd
_ONE, *_OTHERS = sorted(set(KUSTOMIZE.values()))


@pytest.mark.parametrize(
    ("upstream", "version"),
    [
        ("1.8.1", "5.5.0"),
        *((release, _ONE) for release in RELEASES),
        *(pytest.param(release, each, marks=_EVERY) for release in RELEASES for each in _OTHERS),
    ],
    indirect=["upstream"],
)
def test_the_reference_output_of_every_component_builds_to_the_hydrated_one(
    upstream: Upstream, version: str, tmp_path: Path
) -> None:
    tool = kustomize() if version == "5.5.0" else argocd_kustomize(version)
    release = upstream.release
    parts = tuple(release.components.values())
    bodies = upstream.parts(*parts)

    def reference(part: Component) -> list[Body]:
        files = kustomization(release, part, registry=MIRROR, store=STORE)
        folder = tmp_path / part.name
        return built(in_place(files, upstream, folder), folder, tool)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = list(pool.map(reference, parts))
    values = well_known(body for built in bodies.values() for body in built)
    assert occurring(values, json.dumps(results)) == []
    for part, ours in zip(parts, results, strict=True):
        assert secrets_with_data(ours) == [], part.name
        hydrated = list(map(protect, adjusted(part, bodies[part.name], MIRROR, STORE)))
        # What reference mode cannot do: images inside documents, and fields that the settings
        # of Argo CD keep quiet instead.
        drift = {(str(each.object), each.pointer) for each in part.drift}
        left = {each for each in drift if not each[1].endswith((AUTHORITY, NAMESPACE))}
        left |= {(str(u.object), u.pointer) for u in part.images if u.kind == "document"}
        for each in part.credentials:
            # The name that its consumers know: there is no Secret whose content could be hashed.
            hydrated = json.loads(json.dumps(hydrated).replace(each.name, each.base_name))
        left |= {each for each in ALONE if part.name == "trainer"}
        found = differences(by_name(ours), by_name(hydrated))
        places = {(each.object, each.pointer.partition("#")[0]) for each in found}
        assert (places != left) == (part.name in release.misbuilt[version]), part.name


@pytest.mark.parametrize("version", ["5.5.0", "5.7.0"])
def test_kustomize_reads_the_generated_reference_to_upstreams_repository(
    upstream: Upstream, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as from a local tree: through git, pinned to the full commit."""
    tool = kustomize() if version == "5.5.0" else argocd_kustomize(version)
    git = ["git", "--git-dir", str(tmp_path / "upstream.git"), "--work-tree", str(upstream.tree)]
    user = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "common/dex"], check=True)
    subprocess.run([*git, *user, "commit", "-q", "-m", "release"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    config = tmp_path / "gitconfig"
    config.write_text(
        f'[url "file://{tmp_path}/upstream.git"]\n\tinsteadOf = {REPOSITORY}\n'
        '[safe]\n\tdirectory = *\n[protocol "file"]\n\tallow = always\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    part = upstream.release.components["dex"]
    files = kustomization(
        upstream.release, part, registry=MIRROR, store=STORE, commit=head.stdout.strip()
    )
    local = in_place(
        kustomization(upstream.release, part, registry=MIRROR, store=STORE),
        upstream,
        tmp_path / "local",
    )
    assert built(files, tmp_path / "remote", tool) == built(local, tmp_path / "local", tool)


def test_upstream_is_pinned_and_may_take_longer_than_kustomize_would_wait() -> None:
    release = load_release("1.8.1")
    body = kustomization(release, release.components["seldon"])["kustomization.yaml"]
    assert body["resources"] == [
        f"{REPOSITORY}//contrib/seldon/seldon-core-operator/base?ref={release.commit}&timeout=50s"
    ]


def test_neither_mode_has_files_where_argo_cd_would_look_for_the_others(
    upstream: Upstream, tmp_path: Path
) -> None:
    """Else, after a change of kubeflow.source, it would prune what it does not find there."""
    hydrated = upstream.applications(tmp_path / "hydrated")
    reference = upstream.applications(tmp_path / "reference", "reference")
    assert hydrated.keys() == reference.keys()
    for application, files in reference.items():
        assert "kustomization.yaml" in files
        assert not any(name.startswith("manifests/") for name in files)
        # A kustomization is looked for at the top, and so are manifests where none is found.
        assert all(name.startswith("manifests/") for name in hydrated[application])
