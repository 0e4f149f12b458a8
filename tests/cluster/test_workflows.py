"""Argo Workflows' real controller starts a workflow on its schedule, and its account may do what it
needs and nothing else.

Nothing runs in the pods: the test does what Argo's executor does in them, as the workflow's account
(workflow/executor/taskresult.go at 3.7.3), and then ends them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from synth.config.workflows import Workflow
from synth.kit.objects import Body
from tests.cluster.api import Api, Kind
from tests.cluster.control_plane import TOKEN, ControlPlane, control_plane
from tests.cluster.programs import program
from tests.servers import Server, wait_for
from tests.shared import shared
from tests.workflows import examples

ARGO = "3.7.3"
TEAM, NAME = "nlp", "sentiment-training"
CRDS = "argo-workflows-3.7.18.yaml"
PODS = Kind("v1", "pods")
CONFIG_MAPS = Kind("v1", "configmaps")
RESULTS = Kind("argoproj.io/v1alpha1", "workflowtaskresults")
WORKFLOW = {
    "name": NAME,
    "team": TEAM,
    "schedule": "* * * * *",
    "parameters": {"model": "sentiment"},
    "mutex": "training",
    "steps": (
        {
            "name": "evaluate",
            "image": examples.IMAGE,
            "command": ("evaluate",),
            "args": ("{{workflow.parameters.model}}",),
            "outputParameters": ("accuracy",),
        },
        {
            "name": "publish",
            "image": examples.IMAGE,
            "command": ("publish",),
            "args": ("{{inputs.parameters.accuracy}}",),
            "when": "{{tasks.evaluate.outputs.parameters.accuracy}} >= 0.9",
            "inputs": ({"name": "accuracy", "from": "evaluate"},),
        },
        {
            "name": "doubt",
            "image": examples.IMAGE,
            "command": ("doubt",),
            "when": "{{tasks.evaluate.outputs.parameters.accuracy}} < 0.9",
        },
        {
            "name": "remember",
            "kind": "resource",
            "action": "patch",
            "manifest": {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "versions"},
                "data": {"model": "{{workflow.parameters.model}}"},
            },
            "dependsOn": ("publish",),
        },
    ),
}


@contextmanager
def argo(plane: ControlPlane) -> Iterator[None]:
    """The controller, in a namespace of its own, until the context ends."""
    plane.install_crds(shared() / "crds" / CRDS)
    plane.kubectl("create", "namespace", "argo")
    plane.kubectl("create", "configmap", "workflow-controller-configmap", "-n", "argo")
    command: list[str | Path] = [
        program("workflow-controller"),
        "--kubeconfig", plane.kubeconfig,
        "--configmap", "workflow-controller-configmap",
        "--executor-image", f"quay.io/argoproj/argoexec:v{ARGO}",
        "--namespace", "argo",
    ]  # fmt: skip
    env = {"KUBECONFIG": str(plane.kubeconfig), "LEADER_ELECTION_DISABLE": "true"}
    server = Server("workflow-controller", command, plane.folder, env)
    try:
        yield
        server.check()
    finally:
        server.stop()


@dataclass(frozen=True)
class Account:
    """The cluster as a ServiceAccount of the team sees it."""

    plane: ControlPlane
    token: str

    @property
    def api(self) -> Api:
        """For patches: kubectl would read the object first, which the account may not."""
        return Api(self.plane.server, self.plane.authority, self.token)

    def refused(self, *arguments: str, stdin: str | None = None) -> str:
        """What the API server has against it; empty where it has nothing."""
        done = self.plane.try_kubectl(f"--token={self.token}", "-n", TEAM, *arguments, stdin=stdin)
        return done.stderr if done.returncode else ""

    def execute(self, pod: Body, **results: str) -> None:
        """What Argo's executor does in a step's pod: it says that it has begun, and then what came
        of it.
        """
        metadata = pod["metadata"]
        node = metadata["annotations"]["workflows.argoproj.io/node-id"]
        labels = {
            "workflows.argoproj.io/workflow": metadata["labels"]["workflows.argoproj.io/workflow"],
            "workflows.argoproj.io/report-outputs-completed": "false",
        }
        result = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "WorkflowTaskResult",
            "metadata": {"name": node, "namespace": TEAM, "labels": labels},
        }
        assert self.refused("create", "-f", "-", stdin=json.dumps(result)) == ""
        done: dict[str, Any] = {
            "metadata": {"labels": {"workflows.argoproj.io/report-outputs-completed": "true"}},
            "outputs": {
                "parameters": [{"name": name, "value": value} for name, value in results.items()]
            },
        }
        self.api.merge(RESULTS, result, done)


def account(plane: ControlPlane) -> Account:
    return Account(plane, plane.kubectl("create", "token", NAME, "-n", TEAM).strip())


def pods(api: Api, step: str) -> list[Body]:
    """The running pods of a step."""
    return [
        pod
        for pod in api.all(PODS)
        if pod["metadata"].get("annotations", {}).get("workflows.argoproj.io/node-name", "")
        .endswith(f".{step}(0)")
        and pod.get("status", {}).get("phase") == "Running"
    ]  # fmt: skip


def pod_of(api: Api, step: str, seconds: float = 60) -> Body:
    wait_for(f"a pod of {step}", lambda: bool(pods(api, step)), seconds)
    [pod] = pods(api, step)
    return pod


def end(api: Api, pod: Body) -> None:
    """Every container of a pod has ended well."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    ended = {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}
    statuses = [
        {**status, "ready": False, "started": False, "state": {"terminated": ended}}
        for status in pod["status"].get("containerStatuses", [])
    ]
    status = {"phase": "Succeeded", "containerStatuses": statuses}
    api.merge(PODS, pod, {"status": status}, status=True)


def runs(plane: ControlPlane) -> list[Body]:
    found: list[Body] = plane.get("workflows.argoproj.io", namespace=TEAM)["items"]
    return found


def test_a_schedule_starts_a_workflow_that_does_all_its_steps(
    programs: None, tmp_path: Path
) -> None:
    with control_plane(tmp_path / "plane") as plane, argo(plane):
        api = Api(plane.server, plane.authority, TOKEN)
        plane.kubectl("create", "namespace", TEAM)
        plane.apply(examples.objects(Workflow.model_validate(WORKFLOW), ARGO, archives=False))
        wait_for("a run on schedule", lambda: bool(runs(plane)), 150)
        started = runs(plane)[0]
        scheduled = started["metadata"]["annotations"]["workflows.argoproj.io/scheduled-time"]
        assert datetime.fromisoformat(scheduled).second == 0
        assert started["spec"]["workflowTemplateRef"] == {"name": NAME}

        executor = account(plane)
        evaluate = pod_of(api, "evaluate")
        assert evaluate["spec"]["serviceAccountName"] == NAME
        containers = {each["name"]: each for each in evaluate["spec"]["containers"]}
        assert containers["main"]["args"] == ["sentiment"]
        for each in (containers["wait"], *evaluate["spec"]["initContainers"]):
            assert each["resources"]["requests"], "a quota asks for them"
        executor.execute(evaluate, accuracy="0.93")
        end(api, evaluate)
        publish = pod_of(api, "publish")
        main = next(each for each in publish["spec"]["containers"] if each["name"] == "main")
        assert main["args"] == ["0.93"]
        executor.execute(publish)
        end(api, publish)
        remember = pod_of(api, "remember")
        assert [each["name"] for each in remember["spec"]["containers"]] == ["main"]
        executor.execute(remember)
        end(api, remember)

        name = started["metadata"]["name"]

        def ended() -> Body:
            status: Body = plane.get("workflows.argoproj.io", name, TEAM)["status"]
            return status

        wait_for("the run's end", lambda: ended().get("phase") == "Succeeded")
        phases = {
            node["displayName"].partition("(")[0]: node["phase"]
            for node in ended()["nodes"].values()
        }
        assert phases["doubt"] == "Skipped"
        assert phases["remember"] == "Succeeded"


def test_the_account_may_report_and_do_its_resource_step_and_nothing_else(
    programs: None, tmp_path: Path
) -> None:
    with control_plane(tmp_path / "plane") as plane:
        plane.install_crds(shared() / "crds" / CRDS)
        plane.kubectl("create", "namespace", TEAM)
        plane.apply(examples.objects(Workflow.model_validate(WORKFLOW), ARGO, archives=False))
        for name in ("versions", "other"):
            plane.kubectl("create", "configmap", name, "-n", TEAM)
        executor = account(plane)
        patch = ("--type=merge", "-p", '{"data": {"model": "sentiment"}}')
        versions = {"metadata": {"name": "versions", "namespace": TEAM}}
        executor.api.merge(CONFIG_MAPS, versions, {"data": {"model": "sentiment"}})
        assert plane.get("configmap", "versions", TEAM)["data"] == {"model": "sentiment"}
        for forbidden in (
            ("patch", "configmap", "other", *patch),
            ("delete", "configmap", "versions"),
            ("get", "secrets"),
            ("get", "pods"),
            ("get", "workflows.argoproj.io"),
            ("get", "workflowtaskresults.argoproj.io"),
            ("create", "serviceaccount", "another"),
        ):
            assert "is forbidden" in executor.refused(*forbidden), forbidden
        elsewhere = plane.try_kubectl(
            f"--token={executor.token}", "-n", "default", "patch", "configmap", "kube-root-ca.crt",
            *patch,
        )  # fmt: skip
        assert "is forbidden" in elsewhere.stderr
