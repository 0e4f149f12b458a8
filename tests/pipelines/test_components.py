"""What an environment gives to the components of a pipeline, held against what the SDK writes where the
source says the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from kfp.kubernetes import kubernetes_executor_config_pb2 as kubernetes
from kfp.pipeline_spec import pipeline_spec_pb2

from synth.app.pipelines import Compiled
from synth.config.problems import ConfigurationError
from synth.render.cache import Cache
from tests.pipelines.sources import SOURCE, Sources

SAID = """
    task.set_cpu_request("500m").set_cpu_limit("2").set_memory_limit("4Gi")
    task.set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(1)
    task.set_env_variable("LEVEL", "debug")
    kubernetes.add_node_selector(task, "pool", "gpu")
    kubernetes.use_secret_as_env(task, "kafka", {"password": "KAFKA_PASSWORD", "user": "KAFKA_USER"})
"""
TOLERATED = """
    kubernetes.add_toleration(
        task, key="gpu", operator="Exists", effect="NoExecute", toleration_seconds=60
    )
"""
GIVEN: dict[str, Any] = {
    "resources": {
        "requests": {"cpu": "500m"},
        "limits": {"cpu": "2", "memory": "4Gi", "nvidia.com/gpu": "1"},
    },
    "nodeSelector": {"pool": "gpu"},
    "env": {"LEVEL": "debug"},
    "secretEnv": {
        "KAFKA_USER": {"name": "kafka", "key": "user"},
        "KAFKA_PASSWORD": {"name": "kafka", "key": "password"},
    },
}
TOLERATION = {"key": "gpu", "operator": "Exists", "effect": "NoExecute", "toleration": "60s"}
BARE = """
from kfp import kubernetes


@dsl.pipeline
def bare():
    task = train(days=1, rate=0.1)
"""


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    return Sources(tmp_path / "repository")


def made(sources: Sources, cache: Cache, release: str, body: str, **keys: Any) -> Compiled:
    (sources.folder / "bare.py").write_text(f"from pipeline import *\n{BARE}{body}")
    sources.environment(source="pipelines/sentiment/bare.py", release=release, **keys)
    return sources.compiled(cache)["small"]


def read(compiled: Compiled) -> tuple[Any, Any]:
    """As the backend's own messages have it, without what newer fields say once more."""
    spec = json_format.ParseDict(compiled.spec, pipeline_spec_pb2.PipelineSpec())
    executors = (compiled.platform or {})["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    [executor] = executors.values()
    for secret in executor["secretAsEnv"]:
        secret.pop("secretNameParameter", None)
        secret.pop("optional", None)
    for toleration in executor.get("tolerations", ()):
        toleration.pop("tolerationJson", None)
    return spec, json_format.ParseDict(executor, kubernetes.KubernetesExecutorConfig())


@pytest.mark.parametrize("release", ["1.8.1", "1.9.1", "1.10", "26.03"])
def test_it_is_what_the_sdk_writes(sources: Sources, cache: Cache, release: str) -> None:
    later = release != "1.8.1"
    said = made(sources, cache, release, SAID + (TOLERATED if later else ""))
    given = GIVEN | ({"tolerations": [TOLERATION]} if later else {})
    assert read(made(sources, cache, release, "", components={"train": given})) == read(said)


def test_what_is_not_given_stays_the_sources(sources: Sources, cache: Cache) -> None:
    more = {"limits": {"cpu": "4"}}
    secret = {"TOKEN": {"name": "registry", "key": "token"}}
    components = {"train": {"resources": more, "env": {"LEVEL": "info"}, "secretEnv": secret}}
    compiled = made(sources, cache, "26.03", SAID, components=components)
    [executor] = compiled.spec["deploymentSpec"]["executors"].values()
    assert executor["container"]["resources"] == {
        "accelerator": {
            "count": "1", "resourceCount": "1",
            "type": "nvidia.com/gpu", "resourceType": "nvidia.com/gpu",
        },
        "cpuLimit": 4.0, "resourceCpuLimit": "4",
        "cpuRequest": 0.5, "resourceCpuRequest": "500m",
        "memoryLimit": 4.294967296, "resourceMemoryLimit": "4Gi",
    }  # fmt: skip
    assert executor["container"]["env"] == [{"name": "LEVEL", "value": "info"}]
    assert compiled.platform
    [placed] = compiled.platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"].values()
    assert [each["secretName"] for each in placed["secretAsEnv"]] == ["kafka", "registry"]
    assert placed["nodeSelector"] == {"labels": {"pool": "gpu"}}


def test_environments_do_not_share_what_they_give(sources: Sources, cache: Cache) -> None:
    sources.environment(components={"train": GIVEN})
    sources.environment(name="smaller")
    gpu, none = sources.compiled(cache).values()
    assert gpu.version != none.version
    assert none.platform is None
    sources.environment()
    assert sources.compiled(cache)["small"].version == none.version


@pytest.mark.parametrize(
    ("given", "where", "said"),
    [
        (
            {"trian": {}}, "components.trian",
            "the pipeline has no such component (there: train)",
        ),
        (
            {"train": {"tolerations": [TOLERATION]}}, "components.train.tolerations",
            "Kubeflow Pipelines knows them since 2.3, and here is 2.0.5: do without them",
        ),
        (
            {"train": {"resources": {"requests": {"nvidia.com/gpu": "1"}}}},
            "components.train.resources",
            "nvidia.com/gpu cannot be given to a step: requests are of cpu and memory, limits also "
            "of GPUs, such as nvidia.com/gpu",
        ),
        (
            {"train": {"resources": {"limits": {"amd.com/gpu": "1", "nvidia.com/gpu": "1"}}}},
            "components.train.resources",
            "a step gets GPUs of one kind, and these are amd.com/gpu, nvidia.com/gpu",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_given_is_said(
    sources: Sources, cache: Cache, given: dict[str, Any], where: str, said: str
) -> None:
    sources.write(SOURCE)
    sources.environment(components=given)
    with pytest.raises(ConfigurationError) as caught:
        sources.compiled(cache)
    place, _, message = str(caught.value).partition(f": pipelines.sentiment.{where}: ")
    assert place.startswith("environments/small.yaml:")
    assert message == said
