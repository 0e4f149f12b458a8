"""Small hand-made sides of a comparison."""

from __future__ import annotations

from collections.abc import Iterable

from synth.config.environment import Environment
from synth.kit.objects import Body, identity
from synth.render.documents import dump
from synth.render.plan import file_name
from synth.review.causes import Sources
from synth.review.comparison import Side
from synth.review.report import Report, report
from synth.review.risks.surroundings import Surroundings


def side(*bodies: Body, application: str = "models", environment: str = "prod") -> dict[str, bytes]:
    """What a build would write of these objects."""
    return {
        f"dist/{environment}/{application}/{file_name(identity(body))}": dump(body).encode()
        for body in bodies
    }


def reviewed(
    before: Side,
    after: Side,
    environments: Iterable[Environment] = (),
    order: Iterable[str] = (),
    sources: Sources | None = None,
) -> Report:
    """What a review says of the way from one side to the other."""
    named = {each.name: each for each in environments}
    around = Surroundings(before, after, named, list(order))
    return report("main", around, sources or Sources())


def lines(before: Side, after: Side) -> list[str]:
    """Everything that happens, in the reader's words."""
    return [str(line) for line in reviewed(before, after).lines()]


def dangers(before: Side, after: Side) -> list[str]:
    """Every risk with its code, and what to do."""
    return [
        f"{risk.code} {risk.subject}: {risk.reason}; {risk.way_out}"
        for risk in reviewed(before, after).risks
    ]
