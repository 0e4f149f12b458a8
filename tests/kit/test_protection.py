"""What holds data is protected, whatever options it has already."""

from __future__ import annotations

import pytest

from synth.kit.objects import Body, manifest
from synth.kit.protection import HOLDS_DATA, protect

OPTIONS = "argocd.argoproj.io/sync-options"
COMPARE = "argocd.argoproj.io/compare-options"


@pytest.mark.parametrize(("group", "kind"), sorted(HOLDS_DATA))
def test_what_holds_data_is_protected(group: str, kind: str) -> None:
    body = manifest(f"{group}/v1" if group else "v1", kind, "a", spec={})
    assert protect(body) == {
        **body,
        "metadata": {
            "name": "a",
            "annotations": {OPTIONS: "Prune=false,Delete=false", COMPARE: "IgnoreExtraneous"},
        },
    }
    assert "annotations" not in body["metadata"]


def test_options_that_are_there_stay_and_come_once() -> None:
    annotations = {OPTIONS: "ServerSideApply=true,Prune=false", "other": "kept"}
    body = manifest("v1", "Namespace", "a", annotations=annotations)
    protected = protect(body)
    assert protected["metadata"]["annotations"] == {
        OPTIONS: "ServerSideApply=true,Prune=false,Delete=false",
        "other": "kept",
        COMPARE: "IgnoreExtraneous",
    }
    assert protect(protected) == protected


@pytest.mark.parametrize(
    "body",
    [
        manifest("v1", "ConfigMap", "a"),
        manifest("example.com/v1", "Namespace", "a"),
        manifest("serving.knative.dev/v1", "Service", "a"),
    ],
)
def test_other_objects_come_back_as_given(body: Body) -> None:
    assert protect(body) is body
