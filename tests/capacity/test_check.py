"""What is said of quotas and of what the cluster has."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from synth.kit.objects import manifest
from synth.rules.capacity.accounts import accounts
from synth.rules.findings import Finding
from tests.capacity.examples import (
    MI,
    container,
    deployment,
    environment,
    found,
    made,
    profile,
    usage,
)

RECREATE: Any = {"strategy": {"type": "Recreate"}}
OVER = """\
its workloads may ask for more than the quota: 500m requests.cpu of 400m, 640Mi requests.memory of \
512Mi; raise it, or lower maxReplicas, maxScale, requests or parallelism
  KIND        NAME   pods  cpu    memory
  Deployment  web    4     400m   512Mi
  Deployment  small  1     100m   128Mi
  together           5     500m   640Mi
  quota              6     400m   512Mi
  left               1     -100m  -128Mi"""


def test_a_team_over_its_quota_is_an_error_with_the_table_that_explains_it() -> None:
    quota = profile("nlp", cpu="400m", memory="512Mi", pods="6")
    objects = [quota, deployment("web", replicas=4, **RECREATE), deployment("small", **RECREATE)]
    assert found(*objects) == [Finding("CP001", "error", "teams.nlp.quota", OVER)]


def test_a_team_within_its_quota_is_fine() -> None:
    quota = profile("nlp", cpu="500m", **{"requests.memory": "640Mi", "pods": "5"})
    objects = [quota, deployment("web", replicas=4, **RECREATE), deployment("small", **RECREATE)]
    assert found(*objects) == []


def test_what_others_ask_for_is_not_this_teams() -> None:
    assert found(profile("nlp", cpu="100m"), deployment(namespace="vision", replicas=9)) == []


def test_an_update_that_does_not_fit_beside_what_runs_is_a_warning() -> None:
    message = (
        "an update of everything at once does not fit beside the most that may run: 500m "
        "requests.cpu of 450m; pods of an update may have to wait for old ones to go"
    )
    objects = [profile("nlp", cpu="450m"), deployment(replicas=4)]
    assert found(*objects) == [Finding("CP005", "warning", "teams.nlp.quota", message)]


def refused(names: str, who: str) -> Finding:
    message = (
        f"pods of Deployment web are refused: the quota counts {names}, and {who} how much; give "
        "these containers resources, or the namespace a LimitRange with defaults"
    )
    return Finding("CP004", "error", "teams.nlp.quota", message)


def test_pods_that_a_quota_refuses_are_an_error() -> None:
    quota = profile("nlp", cpu="1", **{"limits.memory": "1Gi", "pods": "5"})
    silent = [{"name": "a"}, container("b", requests={"cpu": "1m"})]
    said = container("c", limits={"cpu": "1m", "memory": "1Mi"})
    web = deployment("web", *silent, said)
    assert found(quota, web) == [refused("limits.memory, requests.cpu", "a, b do not say")]
    assert found(quota, deployment("web", silent[1], said)) == [
        refused("limits.memory", "b does not say")
    ]
    item = {"type": "Container", "default": {"memory": "1Mi"}, "defaultRequest": {"cpu": "1m"}}
    usual = manifest("v1", "LimitRange", "usual", namespace="nlp", spec={"limits": [item]})
    assert found(quota, web, usual) == []


def test_a_pod_that_never_runs_is_not_refused() -> None:
    assert found(profile("nlp", cpu="1"), deployment("web", {"name": "a"}, replicas=0)) == []


def test_what_nothing_bounds_is_a_warning() -> None:
    template = {"spec": {"containers": [container()]}}
    job = manifest(
        "batch/v1", "CronJob", "clean", namespace="nlp",
        spec={"jobTemplate": {"spec": {"template": template}}},
    )  # fmt: skip
    message = (
        "CronJob clean may take more than is counted: its Jobs may overlap "
        "(concurrencyPolicy Allow)"
    )
    assert found(profile("nlp", cpu="1"), job) == [
        Finding("CP003", "warning", "teams.nlp.quota", message)
    ]


def test_a_kind_that_nothing_is_known_of_is_said() -> None:
    spec = {
        "pytorchReplicaSpecs": {"Worker": {"template": {"spec": {"containers": [container()]}}}}
    }
    job = manifest("kubeflow.org/v1", "PyTorchJob", "train", namespace="nlp", spec=spec)
    message = (
        "PyTorchJob train may take more than is counted: what objects of kind PyTorchJob run is "
        "not known"
    )
    assert found(profile(), job) == [Finding("CP003", "warning", "teams.nlp.quota", message)]


@pytest.mark.parametrize("name", ["nvidia.com/gpu", "limits.nvidia.com/gpu"])
def test_a_name_that_limits_nothing_is_a_warning(name: str) -> None:
    message = f"{name} limits nothing: the API server counts it as requests.nvidia.com/gpu only"
    quota = profile("nlp", **{name: "2", "count/notebooks.kubeflow.org": "5", "secrets": "9"})
    assert found(quota) == [Finding("CP006", "warning", "teams.nlp.quota", message)]


def test_of_several_quotas_the_least_counts_and_those_for_some_pods_are_passed_over() -> None:
    other = manifest(
        "v1", "ResourceQuota", "other", namespace="nlp",
        spec={"hard": {"requests.cpu": "300m", "pods": "9"}},
    )  # fmt: skip
    some = manifest(
        "v1", "ResourceQuota", "some", namespace="nlp",
        spec={"hard": {"pods": "0"}, "scopes": ["Terminating"]},
    )  # fmt: skip
    account = made(profile("nlp", cpu="1"), other, some)["nlp"]
    assert account.limits == {"requests.cpu": Fraction(3, 10), "pods": 9}


def test_the_environment_is_held_to_what_the_cluster_has() -> None:
    objects = [
        deployment("web", replicas=4, **RECREATE),
        deployment("a", namespace="vision", **RECREATE),
    ]
    message = """\
the environment may request more than the cluster has: 500m requests.cpu of 400m
  KIND        NAME      pods  cpu
  Deployment  nlp/web   4     400m
  Deployment  vision/a  1     100m
  together              5     500m
  capacity              5     400m
  left                  0     -100m"""
    assert found(*objects, capacity={"cpu": "400m", "memory": "1Gi", "pods": "5"}) == [
        Finding("CP002", "error", "cluster.capacity", message)
    ]
    assert found(*objects, capacity={"cpu": "1"}) == []


def test_notebooks_count_as_many_as_a_team_may_have() -> None:
    resources = {"requests": {"cpu": "1"}, "limits": {"memory": "2Gi", "nvidia.com/gpu": "1"}}
    teams = (
        {"name": "nlp", "owner": "n@example.com", "notebooks": {"max": 3, "resources": resources}},
    )
    assert usage(profile(), teams=teams) == {
        "pods": 3,
        "count/pods": 3,
        "requests.cpu": 3,
        "requests.memory": 3 * 2048 * MI,
        "limits.memory": 3 * 2048 * MI,
        "requests.nvidia.com/gpu": 3,
    }


def test_pods_of_a_team_are_in_the_mesh_of_its_release() -> None:
    said: Any = {"kubeflow": {"release": "1.8.1"}}
    assert usage(profile(), deployment(), **said)["requests.memory"] == (128 + 128) * MI
    assert usage(profile(), deployment())["requests.memory"] == 128 * MI


def test_a_namespace_is_in_the_mesh_where_its_label_says_so() -> None:
    for label, memory in (("enabled", 256), ("disabled", 128)):
        namespace = manifest("v1", "Namespace", "mlflow", labels={"istio-injection": label})
        cluster = made(namespace, deployment(namespace="mlflow"), kubeflow={"release": "1.8.1"})[""]
        assert cluster.usage["requests.memory"] == memory * MI


def test_the_cluster_is_told_what_is_not_counted() -> None:
    objects = [
        deployment("silent", {"name": "a"}, namespace="logging"),
        manifest(
            "apps/v1", "DaemonSet", "agent", namespace="logging",
            spec={"template": {"spec": {"containers": [container()]}}},
        ),
    ]  # fmt: skip
    *_, cluster = accounts(environment(), objects, ["eck-operator", "kubeflow-dex"])
    assert cluster.beyond == (
        "DaemonSet logging/agent may take more than is counted: it runs a pod on every node",
        "containers that request no cpu or memory count as 0: Deployment logging/silent",
        "applications that are not counted, for their objects are elsewhere: eck-operator, "
        "kubeflow-dex",
    )
