"""Compiled pipelines as data: what they contain, and what an environment makes of them.

Source: kubeflow/pipelines api/v2alpha1/pipeline_spec.proto; the commands of components that install
packages in sdk/python/kfp/dsl/component_factory.py at 2.16.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from synth.catalog.pipelines import FEATURES_SINCE, SINCE, redundant
from synth.config.base import pinned
from synth.kit.objects import Body
from synth.kit.versions import minor
from synth.render.documents import dump

Place = tuple[str | int, ...]

_TYPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "STRING": ("a string", (str,)),
    "NUMBER_INTEGER": ("a whole number", (int,)),
    "NUMBER_DOUBLE": ("a number", (int, float)),
    "BOOLEAN": ("true or false", (bool,)),
    "LIST": ("a list", (tuple, list)),
    "STRUCT": ("a map", (dict,)),
}
"""What a parameter's value has to be, by its type."""


@dataclass(frozen=True, slots=True)
class Ir:
    """A pipeline as the SDK compiles it: the documents `spec` and, where there is one, `platform`.

    `uses` has the places of fields that not every backend knows, by the field's full name;
    `default_image` is what components run that name none.
    """

    spec: Body
    platform: Body | None
    uses: Mapping[str, tuple[Place, ...]]
    default_image: str


def text(spec: Body, platform: Body | None) -> str:
    """The documents as the backend reads them, the same for the same content."""
    return "---\n".join(dump(_sorted(each)) for each in (spec, platform) if each)


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, (list, tuple)) else value


def fitted(ir: Ir, backend: str) -> tuple[Ir, list[tuple[str, tuple[int, int]]]]:
    """The pipeline without what this version of the backend does not know and does not need, and
    what it does not know and would need: fields and features, with the version from which one does.
    """
    documents = deepcopy({"spec": ir.spec, "platform": ir.platform})
    known = minor(backend)
    missing = {each: FEATURES_SINCE[each] for each in features(ir.spec)}
    for field, places in sorted(ir.uses.items()):
        if known >= SINCE[field]:
            continue
        for *way, key in places:
            message: Any = documents
            for step in way:
                message = message[step]
            if redundant(str(key), message):
                del message[key]
            else:
                missing[field.partition(".")[2]] = SINCE[field]
    fit = Ir(documents["spec"] or {}, documents["platform"], ir.uses, ir.default_image)
    return fit, sorted((what, since) for what, since in missing.items() if since > known)


def features(spec: Body) -> set[str]:
    """What of the SDK the pipeline uses that hangs on the backend's version and shows in no field."""
    found = set()
    for component in (spec["root"], *spec.get("components", {}).values()):
        tasks = component.get("dag", {}).get("tasks", {})
        loops = {
            name
            for name, task in tasks.items()
            if "parameterIterator" in task or "artifactIterator" in task
        }
        for output, producer in _sources(tasks):
            if output == "taskFinalStatus":
                found.add("dsl.PipelineTaskFinalStatus")
            elif producer in loops:
                found.add("dsl.Collected")
    return found


def _sources(tasks: Mapping[str, Body]) -> Iterator[tuple[str, str]]:
    """What tasks take of others: the kind of output, and the task that it is of."""
    for task in tasks.values():
        for inputs in task.get("inputs", {}).values():
            for value in inputs.values():
                for output, source in value.items():
                    if isinstance(source, Mapping) and "producerTask" in source:
                        yield output, source["producerTask"]


def parameters(spec: Body) -> dict[str, Body]:
    """The pipeline's parameters, by name."""
    found: dict[str, Body] = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    return found


def mismatches(spec: Body, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each value that the pipeline does not take, by parameter, and why."""
    declared = parameters(spec)
    for name, value in values.items():
        if name not in declared:
            there = ", ".join(sorted(declared)) or "none"
            yield name, f"the pipeline has no such parameter (there: {there})"
            continue
        kind = declared[name]["parameterType"]
        expected, types = _TYPES.get(kind, (f"a {kind}", ()))
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            yield name, f"must be {expected}, as the pipeline declares it, not {value!r}"


def with_defaults(spec: Body, name: str, values: Mapping[str, Any]) -> Body:
    """The pipeline by this name, with these values as defaults of its parameters."""
    changed = deepcopy(spec)
    changed["pipelineInfo"]["name"] = name
    for key, value in values.items():
        parameters(changed)[key].update(defaultValue=_plain(value), isOptional=True)
    return changed


def _plain(value: Any) -> Any:
    """A value as it is read from the format: all its numbers are floating point."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def containers(spec: Body) -> dict[str, Body]:
    """The container of every component that has one, by the component's name."""
    executors = spec.get("deploymentSpec", {}).get("executors", {})
    return {
        label.removeprefix("exec-"): each["container"]
        for label, each in executors.items()
        if "container" in each
    }


def unpinned(ir: Ir) -> Iterator[str]:
    """What is wrong with the images of components."""
    for name, container in containers(ir.spec).items():
        image = container["image"]
        if image == ir.default_image:
            yield (
                f"component {name!r} runs the SDK's default image {image}: "
                "give it a base_image with an exact tag or a digest"
            )
        elif "{{" in image:
            yield f"component {name!r} takes its image from a parameter, and nothing pins it"
        else:
            try:
                pinned(image)
            except ValueError as error:
                yield f"component {name!r}: {error}"


def installing(spec: Body) -> Iterator[str]:
    """The components that install packages when they start."""
    for name, container in containers(spec).items():
        shell, *rest = container.get("command", [""])
        if shell == "sh" and rest[:1] == ["-c"] and "pip install" in rest[1]:
            yield name


def mirrored(spec: Body, mirror: Callable[[str], str]) -> Body:
    """The pipeline with every image called what it is where this environment pulls it from."""
    changed = deepcopy(spec)
    for container in containers(changed).values():
        container["image"] = mirror(container["image"])
    return changed
