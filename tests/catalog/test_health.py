"""The health scripts, run by a Lua 5.1 as Argo CD runs them: an object in, its health out."""

from __future__ import annotations

from typing import Any

import pytest

from synth.catalog.health import CHECKS

lua51 = pytest.importorskip("lupa.lua51", reason="the package lupa is not installed")


def health(kind: str, **content: Any) -> tuple[str, str]:
    """Status and message; the sandbox has the functions of the base library alone."""
    lua = lua51.LuaRuntime()
    table = lua.table_from({"metadata": {}, **content}, recursive=True)
    result = lua.execute(f"local obj = ...\n{CHECKS[kind]}", table)
    return result.status, result.message


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, ("Progressing", "")),
        ({}, ("Progressing", "")),
        ({"health": {"status": "Healthy"}}, ("Healthy", "")),
        ({"health": {"status": "Degraded", "message": "no"}}, ("Degraded", "no")),
        ({"health": {}}, ("Progressing", "")),
    ],
)
def test_an_application_is_as_healthy_as_it_says(
    status: dict[str, Any] | None, expected: tuple[str, str]
) -> None:
    assert health("argoproj.io_Application", status=status) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, ("Progressing", "waiting for the operator")),
        ({"state": "Creating"}, ("Progressing", "")),
        ({"state": "Available"}, ("Healthy", "")),
        ({"state": "Failed", "description": "bad image"}, ("Degraded", "bad image")),
    ],
)
def test_a_model_is_healthy_once_it_is_available(
    status: dict[str, Any] | None, expected: tuple[str, str]
) -> None:
    kind = "machinelearning.seldon.io_SeldonDeployment"
    assert health(kind, status=status) == expected


FAILED = {"conditions": [{"type": "Failed", "message": "not owned by a@example.com"}]}


@pytest.mark.parametrize(
    ("finalizers", "status", "expected"),
    [
        ([], None, ("Progressing", "waiting for the namespace")),
        (["other"], {}, ("Progressing", "waiting for the namespace")),
        ([], FAILED, ("Degraded", "not owned by a@example.com")),
        (["profile-finalizer"], None, ("Healthy", "the namespace is there")),
        # The controller never takes a failure back.
        (["profile-finalizer"], FAILED, ("Healthy", "the namespace is there")),
    ],
)
def test_a_profile_is_healthy_once_its_namespace_is_there(
    finalizers: list[str], status: dict[str, Any] | None, expected: tuple[str, str]
) -> None:
    metadata = {"finalizers": finalizers}
    assert health("kubeflow.org_Profile", metadata=metadata, status=status) == expected


def ready(status: str, generation: int = 2, **more: str) -> dict[str, Any]:
    conditions = [{"type": "Deployed", "status": "True"}, {"type": "Ready", "status": status}]
    conditions[1].update(more)
    return {"observedGeneration": generation, "conditions": conditions}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, ("Progressing", "waiting for the controller")),
        (ready("True", generation=1), ("Progressing", "waiting for the controller")),
        (ready("True"), ("Healthy", "")),
        (ready("Unknown", reason="Deploying"), ("Progressing", "Deploying")),
        (ready("False", message="no brokers"), ("Degraded", "no brokers")),
        ({"observedGeneration": 2}, ("Progressing", "waiting for the controller")),
    ],
)
def test_a_kafka_source_is_as_ready_as_it_says(
    status: dict[str, Any] | None, expected: tuple[str, str]
) -> None:
    kind = "sources.knative.dev_KafkaSource"
    assert health(kind, metadata={"generation": 2}, status=status) == expected
