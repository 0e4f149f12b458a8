"""What an environment contains of our own, application by application.

Each application is built from the inputs that `WORKLOADS` and `gitops` name, and
from nothing else: its cache key is made of them. Constructs are imported where they are used,
since that starts Node, which nobody should wait for who needs none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synth.app.dashboards import Shown, show, shown
from synth.app.monitoring import Monitored, monitor, watched_projects
from synth.app.pipelines import Compiled
from synth.catalog.argo_workflows import argo_workflows
from synth.catalog.images import mirror_to
from synth.catalog.kubeflow import isolated_namespaces, load_release
from synth.config.addons import Eck
from synth.config.environment import Environment
from synth.config.events import Events
from synth.config.gitops import Cluster, Gitops
from synth.config.kafka import KafkaCluster
from synth.config.logs import Logs
from synth.config.notifications import Notifications, Route
from synth.config.observability import Grafana, Observability, Platform, Prometheus, Traces
from synth.config.pipelines import Pipeline
from synth.config.platform import Team
from synth.config.registry import Mlflow
from synth.config.serving import Model
from synth.config.streaming import Stream
from synth.config.tracing import Jaeger
from synth.config.workflows import Workflow
from synth.kit.application import Application
from synth.kit.external_secrets import Store
from synth.kit.node import use_pinned_node
from synth.kit.objects import Identity, Resource
from synth.programs import pipelines_program

if TYPE_CHECKING:
    from cdk8s import Chart

Inputs = Mapping[str, Any]
Build = Callable[..., None]
"""Fills a chart: called with it and the inputs as keywords."""
Side = tuple[Build, Inputs]


@dataclass(frozen=True, slots=True)
class Workload:
    """An application that runs something: its wave, and what it is built from and by.

    `inputs` is empty where an environment has none of it. `kinds` has every kind of object that
    `build` can make, as `Kind.group`: Argo CD may own and remove these and no others, also when
    the last of a kind has left git. One that `compiles` is also given the environment's compiled
    pipelines, by name, as `compiled`. Where it `self_heals`, Argo CD undoes what others change.
    """

    wave: int
    inputs: Callable[[Environment], Inputs]
    build: Build
    kinds: frozenset[str]
    compiles: bool = False
    self_heals: Callable[[Environment], bool] = lambda _: True


def resources(name: str, build: Build, inputs: Inputs) -> list[Resource]:
    """The objects that `build` puts into the chart of the application called `name`."""
    use_pinned_node()
    from cdk8s import App, Chart

    from synth.render.collect import collect

    app = App()
    build(Chart(app, name), **inputs)
    return collect(app)


def _team_inputs(environment: Environment) -> Inputs:
    return {"teams": environment.teams} if environment.teams else {}


def _teams(chart: Chart, *, teams: Sequence[Team]) -> None:
    from synth.domains.platform import TeamProfile

    for team in teams:
        TeamProfile(chart, team)


def _mlflow_inputs(environment: Environment) -> Inputs:
    if not environment.mlflow:
        return {}
    observability = environment.observability
    return {
        "mlflow": environment.mlflow,
        "monitoring": observability.prometheus.namespace if observability else None,
        "store": Store(environment.secrets.store.name, environment.addons.external_secrets),
        "registry": environment.registry,
    }


def _mlflow(
    chart: Chart, *, mlflow: Mlflow, monitoring: str | None, store: Store, registry: str | None
) -> None:
    from synth.domains.registry import TrackingServer

    mirror = mirror_to(registry)
    TrackingServer(chart, mlflow, monitoring=monitoring, store=store, mirror=mirror)


def _model_inputs(environment: Environment) -> Inputs:
    if not environment.models:
        return {}
    gateway, observability = environment.gateway, environment.observability
    return {
        "models": environment.models,
        "kserve": load_release(environment.kubeflow.release).kserve if environment.kubeflow else "",
        "registry": environment.registry,
        "host": gateway.host if gateway else None,
        "traces": observability.traces if observability else None,
        "request_log": observability.logs.receiver_url
        if observability and observability.logs
        else None,
    }


def _models(
    chart: Chart,
    *,
    models: Sequence[Model],
    kserve: str,
    registry: str | None,
    host: str | None,
    traces: Traces | None,
    request_log: str | None,
) -> None:
    from synth.domains.serving import KServeModel, SeldonModel

    mirror = mirror_to(registry)
    for model in models:
        model = _sent_to(model, request_log)
        if model.engine == "kserve":
            KServeModel(chart, model, kserve=kserve, mirror=mirror)
        else:
            SeldonModel(chart, model, mirror=mirror, host=host, traces=traces)


def _sent_to(model: Model, receiver: str | None) -> Model:
    """The model, whose requests go to the platform's receiver where it names none."""
    log = model.request_log
    if log is None or log.url:
        return model
    return model.model_copy(update={"request_log": log.model_copy(update={"url": receiver})})


def _argo(environment: Environment) -> str | None:
    """The version of Argo Workflows in the cluster, if it has one."""
    kubeflow, addon = environment.kubeflow, environment.addons.argo_workflows
    return argo_workflows(
        kubeflow.release if kubeflow else None,
        kubeflow.components if kubeflow else {},
        addon.version if addon else None,
    )


def _platform(environment: Environment) -> Platform | None:
    """What is said of alerts on the platform itself."""
    return environment.observability.platform if environment.observability else None


def _pipeline_inputs(environment: Environment) -> Inputs:
    if not (environment.pipelines and environment.kubeflow):
        return {}
    return {
        "pipelines": environment.pipelines,
        "store": environment.kubeflow.pipelines_store,
        "registry": environment.registry,
    }


def _pipelines(
    chart: Chart,
    *,
    pipelines: Sequence[Pipeline],
    store: str,
    registry: str | None,
    compiled: Mapping[str, Compiled],
) -> None:
    from synth.domains.pipelines import RegisteredPipeline, StoredPipeline

    mirror, program = mirror_to(registry), pipelines_program()
    for pipeline in pipelines:
        made = compiled[pipeline.name]
        if store == "kubernetes":
            StoredPipeline(
                chart,
                pipeline,
                version=made.version,
                description=made.description,
                spec=made.spec,
                platform=made.platform,
            )
        else:
            RegisteredPipeline(
                chart,
                pipeline,
                version=made.version,
                description=made.description,
                text=made.text,
                program=program,
                mirror=mirror,
            )


def _workflow_inputs(environment: Environment) -> Inputs:
    argo = _argo(environment)
    if not (environment.workflows and argo):
        return {}
    return {
        "workflows": environment.workflows,
        "argo": argo,
        "archives": environment.addons.argo_workflows is None,
        "watched": _platform(environment) is not None,
        "registry": environment.registry,
    }


def _workflows(
    chart: Chart,
    *,
    workflows: Sequence[Workflow],
    argo: str,
    archives: bool,
    watched: bool,
    registry: str | None,
    compiled: Mapping[str, Compiled],
) -> None:
    from synth.domains.workflows import ArgoWorkflow, Pipelines

    mirror = mirror_to(registry)
    versions = {name: each.version for name, each in compiled.items()}
    pipelines = Pipelines(versions, pipelines_program())
    for workflow in workflows:
        ArgoWorkflow(
            chart,
            workflow,
            argo=argo,
            archives=archives,
            mirror=mirror,
            pipelines=pipelines,
            watched=watched,
        )


def _kafka_inputs(environment: Environment) -> Inputs:
    if not environment.kafka:
        return {}
    addons = environment.addons
    return {
        "clusters": environment.kafka,
        "strimzi": addons.strimzi.version if addons.strimzi else "",
        "store": Store(environment.secrets.store.name, addons.external_secrets),
        "exporter": _platform(environment) is not None,
    }


def _kafka(
    chart: Chart,
    *,
    clusters: Sequence[KafkaCluster],
    strimzi: str,
    store: Store,
    exporter: bool,
) -> None:
    from synth.domains.kafka import Cluster, ClusterNamespace

    for namespace in sorted({cluster.namespace for cluster in clusters}):
        ClusterNamespace(chart, namespace)
    for cluster in clusters:
        Cluster(chart, cluster, strimzi=strimzi, store=store, exporter=exporter)


def _stream_inputs(environment: Environment) -> Inputs:
    if not environment.streams:
        return {}
    addons, observability = environment.addons, environment.observability
    return {
        "streams": environment.streams,
        "servers": [stream.kafka.servers(environment.kafka) for stream in environment.streams],
        "strimzi": addons.strimzi.version if addons.strimzi else "",
        "knative_kafka": addons.knative_kafka.version if addons.knative_kafka else "",
        "store": Store(environment.secrets.store.name, addons.external_secrets),
        "monitor_labels": observability.prometheus.labels if observability else None,
        "registry": environment.registry,
    }


def _streams(
    chart: Chart,
    *,
    streams: Sequence[Stream],
    servers: Sequence[Sequence[str]],
    strimzi: str,
    knative_kafka: str,
    store: Store,
    monitor_labels: dict[str, str] | None,
    registry: str | None,
) -> None:
    from synth.domains.streaming import EventStream

    for stream, brokers in zip(streams, servers, strict=True):
        EventStream(
            chart,
            stream,
            servers=brokers,
            strimzi=strimzi,
            knative_kafka=knative_kafka,
            store=store,
            monitor_labels=monitor_labels,
            mirror=mirror_to(registry),
        )


def _observability_inputs(environment: Environment) -> Inputs:
    if not (environment.observability and environment.models):
        return {}
    return {"models": environment.models, "observability": environment.observability}


def _observability(chart: Chart, *, models: Sequence[Model], observability: Observability) -> None:
    from synth.domains.observability import TeamMonitoring

    for team in sorted({model.team for model in models}):
        its = [model for model in models if model.team == team]
        TeamMonitoring(chart, team, its, observability)


def _log_inputs(environment: Environment) -> Inputs:
    observability, eck = environment.observability, environment.addons.eck
    if not (observability and observability.logs):
        return {}
    return {"logs": observability.logs, "operator": (eck or Eck()).namespace}


def _logs(chart: Chart, *, logs: Logs, operator: str) -> None:
    from synth.domains.logs import LogStack

    LogStack(chart, logs, operator=operator)


def _tracing_inputs(environment: Environment) -> Inputs:
    observability = environment.observability
    if not (observability and observability.tracing and observability.tracing.jaeger):
        return {}
    return {
        "jaeger": observability.tracing.jaeger,
        "namespace": observability.jaeger_namespace,
        "port": observability.tracing.agent_port,
        "logs": observability.logs,
        "monitoring": observability.prometheus.namespace,
        "registry": environment.registry,
    }


def _tracing(
    chart: Chart,
    *,
    jaeger: Jaeger,
    namespace: str,
    port: int,
    logs: Logs | None,
    monitoring: str,
    registry: str | None,
) -> None:
    from synth.domains.logs import connection
    from synth.domains.tracing import TraceStore

    elasticsearch = connection(logs) if logs and jaeger.storage == "elasticsearch" else None
    TraceStore(
        chart,
        jaeger,
        namespace=namespace,
        port=port,
        elasticsearch=elasticsearch,
        monitoring=monitoring,
        mirror=mirror_to(registry),
    )


def _dashboard_inputs(environment: Environment) -> Inputs:
    return shown(environment, _argo(environment))


def _dashboards(chart: Chart, **what: Any) -> None:
    show(chart, Shown(**what))


def _notification_inputs(environment: Environment) -> Inputs:
    observability = environment.observability
    notifications = observability.notifications if observability else None
    if not (observability and notifications) or notifications.via == "elsewhere":
        return {}
    return {
        "notifications": notifications,
        "routes": notifications.tree(environment.teams),
        "prometheus": observability.prometheus,
        "grafana": observability.grafana,
    }


def _notifications(
    chart: Chart,
    *,
    notifications: Notifications,
    routes: Sequence[Route],
    prometheus: Prometheus,
    grafana: Grafana | None,
) -> None:
    from synth.domains.observability import WhoIsTold

    WhoIsTold(chart, notifications, routes, prometheus, grafana)


def _event_inputs(environment: Environment) -> Inputs:
    retrained = tuple(model for model in environment.models if model.retraining)
    argo = _argo(environment)
    if not (retrained and environment.observability and argo):
        return {}
    return {
        "models": retrained,
        "events": environment.events,
        "prometheus": environment.observability.prometheus,
        "workflows": environment.workflows,
        "argo": argo,
    }


def _events(
    chart: Chart,
    *,
    models: Sequence[Model],
    events: Events,
    prometheus: Prometheus,
    workflows: Sequence[Workflow],
    argo: str,
) -> None:
    from synth.domains.events import TeamEvents
    from synth.domains.workflows import reference

    runs = {workflow.name: reference(workflow, argo) for workflow in workflows}
    for team in sorted({model.team for model in models}):
        its = [model for model in models if model.team == team]
        TeamEvents(chart, team, its, events, prometheus, runs=runs)


def _monitoring_inputs(environment: Environment) -> Inputs:
    if not _platform(environment):
        return {}
    kubeflow = environment.kubeflow
    components = load_release(kubeflow.release).enabled(kubeflow.components) if kubeflow else ()
    stored = kubeflow is not None and kubeflow.pipelines_store == "kubernetes"
    return {
        "observability": environment.observability,
        "components": sorted(component.name for component in components),
        "isolated": sorted(isolated_namespaces(components)),
        "argo": _argo(environment),
        "addon": environment.addons.argo_workflows,
        "argocd": environment.gitops.argocd if environment.cluster.runs_argo_cd else None,
        "projects": watched_projects(environment),
        "teams": environment.teams,
        "workflows": environment.workflows,
        "pipelines": () if stored else environment.pipelines,
        "streams": environment.streams,
        "kafka": environment.kafka,
        "mlflow": environment.mlflow,
        "retrained": sorted({each.team for each in _event_inputs(environment).get("models", ())}),
    }


def _monitoring(chart: Chart, **inputs: Any) -> None:
    monitor(chart, Monitored(**inputs))


# Kubeflow's components have the waves from 0 to 6; their kinds are there when these begin.
WORKLOADS: Mapping[str, Workload] = {
    "teams": Workload(10, _team_inputs, _teams, frozenset({"Profile.kubeflow.org"})),
    "mlflow": Workload(
        10,
        _mlflow_inputs,
        _mlflow,
        frozenset(
            {
                "AuthorizationPolicy.security.istio.io",
                "Deployment.apps",
                "ExternalSecret.external-secrets.io",
                "Job.batch",
                "Namespace",
                "NetworkPolicy.networking.k8s.io",
                "PodDisruptionBudget.policy",
                "Service",
                "ServiceAccount",
            }
        ),
    ),
    "models": Workload(
        11,
        _model_inputs,
        _models,
        frozenset(
            {
                "AuthorizationPolicy.security.istio.io",
                "InferenceService.serving.kserve.io",
                "PodDisruptionBudget.policy",
                "SeldonDeployment.machinelearning.seldon.io",
            }
        ),
        self_heals=lambda environment: not environment.policy.direct_changes,
    ),
    "pipelines": Workload(
        11,
        _pipeline_inputs,
        _pipelines,
        frozenset(
            {
                "ConfigMap",
                "Job.batch",
                "Pipeline.pipelines.kubeflow.org",
                "PipelineVersion.pipelines.kubeflow.org",
                "Role.rbac.authorization.k8s.io",
                "RoleBinding.rbac.authorization.k8s.io",
                "ServiceAccount",
            }
        ),
        compiles=True,
    ),
    # What a workflow submits is registered when it starts.
    "workflows": Workload(
        12,
        _workflow_inputs,
        _workflows,
        frozenset(
            {
                "ClusterWorkflowTemplate.argoproj.io",
                "CronWorkflow.argoproj.io",
                "Role.rbac.authorization.k8s.io",
                "RoleBinding.rbac.authorization.k8s.io",
                "ServiceAccount",
                "WorkflowTemplate.argoproj.io",
            }
        ),
        compiles=True,
    ),
    "kafka": Workload(
        10,
        _kafka_inputs,
        _kafka,
        frozenset(
            {
                "ExternalSecret.external-secrets.io",
                "Kafka.kafka.strimzi.io",
                "KafkaNodePool.kafka.strimzi.io",
                "KafkaUser.kafka.strimzi.io",
                "Namespace",
            }
        ),
    ),
    "streams": Workload(
        11,
        _stream_inputs,
        _streams,
        frozenset(
            {
                "AuthorizationPolicy.security.istio.io",
                "ExternalSecret.external-secrets.io",
                "KafkaSource.sources.knative.dev",
                "KafkaTopic.kafka.strimzi.io",
                "PodMonitor.monitoring.coreos.com",
                "Service.serving.knative.dev",
                "ServiceAccount",
            }
        ),
    ),
    "observability": Workload(
        11,
        _observability_inputs,
        _observability,
        frozenset(
            {
                "AuthorizationPolicy.security.istio.io",
                "ConfigMap",
                "GrafanaAlertRuleGroup.grafana.integreatly.org",
                "GrafanaFolder.grafana.integreatly.org",
                "PodMonitor.monitoring.coreos.com",
                "PrometheusRule.monitoring.coreos.com",
            }
        ),
    ),
    "logs": Workload(
        10,
        _log_inputs,
        _logs,
        frozenset(
            {
                "Beat.beat.k8s.elastic.co",
                "ClusterRole.rbac.authorization.k8s.io",
                "ClusterRoleBinding.rbac.authorization.k8s.io",
                "ConfigMap",
                "Elasticsearch.elasticsearch.k8s.elastic.co",
                "Kibana.kibana.k8s.elastic.co",
                "Namespace",
                "NetworkPolicy.networking.k8s.io",
                "Service",
                "ServiceAccount",
            }
        ),
    ),
    "tracing": Workload(
        11,
        _tracing_inputs,
        _tracing,
        frozenset(
            {
                "CronJob.batch",
                "Namespace",
                "NetworkPolicy.networking.k8s.io",
                "OpenTelemetryCollector.opentelemetry.io",
                "Service",
            }
        ),
    ),
    "dashboards": Workload(
        11,
        _dashboard_inputs,
        _dashboards,
        frozenset(
            {
                "ConfigMap",
                "GrafanaDashboard.grafana.integreatly.org",
                "GrafanaFolder.grafana.integreatly.org",
            }
        ),
    ),
    "notifications": Workload(
        11,
        _notification_inputs,
        _notifications,
        frozenset(
            {
                "AlertmanagerConfig.monitoring.coreos.com",
                "ConfigMap",
                "GrafanaContactPoint.grafana.integreatly.org",
                "GrafanaMuteTiming.grafana.integreatly.org",
                "GrafanaNotificationPolicy.grafana.integreatly.org",
            }
        ),
    ),
    "events": Workload(
        11,
        _event_inputs,
        _events,
        frozenset(
            {
                "AlertmanagerConfig.monitoring.coreos.com",
                "EventBus.argoproj.io",
                "EventSource.argoproj.io",
                "NetworkPolicy.networking.k8s.io",
                "Role.rbac.authorization.k8s.io",
                "RoleBinding.rbac.authorization.k8s.io",
                "Sensor.argoproj.io",
                "ServiceAccount",
            }
        ),
    ),
    "monitoring": Workload(
        11,
        _monitoring_inputs,
        _monitoring,
        frozenset(
            {
                "AuthorizationPolicy.security.istio.io",
                "ConfigMap",
                "GrafanaAlertRuleGroup.grafana.integreatly.org",
                "GrafanaFolder.grafana.integreatly.org",
                "NetworkPolicy.networking.k8s.io",
                "PodMonitor.monitoring.coreos.com",
                "PrometheusRule.monitoring.coreos.com",
                "ServiceMonitor.monitoring.coreos.com",
            }
        ),
    ),
}
"""What runs in an environment beside Kubeflow, by the application's name."""


def _argocd(
    chart: Chart,
    *,
    environment: str,
    gitops: Gitops,
    cluster: Cluster,
    applications: Sequence[Application],
) -> None:
    from synth.domains.argocd import Applications

    Applications(
        chart, environment=environment, gitops=gitops, cluster=cluster, applications=applications
    )


def _bootstrap(
    chart: Chart,
    *,
    environment: str,
    gitops: Gitops,
    cluster: Cluster,
    applications: Sequence[Application],
    possible: Sequence[Identity],
) -> None:
    from synth.domains.argocd import Bootstrap, Projects

    Projects(
        chart,
        environment=environment,
        gitops=gitops,
        cluster=cluster,
        applications=applications,
        possible=possible,
    )
    Bootstrap(chart, environment=environment, gitops=gitops)


def _settings(chart: Chart, *, gitops: Gitops) -> None:
    from synth.domains.argocd import Settings

    Settings(chart, gitops=gitops)


def gitops(
    environment: Environment, applications: Sequence[Application], possible: Sequence[Identity]
) -> dict[str, Side]:
    """The Argo CD side by tree: `argocd` goes into `dist/<environment>/`, the others into
    `argocd/`. It is told what every application owns, and what they may come to own.
    """
    everything = {
        "environment": environment.name,
        "gitops": environment.gitops,
        "cluster": environment.cluster,
        "applications": tuple(applications),
    }
    return {
        "argocd": (_argocd, everything),
        "bootstrap": (_bootstrap, {**everything, "possible": tuple(possible)}),
        "settings": (_settings, {"gitops": environment.gitops}),
    }
