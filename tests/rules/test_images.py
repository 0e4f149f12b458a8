"""Digests of images, where an environment demands them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repository import Repository

BUILT = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
ENVIRONMENT = """\
name: only
cluster: {server: "https://only.k8s.example.com", kubernetes: "1.26"}
gitops: {repoURL: "https://git.example.com/ml/platform.git"}
addons: {knativeKafka: {}}
policy: {requireImageDigests: %s}
teams: [{name: nlp, owner: nlp@example.com}]
mlflow:
  image: registry.example.com/mlflow@DIGEST
  backendStore: {secretName: mlflow-database}
  artifacts: {destination: "s3://models"}
streams:
  - name: comments
    team: nlp
    kafka: {bootstrapServers: ["kafka:9092"], topic: {name: comments}}
    source: {consumerGroup: comments}
    processor:
      image: registry.example.com/comments@DIGEST
"""


def validated(tmp_path: Path, *changes: tuple[str, str], policy: str = "true") -> tuple[int, str]:
    folder = tmp_path / "repository/environments"
    folder.mkdir(parents=True)
    text = (ENVIRONMENT % policy).replace("DIGEST", BUILT)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "only.yaml").write_text(text)
    done = Repository(tmp_path).synth("validate")
    return done.returncode, done.stdout + done.stderr


def test_digests_are_enough(tmp_path: Path) -> None:
    assert validated(tmp_path) == (0, "")


def test_a_tag_and_a_placeholder_are_told_where_they_are_written(tmp_path: Path) -> None:
    zeros = "sha256:" + "0" * 64
    code, said = validated(
        tmp_path, (f"mlflow@{BUILT}", "mlflow:3.17.2"), (f"comments@{BUILT}", f"comments@{zeros}")
    )
    assert code == 1
    assert said == (
        "error IM001: environments/only.yaml:8:3: mlflow.image: policy.requireImageDigests: "
        "registry.example.com/mlflow:3.17.2 has none: add @sha256:… as the registry answered when "
        "it was pushed\n"
        "error IM002: environments/only.yaml:17:7: streams.comments.processor.image: "
        "policy.requireImageDigests: sha256:00000000… is a placeholder: write what the registry "
        "answered when the image was pushed\n"
        "`synth rules IM001 IM002` says why, with examples\n"
    )


def test_an_image_that_nobody_named_has_none_either(tmp_path: Path) -> None:
    code, said = validated(tmp_path, (f"  image: registry.example.com/mlflow@{BUILT}\n", ""))
    assert (code, said) == (
        1,
        "error IM001: environments/only.yaml:7:1: mlflow.image: policy.requireImageDigests: "
        "ghcr.io/mlflow/mlflow:v3.17.2-full has none: add @sha256:… as the registry answered when "
        "it was pushed\n`synth rules IM001` says why, with examples\n",
    )


def test_without_the_policy_a_tag_will_do(tmp_path: Path) -> None:
    change = (f"comments@{BUILT}", "comments:1.0.0")
    assert validated(tmp_path, change, policy="false") == (0, "")


@pytest.mark.parametrize("observability", ["{}", "{platform: {}}"])
def test_the_list_of_images_has_those_of_kafka(observability: str, tmp_path: Path) -> None:
    folder = tmp_path / "repository/environments"
    folder.mkdir(parents=True)
    text = ENVIRONMENT.replace("knativeKafka: {}", "knativeKafka: {}, strimzi: {install: true}")
    cluster = "{name: main, version: 3.8.1, pools: [{name: nodes, storage: {size: 1Gi}}]}"
    said = (text % "false").replace("DIGEST", BUILT) + f"kafka: [{cluster}]\n"
    said += f"observability: {observability}\n"
    (folder / "only.yaml").write_text(said)
    done = Repository(tmp_path).synth("images")
    lines = [line for line in done.stdout.splitlines() if "strimzi" in line]
    exporter = ["only  kafka.main  quay.io/strimzi/kafka:0.45.1-kafka-3.9.0"]
    assert lines == [
        "only  kafka.main  quay.io/strimzi/kafka:0.45.1-kafka-3.8.1",
        *(exporter if "platform" in observability else []),
        "only  strimzi  quay.io/strimzi/operator:0.45.1",
    ]
