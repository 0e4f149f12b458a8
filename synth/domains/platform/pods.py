"""What pods of a team's namespace get that say nothing themselves.

Source: the CRD of PodDefaults in kubeflow/manifests (admission-webhook/upstream/base/crd.yaml), the same
from 1.8.0 to 26.03; kubeflow/kubeflow components/admission-webhook/main.go, and
components/crud-web-apps/jupyter/backend (the spawner offers a PodDefault by the first of its matchLabels and cannot do without).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from synth.catalog.pipelines import TOKEN_FOLDER, TOKEN_MOUNT, TOKEN_VOLUME
from synth.config.platform import Team
from synth.config.teams import (
    PULL_SECRETS,
    RUNS_PULL_SECRETS,
    Limits,
    PodDefault,
    PullSecret,
    Volume,
)
from synth.kit.containers import variables
from synth.kit.objects import Body, manifest
from synth.kit.secrets import Provider

LIMITS = "limits"
"""The LimitRange's name."""
_RUNS = {"pipelines.kubeflow.org/v2_component": "true"}
"""The label of every pod of a run of a pipeline (kubeflow/pipelines
backend/src/v2/compiler/argocompiler/argo.go, 2.0.5 to 2.16)."""


def limit_range(team: Team, limits: Limits) -> Body:
    """The LimitRange, with what the API server would complete it by."""
    values = {
        "default": limits.most,
        "defaultRequest": limits.least,
        "max": limits.max,
        "min": limits.min,
    }
    item = {name: dict(sorted(given.items())) for name, given in values.items() if given}
    return manifest(
        "v1",
        "LimitRange",
        LIMITS,
        namespace=team.name,
        spec={"limits": [{"type": "Container", **item}]},
    )


def pod_default(team: Team, wanted: PodDefault) -> Body:
    """A PodDefault."""
    env = variables(wanted.env, wanted.secret_env)
    volumes = [_volume(each) for each in wanted.volumes]
    mounts = [_mount(each) for each in wanted.volumes]
    if wanted.pipelines_token:
        # The SDK looks for the token where this says (kubeflow/pipelines sdk/python/kfp/client).
        env.append({"name": "KF_PIPELINES_SA_TOKEN_PATH", "value": f"{TOKEN_FOLDER}/token"})
        volumes.append(TOKEN_VOLUME)
        mounts.append(TOKEN_MOUNT)
    added: dict[str, Any] = {
        "desc": wanted.desc,
        "env": env,
        "volumes": volumes,
        "volumeMounts": mounts,
        "imagePullSecrets": [{"name": name} for name in wanted.image_pull_secrets],
        "tolerations": [each.manifest() for each in wanted.tolerations],
        "labels": wanted.labels,
        "annotations": wanted.annotations,
    }
    return _pod_default(team, wanted.name, wanted.selector, added)


def pull_secrets(secrets: Sequence[PullSecret], team: Team, store: Provider) -> Iterator[Body]:
    """The Secrets that `store` brings, and what gives all of them to pods whose ServiceAccount
    Kubeflow makes: runs of pipelines, and notebooks that choose it.
    """
    yield from map(store.made, team.secrets)
    names = [{"name": secret.name} for secret in secrets]
    for name, selector, desc in (
        (PULL_SECRETS, {PULL_SECRETS: "true"}, "Images from the team's registries"),
        (RUNS_PULL_SECRETS, _RUNS, "Images of runs of pipelines"),
    ):
        yield _pod_default(team, name, selector, {"desc": desc, "imagePullSecrets": names})


def _pod_default(team: Team, name: str, selector: dict[str, str], added: dict[str, Any]) -> Body:
    given = {key: value for key, value in added.items() if value}
    return manifest(
        "kubeflow.org/v1alpha1",
        "PodDefault",
        name,
        namespace=team.name,
        spec={"selector": {"matchLabels": dict(selector)}, **given},
    )


def _volume(volume: Volume) -> Body:
    if volume.secret:
        return {"name": volume.name, "secret": {"secretName": volume.secret}}
    if volume.config_map:
        return {"name": volume.name, "configMap": {"name": volume.config_map}}
    return {
        "name": volume.name,
        "persistentVolumeClaim": {"claimName": volume.persistent_volume_claim},
    }


def _mount(volume: Volume) -> Body:
    read_only = {"readOnly": True} if volume.read_only else {}
    return {"name": volume.name, "mountPath": volume.mount_path, **read_only}
