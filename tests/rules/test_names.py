"""Names, labels and annotations that the API server refuses though they fit the schema."""

from __future__ import annotations

from typing import Any

import pytest

from synth.kit.objects import Body, manifest
from tests.rules.rendered import SMALL, error, findings

ANYTHING = "lower-case letters, digits, '-' and '.', a letter or digit at both ends"
LABEL = "lower-case letters, digits and '-', a letter or digit at both ends"
HOST = "lower-case letters, digits and '-', a letter first, a letter or digit last"
SEGMENT = "neither '/' nor '%'"
RBAC = "rbac.authorization.k8s.io/v1"


SPECS: dict[str, Any] = {
    "Service": {"ports": [{"port": 80}]},
    "KafkaTopic": {},
    "CronWorkflow": {"schedule": "0 * * * *", "workflowSpec": {}},
}


def of(api_version: str, kind: str, name: str, **content: Any) -> Body:
    if kind in SPECS:
        content["spec"] = SPECS[kind]
    return manifest(api_version, kind, name, namespace="nlp", **content)


def said(code: str, body: Body, message: str) -> list[Any]:
    group = body["apiVersion"].rpartition("/")[0]
    kind = f"{body['kind']}.{group}" if group else body["kind"]
    return [error(code, f"{kind} nlp/{body['metadata']['name']}", message)]


@pytest.mark.parametrize(
    ("api_version", "kind", "name", "form"),
    [
        ("v1", "ConfigMap", "Settings", ANYTHING),
        ("v1", "ConfigMap", "a_b", ANYTHING),
        ("v1", "ConfigMap", "a..b", ANYTHING),
        ("v1", "Service", "8ball", HOST),
        ("v1", "Service", "a.b", HOST),
        ("kubeflow.org/v1", "Profile", "a.b", LABEL),
        ("kafka.strimzi.io/v1", "KafkaTopic", "-a", ANYTHING),
        (RBAC, "Role", "a/b", SEGMENT),
        (RBAC, "Role", "..", SEGMENT),
    ],
)
def test_a_name_of_the_wrong_form(api_version: str, kind: str, name: str, form: str) -> None:
    body = of(api_version, kind, name)
    assert findings(body) == said("NM001", body, f"has a name that its kind cannot have: {form}")


@pytest.mark.parametrize(
    ("api_version", "kind", "longest"),
    [
        ("v1", "ConfigMap", 253),
        ("v1", "Service", 63),
        ("kafka.strimzi.io/v1", "KafkaTopic", 253),
        ("argoproj.io/v1alpha1", "CronWorkflow", 52),
    ],
)
def test_a_name_that_is_too_long(api_version: str, kind: str, longest: int) -> None:
    assert findings(of(api_version, kind, "a" * longest)) == []
    body = of(api_version, kind, "a" * (longest + 1))
    message = f"has a name of {longest + 1} characters, and its kind takes {longest}: shorten it"
    assert findings(body) == said("NM001", body, message)


@pytest.mark.parametrize("name", ["system:metrics_Reader", "a" * 300])
def test_roles_have_names_that_others_cannot(name: str) -> None:
    assert findings(of(RBAC, "Role", name)) == []


KEY = "letters, digits, '-', '_' and '.', at most 63 of them, after a domain and '/' if any"


def test_a_domain_with_capitals_is_for_annotations_alone() -> None:
    body = of("v1", "ConfigMap", "a")
    body["metadata"]["annotations"] = {"A.b/c": "x"}
    assert findings(body) == []
    body["metadata"]["labels"] = {"A.b/c": "x"}
    assert findings(body) == said("NM002", body, f"has the key 'A.b/c' in metadata: {KEY}")


@pytest.mark.parametrize("key", ["a b", "", "/a", "a/b/c", "a/" + "b" * 64, "-a"])
@pytest.mark.parametrize("where", ["labels", "annotations"])
def test_a_key_that_nothing_can_have(key: str, where: str) -> None:
    body = of("v1", "ConfigMap", "a")
    body["metadata"][where] = {key: "x"}
    assert findings(body) == said("NM002", body, f"has the key {key!r} in metadata: {KEY}")


@pytest.mark.parametrize("value", ["a b", "a/b", "-a", "a" * 64, "größe"])
def test_a_value_that_no_label_can_have(value: str) -> None:
    body = of("v1", "ConfigMap", "a")
    body["metadata"]["labels"] = {"a": value}
    message = (
        f"has {value!r} as its label a in metadata: letters, digits, '-', '_' and '.', a letter or "
        "digit at both ends, at most 63; put it into an annotation"
    )
    assert findings(body) == said("NM002", body, message)


@pytest.mark.parametrize(
    ("key", "value"), [("a", ""), ("a.b/C_d", "7"), ("example.com/x", "a" * 63), ("X", "a.b_c-D")]
)
def test_labels_that_there_can_be(key: str, value: str) -> None:
    body = of("v1", "ConfigMap", "a")
    body["metadata"]["labels"] = {key: value}
    assert findings(body) == []


def test_labels_of_pods_are_looked_at_too() -> None:
    container = {"name": "a", "image": "a:1", "resources": SMALL}
    template = {"metadata": {"labels": {"a": "b c"}}, "spec": {"containers": [container]}}
    body = of("batch/v1", "Job", "a", spec={"template": template})
    message = (
        "has 'b c' as its label a in spec/template: letters, digits, '-', '_' and '.', a letter or "
        "digit at both ends, at most 63; put it into an annotation"
    )
    assert findings(body) == said("NM002", body, message)


def test_annotations_have_a_limit_together() -> None:
    body = of("v1", "ConfigMap", "a")
    body["metadata"]["annotations"] = {"a": "x" * (256 * 1024 - 1)}
    assert findings(body) == []
    body["metadata"]["annotations"]["b"] = ""
    message = (
        "has annotations of 262145 bytes in metadata, and the API server takes 262144: put what is "
        "long into a ConfigMap"
    )
    assert findings(body) == said("NM003", body, message)
