"""What an environment says about Kubeflow, against what the catalogue knows."""

from __future__ import annotations

from collections.abc import Iterator

from synth.catalog.argocd import KUSTOMIZE
from synth.catalog.kubeflow import KNATIVE_KUBERNETES, Component, Release, load_release
from synth.config.environment import Environment
from synth.kit.versions import minor
from synth.rules.addons import check_addons
from synth.rules.findings import Finding
from synth.rules.serving import check_serving
from synth.rules.workflows import check_workflows


def check_kubeflow(environment: Environment) -> list[Finding]:
    """Findings about components, credentials, images and what the models need of the install."""
    if environment.kubeflow is None:
        return [
            *check_serving(environment, frozenset()),
            *check_addons(environment, ()),
            *check_workflows(environment),
        ]
    release = load_release(environment.kubeflow.release)
    switches = environment.kubeflow.components
    enabled = release.enabled(switches)
    names = frozenset(component.name for component in enabled)
    elsewhere = {"cert-manager"} if environment.addons.cert_manager else set()
    return [
        *_kubernetes(release, environment.cluster.kubernetes),
        *_knative(release, environment.cluster.kubernetes, names),
        *_unknown(release, switches),
        *_required(enabled, names | elsewhere),
        *_issuer(release, enabled, names),
        *_credentials(environment),
        *_remotes(environment, release),
        *_copies(environment, release),
        *_built_by_argocd(environment, release, names),
        *_images(environment, enabled),
        *check_serving(environment, names),
        *check_addons(environment, enabled),
        *check_workflows(environment),
    ]


def _kubernetes(release: Release, version: str) -> Iterator[Finding]:
    oldest, newest = release.kubernetes[0], release.kubernetes[-1]
    if not minor(oldest) <= minor(version) <= minor(newest):
        yield Finding(
            "KF010", "warning", "cluster.kubernetes",
            f"Kubeflow {release.name} is documented for Kubernetes {oldest} to {newest}, and the "
            f"cluster has {version}",
        )  # fmt: skip


def _knative(release: Release, version: str, names: frozenset[str]) -> Iterator[Finding]:
    oldest = KNATIVE_KUBERNETES[release.name]
    if "knative-serving" in names and minor(version) < minor(oldest):
        yield Finding(
            "KF011", "error", "cluster.kubernetes",
            f"the programs of Knative Serving in Kubeflow {release.name} refuse to start on a "
            f"Kubernetes before {oldest}, and the cluster has {version}: switch knative-serving and "
            "what needs it off, or take another release",
        )  # fmt: skip


def _issuer(
    release: Release, enabled: tuple[Component, ...], names: frozenset[str]
) -> Iterator[Finding]:
    """That the ClusterIssuer of Kubeflow's Certificates is in a component that is off."""
    if not any("cert-manager" in component.requires for component in enabled):
        return
    for component in release.components.values():
        for each in component.objects:
            if each.kind == "ClusterIssuer" and component.name not in names:
                yield Finding(
                    "KF012", "warning", f"kubeflow.components.{component.name}",
                    f"the ClusterIssuer {each.name}, which Kubeflow's Certificates name, comes with "
                    f"{component.name}, which is off: the cluster must have one of that name",
                )  # fmt: skip


def _unknown(release: Release, switches: dict[str, bool]) -> Iterator[Finding]:
    for name in switches.keys() - release.components.keys():
        known = ", ".join(sorted(release.components))
        yield Finding(
            "KF001", "error", f"kubeflow.components.{name}",
            f"Kubeflow {release.name} has no component {name!r} (it has: {known})",
        )  # fmt: skip


def _required(enabled: tuple[Component, ...], names: frozenset[str]) -> Iterator[Finding]:
    for component in enabled:
        for needed in sorted(set(component.requires) - names):
            yield Finding(
                "KF002", "error", f"kubeflow.components.{needed}",
                f"{component.name} needs {needed}: switch it on, or {component.name} off",
            )  # fmt: skip


def _credentials(environment: Environment) -> Iterator[Finding]:
    kubeflow = environment.kubeflow
    if (
        kubeflow
        and kubeflow.default_credentials == "upstream"
        and environment.policy.refuse_default_credentials
    ):
        yield Finding(
            "KF003", "error", "kubeflow.defaultCredentials",
            "upstream's well-known passwords are refused here (policy.refuseDefaultCredentials): "
            "say external",
        )  # fmt: skip


def _remotes(environment: Environment, release: Release) -> Iterator[Finding]:
    if environment.kubeflow and environment.kubeflow.source == "reference" and release.remote_bases:
        yield Finding(
            "KF004", "warning", "kubeflow.release",
            f"Kubeflow {release.name} itself pulls by tag: {', '.join(release.remote_bases)}; "
            "source: hydrated pins everything",
        )  # fmt: skip


def _copies(environment: Environment, release: Release) -> Iterator[Finding]:
    remotes = environment.kubeflow.remotes if environment.kubeflow else {}
    for name in remotes.keys() - release.remotes.keys():
        there = ", ".join(sorted(release.remotes)) or "nothing"
        yield Finding(
            "KF008", "error", f"kubeflow.remotes.{name}",
            f"Kubeflow {release.name} pulls nothing from {name!r} (it pulls from: {there})",
        )  # fmt: skip


def _built_by_argocd(
    environment: Environment, release: Release, names: frozenset[str]
) -> Iterator[Finding]:
    """In reference mode Argo CD's own Kustomize builds, and versions differ in what they make."""
    if environment.kubeflow is None or environment.kubeflow.source != "reference":
        return
    argocd = environment.gitops.argocd.version
    version = KUSTOMIZE[argocd]
    for name in names & set(release.misbuilt[version]):
        yield Finding(
            "KF007", "error", "kubeflow.source",
            f"Argo CD {argocd} builds with Kustomize {version}, which gets {name} of Kubeflow "
            f"{release.name} wrong: say source: hydrated, or switch {name} off",
        )  # fmt: skip


def _images(environment: Environment, enabled: tuple[Component, ...]) -> Iterator[Finding]:
    if not environment.policy.require_mirror:
        return
    if environment.registry is None:
        yield Finding(
            "KF005", "error", "policy.requireMirror", "the environment names no registry: add one"
        )
    elif environment.kubeflow and environment.kubeflow.source == "reference":
        hidden = sorted({u.image for part in enabled for u in part.images if u.kind == "document"})
        if hidden:
            yield Finding(
                "KF006", "error", "policy.requireMirror",
                f"{len(hidden)} images inside ConfigMaps cannot be rewritten in reference mode "
                f"({hidden[0]}, …): say kubeflow.source: hydrated",
            )  # fmt: skip
