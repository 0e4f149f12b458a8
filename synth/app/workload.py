"""An application of our own: what it is built from, and by.

Its cache key is made of its inputs: a builder gets nothing else. Constructs are imported where they
are used, since that starts Node, which nobody should wait for who needs none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from synth.config.environment import Environment
from synth.kit.node import use_pinned_node
from synth.kit.objects import Resource
from synth.kit.secrets import Provided

Inputs = Mapping[str, Any]
Build = Callable[..., None]
"""Fills a chart: called with it and the inputs as keywords."""


@dataclass(frozen=True, slots=True)
class Workload:
    """An application that runs something: its wave, and what it is built from and by.

    `wave` is above those of Kubeflow's components, from 0 to 6: their kinds are there when it begins.
    `inputs` is empty where an environment has none of it. `kinds` has every kind of object that
    `build` can make, as `Kind.group`: Argo CD may own and remove these and no others, also when
    the last of a kind has left git. One that `compiles` is also given the environment's compiled
    pipelines, by name, as `compiled`; one that has `secrets` of the environment's provider, who
    brings them, as `store`, and the kinds of that. Where it `self_heals`, Argo CD undoes what others change.
    Where it is `expected`, Argo CD may own its kinds before there are any.
    """

    wave: int
    inputs: Callable[[Environment], Inputs]
    build: Build
    kinds: frozenset[str]
    compiles: bool = False
    secrets: Callable[[Environment], Iterable[Provided]] | None = None
    self_heals: Callable[[Environment], bool] = lambda _: True
    expected: Callable[[Environment], bool] = lambda _: False


def resources(name: str, build: Build, inputs: Inputs) -> list[Resource]:
    """The objects that `build` puts into the chart of the application called `name`."""
    use_pinned_node()
    from cdk8s import App, Chart

    from synth.render.collect import collect

    app = App()
    build(Chart(app, name), **inputs)
    return collect(app)
