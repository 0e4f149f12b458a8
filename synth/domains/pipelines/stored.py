"""A pipeline as objects, for an API server that keeps pipelines in Kubernetes.

A PipelineVersion never changes: another content is another object. Its webhook wants the Pipeline
to be there.

Source: kubeflow/pipelines backend/src/crd/kubernetes/v2beta1,
backend/src/apiserver/webhook/pipelineversion_webhook.go at 2.16.0.
"""

from __future__ import annotations

from typing import Any

from constructs import Construct

from synth.config.pipelines import Pipeline
from synth.kit.construct import Manifests
from synth.kit.objects import Body, manifest

_API = "pipelines.kubeflow.org/v2beta1"
_WAVE = "argocd.argoproj.io/sync-wave"


class StoredPipeline(Manifests):
    """The Pipeline and, a wave later, its version called `version`, in the team's namespace, both
    with `description`; `spec` and `platform` are what the source was compiled to.
    """

    def __init__(
        self,
        scope: Construct,
        pipeline: Pipeline,
        *,
        version: str,
        description: str,
        spec: Body,
        platform: Body | None,
    ) -> None:
        described = {"description": description} if description else {}
        content: dict[str, Any] = {"pipelineSpec": spec}
        if platform:
            content["platformSpec"] = platform
        super().__init__(
            scope,
            f"{pipeline.team}.{pipeline.name}",
            [
                manifest(
                    _API,
                    "Pipeline",
                    pipeline.name,
                    namespace=pipeline.team,
                    annotations={_WAVE: "0"},
                    spec={"displayName": pipeline.name, **described},
                ),
                manifest(
                    _API,
                    "PipelineVersion",
                    version,
                    namespace=pipeline.team,
                    annotations={_WAVE: "1"},
                    spec={
                        "pipelineName": pipeline.name,
                        "displayName": version,
                        **described,
                        **content,
                    },
                ),
            ],
            key=f"pipelines.{pipeline.name}",
        )
