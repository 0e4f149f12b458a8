"""Kustomize Components laid over the objects of one application."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from synth.kit.objects import Body
from synth.render.documents import dump

FILE = "kustomization.yaml"


class Builder(Protocol):
    """What lays overlays: `kustomize build` of a folder, as text."""

    def build(self, folder: Path) -> str: ...


def find_overlays(root: Path, chain: Iterable[str]) -> dict[str, tuple[Path, ...]]:
    """The overlay folders below `root` by application, for an environment's `extends` chain.

    The first base's comes first, so that an environment has the last word.
    """
    found: dict[str, tuple[Path, ...]] = {}
    for stem in chain:
        folder = root / stem
        if folder.is_dir():
            for overlay in sorted(path for path in folder.iterdir() if path.is_dir()):
                found[overlay.name] = (*found.get(overlay.name, ()), overlay)
    return found


def overlay_files(overlay: Path) -> dict[str, bytes]:
    """The files of an overlay, by path below it, to be copied as they are."""
    return {
        str(path.relative_to(overlay)): path.read_bytes()
        for path in sorted(overlay.rglob("*"))
        if path.is_file()
    }


def kustomization(resources: Sequence[str], overlays: Sequence[str]) -> Body:
    """A kustomization of these resources with these components over them."""
    body: dict[str, Any] = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(resources),
    }
    return {**body, "components": list(overlays)} if overlays else body


def lay_over(text: str, overlays: Sequence[Path], builder: Builder) -> str:
    """The stream of documents `text` with the overlays applied, first to last, by Kustomize."""
    with TemporaryDirectory(prefix="kfsynth-") as name:
        folder = Path(name)
        (folder / "objects.yaml").write_text(text)
        names = []
        for index, overlay in enumerate(overlays):
            names.append(f"overlay-{index}")
            for path, content in overlay_files(overlay).items():
                target = folder / names[-1] / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        (folder / FILE).write_text(dump(kustomization(["objects.yaml"], names)))
        return builder.build(folder)
