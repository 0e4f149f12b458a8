"""What takes part in the story: the real programs with their versions, and what stands in for others."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from story import database
from story.configuration import RELEASE
from story.timeline import StandIn
from tests.cluster.programs import KUBERNETES
from tests.cluster.programs import TOOLS as CLUSTER
from tests.cluster.stand_ins import STAND_INS as CONTROLLERS
from tests.interpreters import REGISTRY, SERVER
from tests.kafka import POM
from tests.observability.real_prometheus import program as prometheus
from tests.repository import ROOT

_NO_CONTAINERS = "nothing here runs containers"

STAND_INS = (
    StandIn(
        "the kubelet and its pods",
        "kwok, which says that they run; MLServer, the processor, the pipeline's steps and the"
        " programs of the workflows run as processes, with what their images have",
        _NO_CONTAINERS,
    ),
    StandIn(
        "Istio, Seldon's operator and its executor, on the way of a request",
        "a proxy (story/serving.py) that reads the SeldonDeployment from the API server, starts an"
        " MLServer for each predictor, divides requests by traffic, and shows Seldon's metrics",
        _NO_CONTAINERS,
    ),
    StandIn(
        "people, what they write and what they mean",
        "comments made of a seed (images/sentiment-training, sentiment/generated.py), with the label that"
        " they were made for; threads that ask about them and tell the label",
        "real comments are not here, and another run is to have the same",
    ),
    StandIn(
        "Seldon's request logger, and who makes predictions of its CloudEvents",
        "the proxy, which writes each answered request to the topic that images/evaluation reads",
        "the logger is a part of Seldon's executor",
    ),
    StandIn(
        "other controllers",
        "small ones (tests/cluster/stand_ins.py) that do to objects what the real ones would: "
        + ", ".join(each.name for each in CONTROLLERS),
        "their programs are in images, which cannot be fetched here",
    ),
    StandIn(
        "prometheus-operator",
        "a program (story/monitoring.py) that writes Prometheus' configuration whenever the cluster's"
        " PodMonitors, PrometheusRules or AlertmanagerConfigs change; durations are a sixtieth",
        "what takes hours in production has to pass in minutes",
    ),
    StandIn(
        "Argo Workflows and Kubeflow Pipelines",
        "the same code, parameters and command lines, read from the objects in the cluster and run in"
        " the same order; on time is every ten seconds instead of every hour",
        _NO_CONTAINERS,
    ),
    StandIn(
        "the pods of Argo Events",
        "Argo Events' own filters and templates in a program of their own, without the bus between"
        " them; the workflow is created as the Sensor's ServiceAccount",
        _NO_CONTAINERS,
    ),
    StandIn("Strimzi", "topics made by Kafka's own client as the KafkaTopics say", _NO_CONTAINERS),
    StandIn(
        "Knative's KafkaSource",
        "a consumer that sends each record as a CloudEvent and commits once it was taken",
        _NO_CONTAINERS,
    ),
    StandIn(
        "GitLab",
        "a bare repository, and a server that takes merge requests; a merge is git's",
        "a GitLab needs more than this machine has",
    ),
    StandIn(
        "S3",
        "moto's server",
        "a package that answers what MLflow and MLServer ask of an object store",
    ),
    StandIn(
        "the whole of Kubeflow, Elasticsearch, Jaeger and Grafana",
        "the parts of Kubeflow that the story's objects need the kinds of; Pipelines and Knative in"
        " production alone",
        "three clusters share two cores",
    ),
)
"""Everything that is smaller than the real thing, and why."""


def versions() -> dict[str, str]:
    """The version of each program that takes part."""
    return {
        "Kubernetes": KUBERNETES.removeprefix("v"),
        "etcd": _module(CLUSTER / "etcd", "go.etcd.io/etcd/server/v3"),
        "Argo CD": _module(CLUSTER / "argocd", "github.com/argoproj/argo-cd/v3"),
        "cert-manager": _module(CLUSTER / "cert-manager", "github.com/cert-manager/cert-manager"),
        "Kubeflow": RELEASE,
        "Kafka": _found(POM, r"<version>(\d+\.\d+\.\d+)"),
        "Postgres": _said(database.program("postgres"), "--version"),
        "MLflow": _found(REGISTRY, r"^mlflow==(\S+)"),
        "MLServer": _found(SERVER, r"^mlserver==(\S+)"),
        "Prometheus": _said(prometheus(), "--version"),
        "Alertmanager": _module(_TOOLS / "alertmanager", "github.com/prometheus/alertmanager"),
        "Pushgateway": _module(_TOOLS / "pushgateway", "github.com/prometheus/pushgateway"),
        "Argo Events": _module(_TOOLS / "argo-events", "github.com/argoproj/argo-events"),
    }


_TOOLS = ROOT / "tests/tools"


def _module(folder: Path, module: str) -> str:
    return _found(folder / "go.mod", rf"^\s*(?:require )?{re.escape(module)} v(\S+)")


def _found(file: Path, pattern: str) -> str:
    found = re.search(pattern, file.read_text(), re.MULTILINE)
    assert found, f"{file}: nothing like {pattern}"
    return found[1]


def _said(program: Path | str, argument: str) -> str:
    done = subprocess.run([program, argument], check=True, capture_output=True, text=True)
    found = re.search(r"\d+(\.\d+)+", done.stdout)
    assert found, f"{program} {argument}: no version"
    return found[0]
