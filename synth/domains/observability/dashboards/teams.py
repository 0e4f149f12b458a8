"""Which dashboards a team has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from synth.domains.observability.dashboards.page import Page
from synth.domains.observability.dashboards.serving import Served, serving
from synth.domains.observability.dashboards.streams import Watched, streams
from synth.domains.observability.dashboards.training import training


@dataclass(frozen=True, slots=True)
class Team:
    """What a team has that is worth looking at; `workflows` are those with a schedule."""

    name: str
    models: Sequence[Served] = ()
    workflows: Sequence[str] = ()
    streams: Sequence[Watched] = ()
    trains: bool = False


def pages(team: Team, datasource: str) -> Iterator[Page]:
    """The dashboards of a team, one of each kind that it has something for."""
    if team.models:
        yield serving(team.name, team.models, datasource)
    if team.models or team.trains:
        yield training(team.name, team.workflows, datasource)
    if team.streams:
        yield streams(team.name, team.streams, datasource)
