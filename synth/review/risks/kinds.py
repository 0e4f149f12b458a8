"""The kinds of risk, by codes that stay what they are."""

from __future__ import annotations

from typing import Literal, NamedTuple

from synth.kit.objects import Identity

Severity = Literal["high", "medium", "low"]


SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")


class Kind(NamedTuple):
    """A kind of risk: how bad it is, and what it is in a few words."""

    severity: Severity
    title: str


RISKS = {
    "DF001": Kind("high", "a field that cannot be changed in place"),
    "DF002": Kind("high", "something that holds data goes"),
    "DF003": Kind("high", "a CRD goes, and every object of its kind with it"),
    "DF004": Kind("high", "a version of a CRD is served no longer"),
    "DF005": Kind("high", "something goes that others use"),
    "DF006": Kind("medium", "many objects of an application go"),
    "DF007": Kind("high", "an application is deployed elsewhere"),
    "DF008": Kind("medium", "something stays behind in the cluster"),
    "DF009": Kind("high", "a step that Argo CD cannot do by itself"),
    "DF010": Kind("high", "somebody may do anything"),
    "DF011": Kind("medium", "somebody may do more"),
    "DF012": Kind("high", "the network is opened"),
    "DF013": Kind("high", "pods may do more to their node"),
    "DF020": Kind("medium", "traffic to a version that no alert watches"),
    "DF021": Kind("medium", "a larger share of the traffic than the steps allow"),
    "DF022": Kind("medium", "something that the environment before has not run"),
    "DF023": Kind("medium", "a model is served under another name"),
    "DF030": Kind("low", "a Secret that has to be there"),
    "DF031": Kind("medium", "an image from elsewhere"),
    "DF032": Kind("medium", "nothing runs any more"),
    "DF033": Kind("medium", "less protection from disruptions"),
}
"""Every risk by its code, which stays what it is."""


class Risk(NamedTuple):
    """One thing that can go wrong; `subject` is what it is about, in the reader's words."""

    code: str
    environment: str
    application: str
    object: Identity | None
    subject: str
    reason: str
    way_out: str

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return RISKS[self.code].severity
