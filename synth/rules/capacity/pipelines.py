"""The runs of pipelines in a team's namespace, one at a time of each.

Kubeflow Pipelines makes a workflow of the compiled pipeline: before each task a pod that prepares
it, then the task's own pod; a group of tasks waits for its own such pod. Argo's containers `init`
and `wait` stand in all of them and say no resources, since Kubeflow configures none (ConfigMap
workflow-controller-configmap, 1.8.1 to 26.03): with a quota of cpu or memory only a LimitRange lets
these pods in.

Source: kubeflow/pipelines backend/src/v2/compiler/argocompiler (container.go, dag.go) and
backend/src/v2/driver/driver.go (the resources that a task's pod is given), 2.0.5.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import ryaml

from synth.catalog.pipelines import PARALLELISM_SINCE
from synth.catalog.sidecars import PIPELINE_DRIVER, PIPELINE_LAUNCHER
from synth.kit.objects import Body
from synth.kit.versions import minor
from synth.rules.capacity.amounts import Amounts, largest, times
from synth.rules.capacity.demand import Demand, Surroundings
from synth.rules.capacity.order import most_at_once

_FILE = "pipeline.yaml"
"""The key of a ConfigMap under which what is registered lies."""
_NO_PROXY = {"labels": {"sidecar.istio.io/inject": "false"}}
_QUANTITIES = {
    ("requests", "cpu"): ("cpuRequest", ""),
    ("requests", "memory"): ("memoryRequest", "G"),
    ("limits", "cpu"): ("cpuLimit", ""),
    ("limits", "memory"): ("memoryLimit", "G"),
}
"""The fields of a container in a compiled pipeline, with their unit."""


def demand_of_pipeline(
    namespace: str,
    name: str,
    compiled: Mapping[str, Any],
    around: Surroundings,
    version: str,
) -> Demand:
    """What one run of a compiled pipeline (its PipelineSpec) may ask for at once with the parameters
    that it has by itself; `version` is that of Kubeflow Pipelines.
    """
    run = _Run(compiled, around, bounds=bool(version) and minor(version) >= PARALLELISM_SINCE)
    parameters = compiled["root"].get("inputDefinitions", {}).get("parameters", {})
    usage = run.of(
        compiled["root"]["dag"],
        {
            name: given["defaultValue"]
            for name, given in parameters.items()
            if "defaultValue" in given
        },
    )
    return Demand(
        "Pipeline", namespace, name, usage, beyond=tuple(run.beyond), specs=tuple(run.specs)
    )


_Values = Mapping[str, Any]
"""The parameters of a group that are known before a run, by name."""


class _Run:
    """A walk through the groups of a pipeline, and what it comes across; `bounds` says whether the
    parallelism of loops counts.
    """

    def __init__(self, compiled: Mapping[str, Any], around: Surroundings, *, bounds: bool) -> None:
        self._components = compiled.get("components", {})
        self._executors = compiled["deploymentSpec"].get("executors", {})
        self._around = around
        self._bounds = bounds
        self._driver = _pod({"name": "main", "resources": PIPELINE_DRIVER})
        self.beyond: list[str] = []
        self.specs: list[Mapping[str, Any]] = [around.completed(self._driver)]

    def of(self, dag: Mapping[str, Any], values: _Values) -> Amounts:
        """A group: the pod that prepares it, or tasks that can run side by side."""
        tasks = {name: self._task(name, task, values) for name, task in dag["tasks"].items()}
        before = {name: task.get("dependentTasks", ()) for name, task in dag["tasks"].items()}
        return largest([self._around.usage(self._driver), most_at_once(tasks, before)])

    def _task(self, name: str, task: Mapping[str, Any], values: _Values) -> Amounts:
        component = self._components[task["componentRef"]["name"]]
        given = _given(task, values)
        if "dag" in component:
            usage = self.of(component["dag"], given)
        else:
            container = self._executors[component["executorLabel"]].get("container")
            usage = self._around.usage(self._driver)
            if container:  # else an importer, which the driver runs
                pod = _task_pod(container)
                self.specs.append(self._around.completed(pod))
                usage = largest([usage, self._around.usage(pod)])
        return times(self._at_once(name, task, given), usage)

    def _at_once(self, name: str, task: Mapping[str, Any], given: _Values) -> int:
        """How often a task runs side by side with itself."""
        iterator = task.get("parameterIterator") or task.get("artifactIterator")
        if not iterator:
            return 1
        limit = task.get("iteratorPolicy", {}).get("parallelismLimit") if self._bounds else None
        items = _items(iterator.get("items", {}), given)
        if items is not None:
            return min(len(items), limit or len(items))
        if not limit:
            self.beyond.append(f"{name} runs at once for each of many items")
        return limit or 1


def _given(task: Mapping[str, Any], values: _Values) -> dict[str, Any]:
    """The parameters of a task that are known before a run."""
    found = {}
    for name, source in task.get("inputs", {}).get("parameters", {}).items():
        outer = source.get("componentInputParameter")
        if "constant" in source.get("runtimeValue", {}):
            found[name] = source["runtimeValue"]["constant"]
        elif outer in values:
            found[name] = values[outer]
    return found


def _items(items: Mapping[str, Any], given: _Values) -> Sequence[Any] | None:
    """What a loop runs over, where that is known before a run."""
    known = (
        json.loads(items["raw"]) if "raw" in items else given.get(items.get("inputParameter", ""))
    )
    return known if isinstance(known, list) else None


def _task_pod(container: Mapping[str, Any]) -> Body:
    given = container.get("resources", {})
    resources: dict[str, dict[str, str]] = {"requests": {}, "limits": {}}
    for (kind, name), (field, unit) in _QUANTITIES.items():
        text = given.get(f"resource{field[0].upper()}{field[1:]}")
        if text:
            resources[kind][name] = text
        elif field in given:
            resources[kind][name] = f"{given[field]:.9f}{unit}"
    accelerator = given.get("accelerator", {})
    kind_of = accelerator.get("resourceType") or accelerator.get("type")
    if kind_of:
        count = accelerator.get("resourceCount") or accelerator.get("count")
        resources["limits"][kind_of] = str(count)
    launcher = {"name": "kfp-launcher", "resources": PIPELINE_LAUNCHER}
    return _pod({"name": "main", "resources": resources}, launcher)


def _pod(main: Body, *init: Body) -> Body:
    return {
        "metadata": _NO_PROXY,
        "spec": {
            "containers": [main, {"name": "wait"}],
            "initContainers": [{"name": "init"}, *init],
        },
    }


def compiled_pipelines(objects: Iterable[Body]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every compiled pipeline among the objects, with its namespace and name."""
    for body in objects:
        namespace = body["metadata"].get("namespace", "")
        if body["kind"] == "PipelineVersion":
            yield namespace, body["spec"]["pipelineName"], body["spec"]["pipelineSpec"]
        elif body["kind"] == "ConfigMap" and _FILE in (body.get("data") or {}):
            compiled = next(iter(ryaml.loads_all(body["data"][_FILE])))
            yield namespace, compiled["pipelineInfo"]["name"], compiled
