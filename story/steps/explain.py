"""From the object that is live back to the commit, the run and the comments."""

from __future__ import annotations

import json

from mlflow import MlflowClient
from sentiment.fetch import Topic, fetch

from story.configuration import MODEL
from story.stage import Stage

_SECONDS = 60.0


def explain(it: Stage) -> None:
    """Every step on the way back is checked against where it comes from."""
    team, timeline = it.team, it.timeline
    with timeline.step(
        "Where it comes from",
        "From the SeldonDeployment on the API server: `synth explain` to the line of configuration, git to"
        " the commit, the annotation to the run in MLflow, the run's tags to the comments in Kafka.",
    ):
        deployment = it.models["prod"].deployment
        assert deployment, "no SeldonDeployment"
        live = max(deployment["spec"]["predictors"], key=lambda each: int(each["traffic"]))
        said = json.loads(
            team.synth(
                "explain", "prod", f"SeldonDeployment/{MODEL}", "-o", "json",
                "--field", f"spec.predictors[name={live['name']}].graph.modelUri",
            ).out
        )["field"]  # fmt: skip
        timeline.check(
            "`synth explain` knows the live value", said["value"] == live["graph"]["modelUri"],
            said["value"],
        )  # fmt: skip
        [line] = [each for each in said["configuration"] if each["key"].endswith(".artifact")]
        timeline.check(
            "and the line that it is from",
            line["value"] == live["graph"]["modelUri"],
            line["source"],
        )
        file, _, number = line["source"].partition(":")
        blame = team.run("blame", "-L", f"{number},{number}", "--porcelain", file).splitlines()
        commit = blame[0].split()[0]
        known = dict(each.split(" ", 1) for each in blame[1:] if " " in each)
        version = live["annotations"]["version"]
        timeline.check(
            "git knows who brought it in",
            f"{MODEL}: " in known["summary"] and f" {version} " in known["summary"],
            f"{commit[:10]} by {known['author']}: {known['summary']}",
        )
        _run(it, live["annotations"])


def _run(it: Stage, annotations: dict[str, str]) -> None:
    """The run that the annotations name, and the comments that it names."""
    run = MlflowClient(it.registry.address).get_run(annotations["kfsynth/run"])
    tags = run.data.tags
    it.timeline.check(
        "the run in MLflow has the same commit of the code, and it is in the repository",
        tags["mlflow.source.git.commit"] == annotations["kfsynth/commit"]
        and it.team.run("cat-file", "-t", annotations["kfsynth/commit"]).strip() == "commit",
        f"run {run.info.run_id[:8]}, commit {annotations['kfsynth/commit'][:10]}",
    )
    again = it.folder / "again"
    again.mkdir()
    origin = fetch(
        Topic(it.broker.address, tags["data.topic"], "explain", _SECONDS),
        offsets=tags["data.offsets"],
        from_beginning=False,
        limit=0,
        comments=again / "comments",
        aside=again / "aside",
    )
    it.timeline.check(
        "the same comments are fetched again, byte for byte",
        origin["sha256"] == tags["data.sha256"]
        and str(origin["sha256"]).startswith(annotations["kfsynth/data"]),
        f"{origin['comments']} comments at {tags['data.offsets']} of {tags['data.topic']},"
        f" sha256 {str(origin['sha256'])[:10]}",
    )
