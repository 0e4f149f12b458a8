"""A new repository, and the clusters come up from it."""

from __future__ import annotations

from story.configuration import RELEASE, TEAM, write
from story.evaluation import evaluating
from story.stage import Installed, Stage
from story.users import FEEDBACK, PREDICTIONS
from synth.catalog.kubeflow import load_release
from tests.cluster.api import Kind

ADMINISTRATOR = "Ada"
TOPIC = Kind("kafka.strimzi.io/v1beta2", "kafkatopics")


def install(it: Stage) -> None:
    """`synth init`, the team's own sections, a commit, and what an administrator does once."""
    team, timeline = it.team, it.timeline
    with timeline.step(
        "A new platform",
        "A repository by `synth init`, the team's own lines, one commit. An administrator applies"
        " argocd/ once; from then on three clusters follow git.",
    ):
        team.synth(
            "init", str(team.tree), "--team", TEAM, "--owner", f"{TEAM}-lead@example.com",
            "--kubeflow", RELEASE,
        )  # fmt: skip
        write(team.tree, {name: each.server for name, each in it.clusters.planes.items()})
        team.synth("build")
        findings = team.synth("validate", "-o", "json", code=1).out
        timeline.check("no error among the findings", '"error"' not in findings)
        team.synth("check")
        team.push("A platform for sentiment", ADMINISTRATOR)
        it.clusters.bootstrap(team.tree / "argocd")
        found = it.clusters.synced(team.git)
        timeline.check(
            "every Application is Synced and Healthy",
            all(each.rests for each in found.values()),
            f"{len(found)} Applications on {len(it.apis)} clusters",
        )
        it.installed = Installed(
            team.git.head(), {name: each.syncs for name, each in found.items()}
        )
        commit = load_release(RELEASE).commit
        timeline.event("Kubeflow", f"{RELEASE}, kubeflow/manifests {commit[:10]}")
        _topics(it)
        it.watch()
        it.stack.enter_context(evaluating(it))


def _topics(it: Stage) -> None:
    """Does what Strimzi does with the KafkaTopics in production."""
    for each in it.apis["prod"].all(TOPIC):
        name = each["spec"].get("topicName", each["metadata"]["name"])
        it.broker.create(name, each["spec"]["partitions"])
        it.timeline.event("topic", f"{name} with {each['spec']['partitions']} partitions")
    for name in (PREDICTIONS, FEEDBACK):
        it.broker.create(name, 3)
