"""Whether a namespace takes the pods of an object: the level, the version, the sidecar, the place."""

from __future__ import annotations

import re
from typing import Any

import pytest

from synth.kit.objects import Body, manifest
from synth.render.documents import load_all
from synth.rules.pod_security.evaluation import Level, evaluate, violations
from synth.rules.pod_security.kinds import pod_templates
from synth.rules.pod_security.sidecar import Sidecar
from tests.repository import ROOT
from tests.rules.pod_security.judge import about, judged, ours
from tests.rules.pod_security.pods import container, pod

INIT, PLUGIN = Sidecar(plugin=False), Sidecar(plugin=True)


def deployment(spec: Body, **metadata: Any) -> Body:
    template = {"metadata": metadata, "spec": spec}
    return manifest("apps/v1", "Deployment", "it", namespace="nlp", spec={"template": template})


def said(
    body: Body, level: Level, kubernetes: str = "1.26", sidecar: Sidecar | None = None
) -> list[tuple[str, str, str]]:
    found = violations(body, level, kubernetes, sidecar)
    return [(each.path, each.control, each.message) for each in found]


def test_a_violation_has_its_place_its_control_and_the_words_of_the_api_server() -> None:
    body = deployment({"hostNetwork": True, "containers": [container("a", privileged=True)]})
    assert said(body, "privileged") == []
    assert said(body, "baseline") == [
        ("/spec/template", "hostNamespaces", "host namespaces (hostNetwork=true)"),
        (
            "/spec/template",
            "privileged",
            'privileged (container "a" must not set securityContext.privileged=true)',
        ),
    ]
    assert said(body, "restricted") == said(body, "baseline")


def test_a_control_of_restricted_takes_the_place_of_that_of_baseline() -> None:
    body = deployment({"containers": [container("a", capabilities={"add": ["SYS_TIME"]})]})
    adds = 'container "a" must not include "SYS_TIME" in securityContext.capabilities.add'
    drops = 'container "a" must set securityContext.capabilities.drop=["ALL"]'
    assert said(body, "baseline") == [
        ("/spec/template", "capabilities_baseline", f"non-default capabilities ({adds})")
    ]
    assert said(body, "restricted") == [
        (
            "/spec/template",
            "capabilities_restricted",
            f"unrestricted capabilities ({drops}; {adds})",
        )
    ]


def test_the_version_of_kubernetes_decides() -> None:
    probe = {"tcpSocket": {"port": 80, "host": "example.com"}}
    body = deployment({"containers": [{**container("a"), "readinessProbe": probe}]})
    assert said(body, "restricted", "1.33") == []
    assert said(body, "restricted", "1.34") == [
        (
            "/spec/template",
            "hostProbesAndHostLifecycle",
            'probe or lifecycle host (container "a" uses probe or lifecycle host "example.com")',
        )
    ]


def test_a_kind_of_volume_that_nobody_knows_is_refused() -> None:
    strange = pod(volumes=[{"name": "a", "sidecarVolume": {}}])
    [violation] = evaluate(strange["metadata"], strange["spec"], "restricted", "1.26")
    assert violation.detail == 'volume "a" uses restricted volume type "unknown"'


def test_without_a_cni_plugin_no_level_takes_a_sidecar() -> None:
    body = deployment({"containers": [container("a")]})
    add = (
        'container "istio-init" must not include "NET_ADMIN", "NET_RAW" '
        "in securityContext.capabilities.add"
    )
    assert said(body, "baseline", sidecar=INIT) == [
        ("/spec/template", "capabilities_baseline", f"non-default capabilities ({add})")
    ]
    assert [message for _, _, message in said(body, "restricted", sidecar=INIT)] == [
        f"unrestricted capabilities ({add})",
        'runAsNonRoot != true (container "istio-init" must not set '
        "securityContext.runAsNonRoot=false)",
        'runAsUser=0 (container "istio-init" must not set runAsUser=0)',
        'seccompProfile (pod or containers "istio-init", "istio-proxy" must set '
        'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ]


def test_with_a_cni_plugin_the_pod_has_to_say_seccomp_for_the_sidecar() -> None:
    assert said(deployment({"containers": [container("a")]}), "baseline", "1.26", PLUGIN) == []
    body = deployment({"containers": [container("a")]})
    assert said(body, "restricted", "1.26", PLUGIN) == [
        (
            "/spec/template",
            "seccompProfile_restricted",
            'seccompProfile (pod or containers "istio-validation", "istio-proxy" must set '
            'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
        )
    ]
    body["spec"]["template"]["spec"]["securityContext"] = {
        "seccompProfile": {"type": "RuntimeDefault"}
    }
    assert said(body, "restricted", "1.26", PLUGIN) == []


def test_a_sidecar_may_say_seccomp_itself() -> None:
    body = deployment({"containers": [container("a")]})
    assert said(body, "restricted", sidecar=Sidecar(plugin=True, seccomp=True)) == []


@pytest.mark.parametrize(
    ("metadata", "spec"),
    [
        ({"labels": {"sidecar.istio.io/inject": "false"}}, {}),
        ({"annotations": {"sidecar.istio.io/inject": "false"}}, {}),
        ({}, {"hostNetwork": True}),
    ],
)
def test_a_pod_may_be_without_a_sidecar(metadata: Body, spec: Body) -> None:
    body = deployment({**spec, "containers": [container("a")]}, **metadata)
    assert said(body, "restricted", "1.26", INIT) == said(body, "restricted")


def test_seldons_pods_fit_baseline_and_nothing_makes_them_fit_restricted() -> None:
    careful = {**pod()["spec"], "securityContext": {"runAsNonRoot": True}}
    predictor = {
        "name": "stable",
        "graph": {"name": "main", "modelUri": "s3://models/1"},
        "componentSpecs": [{"spec": careful}],
    }
    body = manifest(
        "machinelearning.seldon.io/v1", "SeldonDeployment", "it", spec={"predictors": [predictor]}
    )
    assert said(body, "baseline") == []
    at = "/spec/predictors/0/componentSpecs/0"
    both = '"main-model-initializer", "seldon-container-engine"'
    assert said(body, "restricted") == [
        (
            at,
            "allowPrivilegeEscalation",
            'allowPrivilegeEscalation != false (container "main-model-initializer" '
            "must set securityContext.allowPrivilegeEscalation=false)",
        ),
        (
            at,
            "capabilities_restricted",
            f"unrestricted capabilities (containers {both} "
            'must set securityContext.capabilities.drop=["ALL"])',
        ),
        (
            at,
            "runAsNonRoot",
            f"runAsNonRoot != true (pod or containers {both} "
            "must set securityContext.runAsNonRoot=true)",
        ),
        (
            at,
            "seccompProfile_restricted",
            f"seccompProfile (pod or containers {both} must set "
            'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
        ),
    ]


def example(environment: str = "*") -> list[Body]:
    """Every whole object of the example, those of Kubeflow, which are patches, left out."""
    return [
        body
        for path in sorted(ROOT.glob(f"dist/{environment}/*/**/*.yaml"))
        if not path.relative_to(ROOT / "dist").parts[1].startswith("kubeflow-")
        for body in load_all(path.read_text())
    ]


def documented() -> dict[str, str]:
    """The levels of docs/pod-security.md, by kind or by kind and name."""
    text = (ROOT / "docs/pod-security.md").read_text()
    return dict(re.findall(r"^\| `([\w ]+)` \| (\w+) \|", text, flags=re.M))


def test_the_examples_objects_fit_the_levels_of_the_document() -> None:
    rows, met = documented(), set()
    for body in example():
        if not list(pod_templates(body)):
            continue
        kind, name = body["kind"], body["metadata"]["name"]
        row = f"{kind} {name}" if f"{kind} {name}" in rows else kind
        levels: tuple[Level, ...] = ("restricted", "baseline", "privileged")
        fitting = next(level for level in levels if not said(body, level))
        assert (row, rows[row]) == (row, fitting)
        met.add(row)
    assert met == rows.keys()


def test_the_examples_namespaces_take_its_pods() -> None:
    label = "pod-security.kubernetes.io/enforce"
    for environment in ("dev", "staging", "prod"):
        bodies = example(environment)
        levels = {
            body["metadata"]["name"]: body["metadata"]["labels"][label]
            for body in bodies
            if body["kind"] == "Namespace"
        }
        assert levels
        for body in bodies:
            level = levels.get(body["metadata"].get("namespace", ""), "baseline")
            assert said(body, level) == []


def test_the_examples_pods_are_judged_as_kubernetes_does() -> None:
    questions = about(example(), "1.26")
    assert len(questions) > 60
    verdicts = judged(questions, strict=False)
    assert [ours(question) for question in questions] == verdicts
    assert [] in verdicts
    assert any(verdicts)
