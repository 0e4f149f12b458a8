"""Known differences: fields that somebody else writes after a sync, for Applications to leave alone.

Whatever can be left out at the source is left out there (`Component.drift`) and is not in this list;
`make test-cluster` fails for an entry that is missing and for one that is no longer needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from synth.kit.objects import Identity

_ADMISSION = "admissionregistration.k8s.io"


@dataclass(frozen=True, slots=True)
class KnownDifference:
    """A field of some objects that differs from git for good.

    `names` is a shell pattern of the objects' names, `path` the field as a jq path that leaves
    other objects of the kind alone, `reason` says who writes it. It belongs to every release of
    Kubeflow that has such objects, and to no other.
    """

    group: str
    kind: str
    names: str
    path: str
    reason: str


_KNATIVE = (
    "Knative Serving's webhooks replace the rules with one per kind that they know"
    " (knative/pkg webhook/resourcesemantics and webhook/psbinding at release-1.10)"
)
KNOWN_DIFFERENCES = (
    KnownDifference(
        _ADMISSION,
        "MutatingWebhookConfiguration",
        "webhook.*serving.knative.dev",
        '.webhooks[]? | select(.name | endswith("serving.knative.dev")) | .rules',
        _KNATIVE,
    ),
    KnownDifference(
        _ADMISSION,
        "ValidatingWebhookConfiguration",
        "validation.webhook.*serving.knative.dev",
        '.webhooks[]? | select(.name | endswith("serving.knative.dev")) | .rules',
        _KNATIVE,
    ),
    KnownDifference(
        _ADMISSION,
        "ValidatingWebhookConfiguration",
        "istio-validator*",
        '.webhooks[]? | select(.name | endswith(".istio.io")) | .failurePolicy',
        "istiod changes Ignore to Fail once it answers (istio/istio pkg/webhooks/validation)",
    ),
)
"""Every known difference."""


def known_differences(each: Identity) -> Iterator[KnownDifference]:
    """Those of an object."""
    for known in KNOWN_DIFFERENCES:
        kind = (known.group, known.kind)
        if kind == (each.group, each.kind) and fnmatchcase(each.name, known.names):
            yield known
