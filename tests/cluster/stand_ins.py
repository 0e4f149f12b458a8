"""Stand-ins for controllers that cannot be had here: each does to objects in the cluster what the
real one would, as far as Argo CD can see it, and no more.

`STAND_INS` names them all, each with what it stands in for. Real ones are the controllers of
Kubernetes, cert-manager with its cainjector, and Argo Workflows'; kwok pretends to run the pods.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from synth.kit.objects import Body
from tests.cluster.api import Api, Kind
from tests.cluster.control_plane import TOKEN, ControlPlane
from tests.shared import shared

_EVERY = 2.0
"""Seconds between two looks at the cluster."""


@dataclass(frozen=True)
class StandIn:
    """A controller's place: `instead_of` says whose, and which of its doings."""

    name: str
    instead_of: str
    look: Callable[[Cluster], None]


class Cluster(Api):
    """The API server as a stand-in sees it."""

    def __init__(self, plane: ControlPlane) -> None:
        super().__init__(plane.server, plane.authority, TOKEN)
        self.plane = plane

    def apply(self, bodies: Iterable[Body]) -> None:
        """Objects of the controller's own."""
        self.plane.apply(bodies)


_PROFILE = Kind("kubeflow.org/v1", "profiles")
_NAMESPACE = Kind("v1", "namespaces")
_DEPLOYMENT = Kind("apps/v1", "deployments")
_CLAIM = Kind("v1", "persistentvolumeclaims")
_AUTOSCALER = Kind("autoscaling/v2", "horizontalpodautoscalers")
_SELDON = Kind("machinelearning.seldon.io/v1", "seldondeployments")
_KSERVE = Kind("serving.kserve.io/v1beta1", "inferenceservices")
_KNATIVE = Kind("serving.knative.dev/v1", "services")
_KAFKA_SOURCE = Kind("sources.knative.dev/v1beta1", "kafkasources")
_TOPIC = Kind("kafka.strimzi.io/v1beta2", "kafkatopics")
_EXTERNAL_SECRET = Kind("external-secrets.io/v1beta1", "externalsecrets")
_OF_GRAFANA = {
    Kind("grafana.integreatly.org/v1beta1", plural): condition
    for plural, condition in (
        ("grafanaalertrulegroups", "AlertGroupSynchronized"),
        ("grafanacontactpoints", "ContactPointSynchronized"),
        ("grafanadashboards", "DashboardSynchronized"),
        ("grafanafolders", "FolderSynchronized"),
        ("grafanamutetimings", "MuteTimingSynchronized"),
        ("grafananotificationpolicies", "NotificationPolicySynchronized"),
    )
}
_EVENT_BUS = Kind("argoproj.io/v1alpha1", "eventbus")
_EVENT_SOURCE = Kind("argoproj.io/v1alpha1", "eventsources")
_SENSOR = Kind("argoproj.io/v1alpha1", "sensors")
_COLLECTOR = Kind("opentelemetry.io/v1beta1", "opentelemetrycollectors")
_ELASTICSEARCH = Kind("elasticsearch.k8s.elastic.co/v1", "elasticsearches")
_OF_ELASTIC = (
    Kind("beat.k8s.elastic.co/v1beta1", "beats"),
    Kind("kibana.k8s.elastic.co/v1", "kibanas"),
    Kind("logstash.k8s.elastic.co/v1alpha1", "logstashes"),
)
_MUTATING = Kind("admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations")
_VALIDATING = Kind("admissionregistration.k8s.io/v1", "validatingwebhookconfigurations")
_CRD = Kind("apiextensions.k8s.io/v1", "customresourcedefinitions")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _settled(body: Body, wanted: Mapping[str, Any]) -> bool:
    """Whether the status says this already, whatever the times in it."""
    status = body.get("status") or {}
    there = {each["type"]: each["status"] for each in status.get("conditions", [])}
    return all(
        there.items() >= {each["type"]: each["status"] for each in value}.items()
        if key == "conditions"
        else status.get(key) == value
        for key, value in wanted.items()
    )


def _report(kind: Kind, status: Callable[[Body], Body], cluster: Cluster) -> None:
    """Write the status that `status` makes of each object, where it is not there yet."""
    for body in cluster.all(kind):
        wanted = status(body)
        if not _settled(body, wanted):
            cluster.merge(kind, body, {"status": wanted}, status=True)


def _true(*conditions: str) -> Callable[[Body], Body]:
    """A status in which these conditions are true."""
    return lambda _: {"conditions": _conditions(*conditions)}


def _conditions(*types: str) -> list[Body]:
    return [
        {
            "type": each,
            "status": "True",
            "lastTransitionTime": _now(),
            "reason": "Ready",
            "message": "",
        }
        for each in types
    ]


def _profiles(cluster: Cluster) -> None:
    there = {each["metadata"]["name"] for each in cluster.all(_NAMESPACE)}
    for profile in cluster.all(_PROFILE):
        name = profile["metadata"]["name"]
        if "profile-finalizer" not in profile["metadata"].get("finalizers", []):
            cluster.merge(_PROFILE, profile, {"metadata": {"finalizers": ["profile-finalizer"]}})
        if name not in there:
            cluster.apply(_owned_by(name, profile["spec"]))


def _owned_by(name: str, spec: Mapping[str, Any]) -> Iterator[Body]:
    owner = spec["owner"]["name"]
    yield {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": name,
            "annotations": {"owner": owner},
            "labels": {
                "istio-injection": "enabled",
                "app.kubernetes.io/part-of": "kubeflow-profile",
                "pipelines.kubeflow.org/enabled": "true",
            },
        },
    }
    for account, role in (("default-editor", "kubeflow-edit"), ("default-viewer", "kubeflow-view")):
        yield {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": account, "namespace": name},
        }
        subject = {"kind": "ServiceAccount", "name": account, "namespace": name}
        yield _binding(name, account, role, subject)
    yield _binding(name, "namespaceAdmin", "kubeflow-admin", {"kind": "User", "name": owner})
    hard = (spec.get("resourceQuotaSpec") or {}).get("hard")
    if hard:
        yield {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "kf-resource-quota", "namespace": name},
            "spec": {"hard": hard},
        }


def _binding(namespace: str, name: str, role: str, subject: Body) -> Body:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": namespace},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [subject],
    }


def _volumes(cluster: Cluster) -> None:
    for claim in cluster.all(_CLAIM):
        spec, metadata = claim["spec"], claim["metadata"]
        if spec.get("volumeName") or metadata.get("deletionTimestamp"):
            continue
        cluster.apply(
            [
                {
                    "apiVersion": "v1",
                    "kind": "PersistentVolume",
                    "metadata": {"name": f"volume-{metadata['uid']}"},
                    "spec": {
                        "capacity": spec["resources"]["requests"],
                        "accessModes": spec["accessModes"],
                        "storageClassName": spec.get("storageClassName", ""),
                        "volumeMode": spec.get("volumeMode", "Filesystem"),
                        "hostPath": {"path": "/pretended"},
                        "claimRef": {
                            "apiVersion": "v1",
                            "kind": "PersistentVolumeClaim",
                            "namespace": metadata["namespace"],
                            "name": metadata["name"],
                            "uid": metadata["uid"],
                        },
                    },
                }
            ]
        )


def _autoscaler(body: Body) -> Body:
    return {
        "currentReplicas": body["spec"].get("minReplicas", 1),
        "desiredReplicas": body["spec"].get("minReplicas", 1),
        "conditions": _conditions("AbleToScale", "ScalingActive"),
    }


def _external_secrets(cluster: Cluster) -> None:
    for body in cluster.all(_EXTERNAL_SECRET):
        if _settled(body, {"conditions": [{"type": "Ready", "status": "True"}]}):
            continue
        spec, metadata = body["spec"], body["metadata"]
        cluster.apply(
            [
                {
                    "apiVersion": "v1",
                    "kind": "Secret",
                    "metadata": {
                        "name": spec["target"]["name"],
                        "namespace": metadata["namespace"],
                        "ownerReferences": [
                            {
                                "apiVersion": body["apiVersion"],
                                "kind": "ExternalSecret",
                                "name": metadata["name"],
                                "uid": metadata["uid"],
                            }
                        ],
                    },
                    "type": spec["target"].get("template", {}).get("type", "Opaque"),
                    "data": {
                        each["secretKey"]: base64.b64encode(b"of the store").decode()
                        for each in spec.get("data", [])
                    },
                }
            ]
        )
        cluster.merge(
            _EXTERNAL_SECRET, body, {"status": {"conditions": _conditions("Ready")}}, status=True
        )


def _kafka_sources(cluster: Cluster) -> None:
    defaults = {"consumers": 1, "initialOffset": "latest", "ordering": "ordered"}
    for body in cluster.all(_KAFKA_SOURCE):
        missing = {key: value for key, value in defaults.items() if key not in body["spec"]}
        if missing:
            cluster.merge(_KAFKA_SOURCE, body, {"spec": missing})
    _report(_KAFKA_SOURCE, _true("Ready"), cluster)


def _grafana(cluster: Cluster) -> None:
    for kind, condition in _OF_GRAFANA.items():
        _report(kind, _true(condition), cluster)


def _collectors(cluster: Cluster) -> None:
    """Source: open-telemetry/opentelemetry-operator apis/v1beta1/opentelemetrycollector_types.go at
    v0.158.0.
    """
    _report(_COLLECTOR, lambda _: {"scale": {"replicas": 1, "statusReplicas": "1/1"}}, cluster)


def _elastic(cluster: Cluster) -> None:
    """Source: elastic/cloud-on-k8s pkg/apis at 2.12.1."""
    _report(
        _ELASTICSEARCH,
        lambda body: {
            "availableNodes": sum(each["count"] for each in body["spec"]["nodeSets"]),
            "health": "green",
            "phase": "Ready",
        },
        cluster,
    )
    for kind in _OF_ELASTIC:
        _report(kind, lambda _: {"health": "green"}, cluster)


def _argo_events(cluster: Cluster) -> None:
    """Source: argoproj/argo-events pkg/apis/events/v1alpha1/*_types.go at v1.9.10."""
    for kind, conditions in (
        (_EVENT_BUS, ("Configured", "Deployed")),
        (_EVENT_SOURCE, ("SourcesProvided", "Deployed")),
        (_SENSOR, ("DependenciesProvided", "TriggersProvided", "Deployed")),
    ):
        _report(kind, _true(*conditions), cluster)


def _seldon_crd(cluster: Cluster) -> None:
    """The operator makes its own CRD when it starts (facts B0b)."""
    if cluster.serves(_SELDON):
        return
    operator = cluster.one(_DEPLOYMENT, "seldon-controller-manager", "kubeflow")
    if operator and operator.get("status", {}).get("availableReplicas"):
        cluster.plane.install_crds(shared() / "crds" / "seldon-1.17.1.yaml")


def _seldon(cluster: Cluster) -> None:
    _seldon_crd(cluster)
    _report(
        _SELDON,
        lambda body: {"state": "Available", "conditions": _conditions("Ready")},
        cluster,
    )


def _webhooks(
    change: Callable[[Body, str], Body], ours: Callable[[Body], bool], cluster: Cluster
) -> None:
    """Change the webhooks of the configurations that `ours` picks; `change` is told the authority
    that the controller would have made.
    """
    authority = base64.b64encode(cluster.plane.authority.read_bytes()).decode()
    for kind in (_MUTATING, _VALIDATING):
        for body in cluster.all(kind):
            hooks = body.get("webhooks") or []
            changed = [change(hook, authority) for hook in hooks] if ours(body) else hooks
            if changed != hooks:
                cluster.merge(kind, body, {"webhooks": changed})


def _name(body: Body) -> str:
    return str(body["metadata"]["name"])


def _with_authority(hook: Body, authority: str) -> Body:
    return {**hook, "clientConfig": {**hook["clientConfig"], "caBundle": authority}}


def _of_istio(hook: Body, authority: str) -> Body:
    """Source: istio/istio pkg/webhooks/validation/controller."""
    validates = hook["name"].endswith("validation.istio.io")
    policy = "Fail" if validates else hook["failurePolicy"]
    return {**_with_authority(hook, authority), "failurePolicy": policy}


def _of_knative(hook: Body, authority: str) -> Body:
    """Source: knative/pkg webhook/configmaps/configmaps.go, webhook/resourcesemantics/defaulting
    and webhook/psbinding at release-1.10.
    """
    service = {**hook["clientConfig"]["service"], "path": f"/{hook['name'].partition('.')[0]}"}
    changed = {**hook, "clientConfig": {"service": service, "caBundle": authority}}
    if hook["name"].startswith("config."):
        return {**changed, "rules": [_rule("", ["v1"], ["configmaps/*"], "Namespaced")]}
    selector = hook.get("namespaceSelector") or {}
    expressions = selector.get("matchExpressions", [])
    if _EXCLUDE not in expressions:
        changed["namespaceSelector"] = {**selector, "matchExpressions": [*expressions, _EXCLUDE]}
    if hook["name"].startswith("sinkbindings."):
        return {**changed, "rules": [], "objectSelector": changed["namespaceSelector"]}
    return {
        **changed,
        "rules": [
            _rule(group, ["v1"], [resource, f"{resource}/status"], "*")
            for group in ("networking.internal.knative.dev", "serving.knative.dev")
            for resource in ("configurations", "ingresses", "services")
        ],
    }


_EXCLUDE = {"key": "webhooks.knative.dev/exclude", "operator": "DoesNotExist"}


def _rule(group: str, versions: list[str], resources: list[str], scope: str) -> Body:
    return {
        "apiGroups": [group],
        "apiVersions": versions,
        "operations": ["CREATE", "UPDATE"],
        "resources": resources,
        "scope": scope,
    }


def _makes_its_own_certificate(body: Body) -> bool:
    programs = ("jobset", "katib", "spark", "trainer", "training-operator")
    return any(each in _name(body) for each in programs)


_CONVERTED = ("eventtypes.eventing", "pingsources.sources", "requestreplies.eventing")


def _conversions(cluster: Cluster) -> None:
    """Source: knative/pkg webhook/resourcesemantics/conversion at release-1.10."""
    authority = base64.b64encode(cluster.plane.authority.read_bytes()).decode()
    for name in _CONVERTED:
        body = cluster.one(_CRD, f"{name}.knative.dev")
        webhook = body["spec"]["conversion"].get("webhook") if body else None
        if body and webhook and webhook["clientConfig"].get("caBundle") != authority:
            patch = {"clientConfig": {"caBundle": authority}}
            cluster.merge(_CRD, body, {"spec": {"conversion": {"webhook": patch}}})


def _knative_webhooks(cluster: Cluster) -> None:
    _webhooks(_of_knative, lambda body: _name(body).endswith(".knative.dev"), cluster)
    _conversions(cluster)


STAND_INS = (
    StandIn(
        "profile-controller",
        "Kubeflow's profile controller: a namespace with its accounts, role bindings and quota",
        _profiles,
    ),
    StandIn("volume-provisioner", "a CSI provisioner: a volume for every claim", _volumes),
    StandIn(
        "metrics-server",
        "the metrics that let a HorizontalPodAutoscaler work: its conditions",
        partial(_report, _AUTOSCALER, _autoscaler),
    ),
    StandIn(
        "external-secrets",
        "External Secrets: the Secret and the status of every ExternalSecret",
        _external_secrets,
    ),
    StandIn("seldon", "Seldon Core's operator: its own CRD, and the status of models", _seldon),
    StandIn(
        "kserve",
        "KServe's controller: the conditions of InferenceServices",
        partial(
            _report,
            _KSERVE,
            _true("IngressReady", "PredictorReady", "Ready"),
        ),
    ),
    StandIn(
        "knative-serving",
        "Knative Serving: the conditions of Services",
        partial(
            _report,
            _KNATIVE,
            _true("ConfigurationsReady", "RoutesReady", "Ready"),
        ),
    ),
    StandIn(
        "knative-kafka",
        "Knative's Kafka source: the defaults its webhook writes, and conditions",
        _kafka_sources,
    ),
    StandIn(
        "strimzi",
        "Strimzi's topic operator: the conditions of KafkaTopics",
        partial(_report, _TOPIC, _true("Ready")),
    ),
    StandIn(
        "grafana",
        "the Grafana operator: the conditions of all its objects",
        _grafana,
    ),
    StandIn(
        "argo-events",
        "Argo Events' controller: the conditions of EventBuses, EventSources and Sensors",
        _argo_events,
    ),
    StandIn("opentelemetry", "OpenTelemetry's operator: the scale of collectors", _collectors),
    StandIn("eck", "Elastic's operator: the health of its four kinds", _elastic),
    StandIn(
        "istiod",
        "istiod: authorities and failure policies of its webhooks",
        partial(_webhooks, _of_istio, lambda body: "istio" in _name(body)),
    ),
    StandIn(
        "knative-webhook",
        "Knative's webhooks: authorities, paths, selectors and rules of their configurations, and"
        " authorities of its CRDs' conversions",
        _knative_webhooks,
    ),
    StandIn(
        "certificates",
        "Katib, the training operators, Spark and JobSet: authorities of the webhooks whose"
        " certificates they make themselves",
        partial(_webhooks, _with_authority, _makes_its_own_certificate),
    ),
)
"""Every stand-in there is."""


@dataclass
class StandIns:
    """The stand-ins at work, each in a thread of its own."""

    plane: ControlPlane
    failures: dict[str, Exception] = field(default_factory=dict)
    _stops: dict[str, threading.Event] = field(default_factory=dict)
    _threads: dict[str, threading.Thread] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        """Start those named, or all."""
        for each in STAND_INS:
            if (not names or each.name in names) and each.name not in self._threads:
                stop = threading.Event()
                thread = threading.Thread(target=self._work, args=(each, stop), daemon=True)
                self._stops[each.name], self._threads[each.name] = stop, thread
                thread.start()

    def stop(self, *names: str) -> None:
        """Stop those named, or all; returns once they have."""
        for name in names or tuple(self._threads):
            self._stops.pop(name).set()
            self._threads.pop(name).join()

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """With one of them stopped."""
        self.stop(name)
        try:
            yield
        finally:
            self.start(name)

    def _work(self, stand_in: StandIn, stop: threading.Event) -> None:
        cluster = Cluster(self.plane)
        while not stop.wait(_EVERY):
            try:
                stand_in.look(cluster)
                self.failures.pop(stand_in.name, None)
            except Exception as error:  # noqa: BLE001 - told by whoever waits for its work
                self.failures[stand_in.name] = error


@contextmanager
def stand_ins(plane: ControlPlane) -> Iterator[StandIns]:
    """All stand-ins at work until the context ends."""
    working = StandIns(plane)
    working.start()
    try:
        yield working
    finally:
        working.stop()
