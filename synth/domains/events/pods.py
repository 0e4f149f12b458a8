"""What the pods that Argo Events makes have in common.

Their sidecar is off: with one, Kubeflow's global-deny-all would refuse every call that no policy
allows, and the members of an event bus call each other. So no AuthorizationPolicy can say who may
call them; the EventSource's NetworkPolicy does.

Source: argoproj/argo-events pkg/apis/events/v1alpha1 (template.go, container_template.go), 1.9.10.
"""

from __future__ import annotations

from synth.kit.containers import NO_PRIVILEGES
from synth.kit.objects import Body

USER = 9731
"""The user that upstream's own Deployment of the controller names (manifests/base); the images name
none."""
NO_SIDECAR: Body = {"labels": {"sidecar.istio.io/inject": "false"}}
"""The metadata of such a pod."""
POD_SECURITY: Body = {
    "runAsNonRoot": True,
    "runAsUser": USER,
    "runAsGroup": USER,
    "fsGroup": USER,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def container(cpu: str, memory: str) -> Body:
    """Requests, limits and security of a container; a team's quota refuses one without requests."""
    return {
        "resources": {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}},
        "securityContext": NO_PRIVILEGES,
    }


def template(account: str) -> Body:
    """The `spec.template` of an EventSource or a Sensor."""
    return {
        "metadata": NO_SIDECAR,
        "serviceAccountName": account,
        "securityContext": POD_SECURITY,
        "container": container("50m", "128Mi"),
    }
