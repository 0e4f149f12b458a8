"""What the last build left of an environment in `dist/` and `argocd/`, told by file names."""

from __future__ import annotations

import re
from pathlib import Path

from synth.app.knative_kafka import KNATIVE_KAFKA
from synth.app.retired import MARKER
from synth.kit.application import VERSION_LABEL
from synth.render.emit import read_record
from synth.rules.standing import Standing

_VERSION = re.compile(rf"^ *{re.escape(VERSION_LABEL)}: '([^']+)'$", re.MULTILINE)
_NAMESPACE = re.compile(r"^  destination:\n.*\n    namespace: '?([^'\n]+)'?$", re.MULTILINE)


def read_standing(root: Path, environment: str) -> Standing:
    """What stands of an environment in a repository; nothing where there is none."""
    tree = root / "dist" / environment
    applications: dict[str, set[str]] = {}
    listed: dict[str, Path] = {}
    emptied = set()
    release = ""
    prefix = f"application.argoproj.io-{tree.name}-"
    for path in read_record(tree):
        application, *folders, name = path.split("/")
        if application == "argocd":
            # The release of Kubeflow that it installs a part of.
            release = release or _said(_VERSION, tree / path)
            if name.startswith(prefix):
                listed[name.removeprefix(prefix).removesuffix(".yaml")] = tree / path
            continue
        if name == MARKER:
            emptied.add(application)
        # A folder is a namespace where an application is plain manifests of ours.
        upstreams = application == KNATIVE_KAFKA or application.startswith("kubeflow-")
        namespaces = () if upstreams else folders
        applications.setdefault(application, set()).update(namespaces)
    # A chart has no files here but its Application, which names its namespace.
    for chart in listed.keys() - applications.keys():
        applications[chart] = {_said(_NAMESPACE, listed[chart])} - {""}
    sets = f"applicationset.argoproj.io-{environment}-"
    names = [path.rpartition("/")[2] for path in read_record(root / "argocd" / environment)]
    repositories = [
        name.removeprefix(sets).removesuffix(".yaml") for name in names if name.startswith(sets)
    ]
    return Standing(applications, emptied, release, repositories)


def _said(what: re.Pattern[str], application: Path) -> str:
    """What an Application says; empty where it does not."""
    try:
        found = what.search(application.read_text())
    except OSError:
        return ""
    return found[1] if found else ""
