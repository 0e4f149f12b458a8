"""What leaves an environment, against what stands in `dist/`: Argo CD removes only what it is told
to, and only where a project permits it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from synth.config.environment import Environment
from synth.kit.application import BOOTSTRAP, application_name
from synth.rules.findings import Finding
from synth.rules.standing import Standing

_OF_TEAMS = ("models", "namespaces", "workflows")
"""The applications whose objects are in teams' namespaces alone."""
_STAYS = {
    "cert-manager": "with its CRDs every Certificate and Issuer would go, and its chart cannot protect "
    "them; once none is left, remove it by hand",
    "strimzi": "with its CRDs every Kafka cluster and topic would go, and its chart cannot protect "
    "them; once none is left, remove it by hand",
    "kube-prometheus-stack": "with its CRDs every monitor, alert and Prometheus would go, and its "
    "chart cannot protect them; once none is left, remove it by hand",
    "grafana-operator": "with its CRDs every dashboard and alert rule would go, and its chart cannot "
    "protect them; once none is left, remove it by hand",
    "eck": "with its CRDs every Elasticsearch would go, and its chart cannot protect them; once none "
    "is left, remove it by hand",
    "sealed-secrets": "with its CRD every SealedSecret and its Secret would go, and its chart cannot "
    "protect it; once none is left, remove it by hand",
}
"""What Argo CD must not remove, and why."""
_FIRST = {"knative-kafka": "streams"}
"""What must be gone before: finalizers that nothing else takes away would hold it for good
(knative-extensions/eventing-kafka-broker control-plane/pkg/reconciler/, FinalizeKind)."""


def check_retirement(
    environment: Environment,
    present: Collection[str],
    known: Collection[str],
    standing: Standing,
) -> Iterator[Finding]:
    """Findings about `retired`, and about what should be in it.

    `present` are the applications that the environment has, `known` those it could have.
    """
    teams = {team.name for team in environment.teams}
    retired = {each.name for each in environment.retired if each.kind == "application"}
    gone_teams = {each.name for each in environment.retired if each.kind == "team"}
    repositories = {team.name for team in environment.teams if team.repository}
    still = {"application": present, "team": teams, "repository": repositories}
    there = standing.applications
    standing_still = set(there) - set(standing.emptied)
    for each in environment.retired:
        key = f"retired.{each.name}"
        if each.kind == "application" and each.name in _STAYS:
            yield Finding("RT006", "error", key, f"cannot retire: {_STAYS[each.name]}")
        elif each.name in still[each.kind]:
            yield Finding("RT001", "error", key, f"this {each.kind} is still there: take one out")
        elif each.kind == "application" and each.name not in known:
            could = ", ".join(sorted(set(known) - set(present)))
            message = f"there is no application {each.name!r} that could leave (known: {could})"
            yield Finding("RT002", "error", key, message)
        elif each.kind == "application" and _FIRST.get(each.name) in standing_still | retired:
            first = _FIRST[each.name]
            yield Finding(
                "RT007", "error", key,
                f"cannot retire before {first}, whose objects nothing else lets go of: retire these, "
                f"and this in the place of them once Argo CD shows {environment.name}-{first} as "
                "synced",
            )  # fmt: skip
        elif each.kind == "repository" and each.name not in standing.repositories:
            synced = application_name(environment.name, BOOTSTRAP)
            message = (
                f"can go once Argo CD shows {synced} as synced and has no Application "
                f"{application_name(environment.name, each.name)}.… any more"
            )
            yield Finding("RT003", "warning", key, message)
        elif each.name in standing.emptied:
            name = f"{environment.name}-{each.name}"
            message = f"can go once Argo CD shows {name} as synced: git has nothing of it any more"
            yield Finding("RT003", "warning", key, message)
    for name in sorted(standing_still - set(present) - retired):
        if name in _STAYS:
            yield Finding(
                "RT004", "warning", "retired",
                f"{name} leaves, and stays on the cluster unmanaged: {_STAYS[name]}",
            )  # fmt: skip
            continue
        namespaces = sorted(set(there[name]) - teams - gone_teams)
        extra = f", namespaces: [{', '.join(namespaces)}]" if namespaces else ""
        yield Finding(
            "RT004", "warning", "retired",
            f"{name} leaves, and what it runs would stay on the cluster unmanaged; to have it "
            f"removed, add {{name: {name}, kind: application{extra}}}",
        )  # fmt: skip
    left = {place for name in _OF_TEAMS if name in present for place in there.get(name, ())}
    for namespace in sorted(left - teams - gone_teams):
        yield Finding(
            "RT005", "warning", "retired",
            f"the last objects leave namespace {namespace}, and Argo CD removes nothing where the "
            f"project permits nothing; to have them removed, add {{name: {namespace}, kind: team}}",
        )  # fmt: skip
    kept = {each.name for each in environment.retired if each.kind != "application"}
    for team in sorted({*standing.repositories} - repositories - kept):
        kind = "repository" if team in teams else "team"
        yield Finding(
            "RT008", "warning", "retired",
            f"the repository of team {team} leaves, and Argo CD removes an ApplicationSet only as long "
            f"as the project permits that kind; to have it removed, add {{name: {team}, kind: {kind}}}",
        )  # fmt: skip
