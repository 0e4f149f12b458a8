"""Objects in a version of their API that a later Kubernetes has given up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from synth.kit.objects import Resource, group_of
from synth.kit.versions import minor
from synth.rules.flaws import Flaw
from synth.rules.schemas import has_schemas, kinds, versions


def check_deprecations(resources: Sequence[Resource], kubernetes: str) -> Iterator[Flaw]:
    """Kinds of Kubernetes itself that are there in the cluster's version and not in a later one that
    is known; versions without alpha or beta stay.
    """
    passing = [each for each in resources if _may_go(each.body["apiVersion"])]
    if not (passing and has_schemas(kubernetes)):
        return
    here = kinds(kubernetes)
    later = [each for each in versions() if minor(each) > minor(kubernetes)]
    for resource in passing:
        api_version, kind = this = resource.body["apiVersion"], resource.body["kind"]
        gone = next((each for each in later if this not in kinds(each)), None)
        if this in here and gone:
            there = sorted(
                version
                for version, known in kinds(gone)
                if known == kind and group_of(version) == group_of(api_version)
            )
            yield Flaw(
                "SC007", resource,
                f"is {api_version}, which Kubernetes {gone} does not have: "
                + (f"it has {' and '.join(there)}" if there else "nothing takes its place"),
                "warning",
            )  # fmt: skip


def _may_go(api_version: str) -> bool:
    return "alpha" in api_version or "beta" in api_version
