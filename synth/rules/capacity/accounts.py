"""Every demand of an environment, and the accounts that it is held to: a quota for each team, and
what the cluster has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from synth.catalog.kubeflow import load_release
from synth.catalog.sidecars import istio_proxy
from synth.config.environment import Environment
from synth.config.platform import Team
from synth.kit.objects import Body, group_of, identity, manifest
from synth.rules.capacity.amounts import Amounts, counted, parsed, quota_name, total
from synth.rules.capacity.demand import Demand, Pods, Surroundings, demand
from synth.rules.capacity.pipelines import compiled_pipelines, demand_of_pipeline
from synth.rules.capacity.pods import NOTHING, Defaults, defaults
from synth.rules.capacity.workflows import demands_of_workflows
from synth.rules.capacity.workloads import pods_of, scaled

_RUN_BY_OTHERS = {"CronWorkflow", "Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"}
"""Kinds that `demands_of_workflows` counts."""
_REQUESTS = ("requests.cpu", "requests.memory")


@dataclass(frozen=True, slots=True)
class Account:
    """What may be asked for, and of how much: a team's quota (`team` is set), or the cluster's
    capacity. `limits` has what is compared, by the names of quotas; `ignored` are names in a quota
    by which nothing of pods is counted. `beyond` says what else may run.
    """

    team: str
    limits: Amounts
    demands: Sequence[Demand]
    ignored: tuple[str, ...] = ()
    defaults: Defaults = NOTHING
    beyond: tuple[str, ...] = ()

    @property
    def usage(self) -> Amounts:
        """What all demands come to."""
        return total(each.usage for each in self.demands)

    @property
    def surge(self) -> Amounts:
        """What comes on top while everything is updated at once."""
        return total(each.surge for each in self.demands)

    def over(self, amounts: Amounts) -> list[str]:
        """The resources of which this is more than the limit."""
        return [name for name, most in self.limits.items() if amounts.get(name, 0) > most]


def accounts(
    environment: Environment, objects: Sequence[Body], unseen: Sequence[str] = ()
) -> list[Account]:
    """The teams' accounts in the order of the configuration, then the cluster's; `unseen` are
    applications whose objects are not among these.
    """
    around = _surroundings(environment, objects)
    demands = sorted(
        _demands(environment, objects, around),
        key=lambda each: (each.namespace, each.kind, each.name),
    )
    quotas = _quotas(objects)
    teams = [
        _of_team(
            team.name,
            quotas.get(team.name, {}),
            [each for each in demands if each.namespace == team.name],
            around.get(team.name, Surroundings()).defaults,
        )
        for team in environment.teams
    ]
    return [*teams, _of_cluster(environment, demands, around, unseen)]


def _of_team(team: str, quota: Amounts, demands: Sequence[Demand], given: Defaults) -> Account:
    limits = {name: most for name, most in quota.items() if counted(name)}
    ignored = tuple(sorted(quota.keys() - limits.keys()))
    return Account(team, limits, demands, ignored, given)


def _of_cluster(
    environment: Environment,
    demands: Sequence[Demand],
    around: Mapping[str, Surroundings],
    unseen: Sequence[str],
) -> Account:
    """What teams' demands leave open is said in their accounts."""
    there = parsed(environment.cluster.capacity)
    limits = {name if name == "pods" else f"requests.{name}": most for name, most in there.items()}
    teams = {team.name for team in environment.teams}
    beyond = [
        f"{_who(each)} may take more than is counted: {why}"
        for each in demands
        if each.namespace not in teams
        for why in each.beyond
    ]
    silent = [
        _who(each)
        for each in demands
        if each.unsaid(_REQUESTS, around.get(each.namespace, Surroundings()).defaults)
    ]
    if silent:
        beyond.append(f"containers that request no cpu or memory count as 0: {', '.join(silent)}")
    if unseen:
        names = ", ".join(unseen)
        beyond.append(
            f"applications that are not counted, for their objects are elsewhere: {names}"
        )
    return Account("", limits, demands, beyond=tuple(beyond))


def _who(demand: Demand) -> str:
    return f"{demand.kind} {demand.namespace}/{demand.name}"


def _demands(
    environment: Environment, objects: Sequence[Body], around: Mapping[str, Surroundings]
) -> Iterator[Demand]:
    autoscalers = scaled(objects)
    for body in objects:
        namespace = body["metadata"].get("namespace", "")
        its = around.get(namespace, Surroundings())
        said = pods_of(body, autoscalers)
        if said is not None:
            beyond = [each for each in said if isinstance(each, str)]
            yield demand(body, (each for each in said if isinstance(each, Pods)), its, beyond)
        elif body["kind"] not in _RUN_BY_OTHERS and namespace and _runs(body.get("spec")):
            yield demand(body, (), its, [f"what objects of kind {body['kind']} run is not known"])
    yield from demands_of_workflows(objects, around)
    version = load_release(environment.kubeflow.release).pipelines if environment.kubeflow else ""
    for namespace, name, compiled in compiled_pipelines(objects):
        its = around.get(namespace, Surroundings())
        yield demand_of_pipeline(namespace, name, compiled, its, version)
    for team in environment.teams:
        if team.notebooks:
            yield _notebooks(team, around.get(team.name, Surroundings()))


def _notebooks(team: Team, around: Surroundings) -> Demand:
    """So many notebooks as the team may have, each a pod of one container."""
    assert team.notebooks, "only for a team that has any"
    resources = team.notebooks.resources.model_dump(exclude_defaults=True)
    template: Body = {"spec": {"containers": [{"name": "notebook", "resources": resources}]}}
    body = manifest(
        "kubeflow.org/v1", "Notebook", f"{team.notebooks.max} at most", namespace=team.name
    )
    return demand(body, [Pods(template, team.notebooks.max)], around)


def _runs(value: Any) -> bool:
    """Whether something in an object looks like the spec of a pod."""
    if isinstance(value, Mapping):
        containers = value.get("containers")
        looks = isinstance(containers, Sequence) and any(
            isinstance(each, Mapping) and "name" in each for each in containers
        )
        return looks or any(map(_runs, value.values()))
    return isinstance(value, list) and any(map(_runs, value))


def _quotas(objects: Iterable[Body]) -> dict[str, dict[str, Fraction]]:
    """The quotas of every namespace, its Profile's and others: of several the least counts, and
    those for some pods only are passed over.
    """
    found: dict[str, dict[str, Fraction]] = defaultdict(dict)
    for body in objects:
        metadata, spec = body["metadata"], body.get("spec", {})
        if identity(body).group_kind == "Profile.kubeflow.org":
            namespace, quota = metadata["name"], spec.get("resourceQuotaSpec", {})
        elif identity(body).group_kind == "ResourceQuota":
            namespace, quota = metadata.get("namespace", ""), spec
        else:
            continue
        if not (quota.get("scopes") or quota.get("scopeSelector")):
            for name, most in parsed(quota.get("hard", {})).items():
                limits = found[namespace]
                limits[quota_name(name)] = min(most, limits.get(quota_name(name), most))
    return found


def _surroundings(environment: Environment, objects: Iterable[Body]) -> dict[str, Surroundings]:
    """What happens to pods, by namespace: those of Profiles are in the mesh, as are those that say
    so; a LimitRange completes containers.
    """
    proxy = istio_proxy(environment.kubeflow.release) if environment.kubeflow else None
    meshed = set()
    ranges: dict[str, list[Body]] = defaultdict(list)
    for body in objects:
        metadata = body["metadata"]
        if body["kind"] == "Profile":
            meshed.add(metadata["name"])
        elif body["kind"] == "Namespace":
            if (metadata.get("labels") or {}).get("istio-injection") == "enabled":
                meshed.add(metadata["name"])
        elif body["kind"] == "LimitRange" and group_of(body["apiVersion"]) == "":
            ranges[metadata.get("namespace", "")].append(body)
    return {
        name: Surroundings(proxy if name in meshed else None, defaults(ranges[name]))
        for name in {*meshed, *ranges}
    }
