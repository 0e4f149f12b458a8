"""A model as an InferenceService, which KServe serves through Knative.

Source of fields and rules: kserve/kserve pkg/apis/serving/v1beta1 and pkg/controller/v1beta1/
inferenceservice, 0.11.2 to 0.16.0.

**The canary.** KServe keeps one spec and remembers the revision that last had all of the traffic.
The last of two variants is the candidate: the spec is its alone, with its traffic as
canaryTrafficPercent. The first is the stable one and is not written: it is the remembered revision
(reconcilers/knative/ksvc_reconciler.go, inference_service_status.go). So, on a cluster:

- A new candidate starts beside the stable revision and gets its share once it is ready.
- More or less of the traffic changes the split and nothing else: the pods stay.
- Without the stable variant the candidate has all of the traffic. Its pods stay, since nothing in
  them says what the variant is called, and it is what KServe remembers from then on.
- To roll back, give the candidate traffic 0 and leave it there until the next one takes its place.
  Taking it out instead makes a new revision of the stable spec, and until that is ready Knative
  sends everything to the latest one that is: the candidate (knative/serving pkg/reconciler/route/
  traffic/traffic.go, 0.44.0).
- A cluster that never served the model has nothing to remember: the candidate gets everything.
- Whatever else changes in the meantime, changes for the candidate alone; a transformer, which has
  no canary, changes at once.

The mode is left to the install, and is Knative in every release. From 0.15 on KServe refuses an
annotation deploymentMode that is not what it wrote into the status, and 0.16 writes Knative for
what was Serverless: an upgrade could not sync with either
(pkg/apis/serving/v1beta1/inference_service_validation.go).
"""

from __future__ import annotations

from constructs import Construct

from synth.catalog.serving import INGRESS_GATEWAY
from synth.config.serving import Model, Variant
from synth.domains.serving.kserve_servers import Mirror, custom_server, model_server, transformer
from synth.domains.serving.provenance import provenance
from synth.kit.construct import Manifests
from synth.kit.objects import Body, manifest

CALLERS = (
    INGRESS_GATEWAY,
    "cluster.local/ns/istio-system/sa/cluster-local-gateway-service-account",
    "cluster.local/ns/knative-serving/sa/activator",
    "cluster.local/ns/knative-serving/sa/controller",
)
"""Who sends requests and probes to a Knative pod: both gateways, the activator and the autoscaler,
which runs as `controller`, as the activator does in Kubeflow 1.8 (kubeflow/manifests common/istio*,
common/knative/knative-serving/base/upstream/serving-core.yaml)."""


class KServeModel(Manifests):
    """The InferenceService of a model and what lets requests reach it, in the team's namespace.

    `kserve` is the version of KServe; `mirror` says what an image is called where this environment
    pulls it from.
    """

    def __init__(self, scope: Construct, model: Model, *, kserve: str, mirror: Mirror) -> None:
        super().__init__(
            scope,
            f"{model.team}.{model.name}",
            [_inference_service(model, kserve, mirror), _policy(model)],
            key=f"models.{model.name}",
        )


def _inference_service(model: Model, kserve: str, mirror: Mirror) -> Body:
    served = model.variants[-1]
    spec = {"predictor": _predictor(model, served, kserve, mirror)}
    if model.graph and not model.graph.is_variant:
        spec["transformer"] = {
            **_pods(model, served),
            "containers": [transformer(model.graph, mirror)],
        }
    return manifest(
        "serving.kserve.io/v1beta1", "InferenceService", model.name, namespace=model.team, spec=spec
    )


def _predictor(model: Model, served: Variant, kserve: str, mirror: Mirror) -> Body:
    predictor: Body = {"annotations": provenance(model, served), **_pods(model, served)}
    if len(model.variants) > 1:
        predictor["canaryTrafficPercent"] = served.traffic
    if model.request_log:
        predictor["logger"] = model.request_log.model_dump()
    if model.server.format == "custom":
        predictor["containers"] = [custom_server(model, served, mirror)]
    else:
        predictor["model"] = model_server(model, served, kserve, mirror)
    return predictor


def _pods(model: Model, served: Variant) -> Body:
    """How many pods, as whom and where they run."""
    if model.autoscaling:
        least, most = model.autoscaling.min_replicas, model.autoscaling.max_replicas
    else:
        least = most = model.replicas if served.replicas is None else served.replicas
    pods: Body = {"minReplicas": least, "maxReplicas": most}
    if model.service_account:
        pods["serviceAccountName"] = model.service_account
    if model.node_selector:
        pods["nodeSelector"] = dict(model.node_selector)
    if model.tolerations:
        pods["tolerations"] = [toleration.manifest() for toleration in model.tolerations]
    return pods


def _policy(model: Model) -> Body:
    """Requests through Knative; Kubeflow's own policies admit only the Profile's owner and the
    team's namespace.
    """
    return manifest(
        "security.istio.io/v1beta1",
        "AuthorizationPolicy",
        f"{model.name}-knative",
        namespace=model.team,
        spec={
            "action": "ALLOW",
            "selector": {"matchLabels": {"serving.kserve.io/inferenceservice": model.name}},
            "rules": [{"from": [{"source": {"principals": list(CALLERS)}}]}],
        },
    )
