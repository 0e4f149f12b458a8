"""What lies in teams' namespaces for all that runs there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synth.app.kubeflow import enabled_components
from synth.app.workload import Inputs, Workload
from synth.app.workloads.retraining import retrained
from synth.catalog.serving import EXECUTOR_PORTS, EXPLAINER_PORT
from synth.config.environment import Environment
from synth.config.platform import Team
from synth.config.serving import Model
from synth.config.streaming import Stream
from synth.config.teams import Egress
from synth.kit.secrets import Provider

if TYPE_CHECKING:
    from cdk8s import Chart

    from synth.domains.platform.network import Address, Opening


@dataclass(frozen=True, slots=True)
class Inside:
    """What runs in a team's namespace that others reach, and what it reaches.

    `seldon` are the ports of its models there; `knative` is whether it has Knative Services;
    `processors` are the streams whose programs show metrics; `events` is whether alerts start its
    workflows. `servers` are where events come from and requests are logged, `agents` where traces go by
    UDP, as `host:port`.
    """

    seldon: Sequence[int]
    knative: bool
    processors: Sequence[Stream]
    events: bool
    servers: Sequence[str]
    agents: Sequence[str]


def _namespace_inputs(environment: Environment) -> Inputs:
    teams = [team for team in environment.teams if team.in_namespace]
    if not teams:
        return {}
    observability = environment.observability
    return {
        "teams": teams,
        "inside": {team.name: _inside(environment, team) for team in teams if team.isolated},
        "components": sorted(each.name for each in enabled_components(environment)),
        "monitoring": observability.prometheus.namespace if observability else None,
        "allowed": environment.policy.egress,
        "mlflow": environment.mlflow.namespace if environment.mlflow else None,
    }


def _inside(environment: Environment, team: Team) -> Inside:
    models = [model for model in environment.models if model.team == team.name]
    seldon = [model for model in models if model.engine == "seldon"]
    streams = [stream for stream in environment.streams if stream.team == team.name]
    explained = any(variant.explainer for model in seldon for variant in model.variants)
    ports = (*EXECUTOR_PORTS, *((EXPLAINER_PORT,) if explained else ())) if seldon else ()
    return Inside(
        seldon=[int(each) for each in ports],
        knative=len(models) > len(seldon) or bool(streams),
        processors=[stream for stream in streams if stream.processor.metrics_path],
        events=any(model.team == team.name for model in retrained(environment)),
        servers=[*_servers(environment, models, streams)],
        agents=[*_agents(environment)] if seldon else [],
    )


def _servers(
    environment: Environment, models: Sequence[Model], streams: Sequence[Stream]
) -> Iterator[str]:
    for stream in streams:
        yield from stream.kafka.servers(environment.kafka)
    logs = environment.observability.logs if environment.observability else None
    if logs and any(model.request_log and not model.request_log.url for model in models):
        yield logs.receiver_url.removeprefix("http://")


def _agents(environment: Environment) -> Iterator[str]:
    traces = environment.observability.traces if environment.observability else None
    if traces:
        yield f"{traces.host}:{traces.port}"


def _namespaces(
    chart: Chart,
    *,
    teams: Sequence[Team],
    store: Provider,
    inside: Mapping[str, Inside],
    components: Sequence[str],
    monitoring: str | None,
    allowed: Egress | None,
    mlflow: str | None,
) -> None:
    from synth.domains.platform import TeamNamespace
    from synth.domains.platform.network import egress, isolation

    for team in teams:
        policies = []
        if its := inside.get(team.name):
            policies = isolation(team, _openings(team, its, components, monitoring))
            if allowed:
                addresses = _addresses(its, mlflow)
                out = egress(team, allowed, components, addresses, knative=its.knative)
                policies.append(out)
        TeamNamespace(chart, team, store=store, isolation=policies)


def _addresses(inside: Inside, mlflow: str | None) -> Iterator[Address]:
    """What the environment's own sections say that the team's pods connect to, within the cluster."""
    from synth.domains.platform.network import Address
    from synth.domains.registry.pod import PORT

    if mlflow:
        yield Address(mlflow, PORT)
    for protocol, addresses in (("TCP", inside.servers), ("UDP", inside.agents)):
        for address in addresses:
            host, _, number = address.rpartition(":")
            _, namespace, service, *_ = (*host.split("."), "", "")
            if service == "svc":
                yield Address(namespace, int(number), protocol)


def _openings(
    team: Team, inside: Inside, components: Sequence[str], monitoring: str | None
) -> Iterator[Opening]:
    """Who has to reach the pods of a namespace. An EventSource has a NetworkPolicy of its own."""
    from synth.domains.observability.metrics import PODS, PORTS
    from synth.domains.observability.platform.scraping import argo_events
    from synth.domains.platform import network
    from synth.domains.streaming import service_name

    if inside.seldon:
        yield network.served(inside.seldon, PODS)
    if inside.knative:
        yield network.KNATIVE
    yield from network.of_components(components)
    if monitoring is None:
        return
    yield network.sidecars(monitoring)
    if inside.seldon:
        yield network.scraped("models", monitoring, [int(each) for each in PORTS], PODS)
    for stream in inside.processors:
        service = service_name(stream)
        pods = {"serving.knative.dev/service": service}
        yield network.scraped(service, monitoring, [stream.processor.port], pods)
    if inside.events:
        _, sensors = argo_events(team.name)
        yield network.scraped(sensors.name, monitoring, [sensors.number], sensors.labels)


NAMESPACES = Workload(
    11,
    _namespace_inputs,
    _namespaces,
    frozenset(
        {
            "AuthorizationPolicy.security.istio.io",
            "LimitRange",
            "NetworkPolicy.networking.k8s.io",
            "PodDefault.kubeflow.org",
            "RoleBinding.rbac.authorization.k8s.io",
        }
    ),
    secrets=lambda it: [each for team in it.teams for each in team.secrets],
)
