"""What pods of a team's namespace get that say nothing themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synth.catalog.kubeflow import RELEASES
from synth.kit.objects import Origin, Resource
from synth.rules.flaws import Rendered
from synth.rules.references import check_references
from tests.teams.examples import all_wrong, environment, mistakes, objects

POD_DEFAULTS = """\
    podDefaults:
      - name: registry
        desc: The model registry
        selector: {registry: "true"}
        env: {MLFLOW_TRACKING_URI: "http://mlflow.mlflow.svc.cluster.local:5000"}
        secretEnv: {MLFLOW_TRACKING_TOKEN: {name: mlflow, key: token}}
        volumes:
          - {name: certificates, mountPath: /etc/ssl/ours, configMap: authorities, readOnly: true}
          - {name: keys, mountPath: /keys, secret: keys}
          - {name: data, mountPath: /data, persistentVolumeClaim: data}
        imagePullSecrets: [other-registry]
        tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}]
        labels: {cost-centre: nlp}
        annotations: {sidecar.istio.io/proxyCPU: 50m}
      - name: pipelines
        selector: {access-ml-pipeline: "true"}
        pipelinesToken: true
"""
LIMITS = """\
    limits:
      default: {memory: 1Gi}
      defaultRequest: {cpu: 100m}
      max: {cpu: "8", memory: 32Gi}
      min: {memory: 16Mi, nvidia.com/gpu: "0"}
"""
PULL_SECRETS = """\
    imagePullSecrets: [{name: ours, external: registry/ours}, {name: theirs}]
addons: {externalSecrets: {version: "0.9.20"}}
"""
EVERYTHING = LIMITS + POD_DEFAULTS + PULL_SECRETS


def test_a_limit_range_says_what_the_api_server_would_complete(tmp_path: Path) -> None:
    made = objects(environment(tmp_path, LIMITS))
    assert list(made) == ["LimitRange limits"]
    assert made["LimitRange limits"]["metadata"] == {"name": "limits", "namespace": "nlp"}
    assert made["LimitRange limits"]["spec"] == {
        "limits": [
            {
                "type": "Container",
                "default": {"cpu": "8", "memory": "1Gi"},
                "defaultRequest": {"cpu": "100m", "memory": "1Gi", "nvidia.com/gpu": "0"},
                "max": {"cpu": "8", "memory": "32Gi"},
                "min": {"memory": "16Mi", "nvidia.com/gpu": "0"},
            }
        ]
    }


@pytest.mark.parametrize("release", RELEASES)
def test_all_of_it_is_what_the_api_takes(tmp_path: Path, common: Path, release: str) -> None:
    made = objects(environment(tmp_path, EVERYTHING))
    assert list(all_wrong(common, made, release)) == []
    assert {name.partition(" ")[0] for name in made} == {
        "ExternalSecret",
        "LimitRange",
        "PodDefault",
    }


def test_a_pod_default_adds_what_it_says(tmp_path: Path) -> None:
    made = objects(environment(tmp_path, POD_DEFAULTS))
    assert made["PodDefault registry"]["spec"] == {
        "desc": "The model registry",
        "selector": {"matchLabels": {"registry": "true"}},
        "env": [
            {
                "name": "MLFLOW_TRACKING_URI",
                "value": "http://mlflow.mlflow.svc.cluster.local:5000",
            },
            {
                "name": "MLFLOW_TRACKING_TOKEN",
                "valueFrom": {"secretKeyRef": {"name": "mlflow", "key": "token"}},
            },
        ],
        "volumes": [
            {"name": "certificates", "configMap": {"name": "authorities"}},
            {"name": "keys", "secret": {"secretName": "keys"}},
            {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
        ],
        "volumeMounts": [
            {"name": "certificates", "mountPath": "/etc/ssl/ours", "readOnly": True},
            {"name": "keys", "mountPath": "/keys"},
            {"name": "data", "mountPath": "/data"},
        ],
        "imagePullSecrets": [{"name": "other-registry"}],
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
        "labels": {"cost-centre": "nlp"},
        "annotations": {"sidecar.istio.io/proxyCPU": "50m"},
    }


def test_what_people_mount_they_make_themselves(tmp_path: Path) -> None:
    made = objects(environment(tmp_path, POD_DEFAULTS))
    rendered = [Resource("namespaces", body, Origin("", "")) for body in made.values()]
    assert list(check_references(Rendered(rendered, ()))) == []


def test_a_pod_default_gives_a_token_for_pipelines(tmp_path: Path) -> None:
    made = objects(environment(tmp_path, POD_DEFAULTS))
    folder = "/var/run/secrets/kubeflow/pipelines"
    token = {
        "path": "token",
        "audience": "pipelines.kubeflow.org",
        "expirationSeconds": 7200,
    }
    assert made["PodDefault pipelines"]["spec"] == {
        "selector": {"matchLabels": {"access-ml-pipeline": "true"}},
        "env": [{"name": "KF_PIPELINES_SA_TOKEN_PATH", "value": f"{folder}/token"}],
        "volumes": [
            {"name": "pipelines-token", "projected": {"sources": [{"serviceAccountToken": token}]}}
        ],
        "volumeMounts": [{"name": "pipelines-token", "mountPath": folder, "readOnly": True}],
    }


def test_pull_secrets_come_from_the_store_and_reach_notebooks_and_runs(tmp_path: Path) -> None:
    made = objects(environment(tmp_path, PULL_SECRETS))
    assert list(made) == [
        "ExternalSecret ours",
        "PodDefault image-pull-secrets",
        "PodDefault pipelines-image-pull-secrets",
    ]
    spec = made["ExternalSecret ours"]["spec"]
    assert spec["target"] == {
        "name": "ours",
        "creationPolicy": "Owner",
        "template": {"type": "kubernetes.io/dockerconfigjson"},
    }
    assert spec["data"] == [
        {
            "secretKey": ".dockerconfigjson",
            "remoteRef": {"key": "registry/ours", "property": "dockerconfigjson"},
        }
    ]
    selected = [
        (body["spec"]["selector"]["matchLabels"], body["spec"]["imagePullSecrets"])
        for body in list(made.values())[1:]
    ]
    names = [{"name": "ours"}, {"name": "theirs"}]
    assert selected == [
        ({"image-pull-secrets": "true"}, names),
        ({"pipelines.kubeflow.org/v2_component": "true"}, names),
    ]


def test_a_team_that_says_none_of_it_has_no_such_application(tmp_path: Path) -> None:
    from synth.app.workloads import WORKLOADS

    assert not WORKLOADS["namespaces"].inputs(environment(tmp_path, ""))
    assert WORKLOADS["teams"].wave < WORKLOADS["namespaces"].wave


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'limits: {default: {cpu: "2", memory: 2Gi}, max: {cpu: "1", memory: 1Gi}}',
            ["9:5: teams.nlp.limits: cpu: default is 2, above max, which is 1; memory: default is 2Gi, above max, which is 1Gi"],
        ),
        (
            "limits: {min: {cpu: 1}, defaultRequest: {cpu: 500m}}",
            ["9:20: teams.nlp.limits.min.cpu: must be a string, not the number 1 (a string needs quotes)"],
        ),
        (
            "limits: {min: {cpu: 1000m}, defaultRequest: {cpu: 500m}, max: {cpu: 100m}}",
            ["9:5: teams.nlp.limits: cpu: min is 1000m, above defaultRequest, which is 500m; cpu: defaultRequest is 500m, above max, which is 100m"],
        ),
        (
            "limits: {}",
            ["9:5: teams.nlp.limits: says nothing: give default, defaultRequest, max or min, or take it out"],
        ),
        (
            "podDefaults: [{name: a, selector: {}, env: {A: b}}]",
            ['9:29: teams.nlp.podDefaults.a.selector: is empty, which is every pod of the namespace: give a label, such as <name>: "true", which the spawner of notebooks gives to those that choose it'],
        ),
        (
            'podDefaults: [{name: a, selector: {a: "true"}}]',
            ["9:19: teams.nlp.podDefaults.a: adds nothing to pods: give env, volumes or another thing to add"],
        ),
        (
            'podDefaults: [{name: a, selector: {a: "true"}, tolerations: [{value: gpu}]}]',
            ["9:66: teams.nlp.podDefaults.a.tolerations[0]: without a key it is every taint: say operator: Exists, or the key"],
        ),
        (
            'podDefaults: [{name: a, selector: {a: "true"}, env: {A: b}, secretEnv: {A: {name: s, key: k}}}]',
            ["9:65: teams.nlp.podDefaults.a.secretEnv: A has a value in env already: keep one of them"],
        ),
        (
            'podDefaults: [{name: a, selector: {a: "true"}, volumes: [{name: v, mountPath: /v, secret: s, configMap: c}, {name: w, mountPath: w, secret: s}]}]',
            [
                "9:62: teams.nlp.podDefaults.a.volumes.v: comes from one place: name a secret, a configMap or a persistentVolumeClaim",
                "9:123: teams.nlp.podDefaults.a.volumes.w.mountPath: string should match pattern '^/'",
            ],
        ),
        (
            'podDefaults: [{name: a, selector: {a: "true"}, volumes: [{name: v, mountPath: /v, secret: s}, {name: w, mountPath: /v, secret: s}]}]',
            ["9:52: teams.nlp.podDefaults.a.volumes: /v is the mountPath of more than one volume"],
        ),
        (
            'podDefaults: [{name: image-pull-secrets, selector: {a: "true"}, env: {A: b}}]\n    imagePullSecrets: [{name: ours}]',
            ["10:5: teams.nlp.imagePullSecrets: make a PodDefault image-pull-secrets: call the one in podDefaults otherwise"],
        ),
        (
            "nodes: {tolerations: [{key: gpu, operator: Exists, value: a}, {key: gpu, toleration: 5m}]}",
            [
                "9:27: teams.nlp.nodes.tolerations[0]: operator Exists takes every value: leave the value out",
                "9:67: teams.nlp.nodes.tolerations[1]: toleration is about taints that evict: say effect: NoExecute",
            ],
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said(tmp_path: Path, text: str, said: list[Any]) -> None:
    assert mistakes(tmp_path, f"    {text}\n") == said
