"""Fields that cannot be changed in place: whoever checks the object refuses the change, and Argo CD's
sync fails with it until somebody deletes the object or takes the change back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from synth.kit.objects import Body, Identity
from synth.kit.quantities import quantity
from synth.review.values import Field, Path

_DELETE = "delete it once the change is merged, Argo CD makes it anew: `{delete}`"
_ORPHAN = (
    "delete it without its pods once the change is merged, Argo CD makes it anew and takes them "
    "over: `{delete} --cascade=orphan`"
)
_ANEW = (
    "delete it without its pods once the change is merged (`{delete} --cascade=orphan`); its old "
    "pods carry labels that the new one does not know, and have to be deleted by hand"
)
_OTHER = "leave it as it is and make another one under another name, then move the data over"
_REVERT = "take it back, or make another object under another name"

_KUBERNETES = "kubernetes/kubernetes pkg/"
_APPS = f"{_KUBERNETES}apis/apps/validation/validation.go"
_CORE = f"{_KUBERNETES}apis/core/validation/validation.go"
_BATCH = f"{_KUBERNETES}apis/batch/validation/validation.go, ValidateJobSpecUpdate"
_RBAC = f"{_KUBERNETES}apis/rbac/validation/validation.go"
_STORAGE = f"{_KUBERNETES}apis/storage/validation/validation.go, ValidateStorageClassUpdate"
_SCHEDULING = f"{_KUBERNETES}apis/scheduling/validation/validation.go, ValidatePriorityClassUpdate"
_CRD = (
    "kubernetes/apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go, "
    "validateCustomResourceDefinitionSpecUpdate"
)
_GRAFANA = "grafana/grafana-operator v5.24.0 CRDs, x-kubernetes-validations `self == oldSelf`"


def _always(_: Field) -> bool:
    return True


def _another(field: Field) -> bool:
    """A value in the place of another; what is left out is filled in with what was there."""
    return None not in (field.before, field.after)


def _smaller(field: Field) -> bool:
    try:
        return _another(field) and quantity(str(field.after)) < quantity(str(field.before))
    except ValueError:
        return False


def _no_growth(field: Field) -> bool:
    return field.path[-1] != "storage" or _smaller(field)


class Immutable(NamedTuple):
    """Group, kind and path of what is refused; a path stands for all below it, `*` for any entry.
    `source` is where it is refused (the API server, a webhook, or the operator that reads the
    object), `way_out` what to do, with the command that deletes the object as `{delete}`.
    """

    group: str
    kind: str
    path: Path
    way_out: str
    source: str
    refused: Callable[[Field], bool] = _always


def _rows(
    group: str, kinds: str, paths: str, way_out: str, source: str,
    refused: Callable[[Field], bool] = _always,
) -> Iterator[Immutable]:  # fmt: skip
    for kind in kinds.split():
        for path in paths.split():
            yield Immutable(group, kind, tuple(path.split(".")), way_out, source, refused)


IMMUTABLE = (
    *_rows("apps", "Deployment", "spec.selector", _ANEW,
           f"{_KUBERNETES}registry/apps/deployment/strategy.go, ValidateUpdate"),
    *_rows("apps", "DaemonSet", "spec.selector", _ANEW,
           f"{_KUBERNETES}registry/apps/daemonset/strategy.go, ValidateUpdate"),
    *_rows("apps", "StatefulSet",
           "spec.selector spec.serviceName spec.podManagementPolicy spec.volumeClaimTemplates",
           _ORPHAN, f"{_APPS}, ValidateStatefulSetUpdate"),
    *_rows("batch", "Job", "spec.selector spec.template spec.completionMode spec.podFailurePolicy",
           _DELETE, _BATCH),
    *_rows("", "Service", "spec.clusterIP", _DELETE,
           f"{_CORE}, validateServiceClusterIPsRelatedFields", _another),
    *_rows("", "PersistentVolumeClaim",
           "spec.accessModes spec.selector spec.storageClassName spec.volumeMode spec.volumeName "
           "spec.dataSource",
           _OTHER, f"{_CORE}, ValidatePersistentVolumeClaimUpdate", _another),
    *_rows("", "PersistentVolumeClaim", "spec.resources.requests.storage", _OTHER,
           f"{_CORE}, ValidatePersistentVolumeClaimUpdate", _smaller),
    *_rows("", "Secret", "type", _DELETE, f"{_CORE}, ValidateSecretUpdate", _another),
    *_rows("rbac.authorization.k8s.io", "RoleBinding", "roleRef", _DELETE,
           f"{_RBAC}, ValidateRoleBindingUpdate"),
    *_rows("rbac.authorization.k8s.io", "ClusterRoleBinding", "roleRef", _DELETE,
           f"{_RBAC}, ValidateClusterRoleBindingUpdate"),
    *_rows("storage.k8s.io", "StorageClass",
           "provisioner parameters reclaimPolicy volumeBindingMode", _DELETE, _STORAGE),
    *_rows("scheduling.k8s.io", "PriorityClass", "value preemptionPolicy", _DELETE, _SCHEDULING),
    *_rows("apiextensions.k8s.io", "CustomResourceDefinition",
           "spec.scope spec.group spec.names.kind spec.names.plural", _REVERT, _CRD),
    *_rows("sources.knative.dev", "KafkaSource", "spec.consumerGroup", _DELETE,
           "knative-extensions/eventing-kafka-broker "
           "control-plane/pkg/apis/sources/v1/kafka_validation.go, CheckImmutableFields"),
    *_rows("grafana.integreatly.org", "GrafanaFolder GrafanaDashboard GrafanaDatasource",
           "spec.uid spec.instanceSelector", _DELETE, _GRAFANA),
    *_rows("grafana.integreatly.org", "GrafanaAlertRuleGroup",
           "spec.folderUID spec.folderRef spec.editable spec.instanceSelector", _DELETE, _GRAFANA),
    *_rows("grafana.integreatly.org", "GrafanaContactPoint",
           "spec.name spec.uid spec.editable spec.instanceSelector", _DELETE, _GRAFANA),
    *_rows("grafana.integreatly.org", "GrafanaNotificationPolicy GrafanaMuteTiming",
           "spec.editable spec.instanceSelector", _DELETE, _GRAFANA),
    *_rows("kafka.strimzi.io", "KafkaTopic", "spec.partitions", _REVERT,
           "strimzi/strimzi-kafka-operator topic-operator, `Decreasing partitions not supported`",
           _smaller),
    *_rows("elasticsearch.k8s.elastic.co", "Elasticsearch", "spec.nodeSets.*.volumeClaimTemplates",
           "give the node set another name: its data moves over before the old one goes",
           "elastic/cloud-on-k8s pkg/controller/elasticsearch/validation, PvcImmutableErrMsg",
           _no_growth),
)  # fmt: skip
"""Everything that is known to be refused."""

_BY_KIND: dict[tuple[str, str], list[Immutable]] = {}
for _row in IMMUTABLE:
    _BY_KIND.setdefault((_row.group, _row.kind), []).append(_row)

_OPTIONS = "argocd.argoproj.io/sync-options"
_HOOK = "argocd.argoproj.io/hook"


def refused(this: Identity, body: Body, field: Field) -> Immutable | None:
    """Why a field of an object cannot be changed; None where it can, or where Argo CD makes the
    object anew by itself (a hook, or `Force=true` with `Replace=true`).
    """
    annotations = (body.get("metadata") or {}).get("annotations") or {}
    if _HOOK in annotations or {"Force=true", "Replace=true"} <= {
        *annotations.get(_OPTIONS, "").split(",")
    }:
        return None
    return next(
        (
            row
            for row in _BY_KIND.get((this.group, this.kind), ())
            if _below(field.path, row.path) and row.refused(field)
        ),
        None,
    )


def _below(path: Path, root: Path) -> bool:
    return len(path) >= len(root) and all(
        wanted in ("*", part) for wanted, part in zip(root, path, strict=False)
    )


def delete(this: Identity) -> str:
    """The command that deletes an object."""
    namespace = f" -n {this.namespace}" if this.namespace else ""
    return f"kubectl delete {this.group_kind.lower()} {this.name}{namespace}"
