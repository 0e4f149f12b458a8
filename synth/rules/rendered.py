"""What the rules say of everything that an environment renders, its overlays included."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase

from synth.config.environment import Environment
from synth.config.platform import Accepted
from synth.kit.objects import identity
from synth.rules.capacity.check import check_capacity
from synth.rules.findings import Finding
from synth.rules.flaws import Flaw, Rendered
from synth.rules.judgement import judge
from synth.rules.schemas import has_schemas


def check_rendered(environment: Environment, rendered: Rendered) -> Iterator[Finding]:
    """Findings about rendered objects that `policy.accepted` does not name, about its entries that
    name nothing any more, and about what all of them together may ask for. What upstream wrote is
    a warning, all else an error.
    """
    kubernetes = environment.cluster.kubernetes
    if not has_schemas(kubernetes):
        yield Finding(
            "SC003", "warning", "cluster.kubernetes",
            f"no schemas of Kubernetes {kubernetes} are at hand: no object was held to its kind's",
        )  # fmt: skip
    judged = judge(environment, rendered)
    accepted = environment.policy.accepted
    for flaw in judged.flaws:
        if not any(_names(each, flaw) for each in accepted):
            yield _finding(flaw)
    yield from _unneeded(accepted, judged.flaws)
    yield from check_capacity(judged.accounts)


def _finding(flaw: Flaw) -> Finding:
    body, origin = flaw.resource.body, flaw.resource.origin
    return Finding(
        flaw.code,
        "warning" if origin.from_upstream else "error",
        origin.key or origin.construct,
        f"{identity(body)} in {flaw.resource.application} {flaw.message}",
    )


def _names(accepted: Accepted, flaw: Flaw) -> bool:
    return (
        accepted.code == flaw.code
        and fnmatchcase(flaw.resource.application, accepted.application)
        and fnmatchcase(str(identity(flaw.resource.body)), accepted.object)
    )


def _unneeded(accepted: Collection[Accepted], flaws: Collection[Flaw]) -> Iterator[Finding]:
    for each in accepted:
        if not any(_names(each, flaw) for flaw in flaws):
            yield Finding(
                "PO001",
                "warning",
                f"policy.accepted.{each.name}",
                f"nothing rendered has a finding {each.code} that this accepts: take it out",
            )
