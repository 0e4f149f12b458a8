"""The runs of Argo's workflows: what steps may take at once, and how many runs there are.

Source: argoproj/argo-workflows pkg/apis/workflow/v1alpha1, workflow/controller/{dag,workflowpod}.go
at 3.3.10 and 3.7.3: a task begins once every task that its `depends` names has ended, whatever the
expression says of them.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from synth.kit.objects import Body
from synth.rules.capacity.amounts import Amounts, largest, total
from synth.rules.capacity.demand import Demand, Surroundings
from synth.rules.capacity.order import most_at_once

_TEMPLATES = ("WorkflowTemplate", "ClusterWorkflowTemplate")
_TASK = re.compile(r"([A-Za-z0-9][-\w]*)(?:\.\w+)?")
_ARGO = "argoproj.io"


@dataclass(slots=True)
class _Runs:
    """The runs of one spec in one namespace: who starts them, and what bounds them."""

    spec: Mapping[str, Any]
    names: set[str]
    mutex: str = ""
    starters: int = 0
    beyond: list[str] = field(default_factory=list)


def demands_of_workflows(
    objects: Iterable[Body], surroundings: Mapping[str, Surroundings]
) -> Iterator[Demand]:
    """What runs of workflows may ask for, one row for those of which one goes on at a time."""
    groups: dict[tuple[str, str], list[_Runs]] = defaultdict(list)
    for (namespace, name), runs in _all_runs(list(objects)).items():
        groups[namespace, f"mutex {runs.mutex}" if runs.mutex else name].append(runs)
    for (namespace, _), together in sorted(groups.items()):
        around = surroundings.get(namespace, Surroundings())
        made = [_run(runs.spec, around) for runs in together]
        beyond = [why for runs in together if not runs.mutex for why in runs.beyond]
        yield Demand(
            "Workflow",
            namespace,
            ", ".join(sorted({name for runs in together for name in runs.names})),
            largest(
                total([run.usage] * (1 if runs.mutex else max(runs.starters, 1)))
                for runs, run in zip(together, made, strict=True)
            ),
            beyond=(*beyond, *(why for run in made for why in run.beyond)),
            specs=tuple(spec for run in made for spec in run.specs),
        )


def _all_runs(objects: list[Body]) -> dict[tuple[str, str], _Runs]:
    """By namespace and the name of what is run."""
    argo = [body for body in objects if body["apiVersion"].startswith(f"{_ARGO}/")]
    templates = {
        (body["kind"], body["metadata"].get("namespace", ""), body["metadata"]["name"]): body[
            "spec"
        ]
        for body in argo
        if body["kind"] in _TEMPLATES
    }
    found: dict[tuple[str, str], _Runs] = {}
    for kind, namespace, name in templates:
        if kind == "WorkflowTemplate":
            _add(found, templates, namespace, name, _reference(kind, name))
    for body in argo:
        namespace, name = body["metadata"].get("namespace", ""), body["metadata"]["name"]
        if body["kind"] == "CronWorkflow":
            runs = _add(found, templates, namespace, name, body["spec"]["workflowSpec"])
            runs.starters += 1
            if body["spec"].get("concurrencyPolicy", "Allow") == "Allow":
                runs.beyond.append("its runs may overlap (concurrencyPolicy Allow)")
        elif body["kind"] == "Workflow":
            _add(found, templates, namespace, name, body["spec"]).starters += 1
        elif body["kind"] == "Sensor":
            for made in _triggered(body):
                where = made["metadata"].get("namespace", namespace)
                runs = _add(found, templates, where, f"{name} (Sensor)", made["spec"])
                runs.starters += 1
                runs.beyond.append(f"the Sensor {name} may start any number of runs")
    return found


def _reference(kind: str, name: str) -> Body:
    scope = {"clusterScope": True} if kind == "ClusterWorkflowTemplate" else {}
    return {"workflowTemplateRef": {"name": name, **scope}}


def _triggered(sensor: Body) -> Iterator[Body]:
    for trigger in sensor["spec"].get("triggers", ()):
        template = trigger.get("template", {})
        for way in ("k8s", "argoWorkflow"):
            made = template.get(way, {}).get("source", {}).get("resource", {})
            if made.get("kind") == "Workflow":
                yield made


def _add(
    found: dict[tuple[str, str], _Runs],
    templates: Mapping[tuple[str, str, str], Mapping[str, Any]],
    namespace: str,
    name: str,
    given: Mapping[str, Any],
) -> _Runs:
    """The runs of this spec, which whoever else refers to its template starts as well."""
    reference = given.get("workflowTemplateRef")
    spec = given
    if reference:
        name = reference["name"]
        kind = _TEMPLATES[bool(reference.get("clusterScope"))]
        where = "" if reference.get("clusterScope") else namespace
        spec = {**templates.get((kind, where, name), {}), **given}
    runs = found.setdefault((namespace, name), _Runs(spec, {name}))
    runs.mutex = runs.mutex or _mutex(spec)
    return runs


def _mutex(spec: Mapping[str, Any]) -> str:
    """A lock of the namespace that every run of this spec holds."""
    synchronization = spec.get("synchronization") or {}
    locks = [synchronization.get("mutex"), *synchronization.get("mutexes", ())]
    return next((lock["name"] for lock in locks if lock and "namespace" not in lock), "")


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run may ask for at once."""

    usage: Amounts
    beyond: tuple[str, ...]
    specs: tuple[Mapping[str, Any], ...]


def _run(spec: Mapping[str, Any], around: Surroundings) -> _Run:
    """The steps that can run side by side, or the one at the end, whichever asks for more."""
    if "templates" not in spec:
        return _Run({}, ("its template is not among the objects",), ())
    templates = {each["name"]: each for each in spec["templates"]}
    entry = templates[spec["entrypoint"]]
    pods: dict[str, Mapping[str, Any]] = {}
    beyond = []
    before: dict[str, list[str]] = {}
    tasks = entry["dag"]["tasks"] if "dag" in entry else [{"name": "", "template": entry["name"]}]
    for task in tasks:
        pod = _pod(templates.get(task.get("template", ""), {}), spec)
        if isinstance(pod, str) or {"withItems", "withParam", "withSequence"} & task.keys():
            why = pod if isinstance(pod, str) else "it runs once for each of many items"
            beyond.append(f"the step {task['name']} is not counted: {why}")
        elif pod:
            pods[task["name"]] = pod
        named = _TASK.findall(task.get("depends", ""))
        before[task["name"]] = [*named, *task.get("dependencies", ())]
    side_by_side = most_at_once(
        {name: around.usage(pod) for name, pod in pods.items()}, before, spec.get("parallelism")
    )
    last = _pod(templates.get(spec.get("onExit", ""), {}), spec)
    ends = [last] if last and not isinstance(last, str) else []
    return _Run(
        largest([side_by_side, *map(around.usage, ends)]),
        tuple(beyond),
        tuple(around.completed(pod) for pod in (*pods.values(), *ends)),
    )


def _pod(template: Mapping[str, Any], spec: Mapping[str, Any]) -> Mapping[str, Any] | str | None:
    """The pod of a template; None where it has none, a reason where that is not known."""
    if not template or "suspend" in template:
        return None
    program = template.get("container") or template.get("script")
    if program is None and "resource" not in template:
        other = sorted(template.keys() & {"dag", "steps", "containerSet", "data", "http", "plugin"})
        return f"what a template with {', '.join(other) or 'no program'} runs is not known"
    # Argo's own containers say what podSpecPatch gives them.
    main = {**(program or {}), "name": "main"}
    wait = [{"name": "wait"}] if program else []
    patch = json.loads(template.get("podSpecPatch") or spec.get("podSpecPatch") or "{}")
    metadata = {
        key: {
            **spec.get("podMetadata", {}).get(key, {}),
            **template.get("metadata", {}).get(key, {}),
        }
        for key in ("labels", "annotations")
    }
    containers = [main, *wait, *template.get("sidecars", ())]
    init = [{"name": "init"}, *template.get("initContainers", ())]
    return {
        "metadata": metadata,
        "spec": {
            "containers": _patched(containers, patch.get("containers", ())),
            "initContainers": _patched(init, patch.get("initContainers", ())),
        },
    }


def _patched(containers: Iterable[Body], patches: Iterable[Body]) -> list[Body]:
    """Containers with what a strategic merge adds to those of the same name."""
    merged = {each["name"]: each for each in containers}
    for patch in patches:
        merged[patch["name"]] = {**merged.get(patch["name"], {}), **patch}
    return list(merged.values())
