"""`synth explain` over the example: what it says, and that it is true."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synth.app.tasks import Task
from synth.config.load import plain
from synth.config.problems import ConfigurationError
from synth.configuration import configuration
from synth.explanation.answers import answer, explained
from synth.explanation.probe import document
from synth.explanation.study import Study, Target
from synth.explanation.targets import every_target, file_target, full_path
from synth.project import Project
from synth.render.cache import Cache
from synth.render.documents import dump
from synth.review.explain.answer import Explained
from synth.review.explain.fields import ABSENT, Way, held_like, leaves, parse
from tests.repository import ROOT, Repository

MODEL = "dist/prod/models/nlp/seldondeployment.machinelearning.seldon.io-sentiment.yaml"
SLOW = frozenset({"dashboards", "monitoring", "workflows", "pipelines"})
"""Applications that take most of a second to render, or whose pipelines do."""


@pytest.fixture(scope="module")
def it(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    repository = Repository(tmp_path_factory.mktemp("explain"))
    overlay = repository.root / "overlays/prod/models"
    overlay.mkdir(parents=True)
    (overlay / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1alpha1\n"
        "kind: Component\n"
        "patches:\n"
        "- path: label.yaml\n"
        "- patch: |-\n"
        "    - {op: add, path: /spec/annotations, value: {seen: 'yes'}}\n"
        "  target: {kind: SeldonDeployment}\n"
    )
    (overlay / "label.yaml").write_text(
        "apiVersion: security.istio.io/v1beta1\n"
        "kind: AuthorizationPolicy\n"
        "metadata: {name: sentiment-gateway, namespace: nlp, labels: {laid: over}}\n"
    )
    assert repository.synth("build", "prod").returncode == 0
    return repository


@pytest.fixture(scope="module")
def study(it: Repository) -> Study:
    project = Project(it.root)
    return Study(project, Cache(it.cache), configuration(project)["prod"])


def place(name: str, text: str) -> str:
    """Where the example's file of this name says something."""
    before = (ROOT / f"environments/{name}.yaml").read_text().partition(text)
    assert before[1], text
    return f"environments/{name}.yaml:{before[0].count(chr(10)) + 1}"


def said(it: Repository, *arguments: str) -> str:
    done = it.synth("explain", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return re.sub(r"(?<=\.py):\d+", "", done.stdout)


def refused(it: Repository, *arguments: str) -> str:
    done = it.synth("explain", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def behind(study: Study, path: str, field: str) -> Explained:
    return explained(study, file_target(study, path), parse(field))


def keys(found: Explained) -> dict[str, str]:
    return {each.key: each.place for each in found.values}


def test_an_object(it: Repository) -> None:
    over = place("prod", "  - name: sentiment\n    variants")
    base = place("base", "  - name: sentiment\n    team: nlp\n    server")
    assert said(it, "prod", "SeldonDeployment/sentiment") == (
        "SeldonDeployment.machinelearning.seldon.io nlp/sentiment\n"
        "  environment    prod\n"
        "  application    models, wave 11\n"
        f"  file           {MODEL}\n"
        "  construct      models/nlp.sentiment\n"
        "  class          SeldonModel (synth/domains/serving/seldon/model.py)\n"
        "  written by     _deployment (synth/domains/serving/seldon/model.py)\n"
        f"  configuration  {over} models.sentiment (over {base})\n"
        "  overlay        overlays/prod/models/kustomization.yaml:5 patches[1]\n"
    )


def test_the_places_in_the_code_are_right(study: Study) -> None:
    maker = answer(study, file_target(study, MODEL)).maker
    for place, text in ((maker.construct, "class SeldonModel"), (maker.body, "return manifest(")):
        assert place
        line = (Path(__file__).parents[2] / place.file).read_text().splitlines()[place.line - 1]
        assert text in line


def test_everything_has_a_writer(study: Study) -> None:
    tasks: dict[tuple[str | None, ...], Task] = {}
    for target in every_target(study):
        if not target.file or target.file.startswith("overlays/"):
            continue
        key = (target.side, target.application, target.object and target.object.kind)
        task = tasks.setdefault(key, study.task(target)) if target.side else None
        makers, files = study.makers(task or study.task(target))
        body = makers[target.object].body if target.object else files[target.file]
        assert body, target
        assert body.file.startswith("synth/domains/"), target
        if target.object:
            assert makers[target.object].construct, target


def test_a_line_of_a_file(it: Repository) -> None:
    text = (it.root / MODEL).read_text().splitlines()
    line = text.index("    traffic: 10") + 1
    assert said(it, f"{MODEL}:{line}").partition("\n\n")[2] == (
        "spec.predictors[name=canary].traffic: 10\n"
        f"  {place('prod', 'traffic: 10')}  models.sentiment.variants.canary.traffic: 10\n"
    )


def test_json(it: Repository) -> None:
    path = "dist/prod/kubeflow-dex/kustomization.yaml"
    done = it.synth("explain", path, "--field", "resources[0]", "-o", "json")
    found = json.loads(done.stdout)
    assert found["writtenBy"]["name"] == "kustomization"
    assert found["upstream"] == [
        {
            "what": "release",
            "where": "Kubeflow 1.8.1, https://github.com/kubeflow/manifests at "
            "a925b2968e68f3085092adc04e9af39d4f5045f3",
        },
        {"what": "upstream", "where": "common/dex/overlays/istio"},
    ]
    assert found["field"]["configuration"] == [
        {
            "key": "kubeflow.release",
            "source": place("base", 'release: "1.8.1"'),
            "over": None,
            "value": "1.8.1",
        }
    ]
    assert [each["key"] for each in found["field"]["untried"]] == [
        "kubeflow.source",
        "secrets.provider",
    ]


def test_a_chart(it: Repository) -> None:
    text = said(it, "prod", "Deployment/grafana-operator")
    written = place("base", "grafanaOperator:")
    assert f"  configuration  {written} addons.grafanaOperator\n" in text
    assert "  chart          grafana-operator " in text
    assert text.endswith(
        "\nThe chart makes it, of the values in "
        "dist/prod/argocd/argocd/application.argoproj.io-prod-grafana-operator.yaml.\n"
    )


def test_what_argocd_builds_itself(it: Repository) -> None:
    said_of_it = said(it, "prod", "Deployment/centraldashboard")
    assert "  file " not in said_of_it
    assert (
        "  overlay        overlays/prod/kubeflow-centraldashboard/kustomization.yaml:1\n"
        in said_of_it
    )
    assert said_of_it.endswith(
        "\nArgo CD builds it from upstream's files, as "
        "dist/prod/kubeflow-centraldashboard/kustomization.yaml says.\n"
    )
    assert refused(it, "prod", "Deployment/centraldashboard", "--field", "spec.replicas") == (
        "synth explain: Deployment.apps kubeflow/centraldashboard stands in no file of dist/: "
        "Argo CD builds it from upstream's files, as "
        "dist/prod/kubeflow-centraldashboard/kustomization.yaml says.\n"
    )


def test_what_an_overlay_lays_over(study: Study) -> None:
    found = behind(study, MODEL, "spec.annotations.seen")
    assert not found.values
    assert [str(each) for each in found.overlays] == [
        "overlays/prod/models/kustomization.yaml:5 patches[1]"
    ]
    policy = "dist/prod/models/nlp/authorizationpolicy.security.istio.io-sentiment-gateway.yaml"
    found = behind(study, policy, "metadata.labels.laid")
    assert [str(each) for each in found.overlays] == [
        "overlays/prod/models/kustomization.yaml:4 patches[0] (overlays/prod/models/label.yaml)"
    ]


def test_values_through_every_kind_of_application(study: Study) -> None:
    applications = "dist/prod/argocd/argocd/application.argoproj.io-prod-"
    chart = f"{applications}kube-prometheus-stack.yaml"
    retention = "spec.source.helm.valuesObject.prometheus.prometheusSpec.retention"
    assert keys(behind(study, chart, retention)) == {
        "addons.kubePrometheusStack.retention": place("prod", "kubePrometheusStack:")
    }
    # Only some formats of models are fetched with a Secret.
    assert keys(behind(study, MODEL, "spec.predictors.stable.graph.envSecretRefName")) == {
        "models.sentiment.storageSecret": place("base", "storageSecret:"),
        "models.sentiment.server.format": "default",
    }
    # The receiver's address, which the model does not name.
    assert keys(behind(study, MODEL, "spec.predictors.stable.graph.logger.url")) == {
        "observability.logs.namespace": "default"
    }
    root = "argocd/prod/argocd/application.argoproj.io-prod-root.yaml"
    assert keys(behind(study, root, "spec.source.path")) == {"name": place("prod", "name: prod")}
    job = "dist/prod/pipelines/nlp/job.batch-sentiment-registration.yaml"
    assert keys(behind(study, job, "metadata.name")) == {
        "pipelines.sentiment.name": place("base", "  - name: sentiment\n    team: nlp\n    source")
    }


def test_a_field_that_nothing_changes(it: Repository) -> None:
    assert said(it, MODEL, "--field", "kind").partition("\n\n")[2] == (
        "kind: SeldonDeployment\n"
        "  no value of the configuration changes it: whoever writes the object has it so\n"
    )


def test_a_value_that_completes_others(it: Repository, tmp_path: Path) -> None:
    root = tmp_path / "placed"
    (root / "environments").mkdir(parents=True)
    for name in ("base", "prod"):
        text = (it.root / f"environments/{name}.yaml").read_text()
        text = text.replace(
            "    isolated: true\n", "    isolated: true\n    nodes: {selector: {pool: ml}}\n"
        )
        (root / f"environments/{name}.yaml").write_text(text)
    project = Project(root)
    placed = Study(project, Cache(it.cache), configuration(project)["prod"])
    found = behind(
        placed,
        MODEL,
        "spec.predictors.stable.componentSpecs[0].spec.nodeSelector.pool",
    )
    assert keys(found) == {
        "teams.nlp.nodes.selector.pool": placed.loaded.written("teams", "nlp", "nodes"),
        "teams.nlp.name": place("prod", "  - name: nlp\n    quota"),
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a", "b", "c"], "give one file, or an environment and KIND/NAME"),
        (["prod", "sentiment"], "'sentiment' is no KIND/NAME, such as Deployment/sentiment"),
        (
            ["prod", "SeldonDeployment/sentimnt"],
            "prod has no SeldonDeployment/sentimnt, did you mean SeldonDeployment/sentiment?",
        ),
        (
            ["prod", "SeldonDeployment/sentiment", "-n", "kube-system"],
            "prod has no SeldonDeployment/sentiment in namespace kube-system (there: in nlp)",
        ),
        (
            ["prod", "GrafanaFolder/dashboards"],
            "GrafanaFolder/dashboards is not one object, say which with -n or the group:\n"
            "  GrafanaFolder.grafana.integreatly.org monitoring/dashboards (dashboards)\n"
            "  GrafanaFolder.grafana.integreatly.org nlp/dashboards (dashboards)",
        ),
        (["README.md"], "README.md is no generated file: give one below dist/ or argocd/"),
        (["dist/test/x/y.yaml"], "there is no environment 'test' (there: dev, prod, staging)"),
        ([MODEL, "--field", "spec.replicas"], "spec has no replicas (there: annotations, predictors, protocol, transport)"),
        (["dist/prod/mlflow/namespace-mlflw.yaml"], "the sources make no dist/prod/mlflow/namespace-mlflw.yaml, did you mean dist/prod/mlflow/namespace-mlflow.yaml?"),
        ([f"{MODEL}:9999"], "line 9999 holds no field"),
    ],
)  # fmt: skip
def test_mistakes(it: Repository, arguments: list[str], message: str) -> None:
    assert refused(it, *arguments) == f"synth explain: {message}\n"


def test_an_environment_that_is_not_there(it: Repository) -> None:
    assert refused(it, "test", "Deployment/mlflow") == (
        "environments: there is no environment 'test' (there: dev, prod, staging)\n"
    )


def test_a_file_that_is_not_as_the_sources_say(it: Repository) -> None:
    path = it.root / MODEL
    content = path.read_text()
    path.write_text(content.replace("traffic: 90", "traffic: 80"))
    try:
        note = f"\n{MODEL} is not what the sources say now: `synth build` writes it.\n"
        assert said(it, MODEL).endswith(note)
    finally:
        path.write_text(content)


class Rewritten:
    """The environment in one file of its own, to be loaded with other values."""

    def __init__(self, study: Study, folder: Path) -> None:
        self._study = study
        self._project = replace(study.project, tried=folder / "environments")
        self._data = plain(study.loaded.tree)
        self._project.environments.mkdir()

    def written(self) -> list[tuple[str, ...]]:
        """The paths of all values that are written."""
        return list(_paths(self._data))

    def holds(self, target: Target, way: Way, path: tuple[str, ...], whole: Any) -> bool | None:
        """Whether the field is as it was once the value is another; None where no other is valid, or
        the object is gone.
        """
        for change in (_other, lambda value: f"{value}x"):
            data = deepcopy(_plain_lists(self._data))
            owner = data
            for step in path[:-1]:
                owner = _entry(owner, step)
            before = owner[path[-1]]
            owner[path[-1]] = change(before)
            if owner[path[-1]] == before:
                continue
            (self._project.environments / "prod.yaml").write_text(dump(data))
            try:
                loaded = configuration(self._project)["prod"]
                study = Study(self._project, self._study._cache, loaded)
                part = study.parts([study.task(target)])[0]
            except ConfigurationError:
                continue
            now = document(part, target, [target.object] if target.object else [])
            if now is ABSENT:
                return None
            return bool(held_like(now, way, whole) == held_like(whole, way, whole))
        return None


@pytest.fixture(scope="module")
def rewritten(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Rewritten:
    return Rewritten(study, tmp_path_factory.mktemp("rewritten"))


class Fields(list[tuple[Target, Way, Any]]):
    """Many of them, which nobody wants to read."""

    def __repr__(self) -> str:
        return f"{len(self)} fields"


@pytest.fixture(scope="module")
def fields(study: Study) -> Fields:
    found = Fields()
    for target in every_target(study):
        if target.file and target.side in ("", "argocd") and target.application not in SLOW:
            part = study.parts([study.task(target)])[0]
            whole = document(part, target, part.origins)
            if isinstance(whole, Mapping):
                found += [(target, way, whole) for way in leaves(whole)]
    return found


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_the_answer_is_true(
    study: Study,
    rewritten: Rewritten,
    fields: Fields,
    data: st.DataObject,
) -> None:
    """A value that is named changes the field, and another one does not, when somebody edits it."""
    target, way, whole = fields[data.draw(st.integers(0, len(fields) - 1))]
    found = explained(study, target, way)
    assert full_path(study, target)
    named = {each.key for each in found.values}
    untried = {each.key for each in found.untried}
    written = rewritten.written()
    for path in written:
        if ".".join(path) in named:
            assert rewritten.holds(target, way, path, whole) is not True, path
    others = [path for path in written if ".".join(path) not in named | untried]
    path = data.draw(st.sampled_from(others))
    # The environment's file is called like it.
    if path not in (("name",), ("cluster", "kubernetes")):
        assert rewritten.holds(target, way, path, whole) is not False, path


def _paths(value: Any, path: tuple[str, ...] = ()) -> Any:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _paths(item, (*path, key))
    elif isinstance(value, tuple) and all(
        isinstance(each, Mapping) and "name" in each for each in value
    ):
        for item in value:
            yield from _paths(item, (*path, item["name"]))
    elif not isinstance(value, tuple):
        yield path


def _entry(owner: Any, step: str) -> Any:
    if isinstance(owner, list):
        return next(each for each in owner if each["name"] == step)
    return owner[step]


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    return re.sub(r"\d+(?!.*\d)", lambda found: str(int(found[0]) + 1), value, flags=re.DOTALL)


def _plain_lists(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain_lists(item) for key, item in value.items()}
    return [_plain_lists(item) for item in value] if isinstance(value, tuple) else value
