"""Environment files: merge, positions, and every mistake in one go."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.config.gitops import ARGOCD_VERSIONS
from synth.config.kubeflow import KUBEFLOW_RELEASES
from synth.config.load import Loaded, load
from synth.config.problems import ConfigurationError

KNOWN = {KUBEFLOW_RELEASES: ("1.8.1", "26.03"), ARGOCD_VERSIONS: ("3.2", "3.5")}
MINIMAL = """
cluster: {server: https://kubernetes.default.svc, kubernetes: "1.26"}
gitops: {repoURL: https://git.example.com/ml/platform.git}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "environments"
    folder.mkdir()
    return folder


def write(folder: Path, **files: str) -> None:
    for stem, text in files.items():
        path = folder / f"{stem.replace('__', '/')}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def loaded(folder: Path) -> dict[str, Loaded]:
    return load(folder, KNOWN)


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, KNOWN)
    return str(caught.value).splitlines()


def test_a_file_with_a_name_is_an_environment_and_one_without_is_a_base(folder: Path) -> None:
    write(folder, base=MINIMAL, dev="extends: base\nname: dev\n")
    assert list(loaded(folder)) == ["dev"]


def test_maps_merge_by_key_and_null_removes(folder: Path) -> None:
    write(
        folder,
        base=MINIMAL
        + 'registry: r.example.com\nkubeflow: {release: "1.8.1", components: {seldon: true}}\n',
        prod="extends: base\nname: prod\nregistry: null\nkubeflow: {components: {knative-eventing: false}}\n",
    )
    prod = loaded(folder)["prod"].environment
    assert prod.registry is None
    assert prod.kubeflow is not None
    assert prod.kubeflow.release == "1.8.1"
    assert prod.kubeflow.components == {"seldon": True, "knative-eventing": False}


def test_every_mistake_is_said_once_and_all_in_one_go(folder: Path) -> None:
    write(
        folder,
        base=MINIMAL + "kubeflow: {relaese: 1, release: 1.10}\n",
        dev="extends: base\nname: dev\nregistry: 5\n",
        prod="extends: base\nname: prod\nregistri: x\n",
    )
    assert mistakes(folder) == [
        "environments/base.yaml:4:12: kubeflow: unknown key 'relaese', did you mean 'release'?",
        "environments/base.yaml:4:24: kubeflow.release: must be a string, not the number 1.10 (a string needs quotes)",
        "environments/dev.yaml:3:1: registry: must be a string, not the number 5 (a string needs quotes)",
        "environments/prod.yaml:3:1: unknown key 'registri', did you mean 'registry'?",
    ]


def test_a_release_nobody_knows(folder: Path) -> None:
    write(folder, dev=MINIMAL + 'name: dev\nkubeflow: {release: "1.7.0"}\n')
    assert mistakes(folder) == [
        "environments/dev.yaml:5:12: kubeflow.release: '1.7.0' is not in Kubeflow releases (there: 1.8.1, 26.03)"
    ]


def test_a_circle_of_extends(folder: Path) -> None:
    write(folder, a="extends: b\nname: a\n", b="extends: a\n")
    assert mistakes(folder) == ["environments/b.yaml:1:1: extends: goes in a circle: a → b → a"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "environments/x.yaml: is empty: an environment file holds a map of keys"),
        ("# nothing\n", "environments/x.yaml: is empty: an environment file holds a map of keys"),
        ("- a\n", "environments/x.yaml:1:1: must be a map of keys at the top"),
        (
            "name: x\n\tregistry: y\n",
            "environments/x.yaml:2:1: a tab cannot indent YAML: use spaces",
        ),
        (
            "name: x\n---\nname: y\n",
            "environments/x.yaml:2:1: a second document: an environment file holds one",
        ),
        (
            "name: x\nregistry: a\nregistry: b\n",
            "environments/x.yaml:3:1: registry: is there twice (first in line 2): keep one",
        ),
        (
            "name: !!str x\nregistry: !ruby a\n",
            "environments/x.yaml:2:11: registry: the tag !ruby is not supported: leave it out",
        ),
        (
            "name: &a [*a]\n",
            "environments/x.yaml:1:7: name[0]: an alias inside its own anchor has no end",
        ),
    ],
)
def test_files_that_cannot_be_read_as_they_are(folder: Path, text: str, said: str) -> None:
    write(folder, x=text)
    assert said in mistakes(folder)


def test_two_entries_of_one_name(folder: Path) -> None:
    write(
        folder,
        base=MINIMAL + "teams:\n  - {name: nlp, owner: a@example.com}\n  - {name: nlp}\n",
        dev="extends: base\nname: dev\nmodels:\n  - {name: a, variants: [{name: x}, {name: x}]}\n",
    )
    said = [line for line in mistakes(folder) if "there twice" in line]
    assert said == [
        "environments/base.yaml:6:12: teams: the name 'nlp' is there twice "
        "(first in environments/base.yaml:5:12)",
        "environments/dev.yaml:4:44: models.a.variants: the name 'x' is there twice "
        "(first in environments/dev.yaml:4:33)",
    ]


def test_a_file_that_is_not_utf8(folder: Path) -> None:
    (folder / "x.yaml").write_bytes(b"name: x\nregistry: \xff\n")
    assert mistakes(folder) == [
        "environments/x.yaml:2:11: is not UTF-8 text: save the file as UTF-8"
    ]


def test_an_alias_bomb_is_refused_before_it_goes_off(folder: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    write(folder, x="name: x\n" + "\n".join(lines))
    assert (
        "environments/x.yaml:6:5: a4: holds more than 100000 values once its aliases are expanded"
        in mistakes(folder)
    )


def test_a_syntax_error_ends_its_own_file_only(folder: Path) -> None:
    write(folder, x="name: [\n", y="name: y\nregistri: z\n")
    said = mistakes(folder)
    assert any(line.startswith("environments/x.yaml:2:1: is not YAML: ") for line in said)
    assert "environments/y.yaml:2:1: unknown key 'registri', did you mean 'registry'?" in said


def test_every_conflict_that_git_left_is_named_with_its_end(folder: Path) -> None:
    one = "<<<<<<< HEAD\nregistry: a\n=======\nregistry: b\n>>>>>>> 4f2a (theirs)\n"
    write(folder, x="name: x\n" + one + "teams: []\n" + one)
    told = "a conflict of git is not resolved: of the lines from here to line"
    assert mistakes(folder) == [
        f"environments/x.yaml:2:1: {told} 6 keep those that are right",
        f"environments/x.yaml:8:1: {told} 12 keep those that are right",
    ]


def test_a_folder_is_one_environment_and_its_files_do_not_contradict_each_other(
    folder: Path,
) -> None:
    write(folder, dev__a=MINIMAL + "name: dev\nregistry: a\n", dev__b="registry: b\n")
    assert mistakes(folder) == [
        "environments/dev/b.yaml:1:1: registry: is also set in environments/dev/a.yaml:5:1: keep one of the two"
    ]


def test_a_name_that_is_not_the_file_s(folder: Path) -> None:
    write(folder, dev=MINIMAL + "name: prod\n")
    assert mistakes(folder) == [
        "environments/dev.yaml:4:1: name: must be 'dev', as the file is called"
    ]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert mistakes(tmp_path / "environments") == [
        "environments: cannot be read: No such file or directory"
    ]


def test_yaml_1_1_words_stay_strings(folder: Path) -> None:
    write(folder, x=MINIMAL + "name: x\nregistry: on\n")
    assert loaded(folder)["x"].environment.registry == "on"


def test_an_argo_cd_whose_kustomize_nobody_knows_is_refused(folder: Path) -> None:
    write(
        folder, base=MINIMAL, dev='extends: base\nname: dev\ngitops: {argocd: {version: "2.9"}}\n'
    )
    assert mistakes(folder) == [
        "environments/dev.yaml:3:19: gitops.argocd.version: "
        "'2.9' is not in Argo CD versions (there: 3.2, 3.5)"
    ]
    write(folder, dev="extends: base\nname: dev\n")
    assert loaded(folder)["dev"].environment.gitops.argocd.version == "3.2"
