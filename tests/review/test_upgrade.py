"""What another release of Kubeflow means for an environment, as a checklist."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from synth.catalog.kubeflow import RELEASES, load_release
from synth.config.load import Loaded, load
from synth.kit.objects import Origin, Resource
from synth.review.upgrade import Case, Checklist, checklist
from tests.kubeflow.releases import release_tree
from tests.repository import Repository
from tests.shared import kustomize

ON = (
    "cert-manager",
    "kubeflow-namespace",
    "istio-crds",
    "istio-namespace",
    "knative-eventing",
    "centraldashboard",
    "kubeflow-roles",
    "istio-install",
    "kubeflow-istio-resources",
)
BASE = """\
gitops: {repoURL: "https://git.example.com/ml/platform.git"}
secrets: {store: {name: platform}}
"""
PROD = """\
extends: base
name: prod
cluster: {server: "https://prod.k8s.example.com", kubernetes: "1.26"}
registry: mirror.example.com
# Upgraded twice a year.
kubeflow:
  release: "1.8.1"   # since May
  components:
"""


def switches(on: tuple[str, ...] = ON, release: str = "1.8.1") -> str:
    """Upstream's defaults but for those that are wanted, switched off."""
    defaults = [each.name for each in load_release(release).components.values() if each.default]
    return "".join(f"    {name}: false\n" for name in defaults if name not in on)


@pytest.fixture
def it(tmp_path: Path) -> Repository:
    folder = tmp_path / "repository/environments"
    folder.mkdir(parents=True)
    (folder / "base.yaml").write_text(BASE)
    (folder / "prod.yaml").write_text(PROD + switches())
    (folder / "small.yaml").write_text(PROD[: PROD.index("registry")].replace("prod", "small"))
    return Repository(tmp_path)


def upgraded(it: Repository, *arguments: str) -> tuple[int, str, str]:
    done = it.synth("upgrade", *arguments)
    return done.returncode, done.stdout, done.stderr


WHOLE = """\
Kubeflow 1.8.1 → 1.9.1 in prod: 12 steps

Before it is merged
  [ ] environments/prod.yaml:3:51: cluster.kubernetes: Kubeflow 1.9.1 is documented for Kubernetes 1.29 to 1.31, and the cluster has 1.26
      ⇒ bring the cluster to a version from 1.29 to 1.31, and say so in cluster.kubernetes
  [ ] environments/prod.yaml:10: kubeflow.components.oidc-authservice: Kubeflow 1.9.1 has no such component
      ⇒ take the switch out; --write does
  [ ] overlays/prod/kubeflow-knative-eventing: kubeflow-knative-eventing goes
      ⇒ remove the folder
  [ ] Secrets are read that nobody read before: 1 ExternalSecret
      ⇒ put what they hold into the store 'platform'
        oauth2-proxy/oauth2-proxy
  [ ] 8 images are new
      ⇒ mirror them: with the release written, `synth images prod -o skopeo` lists all
        docker.io/istio/pilot:1.22.1 → mirror.example.com/docker.io/istio/pilot:1.22.1
        docker.io/istio/proxyv2:1.22.1 → mirror.example.com/docker.io/istio/proxyv2:1.22.1
        docker.io/kubeflownotebookswg/centraldashboard:v1.9.2 → mirror.example.com/docker.io/kubeflownotebookswg/centraldashboard:v1.9.2
        quay.io/jetstack/cert-manager-acmesolver:v1.14.5 → mirror.example.com/quay.io/jetstack/cert-manager-acmesolver:v1.14.5
        quay.io/jetstack/cert-manager-cainjector:v1.14.5 → mirror.example.com/quay.io/jetstack/cert-manager-cainjector:v1.14.5
        quay.io/jetstack/cert-manager-controller:v1.14.5 → mirror.example.com/quay.io/jetstack/cert-manager-controller:v1.14.5
        and 2 more

What it changes
  [ ] component networkpolicies comes: it is new, with 22 objects
      ⇒ see what it does, or do without it: kubeflow.components.networkpolicies: false
  [ ] component oauth2-proxy comes: it is new, with 12 objects
      ⇒ see what it does, or do without it: kubeflow.components.oauth2-proxy: false
  [ ] component knative-eventing goes: it is off by default now
      ⇒ kubeflow.components.knative-eventing: true keeps it; {name: kubeflow-knative-eventing, kind: application} in retired: has Argo CD remove what it runs
  [ ] 1 object of cert-manager goes
      ⇒ see that nothing of yours needs what Argo CD removes
        ConfigMap cert-manager/cert-manager-webhook
  [ ] 18 objects of istio-install go
      ⇒ see that nothing of yours needs what Argo CD removes
        ServiceAccount istio-system/istiod-service-account
        EnvoyFilter istio-system/stats-filter-1.13
        EnvoyFilter istio-system/stats-filter-1.14
        EnvoyFilter istio-system/stats-filter-1.15
        EnvoyFilter istio-system/stats-filter-1.16
        EnvoyFilter istio-system/stats-filter-1.17
        and 12 more
  [ ] what it risks beside that is not known, since nothing is built yet: overlays/prod/kubeflow-knative-eventing: there is no application 'kubeflow-knative-eventing' (there: kubeflow-centraldashboard, kubeflow-cert-manager, kubeflow-istio-crds, kubeflow-istio-install, kubeflow-istio-namespace, kubeflow-kubeflow-istio-resources, kubeflow-kubeflow-namespace, kubeflow-kubeflow-roles, kubeflow-networkpolicies, kubeflow-oauth2-proxy)
      ⇒ with the release written and that put right, `synth diff` says it

Once it is merged
  [ ] 13 objects that hold data stay in the cluster, and nobody looks after them any more: Argo CD does not prune such
      ⇒ save what is needed, then delete by hand; with a CRD go all objects of its kind
        Namespace knative-eventing
        CustomResourceDefinition apiserversources.sources.knative.dev
        CustomResourceDefinition brokers.eventing.knative.dev
        CustomResourceDefinition channels.messaging.knative.dev
        CustomResourceDefinition containersources.sources.knative.dev
        CustomResourceDefinition eventtypes.eventing.knative.dev
        and 7 more
"""
OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
- target: {kind: Deployment, name: eventing-webhook}
  patch: '[{op: replace, path: /spec/replicas, value: 2}]'
"""


def test_the_whole_list(it: Repository) -> None:
    folder = it.root / "overlays/prod/kubeflow-knative-eventing"
    folder.mkdir(parents=True)
    (folder / "kustomization.yaml").write_text(OVERLAY)
    code, said, remarks = upgraded(it, "--to", "1.9.1")
    assert (code, remarks) == (1, "")
    assert said == WHOLE
    assert (it.root / "environments/prod.yaml").read_text() == PROD + switches()


def test_it_is_written_and_everything_else_stays(it: Repository) -> None:
    code, said, remarks = upgraded(it, "prod", "--to", "1.9.1", "--write")
    assert code == 1
    assert said.startswith("Kubeflow 1.8.1 → 1.9.1 in prod: 10 steps\n")
    assert remarks == (
        "environments/prod.yaml is written\n"
        "`synth validate` says whether all is right, `synth diff` what it does object by object, "
        "`synth build` writes dist/; the commit is yours\n"
    )
    written = (it.root / "environments/prod.yaml").read_text()
    assert written == PROD.replace('"1.8.1"', '"1.9.1"') + switches().replace(
        "    oidc-authservice: false\n", ""
    )
    assert it.synth("build").returncode == 0


def test_what_a_base_says_stays_there(it: Repository) -> None:
    (it.root / "environments/base.yaml").write_text(
        BASE + PROD[PROD.index("kubeflow:") :] + switches()
    )
    (it.root / "environments/prod.yaml").write_text(PROD[: PROD.index("#")])
    (it.root / "environments/small.yaml").unlink()
    code, said, _ = upgraded(it, "--to", "1.9.1", "--write")
    assert code == 1
    assert (
        "environments/base.yaml:7: kubeflow.components.oidc-authservice: Kubeflow 1.9.1 has no"
        in said
    )
    assert (it.root / "environments/base.yaml").read_text().count('"1.8.1"') == 1
    assert (it.root / "environments/prod.yaml").read_text() == PROD[: PROD.index("#")] + (
        'kubeflow: {release: "1.9.1", components: {oidc-authservice: null}}\n'
    )


def test_as_markdown_and_as_json(it: Repository) -> None:
    code, said, _ = upgraded(it, "prod", "--to", "1.9.1", "-o", "markdown")
    assert code == 1
    lines = said.splitlines()
    assert lines[:5] == [
        "### Kubeflow 1.8.1 → 1.9.1 in prod: 10 steps",
        "",
        "#### Before it is merged",
        "",
        "- [ ] environments/prod.yaml:3:51: cluster.kubernetes: Kubeflow 1.9.1 is documented for "
        "Kubernetes 1.29 to 1.31, and the cluster has 1.26. _bring the cluster to a version from 1.29 to "
        "1.31, and say so in cluster.kubernetes_",
    ]
    assert lines.count("  </details>") == 3
    assert sum(line.startswith("- [ ] ") for line in lines) == 10
    code, said, _ = upgraded(it, "prod", "--to", "1.9.1", "-o", "json")
    [data] = json.loads(said)
    assert (data["environment"], data["from"], data["to"], data["downgrade"]) == (
        "prod",
        "1.8.1",
        "1.9.1",
        False,
    )
    assert len(data["steps"]) == 10
    assert data["steps"][2] == {
        "phase": "before",
        "says": "Secrets are read that nobody read before: 1 ExternalSecret",
        "way": "put what they hold into the store 'platform'",
        "details": ["oauth2-proxy/oauth2-proxy"],
    }


@pytest.mark.thorough
def test_upstreams_own_fields_where_the_cache_has_them(it: Repository, common: Path) -> None:
    kustomize()
    for release in ("1.8.1", "1.9.1"):
        folder = it.cache / "git" / load_release(release).commit
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.symlink_to(release_tree(common, release))
    code, said, _ = upgraded(it, "prod", "--to", "1.9.1", "-o", "json")
    assert code == 1
    [data] = json.loads(said)
    [step] = [each for each in data["steps"] if each["says"].startswith("DF010 ")]
    assert step["says"] == "DF010 somebody may do anything: 1"
    assert step["details"] == [
        "ClusterRole istio-reader-clusterrole-istio-system: may get, list, watch *.extensions.istio.io; "
        "get, list, watch *.telemetry.istio.io: name the resources and verbs that it needs"
    ]
    # Nothing of that is in dist/, which refers to upstream.
    assert (it.root / "environments/prod.yaml").read_text() == PROD + switches()


def listed(folder: Path, old: str, new: str, *objects: Mapping[str, object]) -> Checklist:
    """The list of an environment with upstream's defaults, which has these objects."""
    (folder / "all.yaml").write_text(
        f'name: all\ngitops: {{repoURL: r}}\ncluster: {{kubernetes: "1.33"}}\nkubeflow: {{release: "{old}"}}\n'
    )
    loaded: Loaded = load(folder, {"Kubeflow releases": RELEASES})["all"]
    kubeflow = loaded.environment.kubeflow
    assert kubeflow
    resources = [Resource("models", dict(body), Origin("", "")) for body in objects]
    return checklist(Case(loaded, kubeflow, resources, {}, ()), new)


def body(api_version: str, kind: str) -> Mapping[str, object]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"namespace": "nlp", "name": "a"}}


def test_own_objects_of_versions_that_are_dropped(tmp_path: Path) -> None:
    objects = (
        body("serving.knative.dev/v1alpha1", "DomainMapping"),
        body("serving.knative.dev/v1beta1", "DomainMapping"),
        body("serving.kserve.io/v1beta1", "InferenceService"),
        body("v1", "ConfigMap"),
    )
    steps = listed(tmp_path, "1.8.1", "1.9.1", *objects).steps
    [step] = [each for each in steps if "own objects" in each.says]
    assert step == (
        "before",
        "domainmappings.serving.knative.dev v1alpha1, which this environment's own objects use, is "
        "served no longer",
        "write them as v1beta1",
        ("DomainMapping nlp/a (models)",),
    )
    steps = listed(tmp_path, "1.10", "1.11", body("kubeflow.org/v1", "PyTorchJob")).steps
    [step] = [each for each in steps if "own objects" in each.says]
    assert step == (
        "before",
        "pytorchjobs.kubeflow.org v1, which this environment's own objects use, is gone with its CRD",
        "do without them, or keep the CRD",
        ("PyTorchJob nlp/a (models)",),
    )


def test_objects_that_another_component_has(tmp_path: Path) -> None:
    steps = listed(tmp_path, "1.11", "26.03").steps
    moved = [each for each in steps if " move" in each.says]
    assert moved[0][:3] == (
        "with",
        "1 object moves from kubeflow-issuer to cert-manager",
        "let all-kubeflow-cert-manager be Synced before kubeflow-kubeflow-issuer is retired or pruned: an "
        "object belongs to the Application that synced it last",
    )
    assert moved[0].details == ("ClusterIssuer kubeflow-self-signing-issuer",)
    assert not any(
        "ClusterIssuer kubeflow-self-signing-issuer" in each.details
        for each in steps
        if each not in moved
    )


def test_what_argo_cd_cannot_do(tmp_path: Path) -> None:
    steps = listed(tmp_path, "1.9.1", "1.10").steps
    [step] = [each for each in steps if "fails" in each.says]
    assert step == (
        "after",
        "the role that a ClusterRoleBinding refers to cannot be changed: all-kubeflow-pipelines fails",
        "once it does, run the commands, and Argo CD goes on by itself",
        ("`kubectl delete clusterrolebinding meta-controller-cluster-role-binding`",),
    )
    # There is nothing known of the way back.
    assert not any("fails" in each.says for each in listed(tmp_path, "1.10", "1.9.1").steps)


def test_releases_that_lie_between_and_the_way_back(tmp_path: Path) -> None:
    assert listed(tmp_path, "1.8.1", "1.11").steps[0] == (
        "before",
        "releases lie between 1.8.1 and 1.11, and upgrades are tested from one to the next",
        "go release by release: 1.8.1 → 1.9.1 → 1.10 → 1.11",
        (),
    )
    back = listed(tmp_path, "1.11", "1.10")
    assert back.back
    assert back.steps[0] == (
        "before",
        "1.10 is older than 1.11: no way back is tested, and programs may have changed what is in their "
        "databases",
        "save volumes and databases, and try it elsewhere; what is listed here is what would be lost",
        (),
    )
    assert "component trainer goes: the release does not have it" in [
        each.says for each in back.steps
    ]


@pytest.mark.parametrize("old", RELEASES)
@pytest.mark.parametrize("new", RELEASES)
def test_every_object_is_accounted_for(tmp_path: Path, old: str, new: str) -> None:
    """What the other release lacks goes with its component, is listed as going, or stays."""
    steps = listed(tmp_path, old, new).steps
    before, after = (load_release(each) for each in (old, new))
    ours = {each.name: each for each in before.enabled({})}
    there = {after.scoped(this) for each in after.enabled({}) for this in each.objects}
    listed_all = {detail for each in steps for detail in each.details}
    goes = {
        each.says.split()[1]
        for each in steps
        if each.says.startswith("component") and " goes" in each.says
    }
    assert goes == ours.keys() - {each.name for each in after.enabled({})}
    for name, component in ours.items():
        for this in map(before.scoped, component.objects):
            if this in there or name in goes or this.kind in ("ConfigMap", "Secret"):
                continue
            assert (
                f"{this.kind} {'/'.join(filter(None, (this.namespace, this.name)))}" in listed_all
            )
    if old == new:
        assert steps == ()


def test_mistakes(it: Repository) -> None:
    known = "(known: 1.8.0, 1.8.1, 1.9.1, 1.10, 1.11, 26.03)\n"
    for wrong, hint in (("1.9.2", ", did you mean '1.9.1'?"), ("latest", "")):
        assert upgraded(it, "--to", wrong) == (
            2,
            "",
            f"synth upgrade: there is no Kubeflow release {wrong!r}{hint} {known}",
        )
    assert upgraded(it, "small", "--to", "1.9.1") == (
        2,
        "",
        "synth upgrade: small has no kubeflow: there is no release to go from\n",
    )
    assert upgraded(it, "qa", "--to", "1.9.1") == (
        2,
        "",
        "environments: there is no environment 'qa' (there: prod, small)\n",
    )
    assert upgraded(it, "--to", "1.8.1") == (0, "", "prod runs Kubeflow 1.8.1 already\n")
    assert upgraded(it, "--to", "1.8.1", "-o", "json") == (
        0,
        "[]\n",
        "prod runs Kubeflow 1.8.1 already\n",
    )
