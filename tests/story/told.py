"""An example of a run, as a report is made of it: nothing in it has happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import unified_diff
from hashlib import sha1
from math import exp
from random import Random

from story.timeline import Check, Commit, Event, StandIn, Step, Told

TEAM, RETRAINING = "Nadia Lindqvist", "retraining"
VERSIONS = {
    "Argo CD": "3.2.1",
    "Kubernetes API server": "1.34.2",
    "Kafka": "4.1.1",
    "MLflow": "3.17.2",
    "MLServer": "1.7.1",
    "Prometheus": "3.8.0",
    "Alertmanager": "0.30.0",
}
STAND_INS = [
    StandIn(
        "KServe and Knative",
        "a proxy of a hundred lines that splits requests by the weights of the InferenceService",
        "pods need a kubelet; the weights are those that Argo CD applied",
    ),
    StandIn(
        "Kubeflow Pipelines",
        "kfp's own runner of compiled pipelines, in processes",
        "its steps are containers, and there is no runtime for them",
    ),
    StandIn(
        "people who judge comments", "the labels of the data set", "nobody waits that long"
    ),
]  # fmt: skip
STARTS = (0.0, 68.4, 121.0, 205.3, 291.7, 402.9, 517.2, 655.8, 790.1)
END = 874.6


def told() -> Told:
    """A run in which everything held."""
    steps = _steps()
    return Told(7, False, VERSIONS, steps, _series(), list(STAND_INS))


def commit(at: float, author: str, message: str, *changes: tuple[str, str, str]) -> Commit:
    """A commit of files, each as what it was and what it is."""
    files = tuple(name for name, _, _ in changes)
    diff = "\n".join(_diff(*change) for change in changes)
    return Commit(
        at, sha1(f"{at}{message}{diff}".encode()).hexdigest(), author, message, files, diff
    )


def _diff(name: str, before: str, after: str) -> str:
    old, new = before.splitlines(), after.splitlines()
    was = f"a/{name}" if old else "/dev/null"
    body = unified_diff(old, new, was, f"b/{name}", lineterm="")
    return "\n".join([f"diff --git a/{name} b/{name}", *body])


def _variants(*variants: tuple[str, int, int]) -> str:
    lines = "".join(
        f"      - {{name: {name}, version: {version}, traffic: {traffic}}}\n"
        for name, version, traffic in variants
    )
    return f"""\
models:
  - name: sentiment
    team: nlp
    variants:
{lines}    replicas: 2
    objectives:
      latency: {{p95: 500ms}}
      accuracyDrop: 5%
"""


def _service(*variants: tuple[str, int, int]) -> str:
    predictors = "".join(
        f"""\
  - name: {name}
    traffic: {traffic}
    graph:
      name: classifier
      implementation: MLFLOW_SERVER
      modelUri: s3://models/sentiment/{version}
      envSecretRefName: sentiment-artifacts
"""
        for name, version, traffic in variants
    )
    return f"""\
apiVersion: machinelearning.seldon.io/v1
kind: SeldonDeployment
metadata:
  name: sentiment
  namespace: nlp
  labels:
    app.kubernetes.io/managed-by: kfsynth
spec:
  protocol: v2
  predictors:
{predictors}"""


def _change(
    at: float,
    author: str,
    message: str,
    environment: str,
    before: tuple[tuple[str, int, int], ...],
    after: tuple[tuple[str, int, int], ...],
) -> Commit:
    """What the tool commits for other variants: the environment, and what Argo CD applies."""
    return commit(
        at,
        author,
        message,
        (f"environments/{environment}.yaml", _variants(*before), _variants(*after)),
        (
            f"dist/{environment}/models/nlp/SeldonDeployment-sentiment.yaml",
            _service(*before) if before else "",
            _service(*after),
        ),
    )


def _steps() -> list[Step]:
    one, two, three = (("stable", version, 100) for version in (1, 2, 3))
    canary = (("stable", 1, 90), ("canary", 2, 10))
    later = (("stable", 2, 90), ("canary", 3, 10))
    steps = [
        Step(
            "Comments arrive",
            "Two thousand comments are written to Kafka; the processor cleans them and puts aside "
            "those that it cannot read.",
            STARTS[0],
            checks=[
                Check(31.2, "all comments are in the topic", True, "2000 of 2000"),
                Check(52.9, "clean comments are in the output", True, "1987"),
                Check(52.9, "the others were put aside", True, "13, all of them not JSON"),
                Check(64.0, "the group of the processor has no lag", True, "0"),
            ],
        ),
        Step(
            "A pipeline trains and registers a model",
            "The compiled pipeline reads the comments, trains a classifier and registers it as "
            "version 1, with the data it was trained on.",
            STARTS[1],
            checks=[
                Check(109.5, "version 1 is registered", True, "sentiment/1"),
                Check(110.0, "its accuracy passes the gate", True, "0.921, 0.85 needed"),
                Check(118.4, "the run says which offsets it read", True, "comments-clean 0…1986"),
            ],
        ),
        Step(
            "Through dev and staging to prod",
            "One commit an environment; Argo CD applies each, and requests are answered by what "
            "it applied.",
            STARTS[2],
            checks=[
                Check(144.1, "dev is synced and healthy", True, "Synced, Healthy"),
                Check(169.7, "staging is synced and healthy", True, "Synced, Healthy"),
                Check(196.2, "prod is synced and healthy", True, "Synced, Healthy"),
                Check(203.9, "prod answers by version 1", True, "200 of 200 requests"),
            ],
            commits=[
                _change(126.3, TEAM, "Bring sentiment version 1 to dev", "dev", (), (one,)),
                _change(151.9, TEAM, "Bring sentiment version 1 to staging", "staging", (), (one,)),
                _change(177.4, TEAM, "Bring sentiment version 1 to prod", "prod", (), (one,)),
            ],
        ),
        Step(
            "A canary of version 2",
            "Version 2 knows more words. It gets a tenth of the traffic of prod first.",
            STARTS[3],
            checks=[
                Check(247.5, "a tenth of the traffic goes to version 2", True, "9.7 %"),
                Check(288.0, "both variants answer", True, "0 errors of 1412"),
            ],
            commits=[
                _change(
                    219.8,
                    TEAM,
                    "Try sentiment version 2 in prod\n\nA tenth of the traffic, until the alert "
                    "rules have seen half an hour of it.",
                    "prod",
                    (one,),
                    canary,
                )
            ],
        ),
        Step(
            "The canary becomes slow",
            "Version 2 is made to take 900 ms an answer. The alert fires, and the change is taken "
            "back.",
            STARTS[4],
            checks=[
                Check(331.0, "the alert of latency fires", True, "after 38 s"),
                Check(331.4, "Alertmanager notifies the team", True, "nlp, 1 notification"),
                Check(371.7, "all traffic is back on version 1", True, "100 %"),
                Check(396.1, "the alert is resolved", True, "after 65 s"),
            ],
            events=[
                Event(293.0, "fault", "every answer of version 2 takes 900 ms"),
                Event(331.0, "alert fires", "SentimentLatencyHigh in prod: p95 of canary is 948 ms"),
                Event(396.1, "alert resolved", "SentimentLatencyHigh in prod"),
            ],
            commits=[
                _change(
                    345.2, TEAM, 'Revert "Try sentiment version 2 in prod"', "prod", canary, (one,)
                )
            ],
        ),
        Step(
            "Version 2, repaired, takes over",
            "Without the delay it gets a tenth, then all of the traffic.",
            STARTS[5],
            checks=[
                Check(471.3, "p95 of the canary is within the objective", True, "131 ms"),
                Check(512.9, "prod answers by version 2", True, "200 of 200 requests"),
            ],
            commits=[
                _change(409.9, TEAM, "Try sentiment version 2 again", "prod", (one,), canary),
                _change(482.0, TEAM, "Promote sentiment version 2", "prod", canary, (two,)),
            ],
        ),
        Step(
            "The language shifts",
            "Comments come in words that version 2 has never seen. Feedback tells, the alert of "
            "accuracy fires, and the workflow trains version 3.",
            STARTS[6],
            checks=[
                Check(593.6, "the alert of accuracy fires", True, "0.804 where 0.936 was"),
                Check(594.9, "it starts the retraining", True, "1 workflow, reason: accuracy"),
                Check(649.8, "version 3 is registered", True, "sentiment/3, accuracy 0.917"),
            ],
            events=[
                Event(520.4, "fault", "four of ten comments are in new words"),
                Event(593.6, "alert fires", "SentimentAccuracyDropped in prod: 14 % below training"),
            ],
        ),
        Step(
            "Version 3 is proposed, tried and promoted",
            "The workflow proposes the canary by itself; a person merges it.",
            STARTS[7],
            checks=[
                Check(718.2, "version 3 is better on what comes now", True, "0.912 and 0.803"),
                Check(771.0, "the alert is resolved", True, "after 177 s"),
                Check(784.4, "explain names the commit of the change", True, "it does"),
            ],
            events=[Event(771.0, "alert resolved", "SentimentAccuracyDropped in prod")],
            commits=[
                _change(662.3, RETRAINING, "Try sentiment version 3 in prod", "prod", (two,), later),
                _change(733.5, TEAM, "Promote sentiment version 3", "prod", later, (three,)),
            ],
        ),
        Step(
            "Something breaks",
            "The broker is stopped and started again, and somebody edits prod by hand.",
            STARTS[8],
            checks=[
                Check(828.0, "no comment is lost", True, "3120 of 3120"),
                Check(861.9, "Argo CD takes the edit back", True, "after 4 s"),
            ],
            events=[
                Event(795.2, "fault", "the broker is stopped for 20 s"),
                Event(857.7, "fault", "kubectl scale --replicas=0 of the model in prod"),
            ],
        ),
    ]  # fmt: skip
    for step, end in zip(steps, [*STARTS[1:], END], strict=True):
        step.ended = end
    return steps


def _series() -> dict[str, dict[str, list[tuple[float, float]]]]:
    random = Random(7)

    def line(
        start: float, end: float, value: Callable[[float], float], noise: float
    ) -> list[tuple[float, float]]:
        return [(at, round(value(at) + random.gauss(0, noise), 5)) for at in _times(start, end)]

    def slow(at: float) -> float:
        return 0.13 + 0.82 * (1 - exp(-max(at - 295, 0) / 15))

    def shifted(at: float) -> float:
        return 0.936 - 0.133 * (1 - exp(-max(at - 524, 0) / 24))

    return {
        "accuracy": {
            "version 1": line(190, 500, lambda _: 0.921, 0.004),
            "version 2": line(236, 752, shifted, 0.004),
            "version 3": line(678, END, lambda _: 0.912, 0.004),
        },
        "latency": {
            "stable": line(190, END, lambda at: 0.118 + (0.05 if 796 < at < 816 else 0), 0.008),
            "canary": [
                *line(236, 371, slow, 0.018),
                *line(424, 498, lambda _: 0.131, 0.009),
                *line(678, 748, lambda _: 0.124, 0.009),
            ],
        },
        "traffic": {
            "version 1": [
                (190.0, 1.0), (234.0, 1.0), (236.0, 0.9), (369.0, 0.9), (371.0, 1.0),
                (422.0, 1.0), (424.0, 0.9), (498.0, 0.9), (500.0, 0.0),
            ],
            "version 2": [
                (236.0, 0.1), (369.0, 0.1), (371.0, 0.0), (422.0, 0.0), (424.0, 0.1),
                (498.0, 0.1), (500.0, 1.0), (676.0, 1.0), (678.0, 0.9), (748.0, 0.9),
                (750.0, 0.0),
            ],
            "version 3": [(678.0, 0.1), (748.0, 0.1), (750.0, 1.0), (END, 1.0)],
        },
    }  # fmt: skip


def _times(start: float, end: float) -> Iterator[float]:
    at = start
    while at < end:
        yield at
        at += 2
