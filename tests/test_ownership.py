"""Every object of a cluster belongs to one application of one environment."""

from __future__ import annotations

from tests.repository import Repository

PROD = "https://prod.k8s.example.com"


def mistakes(repository: Repository, *arguments: str) -> list[str]:
    before = repository.tree()
    done = repository.synth("build", *arguments)
    assert done.returncode == 2, done.stderr
    assert repository.tree() == before
    # Where keys are explained comes after what is wrong.
    return [line for line in done.stderr.splitlines() if not line.startswith("`synth docs ")]


def add(repository: Repository, name: str, text: str) -> None:
    (repository.root / "environments" / f"{name}.yaml").write_text(f"name: {name}\n{text}")


def test_two_environments_on_one_cluster_own_different_objects(repository: Repository) -> None:
    repository.edit("environments/staging.yaml", "https://staging.k8s.example.com", PROD)
    assert mistakes(repository) == [
        "environments/base.yaml:7:1: kubeflow: ConfigMap "
        "cert-manager/cert-manager-webhook belongs to prod-kubeflow-cert-manager already "
        f"(environments/base.yaml:7:1), on {PROD}: "
        "rename one of the two, or give staging a cluster of its own"
    ]


def test_also_where_only_one_of_them_is_built(repository: Repository) -> None:
    add(
        repository,
        "apart",
        f'extends: base\ncluster: {{server: "{PROD}", kubernetes: "1.26"}}\nkubeflow: null\n'
        "models: null\nworkflows: null\npipelines: null\nstreams: null\nmlflow: null\n",
    )
    assert mistakes(repository, "apart") == [
        "environments/prod.yaml:13:5: teams.nlp: Profile.kubeflow.org nlp belongs to apart-teams "
        f"already (environments/base.yaml:12:5), on {PROD}: "
        "rename one of the two, or give prod a cluster of its own"
    ]


def test_two_applications_of_one_environment_own_different_objects(repository: Repository) -> None:
    repository.edit(
        "environments/base.yaml", "name: sentiment-evaluation\n", "name: comments-processor\n"
    )
    assert mistakes(repository) == [
        "environments/base.yaml:95:5: streams.comments: ServiceAccount nlp/comments-processor "
        f"belongs to {name}-workflows already (environments/base.yaml:62:5), "
        f"on https://{name}.k8s.example.com: rename one of the two"
        for name in ("dev", "prod", "staging")
    ]


def test_environments_share_no_name_in_argo_cd(repository: Repository) -> None:
    add(
        repository,
        "prod-gitops",
        'extends: base\ncluster: {server: "https://x.k8s.example.com", kubernetes: "1.26"}\n'
        "models: null\n",
    )
    assert mistakes(repository) == [
        "environments/prod-gitops.yaml:1:1: name: the AppProject prod-gitops would be prod's as "
        "well (environments/prod.yaml:3:1): rename one of the two environments"
    ]


def test_environments_share_the_settings_of_argo_cd(repository: Repository) -> None:
    repository.build()
    repository.edit(
        "environments/prod.yaml", "name: prod\n", "name: prod\ngitops: {targetRevision: v1}\n"
    )
    assert mistakes(repository) == [
        "environments/prod.yaml:4:1: gitops: differs from dev's (environments/base.yaml:3:1), and "
        "they share argocd/settings: say the same in both"
    ]


def test_nothing_is_called_like_the_settings_of_argo_cd(repository: Repository) -> None:
    add(
        repository,
        "kfsynth-settings",
        'extends: base\ncluster: {server: "https://x.k8s.example.com", kubernetes: "1.26"}\n'
        "models: null\n",
    )
    assert mistakes(repository) == [
        "environments/kfsynth-settings.yaml:1:1: name: the AppProject kfsynth-settings is that of "
        "Argo CD's settings: call it otherwise"
    ]
