"""What decides about the number of a predictor's pods: a HorizontalPodAutoscaler, or KEDA.

Source: SeldonIO/seldon-core operator/apis/machinelearning.seldon.io/v1/seldondeployment_types.go,
1.17.1, whose metricsv2 is that of autoscaling/v2; kedacore/keda apis/keda/v1alpha1.
"""

from __future__ import annotations

from synth.config.serving import Autoscaling, Keda, Model, Trigger
from synth.kit.durations import seconds
from synth.kit.objects import Body
from synth.kit.quantities import percent

USUAL_CPU = "70%"


def scaling(model: Model) -> Body:
    """The part of a componentSpec; empty where the number of pods stands still."""
    autoscaling = model.autoscaling
    if not autoscaling:
        return {}
    if autoscaling.keda:
        return {"kedaSpec": _keda(autoscaling, autoscaling.keda)}
    return {"hpaSpec": _hpa(autoscaling)}


def _hpa(autoscaling: Autoscaling) -> Body:
    cpu, memory = autoscaling.cpu, autoscaling.memory
    if not (cpu or memory):
        cpu = USUAL_CPU
    return {
        "minReplicas": autoscaling.min_replicas,
        "maxReplicas": autoscaling.max_replicas,
        "metricsv2": [
            _use(resource, share) for resource, share in (("cpu", cpu), ("memory", memory)) if share
        ],
    }


def _use(resource: str, share: str) -> Body:
    target = {"type": "Utilization", "averageUtilization": int(percent(share) * 100)}
    return {"type": "Resource", "resource": {"name": resource, "target": target}}


def _keda(autoscaling: Autoscaling, keda: Keda) -> Body:
    return {
        "pollingInterval": seconds(keda.polling_interval),
        "cooldownPeriod": seconds(keda.cooldown),
        "minReplicaCount": autoscaling.min_replicas,
        "maxReplicaCount": autoscaling.max_replicas,
        "triggers": [_trigger(trigger) for trigger in keda.triggers],
    }


def _trigger(trigger: Trigger) -> Body:
    body: Body = {"type": trigger.type, "metadata": trigger.metadata}
    if trigger.authentication:
        body["authenticationRef"] = {"name": trigger.authentication}
    return body
