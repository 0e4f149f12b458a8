"""What the last build left in `dist/<environment>/`, told by file names."""

from __future__ import annotations

import re
from pathlib import Path

from synth.app.retired import MARKER
from synth.kit.application import VERSION_LABEL
from synth.render.emit import read_record
from synth.rules.standing import Standing

_VERSION = re.compile(rf"^ *{re.escape(VERSION_LABEL)}: '([^']+)'$", re.MULTILINE)


def read_standing(tree: Path) -> Standing:
    """What stands in an environment's tree; nothing where there is none."""
    applications: dict[str, set[str]] = {}
    emptied = set()
    release = ""
    for path in read_record(tree):
        application, *folders, name = path.split("/")
        if application == "argocd":
            release = release or _release(tree / path)
            continue
        if name == MARKER:
            emptied.add(application)
        # A folder is a namespace where an application is plain manifests of ours.
        namespaces = () if application.startswith("kubeflow-") else folders
        applications.setdefault(application, set()).update(namespaces)
    return Standing(applications, emptied, release)


def _release(application: Path) -> str:
    """The release of Kubeflow that an Application says it installs a part of."""
    try:
        found = _VERSION.search(application.read_text())
    except OSError:
        return ""
    return found[1] if found else ""
