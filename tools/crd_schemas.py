"""Writes what the catalogue knows of CRDs (synth/catalog/data/crds) from the CRDs themselves.

    python -m tools.crd_schemas [--check]

Those of projects are in $KFSYNTH_SHARED/crds (default: ../shared/crds) as <project>-<version>.yaml or in
Go modules, those of Kubeflow's releases in what Kustomize 5.5.0, found on PATH, builds of
$KFSYNTH_SHARED/upstream.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from synth.catalog.crds import DATA, KUBEFLOW
from synth.catalog.kubeflow import RELEASES, load_release
from synth.kit.objects import Body
from synth.kit.structural import Schema, shared, versions
from synth.render.cache import Cache
from synth.render.digests import tree_digest
from synth.render.documents import load_all
from synth.render.kustomize import find_kustomize
from synth.render.upstream import ReleaseFiles, release_objects
from tools.go_modules import downloaded
from tools.upstream_archives import unpack_release

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = {"external-secrets": "0.17"}
"""Where the name of the file has none: v1 alone is served since 0.17."""
MODULES = {
    "sealed-secrets": ("github.com/bitnami-labs/sealed-secrets@v0.40.0", "helm/sealed-secrets/crds")
}
"""Go modules that carry a project's CRDs, and the folder of these."""
DOCUMENTATION = ("argo-workflows-3.3", "argo-workflows-3.5")
"""CRDs that are for editors, and not installed by default: what may be anything is an object in them
(manifests/base/crds/full/README.md)."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="exit 1 where the data differs")
    options = parser.parse_args()
    folder = Path(os.environ.get("KFSYNTH_SHARED", ROOT.parent / "shared"))
    files = {
        **of_projects(folder / "crds"),
        **of_modules(),
        **of_releases(crds_of_releases(folder)),
    }
    different = [path for path, text in files.items() if not _is(path, text)]
    strange = [path for path in DATA.rglob("*.json") if path not in files]
    if not options.check:
        for path in different:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path])
        for path in strange:
            path.unlink()
    print("different:" if options.check else "written:", *map(_short, [*different, *strange]))
    return 1 if options.check and (different or strange) else 0


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text() == text


def _short(path: Path) -> str:
    return str(path.relative_to(DATA))


def of_projects(crds: Path) -> dict[Path, str]:
    """The text of the file of each version of a project, by its path."""
    return dict(map(of_project, sorted(crds.glob("*.yaml"))))


def of_project(path: Path) -> tuple[Path, str]:
    """The file that one of CRDs becomes: its path and its text."""
    name, _, version = path.stem.rpartition("-")
    if path.stem in VERSIONS:
        name, version = path.stem, VERSIONS[path.stem]
    return DATA / name / f"{version}.json", text(crds_in(path))


def of_modules() -> dict[Path, str]:
    """The same of projects whose CRDs are in Go modules, which Go fetches."""
    files = {}
    for name, (module, folder) in MODULES.items():
        paths = sorted((downloaded(module) / folder).glob("*.yaml"))
        crds = [crd for path in paths for crd in crds_in(path)]
        files[DATA / name / f"{module.rpartition('@v')[2]}.json"] = text(crds)
    return files


def crds_in(path: Path) -> list[Body]:
    """The CRDs of a file as the catalogue takes them."""
    crds = list(filter(_is_crd, load_all(path.read_text())))
    return [_loosened(crd) for crd in crds] if path.stem.startswith(DOCUMENTATION) else crds


def _is_crd(body: Body) -> bool:
    return bool(body["kind"] == "CustomResourceDefinition")


def _loosened(value: Body) -> Body:
    """A CRD where an object without fields may be anything."""
    if isinstance(value, dict):
        return {} if value == {"type": "object"} else {k: _loosened(v) for k, v in value.items()}
    return [_loosened(each) for each in value] if isinstance(value, list) else value


def crds_of_releases(folder: Path) -> dict[str, dict[str, list[Body]]]:
    """The CRDs of every release by component, as Kustomize builds them."""
    return {release: crds_of_release(folder, release) for release in RELEASES}


def crds_of_release(folder: Path, name: str) -> dict[str, list[Body]]:
    """Those of one release."""
    release = load_release(name)
    with tempfile.TemporaryDirectory() as scratch:
        tree = unpack_release(folder, name, Path(scratch) / "tree")
        kustomize, cache = find_kustomize(("5.5.0",)), Cache(Path(scratch) / "cache")
        files = ReleaseFiles(tree, {}, tree_digest(tree))
        parts = release_objects(release, [*release.components.values()], files, kustomize, cache)
    return {name: list(filter(_is_crd, bodies)) for name, bodies in parts.items()}


def of_releases(crds: Mapping[str, Mapping[str, list[Body]]]) -> dict[Path, str]:
    """The text of the file of each component's CRDs, by its path, where it is another one than in the
    release before.
    """
    files: dict[Path, str] = {}
    last: dict[str, str] = {}
    for release, components in crds.items():
        for component, bodies in components.items():
            if bodies and last.get(component) != (made := text(bodies)):
                files[KUBEFLOW / component / f"{release}.json"] = last[component] = made
    return files


def text(crds: Iterable[Body]) -> str:
    """CRDs as a file of the catalogue, one kind or definition on a line."""
    kinds: dict[str, Schema] = {}
    former: dict[str, Schema] = {}
    for crd in crds:
        for api_version, served, schema in versions(crd):
            (kinds if served else former)[f"{api_version} {crd['spec']['names']['kind']}"] = schema
    parts = {part: f"{{\n{_lines(each)}\n}}" for part, each in shared(kinds, former).items()}
    return "{\n" + ",\n".join(f'"{part}": {each}' for part, each in parts.items()) + "\n}\n"


def _lines(schemas: Mapping[str, Schema]) -> str:
    return ",\n".join(
        f"{json.dumps(name)}: {json.dumps(each, sort_keys=True, separators=(',', ':'))}"
        for name, each in schemas.items()
    )


if __name__ == "__main__":
    sys.exit(main())
