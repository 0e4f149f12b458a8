"""The components that upstream's example leaves out, and the example user, switched on."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.catalog.kubeflow import RELEASES, load_release
from synth.config.problems import ConfigurationError
from synth.domains.kubeflow import credential_secret, secret_identity
from synth.kit.objects import identity
from tests.kubeflow.comparison import by_name, differences, entries, protected, unwritten
from tests.kubeflow.releases import STORE, Upstream, objects

OPTIONAL = {
    "1.8.0": {"seldon", "user-namespace"},
    "1.8.1": {"seldon", "user-namespace"},
    "1.9.1": {"seldon", "knative-eventing", "model-registry", "user-namespace"},
    "1.10": {"knative-eventing", "model-registry", "user-namespace"},
    "1.11": {"knative-eventing", "model-registry", "user-namespace"},
    "26.03": {"knative-eventing", "model-registry", "user-namespace"},
}
"""By release; in 1.8 knative-eventing is part of the example."""


@pytest.mark.parametrize("release", RELEASES)
def test_these_are_optional(release: str) -> None:
    parts = load_release(release).components
    assert {name for name, part in parts.items() if not part.default} == (
        OPTIONAL[release] - {"user-namespace"}
    )
    assert parts["user-namespace"].default, "upstream's example has it"


@pytest.mark.parametrize("upstream", RELEASES, indirect=True)
def test_each_is_what_kustomize_makes_of_its_path_but_for_the_written_list(
    upstream: Upstream, tmp_path: Path
) -> None:
    names = OPTIONAL[upstream.release.name]
    applications = upstream.applications(tmp_path, components=dict.fromkeys(names, True))
    written = {
        each.difference
        for each in entries()
        if upstream.release.name in each.releases and each.optional
    }
    used = set()
    for name in sorted(names):
        component = upstream.release.components[name]
        ours = by_name(objects(applications[name]))
        theirs = by_name(protected(upstream.component(component)), upstream.release.scoped)
        there = set(map(str, component.objects)) | {
            str(this)
            for each in component.credentials
            for this in (secret_identity(each), identity(credential_secret(each, STORE)))
        }
        expected = {each for each in written if each.object in there}
        assert ours, name
        assert unwritten(differences(ours, theirs), expected) == (set(), set()), name
        used |= expected
    assert used == written, "written for a component that is not optional"


def test_what_is_not_switched_on_is_not_there(upstream: Upstream, tmp_path: Path) -> None:
    applications = upstream.applications(tmp_path, components={"user-namespace": False})
    assert OPTIONAL["1.8.1"] & applications.keys() == set()


def test_a_build_without_what_a_component_needs_says_so_at_the_switch(
    upstream: Upstream, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        upstream.applications(tmp_path, components={"profiles": False, "user-namespace": True})
    assert str(caught.value) == (
        "environments/only.yaml:15:5: kubeflow.components.profiles: "
        "user-namespace needs profiles: switch it on, or user-namespace off"
    )
