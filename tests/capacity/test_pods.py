"""What one pod asks for."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given

from synth.kit.objects import manifest
from synth.rules.capacity.amounts import counted, quota_name
from synth.rules.capacity.pods import Defaults, defaults, unsaid, usage
from tests.capacity.cases import SPECS
from tests.capacity.examples import MI, SMALL, container


def test_containers_count_together_and_a_limit_is_a_request_where_none_is_said() -> None:
    spec = {
        "containers": [
            container("a", requests={"cpu": "100m"}, limits={"memory": "64Mi"}),
            container("b", limits={"cpu": "1", "nvidia.com/gpu": "2"}),
        ]
    }
    assert usage(spec) == {
        "pods": 1,
        "count/pods": 1,
        "requests.cpu": Fraction(11, 10),
        "limits.cpu": 1,
        "requests.memory": 64 * MI,
        "limits.memory": 64 * MI,
        "requests.nvidia.com/gpu": 2,
    }


def test_the_largest_init_container_counts_where_it_asks_for_more() -> None:
    init = [
        container("fetch", requests={"cpu": "1"}),
        container("unpack", requests={"memory": "1Gi"}),
    ]
    counted = usage({"containers": [container()], "initContainers": init})
    assert counted["requests.cpu"] == 1
    assert counted["requests.memory"] == 1024 * MI


def test_an_init_container_that_goes_on_running_counts_with_what_comes_after_it() -> None:
    proxy = {"name": "proxy", "restartPolicy": "Always", "resources": SMALL}
    fetch = container("fetch", requests={"cpu": "1"})
    after = usage({"containers": [container()], "initContainers": [proxy, fetch]})
    before = usage({"containers": [container()], "initContainers": [fetch, proxy]})
    assert after["requests.cpu"] == Fraction(11, 10)
    assert before["requests.cpu"] == 1
    assert after["requests.memory"] == before["requests.memory"] == 256 * MI


def test_a_limit_range_completes_containers() -> None:
    limits = {
        "type": "Container",
        "default": {"memory": "256Mi"},
        "defaultRequest": {"cpu": "50m"},
    }
    given = defaults(
        [manifest("v1", "LimitRange", "usual", namespace="nlp", spec={"limits": [limits]})]
    )
    assert given == Defaults({"cpu": Fraction(1, 20), "memory": 256 * MI}, {"memory": 256 * MI})
    spec = {"containers": [{"name": "main"}]}
    assert usage(spec, given)["requests.cpu"] == Fraction(1, 20)
    assert list(unsaid(spec, ["requests.cpu"])) == [("main", "requests.cpu")]
    assert list(unsaid(spec, ["requests.cpu", "limits.memory"], given)) == []
    assert list(unsaid(spec, ["limits.cpu", "pods"], given)) == [("main", "limits.cpu")]


@given(SPECS)
def test_a_pod_asks_for_no_less_than_any_of_its_containers(
    spec: dict[str, list[dict[str, object]]],
) -> None:
    whole = usage(spec)
    for each in (*spec["containers"], *spec["initContainers"]):
        alone = usage({"containers": [each]})
        assert all(whole[name] >= amount for name, amount in alone.items())


@pytest.mark.parametrize(
    ("name", "one"),
    [
        ("cpu", "requests.cpu"),
        ("requests.memory", "requests.memory"),
        ("hugepages-2Mi", "requests.hugepages-2Mi"),
        ("requests.nvidia.com/gpu", "requests.nvidia.com/gpu"),
        ("pods", "pods"),
    ],
)
def test_a_quota_has_two_names_for_some_resources(name: str, one: str) -> None:
    assert quota_name(name) == one
    assert counted(one)


@pytest.mark.parametrize(
    "name",
    ["nvidia.com/gpu", "limits.nvidia.com/gpu", "count/notebooks.kubeflow.org", "secrets"],
)
def test_what_a_quota_does_not_count_of_pods(name: str) -> None:
    assert not counted(quota_name(name))
