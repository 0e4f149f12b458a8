"""What a SeldonDeployment asks for, and which of its predictors a request goes to."""

from __future__ import annotations

from dataclasses import dataclass

from synth.kit.objects import Body
from tests.cluster.api import Kind

KIND = Kind("machinelearning.seldon.io/v1", "seldondeployments")


@dataclass(frozen=True, slots=True)
class Predictor:
    """A predictor of a SeldonDeployment; `traffic` is in percent."""

    name: str
    version: str
    artifact: str
    model: str
    traffic: int

    @property
    def pod(self) -> tuple[str, str]:
        """What its pods are made anew for: traffic is no part of that."""
        return self.name, self.artifact


def predictors(deployment: Body | None) -> tuple[Predictor, ...]:
    """What a SeldonDeployment asks for; nothing where there is none."""
    return tuple(
        Predictor(
            each["name"],
            each["annotations"]["version"],
            each["graph"]["modelUri"],
            each["graph"]["name"],
            each["traffic"],
        )
        for each in (deployment or {"spec": {"predictors": []}})["spec"]["predictors"]
    )


def chosen(among: tuple[Predictor, ...], number: float) -> Predictor:
    """The predictor that a number from 0 up to, but not, 100 falls to."""
    for each in among:
        number -= each.traffic
        if number < 0:
            return each
    raise ValueError(f"the traffic sums to less than {number}")
