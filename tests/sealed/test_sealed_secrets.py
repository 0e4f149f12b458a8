"""SealedSecrets of the repository in the place of ExternalSecrets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from synth.cli.steps import Silence
from synth.config.problems import ConfigurationError
from synth.configuration import configuration
from synth.explanation.answers import answer
from synth.explanation.study import Study
from synth.explanation.targets import object_target
from synth.kit.objects import Body
from synth.pipeline import build, validated, write
from synth.project import Project
from synth.render.cache import Cache
from synth.render.documents import load_all
from tests.app.examples import ENVIRONMENT, PROJECT
from tests.sealed.examples import VALUE, seal

TEAM = """\
secrets: {provider: sealedSecrets}
teams:
  - name: nlp
    owner: lead@example.com
    imagePullSecrets: [{name: registry, external: any}]
"""
EVERYTHING = (
    TEAM
    + """\
addons: {strimzi: {}, knativeKafka: {}, sealedSecrets: {}}
mlflow:
  backendStore: {secretName: database, external: any}
  artifacts: {destination: "s3://models", credentialsSecret: bucket, external: any}
kafka:
  - name: events
    version: 3.9.0
    pools: [{name: all, replicas: 3, roles: [broker, controller], storage: {size: 10Gi}}]
    listeners: [{name: tls, port: 9093, tls: true, authentication: scram-sha-512}]
    users: [{name: reader, external: any}]
streams:
  - name: comments
    team: nlp
    kafka:
      bootstrapServers: ["kafka.example.com:9093"]
      topic: {name: comments}
      sasl: {secretName: kafka-login, external: any}
    source: {consumerGroup: comments}
    processor: {image: "processor:1"}
"""
)
WANTED = {
    "kafka/reader-password": ["password"],
    "mlflow/bucket": ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    "mlflow/database": ["uri"],
    "nlp/kafka-login": ["user", "password", "type"],
    "nlp/registry": [".dockerconfigjson"],
}


def written(project: Project, text: str) -> Project:
    (project.environments / "test.yaml").write_text(ENVIRONMENT + text)
    return project


def bodies(files: dict[str, bytes]) -> list[Body]:
    return [body for name, data in files.items() for body in load_all(data.decode())]


def complaints(project: Project) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        validated(project)
    return [str(each) for each in caught.value.problems]


def test_every_secret_of_the_provider_is_the_file_that_kubeseal_wrote(
    project: Project, cache: Cache
) -> None:
    files = seal(written(project, EVERYTHING), "test")
    assert sorted(files) == sorted(WANTED)
    made = build(project, cache, [], Silence()).trees["dist/test"]
    found = {
        f"{body['metadata']['namespace']}/{body['metadata']['name']}": body
        for body in bodies(made)
        if body["kind"] in ("SealedSecret", "ExternalSecret")
    }
    assert found.keys() == WANTED.keys()
    for path, body in found.items():
        namespace, _, name = path.partition("/")
        template = {"metadata": {"name": name, "namespace": namespace}}
        if path == "nlp/registry":
            template["type"] = "kubernetes.io/dockerconfigjson"  # type: ignore[assignment]
        assert body == {
            "apiVersion": "bitnami.com/v1alpha1",
            "kind": "SealedSecret",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"encryptedData": dict.fromkeys(WANTED[path], VALUE), "template": template},
        }


def test_a_file_makes_its_application_anew_and_no_other(project: Project, cache: Cache) -> None:
    files = seal(written(project, EVERYTHING), "test")
    write(project, cache, build(project, cache, [], Silence()))
    before = {path: path.read_bytes() for path in (project.root / "dist").rglob("*.yaml")}
    other = VALUE[:-4] + "AAEA"
    path = files["nlp/registry"]
    path.write_text(path.read_text().replace(VALUE, other))
    kept = set(cache.folder.glob("parts/**/*"))
    write(project, cache, build(project, cache, [], Silence()))
    after = {path: path.read_bytes() for path in (project.root / "dist").rglob("*.yaml")}
    [changed] = [path for path in after if after[path] != before.get(path)]
    assert str(changed.relative_to(project.root / "dist/test/namespaces")) == (
        "nlp/sealedsecret.bitnami.com-registry.yaml"
    )
    assert other.encode() in after[changed]
    assert before.keys() == after.keys()
    rendered = {each for each in cache.folder.glob("parts/**/*") if each.is_file()} - kept
    assert [b'"name": "namespaces"' in each.read_bytes() for each in rendered] == [True]


def test_what_is_missing_is_said_at_once_with_what_makes_it(project: Project) -> None:
    assert complaints(written(project, EVERYTHING)) == [
        "environments/test.yaml:8:24: teams.nlp.imagePullSecrets.registry: the Secret nlp/registry is not "
        "sealed: put each value into a file that is called like its key, and run: mkdir -p "
        "secrets/test/nlp && kubectl create secret generic registry --namespace nlp --type "
        "kubernetes.io/dockerconfigjson --from-file=.dockerconfigjson --dry-run=client -o yaml | kubeseal "
        "--controller-namespace sealed-secrets --sealed-secret-file secrets/test/nlp/registry.yaml",
        "environments/test.yaml:11:3: mlflow.backendStore: the Secret mlflow/database is not sealed: put "
        "each value into a file that is called like its key, and run: mkdir -p secrets/test/mlflow && "
        "kubectl create secret generic database --namespace mlflow --from-file=uri --dry-run=client -o yaml "
        "| kubeseal --controller-namespace sealed-secrets --sealed-secret-file "
        "secrets/test/mlflow/database.yaml",
        "environments/test.yaml:12:3: mlflow.artifacts: the Secret mlflow/bucket is not sealed: put each "
        "value into a file that is called like its key, and run: mkdir -p secrets/test/mlflow && kubectl "
        "create secret generic bucket --namespace mlflow --from-file=AWS_ACCESS_KEY_ID "
        "--from-file=AWS_SECRET_ACCESS_KEY --dry-run=client -o yaml | kubeseal --controller-namespace "
        "sealed-secrets --sealed-secret-file secrets/test/mlflow/bucket.yaml",
        "environments/test.yaml:18:13: kafka.events.users.reader: the Secret kafka/reader-password is not "
        "sealed: put each value into a file that is called like its key, and run: mkdir -p "
        "secrets/test/kafka && kubectl create secret generic reader-password --namespace kafka "
        "--from-file=password --dry-run=client -o yaml | kubeseal --controller-namespace sealed-secrets "
        "--sealed-secret-file secrets/test/kafka/reader-password.yaml",
        "environments/test.yaml:25:7: streams.comments.kafka.sasl: the Secret nlp/kafka-login is not sealed: "
        "put each value into a file that is called like its key, and run: mkdir -p secrets/test/nlp && "
        "kubectl create secret generic kafka-login --namespace nlp --from-file=user --from-file=password "
        "--from-file=type --dry-run=client -o yaml | kubeseal --controller-namespace sealed-secrets "
        "--sealed-secret-file secrets/test/nlp/kafka-login.yaml",
    ]


FILE = "secrets/test/nlp/registry.yaml"
TYPE = "    type: kubernetes.io/dockerconfigjson\n"
DATA = f'    ".dockerconfigjson": {VALUE}\n'


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


STRICT = "      name: registry\n      namespace: nlp\n"
WIDE = '  annotations: {sealedsecrets.bitnami.com/namespace-wide: "true"}\n'


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda _: "apiVersion: v1\nkind: Secret\ndata: {password: aHVudGVyMg==}\n",
            [
                f"{FILE}:2:1: kind: is a Secret in clear, which everybody who can read the repository "
                "can read, now and in its history: change what it holds where that is in use, and seal "
                "the new values"
            ],
        ),
        (
            replaced("spec:\n", "stringData: {password: hunter2}\nspec:\n"),
            [
                f"{FILE}:3:1: kind: is a Secret in clear, which everybody who can read the repository "
                "can read, now and in its history: change what it holds where that is in use, and seal "
                "the new values"
            ],
        ),
        (
            replaced("kind: SealedSecret", "kind: List"),
            [
                f"{FILE}:3:1: kind: must be a SealedSecret of bitnami.com/v1alpha1, as kubeseal writes it"
            ],
        ),
        (
            replaced("bitnami.com/v1alpha1", "bitnami.com/v1"),
            [
                f"{FILE}:3:1: kind: must be a SealedSecret of bitnami.com/v1alpha1, as kubeseal writes it"
            ],
        ),
        (
            lambda text: f"{text}{text}",
            [f"{FILE}:17:1: cannot be read as the YAML of one object: write it by kubeseal"],
        ),
        (
            lambda text: "password: *hunter2\n",
            [f"{FILE}:1:11: cannot be read as the YAML of one object: write it by kubeseal"],
        ),
        (lambda _: "", [f"{FILE}: cannot be read as the YAML of one object: write it by kubeseal"]),
        (
            replaced(TYPE, f"{TYPE}    data: {{token: hunter2}}\n"),
            [
                f"{FILE}:17:5: spec.template.data: holds a Secret in clear, or changes it: seal every value"
            ],
        ),
        (
            replaced("spec:\n", "spec:\n  data: aHVudGVyMg==\n"),
            [f"{FILE}:9:3: spec.data: holds a Secret in clear, or changes it: seal every value"],
        ),
        (
            replaced("  namespace: nlp\n", "  namespace: nlp\n  uid: 6c2b\n"),
            [
                f"{FILE}:8:3: metadata.uid: is nothing that kubeseal makes of a new Secret: take it out"
            ],
        ),
        (
            replaced(
                "  creationTimestamp: null\n", '  creationTimestamp: "2026-01-01T00:00:00Z"\n'
            ),
            [f"{FILE}:5:3: metadata.creationTimestamp: must be null"],
        ),
        (
            replaced("  encryptedData:\n" + DATA, "  encryptedData: hunter2\n"),
            [f"{FILE}:9:3: spec.encryptedData: must be a map of strings"],
        ),
        (
            replaced("  namespace: nlp\n", "  namespace: vision\n"),
            [
                f"{FILE}:7:3: metadata.namespace: must be 'nlp', as the folder is called: seal it again, "
                "since it may be unsealed only as what it was sealed as",
                f"{FILE}:15:7: spec.template.metadata.namespace: is another than the object's, and of the "
                "scope strict it can be unsealed only as what it was sealed as: seal it again",
            ],
        ),
        (
            lambda text: text.replace("name: registry", "name: other"),
            [
                f"{FILE}:6:3: metadata.name: must be 'registry', as the file is called: seal it again, "
                "since it may be unsealed only as what it was sealed as"
            ],
        ),
        (
            replaced("  name: registry\n", ""),
            [
                f"{FILE}:4:1: metadata.name: must be 'registry', as the file is called: seal it again, "
                "since it may be unsealed only as what it was sealed as",
                f"{FILE}:13:7: spec.template.metadata.name: is another than the object's, and of the scope "
                "strict it can be unsealed only as what it was sealed as: seal it again",
            ],
        ),
        (
            replaced("spec:\n", f"{WIDE}spec:\n"),
            [
                f"{FILE}:8:3: metadata.annotations: make the scope namespace-wide, and those of "
                "spec.template.metadata strict: seal it again with --scope"
            ],
        ),
        (
            replaced(DATA, "    .dockerconfigjson: aHVudGVyMg==\n"),
            [
                f"{FILE}:10:5: spec.encryptedData..dockerconfigjson: is no value that kubeseal sealed: seal "
                "it again"
            ],
        ),
        (
            replaced(DATA, "    .dockerconfigjson: hunter2!\n"),
            [
                f"{FILE}:10:5: spec.encryptedData..dockerconfigjson: is no value that kubeseal sealed: seal "
                "it again"
            ],
        ),
        (
            replaced(DATA, f"    token: {VALUE}\n"),
            [
                f"{FILE}:9:3: spec.encryptedData: has no .dockerconfigjson, which "
                "teams.nlp.imagePullSecrets.registry reads: seal it",
                f"{FILE}:10:5: spec.encryptedData.token: is read by nobody "
                "(teams.nlp.imagePullSecrets.registry reads: .dockerconfigjson): take it out",
            ],
        ),
        (
            replaced(TYPE, ""),
            [
                f"{FILE}:11:3: spec.template.type: must be kubernetes.io/dockerconfigjson, for "
                "teams.nlp.imagePullSecrets.registry"
            ],
        ),
        (
            replaced(TYPE, "    type: Opaque\n"),
            [
                f"{FILE}:16:5: spec.template.type: must be kubernetes.io/dockerconfigjson, for "
                "teams.nlp.imagePullSecrets.registry"
            ],
        ),
        (
            replaced(STRICT, f"{STRICT}      labels: {{app.kubernetes.io/instance: prod-teams}}\n"),
            [
                f"{FILE}:16:16: spec.template.metadata.labels.app.kubernetes.io/instance: Argo CD would "
                "take the Secret for its own and remove it: take it out"
            ],
        ),
        (
            replaced(
                "spec:\n",
                "  annotations: {kubectl.kubernetes.io/last-applied-configuration: hunter2}\nspec:\n",
            ),
            [
                f"{FILE}:8:17: metadata.annotations.kubectl.kubernetes.io/last-applied-configuration: it "
                "repeats the Secret in clear: take it out"
            ],
        ),
    ],
)
def test_a_mistake_in_a_file_has_its_place_and_no_word_of_the_secret(
    project: Project, change: Callable[[str], str], said: list[str]
) -> None:
    [path] = seal(written(project, TEAM), "test").values()
    path.write_text(change(path.read_text()))
    assert complaints(project) == said
    assert "hunter2" not in "".join(said)
    assert "aHVudGVyMg" not in "".join(said)


@pytest.mark.parametrize(
    "change",
    [
        replaced("spec:\n", "  labels: {team: nlp}\nspec:\n"),
        replaced(TYPE, f"{TYPE}    immutable: true\n    data: {{}}\n"),
        replaced(
            "  namespace: nlp\nspec:", "  namespace: nlp\n  annotations: {}\nspec:"
        ),
        lambda text: text.replace("metadata:\n", "metadata:\n" + WIDE, 1).replace(
            "    metadata:\n      creationTimestamp: null\n      name: registry\n",
            f"    metadata:\n    {WIDE}      name: sealed-under-another-name\n",
        ),
    ],
)  # fmt: skip
def test_what_kubeseal_writes_otherwise_is_taken(
    project: Project, cache: Cache, change: Callable[[str], str]
) -> None:
    [path] = seal(written(project, TEAM), "test").values()
    path.write_text(change(path.read_text()))
    made = build(project, cache, [], Silence()).trees["dist/test"]
    [body] = [body for body in bodies(made) if body["kind"] == "SealedSecret"]
    assert body["spec"]["encryptedData"] == {".dockerconfigjson": VALUE}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "secrets/test/nlp/registry.json",
            "does not lie where a SealedSecret is looked for: call it "
            "secrets/<environment>/<namespace>/<name>.yaml",
        ),
        (
            "secrets/test/registry.yaml",
            "does not lie where a SealedSecret is looked for: call it "
            "secrets/<environment>/<namespace>/<name>.yaml",
        ),
        ("secrets/other/nlp/registry.yaml", None),
    ],
)
def test_a_file_where_none_is_looked_for_is_refused(
    project: Project, name: str, said: str | None
) -> None:
    seal(written(project, TEAM), "test")
    path = project.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("password: hunter2\n")
    where = name if said else "secrets/other"
    assert complaints(project) == [f"{where}: {said or 'there is no environment of this name'}"]


def test_a_certificate_and_a_word_to_the_reader_may_lie_there(
    project: Project, cache: Cache
) -> None:
    seal(written(project, TEAM), "test")
    for name in ("README.md", "test/README.md", "test/cert.pem", "test/.keep"):
        (project.secrets / name).write_text("")
    assert build(project, cache, [], Silence()).warnings == ()


def test_a_file_that_nothing_needs_is_a_finding(project: Project, cache: Cache) -> None:
    files = seal(written(project, EVERYTHING), "test")
    written(project, TEAM + "addons: {sealedSecrets: {}}\n")
    for path in files:
        if not path.startswith("nlp/"):
            (project.secrets / "test" / f"{path}.yaml").unlink()
    assert [str(each) for each in build(project, cache, [], Silence()).warnings] == [
        "secrets/test/nlp/kafka-login.yaml: nothing in the environment asks for this Secret: take the "
        "file out"
    ]


def test_files_are_for_the_provider_that_reads_them(project: Project, cache: Cache) -> None:
    seal(written(project, TEAM), "test")
    written(project, TEAM.replace("sealedSecrets", "externalSecrets"))
    result = build(project, cache, [], Silence())
    assert [str(each) for each in result.warnings] == [
        "secrets/test/nlp/registry.yaml: nothing in the environment asks for this Secret: take the file out"
    ]
    kinds = {body["kind"] for body in bodies(result.trees["dist/test"])}
    assert "ExternalSecret" in kinds
    assert "SealedSecret" not in kinds


def permitted(project: Project, cache: Cache, text: str) -> set[str]:
    written(project, text)
    seal(project, "test")
    trees = build(project, cache, [], Silence()).trees
    (body,) = load_all(trees["argocd/test"][PROJECT].decode())
    return {each["kind"] for each in body["spec"]["namespaceResourceWhitelist"]} & {
        "ExternalSecret",
        "SealedSecret",
        "Secret",
    }


def test_the_project_permits_what_the_other_provider_left(project: Project, cache: Cache) -> None:
    both = {"ExternalSecret", "SealedSecret"}
    kubeflow = 'secrets: {provider: sealedSecrets}\nkubeflow: {release: "1.8.1"}\n'
    assert permitted(project, cache, kubeflow) == both | {"Secret"}
    (project.root / "secrets").rename(project.root / "aside")
    assert permitted(project, cache, TEAM) == both
    external = TEAM.replace("sealedSecrets", "externalSecrets")
    assert permitted(project, cache, external) == {"ExternalSecret"}
    assert permitted(project, cache, f"{external}addons: {{sealedSecrets: {{}}}}\n") == both


def test_it_is_explained_by_its_file(project: Project, cache: Cache) -> None:
    seal(written(project, EVERYTHING), "test")
    study = Study(project, cache, configuration(project)["test"])
    target = object_target(study, "SealedSecret", "database", "mlflow")
    assert answer(study, target).upstream == (("copy of", "secrets/test/mlflow/database.yaml"),)
