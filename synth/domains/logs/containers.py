"""What collects the logs of all containers: a Filebeat on every node.

Source: elastic/beats deploy/kubernetes/filebeat-kubernetes.yaml; elastic/cloud-on-k8s config/recipes/
beats/filebeat_no_autodiscover.yaml at v2.16.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from synth.config.logs import Logs
from synth.domains.logs.filebeat import filebeat, policy_volume, restarted
from synth.kit.objects import Body, manifest

NAME = "containers"
_ROLE = "container-logs"
_RBAC = "rbac.authorization.k8s.io"
_FOLDERS = {"containers": "/var/log/containers", "pods": "/var/log/pods"}
"""The first has links into the second."""


def container_logs(logs: Logs) -> Iterator[Body]:
    """The Filebeat, and its right to know whose container a log is from."""
    yield manifest("v1", "ServiceAccount", NAME, namespace=logs.namespace)
    yield manifest(
        f"{_RBAC}/v1",
        "ClusterRole",
        _ROLE,
        rules=[
            {
                "apiGroups": [""],
                "resources": ["namespaces", "nodes", "pods"],
                "verbs": ["get", "list", "watch"],
            }
        ],
    )
    yield manifest(
        f"{_RBAC}/v1",
        "ClusterRoleBinding",
        _ROLE,
        roleRef={"apiGroup": _RBAC, "kind": "ClusterRole", "name": _ROLE},
        subjects=[{"kind": "ServiceAccount", "name": NAME, "namespace": logs.namespace}],
    )
    pods = {"metadata": restarted(logs), "spec": _pod()}
    yield filebeat(logs, NAME, _config(), daemonSet={"podTemplate": pods})


def _config() -> Body:
    whose = {
        "host": "${NODE_NAME}",
        "matchers": [{"logs_path": {"logs_path": f"{_FOLDERS['containers']}/"}}],
    }
    return {
        "filebeat.inputs": [
            {
                "type": "filestream",
                "id": NAME,
                "paths": [f"{_FOLDERS['containers']}/*.log"],
                "parsers": [{"container": {}}],
                "prospector": {"scanner": {"fingerprint": {"enabled": True}, "symlinks": True}},
                "file_identity": {"fingerprint": {}},
                "fields": {"log": NAME},
                "processors": [{"add_kubernetes_metadata": whose}],
            }
        ]
    }


def _pod() -> Body:
    volume, mount = policy_volume()
    return {
        "serviceAccountName": NAME,
        # ECK's own default is off.
        "automountServiceAccountToken": True,
        "tolerations": [{"operator": "Exists", "effect": "NoSchedule"}],
        "containers": [
            {
                "name": "filebeat",
                "env": [
                    {"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}
                ],
                # The files belong to root.
                "securityContext": {"runAsUser": 0},
                "volumeMounts": [
                    mount,
                    *(
                        {"name": name, "mountPath": folder, "readOnly": True}
                        for name, folder in _FOLDERS.items()
                    ),
                ],
            }
        ],
        "volumes": [
            volume,
            *({"name": name, "hostPath": {"path": path}} for name, path in _FOLDERS.items()),
        ],
    }
