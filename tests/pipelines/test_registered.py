"""What a pipeline becomes in the cluster."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
import ryaml
from cdk8s import App, Chart

from synth.app.pipelines import Compiled
from synth.app.workload import resources
from synth.app.workloads import WORKLOADS
from synth.catalog.pipelines import REGISTER_RULES, SUBMIT_RULES
from synth.config.pipelines import Pipeline
from synth.domains.pipelines import RegisteredPipeline, StoredPipeline
from synth.kit.objects import Body, identity
from synth.programs import pipelines_program
from synth.render.plan import plan
from tests.schemas import complaints

GOLDEN = Path(__file__).parent / "golden"
SPEC = {"pipelineInfo": {"name": "sentiment"}, "root": {}, "schemaVersion": "2.1.0"}
PLATFORM: Body = {"platforms": {"kubernetes": {}}}
VERSION = "sentiment-0123456789ab"
CRDS = "kubeflow-pipelines-2.16.yaml"


def pipeline(**changes: object) -> Pipeline:
    given = {"name": "sentiment", "team": "nlp", "source": "pipelines/sentiment/pipeline.py"}
    return Pipeline.model_validate({**given, **changes})


def made(
    text: str = "pipelineInfo: {}\n",
    program: str = "print()\n",
    version: str = VERSION,
    description: str = "Costs $(LESS)",
    image: str = "mirror/{}",
) -> dict[str, Body]:
    leaf = RegisteredPipeline(
        Chart(App(), "pipelines"),
        pipeline(),
        version=version,
        description=description,
        text=text,
        program=program,
        mirror=image.format,
    )
    assert leaf.key == "pipelines.sentiment"
    assert {body["metadata"]["namespace"] for body in leaf.objects} == {"nlp"}
    return {body["kind"]: body for body in leaf.objects}


def test_the_files_of_a_registration() -> None:
    objects = made()
    files = plan(objects.values())
    known = {str(path.relative_to(GOLDEN)): path.read_bytes() for path in GOLDEN.rglob("*.yaml")}
    assert files == known


def test_the_job_runs_after_the_sync_and_the_config_map_starts_one() -> None:
    objects = made()
    assert objects["Job"]["metadata"]["annotations"] == {
        "argocd.argoproj.io/hook": "PostSync",
        "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
    }
    others = [body for kind, body in objects.items() if kind != "Job"]
    assert not any("hook" in key for o in others for key in o["metadata"].get("annotations", {}))


@pytest.mark.parametrize(
    "changes",
    [{"text": "a: 1\n"}, {"program": "x\n"}, {"version": "sentiment-1"}, {"image": "other/{}"}],
)
def test_whatever_the_job_would_do_differently_shows_on_the_config_map(
    changes: dict[str, str],
) -> None:
    def digest(objects: dict[str, Body]) -> str:
        annotations: dict[str, str] = objects["ConfigMap"]["metadata"]["annotations"]
        return annotations["kfsynth/registration"]

    assert digest(made()) == digest(made()) != digest(made(**changes))


def test_the_job_reads_what_the_config_map_holds() -> None:
    objects = made()
    spec = objects["Job"]["spec"]["template"]["spec"]
    [container] = spec["containers"]
    mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    volumes = {each["name"]: each for each in spec["volumes"]}
    assert volumes["registration"]["configMap"] == {
        "name": objects["ConfigMap"]["metadata"]["name"]
    }
    folder, token = mounts["registration"], mounts["pipelines-token"]
    files = {f"{folder}/{key}" for key in objects["ConfigMap"]["data"]}
    [projected] = volumes["pipelines-token"]["projected"]["sources"]
    read = [arg.partition("=") for arg in container["args"]]
    options = {name: value for name, _, value in read}
    assert {container["command"][-1], options["--file"]} == files
    assert options["--token"] == f"{token}/{projected['serviceAccountToken']['path']}"
    assert projected["serviceAccountToken"]["audience"] == "pipelines.kubeflow.org"
    # One dollar, once Kubernetes has read it.
    assert options["--description"] == "Costs $$(LESS)"
    assert container["image"] == "mirror/python:3.13.7-slim"


def test_the_account_may_register_and_nothing_else() -> None:
    objects = made()
    group = "pipelines.kubeflow.org"
    rules = [{"apiGroups": [group], "resources": ["pipelines"], "verbs": ["create", "get", "list"]}]
    assert objects["Role"]["rules"] == rules == list(REGISTER_RULES)
    name = objects["ServiceAccount"]["metadata"]["name"]
    assert objects["RoleBinding"]["subjects"] == [
        {"kind": "ServiceAccount", "name": name, "namespace": "nlp"}
    ]
    assert objects["RoleBinding"]["roleRef"]["name"] == objects["Role"]["metadata"]["name"]
    pod = objects["Job"]["spec"]["template"]["spec"]
    assert (pod["serviceAccountName"], pod["automountServiceAccountToken"]) == (name, False)
    assert not any("*" in verb for rule in SUBMIT_RULES for verb in rule["verbs"])


@pytest.mark.parametrize("platform", [None, PLATFORM])
def test_a_stored_pipeline_is_what_the_crds_say(platform: Body | None) -> None:
    leaf = StoredPipeline(
        Chart(App(), "pipelines"),
        pipeline(),
        version=VERSION,
        description="What people say.",
        spec=SPEC,
        platform=platform,
    )
    assert leaf.key == "pipelines.sentiment"
    assert [complaints(CRDS, body) for body in leaf.objects] == [[], []]
    wave = "argocd.argoproj.io/sync-wave"
    assert leaf.objects == (
        {
            "apiVersion": "pipelines.kubeflow.org/v2beta1",
            "kind": "Pipeline",
            "metadata": {"name": "sentiment", "namespace": "nlp", "annotations": {wave: "0"}},
            "spec": {"displayName": "sentiment", "description": "What people say."},
        },
        {
            "apiVersion": "pipelines.kubeflow.org/v2beta1",
            "kind": "PipelineVersion",
            "metadata": {"name": VERSION, "namespace": "nlp", "annotations": {wave: "1"}},
            "spec": {
                "pipelineName": "sentiment",
                "displayName": VERSION,
                "description": "What people say.",
                "pipelineSpec": SPEC,
                **({"platformSpec": platform} if platform else {}),
            },
        },
    )


@pytest.mark.parametrize(
    ("store", "kinds"),
    [
        ("database", {"ConfigMap", "Job", "Role", "RoleBinding", "ServiceAccount"}),
        ("kubernetes", {"Pipeline", "PipelineVersion"}),
    ],
)
def test_the_application_holds_nothing_but_pipelines(store: str, kinds: set[str]) -> None:
    workload = WORKLOADS["pipelines"]
    compiled = {"sentiment": Compiled(VERSION, "", ryaml.dumps(SPEC), SPEC, None, ())}
    inputs = {
        "pipelines": (pipeline(),),
        "store": store,
        "registry": "mirror.example.com",
        "compiled": compiled,
    }
    found = [each.body for each in resources("pipelines", workload.build, inputs)]
    assert {body["kind"] for body in found} == kinds
    assert {identity(body).group_kind for body in found} <= workload.kinds
    for body in found:
        if body["kind"] == "ConfigMap":
            assert body["data"]["pipelines.py"] == pipelines_program()
        if body["kind"] == "Job":
            [container] = body["spec"]["template"]["spec"]["containers"]
            image = "mirror.example.com/docker.io/library/python:3.13.7-slim"
            assert container["image"] == image
    assert WORKLOADS["teams"].wave < workload.wave < WORKLOADS["workflows"].wave


def test_the_golden_digest_is_of_what_stands_there() -> None:
    objects = made()
    data, job = objects["ConfigMap"]["data"], objects["Job"]
    parts = (data["pipeline.yaml"], data["pipelines.py"], json.dumps(job))
    assert objects["ConfigMap"]["metadata"]["annotations"] == {
        "kfsynth/registration": sha256("\0".join(parts).encode()).hexdigest()
    }
