"""Whom a workflow's pods act as, and what that account may do: report results, run pipelines, and what
its resource steps do with their objects.

Source: argoproj/argo-workflows docs/workflow-rbac.md, docs/upgrading.md,
workflow/executor/executor.go and resource.go at 3.3.10 to 3.7.3, manifests/quick-start/base/
artifactgc-role.yaml at 3.5.14; for what kubectl asks of the API, kubernetes/kubectl pkg/cmd.
"""

from __future__ import annotations

from collections.abc import Iterator

from synth.catalog.pipelines import SUBMIT_RULES
from synth.config.steps import PipelineStep, ResourceStep
from synth.config.workflows import Workflow
from synth.kit.objects import Body, group_of, manifest
from synth.kit.versions import minor

RESULTS_SINCE = (3, 4)
"""From here on steps report in WorkflowTaskResults; before, in annotations of their own pod."""


def access(workflow: Workflow, argo: str) -> list[Body]:
    """ServiceAccount, Role and RoleBinding, named like the workflow."""
    name, namespace = workflow.name, workflow.team
    rbac = "rbac.authorization.k8s.io"
    return [
        manifest("v1", "ServiceAccount", name, namespace=namespace),
        manifest(f"{rbac}/v1", "Role", name, namespace=namespace, rules=[*_rules(workflow, argo)]),
        manifest(
            f"{rbac}/v1",
            "RoleBinding",
            name,
            namespace=namespace,
            roleRef={"apiGroup": rbac, "kind": "Role", "name": name},
            subjects=[{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
        ),
    ]


_VERBS = {
    "get": ("get",),
    "create": ("create",),
    "apply": ("get", "create", "patch"),
    "delete": ("get", "delete", "list", "watch"),  # it waits until the object is gone
    "replace": ("get", "update"),
    "patch": ("patch",),
}
"""What kubectl asks of the API with an object in a file, by action."""


def _rules(workflow: Workflow, argo: str) -> Iterator[Body]:
    yield _report(argo)
    if workflow.artifact_gc:
        resource = "workflowartifactgctasks"
        yield _rule("argoproj.io", resource, "list", "watch")
        yield _rule("argoproj.io", f"{resource}/status", "patch")
    steps = (*workflow.steps, workflow.on_exit)
    if any(isinstance(step, PipelineStep) for step in steps):
        yield from SUBMIT_RULES
    seen = []
    for step in steps:
        for rule in _about_object(step) if isinstance(step, ResourceStep) else ():
            if rule not in seen:
                seen.append(rule)
    yield from seen


def _about_object(step: ResourceStep) -> Iterator[Body]:
    """The rules of one resource step: about the object by its name, where it has a fixed one, but
    for creating it, of which the API knows no name yet.
    """
    group = group_of(str(step.manifest["apiVersion"]))
    waits = step.success_condition or step.failure_condition
    verbs = list(dict.fromkeys([*_VERBS[step.action], *(["get"] if waits else [])]))
    if step.object_name is None:
        yield _rule(group, step.resource, *verbs)
        return
    if "create" in verbs:
        verbs.remove("create")
        yield _rule(group, step.resource, "create")
    if verbs:
        yield {**_rule(group, step.resource, *verbs), "resourceNames": [step.object_name]}


def _rule(group: str, resource: str, *verbs: str) -> Body:
    return {"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}


def _report(argo: str) -> Body:
    if minor(argo) < RESULTS_SINCE:
        return _rule("", "pods", "get", "patch")
    return _rule("argoproj.io", "workflowtaskresults", "create", "patch")
