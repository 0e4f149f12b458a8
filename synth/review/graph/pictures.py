"""The pictures of an environment."""

from __future__ import annotations

from collections.abc import Iterable

from synth.config.environment import Environment
from synth.kit.objects import Identity, Resource
from synth.review.graph.applications import in_waves
from synth.review.graph.data import way_of_data
from synth.review.graph.objects import Objects
from synth.review.graph.picture import Picture


def pictures(
    environment: Environment, resources: Iterable[Resource], owned: Iterable[tuple[str, Identity]]
) -> list[Picture]:
    """The way of the data, where there is one, and the applications in waves. `owned` has every object
    of the environment with its application, those among them that Argo CD builds or a chart makes.
    """
    objects = Objects(environment.name, resources)
    both = [way_of_data(environment, objects), in_waves(objects, owned)]
    return [picture for picture in both if picture.boxes]
