"""Everything that is known of where a target comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile

from synth.app.knative_kafka import KNATIVE_KAFKA
from synth.app.overlays import overlay_name
from synth.app.part import Part
from synth.catalog.knative_kafka import addresses
from synth.catalog.kubeflow import REPOSITORY, load_release
from synth.config.load import Loaded
from synth.explanation.overlays import laid_over
from synth.explanation.probe import Outcome, Probe
from synth.explanation.study import Study, Target, Variation, compiles
from synth.explanation.targets import full_path
from synth.explanation.values import Values
from synth.kit.application import HelmChart
from synth.kit.objects import Origin
from synth.kit.sealed_secrets import GROUP as SEALED_GROUP
from synth.kit.sealed_secrets import KIND as SEALED
from synth.render.makers import Maker
from synth.render.overlay import FILE
from synth.review.explain.answer import Answer, Explained, Laid, Written
from synth.review.explain.fields import Way, held, resolved, shown
from synth.review.explain.leaves import Leaf, Path

_KUBEFLOW, OVERLAYS = "kubeflow-", "overlays"


def answer(study: Study, target: Target) -> Answer:
    """Where an object or a file comes from."""
    part, about = _parts(study, target)
    origin = part.origins.get(target.object) if target.object else None
    file = full_path(study, target)
    laid = () if target.side else study.laid.get(target.application, ())
    return Answer(
        subject=str(target.object or file),
        environment="" if target.side == "settings" else study.environment.name,
        application=target.side or target.application,
        wave=about.application.wave if about else None,
        file=file,
        construct=origin.construct if origin else "",
        maker=_maker(study, target),
        key=_written(study.loaded, _key(target, origin, about)),
        overlays=tuple(_overlays(study, target)) if laid else (),
        upstream=tuple(_upstream(study, target, about)),
        notes=tuple(_notes(study, target, part)),
    )


def explained(study: Study, target: Target, way: Way) -> Explained:
    """What stands behind a field of a target that has a file. Raises FieldError for one that is not
    there.
    """
    probe = Probe(study, target)
    way = resolved(probe.whole, way)
    overlays = tuple(laid_over(probe, way))
    # What overlays leave of the configuration is seen without them, which saves Kustomize's time.
    laid = {} if target.side else {**study.laid, target.application: ()}
    beneath = Probe(study, target, Variation(laid=laid)) if target.application in laid else probe
    part, about = _parts(study, target)
    origin = part.origins.get(target.object) if target.object else None
    values = Values(beneath, way, _key(target, origin, about))
    behind = values.behind()
    if overlays:
        through = Values(probe, way, ())
        behind = [leaf for leaf in behind if through.changes(leaf)]
    return Explained(
        shown(way),
        held(probe.whole, way),
        (*(_leaf(study.loaded, leaf) for leaf in behind), *_sources(probe, way)),
        overlays,
        tuple(_leaf(study.loaded, leaf) for leaf in values.untried),
    )


def _parts(study: Study, target: Target) -> tuple[Part, Part | None]:
    """The part that the target belongs to, and the application that it is about, if it is one."""
    about = next(iter(study.parts(list(study.tasks(only=target.application)))), None)
    if target.side:
        return study.sides()[target.side], about
    assert about, "a target is of an application that is there"
    return about, about


def _key(target: Target, origin: Origin | None, about: Part | None) -> Path:
    """The configuration that the target is from: its origin's, or for what belongs to a whole
    application all that has made one.
    """
    whole = target.object is None or target.side == "argocd"
    keys = [each.key for each in about.origins.values()] if whole and about else []
    if not keys:
        return tuple(origin.key.split(".")) if origin and origin.key else ()
    pairs = zip(min(keys).split("."), max(keys).split("."), strict=False)
    return tuple(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _maker(study: Study, target: Target) -> Maker:
    makers, files = study.makers(study.task(target))
    if target.object in makers:
        return makers[target.object]
    return Maker(None, files.get(target.file))


def _written(loaded: Loaded, key: Path) -> Written | None:
    return _leaf(loaded, Leaf(key, None)) if key else None


def _leaf(loaded: Loaded, leaf: Leaf) -> Written:
    place, over = loaded.written(*leaf.path), loaded.inherited_from(*leaf.path)
    return Written(".".join(leaf.path), place, "" if over == place else over, leaf.value)


def _overlays(study: Study, target: Target) -> Iterator[Laid]:
    if target.file.startswith(f"{OVERLAYS}/"):
        return
    if target.file:
        yield from laid_over(Probe(study, target))
        return
    for folder in study.laid[target.application]:
        yield Laid(f"{overlay_name(folder)}/{FILE}:1", "")


def _upstream(study: Study, target: Target, about: Part | None) -> Iterator[tuple[str, str]]:
    """What others have written of it: a chart, Kubeflow's files, release files, a pipeline, a sealed
    file.
    """
    if about is None:
        return
    this = target.object
    if this and this.group_kind == f"{SEALED}.{SEALED_GROUP}":
        for sealed in study.loaded.sealed:
            if sealed.path == f"{this.namespace}/{this.name}":
                yield "copy of", sealed.name
    name, source = about.application.name, about.application.source
    kubeflow = study.environment.kubeflow
    if target.file.startswith(f"{OVERLAYS}/"):
        stem, _, file = target.file.removeprefix(f"{OVERLAYS}/").partition("/")
        yield "copy of", f"{OVERLAYS}/{stem}/{name}/{file}"
    elif isinstance(source, HelmChart):
        yield "chart", f"{source.chart} {source.version} of {source.repository}"
    elif name.startswith(_KUBEFLOW) and kubeflow:
        release = load_release(kubeflow.release)
        component = release.components[name.removeprefix(_KUBEFLOW)]
        yield "release", f"Kubeflow {release.name}, {REPOSITORY} at {release.commit}"
        yield from (("upstream", path) for path in (component.path, *component.laid_over))
    elif name == KNATIVE_KAFKA and (wanted := study.environment.addons.knative_kafka):
        yield from (("upstream", address) for address in addresses(wanted.version))
    elif name == "pipelines" and target.object and target.object in about.origins:
        key = about.origins[target.object].key
        for pipeline in study.environment.pipelines:
            if key == f"pipelines.{pipeline.name}":
                yield "compiled from", pipeline.source or pipeline.module or ""


def _sources(probe: Probe, way: Way) -> Iterator[Written]:
    """The sources of pipelines whose compiled form the field changes with."""
    if probe.target.side or not compiles(probe.target.application):
        return
    compiled = probe.study.compiled
    for pipeline in probe.study.environment.pipelines:
        made = compiled[pipeline.name]
        other = replace(
            made,
            version=f"{made.version}x",
            text=f"{made.text}\n",
            description=f"{made.description}.",
        )
        given = Variation(compiled={**compiled, pipeline.name: other})
        if probe.outcome(way, given) in (Outcome.OTHER, Outcome.NO_FIELD):
            place = pipeline.source or pipeline.module or ""
            yield Written(f"pipelines.{pipeline.name}", place, value=made.version)


def _notes(study: Study, target: Target, part: Part) -> Iterator[str]:
    file = full_path(study, target)
    if not file:
        where, name = f"dist/{study.environment.name}", part.application.name
        if isinstance(part.application.source, HelmChart):
            file = f"{where}/argocd/{study.environment.gitops.argocd.namespace}/"
            file += f"application.argoproj.io-{study.environment.name}-{name}.yaml"
            yield f"The chart makes it, of the values in {file}."
        else:
            yield f"Argo CD builds it from upstream's files, as {where}/{name}/{FILE} says."
        return
    path = study.project.root / file
    if not path.is_file() or path.read_bytes() != part.files[target.file]:
        yield f"{file} is not what the sources say now: `synth build` writes it."
