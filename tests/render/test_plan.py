"""Which object stands in which file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.kit.objects import Identity, manifest
from synth.render.plan import PlanConflictError, file_name, plan


@pytest.mark.parametrize(
    ("identity", "name"),
    [
        (
            Identity("machinelearning.seldon.io", "SeldonDeployment", "nlp", "sentiment"),
            "nlp/seldondeployment.machinelearning.seldon.io-sentiment.yaml",
        ),
        (Identity("", "Namespace", "", "mlflow"), "namespace-mlflow.yaml"),
        (
            Identity("rbac.authorization.k8s.io", "ClusterRole", "", "system:Auth"),
            "clusterrole.rbac.authorization.k8s.io-system%3a%41uth.yaml",
        ),
        (
            Identity("", "ConfigMap", "a", "n" * 253),
            f"a/configmap-{'n' * 179}-946e42d77b.yaml",
        ),
    ],
)
def test_a_file_name_tells_what_is_in_it(identity: Identity, name: str) -> None:
    assert file_name(identity) == name


names = st.text("abzAZ019.:-_%", min_size=1, max_size=253)
identities = st.builds(
    Identity,
    st.sampled_from(["", "apps", "cert-manager.io", "serving.knative.dev"]),
    st.sampled_from(["Service", "Deployment", "Issuer"]),
    st.text("abz019-", max_size=63),
    names,
)


@given(st.sets(identities, max_size=30))
def test_names_differ_also_where_case_does_not_count_and_fit_a_file_system(
    all_: set[Identity],
) -> None:
    files = [file_name(identity) for identity in all_]
    assert len({name.casefold() for name in files}) == len(files)
    assert all(len(part.encode()) <= 255 for name in files for part in name.split("/"))


@given(identities, identities)
def test_a_neighbour_never_renames_a_file(one: Identity, other: Identity) -> None:
    def body(identity: Identity) -> dict[str, object]:
        version = f"{identity.group}/v1" if identity.group else "v1"
        return manifest(version, identity.kind, identity.name, namespace=identity.namespace)

    alone = plan([body(one)])
    if one != other:
        assert alone.items() <= plan([body(other), body(one)]).items()


def test_two_objects_of_one_identity_are_refused() -> None:
    body = manifest("v1", "ConfigMap", "x", namespace="a")
    with pytest.raises(PlanConflictError) as caught:
        plan([body, dict(body)])
    assert str(caught.value) == "a/configmap-x.yaml: ConfigMap a/x is there twice"
