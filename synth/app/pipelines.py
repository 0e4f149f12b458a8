"""The pipelines of environments, compiled: each source once, in a process of its own, and not again
while it stays as it is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from importlib.machinery import PathFinder
from pathlib import Path

from synth.app import components, ir
from synth.app.ir import Ir
from synth.catalog.images import mirror_to
from synth.catalog.kubeflow import load_release
from synth.catalog.pipelines import MAX_IR, SINCE
from synth.config.load import Loaded
from synth.config.pipelines import Pipeline
from synth.config.problems import ConfigurationError, Problem
from synth.config.steps import PipelineStep
from synth.kit.objects import Body
from synth.programs import COMPILE
from synth.render.cache import Cache
from synth.render.digests import digest

_SECTION = "pipelines"
_TIMEOUT = 300
"""Seconds; a source that takes longer waits for something."""

Found = tuple[str, str]
"""What is wrong with a pipeline: below which of its keys, and the message."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A pipeline as its environment registers it.

    `version` is named by the content: `sentiment-0123456789ab`; `text` is what is uploaded, `spec`
    and `platform` are the documents in it. `description` is the environment's or the source's;
    `images` are what components run, as the source calls them.
    """

    version: str
    description: str
    text: str
    spec: Body
    platform: Body | None
    images: tuple[str, ...]


class SourceError(Exception):
    """A source that cannot be compiled: the key of the pipeline that is wrong, and the message."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(key, message)
        self.key, self.message = key, message


@dataclass(frozen=True, slots=True)
class Source:
    """What is compiled: a file below `root` or a module, and the pipeline in it.

    `paths` is all that it may import of its own.
    """

    root: Path
    file: str | None
    module: str | None
    function: str | None
    paths: tuple[Path, ...]


def source_of(root: Path, pipeline: Pipeline) -> Source:
    """Where a pipeline of a repository comes from. Raises SourceError where there is nothing."""
    if pipeline.source:
        path = root / pipeline.source
        # A link could lead out of the repository.
        if not path.resolve().is_relative_to(root.resolve()) or not path.is_file():
            raise SourceError("source", f"there is no {pipeline.source}")
        paths: tuple[Path, ...] = (path.parent,)
    else:
        package = (pipeline.module or "").partition(".")[0]
        spec = PathFinder.find_spec(package, [str(root), *sys.path])
        if spec is None:
            raise SourceError("module", f"there is no module {package}")
        folders = spec.submodule_search_locations or [spec.origin or ""]
        paths = tuple(Path(each) for each in folders)
    return Source(root, pipeline.source, pipeline.module, pipeline.function, paths)


def compile_all(
    root: Path,
    environments: Mapping[str, Loaded],
    cache: Cache,
    code: str,
    digest_of: Callable[[Path], str],
) -> dict[str, dict[str, Compiled]]:
    """The pipelines of every environment, by its name and theirs.

    `code` is the digest of what computes, `digest_of` gives that of a folder or file. Raises
    ConfigurationError with everything that is wrong with any of them.
    """
    wanted = {
        (name, pipeline.name): _source(root, pipeline)
        for name, loaded in environments.items()
        for pipeline in loaded.environment.pipelines
    }
    sources = {each for each in wanted.values() if isinstance(each, Source)}
    made = _compiled(sources, cache, code, digest_of)
    result: dict[str, dict[str, Compiled]] = {name: {} for name in environments}
    problems: list[Problem] = []
    for name, loaded in environments.items():
        for pipeline in loaded.environment.pipelines:
            source = wanted[name, pipeline.name]
            it = made[source] if isinstance(source, Source) else source
            found = _finish(loaded, pipeline, it, result[name])
            problems += [_problem(loaded, pipeline, each) for each in found]
        problems += _unknown_parameters(loaded, result[name])
    if problems:
        raise ConfigurationError(problems)
    return result


def _source(root: Path, pipeline: Pipeline) -> Source | SourceError:
    try:
        return source_of(root, pipeline)
    except SourceError as error:
        return error


def _finish(
    loaded: Loaded, pipeline: Pipeline, compiled: Ir | SourceError, result: dict[str, Compiled]
) -> list[Found]:
    """Puts the pipeline of this environment into `result`, or says what is wrong with it."""
    if isinstance(compiled, SourceError):
        return [(compiled.key, compiled.message)]
    mistakes = list(_mistakes(loaded, pipeline, compiled))
    if mistakes:
        return mistakes
    result[pipeline.name] = _finished(loaded, pipeline, compiled)
    return list(_too_large(result[pipeline.name]))


def _unknown_parameters(loaded: Loaded, compiled: Mapping[str, Compiled]) -> Iterator[Problem]:
    """What steps of workflows give to a pipeline that has no such parameter."""
    for workflow in loaded.environment.workflows:
        for place, step in workflow.places():
            if not (isinstance(step, PipelineStep) and step.pipeline in compiled):
                continue
            there = ir.parameters(compiled[step.pipeline].spec)
            for name in sorted(step.parameters.keys() - there.keys()):
                path = ("workflows", workflow.name, *place.split("."), "parameters", name)
                yield Problem(
                    loaded.mark(*path),
                    ".".join(path),
                    f"{step.pipeline} has no parameter {name!r} (there: "
                    f"{', '.join(there) or 'none'})",
                )


def _problem(loaded: Loaded, pipeline: Pipeline, found: Found) -> Problem:
    key, message = found
    if key == "source" and not pipeline.source:
        key = "module"
    path = ("pipelines", pipeline.name, *key.split(".", 1))
    return Problem(loaded.mark(*path), ".".join(path), message)


def _compiled(
    sources: set[Source], cache: Cache, code: str, digest_of: Callable[[Path], str]
) -> dict[Source, Ir | SourceError]:
    keys = {each: _key(each, code, digest_of) for each in sources}
    if not keys:
        return {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = {each: pool.submit(_made, each, keys[each], cache) for each in sources}
    return {each: future.result() for each, future in made.items()}


def _key(source: Source, code: str, digest_of: Callable[[Path], str]) -> str:
    what = (source.file or "", source.module or "", source.function or "")
    return digest("pipeline", code, *what, *map(digest_of, source.paths))


def _made(source: Source, key: str, cache: Cache) -> Ir | SourceError:
    try:
        data = cache.made(_SECTION, key, lambda: _run(source))
    except SourceError as error:
        return error
    answer = json.loads(data)
    uses = {
        field: tuple(tuple(place) for place in places) for field, places in answer["uses"].items()
    }
    return Ir(answer["spec"], answer["platform"], uses, answer["default_image"])


def _run(source: Source) -> bytes:
    """The answer of the compiling process. Raises SourceError."""
    root = source.root.resolve()
    request = {
        "root": str(root),
        "file": source.file,
        "module": source.module,
        "function": source.function,
        "fields": sorted(SINCE),
    }
    with tempfile.TemporaryDirectory(prefix="kfsynth-") as home:
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-s", "-B", str(COMPILE)],
                input=json.dumps(request).encode(),
                capture_output=True,
                # Nothing of the machine or of whoever builds reaches the source.
                env={
                    "PATH": os.environ.get("PATH", ""),
                    "PYTHONHASHSEED": "0",
                    "HOME": home,
                    "LC_ALL": "C.UTF-8",
                    "TZ": "UTC",
                },
                cwd=root / source.file.rpartition("/")[0] if source.file else root,
                timeout=_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SourceError("source", f"has not been compiled within {_TIMEOUT} s") from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise SourceError("source", f"cannot be compiled: {last}") from None
    if "mistake" in answer:
        key = "source" if answer["key"] == "file" else answer["key"]
        raise SourceError(key, answer["mistake"])
    return done.stdout


def _mistakes(loaded: Loaded, pipeline: Pipeline, compiled: Ir) -> Iterator[Found]:
    kubeflow = loaded.environment.kubeflow
    if kubeflow is None:  # a rule says so
        return
    backend = load_release(kubeflow.release).pipelines
    for name, message in ir.mismatches(compiled.spec, pipeline.parameters):
        yield f"parameters.{name}", message
    yield from components.mistakes(compiled.spec, pipeline, backend)
    for message in ir.unpinned(compiled):
        yield "source", message
    for what, (major, minor) in ir.fitted(compiled, backend)[1]:
        yield (
            "source",
            f"uses {what}, which Kubeflow Pipelines knows since {major}.{minor}, and "
            f"Kubeflow {kubeflow.release} has {backend}: do without it",
        )
    if not pipeline.installs_at_run_time:
        for name in ir.installing(compiled.spec):
            yield (
                "source",
                f"component {name!r} installs packages when it starts: use an image that has them "
                "and install_kfp_package=False, or say installsAtRunTime: true",
            )


def _finished(loaded: Loaded, pipeline: Pipeline, compiled: Ir) -> Compiled:
    environment = loaded.environment
    spec, platform = compiled.spec, compiled.platform
    if environment.kubeflow:
        backend = load_release(environment.kubeflow.release).pipelines
        fit, _ = ir.fitted(compiled, backend)
        spec, platform = components.configured(fit.spec, fit.platform, pipeline, backend)
    images = tuple(sorted({each["image"] for each in ir.containers(spec).values()}))
    spec = ir.with_defaults(spec, pipeline.name, pipeline.parameters)
    spec = ir.mirrored(spec, mirror_to(environment.registry))
    written = ir.text(spec, platform)
    version = f"{pipeline.name}-{sha256(written.encode()).hexdigest()[:12]}"
    description = pipeline.description or spec["pipelineInfo"].get("description", "")
    return Compiled(version, description, written, spec, platform, images)


def _too_large(compiled: Compiled) -> Iterator[Found]:
    size = len(compiled.text.encode())
    if size > MAX_IR:
        yield (
            "source",
            f"comes to {size / 1e6:.1f} MB, and an object of Kubernetes holds "
            f"{MAX_IR / 1e6:.0f}: move the code of components into their images, or split it",
        )
