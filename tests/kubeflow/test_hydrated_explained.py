"""What `synth explain` knows of upstream's objects that are written here."""

from __future__ import annotations

from pathlib import Path

from synth.explanation.answers import answer, explained
from synth.explanation.study import Study
from synth.explanation.targets import file_target
from synth.project import Project
from synth.review.explain.answer import Explained
from synth.review.explain.fields import parse
from tests.kubeflow.releases import Upstream

DEX = "dist/only/kubeflow-dex/manifests/auth/deployment.apps-dex.yaml"
SECRET = (
    "dist/only/kubeflow-dex/manifests/auth/externalsecret.external-secrets.io-dex-oidc-client.yaml"
)


def test_upstream_an_overlay_and_the_configuration(upstream: Upstream, tmp_path: Path) -> None:
    overlay = tmp_path / "overlays/only/kubeflow-dex"
    overlay.mkdir(parents=True)
    (overlay / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1alpha1\n"
        "kind: Component\n"
        "replicas: [{name: dex, count: 3}]\n"
    )
    loaded = upstream.build(tmp_path).loaded["only"]
    study = Study(Project(tmp_path), upstream.cache, loaded)

    def behind(path: str, field: str) -> Explained:
        return explained(study, file_target(study, path), parse(field))

    found = answer(study, file_target(study, DEX))
    assert found.maker == (None, None)
    assert found.upstream == (
        (
            "release",
            "Kubeflow 1.8.1, https://github.com/kubeflow/manifests at "
            "a925b2968e68f3085092adc04e9af39d4f5045f3",
        ),
        ("upstream", "common/dex/overlays/istio"),
    )
    replicas = behind(DEX, "spec.replicas")
    laid = [str(each) for each in replicas.overlays]
    assert laid == ["overlays/only/kubeflow-dex/kustomization.yaml:3 replicas[0]"]
    assert not replicas.values
    image = behind(DEX, "spec.template.spec.containers[0].image")
    assert (image.values, image.overlays) == ((), ())
    # Another release is built from other files than are at hand.
    assert "kubeflow.release" in {each.key for each in image.untried}
    store = behind(SECRET, "spec.secretStoreRef.name")
    assert [each.key for each in store.values] == ["secrets.store.name"]
    maker = answer(study, file_target(study, SECRET)).maker
    assert maker.body
    assert (maker.body.name, maker.body.file) == (
        "credential_secret",
        "synth/domains/kubeflow/credentials.py",
    )
