"""Custom resources against the schemas of their CRDs, of the versions that the environment has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from synth.kit.objects import Body, manifest
from tests.rules.rendered import error, findings, warning

TOPIC = "KafkaTopic.kafka.strimzi.io nlp/comments"
UNFIT = "does not fit its CRD of"
STRIMZI: Mapping[str, Any] = {"strimzi": {}}


def topic(api_version: str = "kafka.strimzi.io/v1beta2", **spec: Any) -> Body:
    return manifest(api_version, "KafkaTopic", "comments", namespace="nlp", spec=spec)


def crd(group: str, kind: str, *versions: Body) -> Body:
    names = {"kind": kind, "plural": f"{kind.lower()}s"}
    return manifest(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", f"{kind.lower()}s.{group}",
        spec={"group": group, "names": names, "scope": "Namespaced", "versions": list(versions)},
    )  # fmt: skip


def version(name: str, schema: Body, *, served: bool = True) -> Body:
    return {
        "name": name, "served": served, "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": schema}}},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"partitons": 6}, "spec has no field partitons: write partitions"),
        ({"owner": "nlp"}, "spec has no field owner: take it out"),
        ({"partitions": "6"}, 'spec.partitions must be an integer, not "6"'),
        ({"partitions": [6]}, "spec.partitions must be an integer, not a list"),
        ({"partitions": 0}, "spec.partitions: 0 is less than the minimum of 1"),
        ({"config": "compact"}, 'spec.config must be a map, not "compact"'),
    ],
)
def test_what_does_not_fit(wrong: dict[str, Any], message: str) -> None:
    assert findings(topic(**wrong), addons=STRIMZI) == [
        error("SC005", TOPIC, f"{UNFIT} Strimzi 0.45.1: {message}")
    ]
    fits = topic(partitions=6, config={"cleanup.policy": "compact", "anything": 1})
    assert findings(fits, addons=STRIMZI) == []


def test_every_mistake_is_said_with_its_place() -> None:
    user = manifest(
        "kafka.strimzi.io/v1beta2", "KafkaUser", "processor", namespace="nlp",
        spec={
            "authentication": {"type": "scram"},
            "authorization": {
                "type": "simple",
                "acls": [{"resourc": {"type": "topic", "name": "comments"}, "operations": ["Read"]}],
            },
        },
    )  # fmt: skip
    place = "spec.authorization.acls.0"
    types = '"tls" or "tls-external" or "scram-sha-512"'
    assert [each.message.partition(": ")[2] for each in findings(user, addons=STRIMZI)] == [
        f'spec.authentication.type must be {types}, not "scram"',
        f"{place} has no field resourc: write resource",
        f"{place} lacks resource: add it",
    ]


def test_a_field_that_is_no_metadata() -> None:
    body = topic(partitions=1)
    body["metadata"]["lables"] = {"strimzi.io/cluster": "events"}
    said = f"{UNFIT} Strimzi 0.45.1: metadata has no field lables: write labels"
    assert findings(body, addons=STRIMZI) == [error("SC005", TOPIC, said)]
    body = topic(partitions=1)
    body["metadata"]["labels"] = {"version": 7}
    said = f"{UNFIT} Strimzi 0.45.1: metadata.labels.version must be a string, not 7"
    assert findings(body, addons=STRIMZI) == [error("SC005", TOPIC, said)]


def test_forms_of_which_one_is_to_be_had() -> None:
    def kafka(**certificate: str) -> Body:
        trusted = [{"secretName": "ca", **certificate}]
        authentication = {
            "type": "oauth", "validIssuerUri": "https://id.example.com",
            "jwksEndpointUri": "https://id.example.com/keys", "tlsTrustedCertificates": trusted,
        }  # fmt: skip
        listener = {
            "name": "tls", "port": 9093, "type": "internal", "tls": True,
            "authentication": authentication,
        }  # fmt: skip
        spec = {"kafka": {"listeners": [listener]}}
        return manifest("kafka.strimzi.io/v1beta2", "Kafka", "events", namespace="nlp", spec=spec)

    place = "spec.kafka.listeners.0.authentication.tlsTrustedCertificates.0"
    kind = "Kafka.kafka.strimzi.io nlp/events"
    both = "is of several forms of which it can have one: look at certificate, pattern"
    assert findings(kafka(certificate="a.crt", pattern="*.crt"), addons=STRIMZI) == [
        error("SC005", kind, f"{UNFIT} Strimzi 0.45.1: {place} {both}")
    ]
    none = "is of none of the forms that it can have: look at certificate, pattern"
    assert findings(kafka(), addons=STRIMZI) == [
        error("SC005", kind, f"{UNFIT} Strimzi 0.45.1: {place} {none}")
    ]
    assert findings(kafka(pattern="*.crt"), addons=STRIMZI) == []


def test_a_value_is_never_shown_at_length() -> None:
    def secret(**source: Any) -> Body:
        data = [{"secretKey": "a", "remoteRef": {"key": "a"}, "sourceRef": source}]
        store = {"name": "platform", "kind": "ClusterSecretStore"}
        return manifest(
            "external-secrets.io/v1beta1", "ExternalSecret", "a", namespace="nlp",
            spec={"secretStoreRef": store, "data": data},
        )  # fmt: skip

    generator = {
        "apiVersion": "generators.external-secrets.io/v1alpha1", "kind": "Password", "name": "a" * 200
    }  # fmt: skip
    both = findings(secret(storeRef={"name": "platform"}, generatorRef=generator))
    (message,) = [each.message for each in both if each.code == "SC005"]
    assert message.endswith(" has more than 1 property")
    assert len(message) < 300
    assert findings(secret(storeRef={"name": "platform"})) == []


def test_what_the_api_server_fills_in_or_drops() -> None:
    """A port has a protocol by default, and null is as good as nothing."""
    container: Any = {
        "name": "a",
        "image": "a:1",
        "ports": [{"containerPort": 1}],
        "workingDir": None,
    }
    template: Body = {"name": "a", "container": container}
    workflow = manifest(
        "argoproj.io/v1alpha1", "WorkflowTemplate", "a", namespace="nlp",
        spec={"entrypoint": "a", "templates": [template]},
    )  # fmt: skip
    addons: Body = {"argoWorkflows": {}}
    assert [each.code for each in findings(workflow, addons=addons) if each.code[:2] == "SC"] == []
    template["name"] = None
    del container["ports"][0]["containerPort"]
    assert [each.message.partition(": ")[2] for each in findings(workflow, addons=addons)] == [
        "spec.templates.0.container.ports.0 lacks containerPort: add it"
    ]


CRON = {
    "schedules": ["0 * * * *"],
    "workflowSpec": {"entrypoint": "a", "templates": [{"name": "a", "suspend": {}}]},
}


@pytest.mark.parametrize(
    ("body", "addons", "kubeflow", "said"),
    [
        (topic("kafka.strimzi.io/v1", partition=1), {"strimzi": {"version": "1.0.0"}}, "",
         "Strimzi 1.2.0: spec has no field partition: write partitions"),
        # Nobody says which Strimzi there is.
        (topic("kafka.strimzi.io/v1", partition=1), {}, "",
         "Strimzi 1.2.0: spec has no field partition: write partitions"),
        # The CRD of 1.10 itself permits anything.
        (manifest("sources.knative.dev/v1beta1", "KafkaSource", "a", namespace="nlp",
                  spec={"bootstrapServers": ["a"], "topics": ["a"], "sink": {}, "topic": "a"}),
         {"knativeKafka": {"version": "1.10.6"}}, "1.8.1",
         "Knative's Kafka source 1.23.0: spec has no field topic: write topics"),
        # Kubeflow's CRDs of Argo Workflows permit anything too.
        (manifest("argoproj.io/v1alpha1", "CronWorkflow", "a", namespace="nlp", spec=CRON),
         {}, "1.8.1", "Argo Workflows 3.3.10: spec has no field schedules: write schedule"),
        # A version that is not served any more, of a project that served it.
        (manifest("external-secrets.io/v1beta1", "ExternalSecret", "a", namespace="nlp",
                  spec={"secretStoreRef": {"name": "a", "typ": "SecretStore"}}),
         {"externalSecrets": {"version": "0.9.20"}}, "",
         "External Secrets 0.17: spec.secretStoreRef has no field typ: take it out"),
        (manifest("kubeflow.org/v1", "Profile", "a", spec={"user": {}}), {}, "1.8.1",
         "Kubeflow 1.8.1: spec has no field user: take it out"),
        (manifest("kubeflow.org/v1", "Profile", "a", spec={"user": {}}), {}, "",
         "Kubeflow 26.03: spec has no field user: take it out"),
        (manifest("machinelearning.seldon.io/v1", "SeldonDeployment", "a", namespace="nlp",
                  spec={"predictors": [], "predictor": []}), {"seldon": {"version": "1.18.2"}}, "",
         "Seldon Core 1.17.1: spec has no field predictor: write predictors"),
    ],
)  # fmt: skip
def test_whose_crd_it_is(body: Body, addons: Body, kubeflow: str, said: str) -> None:
    found = findings(body, addons=addons, kubeflow=kubeflow)
    messages = [each.message.partition(UNFIT)[2].strip() for each in found if each.code == "SC005"]
    assert said in messages
    assert {each.severity for each in found if each.code == "SC005"} == {"error"}


def test_an_older_crd_only_warns() -> None:
    said = (
        f"{UNFIT} Strimzi 0.45.1, an older one than the cluster has: spec has no field tags: "
        "take it out"
    )
    assert findings(topic(tags=[]), addons={"strimzi": {"version": "0.46.0"}}) == [
        warning("SC005", TOPIC, said)
    ]


@pytest.mark.parametrize(
    ("api_version", "addons", "said"),
    [
        ("kafka.strimzi.io/v1beta2", {"strimzi": {"version": "1.2.0"}},
         "is kafka.strimzi.io/v1beta2, which its CRD of Strimzi 1.2.0 does not serve: write "
         "kafka.strimzi.io/v1"),
        ("kafka.strimzi.io/v1", {"strimzi": {"version": "0.45.1"}},
         "is kafka.strimzi.io/v1, which its CRD of Strimzi 0.45.1 does not serve: write "
         "kafka.strimzi.io/v1alpha1 or kafka.strimzi.io/v1beta1 or kafka.strimzi.io/v1beta2"),
    ],
)  # fmt: skip
def test_a_version_that_is_not_served(api_version: str, addons: Body, said: str) -> None:
    assert findings(topic(api_version), addons=addons) == [error("SC005", TOPIC, said)]


def test_a_kind_without_a_schema_is_said_once() -> None:
    vaults = [
        manifest("vault.example.com/v1", "Vault", name, namespace="nlp", spec={})
        for name in ("first", "second")
    ]
    said = (
        "is of a kind without a schema, Vault in vault.example.com/v1, so that nothing of it "
        "was looked at: accept this, or have an overlay render its CRD"
    )
    assert findings(*vaults) == [warning("SC006", "Vault.vault.example.com nlp/first", said)]


@pytest.mark.parametrize(
    ("api_version", "kind", "way_out"),
    [
        ("kafka.strimzi.io/v1beta2", "KafkaTopik",
         "kafka.strimzi.io/v1beta2 has no KafkaTopik, but KafkaTopic"),
        ("keda.sh/v1", "TriggerAuthentication",
         "there TriggerAuthentication is in keda.sh/v1alpha1, not in keda.sh/v1"),
        ("keda.sh/v1alpha1", "Pump", "keda.sh/v1alpha1 has no Pump"),
    ],
)  # fmt: skip
def test_a_kind_that_may_be_meant_for_another(api_version: str, kind: str, way_out: str) -> None:
    said = (
        f"is of a kind without a schema, {kind} in {api_version}, so that nothing of it was looked "
        f"at: {way_out}; correct it, or have an overlay render its CRD"
    )
    group = api_version.partition("/")[0]
    body = manifest(api_version, kind, "a", namespace="nlp")
    assert findings(body) == [warning("SC006", f"{kind}.{group} nlp/a", said)]


def test_other_rules_look_at_an_object_without_a_schema() -> None:
    body = manifest("example.com/v1", "Thing", "-a", namespace="nlp")
    assert {each.code for each in findings(body)} == {"SC006", "NM001"}


SPEC = {"type": "object", "properties": {"size": {"type": "integer"}}}


def test_a_crd_that_is_rendered_comes_first() -> None:
    theirs = crd("kafka.strimzi.io", "KafkaTopic", version("v1beta2", SPEC))
    assert findings(theirs, topic(size=1), addons=STRIMZI) == []
    said = f"{UNFIT} the application workflows: spec has no field partitions: take it out"
    assert findings(theirs, topic(partitions=1), addons=STRIMZI) == [error("SC005", TOPIC, said)]


def test_a_rendered_crd_that_permits_anything_leaves_it_to_the_catalogue() -> None:
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    theirs = crd("kafka.strimzi.io", "KafkaTopic", version("v1beta2", anything))
    said = f"{UNFIT} Strimzi 0.45.1: spec has no field partitons: write partitions"
    assert findings(theirs, topic(partitons=1), addons=STRIMZI) == [error("SC005", TOPIC, said)]


def test_a_rendered_crd_does_not_serve_every_version() -> None:
    theirs = crd(
        "example.com", "Thing", version("v1", SPEC), version("v1beta1", SPEC, served=False)
    )
    body = manifest("example.com/v1beta1", "Thing", "a", namespace="nlp", spec={})
    said = (
        "is example.com/v1beta1, which its CRD of the application workflows does not serve: write "
        "example.com/v1"
    )
    assert findings(theirs, body) == [error("SC005", "Thing.example.com nlp/a", said)]


@pytest.mark.parametrize("schema", [{"type": "string", "pattern": "("}, {"type": "thing"}])
def test_a_rendered_crd_that_is_no_schema_is_as_good_as_none(schema: Body) -> None:
    theirs = crd("example.com", "Thing", version("v1", schema))
    body = manifest("example.com/v1", "Thing", "a", namespace="nlp", spec={})
    assert [each.code for each in findings(theirs, body)] == ["SC006"]


def test_an_embedded_object_is_one() -> None:
    embedded = {
        "type": "object",
        "x-kubernetes-embedded-resource": True,
        "x-kubernetes-preserve-unknown-fields": True,
    }
    spec = {"type": "object", "properties": {"template": embedded}}
    theirs = crd("example.com", "Thing", version("v1", spec))

    def thing(**template: Any) -> Body:
        spec = {"template": template}
        return manifest("example.com/v1", "Thing", "a", namespace="nlp", spec=spec)

    body = thing(kind="Pod", metadata={"name": "a", "annotation": {}}, data=1)
    assert [each.message.partition(": ")[2] for each in findings(theirs, body)] == [
        "spec.template lacks apiVersion: add it",
        "spec.template.metadata has no field annotation: write annotations",
    ]
    fits = thing(apiVersion="v1", kind="Pod", metadata={"name": "a"}, data=1)
    assert findings(theirs, fits) == []
