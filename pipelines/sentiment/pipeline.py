"""Trains the sentiment model: comments from Kafka become a version in MLflow's registry, if it is good.

What the steps do is in their image (images/sentiment-training), whose package `sentiment` has tests of
its own; here is what is handed on between them. Everything runs on the backend of Kubeflow 1.8 (2.0.5),
which refuses `dsl.Collected` and `dsl.PipelineTaskFinalStatus` and knows no placeholders in parameters
(kubeflow/pipelines issues 10035, 11641, 10453): trainings meet in MLflow, by the id of the pipeline's
run, and the exit handler asks there too. `sweep` is a pipeline of its own because that backend can wait
for one, and for no loop.
"""

from kfp import dsl

IMAGE = "registry.example.com/nlp/sentiment-training:1.4.0"
RUN = dsl.PIPELINE_JOB_ID_PLACEHOLDER
SETTINGS = [{"words": words, "strength": strength} for words in (1, 2) for strength in (1.0, 10.0)]
"""What is tried, side by side."""
AT_ONCE = 2
KAFKA_SECONDS = 300.0
"""How long a step may take with Kafka before it fails."""


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def fetch(
    bootstrap_servers: str,
    topic: str,
    group: str,
    offsets: str,
    from_beginning: bool,
    limit: int,
    seconds: float,
    comments: dsl.Output[dsl.Dataset],
    unreadable: dsl.Output[dsl.Dataset],
) -> None:
    """Takes what is new in the topic, or exactly the offsets that are given."""
    from pathlib import Path

    from sentiment.fetch import Topic, fetch

    origin = fetch(
        Topic(bootstrap_servers, topic, group, seconds),
        offsets=offsets,
        from_beginning=from_beginning,
        limit=limit,
        comments=Path(comments.path),
        aside=Path(unreadable.path),
    )
    comments.metadata.update(origin)
    unreadable.metadata.update(topic=topic, records=origin["unreadable"])


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def commit(
    bootstrap_servers: str, group: str, seconds: float, comments: dsl.Input[dsl.Dataset]
) -> None:
    """Commits what the stored comments are from."""
    from pathlib import Path

    from sentiment.fetch import Topic, committed

    topic = Topic(bootstrap_servers, comments.metadata["topic"], group, seconds)
    print(committed(topic, Path(comments.path), comments.metadata))


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def preprocess(
    seed: int,
    least_comments: int,
    comments: dsl.Input[dsl.Dataset],
    training: dsl.Output[dsl.Dataset],
    validation: dsl.Output[dsl.Dataset],
    held_out: dsl.Output[dsl.Dataset],
) -> None:
    """Divides labelled comments into those to train with, to choose settings with and to judge by."""
    from pathlib import Path

    from sentiment.preprocess import preprocess

    counts = preprocess(
        Path(comments.path),
        seed=seed,
        least=least_comments,
        train=Path(training.path),
        validation=Path(validation.path),
        held_out=Path(held_out.path),
    )
    print(counts)
    sizes = (counts.train, counts.validation, counts.held_out)
    for part, size in zip((training, validation, held_out), sizes, strict=True):
        part.metadata.update({**comments.metadata, "comments": size})


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def train(
    run: str,
    tracking_uri: str,
    experiment: str,
    seed: int,
    settings: dict,
    training: dsl.Input[dsl.Dataset],
    validation: dsl.Input[dsl.Dataset],
    metrics: dsl.Output[dsl.Metrics],
) -> None:
    """Trains with one of the settings, as a run of MLflow."""
    from pathlib import Path

    from sentiment import tracking
    from sentiment.settings import Settings
    from sentiment.train import train

    client = tracking.client(tracking_uri)
    trained = train(
        Settings.parsed(settings),
        seed=seed,
        training=Path(training.path),
        validation=Path(validation.path),
        experiment_id=tracking.experiment_id(client, experiment),
        kubeflow=tracking.kubeflow_run(run, metrics.uri),
        origin=training.metadata,
    )
    metrics.log_metric(tracking.VALIDATION_ACCURACY, trained.accuracy)
    metrics.metadata["mlflow_run"] = trained.run


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def choose(
    run: str, tracking_uri: str, experiment: str, settings: list, model: dsl.Output[dsl.Model]
) -> None:
    """Takes the best of this run's trainings."""
    from pathlib import Path

    from sentiment import tracking
    from sentiment.choose import choose
    from sentiment.settings import Settings

    best = choose(
        tracking.client(tracking_uri),
        experiment=experiment,
        settings=[Settings.parsed(each) for each in settings],
        kubeflow=tracking.kubeflow_run(run, model.uri),
        model=Path(model.path),
    )
    model.metadata.update(framework="scikit-learn", mlflow_run=best.info.run_id)
    model.metadata.update(mlflow_model=tracking.model_of(best), **best.data.params)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def evaluate(
    tracking_uri: str,
    name: str,
    least_accuracy: float,
    largest_drop: float,
    model: dsl.Input[dsl.Model],
    held_out: dsl.Input[dsl.Dataset],
    metrics: dsl.Output[dsl.Metrics],
) -> bool:
    """Judges the model and says whether it is good enough."""
    from pathlib import Path

    from sentiment import tracking
    from sentiment.evaluate import evaluate
    from sentiment.gate import Gate

    found = evaluate(
        tracking.client(tracking_uri),
        run=model.metadata["mlflow_run"],
        model=Path(model.path),
        held_out=Path(held_out.path),
        name=name,
        gate=Gate(least_accuracy, largest_drop),
    )
    metrics.log_metric(tracking.ACCURACY, found.accuracy)
    if found.before:
        metrics.log_metric(f"accuracy_of_version_{found.before.version}", found.before.accuracy)
    print(found)
    return not found.objections


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def register(tracking_uri: str, name: str, model: dsl.Input[dsl.Model]) -> int:
    """Registers the model; the version's number."""
    from sentiment import tracking
    from sentiment.register import register

    return register(tracking.client(tracking_uri), run=model.metadata["mlflow_run"], name=name)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def notify(
    run: str,
    tracking_uri: str,
    experiment: str,
    name: str,
    webhook: str,
    outcome: dsl.Output[dsl.Artifact],
) -> None:
    """Tells people what became of the run, however it ended."""
    from pathlib import Path

    from sentiment import tracking
    from sentiment.notify import encoded, notify

    it = notify(
        tracking.client(tracking_uri),
        experiment=experiment,
        model=name,
        kubeflow=tracking.kubeflow_run(run, outcome.uri),
        webhook=webhook,
    )
    Path(outcome.path).write_bytes(encoded(it))


def _small(task: dsl.PipelineTask) -> dsl.PipelineTask:
    """A step that waits for others more than it computes, and is tried again."""
    task.set_cpu_request("100m").set_cpu_limit("1")
    task.set_memory_request("512Mi").set_memory_limit("1Gi")
    return task.set_retry(num_retries=3, backoff_duration="30s", backoff_factor=2.0)


def _large(task: dsl.PipelineTask) -> dsl.PipelineTask:
    """A step that computes."""
    task.set_cpu_request("1").set_cpu_limit("2")
    task.set_memory_request("2Gi").set_memory_limit("4Gi")
    return task.set_retry(num_retries=1, backoff_duration="60s")


@dsl.pipeline
def sweep(
    tracking_uri: str,
    experiment: str,
    seed: int,
    settings: list,
    training: dsl.Input[dsl.Dataset],
    validation: dsl.Input[dsl.Dataset],
) -> None:
    """Trains with each of the settings."""
    with dsl.ParallelFor(settings, parallelism=AT_ONCE) as each:
        _large(
            train(
                run=RUN,
                tracking_uri=tracking_uri,
                experiment=experiment,
                seed=seed,
                settings=each,
                training=training,
                validation=validation,
            )
        ).set_caching_options(enable_caching=False)


@dsl.pipeline(
    name="sentiment",
    description="Comments from Kafka become a version of the sentiment model, if it is good enough.",
)
def sentiment(
    bootstrap_servers: str = "events-kafka-bootstrap.kafka.svc.cluster.local:9092",
    topic: str = "comments-clean",
    group: str = "sentiment-training",
    offsets: str = "",
    from_beginning: bool = False,
    limit: int = 200_000,
    least_comments: int = 500,
    seed: int = 7,
    settings: list = SETTINGS,
    tracking_uri: str = "http://mlflow.mlflow.svc.cluster.local:5000",
    experiment: str = "sentiment",
    name: str = "sentiment",
    least_accuracy: float = 0.85,
    largest_drop: float = 0.02,
    webhook: str = "",
) -> None:
    """`limit` is per partition; what is beyond it comes with the next run."""
    told = _small(
        notify(
            run=RUN, tracking_uri=tracking_uri, experiment=experiment, name=name, webhook=webhook
        )
    ).set_caching_options(enable_caching=False)
    with dsl.ExitHandler(told, name="train-and-register"):
        fetched = _small(
            fetch(
                bootstrap_servers=bootstrap_servers,
                topic=topic,
                group=group,
                offsets=offsets,
                from_beginning=from_beginning,
                limit=limit,
                seconds=KAFKA_SECONDS,
            )
        ).set_caching_options(enable_caching=False)
        comments = fetched.outputs["comments"]
        divided = _small(
            preprocess(seed=seed, least_comments=least_comments, comments=comments)
        ).set_caching_options(enable_caching=True)
        # Only once there is enough to train with: until then comments wait for the next run.
        _small(
            commit(
                bootstrap_servers=bootstrap_servers,
                group=group,
                seconds=KAFKA_SECONDS,
                comments=comments,
            )
        ).after(divided).set_caching_options(enable_caching=False)
        swept = sweep(
            tracking_uri=tracking_uri,
            experiment=experiment,
            seed=seed,
            settings=settings,
            training=divided.outputs["training"],
            validation=divided.outputs["validation"],
        )
        best = (
            _small(
                choose(run=RUN, tracking_uri=tracking_uri, experiment=experiment, settings=settings)
            )
            .after(swept)
            .set_caching_options(enable_caching=False)
        )
        judged = _small(
            evaluate(
                tracking_uri=tracking_uri,
                name=name,
                least_accuracy=least_accuracy,
                largest_drop=largest_drop,
                model=best.outputs["model"],
                held_out=divided.outputs["held_out"],
            )
        ).set_caching_options(enable_caching=False)
        with dsl.If(judged.outputs["Output"] == True, name="good-enough"):  # noqa: E712  (kfp's own)
            _small(
                register(tracking_uri=tracking_uri, name=name, model=best.outputs["model"])
            ).set_caching_options(enable_caching=False)
