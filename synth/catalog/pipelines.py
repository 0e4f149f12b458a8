"""What Kubeflow Pipelines takes, by its version, and how pods of teams talk to it.

The backend reads a compiled pipeline strictly (protojson, jsonpb): it refuses a field that it does
not know, in the pipeline's and in the platform's document; inside `deploymentSpec` it passes one
over, and what the field asks for does not happen. The SDK writes newer fields beside older ones that
say the same, and these are left out for a backend that does not know them.

Source: kubeflow/pipelines backend/src/apiserver/template/v2_template.go,
backend/src/v2/compiler/visitor.go, backend/src/v2/cmd/driver/main.go; the messages in kfp-pipeline-spec
0.2.2 to 2.16.1 and kfp-kubernetes 1.0.0 to 2.16.1, of which a backend counts as knowing what was
published before it was pinned in its go.mod.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synth.kit.objects import Body

API = "http://ml-pipeline.kubeflow.svc.cluster.local:8888"
"""The API server, for pods."""
API_COMPONENT = "pipelines"
"""The component of Kubeflow that it is part of."""
GROUP = "pipelines.kubeflow.org"
"""Of its objects, of the permissions that it asks the cluster about, and the audience of tokens
(backend/src/apiserver/common/const.go).
"""
TOKEN_FOLDER = "/var/run/secrets/kubeflow/pipelines"  # noqa: S105  (a path)
PROGRAM_IMAGE = "python:3.13.7-slim"
"""Runs the program that registers and runs pipelines."""
STORE_SINCE = (2, 5)
"""From here on pipelines can be objects (manifests/kustomize/base/crds, backend/src/apiserver/main.go,
`--pipelinesStoreKubernetes`).
"""
PARALLELISM_SINCE = (2, 5)
"""From here on loops run no more at once than their `parallelism` (kubeflow/pipelines pull request 10798);
earlier backends pass it over and run every item at once."""
MAX_IR = 1_000_000
"""Bytes of one compiled pipeline: the data of a ConfigMap is at most 1 MiB (kubernetes
pkg/apis/core/validation), and the program takes some of it.
"""

REGISTER_RULES: tuple[Body, ...] = (
    {"apiGroups": [GROUP], "resources": ["pipelines"], "verbs": ["create", "get", "list"]},
)
"""What registering asks for: pipelines by name, their versions, which count as pipelines, and both
made (backend/src/apiserver/server: pipeline_server.go, pipeline_upload_server.go).
"""
SUBMIT_RULES: tuple[Body, ...] = (
    {"apiGroups": [GROUP], "resources": ["pipelines"], "verbs": ["get", "list"]},
    {"apiGroups": [GROUP], "resources": ["experiments"], "verbs": ["create", "list"]},
    {"apiGroups": [GROUP], "resources": ["runs"], "verbs": ["create", "get", "list", "terminate"]},
)
"""What submitting a run asks for (experiment_server.go, run_server.go there)."""

TOKEN_VOLUME: Body = {
    "name": "pipelines-token",
    "projected": {
        "sources": [
            {
                "serviceAccountToken": {
                    "path": "token",
                    "audience": GROUP,
                    "expirationSeconds": 7200,
                }
            }
        ]
    },
}
"""The token that the API server takes (KFP sdk/python/kfp/client, ServiceAccountTokenVolumeCredentials)."""
TOKEN_MOUNT: Body = {
    "name": "pipelines-token",
    "mountPath": TOKEN_FOLDER,
    "readOnly": True,
}

_SPEC, _KUBERNETES = "ml_pipelines.", "kfp_kubernetes."
_RESOURCES = f"{_SPEC}PipelineDeploymentConfig.PipelineContainerSpec.ResourceSpec."


def _since(version: tuple[int, int], prefix: str, names: str) -> dict[str, tuple[int, int]]:
    return {f"{prefix}{name}": version for name in names.split()}


SINCE: Mapping[str, tuple[int, int]] = {
    **_since(
        (2, 3),
        _KUBERNETES,
        """KubernetesExecutorConfig.active_deadline_seconds KubernetesExecutorConfig.config_map_as_env
        KubernetesExecutorConfig.config_map_as_volume KubernetesExecutorConfig.field_path_as_env
        KubernetesExecutorConfig.generic_ephemeral_volume KubernetesExecutorConfig.image_pull_policy
        KubernetesExecutorConfig.image_pull_secret KubernetesExecutorConfig.node_affinity
        KubernetesExecutorConfig.pod_affinity KubernetesExecutorConfig.pod_metadata
        KubernetesExecutorConfig.tolerations SecretAsVolume.optional ConfigMapAsVolume.optional""",
    ),
    **_since(
        (2, 5),
        _RESOURCES,
        """resource_cpu_limit resource_cpu_request resource_memory_limit resource_memory_request
        AcceleratorConfig.resource_type AcceleratorConfig.resource_count""",
    ),
    **_since(
        (2, 5),
        _SPEC,
        """ComponentSpec.single_platform_specs PipelineTaskSpec.CachingOptions.cache_key
        SinglePlatformSpec.config SinglePlatformSpec.pipelineConfig SinglePlatformSpec.platform""",
    ),
    **_since(
        (2, 5),
        _KUBERNETES,
        "KubernetesExecutorConfig.empty_dir_mounts KubernetesExecutorConfig.enabled_shared_memory",
    ),
    **_since(
        (2, 15),
        _SPEC,
        """PipelineConfig.resource_ttl PipelineConfig.workspace
        ComponentSpec.task_config_passthroughs
        PipelineDeploymentConfig.ImporterSpec.download_to_workspace RuntimeArtifact.custom_path""",
    ),
    **_since(
        (2, 15),
        _KUBERNETES,
        """ConfigMapAsEnv.config_map_name_parameter ConfigMapAsVolume.config_map_name_parameter
        ImagePullSecret.secret_name_parameter NodeSelector.node_selector_json
        PvcMount.pvc_name_parameter SecretAsEnv.secret_name_parameter
        SecretAsVolume.secret_name_parameter Toleration.toleration_json ConfigMapAsEnv.optional
        NodeAffinityTerm.node_affinity_json SecretAsEnv.optional""",
    ),
    **_since((2, 16), _SPEC, "ComponentInputsSpec.ParameterSpec.literals"),
    **_since((2, 16), _KUBERNETES, "KubernetesExecutorConfig.security_context PvcMount.sub_path"),
}
"""The version from which a backend knows a field, by the field's full name; others all know."""

FEATURES_SINCE: Mapping[str, tuple[int, int]] = {
    "dsl.Collected": (2, 14),
    "dsl.PipelineTaskFinalStatus": (2, 14),
}
"""The version from which a backend does what it could read before: until then the run is refused, with
"sorting failed" and "task final status not supported yet".

Source: kubeflow/pipelines CHANGELOG.md of 2.14.0 (11725, 11953), issues 10035 and 11641.
"""

_OLDER: Mapping[str, tuple[str, ...]] = {
    "resourceCpuLimit": ("cpuLimit",),
    "resourceCpuRequest": ("cpuRequest",),
    "resourceMemoryLimit": ("memoryLimit",),
    "resourceMemoryRequest": ("memoryRequest",),
    "resourceType": ("type",),
    "resourceCount": ("count",),
    "configMapNameParameter": ("configMapName",),
    "secretNameParameter": ("secretName",),
    "pvcNameParameter": ("constant", "componentInputParameter", "taskOutputParameter"),
}


def redundant(key: str, message: Mapping[str, Any]) -> bool:
    """Whether an object of a compiled pipeline says the same without its field `key`."""
    if key == "optional":
        return message[key] is False
    return any(message.get(older) for older in _OLDER.get(key, ()))
