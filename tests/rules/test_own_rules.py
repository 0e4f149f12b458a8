"""A repository's own rules, as a team writes them into its folder `rules/`."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from synth.config.problems import ConfigurationError
from synth.rules.own import load_own_rules
from tests.repository import Repository
from tests.shared import kustomize

BALANCERS = '''
    """What everything that runs here has to keep to."""

    from synth.rules.own import rule

    @rule("ACME001", "no model is served by one pod alone")
    def no_single_pods(environment, resources):
        for each in resources:
            if each.body["kind"] == "SeldonDeployment" and environment.name == "prod":
                yield each, "may run as one pod: ask for two"
'''
SAID = (
    "error ACME001: environments/prod.yaml:{line}:5: models.sentiment: "
    "SeldonDeployment.machinelearning.seldon.io nlp/sentiment in models may run as one pod: ask for two\n"
)


@pytest.fixture
def repository(repository: Repository) -> Repository:
    kustomize()
    return repository


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(dedent(text))
    return folder


def wrong(folder: Path) -> str:
    with pytest.raises(ConfigurationError) as raised:
        load_own_rules(folder)
    return str(raised.value)


def test_validate_asks_them_too(repository: Repository) -> None:
    write(repository.root / "rules", acme=BALANCERS)
    done = repository.synth("validate", "prod")
    text = (repository.root / "environments/prod.yaml").read_text()
    line = text[: text.index("- name: sentiment")].count("\n") + 1
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        SAID.format(line=line),
        "`synth rules ACME001` says why, with examples\n",
    )


def test_the_policy_holds_for_them(repository: Repository) -> None:
    write(repository.root / "rules", acme=BALANCERS)
    repository.edit(
        "environments/prod.yaml",
        "policy:\n",
        "policy:\n  accepted:\n    - {name: one, code: ACME001, reason: it is small, "
        "owner: nlp-lead@example.com, until: 2999-12-31}\n",
    )
    done = repository.synth("validate", "prod")
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "accepted ACME001: prod: policy.accepted.one: 1 until 2999-12-31 by nlp-lead@example.com: "
        "it is small\n",
        "",
    )


def test_one_that_fails_says_where(repository: Repository) -> None:
    write(
        repository.root / "rules",
        acme="""
            from synth.rules.own import rule

            @rule("ACME001", "everything has a spec")
            def has_spec(environment, resources):
                for each in resources:
                    each.body["sepc"]
                yield
        """,
    )
    done = repository.synth("validate", "prod")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "rules/acme.py:7:1: ACME001 fails in prod: KeyError: 'sepc'\n",
    )


@pytest.mark.parametrize("yielded", ["each.body, 'is odd'", "each", "each, 7"])
def test_one_that_says_something_else(repository: Repository, yielded: str) -> None:
    write(
        repository.root / "rules",
        acme=f"""
            from synth.rules.own import rule

            @rule("ACME001", "nothing is odd")
            def nothing_odd(environment, resources):
                for each in resources:
                    yield {yielded}
        """,
    )
    done = repository.synth("validate", "prod")
    assert (done.returncode, done.stderr) == (
        2,
        "rules/acme.py:4:1: ACME001 fails in prod: TypeError: yields something else than an object "
        "and a message\n",
    )


def test_without_a_folder_there_are_none(tmp_path: Path) -> None:
    assert load_own_rules(tmp_path / "rules") == ()


def test_they_come_in_order(tmp_path: Path) -> None:
    odd = '\nfrom synth.rules.own import rule\nodd = rule("ACME{0}", "it is not odd")(lambda *_: ())\n'
    folder = write(tmp_path / "rules", a=odd.format("002"), b=odd.format("001"))
    assert [(each.code, each.title) for each in load_own_rules(folder)] == [
        ("ACME001", "it is not odd"),
        ("ACME002", "it is not odd"),
    ]


def test_everything_that_is_wrong_with_files_is_told_at_once(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "rules",
        a=BALANCERS,
        b=BALANCERS,
        c="from synth.rules.own import rule\n\nrule('ABC1', 'a')\n",
        d="def broken(:\n",
        e="\n1 / 0\n",
        f="import nothing_like_it\n",
    )
    assert wrong(folder).splitlines() == [
        "rules/b.py:6:1: ACME001 is at rules/a.py:6:1 already",
        "rules/c.py:3:1: ValueError: 'ABC1' is not a code of three to ten capitals and three digits: "
        "ACME001",
        "rules/d.py:1:12: invalid syntax",
        "rules/e.py:2:1: ZeroDivisionError: division by zero",
        "rules/f.py:1:1: ModuleNotFoundError: No module named 'nothing_like_it'",
    ]
