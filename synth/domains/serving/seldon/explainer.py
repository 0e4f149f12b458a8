"""What explains a variant's answers.

Source: SeldonIO/seldon-core operator/controllers/seldondeployment_explainers.go, 1.17.1.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from synth.catalog.serving import explainer_name, seldon_protocol
from synth.config.serving import Explainer, Model, Variant
from synth.domains.serving.parameters import text
from synth.kit.objects import Body


def explainer(
    model: Model, variant: Variant, wanted: Explainer, mirror: Callable[[str], str]
) -> Body:
    """An explainer's part of a predictor."""
    body: Body = {"type": wanted.type, "replicas": wanted.replicas}
    if wanted.artifact:
        body["modelUri"] = wanted.artifact
        if model.storage_secret:
            body["envSecretRefName"] = model.storage_secret
    if model.service_account:
        body["serviceAccountName"] = model.service_account
    return {
        **body,
        "containerSpec": _container(model, variant, wanted, mirror),
        **_parameters(model, wanted),
    }


def _container(
    model: Model, variant: Variant, wanted: Explainer, mirror: Callable[[str], str]
) -> Body:
    # The operator's own name of it, which clients see as the model's name in paths of v2.
    body: Body = {"name": explainer_name(model.name, variant.name)}
    if wanted.image:
        body["image"] = mirror(wanted.image)
    resources = wanted.resources.model_dump(exclude_defaults=True)
    if resources:
        body["resources"] = resources
    return body


def _parameters(model: Model, wanted: Explainer) -> Body:
    """MLServer is told them as JSON, alibiexplainer, which speaks all but v2, as arguments."""
    if not wanted.parameters:
        return {}
    if seldon_protocol(model.server.format, model.server.protocol) == "v2":
        return {"initParameters": json.dumps(wanted.parameters, separators=(",", ":"))}
    return {"config": {name: text(value) for name, value in wanted.parameters.items()}}
