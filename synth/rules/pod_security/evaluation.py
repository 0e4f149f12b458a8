"""Whether a namespace of a Pod Security level takes the pods of an object.

What is evaluated, with which words and in which order, is what the admission controller of the API
server would say when the pods are created (kubernetes/pod-security-admission v0.37.2, which knows the
policies of every minor version up to 1.37; newer versions are taken as 1.37). Only of AppArmor's old
annotations the API server says more: since 1.30 it copies them into fields first, and names both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from synth.kit.objects import Body
from synth.kit.versions import minor
from synth.rules.pod_security.controls import CONTROLS, Pod
from synth.rules.pod_security.kinds import pod_templates
from synth.rules.pod_security.sidecar import Sidecar, injected

Level = Literal["privileged", "baseline", "restricted"]
"""A level of the Pod Security Standards, as in the label pod-security.kubernetes.io/enforce."""
_INCLUDED: Mapping[Level, tuple[Level, ...]] = {
    "privileged": (),
    "baseline": ("baseline",),
    "restricted": ("baseline", "restricted"),
}


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One control that a pod violates.

    `path` is a JSON pointer to what the pod is made from, within its object (`/spec/template`);
    `control` the control's name, `reason` and `detail` what the API server says: `host namespaces`,
    `hostNetwork=true`.
    """

    path: str
    control: str
    reason: str
    detail: str

    @property
    def message(self) -> str:
        """The part of the API server's message that is about this control."""
        return f"{self.reason} ({self.detail})"


def violations(
    body: Body, level: Level, kubernetes: str, sidecar: Sidecar | None = None
) -> Iterator[Violation]:
    """What stands against the pods of an object in a namespace of a level.

    `kubernetes` is the minor version whose policy counts (`1.26`): the cluster's, unless the
    namespace pins another. `sidecar` says how Istio injects into the namespace's pods, None where it
    does not. An object of a kind that makes no pods has none.
    """
    for template in pod_templates(body):
        pod = injected(template, sidecar)
        for found in evaluate(pod.metadata, pod.spec, level, kubernetes):
            yield replace(found, path=pod.path)


def evaluate(metadata: Body, spec: Body, level: Level, kubernetes: str) -> Iterator[Violation]:
    """What stands against one pod, in the order of the API server's message."""
    version = minor(kubernetes)[1]
    pod = Pod(metadata.get("annotations") or {}, spec)
    checks = [
        (control, check)
        for control in CONTROLS
        if control.level in _INCLUDED[level] and (check := control.check(version))
    ]
    replaced = {control.replaces for control, _ in checks}
    for control, check in checks:
        if control.id not in replaced and (forbidden := check(pod)):
            yield Violation("", control.id, *forbidden)
