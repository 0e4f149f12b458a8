"""What the steps that edit have in common: find the model, decide, write, tell."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from synth.cli.steps import mistakes, repository, stop
from synth.clients import ClientError
from synth.config.load import Loaded
from synth.config.promotion import GateName
from synth.config.serving import Model, Variant
from synth.configuration import configuration
from synth.edit.artifacts import NotInObjectStoreError
from synth.edit.files import ChangedMeanwhileError, set_variants
from synth.edit.text import EditError
from synth.edit.variants import NotNowError, RefusedError, release_of
from synth.pipeline import validated
from synth.project import Project


class Place(NamedTuple):
    """A model in one of the environments of a repository."""

    project: Project
    environments: dict[str, Loaded]
    loaded: Loaded
    model: Model

    def elsewhere(self, name: str) -> Place:
        """The same model in another environment."""
        return place(self.project, self.environments, name, self.model.name)


def place(project: Project, environments: dict[str, Loaded], name: str, model: str) -> Place:
    """A model in an environment; ends the command where one of them is not there."""
    if name not in environments:
        stop(f"synth: there is no environment {name!r} (there: {', '.join(environments)})")
    loaded = environments[name]
    models = {each.name: each for each in loaded.environment.models}
    if model not in models:
        there = ", ".join(models) or "none"
        stop(f"synth: {name} has no model {model!r} (there: {there})")
    return Place(project, environments, loaded, models[model])


def asked(options: argparse.Namespace) -> Place:
    """The model and environment that the command names."""
    project = repository(options)
    with mistakes():
        environments = configuration(project)
    return place(project, environments, options.env, options.model)


def change(it: Place, decide: Callable[[], Sequence[Variant]], *, step: str) -> int:
    """Gives the model the variants that `decide` comes to, and says what became different.

    `step` is `canary` or `promote`: the policy may demand gates for it.
    """
    name, model = it.loaded.environment.name, it.model
    with refusals(f"{name}: {model.name}"), mistakes():
        after = decide()
        file = set_variants(
            it.project.root, it.loaded, model.name, after, lambda folder: _reloaded(it, folder)
        )
    if file is None:
        print(f"{name}: {model.name}: nothing to do: {split(after)}")
        return 0
    print(f"{file}: {model.name}: {split(model.variants)} → {split(after)}")
    there = [release_of(variant) for variant in model.variants]
    for variant in after:
        if release_of(variant) not in there:
            print(f"  {origin(variant)}")
    gates: Sequence[GateName] = getattr(it.loaded.environment.policy.promotion.gates, step)
    if not model.variants:
        print(
            "it is the first version here: it has all of the traffic, and no gate compares it",
            file=sys.stderr,
        )
    elif gates:
        print(f"CI must pass: synth model gate --base … ({', '.join(gates)})", file=sys.stderr)
    print("`synth build` writes dist/; the commit is yours", file=sys.stderr)
    return 0


def split(variants: Sequence[Variant]) -> str:
    """`stable 7 at 90 %, canary 8 at 10 %`."""
    shares = (
        f"{each.name} {each.version} " + ("as shadow" if each.shadow else f"at {each.traffic} %")
        for each in variants
    )
    return ", ".join(shares) or "not served"


def origin(variant: Variant) -> str:
    """`stable 8: s3://models/…, run 4f9a…, commit 0c1d…, accuracy 0.91`."""
    said = [variant.artifact]
    if known := variant.provenance:
        said += [f"run {known.run}", f"commit {known.commit}" if known.commit else ""]
        said += [f"{name} {value:g}" for name, value in known.metrics.items()]
    return f"{variant.name} {variant.version}: {', '.join(filter(None, said))}"


@contextmanager
def refusals(where: str) -> Iterator[None]:
    """Ends the command with a message where a step is refused; with 1 where it may be right later,
    or with another word.
    """
    try:
        yield
    except NotNowError as error:
        stop(f"{where}: {error}", code=1)
    except (
        RefusedError, NotInObjectStoreError, EditError, ChangedMeanwhileError, ClientError,
    ) as error:  # fmt: skip
        stop(f"{where}: {error}")


def address(variable: str, what: str) -> str:
    """An address from the environment; ends the command where it is not set."""
    value = os.environ.get(variable)
    return value or stop(f"synth: {variable} is not set: the address of {what}")


def _reloaded(it: Place, folder: Path) -> Loaded:
    environments, _ = validated(Project(it.project.root, folder))
    return environments[it.loaded.environment.name]
