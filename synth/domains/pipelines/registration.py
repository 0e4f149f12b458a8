"""A pipeline for an API server that keeps pipelines in its database: a Job tells it.

The Job is a hook after the sync, which starts when everything else of the Application is healthy;
so this is an Application of its own. A changed hook alone starts no sync: the ConfigMap carries the
digest of all that the Job runs. The Job looks before it acts, and nothing is registered twice.

Source: argoproj/argo-cd docs/user-guide/resource_hooks.md and gitops-engine
pkg/sync/sync_context.go at v3.2.6.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256

from constructs import Construct

from synth.catalog.pipelines import (
    API,
    PROGRAM_IMAGE,
    REGISTER_RULES,
    TOKEN_FOLDER,
    TOKEN_MOUNT,
    TOKEN_VOLUME,
)
from synth.config.pipelines import Pipeline
from synth.kit.construct import Manifests
from synth.kit.containers import NO_PRIVILEGES
from synth.kit.labels import app_labels
from synth.kit.objects import Body, manifest

USER = 65532
"""The image names no user but root, so the pod has to."""
DEADLINE = 480
"""Seconds for which one try of the Job asks an API server that is not ready."""
DIGEST = "kfsynth/registration"
"""The ConfigMap's annotation with the digest of what the Job runs."""

_PROGRAM, _FILE = "pipelines.py", "pipeline.yaml"
_FOLDER = "/registration"
_AFTER_SYNC = {
    "argocd.argoproj.io/hook": "PostSync",
    # Nobody can change a Job's pod. The last one stays until then, for its log.
    "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
}
_RBAC = "rbac.authorization.k8s.io"


class RegisteredPipeline(Manifests):
    """The ConfigMap with the pipeline, the Job that registers it as `version`, and the Job's
    account, in the team's namespace: the API server admits calls from those alone.

    `text` is the compiled pipeline, which Kubeflow shows with `description`, `program` that of the Job; `mirror` says what an image is called
    where this environment pulls it from.
    """

    def __init__(
        self,
        scope: Construct,
        pipeline: Pipeline,
        *,
        version: str,
        description: str,
        text: str,
        program: str,
        mirror: Callable[[str], str],
    ) -> None:
        name = registration_name(pipeline)
        data = {_FILE: text, _PROGRAM: program}
        job = _job(pipeline, name, [*_args(pipeline, version, description)], mirror(PROGRAM_IMAGE))
        super().__init__(
            scope,
            f"{pipeline.team}.{pipeline.name}",
            [
                manifest(
                    "v1",
                    "ConfigMap",
                    name,
                    namespace=pipeline.team,
                    annotations={DIGEST: _digest(text, program, json.dumps(job))},
                    data=data,
                ),
                *_account(name, pipeline.team),
                job,
            ],
            key=f"pipelines.{pipeline.name}",
        )


def registration_name(pipeline: Pipeline) -> str:
    """What the Job that registers it and what belongs to that are called."""
    return f"{pipeline.name}-registration"


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()


def _account(name: str, namespace: str) -> list[Body]:
    """Whom the Job acts as, and what the API server asks the cluster about it."""
    return [
        manifest(
            "v1", "ServiceAccount", name, namespace=namespace, automountServiceAccountToken=False
        ),
        manifest(f"{_RBAC}/v1", "Role", name, namespace=namespace, rules=list(REGISTER_RULES)),
        manifest(
            f"{_RBAC}/v1",
            "RoleBinding",
            name,
            namespace=namespace,
            roleRef={"apiGroup": _RBAC, "kind": "Role", "name": name},
            subjects=[{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
        ),
    ]


def _job(pipeline: Pipeline, name: str, args: list[str], image: str) -> Body:
    labels = app_labels(name)
    return manifest(
        "batch/v1",
        "Job",
        name,
        namespace=pipeline.team,
        labels=labels,
        annotations=_AFTER_SYNC,
        spec={
            "backoffLimit": 3,
            "activeDeadlineSeconds": 2400,
            "template": {
                # A sidecar would keep the pod alive after the registration.
                "metadata": {"labels": {**labels, "sidecar.istio.io/inject": "false"}},
                "spec": {
                    "restartPolicy": "Never",
                    "serviceAccountName": name,
                    "automountServiceAccountToken": False,
                    "securityContext": {
                        "runAsNonRoot": True,
                        "runAsUser": USER,
                        "runAsGroup": USER,
                        "fsGroup": USER,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [_container(args, image)],
                    "volumes": [
                        {"name": "registration", "configMap": {"name": name}},
                        TOKEN_VOLUME,
                    ],
                },
            },
        },
    )


def _args(pipeline: Pipeline, version: str, description: str) -> Iterator[str]:
    yield "register"
    yield f"--host={API}"
    yield f"--token={TOKEN_FOLDER}/token"
    yield f"--namespace={pipeline.team}"
    yield f"--pipeline={pipeline.name}"
    yield f"--version={version}"
    yield f"--file={_FOLDER}/{_FILE}"
    yield f"--deadline={DEADLINE}"
    if description:
        # Kubernetes reads $(NAME) in arguments; $$ is one dollar.
        yield f"--description={description.replace('$', '$$')}"


def _container(args: list[str], image: str) -> Body:
    return {
        "name": "register",
        "image": image,
        "command": ["python", "-I", "-B", f"{_FOLDER}/{_PROGRAM}"],
        "args": args,
        "resources": {
            "requests": {"cpu": "50m", "memory": "64Mi"},
            "limits": {"memory": "128Mi"},
        },
        "securityContext": {
            **NO_PRIVILEGES,
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [
            {"name": "registration", "mountPath": _FOLDER, "readOnly": True},
            TOKEN_MOUNT,
        ],
    }
