"""Small pipelines of the tests' own, in repositories of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from synth.app.pipelines import Compiled
from synth.catalog.kubeflow import load_release
from synth.configuration import configuration
from synth.pipeline import pipelines
from synth.project import Project
from synth.render.cache import Cache

IMAGE = "registry.example.com/nlp/train:1.0.0"
SOURCE = '''\
from images import IMAGE
from kfp import dsl


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def train(days: int, rate: float, model: dsl.Output[dsl.Model]) -> float:
    """Trains."""
    return days * rate


@dsl.pipeline(name="as-the-source-says", description="What people say.")
def sentiment(
    days: int = 7,
    rate: float = 0.5,
    topic: str = "comments",
    full: bool = False,
    grid: list = [1, 2],
    options: dict = {"a": 1},
):
    train(days=days, rate=rate)
'''
ENVIRONMENT = """\
name: {name}
cluster: {{server: "https://{name}.k8s.example.com", kubernetes: "{kubernetes}"}}
gitops: {{repoURL: "https://git.example.com/ml/platform.git"}}
secrets: {{store: {{name: platform}}}}
kubeflow: {{release: "{release}"}}
teams: [{{name: nlp, owner: nlp-lead@example.com}}]
pipelines:
  - name: sentiment
    team: nlp
"""


class Sources:
    """A repository with one pipeline, `pipelines/sentiment/pipeline.py`, and environments."""

    def __init__(self, root: Path, source: str = SOURCE) -> None:
        self.root = root
        self.folder = root / "pipelines/sentiment"
        self.folder.mkdir(parents=True)
        (root / "environments").mkdir()
        (self.folder / "images.py").write_text(f'IMAGE = "{IMAGE}"\n')
        self.write(source)

    def write(self, source: str) -> None:
        (self.folder / "pipeline.py").write_text(source)

    def environment(
        self, *lines: str, name: str = "small", release: str = "1.8.1", **keys: Any
    ) -> None:
        """An environment file; `keys` and `lines` belong to its pipeline, the last of it."""
        keys = {"source": "pipelines/sentiment/pipeline.py", **keys}
        kubernetes = load_release(release).kubernetes[-1]
        text = ENVIRONMENT.format(name=name, kubernetes=kubernetes, release=release)
        given = [f"{key}: {json.dumps(value)}" for key, value in keys.items() if value is not None]
        text += "".join(f"    {line}\n" for line in (*given, *lines))
        (self.root / f"environments/{name}.yaml").write_text(text)

    def compiled(self, cache: Cache) -> dict[str, Compiled]:
        """Its pipeline, by environment."""
        project = Project(self.root)
        made = pipelines(project, cache, configuration(project))
        return {name: each["sentiment"] for name, each in made.items()}
