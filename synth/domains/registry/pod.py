"""The pods of the tracking server: one migrates the database, the others serve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from synth.config.registry import CREDENTIALS, Mlflow
from synth.kit.containers import NO_PRIVILEGES, from_secret
from synth.kit.objects import Body

PORT = 5000
USER = 10001
"""The image names no user, so the pod has to."""
METRICS = "/metrics"
"""The folder that workers share their counters in."""

_SECURITY: Body = {
    **NO_PRIVILEGES,
    "readOnlyRootFilesystem": True,
}
_STORE = "MLFLOW_BACKEND_STORE_URI"


def server_pod(mlflow: Mlflow, *, name: str, mirror: Callable[[str], str]) -> Body:
    """The spec of the server's pod; `name` is that of its ServiceAccount and Service."""
    server = _server(mlflow, mirror(mlflow.server_image), _hosts(mlflow, name))
    volumes = [_tmp(mlflow), *([{"name": "metrics", "emptyDir": {}}] if mlflow.metrics else [])]
    return _pod(name, server, volumes)


def migration_pod(mlflow: Mlflow, *, account: str, mirror: Callable[[str], str]) -> Body:
    """The spec of a pod that brings the database's schema to this version and ends; an empty
    database gets one.
    """
    migration = {
        "name": "migrate",
        "image": mirror(mlflow.server_image),
        "command": ["mlflow"],
        "args": ["db", "upgrade", f"$({_STORE})"],
        "env": [*_home(), _database(mlflow)],
        **_resources(mlflow),
        "securityContext": _SECURITY,
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108  (a mount)
    }
    return {**_pod(account, migration, [_tmp(mlflow)]), "restartPolicy": "Never"}


def _pod(account: str, container: Body, volumes: list[Body]) -> Body:
    return {
        "serviceAccountName": account,
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": volumes,
    }


def _tmp(mlflow: Mlflow) -> Body:
    return {"name": "tmp", "emptyDir": {"sizeLimit": mlflow.scratch}}


def _server(mlflow: Mlflow, image: str, hosts: list[str]) -> Body:
    mounts = [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108  (a mount)
    args = [
        "server",
        "--host=0.0.0.0",
        f"--port={PORT}",
        f"--workers={mlflow.workers}",
        f"--artifacts-destination={mlflow.artifacts.destination}",
        f"--allowed-hosts={','.join(hosts)}",
    ]
    if mlflow.metrics:
        mounts.append({"name": "metrics", "mountPath": METRICS})
        args.append(f"--expose-prometheus={METRICS}")
    return {
        "name": "mlflow",
        "image": image,
        "command": ["mlflow"],
        "args": args,
        "env": [*_home(), _database(mlflow), *_object_store(mlflow), *_serving()],
        "ports": [{"name": "http", "containerPort": PORT}],
        "startupProbe": _probe(periodSeconds=5, failureThreshold=60),
        "readinessProbe": _probe(periodSeconds=10, timeoutSeconds=5),
        "livenessProbe": _probe(periodSeconds=20, timeoutSeconds=10),
        **_resources(mlflow),
        "securityContext": _SECURITY,
        "volumeMounts": mounts,
    }


def _hosts(mlflow: Mlflow, service: str) -> list[str]:
    """The Host headers that the server answers, with and without its port; others get 403.

    Beside the Service's names that is the pod's own address, by which Prometheus calls it.
    """
    full = f"{service}.{mlflow.namespace}.svc.cluster.local".split(".")
    names = [".".join(full[:parts]) for parts in (1, 2, 3, len(full))]
    answered = [*names, "localhost", "$(POD_IP)", *mlflow.hosts]
    return [host for name in answered for host in (name, f"{name}:{PORT}")]


def _probe(**timing: int) -> Body:
    # /health is exempt from the check of the Host header.
    return {"httpGet": {"path": "/health", "port": "http"}, **timing}


def _resources(mlflow: Mlflow) -> dict[str, Any]:
    resources = mlflow.resources.model_dump(exclude_defaults=True)
    return {"resources": resources} if resources else {}


def _home() -> list[Body]:
    return [{"name": "HOME", "value": "/tmp"}]  # noqa: S108  (a mount)


def _database(mlflow: Mlflow) -> Body:
    store = mlflow.backend_store
    return from_secret(_STORE, store.secret_name, store.key)


def _object_store(mlflow: Mlflow) -> list[Body]:
    artifacts, env = mlflow.artifacts, []
    if artifacts.endpoint_url:
        env.append({"name": "MLFLOW_S3_ENDPOINT_URL", "value": artifacts.endpoint_url})
    if artifacts.credentials_secret:
        env += [from_secret(name, artifacts.credentials_secret, name) for name in CREDENTIALS]
    return env


def _serving() -> list[Body]:
    return [
        # Jobs evaluate language models, need a single replica, and take 2 GB when idle.
        {"name": "MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "value": "false"},
        {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    ]
