"""Whom a workflow's pods act as, and what that account may do: report results, nothing else.

Source: argoproj/argo-workflows docs/workflow-rbac.md, docs/upgrading.md;
workflow/executor/executor.go at 3.3.10 and 3.5.14.
"""

from __future__ import annotations

from synth.config.workflows import Workflow
from synth.kit.objects import Body, manifest
from synth.kit.versions import minor

RESULTS_SINCE = (3, 4)
"""From here on steps report in WorkflowTaskResults; before, in annotations of their own pod."""


def access(workflow: Workflow, argo: str) -> list[Body]:
    """ServiceAccount, Role and RoleBinding, named like the workflow."""
    name, namespace = workflow.name, workflow.team
    rbac = "rbac.authorization.k8s.io"
    return [
        manifest("v1", "ServiceAccount", name, namespace=namespace),
        manifest(f"{rbac}/v1", "Role", name, namespace=namespace, rules=[_report(argo)]),
        manifest(
            f"{rbac}/v1",
            "RoleBinding",
            name,
            namespace=namespace,
            roleRef={"apiGroup": rbac, "kind": "Role", "name": name},
            subjects=[{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
        ),
    ]


def _report(argo: str) -> Body:
    if minor(argo) < RESULTS_SINCE:
        return {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "patch"]}
    return {
        "apiGroups": ["argoproj.io"],
        "resources": ["workflowtaskresults"],
        "verbs": ["create", "patch"],
    }
