"""Names, labels and annotations that the API server or a controller refuses, whatever the schema says.

Source: kubernetes/kubernetes staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go,
pkg/api/validation/objectmeta.go, pkg/apis/core/validation/validation.go, pkg/apis/batch/validation/
validation.go, pkg/controller/statefulset/stateful_set_utils.go, v1.34.4; argoproj/argo-workflows
workflow/validate/validate.go (ValidateCronWorkflow), v3.5.14.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from synth.kit.names import LABEL, LABEL_LENGTH
from synth.kit.objects import Body, Resource, identity
from synth.rules.flaws import Flaw, Rendered
from synth.rules.pod_security.kinds import pod_templates

_PART = LABEL.pattern


class _Form(NamedTuple):
    pattern: re.Pattern[str]
    longest: int
    said: str


_SUBDOMAIN = _Form(
    re.compile(rf"{_PART}(\.{_PART})*"), 253,
    "lower-case letters, digits, '-' and '.', a letter or digit at both ends",
)  # fmt: skip
_LABEL = _Form(
    LABEL, LABEL_LENGTH, "lower-case letters, digits and '-', a letter or digit at both ends"
)
_HOST = _Form(
    re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?"), LABEL_LENGTH,
    "lower-case letters, digits and '-', a letter first, a letter or digit last",
)  # fmt: skip
_SEGMENT = _Form(re.compile(r"(?!\.{1,2}$)[^/%]+"), sys.maxsize, "neither '/' nor '%'")
_FORMS: Mapping[str, _Form] = {
    "Namespace": _LABEL,
    "Profile.kubeflow.org": _LABEL,
    "Service": _HOST,
    "Service.serving.knative.dev": _HOST,
    "ClusterRole.rbac.authorization.k8s.io": _SEGMENT,
    "ClusterRoleBinding.rbac.authorization.k8s.io": _SEGMENT,
    "Role.rbac.authorization.k8s.io": _SEGMENT,
    "RoleBinding.rbac.authorization.k8s.io": _SEGMENT,
    # What they make is called like them with a time or a revision behind, in a name or a label.
    "CronJob.batch": _SUBDOMAIN._replace(longest=52),
    "CronWorkflow.argoproj.io": _SUBDOMAIN._replace(longest=52),
    "StatefulSet.apps": _LABEL._replace(longest=52),
    "Job.batch": _SUBDOMAIN._replace(longest=LABEL_LENGTH),
}
_KEY = re.compile(rf"({_PART}(\.{_PART})*/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_ANNOTATIONS = 256 * 1024
"""Bytes of all keys and values together."""


def check_names(rendered: Rendered) -> Iterator[Flaw]:
    """Names of a form or length that their kind cannot have, labels and annotations that no object can
    have.
    """
    for resource in rendered.resources:
        body = resource.body
        yield from _name(resource)
        yield from _labels(resource, "metadata", body["metadata"])
        for template in pod_templates(body):
            yield from _labels(resource, template.path.lstrip("/") or "spec", template.metadata)


def _name(resource: Resource) -> Iterator[Flaw]:
    this = identity(resource.body)
    form = _FORMS.get(this.group_kind, _SUBDOMAIN)
    if len(this.name) > form.longest:
        yield Flaw(
            "NM001", resource,
            f"has a name of {len(this.name)} characters, and its kind takes {form.longest}: "
            "shorten it",
        )  # fmt: skip
    elif not form.pattern.fullmatch(this.name):
        yield Flaw("NM001", resource, f"has a name that its kind cannot have: {form.said}")


def _labels(resource: Resource, where: str, metadata: Body) -> Iterator[Flaw]:
    labels, annotations = (metadata.get(key) or {} for key in ("labels", "annotations"))
    # The domain of an annotation's key may have capitals.
    for key in sorted({*labels, *annotations}):
        if not _is_key(key if key in labels else str(key).lower()):
            yield Flaw(
                "NM002", resource,
                f"has the key {key!r} in {where}: letters, digits, '-', '_' and '.', at most "
                f"{LABEL_LENGTH} of them, after a domain and '/' if any",
            )  # fmt: skip
    for key, value in sorted(labels.items()):
        if not _is_value(value):
            yield Flaw(
                "NM002", resource,
                f"has {value!r} as its label {key} in {where}: letters, digits, '-', '_' and '.', a "
                f"letter or digit at both ends, at most {LABEL_LENGTH}; put it into an annotation",
            )  # fmt: skip
    size = sum(len(f"{key}{value}".encode()) for key, value in annotations.items())
    if size > _ANNOTATIONS:
        yield Flaw(
            "NM003", resource,
            f"has annotations of {size} bytes in {where}, and the API server takes {_ANNOTATIONS}: "
            "put what is long into a ConfigMap",
        )  # fmt: skip


def _is_key(key: Any) -> bool:
    text = str(key)
    return bool(_KEY.fullmatch(text)) and len(text.rpartition("/")[2]) <= LABEL_LENGTH


def _is_value(value: Any) -> bool:
    text = str(value)
    return bool(_VALUE.fullmatch(text)) and len(text) <= LABEL_LENGTH
