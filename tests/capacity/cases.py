"""Pods of every shape that decides about what a quota counts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

RESOURCES = ("cpu", "memory", "ephemeral-storage", "hugepages-2Mi", "nvidia.com/gpu")
QUOTA = (
    "requests.cpu",
    "requests.memory",
    "limits.cpu",
    "limits.memory",
    "requests.nvidia.com/gpu",
)
_QUANTITIES = {
    "cpu": ["0", "1", "250m", "1500m", "0.1"],
    "memory": ["64Mi", "1Gi", "100M", "1.5Gi"],
    "ephemeral-storage": ["1Gi", "500Mi"],
    "hugepages-2Mi": ["2Mi", "4Mi"],
    "nvidia.com/gpu": ["1", "2"],
}


def amounts(names: tuple[str, ...] = RESOURCES) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(_QUANTITIES[name]) for name in names}
    )


def containers(least: int, *, restart: bool) -> st.SearchStrategy[list[dict[str, Any]]]:
    policies = st.sampled_from([{}, {"restartPolicy": "Always"}] if restart else [{}])
    one = st.builds(
        lambda resources, policy: {"resources": resources, **policy},
        st.fixed_dictionaries({}, optional={"requests": amounts(), "limits": amounts()}),
        policies,
    )
    return st.lists(one, min_size=least, max_size=3)


def _named(role: str, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": f"{role}-{i}", **each} for i, each in enumerate(given)]


SPECS = st.builds(
    lambda main, init: {
        "containers": _named("main", main),
        "initContainers": _named("init", init),
    },
    containers(1, restart=False),
    containers(0, restart=True),
)
_PLAIN = ("cpu", "memory")
RANGES = st.lists(
    st.builds(
        lambda item: {"spec": {"limits": [{"type": "Container", **item}]}},
        st.fixed_dictionaries(
            {},
            optional={key: amounts(_PLAIN) for key in ("default", "defaultRequest", "max", "min")},
        ),
    ),
    max_size=1,
)
QUOTAS = st.lists(st.sampled_from(QUOTA), unique=True)
"""The names in a quota."""
