"""A kustomization that refers to upstream is told by what the catalogue knows of its inside."""

from __future__ import annotations

import pytest

from synth.catalog.kubeflow import RELEASES, Release, load_release
from synth.domains.kubeflow import kustomization
from synth.kit.external_secrets import Store
from synth.kit.objects import identity
from synth.render.documents import dump
from synth.review.comparison import compare
from synth.review.forms.markdown import LIMIT, as_markdown
from synth.review.upstream import inside, release_of
from tests.review.sides import lines, reviewed, side


def files(release: Release, name: str, registry: str | None = None) -> dict[str, bytes]:
    component = release.components[name]
    made = kustomization(release, component, registry=registry, store=Store("platform", "0.9.20"))
    return {f"dist/prod/kubeflow-{name}/{file}": dump(body).encode() for file, body in made.items()}


@pytest.mark.parametrize("name", RELEASES)
def test_the_inside_is_the_catalogues(name: str) -> None:
    release = load_release(name)
    for component in release.components.values():
        body = kustomization(release, component)["kustomization.yaml"]
        assert release_of(body) == name
        found = {identity(each) for each in inside(body)}
        assert found == {release.scoped(each) for each in component.objects}


def test_another_release() -> None:
    before, after = (files(load_release(name), "pipelines") for name in ("1.8.1", "1.9.1"))
    said = lines(before, after)
    assert "kubeflow-pipelines in prod: Kubeflow 1.8.1 → 1.9.1" in said
    assert (
        "Deployment kubeflow/ml-pipeline in prod: image gcr.io/ml-pipeline/api-server 2.0.5 → 2.3.0"
    ) in said
    assert "CRD workflowartifactgctasks.argoproj.io in prod: comes" in said
    assert reviewed(before, after).notes == (
        "kubeflow-pipelines refers to upstream's files, which Argo CD builds: of what is inside "
        "only which objects come and go, the versions of CRDs and the images of containers are "
        "compared",
    )


def test_a_version_of_a_crd_that_goes() -> None:
    before, after = (files(load_release(name), "knative-serving") for name in ("1.8.1", "1.9.1"))
    assert [risk.reason for risk in reviewed(before, after).risks if risk.code == "DF004"] == [
        "v1alpha1 is served no longer: objects and clients that use it fail"
    ]


def test_a_mirror_is_another_image() -> None:
    release = load_release("1.8.1")
    before, after = files(release, "dex"), files(release, "dex", "mirror.example.com")
    assert (
        "Deployment auth/dex in prod: image ghcr.io/dexidp/dex:v2.36.0 → "
        "mirror.example.com/ghcr.io/dexidp/dex:v2.36.0"
    ) in lines(before, after)


def test_what_is_known_in_part_does_not_differ_from_the_whole() -> None:
    release = load_release("1.8.1")
    body = kustomization(release, release.components["katib"])["kustomization.yaml"]
    whole = [{**each, "spec": {"more": "than is known"}} for each in inside(body)]
    before = {"dist/prod/kubeflow-katib/kustomization.yaml": dump(body).encode()}
    after = side(*whole, application="kubeflow-katib")
    assert [each.object.kind for each in compare(before, after)] == ["Kustomization"]


def test_an_upgrade_of_three_environments_fits_into_a_comment() -> None:
    sides = []
    for name in ("1.8.1", "1.9.1"):
        release, found = load_release(name), dict[str, bytes]()
        for component in release.enabled({}):
            for path, content in files(release, component.name).items():
                for environment in ("dev", "staging", "prod"):
                    found[path.replace("/prod/", f"/{environment}/", 1)] = content
        sides.append(found)
    report = reviewed(sides[0], sides[1])
    text = as_markdown(report)
    assert len(report.changes) > 600
    assert len(text.encode()) <= LIMIT
    first = "\n".join(text.splitlines()[:40])
    for code in ("DF003", "DF004"):
        assert code in first
    assert "kubeflow-pipelines in dev, prod and staging: Kubeflow 1.8.1 → 1.9.1" in text
