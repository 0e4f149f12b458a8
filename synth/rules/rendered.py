"""What the rules say of everything that an environment renders, its overlays included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from synth.config.environment import Environment
from synth.kit.objects import identity
from synth.rules.capacity.check import check_capacity
from synth.rules.findings import Finding
from synth.rules.flaws import Flaw, Rendered
from synth.rules.judgement import judge
from synth.rules.own import OwnRule
from synth.rules.schemas import has_schemas


def check_rendered(
    environment: Environment, rendered: Rendered, own: Sequence[OwnRule] = ()
) -> Iterator[Finding]:
    """Findings about rendered objects, by our rules and the repository's `own`, and about what all of
    them together may ask for. What upstream wrote is a warning, all else an error.

    Raises ConfigurationError where a rule of the repository's own fails.
    """
    kubernetes = environment.cluster.kubernetes
    if not has_schemas(kubernetes):
        yield Finding(
            "SC003", "warning", "cluster.kubernetes",
            f"no schemas of Kubernetes {kubernetes} are at hand: no object was held to its kind's",
        )  # fmt: skip
    judged = judge(environment, rendered)
    yield from map(_finding, judged.flaws)
    yield from check_capacity(judged.accounts)
    for rule in own:
        yield from map(_finding, rule.flaws(environment, rendered.resources))


def _finding(flaw: Flaw) -> Finding:
    body, origin = flaw.resource.body, flaw.resource.origin
    application, this = flaw.resource.application, str(identity(body))
    return Finding(
        flaw.code,
        "warning" if origin.from_upstream else flaw.severity,
        origin.key or origin.construct,
        f"{this} in {application} {flaw.message}",
        application,
        this,
    )
