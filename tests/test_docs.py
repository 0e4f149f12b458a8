"""What the documents show is what the generator takes, and what the cluster would take."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import ryaml
import yaml

from synth.cli.main import parser
from synth.kit.objects import group_of
from synth.project import Project
from synth.render.documents import dump
from tests.repository import ROOT, Repository
from tests.schemas import complaints
from tests.sealed.examples import seal
from tests.test_crds import crds

DOCS = (
    "serving.md",
    "objectives.md",
    "promotion.md",
    "retraining.md",
    "notifications.md",
    "workflows.md",
    "streams.md",
    "alerts.md",
    "dashboards.md",
    "tracing.md",
    "logs.md",
    "operators.md",
    "diff.md",
    "affected.md",
    "differences.md",
    "upgrade.md",
    "explain.md",
    "graph.md",
    "findings.md",
    "capacity.md",
    "teams.md",
    "secrets.md",
    "argocd.md",
)
JUDGED = (
    "beat.k8s.elastic.co", "elasticsearch.k8s.elastic.co", "grafana.integreatly.org",
    "kafka.strimzi.io", "kibana.k8s.elastic.co", "monitoring.coreos.com", "opentelemetry.io",
    "sources.knative.dev",
)  # fmt: skip
"""Groups whose objects are held to their CRDs."""
SYNCED = ("AppProject", "Application", "ApplicationSet")
"""Kinds of Argo CD's own, which shares its group with others."""
HEAD = """\
extends: middle
name: shown
cluster: {server: "https://shown.k8s.example.com", kubernetes: "1.26"}
"""
SENTIMENT = "models: [{name: sentiment, variants: [{name: stable, version: 1, artifact: s3://m/1, traffic: 100, provenance: {registeredModel: sentiment, run: r}}]}]\n"


def blocks(language: str, documents: tuple[str, ...] = DOCS) -> list[tuple[str, str]]:
    """Every block of a language, with the heading that it stands under."""
    found = []
    for name in documents:
        heading = name
        for part in re.split(
            r"^(#+ .*|```[\s\S]*?^```)$", (ROOT / "docs" / name).read_text(), flags=re.M
        ):
            if part.startswith("#"):
                heading = part.lstrip("# ")
            elif part.startswith(f"```{language}\n"):
                found.append((heading, part.removeprefix(f"```{language}\n").removesuffix("```")))
    return found


def without_training(repository: Repository) -> str:
    """What the environments have in common, but for what trains."""
    base = yaml.safe_load((repository.root / "environments/base.yaml").read_text())
    del base["pipelines"], base["workflows"], base["models"][0]["retraining"]
    return dump(base)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that all blocks share: most of what they build is the same."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize(
    ("heading", "block"), blocks("yaml"), ids=[name for name, _ in blocks("yaml")]
)
def test_what_an_environment_file_is_shown_to_say(
    tmp_path: Path, cache: Path, heading: str, block: str
) -> None:
    repository = Repository(tmp_path)
    repository.cache = cache
    for name in ("dev", "staging", "prod"):
        (repository.root / f"environments/{name}.yaml").unlink()
    shutil.rmtree(repository.root / "overlays")
    middle = repository.root / "environments/middle.yaml"
    middle.write_text("extends: base\naddons: {strimzi: {}, knativeKafka: {}}\n" + SENTIMENT)
    if "pipelines: false" in block:  # of Kubeflow, which the example's training needs
        (repository.root / "environments/base.yaml").write_text(without_training(repository))
    head = "".join(HEAD.splitlines(keepends=True)[:2]) if block.startswith("cluster:") else HEAD
    (repository.root / "environments/shown.yaml").write_text(head + block)
    if "provider: sealedSecrets" in block:
        seal(Project(repository.root), "shown")
    done = repository.synth("build", "--stdout")
    assert done.returncode == 0, done.stderr
    bodies = [body for body in ryaml.loads_all(done.stdout) if body]
    served = [body for body in bodies if body["kind"] == "SeldonDeployment"]
    assert served
    for body in served:
        assert complaints("seldon-1.17.1.yaml", body) == []
    argo = "3.7.18" if "argoWorkflows" in block else "3.3.10"
    flows = [body for body in bodies if body["apiVersion"] == "argoproj.io/v1alpha1"]
    flows = [body for body in flows if body["kind"] in ("CronWorkflow", "WorkflowTemplate")]
    assert len(flows) > 1 if "workflows:" in block else flows
    for body in flows:
        assert complaints(f"argo-workflows-{argo}.yaml", body) == []
    for body in bodies:
        if body["kind"] in ("EventBus", "EventSource", "Sensor"):
            assert complaints("argo-events-1.9.10.yaml", body) == []
        if group_of(body["apiVersion"]) in JUDGED or body["kind"] in SYNCED:
            assert complaints(crds(body), body) == []
    if heading == "An objective, and what happens when it is missed":
        [sensor] = [body for body in bodies if body["kind"] == "Sensor"]
        assert [each["name"] for each in sensor["spec"]["dependencies"]] == ["model-sentiment"]
    watched = {
        (body["kind"], body["metadata"]["name"]): body for body in bodies if "metadata" in body
    }
    if heading == "With KServe":
        assert {("PrometheusRule", "reviews"), ("PodMonitor", "kserve-metrics")} <= set(watched)
    if heading == "A model that promises nothing":
        [group] = watched["PrometheusRule", "reviews"]["spec"]["groups"]
        alerts = [rule["expr"] for rule in group["rules"] if "alert" in rule]
        assert [expr.rpartition("\n")[2] for expr in alerts] == [") > 1", ") > 0.02"]
    sets = [body for body in bodies if body["kind"] == "ApplicationSet"]
    assert len(sets) == block.count("repository:")
    if heading == "KServe":
        [service] = [body for body in bodies if body["kind"] == "InferenceService"]
        assert service["spec"]["predictor"]["canaryTrafficPercent"] == 10


def test_the_commands_are_there() -> None:
    lines = [
        re.split("[#>]", line)[0].strip()
        for _, block in blocks("")
        for line in block.splitlines()
        if line.startswith("synth ")
    ]
    assert len(lines) > 8
    for line in lines:
        assert parser().parse_args(shlex.split(line)[1:]).command in (
            "model",
            "propose",
            "diff",
            "affected",
            "promote",
            "upgrade",
            "explain",
            "graph",
            "capacity",
        )


def test_a_matrix_is_what_the_shell_hands_on(tmp_path: Path) -> None:
    [(_, block)] = blocks('yaml title=".github/workflows/environments.yaml"', ("affected.md",))
    [step] = [each for each in yaml.safe_load(block)["jobs"]["affected"]["steps"] if "id" in each]
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    output = tmp_path / "output"
    for code, expected in ((0, 0), (1, 0), (2, 1)):
        python.write_text(f'#!/bin/sh\necho "$5 $6$7"\nexit {code}\n')
        python.chmod(0o755)
        output.write_text("")
        env = {**os.environ, "GITHUB_OUTPUT": str(output), "BASE": "origin/main"}
        done = subprocess.run(["bash", "-ec", step["run"]], cwd=tmp_path, env=env, check=False)
        assert done.returncode == expected
        assert output.read_text() == ("" if expected else "matrix=origin/main -ojson\n")


def test_the_workflow_writes_digests_and_leaves_the_rest_alone(tmp_path: Path) -> None:
    workflow = yaml.safe_load((ROOT / "docs/ci/images.yaml").read_text())
    job = workflow["jobs"]["images"]
    folders = {each["folder"] for each in job["strategy"]["matrix"]["include"]}
    assert all((ROOT / "images" / folder / "Containerfile").is_file() for folder in folders)
    [step] = [step for step in job["steps"] if step.get("name") == "write the digest"]
    image = "registry.example.com/nlp/comments-processor"
    path = tmp_path / "environments/only.yaml"
    path.parent.mkdir()
    digests = ["sha256:" + digit * 64 for digit in "12"]
    before = (
        f'a: "{image}:1.2.0" # ours\nb: {{image: {image}:1.2.0}}\nc: {image}-other:1.2.0\n'
        "d: registryXexample.com/nlp/comments-processor:1.2.0\n"
    )
    path.write_text(before)
    for digest in digests:
        env = {**os.environ, "IMAGE": image, "DIGEST": digest}
        subprocess.run(["bash", "-ec", step["run"]], cwd=tmp_path, env=env, check=True)
        assert path.read_text() == before.replace(f"{image}:1.2.0", f"{image}:1.2.0@{digest}")
