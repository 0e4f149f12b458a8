"""By which Secrets the images of a namespace's pods are pulled.

A pod that names none gets those of its ServiceAccount (kubernetes
plugin/pkg/admission/serviceaccount). Where that is not ours, the pod names them: fields of
SeldonIO/seldon-core operator/apis/machinelearning.seldon.io/v1, 1.17.1, kserve/kserve
pkg/apis/serving/v1beta1 (PodSpec), 0.11.2 to 0.16.0, and argoproj/argo-events
pkg/apis/events/v1alpha1/jetstream_eventbus.go, 1.9.10.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy

from synth.kit.objects import Body

_FIELD = "imagePullSecrets"


def with_pull_secrets(body: Body, secrets: Mapping[str, Iterable[str]]) -> Body:
    """The object, whose pods pull images by their namespace's `secrets`; others come back as given.

    A pod of a model with a ServiceAccount of its own keeps to what that has.
    """
    names = [{"name": name} for name in secrets.get(body["metadata"].get("namespace", ""), ())]
    if not names:
        return body
    if body["kind"] == "ServiceAccount":
        return {**body, _FIELD: names}
    changed = deepcopy(body)
    for pod in _pods(changed):
        if "serviceAccountName" not in pod:
            pod[_FIELD] = names
    return changed


def _pods(body: Body) -> Iterator[Body]:
    """What an object says of pods that no ServiceAccount of ours runs."""
    spec = body.get("spec") or {}
    match body["kind"]:
        case "SeldonDeployment":
            for predictor in spec["predictors"]:
                yield from (each["spec"] for each in predictor["componentSpecs"])
        case "InferenceService":
            yield from (spec[part] for part in ("predictor", "transformer") if part in spec)
        case "EventBus":
            yield spec["jetstream"]
