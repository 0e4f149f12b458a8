"""Contributors, as Kubeflow's access management knows them."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.catalog.kubeflow import RELEASES
from synth.config.teams import Contributor
from tests.kubeflow.releases import release_tree
from tests.teams.examples import all_wrong, environment, mistakes, objects

CONTRIBUTORS = """\
    contributors:
      - {user: Ann.Lee+ml@example.com}
      - {user: bo@example.com, role: view}
      - {user: cy@example.com, role: admin}
"""


def test_a_contributor_has_what_the_access_management_writes(tmp_path: Path) -> None:
    made = objects(environment(tmp_path, CONTRIBUTORS))
    name = "user-ann-lee-ml-example-com-clusterrole-edit"
    annotations = {"user": "Ann.Lee+ml@example.com", "role": "edit"}
    metadata = {"name": name, "namespace": "nlp", "annotations": annotations}
    rbac = "rbac.authorization.k8s.io"
    assert made[f"RoleBinding {name}"] == {
        "apiVersion": f"{rbac}/v1",
        "kind": "RoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "kubeflow-edit"},
        "subjects": [{"apiGroup": rbac, "kind": "User", "name": "Ann.Lee+ml@example.com"}],
    }
    assert made[f"AuthorizationPolicy {name}"] == {
        "apiVersion": "security.istio.io/v1beta1",
        "kind": "AuthorizationPolicy",
        "metadata": metadata,
        "spec": {
            "rules": [
                {
                    "from": [
                        {
                            "source": {
                                "principals": [
                                    "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account",
                                    "cluster.local/ns/kubeflow/sa/ml-pipeline-ui",
                                ]
                            }
                        }
                    ],
                    "when": [
                        {
                            "key": "request.headers[kubeflow-userid]",
                            "values": ["Ann.Lee+ml@example.com"],
                        }
                    ],
                }
            ]
        },
    }
    roles = [body["roleRef"]["name"] for body in made.values() if body["kind"] == "RoleBinding"]
    assert roles == ["kubeflow-edit", "kubeflow-view", "kubeflow-admin"]
    assert len(made) == 6


@pytest.mark.parametrize("release", [RELEASES[0], RELEASES[-1]])
def test_it_is_what_the_releases_istio_takes(tmp_path: Path, common: Path, release: str) -> None:
    made = objects(environment(tmp_path, CONTRIBUTORS))
    assert list(all_wrong(common, made, release)) == []


@pytest.mark.parametrize("release", RELEASES)
def test_header_and_principals_are_the_releases(common: Path, release: str) -> None:
    [params] = release_tree(common, release).glob("*/profiles/upstream/manager/kustomization.yaml")
    text = params.read_text()
    assert 'USERID_HEADER="kubeflow-userid"' in text
    assert re.search(r"USERID_PREFIX=$", text, re.M)
    gateway = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
    assert f'ISTIO_INGRESS_GATEWAY_PRINCIPAL="{gateway}"' in text
    assert 'KFP_UI_PRINCIPAL="cluster.local/ns/kubeflow/sa/ml-pipeline-ui"' in text


@pytest.mark.parametrize(
    ("user", "name"),
    [  # upstream's own cases (bindings_test.go), and what is special in the code
        ("lalith.vaka@xyz.msds.abc.com", "user-lalith-vaka-xyz-msds-abc-com-clusterrole-edit"),
        ("111111@xyz.msds.abc.com", "user-111111-xyz-msds-abc-com-clusterrole-edit"),
        ("A@b.C", "user-a-b-c-clusterrole-edit"),
        ("_ö@b.c", "user-b-c-clusterrole-edit"),
    ],
)
def test_names_are_those_of_the_access_management(user: str, name: str) -> None:
    assert Contributor(user=user).binding == name


@given(st.text(string.printable.replace("@", "").replace(" ", ""), min_size=1, max_size=60))
def test_every_name_is_one_that_kubernetes_takes(local: str) -> None:
    name = Contributor(user=f"{local}@example.com").binding
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)


@pytest.mark.parametrize(
    ("contributors", "said"),
    [
        (
            "[{user: a@example.com}, {user: a@example.com, role: view}]",
            "9:5: teams.nlp.contributors: a@example.com is there twice: keep one role for each user",
        ),
        (
            "[{user: nlp-lead@example.com}]",
            "9:5: teams.nlp.contributors: nlp-lead@example.com is the owner, who may do everything: take it out",
        ),
        (
            "[{user: a.b@example.com}, {user: a-b@example.com}]",
            "9:5: teams.nlp.contributors: Kubeflow cannot tell a.b@example.com and a-b@example.com apart: it calls the objects of both user-a-b-example-com-clusterrole-edit",
        ),
        (
            "[{user: a@example.com, role: owner}]",
            "9:42: teams.nlp.contributors[0].role: must be 'admin', 'edit' or 'view', not 'owner'",
        ),
        (
            "[{user: ann}]",
            "9:21: teams.nlp.contributors[0].user: 'ann' is not an e-mail address, which is how Kubeflow knows a user",
        ),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, contributors: str, said: str) -> None:
    assert mistakes(tmp_path, f"    contributors: {contributors}\n") == [said]
