"""Knative's Kafka source (eventing-kafka-broker) as upstream's release files: where they are, what they
create, which images they run.

Source: eventing-kafka-controller.yaml and eventing-kafka-source.yaml of the releases of
knative-extensions/eventing-kafka-broker, as knative/operator has them in cmd/operator/kodata/
eventing-source/<minor version>/kafka/; for Knative Eventing, kubeflow/manifests common/knative/
knative-eventing/base/upstream/eventing-core.yaml at every release.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from synth.kit.objects import Identity
from synth.kit.versions import minor

NAMESPACE = "knative-eventing"
"""Knative Eventing's own, which the files name and do not make."""
COMPONENT = "knative-eventing"
"""The component of Kubeflow that brings Knative Eventing."""
EVENTING: Mapping[str, str] = {
    "1.8.0": "1.10.1",
    "1.8.1": "1.10.1",
    "1.9.1": "1.12.6",
    "1.10": "1.16.4",
    "1.11": "1.20.0",
    "26.03": "1.21.0",
}
"""The version of Knative Eventing by the release of Kubeflow."""
TRACING = Identity("", "ConfigMap", NAMESPACE, "config-tracing")
"""What the files of older versions have in common with Knative Eventing itself."""
POD_WEBHOOK = "pods.defaulting.webhook.kafka.eventing.knative.dev"
"""What mounts into a dispatcher's pod what it is to dispatch."""

_RELEASES = "https://github.com/knative-extensions/eventing-kafka-broker/releases/download"
FILES = ("eventing-kafka-controller.yaml", "eventing-kafka-source.yaml")
"""The names of the files that are installed: the controller with its CRDs, the source's data plane."""
_REGISTRY = "gcr.io/knative-releases"
_COMMANDS = f"{_REGISTRY}/knative.dev/eventing-kafka-broker/control-plane/cmd"
_CONTROLLER, _WEBHOOK = f"{_COMMANDS}/kafka-controller", f"{_COMMANDS}/webhook-kafka"
_DISPATCHER = f"{_REGISTRY}/knative-kafka-broker-dispatcher"
IMAGES: Mapping[str, tuple[str, ...]] = {
    "1.10.6": (
        f"{_CONTROLLER}@sha256:aa1b27c24db4966ceacb3816f076d2daa61d53f758cde4bb0845a78fd7da0d7e",
        f"{_WEBHOOK}@sha256:6c8781d1e31b758e748cbc3d54249c0d4490603bbb5ca5aff112ce25c24f1900",
        f"{_DISPATCHER}:v1.10.6",
    ),
    "1.12.9": (
        f"{_CONTROLLER}@sha256:6dabbedc2108fef469da67b9daa5e3afb29b14bb24c94fd3c5507264214994f0",
        f"{_WEBHOOK}@sha256:9f9b86a011f43f4e627c6f5a13b17336f17d9342b9bbc96b212d5c8bee078cd8",
        f"{_DISPATCHER}:v1.12.9",
    ),
    "1.20.3": (
        f"{_CONTROLLER}@sha256:2c7e5c3bd73959771b0f57a017feeceed27f56b6583f04c319e1780555813281",
        f"{_WEBHOOK}@sha256:fb15086d8cc13fa638b850addb1af81e5268d472641b592c8e37fb5d8dc4ca99",
        f"{_DISPATCHER}-loom@sha256:1d4ee9d2344290daf285844157b7c492bc78f980dff34a566513fd0793f6df28",
    ),
    "1.21.0": (
        f"{_CONTROLLER}@sha256:a98898582623f5676f7874728e050fd3cfd4f0929fee2735b6e4e9468135c592",
        f"{_WEBHOOK}@sha256:c907d20497d8fddba7410181fb68fdf0ff192361c8803937b8a4fe3037a48e87",
        f"{_DISPATCHER}-loom@sha256:da006bbf47f42c9de898c0a30e77e2c790cb706efd051ef358efae1ba65c0a55",
    ),
}
"""The images of every version whose files are known: controller, webhook, dispatcher."""

_CONFIG_MAPS = (
    "config-kafka-autoscaler", "config-kafka-features", "config-kafka-leader-election",
    "config-kafka-source-data-plane", "config-kafka-source-defaults",
    "config-namespaced-broker-resources", "kafka-broker-config", "kafka-channel-config",
    "kafka-config-logging",
)  # fmt: skip
_OLD_CONFIG_MAPS = ("config-kafka-descheduler", "config-kafka-scheduler")
_MODERN_SINCE = (1, 20)
"""From here on (of the versions that are known) some ConfigMaps are gone, and a dispatcher has all the
volumes that it mounts."""
_STRICT_SINCE = (1, 34)
"""From here on Kubernetes looks into a StatefulSet's pods (kubernetes/kubernetes pull request 131790).
"""
_SERVICE_ACCOUNTS = (
    "kafka-controller", "kafka-webhook-eventing", "knative-kafka-source-data-plane"
)  # fmt: skip
_CLUSTER_ROLES = (
    "eventing-kafka-source-observer", "knative-kafka-addressable-resolver",
    "knative-kafka-channelable-manipulator", *_SERVICE_ACCOUNTS,
)  # fmt: skip
_CLUSTER_ROLE_BINDINGS = ("kafka-controller-addressable-resolver", *_SERVICE_ACCOUNTS)
_CRDS = (
    "consumergroups.internal.kafka.eventing.knative.dev",
    "consumers.internal.kafka.eventing.knative.dev",
    "kafkachannels.messaging.knative.dev",
    "kafkasinks.eventing.knative.dev",
    "kafkasources.sources.knative.dev",
)
_ADMISSION, _RBAC = "admissionregistration.k8s.io", "rbac.authorization.k8s.io"


def addresses(version: str) -> list[str]:
    """Where `FILES` of a version are."""
    return [f"{_RELEASES}/knative-v{version}/{name}" for name in FILES]


def brings_tracing(version: str) -> bool:
    """Whether a version's files have `TRACING` in them."""
    return minor(version) < _MODERN_SINCE


def refused(version: str, kubernetes: str) -> bool:
    """Whether a Kubernetes refuses a version's dispatcher, to whose pods only a webhook adds a volume
    that they mount (knative-extensions/eventing-kafka-broker pull request 4544).
    """
    return minor(version) < _MODERN_SINCE and minor(kubernetes) >= _STRICT_SINCE


def objects(version: str) -> Iterator[Identity]:
    """What the files of a version create, but for what belongs to Knative Eventing."""
    old = _OLD_CONFIG_MAPS if minor(version) < _MODERN_SINCE else ()
    for name in (*_CONFIG_MAPS, *old):
        yield Identity("", "ConfigMap", NAMESPACE, name)
    yield Identity("", "Secret", NAMESPACE, "kafka-webhook-eventing-certs")
    yield Identity("", "Service", NAMESPACE, "kafka-webhook-eventing")
    for name in _SERVICE_ACCOUNTS:
        yield Identity("", "ServiceAccount", NAMESPACE, name)
    for name in ("defaulting.webhook.kafka.eventing.knative.dev", POD_WEBHOOK):
        yield Identity(_ADMISSION, "MutatingWebhookConfiguration", "", name)
    validation = "validation.webhook.kafka.eventing.knative.dev"
    yield Identity(_ADMISSION, "ValidatingWebhookConfiguration", "", validation)
    for name in _CRDS:
        yield Identity("apiextensions.k8s.io", "CustomResourceDefinition", "", name)
    for name in ("kafka-controller", "kafka-webhook-eventing"):
        yield Identity("apps", "Deployment", NAMESPACE, name)
    yield Identity("apps", "StatefulSet", NAMESPACE, "kafka-source-dispatcher")
    for name in _CLUSTER_ROLES:
        yield Identity(_RBAC, "ClusterRole", "", name)
    for name in _CLUSTER_ROLE_BINDINGS:
        yield Identity(_RBAC, "ClusterRoleBinding", "", name)


def known_objects() -> set[Identity]:
    """What any version that is known creates."""
    return {each for version in IMAGES for each in objects(version)}


def fitting(eventing: str) -> str:
    """The version that is known and fits one of Knative Eventing; empty where none is."""
    return next((each for each in IMAGES if minor(each) == minor(eventing)), "")
