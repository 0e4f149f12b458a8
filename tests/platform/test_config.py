"""What `teams:`, `retired:`, `cluster:` and `addons:` may say, and what they are told."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from synth.catalog.addons import ADD_ONS
from synth.config.gitops import AddOns, Cluster
from synth.config.platform import AddOnName, Retired, Secrets, Team


def mistakes(model: type[BaseModel], data: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(data, context={"teams": {"nlp"}})
    return [
        (".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, "))
        for error in caught.value.errors()
    ]


def test_every_mistake_of_a_team_is_told_in_one_go() -> None:
    assert mistakes(Team, {"name": "NLP", "owner": "nlp-lead", "quota": {"cpu": "8 cores"}}) == [
        (
            "name",
            "'NLP' is not a Kubernetes name: lower-case letters, digits and '-', "
            "a letter or digit at both ends, at most 63 characters",
        ),
        ("owner", "'nlp-lead' is not an e-mail address, which is how Kubeflow knows a user"),
        ("quota.cpu", "'8 cores' is not a quantity such as 500m, 2 or 64Gi"),
    ]


def test_one_resource_is_not_limited_twice() -> None:
    quota = {"nvidia.com/gpu": "2", "requests.nvidia.com/gpu": "4"}
    assert mistakes(Team, {"name": "nlp", "owner": "a@example.com", "quota": quota}) == [
        ("quota", "has nvidia.com/gpu and requests.nvidia.com/gpu, which are the same")
    ]


@pytest.mark.parametrize(
    ("entry", "where", "said"),
    [
        ({}, "", "must name one thing: an application, a team, a component or an addon"),
        (
            {"team": "vision", "component": "katib"},
            "",
            "must name one thing: an application, a team, a component or an addon",
        ),
        ({"team": "nlp"}, "team", "'nlp' is still in teams: remove it there, or this entry"),
        (
            {"application": "model"},
            "application",
            "Input should be 'mlflow', 'models', 'streams', 'teams' or 'workflows'",
        ),
    ],
)
def test_a_retired_entry_names_one_thing_that_is_gone(
    entry: dict[str, Any], where: str, said: str
) -> None:
    assert mistakes(Retired, entry) == [(where, said)]


def test_a_cluster_has_an_address_or_a_name() -> None:
    assert Cluster(kubernetes="1.26").destination == {"server": "https://kubernetes.default.svc"}
    assert Cluster(name="prod", kubernetes="1.26").destination == {"name": "prod"}
    both = {"server": "https://prod.example.com", "name": "prod", "kubernetes": "1.26"}
    assert mistakes(Cluster, both) == [
        ("", "has both server and name, must have one: Argo CD refuses both")
    ]


def test_add_ons_are_on_where_they_are_named() -> None:
    assert AddOns().versions == {}
    add_ons = AddOns.model_validate(
        {"strimzi": {"version": "0.45.1"}, "external-secrets": {"version": "0.9.20"}}
    )
    assert add_ons.versions == {"external-secrets": "0.9.20", "strimzi": "0.45.1"}
    assert list(add_ons.versions) == ["external-secrets", "strimzi"]


def test_the_catalogue_and_the_configuration_know_the_same_add_ons() -> None:
    aliases = {field.alias or name for name, field in AddOns.model_fields.items()}
    assert aliases == set(ADD_ONS) == set(get_args(AddOnName))


def test_the_secret_store_is_one_for_the_cluster() -> None:
    assert Secrets().store.model_dump() == {"kind": "ClusterSecretStore", "name": "platform"}
