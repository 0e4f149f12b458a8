"""What a team is told about its workflows, pipelines, streams and quota.

A query gives one series without labels of its own, or one for each thing that differs; a pod that
starts again makes no other alert.
"""

from __future__ import annotations

from collections.abc import Iterator

from synth.catalog.platform_metrics import (
    CONSUMER_LAG,
    CUSTOM,
    JOB_FAILED,
    PUT_ASIDE,
    QUOTA,
    RUNS_FAILED,
    WORKFLOW_SUCCEEDED,
)
from synth.config.kafka import KafkaCluster
from synth.config.observability import Platform
from synth.config.pipelines import Pipeline
from synth.config.platform import Team
from synth.config.streaming import Stream
from synth.config.workflows import Workflow
from synth.domains.observability.alert import Alert
from synth.domains.observability.platform.scraping import exporter_labels
from synth.kit.durations import minutes, seconds
from synth.kit.quantities import percent
from synth.kit.schedules import longest_pause

WINDOW = "1h"
"""What dead letters and failed runs are counted over."""


def workflow_alerts(workflow: Workflow, severity: str) -> Iterator[Alert]:
    """That two runs in a row have not succeeded, whatever became of them; nothing of a workflow
    whose runs are not due by the clock alone.

    A run leaves with Argo's controller when it was created, once it has succeeded. While the last
    one is older than a period, the next has to succeed within the time that it may take; then the
    alert fires, two periods and that time after the last success. Argo forgets when its controller
    starts again, which then looks as if no run had ever succeeded, and so does a new workflow:
    either is given a period, too.
    """
    if not workflow.schedule or workflow.suspend or workflow.when or workflow.stop_strategy:
        return
    period = longest_pause(workflow.schedule)
    late = seconds(workflow.starting_deadline) + seconds(workflow.deadline)
    chosen = f'team="{workflow.team}", workflow="{workflow.name}"'
    succeeded = f"max(last_over_time({CUSTOM}{WORKFLOW_SUCCEEDED}{{{chosen}}}[{minutes(period)}]))"
    yield Alert(
        key=f"{workflow.name}_succeeds",
        subject=workflow.name,
        name="WorkflowNotSucceeding",
        query=f"time() - ({succeeded} or vector(0))",
        threshold=period,
        pending=minutes(period + late),
        labels=_labels(workflow.team, severity, workflow=workflow.name),
        summary=f"Workflow {workflow.name} has not succeeded twice in a row",
        description=f"By its schedule, {workflow.schedule}, two runs should have succeeded since "
        "the last one that did.",
    )


def registration_alert(pipeline: Pipeline, job: str, severity: str) -> Alert:
    """That the Job of this name, which registers the pipeline, has failed for good."""
    chosen = f'namespace="{pipeline.team}", job_name="{job}", condition="true"'
    return Alert(
        key=f"{pipeline.name}_registered",
        subject=pipeline.name,
        name="PipelineRegistrationFailed",
        query=f"max({JOB_FAILED}{{{chosen}}})",
        threshold=0,
        pending="1m",
        labels=_labels(pipeline.team, severity, pipeline=pipeline.name),
        summary=f"Pipeline {pipeline.name} could not be registered",
        description=f"The Job {job} has given up; workflows that run the pipeline's new version "
        "do not find it.",
    )


def runs_alert(team: Team, platform: Platform, severity: str) -> Alert:
    """That more of the team's runs of Kubeflow Pipelines fail than the environment permits.

    A run that failed is a series of its own, which is there from then on.
    """
    failed = f'{RUNS_FAILED}{{profile="{team.name}"}}'
    return Alert(
        key="runs_failed",
        subject=team.name,
        name="PipelineRunsFailing",
        query=f"count({failed} unless on (profile, workflow) {failed} offset {WINDOW})",
        threshold=platform.failed_runs,
        pending="1m",
        labels=_labels(team.name, severity),
        summary=f"Runs of {team.name} fail in Kubeflow Pipelines",
        description='{{ printf "%.0f" $value }} runs failed within an hour, '
        f"{platform.failed_runs} may.",
    )


def stream_alerts(
    stream: Stream, job: str, cluster: KafkaCluster | None, severity: str
) -> Iterator[Alert]:
    """That events wait, and that some could not be read; `job` is what Prometheus calls the
    processor, `cluster` the entry of `kafka` that the stream reads from, if it is one.

    How many wait is known of such a cluster, and where a stream says how many may.
    """
    labels = _labels(stream.team, severity, stream=stream.name)
    if cluster or stream.max_lag is not None:
        most = stream.most_waiting
        yield Alert(
            key=f"{stream.name}_lag",
            subject=stream.name,
            name="StreamLagging",
            query=f"sum({CONSUMER_LAG}{{{_consumer(stream, cluster)}}})",
            threshold=most,
            pending="15m",
            labels=labels,
            summary=f"Stream {stream.name} falls behind",
            description=f'{{{{ printf "%.0f" $value }}}} events of {stream.kafka.topic.name} '
            f"wait to be read, {most} may.",
        )
    if stream.dead_letters and stream.processor.metrics_path:
        chosen = f'namespace="{stream.team}", job="{job}"'
        yield Alert(
            key=f"{stream.name}_deadLetters",
            subject=stream.name,
            name="StreamDeadLetters",
            query=f"sum(increase({PUT_ASIDE}{{{chosen}}}[{WINDOW}]))",
            threshold=stream.max_dead_letters,
            pending="1m",
            labels=labels,
            summary=f"Stream {stream.name} puts events aside",
            description='{{ printf "%.0f" $value }} events could not be read within an hour and '
            f"are in {stream.dead_letters.name}, {stream.max_dead_letters} may be.",
        )


def _consumer(stream: Stream, cluster: KafkaCluster | None) -> str:
    chosen = {
        "consumergroup": stream.source.consumer_group,
        "topic": stream.kafka.topic.name,
        **exporter_labels(cluster),
    }
    return ", ".join(f'{key}="{value}"' for key, value in chosen.items())


def quota_alert(team: Team, platform: Platform, severity: str) -> Alert:
    """That pods will soon be refused: a resource of the team's quota is nearly used.

    Kubeflow's profile controller calls every quota kf-resource-quota. Devices such as
    requests.nvidia.com/gpu are left out: they are few, and there to be used all of them.
    """
    chosen = f'namespace="{team.name}", resourcequota="kf-resource-quota", resource!~".+/.+"'
    used, hard = (
        f'max by (resource) ({QUOTA}{{{chosen}, type="{type_}"}})' for type_ in ("used", "hard")
    )
    return Alert(
        key="quota_used",
        subject=team.name,
        name="TeamQuotaNearlyUsed",
        query=f"{used} / {hard}",
        threshold=float(percent(platform.quota)),
        pending="15m",
        labels=_labels(team.name, severity),
        summary=f"The quota of {team.name} is nearly used",
        description="{{ humanizePercentage $value }} of {{ $labels.resource }} is used; what "
        "exceeds the quota does not start.",
    )


def _labels(team: str, severity: str, **about: str) -> dict[str, str]:
    """By what an alert is routed; `namespace`, which is what the operator lets an AlertmanagerConfig of
    the team's see, is lost to the sums in the queries.
    """
    return {"severity": severity, "team": team, "namespace": team, **about}
