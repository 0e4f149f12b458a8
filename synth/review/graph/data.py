"""The way of the data: from a topic of Kafka to whoever is told, and back to training.

Made of the configuration and of what is rendered from it alone: an arrow is there because a value of
the one names the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeGuard

from synth.config.environment import Environment
from synth.config.notifications import ContactPoint
from synth.config.serving import Model, Variant
from synth.config.steps import PipelineStep, ProgramStep, Step
from synth.config.streaming import Stream, Topic
from synth.config.workflows import Workflow
from synth.kit.objects import Identity, Resource, identity
from synth.review.graph.objects import Objects
from synth.review.graph.picture import Arrow, Box, Kind, Line, Picture
from synth.review.graph.ranks import ranks, without_circles
from synth.review.words import schedule, some

Told = Mapping[str, list[str]]
"""The alerts that someone is told of, by the name of the contact point."""


class _Thing(NamedTuple):
    """A box without a place."""

    id: str
    caption: str
    title: Line
    lines: tuple[str, ...]
    kind: Kind


def way_of_data(environment: Environment, objects: Objects) -> Picture:
    """The picture of an environment; without streams, models and workflows it has no boxes."""
    way = _Way(environment, objects)
    things = {each.id: each for each in way.things()}
    arrows = without_circles(
        _joined(each for each in way.arrows() if {each.source, each.target} <= things.keys())
    )
    # What has nothing to do with the rest is on no way.
    joined = {end for arrow in arrows for end in (arrow.source, arrow.target)}
    kept = {name: thing for name, thing in things.items() if name in joined}
    rank = _lowered(kept, arrows)
    return Picture(
        f"The way of the data in {environment.name}",
        "From Kafka to a model, and from what is measured of it to whoever is told.",
        tuple(
            Box(
                each.id,
                each.caption,
                each.title,
                tuple(map(Line, each.lines)),
                each.kind,
                rank[name],
            )
            for name, each in kept.items()
        ),
        tuple(arrows),
    )


class _Way:
    def __init__(self, environment: Environment, objects: Objects) -> None:
        self._environment = environment
        self._objects = objects
        self._rules = {
            (model.team, model.name): rule
            for model in environment.models
            if (rule := objects.find("PrometheusRule", model.team, model.name))
        }

    def things(self) -> Iterator[_Thing]:
        """Everything that could be on the way."""
        yield from self._streams()
        yield from self._training()
        for model in self._environment.models:
            yield from (_variant(model, each, self._objects) for each in model.variants)
            yield from self._watching(model)
        yield from self._sensors()
        yield from self._contact_points()

    def arrows(self) -> Iterator[Arrow]:
        """Everything that names something else."""
        for stream in self._environment.streams:
            yield from _stream_arrows(stream)
        yield from self._training_arrows()
        for model in self._environment.models:
            yield from self._model_arrows(model)

    def _streams(self) -> Iterator[_Thing]:
        for topic, namespace in self._topics().items():
            yield _thing(
                _topic(topic),
                "Kafka topic",
                topic.name,
                [f"{topic.partitions} partition{'s' * (topic.partitions > 1)}"],
                "data",
                self._objects.file("KafkaTopic", namespace, topic.name),
            )
        for stream in self._environment.streams:
            name, processor = stream.name, f"{stream.name}-processor"
            source = self._objects.file("KafkaSource", stream.team, name)
            yield _thing(f"source.{name}", "KafkaSource", name, [], "data", source)
            file = self._objects.file("Service", stream.team, processor)
            lines = [stream.processor.image.rpartition("/")[2]]
            yield _thing(f"processor.{name}", "Knative Service", processor, lines, "run", file)

    def _topics(self) -> dict[Topic, str]:
        """Every topic once, with the namespace of its cluster where that runs here."""
        found: dict[Topic, str] = {}
        names: set[str] = set()
        for stream in self._environment.streams:
            own = stream.kafka.cluster
            for topic in stream.topics:
                if topic.name not in names:
                    found[topic] = (own.namespace or "") if own else ""
                    names.add(topic.name)
        return found

    def _training(self) -> Iterator[_Thing]:
        for workflow in self._environment.workflows:
            kind = "ClusterWorkflowTemplate" if workflow.cluster_scope else "WorkflowTemplate"
            namespace = "" if workflow.cluster_scope else workflow.team
            file = self._objects.file("CronWorkflow", workflow.team, workflow.name)
            file = file or self._objects.file(kind, namespace, workflow.name)
            started = schedule(workflow.schedule) if workflow.schedule else "started by others"
            lines = [started, " → ".join(step.name for step in workflow.steps[:4])]
            yield _thing(f"workflow.{workflow.name}", "Workflow", workflow.name, lines, "run", file)
        for pipeline in self._environment.pipelines:
            file = self._objects.file("Job", pipeline.team, f"{pipeline.name}-registration")
            file = file or self._objects.file("Pipeline", pipeline.team, pipeline.name)
            lines = [pipeline.source or pipeline.module or ""]
            name = pipeline.name
            yield _thing(f"pipeline.{name}", "Kubeflow pipeline", name, lines, "run", file)
        mlflow = self._environment.mlflow
        if mlflow:
            file = self._objects.file("Deployment", mlflow.namespace, "mlflow")
            lines = [mlflow.artifacts.destination or ""]
            yield _thing("mlflow", "Registry", f"MLflow {mlflow.version}", lines, "serve", file)

    def _watching(self, model: Model) -> Iterator[_Thing]:
        name = f"{model.engine}-metrics"
        file = self._objects.file("PodMonitor", model.team, name)
        if file:
            yield _thing(_metrics(model), "PodMonitor", name, [f"of {model.team}"], "watch", file)
        rule = self._rules.get((model.team, model.name))
        if rule:
            alerts = list(dict.fromkeys(each["alert"] for each in _alerts(rule)))
            file = self._objects.file("PrometheusRule", model.team, model.name)
            name = f"{model.name} alerts"
            yield _thing(f"alerts.{model.name}", "Alert rules", name, alerts, "watch", file)

    def _sensors(self) -> Iterator[_Thing]:
        spans: dict[str, list[str]] = {}
        for model in self._environment.models:
            if model.retraining:
                line = f"{model.name}: at most every {model.retraining.at_most_every}"
                spans.setdefault(model.team, []).append(line)
        for team, lines in spans.items():
            file = self._objects.file("Sensor", team, "retraining")
            if file:
                yield _thing(f"sensor.{team}", "Sensor", "retraining", lines, "watch", file)

    def _contact_points(self) -> Iterator[_Thing]:
        observability = self._environment.observability
        notifications = observability.notifications if observability else None
        file = next(
            (
                self._objects.file_of(each.application, _identity(each))
                for each in self._objects.resources
                if each.application == "notifications"
            ),
            "",
        )
        for each in notifications.contact_points if notifications else ():
            lines = list(_ways_to_tell(each))
            yield _thing(f"contact.{each.name}", "Contact point", each.name, lines, "watch", file)

    def _training_arrows(self) -> Iterator[Arrow]:
        mlflow = self._environment.mlflow
        service = f"mlflow.{mlflow.namespace}" if mlflow else ""
        topics = list(self._topics())
        for pipeline in self._environment.pipelines:
            here = f"pipeline.{pipeline.name}"
            for name, value in sorted(pipeline.parameters.items()):
                for topic in topics:
                    if value == topic.name:
                        reason = f"{pipeline.name} is given {topic.name} as {name}"
                        yield Arrow(_topic(topic), here, "", reason)
                if service and service in str(value):
                    yield Arrow(here, "mlflow", "", f"{pipeline.name} is given {value} as {name}")
        for workflow in self._environment.workflows:
            yield from self._workflow_arrows(workflow, topics, service)

    def _workflow_arrows(
        self, workflow: Workflow, topics: Sequence[Topic], service: str
    ) -> Iterator[Arrow]:
        here = f"workflow.{workflow.name}"
        runs = [step for step in workflow.steps if isinstance(step, PipelineStep)]
        for run in runs:
            reason = f"the step {run.name} runs the pipeline {run.pipeline}"
            yield Arrow(here, f"pipeline.{run.pipeline}", "runs", reason)
        for step in filter(_is_program, workflow.steps):
            said = _words(step)
            for topic in topics:
                if topic.name in said:
                    yield Arrow(_topic(topic), here, "", f"{step.name} names {topic.name}")
            if service and not runs and any(service in word for word in said):
                yield Arrow(here, "mlflow", "", f"{step.name} names {service}")
            for model in self._environment.models:
                # Who judges predictions tells the Pushgateway, from where rules take it.
                pushes = "pushgateway" in " ".join(said) and model.name in said
                if pushes and model.objectives and model.objectives.accuracy_drop:
                    reason = f"{step.name} pushes the accuracy of {model.name}"
                    yield Arrow(here, f"alerts.{model.name}", "accuracy", reason)

    def _model_arrows(self, model: Model) -> Iterator[Arrow]:
        for variant in model.variants:
            here = f"model.{model.name}.{variant.name}"
            if variant.provenance:
                registered = (
                    f"version {variant.version} of {model.registry_name} is registered there"
                )
                yield Arrow("mlflow", here, "", registered)
            yield Arrow(here, _metrics(model), "", f"its pods are scraped for {model.team}")
        rule = self._rules.get((model.team, model.name))
        if rule is None:
            return
        alerts = f"alerts.{model.name}"
        yield Arrow(
            _metrics(model), alerts, "", f"what is promised of {model.name} is measured there"
        )
        for name, which in self._told(rule).items():
            yield Arrow(alerts, f"contact.{name}", "", f"{name} is told of {some(which)}")
        starting = [each for each in _alerts(rule) if "retraining" in each.get("labels", {})]
        if model.retraining and starting:
            names = some(list(dict.fromkeys(each["alert"] for each in starting)))
            sensor = f"sensor.{model.team}"
            yield Arrow(alerts, sensor, names, f"{names} starts a retraining")
            span = model.retraining.at_most_every
            workflow = model.retraining.workflow
            yield Arrow(
                sensor,
                f"workflow.{workflow}",
                "",
                f"starts {workflow}, at most every {span}",
                returns=True,
            )

    def _told(self, rule: Resource) -> Told:
        observability = self._environment.observability
        notifications = observability.notifications if observability else None
        told: dict[str, list[str]] = {}
        if notifications is None or notifications.via == "elsewhere":
            return told
        routes = notifications.tree(self._environment.teams)
        for alert in _alerts(rule):
            taken = False
            for route in routes:
                if route.takes(alert.get("labels", {})):
                    told.setdefault(route.contact_point, []).append(alert["alert"])
                    taken = True
                    if not route.carry_on:
                        break
            if not taken and notifications.contact_point:
                told.setdefault(notifications.contact_point, []).append(alert["alert"])
        return {name: list(dict.fromkeys(alerts)) for name, alerts in sorted(told.items())}


def _stream_arrows(stream: Stream) -> Iterator[Arrow]:
    source, processor = f"source.{stream.name}", f"processor.{stream.name}"
    topic = stream.kafka.topic
    yield Arrow(_topic(topic), source, "", f"{stream.name} reads {topic.name}")
    yield Arrow(source, processor, "", f"what {stream.name} reads goes to its processor")
    if stream.output:
        reason = f"OUTPUT_TOPIC is {stream.output.name}"
        yield Arrow(processor, _topic(stream.output), "", reason)
    if stream.dead_letters:
        name = stream.dead_letters.name
        reason = f"DEAD_LETTER_TOPIC is {name}"
        yield Arrow(processor, _topic(stream.dead_letters), "unreadable", reason)


def _variant(model: Model, variant: Variant, objects: Objects) -> _Thing:
    kind = "InferenceService" if model.engine == "kserve" else "SeldonDeployment"
    share = "a copy of the traffic" if variant.shadow else f"{variant.traffic} % of the traffic"
    return _thing(
        f"model.{model.name}.{variant.name}",
        f"Model, {variant.name}",
        model.name,
        [f"version {variant.version}", share],
        "serve",
        objects.file(kind, model.team, model.name),
    )


def _thing(
    id: str, caption: str, title: str, lines: Iterable[str], kind: Kind, file: str
) -> _Thing:
    return _Thing(id, caption, Line(title, file), tuple(filter(None, lines)), kind)


def _topic(topic: Topic) -> str:
    return f"topic.{topic.name}"


def _metrics(model: Model) -> str:
    return f"metrics.{model.team}.{model.engine}"


def _identity(resource: Resource) -> Identity:
    return identity(resource.body)


def _alerts(rule: Resource) -> list[dict[str, Any]]:
    return [
        each for group in rule.body["spec"]["groups"] for each in group["rules"] if "alert" in each
    ]


def _is_program(step: Step) -> TypeGuard[ProgramStep]:
    return isinstance(step, ProgramStep)


def _words(step: ProgramStep) -> set[str]:
    """Everything that a step says to its program, in pieces: addresses and options come apart."""
    texts = [*step.env.values(), *getattr(step, "command", ()), *getattr(step, "args", ())]
    texts.append(getattr(step, "source", ""))
    return {word for text in texts for word in re.split(r"[\s/=,:?&\"']+", str(text)) if word}


def _ways_to_tell(point: ContactPoint) -> Iterator[str]:
    if point.slack:
        yield f"Slack {point.slack.channel}"
    if point.pagerduty:
        yield "PagerDuty"
    if point.email:
        yield f"mail to {some(point.email.to, 2)}"
    if point.webhook:
        yield "webhook"


def _joined(arrows: Iterable[Arrow]) -> list[Arrow]:
    """One arrow for all that lead from one to another, with all of their reasons."""
    found: dict[tuple[str, str], Arrow] = {}
    for arrow in arrows:
        first = found.setdefault((arrow.source, arrow.target), arrow)
        if arrow.reason != first.reason:
            both = replace(first, reason=f"{first.reason}; {arrow.reason}")
            found[arrow.source, arrow.target] = both
    return list(found.values())


def _lowered(names: Iterable[str], arrows: Sequence[Arrow]) -> dict[str, int]:
    """The ranks, where what nothing leads to stands right above what it leads to."""
    found = ranks(names, arrows)
    forward = [arrow for arrow in arrows if not arrow.returns]
    led_to = {arrow.target for arrow in forward}
    for name in found.keys() - led_to:
        below = [found[arrow.target] for arrow in forward if arrow.source == name]
        found[name] = min(below, default=found[name] + 1) - 1
    return found
