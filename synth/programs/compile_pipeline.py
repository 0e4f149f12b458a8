"""Compiles one pipeline: a request as JSON on stdin, the compiled pipeline as JSON on stdout.

A process of its own, because it runs what a team wrote. What that prints goes to stderr.

The request has `root` (the folder whose names are shown), `file` or `module`, `function` (or null)
and `fields`: the full names of protobuf fields that the caller wants to hear of. The answer has
`spec` and `platform` (or null) as the backend reads them, `uses` (for each of `fields` that occurs,
the places) and `default_image` (the SDK's), or nothing but `mistake` and the key it is about.

Source of the two documents: kubeflow/pipelines api/v2alpha1/pipeline_spec.proto,
kubernetes_platform/proto/kubernetes_executor_config.proto.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

Place = list[str | int]


class Mistake(Exception):  # noqa: N818  (of whoever wrote the source)
    """What is wrong with the source, and the key of the request that it is about."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def compiled(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request. Raises Mistake."""
    key = "file" if request["file"] else "module"
    try:
        pipeline = _chosen(_imported(request), request["function"], key)
        documents = _documents(pipeline)
    except Mistake:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  (a source may do anything)
        raise Mistake(key, _told(error, Path(request["root"]))) from None
    from kfp.dsl import component_factory

    return {
        **documents,
        "uses": _uses(documents, frozenset(request["fields"])),
        "default_image": component_factory._DEFAULT_BASE_IMAGE,  # noqa: SLF001  (pinned SDK)
    }


def _imported(request: dict[str, Any]) -> ModuleType:
    if request["module"]:
        sys.path.insert(0, request["root"])
        return importlib.import_module(request["module"])
    file = Path(request["root"]) / request["file"]
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise Mistake("file", "is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module  # where inspect looks for the source
    spec.loader.exec_module(module)
    return module


def _chosen(module: ModuleType, function: str | None, key: str) -> Any:
    from kfp.dsl.graph_component import GraphComponent

    known = {name: each for name, each in vars(module).items() if isinstance(each, GraphComponent)}
    if function:
        if function not in known:
            there = ", ".join(sorted(known)) or "none"
            raise Mistake("function", f"there is no pipeline {function!r} (there: {there})")
        return known[function]
    own = {
        name: each for name, each in known.items()
        if each.pipeline_func.__module__ == module.__name__
    }  # fmt: skip
    if not own:
        raise Mistake(key, "has no pipeline: decorate one function with @dsl.pipeline")
    if len(own) > 1:
        raise Mistake(key, f"has {len(own)} pipelines ({', '.join(sorted(own))}): say function")
    return next(iter(own.values()))


def _documents(pipeline: Any) -> dict[str, Any]:
    import yaml
    from kfp import compiler

    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/pipeline.yaml"
        compiler.Compiler().compile(pipeline, path)
        spec, *platform = yaml.safe_load_all(Path(path).read_text())
    return {"spec": spec, "platform": platform[0] if platform else None}


def _told(error: BaseException, root: Path) -> str:
    """`pipelines/a/pipeline.py:12: NameError: name 'x' is not defined`, in one line."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    places = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        text = f"SyntaxError: {error.msg}"
        places.append((error.filename, error.lineno))
    for name, line in reversed(places):
        if Path(name).is_relative_to(root) and Path(name) != Path(__file__):
            return f"{Path(name).relative_to(root)}:{line}: {text}"
    return text


def _uses(documents: dict[str, Any], wanted: frozenset[str]) -> dict[str, list[Place]]:
    """Where the fields in `wanted` occur in the two documents."""
    from kfp.pipeline_spec import pipeline_spec_pb2

    found: dict[str, list[Place]] = {}
    for key, message in (
        ("spec", pipeline_spec_pb2.PipelineSpec),
        ("platform", pipeline_spec_pb2.PlatformSpec),
    ):
        for name, place in _fields(documents[key] or {}, message.DESCRIPTOR, [key]):
            if name in wanted:
                found.setdefault(name, []).append(place)
    return found


def _fields(value: dict[str, Any], message: Any, place: Place) -> Iterator[tuple[str, Place]]:
    """Every field of a message in its JSON form, by full name, with its place."""
    for key, item in value.items():
        field = next((f for f in message.fields if key in (f.json_name, f.name)), None)
        if field is None:
            continue
        here: Place = [*place, key]
        yield field.full_name, here
        if field.message_type is None:
            continue
        inner, entries = field.message_type, [(here, item)]
        if inner.GetOptions().map_entry:
            inner = inner.fields_by_name["value"].message_type
            entries = [([*here, name], entry) for name, entry in item.items()]
        elif isinstance(item, list):
            entries = [([*here, index], entry) for index, entry in enumerate(item)]
        if field.full_name in _INSIDE:
            inner = _INSIDE[field.full_name]()
        for where, entry in entries:
            if inner and isinstance(entry, dict):
                yield from _fields(entry, inner, where)


def _deployment() -> Any:
    from kfp.pipeline_spec import pipeline_spec_pb2

    return pipeline_spec_pb2.PipelineDeploymentConfig.DESCRIPTOR


def _executor() -> Any:
    from kfp.kubernetes import kubernetes_executor_config_pb2

    return kubernetes_executor_config_pb2.KubernetesExecutorConfig.DESCRIPTOR


_INSIDE = {
    "ml_pipelines.PipelineSpec.deployment_spec": _deployment,
    "ml_pipelines.PlatformDeploymentConfig.executors": _executor,
}
"""Fields that are any object to protobuf, and messages to the backend."""


def main() -> None:
    """One request."""
    # It ends before cycles are worth a search, which takes a third of the SDK's import; freezing
    # leaves out the search at the end.
    gc.disable()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        answer = compiled(json.load(sys.stdin))
    except Mistake as error:
        answer = {"mistake": str(error), "key": error.key}
    json.dump(answer, answers)
    answers.close()
    gc.freeze()


if __name__ == "__main__":
    main()
