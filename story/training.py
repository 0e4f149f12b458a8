"""The workflow that trains, as Argo Workflows and Kubeflow Pipelines would run it.

Neither the controller nor the backend of the example's release can be had here (Argo 3.3.10, KFP 2.0.5).
What they are told is taken from the objects in the cluster; the pipeline's steps run as processes with
what their image has, and so does the step that proposes the new version.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth.kit.objects import Body
from tests.cluster.api import Kind
from tests.interpreters import TRAINING, python
from tests.repository import ROOT

WORKFLOW = Kind("argoproj.io/v1alpha1", "workflows")
TEMPLATE = Kind("argoproj.io/v1alpha1", "workflowtemplates")
ELSEWHERE = ("nice", "-n", "15")
"""Before what has machines of its own in production: it does not keep model servers waiting."""
_RUN = ROOT / "tests/sentiment/run.py"
_COMPILE = ROOT / "tests/sentiment/compile.py"


@dataclass(frozen=True)
class Ran:
    """A run of the pipeline: whether it succeeded, what it said, and the files that its steps made."""

    succeeded: bool
    folder: Path
    said: str

    def metadata(self, task: str, artifact: str) -> dict[str, Any]:
        """What a step has said of an artifact."""
        [file] = self.folder.glob(f"**/{task}/executor_output.json")
        [found] = json.loads(file.read_text())["artifacts"][artifact]["artifacts"]
        known: dict[str, Any] = found["metadata"]
        return known

    @property
    def outcome(self) -> dict[str, Any]:
        """What people were told, by a run that has succeeded."""
        assert self.succeeded, self.said
        [file] = self.folder.glob("**/notify/outcome")
        found: dict[str, Any] = json.loads(file.read_text())
        return found


def run(source: Path, folder: Path, arguments: Mapping[str, Any], commit: str) -> Ran:
    """Runs the pipeline in `source` with these arguments; `commit` is that of its code."""
    env = {"PYTHONPATH": str(ROOT / "images/sentiment-training"), "SOURCE_COMMIT": commit}
    done = subprocess.run(
        [*ELSEWHERE, python(TRAINING), _RUN, source, folder, json.dumps(arguments)],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(done.returncode == 0, folder, done.stdout + done.stderr)


def compiled(source: Path) -> list[Any]:
    """The documents that the pipeline in `source` compiles to."""
    done = subprocess.run(
        [sys.executable, _COMPILE, source], capture_output=True, text=True, check=True
    )
    found: list[Any] = json.loads(done.stdout)
    return found


def command(template: Body, step: str, arguments: Mapping[str, str]) -> Sequence[str]:
    """The command line of a step of a WorkflowTemplate, with the workflow's arguments in it."""
    [container] = [
        each["container"] for each in template["spec"]["templates"] if each["name"] == step
    ]
    words = [*container["command"], *container.get("args", [])]
    for name, value in arguments.items():
        words = [word.replace(f"{{{{workflow.parameters.{name}}}}}", value) for word in words]
    return words


def parameters(template: Body, workflow: Body) -> dict[str, str]:
    """The arguments of a workflow: the template's, and the workflow's own over them."""
    return {
        each["name"]: each["value"]
        for of in (template, workflow)
        for each in of["spec"].get("arguments", {}).get("parameters", [])
    }
