"""Fields that controllers write after the first sync, for Applications to leave alone.

Source: cert-manager's cainjector, Kubeflow's profile controller (its default plugins);
knative/pkg webhook/ at release-1.10, whose reconcilers replace the rules; istio
pkg/webhooks/validation/controller, which changes `Ignore` to `Fail` once istiod answers.
"""

from __future__ import annotations

from collections.abc import Iterator

from synth.kit.objects import Identity

_MUTATING = ("admissionregistration.k8s.io", "MutatingWebhookConfiguration")
_VALIDATING = ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration")

_OF_KIND = {
    _MUTATING: ".webhooks[]?.clientConfig.caBundle",
    _VALIDATING: ".webhooks[]?.clientConfig.caBundle",
    ("apiextensions.k8s.io", "CustomResourceDefinition"): ".spec.conversion.webhook.clientConfig.caBundle",
    ("kubeflow.org", "Profile"): ".spec.plugins",
}  # fmt: skip


def written_by_controllers(each: Identity) -> Iterator[str]:
    """The fields of an object, as jq paths that leave other objects of its kind alone."""
    kind = (each.group, each.kind)
    if kind in _OF_KIND:
        yield _OF_KIND[kind]
    if kind in (_MUTATING, _VALIDATING) and each.name.endswith(".knative.dev"):
        yield '.webhooks[]? | select(.name | endswith(".knative.dev")) | .rules'
    if kind == _VALIDATING and each.name.startswith("istio-validator"):
        yield '.webhooks[]? | select(.name | endswith(".istio.io")) | .failurePolicy'
