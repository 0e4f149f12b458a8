"""The kustomization that Argo CD builds Knative's Kafka source from: upstream's release files and what
has to be different in them.

Source: the files themselves (synth/catalog/knative_kafka.py); knative/pkg webhook/helper.go and
webhook/resourcesemantics/defaulting/defaulting.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synth.catalog.images import mirrored, split
from synth.catalog.knative_kafka import (
    IMAGES,
    POD_WEBHOOK,
    TRACING,
    addresses,
    brings_tracing,
    objects,
)
from synth.kit.objects import Body
from synth.kit.protection import protections

# The webhook's program adds this to the selector that upstream gives it. The selector is one value
# to the API server, so that Argo CD would take it back out, and the two would never end.
_SELECTED = """\
- op: add
  path: /webhooks/0/namespaceSelector/matchExpressions
  value: [{key: webhooks.knative.dev/exclude, operator: DoesNotExist}]
"""


def kustomization(
    version: str,
    *,
    files: Sequence[str] = (),
    registry: str | None = None,
    overlays: Sequence[str] = (),
) -> dict[str, Body]:
    """The kustomization, by its file's name: the release files of a version, with images from
    `registry`.

    CRDs are never pruned, and a ConfigMap that Knative Eventing brings too is left to it. `files` are
    copies of the release's beside the kustomization, `overlays` folders there.
    """
    body: dict[str, Any] = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(files) or addresses(version),
    }
    if registry:
        names = sorted(split(image)[0] for image in IMAGES[version])
        body["images"] = [{"name": name, "newName": mirrored(name, registry)} for name in names]
    body["patches"] = [*protections(objects(version)), *_tracing(version), _pod_webhook()]
    if overlays:
        body["components"] = list(overlays)
    return {"kustomization.yaml": body}


def _tracing(version: str) -> list[Body]:
    if not brings_tracing(version):
        return []
    name, namespace = TRACING.name, TRACING.namespace
    return [
        {
            "patch": (
                f"$patch: delete\napiVersion: v1\nkind: {TRACING.kind}\n"
                f"metadata:\n  name: {name}\n  namespace: {namespace}\n"
            )
        }
    ]


def _pod_webhook() -> Body:
    return {
        "patch": _SELECTED,
        "target": {"kind": "MutatingWebhookConfiguration", "name": POD_WEBHOOK},
    }
