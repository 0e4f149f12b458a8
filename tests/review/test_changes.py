"""What a change is said to mean, and what it is said to risk: every sentence whole."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from synth.kit.objects import Body
from tests.review.bodies import (
    ACCOUNT,
    ADMIN,
    ALLOW,
    APPLICATION,
    BINDING,
    BUDGET,
    CANARY,
    CLAIM,
    CONFIG,
    CRD,
    CRON,
    DEPLOYMENT,
    HOOK,
    INITS,
    JOB,
    KSERVE,
    NAMESPACE,
    PEER,
    POLICY,
    QUOTA,
    ROLE,
    RULES,
    SECRET,
    SERVICE,
    SOURCE,
    STATEFUL,
    TOPIC,
    WEB,
    model,
    predictor,
    put,
)
from tests.review.sides import dangers, lines, side


class Case(NamedTuple):
    """Objects before and after; what is said of the way, and the risks with their ways out."""

    name: str
    before: list[Body]
    after: list[Body]
    lines: list[str]
    dangers: list[str]


CASES = (
    Case(
        "a weight",
        [CANARY],
        [model(predictor("stable", 7, 75), predictor("canary", 8, 25))],
        ["sentiment in prod: canary 10 % → 25 %"],
        [
            "DF020 sentiment: version 8 gets 25 % of the traffic, and no alert watches this model; give models.sentiment objectives, and the environment observability"
        ],
    ),
    Case(
        "the canary takes over",
        [CANARY],
        [model(predictor("stable", 8, 100))],
        [
            "sentiment in prod: variant canary of version 8 goes",
            "sentiment in prod: stable version 7 → 8",
            "sentiment in prod: stable 90 % → 100 %",
        ],
        [
            "DF020 sentiment: version 8 gets 100 % of the traffic, and no alert watches this model; give models.sentiment objectives, and the environment observability"
        ],
    ),
    Case(
        "another version at once",
        [model(predictor("stable", 7, 100))],
        [model(predictor("stable", 8, 100))],
        ["sentiment in prod: stable version 7 → 8"],
        [
            "DF020 sentiment: version 8 gets 100 % of the traffic, and no alert watches this model; give models.sentiment objectives, and the environment observability"
        ],
    ),
    Case(
        "a canary comes in",
        [model(predictor("stable", 7, 100))],
        [CANARY],
        [
            "sentiment in prod: variant canary of version 8 comes in with 10 %",
            "sentiment in prod: stable 100 % → 90 %",
        ],
        [
            "DF020 sentiment: version 8 gets 10 % of the traffic, and no alert watches this model; give models.sentiment objectives, and the environment observability"
        ],
    ),
    Case(
        "a renamed model",
        [CANARY],
        [put(CANARY, "mood", "metadata", "name")],
        ["sentiment in prod: is renamed to mood"],
        [
            "DF023 sentiment: its address changes to that of mood, and the old one answers no more; serve both until every client asks the new one"
        ],
    ),
    Case(
        "an image",
        [DEPLOYMENT],
        [put(DEPLOYMENT, "registry.example.com/web:v1.3", *WEB, "image")],
        ["Deployment nlp/web in prod: image registry.example.com/web v1.2 → v1.3"],
        [],
    ),
    Case(
        "an image from elsewhere",
        [DEPLOYMENT],
        [put(DEPLOYMENT, "evil.example.org/web:v1.2", *WEB, "image")],
        [
            "Deployment nlp/web in prod: image registry.example.com/web:v1.2 → evil.example.org/web:v1.2"
        ],
        [
            "DF031 Deployment nlp/web: evil.example.org/web:v1.2 comes from evil.example.org, from where prod has no image yet; see that its nodes reach it, and that it is meant to be trusted"
        ],
    ),
    Case(
        "a request",
        [DEPLOYMENT],
        [put(DEPLOYMENT, "2Gi", *WEB, "resources", "requests", "memory")],
        ["Deployment nlp/web in prod: requests of web: memory 1024Mi → 2Gi"],
        [],
    ),
    Case(
        "limits that were not there",
        [DEPLOYMENT],
        [put(DEPLOYMENT, {"memory": "2Gi"}, *WEB, "resources", "limits")],
        ["Deployment nlp/web in prod: web: resources.limits is new: {memory: 2Gi}"],
        [],
    ),
    Case(
        "arguments in another order",
        [DEPLOYMENT],
        [put(DEPLOYMENT, ["--two", "--one"], *WEB, "args")],
        ["Deployment nlp/web in prod: web: args [--one, --two] → [--two, --one]"],
        [],
    ),
    Case(
        "another argument",
        [DEPLOYMENT],
        [put(DEPLOYMENT, ["--one", "--three"], *WEB, "args")],
        ["Deployment nlp/web in prod: web: args + --three − --two"],
        [],
    ),
    Case(
        "an environment variable",
        [DEPLOYMENT],
        [put(DEPLOYMENT, "3", *WEB, "env", "A", "value")],
        ["Deployment nlp/web in prod: environment variable A 1 → 3"],
        [],
    ),
    Case(
        "one variable for another",
        [DEPLOYMENT],
        [put(DEPLOYMENT, [{"name": "A", "value": "1"}, {"name": "C", "value": "2"}], *WEB, "env")],
        [
            "Deployment nlp/web in prod: environment variable B goes",
            "Deployment nlp/web in prod: environment variable C is new",
        ],
        [],
    ),
    Case(
        "no replicas",
        [DEPLOYMENT],
        [put(DEPLOYMENT, 0, "spec", "replicas")],
        ["Deployment nlp/web in prod: replicas 2 → 0"],
        ["DF032 Deployment nlp/web: it has no pod any more; see that nobody needs it"],
    ),
    Case(
        "a selector",
        [DEPLOYMENT],
        [put(DEPLOYMENT, "x", "spec", "selector", "matchLabels", "app")],
        ["Deployment nlp/web in prod: selector.matchLabels.app web → x"],
        [
            "DF001 Deployment nlp/web: spec.selector cannot be changed in place, and the sync would fail; delete it without its pods once the change is merged (`kubectl delete deployment.apps web -n nlp --cascade=orphan`); its old pods carry labels that the new one does not know, and have to be deleted by hand"
        ],
    ),
    Case(
        "pods may run as root",
        [DEPLOYMENT],
        [put(DEPLOYMENT, False, *WEB, "securityContext", "runAsNonRoot")],
        ["Deployment nlp/web in prod: web: securityContext.runAsNonRoot true → false"],
        [
            "DF013 Deployment nlp/web: runAsNonRoot true → false; take it back unless the program cannot do without"
        ],
    ),
    Case(
        "a Secret that nothing makes",
        [DEPLOYMENT],
        [put(DEPLOYMENT, [{"secretRef": {"name": "x"}}], *WEB, "envFrom")],
        ["Deployment nlp/web in prod: web: envFrom is new: [{secretRef: {name: x}}]"],
        [
            "DF030 Deployment nlp/web: it needs the Secret x, which nothing in git makes; see that nlp has it before this is merged"
        ],
    ),
    Case(
        "a quota",
        [QUOTA],
        [put(QUOTA, "96Gi", "spec", "resourceQuotaSpec", "hard", "memory")],
        ["quota of nlp in prod: memory 64Gi → 96Gi"],
        [],
    ),
    Case(
        "a quota of something else",
        [QUOTA],
        [put(QUOTA, "2", "spec", "resourceQuotaSpec", "hard", "requests.nvidia.com/gpu")],
        ["quota of nlp in prod: requests.nvidia.com/gpu none → 2"],
        [],
    ),
    Case(
        "the owner of a team",
        [QUOTA],
        [put(QUOTA, "b@example.com", "spec", "owner", "name")],
        ["team nlp in prod: owner lead@example.com → b@example.com"],
        [],
    ),
    Case(
        "a deleted team",
        [QUOTA],
        [],
        ["team nlp in prod: goes"],
        [
            "DF002 team nlp: it holds data; Argo CD leaves it in the cluster, and nobody looks after it any more; save what is needed, then delete it by hand: `kubectl delete profile.kubeflow.org nlp`"
        ],
    ),
    Case(
        "a verb",
        [ROLE],
        [put(ROLE, ["get", "list", "delete"], "rules", "0", "verbs")],
        ["Role nlp/reader in prod: may now delete pods"],
        ["DF011 Role nlp/reader: may delete pods; see that whoever has this role needs it"],
    ),
    Case(
        "every verb",
        [ROLE],
        [put(ROLE, ["*"], "rules", "0", "verbs")],
        ["Role nlp/reader in prod: may now * pods"],
        ["DF010 Role nlp/reader: may * pods; name the resources and verbs that it needs"],
    ),
    Case(
        "somebody else gets a role",
        [BINDING],
        [
            put(
                BINDING,
                [
                    {"kind": "ServiceAccount", "name": "web", "namespace": "nlp"},
                    {"kind": "User", "name": "eve"},
                ],
                "subjects",
            )
        ],
        ["RoleBinding nlp/readers in prod: User eve gets reader"],
        ["DF011 RoleBinding nlp/readers: User eve may do what reader may; see that they need it"],
    ),
    Case(
        "another role",
        [BINDING],
        [put(BINDING, "writer", "roleRef", "name")],
        ["RoleBinding nlp/readers in prod: roleRef.name reader → writer"],
        [
            "DF001 RoleBinding nlp/readers: roleRef cannot be changed in place, and the sync would fail; delete it once the change is merged, Argo CD makes it anew: `kubectl delete rolebinding.rbac.authorization.k8s.io readers -n nlp`"
        ],
    ),
    Case(
        "a schedule",
        [CRON],
        [put(CRON, "*/10 * * * *", "spec", "schedule")],
        ["training in prod: schedule hourly → every 10 minutes"],
        [],
    ),
    Case(
        "a suspended schedule",
        [CRON],
        [put(CRON, True, "spec", "suspend")],
        ["training in prod: is suspended"],
        ["DF032 training: it is started no more; see that nobody waits for its results"],
    ),
    Case(
        "a threshold",
        [RULES],
        [
            put(
                RULES,
                'latency{model="sentiment"} > 0.8',
                "spec",
                "groups",
                "nlp.sentiment",
                "rules",
                "Slow",
                "expr",
            )
        ],
        ["alerts of sentiment in prod: alert Slow: threshold > 0.5 → > 0.8"],
        [],
    ),
    Case(
        "a policy goes",
        [POLICY, ACCOUNT],
        [ACCOUNT],
        ["NetworkPolicy nlp/web in prod: goes"],
        [
            "DF012 NetworkPolicy nlp/web: without this NetworkPolicy more may connect; see that whoever may connect now is meant to"
        ],
    ),
    Case(
        "a policy lets everybody in",
        [POLICY],
        [put(POLICY, [{}], "spec", "ingress")],
        ["NetworkPolicy nlp/web in prod: ingress.0.from goes"],
        [
            "DF012 NetworkPolicy nlp/web: more may connect than before; see that whoever may connect now is meant to"
        ],
    ),
    Case(
        "a version of a CRD is not served",
        [CRD],
        [put(CRD, False, "spec", "versions", "v1beta1", "served")],
        ["CRD widgets.example.com in prod: version v1beta1 is no longer served"],
        [
            "DF004 CRD widgets.example.com: v1beta1 is served no longer: objects and clients that use it fail; carry them over to a version that stays, and the stored ones too (status.storedVersions), before this is merged"
        ],
    ),
    Case(
        "a CRD goes",
        [CRD],
        [],
        ["CRD widgets.example.com in prod: goes"],
        [
            "DF003 CRD widgets.example.com: with a CRD the API server deletes every object of its kind; see that nobody has such objects, then delete it by hand: Argo CD leaves it"
        ],
    ),
    Case(
        "the schema of a CRD",
        [CRD],
        [put(CRD, {"type": "object"}, "spec", "versions", "v1", "schema", "openAPIV3Schema")],
        ["CRD widgets.example.com in prod: version v1 differs in 1 place"],
        [],
    ),
    Case(
        "a cluster IP",
        [SERVICE],
        [put(SERVICE, "None", "spec", "clusterIP")],
        ["Service nlp/web in prod: clusterIP 10.0.0.1 → None"],
        [
            "DF001 Service nlp/web: spec.clusterIP cannot be changed in place, and the sync would fail; delete it once the change is merged, Argo CD makes it anew: `kubectl delete service web -n nlp`"
        ],
    ),
    Case(
        "a load balancer",
        [SERVICE],
        [put(SERVICE, "LoadBalancer", "spec", "type")],
        ["Service nlp/web in prod: type none → LoadBalancer"],
        [
            "DF012 Service nlp/web: it is reached from outside the cluster (LoadBalancer); see that whoever may connect now is meant to"
        ],
    ),
    Case(
        "a smaller volume",
        [CLAIM],
        [put(CLAIM, "5Gi", "spec", "resources", "requests", "storage")],
        ["PersistentVolumeClaim nlp/data in prod: resources.requests.storage 10Gi → 5Gi"],
        [
            "DF001 PersistentVolumeClaim nlp/data: spec.resources.requests.storage cannot be changed in place, and the sync would fail; leave it as it is and make another one under another name, then move the data over"
        ],
    ),
    Case(
        "a larger volume",
        [CLAIM],
        [put(CLAIM, "50Gi", "spec", "resources", "requests", "storage")],
        ["PersistentVolumeClaim nlp/data in prod: resources.requests.storage 10Gi → 50Gi"],
        [],
    ),
    Case(
        "another storage class",
        [CLAIM],
        [put(CLAIM, "b", "spec", "storageClassName")],
        ["PersistentVolumeClaim nlp/data in prod: storageClassName a → b"],
        [
            "DF001 PersistentVolumeClaim nlp/data: spec.storageClassName cannot be changed in place, and the sync would fail; leave it as it is and make another one under another name, then move the data over"
        ],
    ),
    Case(
        "the service of a StatefulSet",
        [STATEFUL],
        [put(STATEFUL, "x", "spec", "serviceName")],
        ["StatefulSet nlp/db in prod: serviceName db → x"],
        [
            "DF001 StatefulSet nlp/db: spec.serviceName cannot be changed in place, and the sync would fail; delete it without its pods once the change is merged, Argo CD makes it anew and takes them over: `kubectl delete statefulset.apps db -n nlp --cascade=orphan`"
        ],
    ),
    Case(
        "a StatefulSet goes",
        [STATEFUL],
        [],
        ["StatefulSet nlp/db in prod: goes"],
        [
            "DF002 StatefulSet nlp/db: Argo CD deletes it; the volumes that it claimed stay, unless it says otherwise; save what is needed before this is merged"
        ],
    ),
    Case(
        "a lower Pod Security",
        [NAMESPACE],
        [put(NAMESPACE, "baseline", "metadata", "labels", "pod-security.kubernetes.io/enforce")],
        ["Namespace nlp in prod: label pod-security.kubernetes.io/enforce restricted → baseline"],
        [
            "DF013 Namespace nlp: Pod Security restricted → baseline; keep the level, and give the pods that need more a namespace of their own"
        ],
    ),
    Case(
        "a document",
        [CONFIG],
        [put(CONFIG, "one\n2\nthree\nfour\n", "data", "a.conf")],
        ["ConfigMap nlp/web in prod: a.conf 2 lines come, 1 goes"],
        [],
    ),
    Case(
        "a value that nobody may read",
        [SECRET],
        [put(SECRET, "bbbb", "data", "password")],
        ["Secret nlp/web in prod: password is another"],
        [],
    ),
    Case(
        "a disruption budget goes",
        [BUDGET],
        [],
        ["PodDisruptionBudget nlp/web in prod: goes"],
        [
            "DF033 PodDisruptionBudget nlp/web: a drain of nodes may stop all pods at once; keep it where anybody waits"
        ],
    ),
    Case(
        "a lower disruption budget",
        [BUDGET],
        [put(BUDGET, 0, "spec", "minAvailable")],
        ["PodDisruptionBudget nlp/web in prod: minAvailable 1 → 0"],
        [
            "DF033 PodDisruptionBudget nlp/web: the budget changes: minAvailable 1 → 0; see that enough pods stay"
        ],
    ),
    Case(
        "more partitions",
        [TOPIC],
        [put(TOPIC, 12, "spec", "partitions")],
        ["topic comments in prod: partitions 6 → 12"],
        [],
    ),
    Case(
        "fewer partitions",
        [TOPIC],
        [put(TOPIC, 3, "spec", "partitions")],
        ["topic comments in prod: partitions 6 → 3"],
        [
            "DF001 topic comments: spec.partitions cannot be changed in place, and the sync would fail; take it back, or make another object under another name"
        ],
    ),
    Case(
        "a retention",
        [TOPIC],
        [put(TOPIC, 86400000, "spec", "config", "retention.ms")],
        ["topic comments in prod: retention 7d → 1d"],
        [],
    ),
    Case(
        "a service account that is used",
        [ACCOUNT, DEPLOYMENT],
        [DEPLOYMENT],
        ["ServiceAccount nlp/web in prod: goes"],
        [
            "DF005 ServiceAccount nlp/web: ServiceAccount web is used by Deployment web; keep it, or have them use another first"
        ],
    ),
    Case(
        "a consumer group",
        [SOURCE],
        [put(SOURCE, "b", "spec", "consumerGroup")],
        ["source comments in prod: consumerGroup a → b"],
        [
            "DF001 source comments: spec.consumerGroup cannot be changed in place, and the sync would fail; delete it once the change is merged, Argo CD makes it anew: `kubectl delete kafkasource.sources.knative.dev comments -n nlp`"
        ],
    ),
    Case(
        "another cluster",
        [APPLICATION],
        [put(APPLICATION, "https://b", "spec", "destination", "server")],
        ["application models in prod: destination.server https://a → https://b"],
        [
            "DF007 application models: server https://a → https://b; what runs now stays where it is: move its data, then delete it by hand"
        ],
    ),
    Case(
        "another chart version",
        [APPLICATION],
        [put(APPLICATION, "1.1", "spec", "source", "targetRevision")],
        ["application models in prod: revision 1.0 → 1.1"],
        [],
    ),
    Case(
        "the image of a job",
        [JOB],
        [put(JOB, "r.io/a:2", "spec", "template", "spec", "containers", "a", "image")],
        ["Job nlp/once in prod: image r.io/a 1 → 2"],
        [
            "DF001 Job nlp/once: spec.template cannot be changed in place, and the sync would fail; delete it once the change is merged, Argo CD makes it anew: `kubectl delete job.batch once -n nlp`"
        ],
    ),
    Case(
        "another API version",
        [TOPIC],
        [put(TOPIC, "kafka.strimzi.io/v1", "apiVersion")],
        ["topic comments in prod: API version kafka.strimzi.io/v1beta2 → kafka.strimzi.io/v1"],
        [],
    ),
    Case("a Deployment goes", [DEPLOYMENT], [], ["Deployment nlp/web in prod: goes"], []),
    Case("a new schedule", [], [CRON], ["training in prod: comes: hourly"], []),
    Case(
        "a new model",
        [],
        [CANARY],
        ["sentiment in prod: comes: stable at 90 %, canary at 10 %"],
        [
            "DF030 sentiment: it needs the Secret artifacts, which nothing in git makes; see that nlp has it before this is merged"
        ],
    ),
    Case("shuffled keys", [DEPLOYMENT], [dict(reversed(DEPLOYMENT.items()))], [], []),
    Case(
        "entries of lists in another order",
        [DEPLOYMENT],
        [
            put(
                put(
                    DEPLOYMENT,
                    list(reversed(DEPLOYMENT["spec"]["template"]["spec"]["containers"][0]["env"])),
                    *WEB,
                    "env",
                ),
                list(reversed(DEPLOYMENT["spec"]["template"]["spec"]["containers"][0]["ports"])),
                *WEB,
                "ports",
            )
        ],
        [],
        [],
    ),
    Case(
        "the same quantity",
        [DEPLOYMENT],
        [
            put(
                put(DEPLOYMENT, "1Gi", *WEB, "resources", "requests", "memory"),
                0.5,
                *WEB,
                "resources",
                "requests",
                "cpu",
            )
        ],
        [],
        [],
    ),
    Case(
        "the same verbs in another order",
        [ROLE],
        [put(ROLE, ["list", "get"], "rules", "0", "verbs")],
        [],
        [],
    ),
    Case("null is nothing", [DEPLOYMENT], [put(DEPLOYMENT, None, "spec", "paused")], [], []),
    Case(
        "a hook may be another",
        [HOOK],
        [put(HOOK, "r.io/a:2", "spec", "template", "spec", "containers", "a", "image")],
        ["Job nlp/once in prod: image r.io/a 1 → 2"],
        [],
    ),
    Case(
        "a shadow comes in",
        [CANARY],
        [
            model(
                predictor("stable", 7, 90),
                predictor("canary", 8, 10),
                {**predictor("next", 9, 0), "shadow": True},
            )
        ],
        ["sentiment in prod: variant next of version 9 comes in as a shadow"],
        [],
    ),
    Case(
        "an artifact under the same version",
        [CANARY],
        [put(CANARY, "s3://elsewhere", "spec", "predictors", "stable", "graph", "modelUri")],
        ["sentiment in prod: artifact of stable s3://m/7 → s3://elsewhere"],
        [],
    ),
    Case(
        "a canary of KServe",
        [KSERVE],
        [put(KSERVE, 50, "spec", "predictor", "canaryTrafficPercent")],
        ["sentiment in prod: canary 10 % → 50 %"],
        [
            "DF020 sentiment: the canary gets 50 % of the traffic, and no alert watches this model; give models.sentiment objectives, and the environment observability"
        ],
    ),
    Case(
        "an alert goes",
        [RULES],
        [
            put(
                RULES,
                RULES["spec"]["groups"][0]["rules"][:1],
                "spec",
                "groups",
                "nlp.sentiment",
                "rules",
            )
        ],
        ["alerts of sentiment in prod: alert Failing goes"],
        [],
    ),
    Case(
        "init containers in another order",
        [INITS],
        [put(INITS, list(reversed(INITS["spec"]["initContainers"])), "spec", "initContainers")],
        ["Pod nlp/web in prod: order of initContainers [a, b] → [b, a]"],
        [],
    ),
    Case(
        "cluster-admin",
        [],
        [ADMIN],
        ["ClusterRoleBinding everything in prod: comes: User eve gets cluster-admin"],
        [
            "DF010 ClusterRoleBinding everything: User eve may do everything in the cluster; give a role that names what is needed"
        ],
    ),
    Case(
        "plain text between services",
        [PEER],
        [put(PEER, "PERMISSIVE", "spec", "mtls", "mode")],
        ["PeerAuthentication nlp/default in prod: mtls.mode STRICT → PERMISSIVE"],
        [
            "DF012 PeerAuthentication nlp/default: clients outside the mesh may connect in the clear (PERMISSIVE); see that whoever may connect now is meant to"
        ],
    ),
    Case(
        "an alert policy",
        [ALLOW],
        [
            put(
                ALLOW,
                ALLOW["spec"]["rules"] + [{"to": [{"operation": {"paths": ["/*"]}}]}],
                "spec",
                "rules",
            )
        ],
        ["AuthorizationPolicy nlp/web in prod: rules.1 is new: {to: [{operation: {paths: [/*]}}]}"],
        [
            "DF012 AuthorizationPolicy nlp/web: more requests are allowed than before; see that whoever may connect now is meant to"
        ],
    ),
)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_a_change_means(case: Case) -> None:
    before, after = side(*case.before), side(*case.after)
    assert lines(before, after) == case.lines
    assert dangers(before, after) == case.dangers
