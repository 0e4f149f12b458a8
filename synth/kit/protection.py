"""What holds data is never pruned or deleted by Argo CD, and leaves its Application at rest."""

from __future__ import annotations

from collections.abc import Iterable

from synth.kit.objects import Body, Identity, group_of

HOLDS_DATA = frozenset(
    {
        ("", "Namespace"),
        ("", "PersistentVolumeClaim"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("kubeflow.org", "Profile"),
        ("kafka.strimzi.io", "Kafka"),
        ("kafka.strimzi.io", "KafkaNodePool"),
        ("kafka.strimzi.io", "KafkaTopic"),
        ("elasticsearch.k8s.elastic.co", "Elasticsearch"),
    }
)
"""Group and kind of what is protected."""

_OPTIONS = "argocd.argoproj.io/sync-options"
_COMPARE = "argocd.argoproj.io/compare-options"
PROTECTION = {_OPTIONS: "Prune=false,Delete=false", _COMPARE: "IgnoreExtraneous"}
"""The annotations, as Argo CD reads them (argo-cd gitops-engine pkg/sync/common/types.go)."""


def protect(body: Body) -> Body:
    """The object with the annotations, added to the options it has; others come back as given."""
    if (group_of(body["apiVersion"]), body["kind"]) not in HOLDS_DATA:
        return body
    metadata = body["metadata"]
    annotations = dict(metadata.get("annotations") or {})
    for key, options in PROTECTION.items():
        there = [option for option in annotations.get(key, "").split(",") if option]
        annotations[key] = ",".join([*there, *(o for o in options.split(",") if o not in there)])
    return {**body, "metadata": {**metadata, "annotations": annotations}}


def protections(objects: Iterable[Identity]) -> list[Body]:
    """Patches of a kustomization that give the annotations to those of its objects that hold data;
    one per kind that is there.
    """
    kinds = {(each.group, each.kind) for each in objects} & HOLDS_DATA
    annotations = "".join(f"    {key}: {value}\n" for key, value in PROTECTION.items())
    return [
        {
            "patch": f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: any\n  annotations:\n{annotations}",
            "target": {"group": group, "kind": kind} if group else {"version": "v1", "kind": kind},
        }
        for group, kind in sorted(kinds)
    ]
