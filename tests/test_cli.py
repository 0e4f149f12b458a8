"""The commands as people run them, on a copy of the committed example."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import random
import re
import shutil
import subprocess
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from synth.config.schema import environment_schema
from synth.render.documents import dump
from tests.repository import ROOT, Repository
from tests.shared import kustomize

MODEL = "dist/prod/models/nlp/seldondeployment.machinelearning.seldon.io-sentiment.yaml"


def test_the_example_builds_to_what_is_committed(repository: Repository) -> None:
    committed = {
        str(path.relative_to(ROOT)): path.read_bytes()
        for top in ("dist", "argocd")
        for path in (ROOT / top).rglob("*")
        if path.is_file()
    }
    assert repository.build() == committed


def test_nothing_changed_is_nothing_to_do(repository: Repository) -> None:
    repository.build()
    again = repository.synth("build")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "nothing to do\n")
    assert repository.synth("check").returncode == 0


def test_what_is_done_is_told_to_who_asks(repository: Repository) -> None:
    repository.build()
    repository.edit("environments/prod.yaml", "traffic: 90", "traffic: 75")
    repository.edit("environments/prod.yaml", "traffic: 10\n", "traffic: 25\n")
    told = repository.synth("build", "-v").stderr
    lines = [re.sub(r"^ *[0-9]+ ms  ", "> ", line) for line in told.splitlines()]
    lines = [re.sub(r"[0-9]+\.[0-9]+ s$", "0.1 s", line) for line in lines]
    assert lines == [
        f"> the repository is {repository.root}, the cache {repository.cache}",
        "> dev is as it was",
        "> prod is to be built",
        "> staging is as it was",
        "> 44 applications are in the cache, 3 are not",
        *(f"> {name}: rendered in 0.1 s" for name in ("models", "observability", "events")),
        "> 3 applications are in the cache, 0 are not",
        "dist/prod: 1 changed",
    ]
    assert repository.synth("build").stderr == "nothing to do\n"
    (repository.root / MODEL).unlink()
    assert f" ms  wrote {repository.root / MODEL}\n" in repository.synth("-vv", "build").stderr


def test_one_weight_changes_one_file_and_the_warm_build_is_the_cold_one(
    repository: Repository,
) -> None:
    before = repository.build()
    repository.edit("environments/prod.yaml", "traffic: 90", "traffic: 75")
    repository.edit("environments/prod.yaml", "traffic: 10\n", "traffic: 25\n")
    after = repository.build()
    assert [name for name in after if after[name] != before[name]] == [MODEL]
    shutil.rmtree(repository.cache)
    shutil.rmtree(repository.root / "dist")
    assert repository.build() == after


@pytest.mark.parametrize("damage", ["edit", "delete", "stale", "foreign"])
def test_check_names_what_is_not_as_it_should_be_and_writes_nothing(
    repository: Repository, damage: str
) -> None:
    repository.build()
    path = repository.root / MODEL
    if damage == "edit":  # keeps size and time
        times = path.stat()
        path.write_text(path.read_text().replace("traffic: 90", "traffic: 91"))
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        expected = f"differs: {MODEL}\n"
    elif damage == "delete":
        path.unlink()
        expected = f"missing: {MODEL}\n"
    elif damage == "stale":
        with (repository.root / "dist/prod/FILES").open("a") as record:
            record.write("models/old.yaml\n")
        (repository.root / "dist/prod/models/old.yaml").write_text("a: 1\n")
        expected = "stale: dist/prod/models/old.yaml\ndiffers: dist/prod/FILES\n"
    else:
        (repository.root / "dist/prod/models/mine.txt").write_text("mine")
        expected = "foreign: dist/prod/models/mine.txt\n"
    damaged = repository.tree()
    done = repository.synth("check")
    assert (done.returncode, done.stdout) == (1, expected)
    assert repository.tree() == damaged
    if damage != "foreign":
        repository.build()
        assert repository.synth("check").returncode == 0


def test_a_foreign_file_stops_the_build_before_anything_is_written(repository: Repository) -> None:
    repository.build()
    mine = repository.root / "dist/dev/mine.yaml"
    mine.write_text("mine")
    repository.edit("environments/prod.yaml", "traffic: 90", "traffic: 80")
    repository.edit("environments/prod.yaml", "traffic: 10\n", "traffic: 20\n")
    before = repository.tree()
    done = repository.synth("build")
    assert (done.returncode, done.stderr) == (
        2,
        f"{mine}: synth did not write this: move it away\n",
    )
    assert repository.tree() == before


def test_mistakes_are_said_all_at_once_and_nothing_is_written(repository: Repository) -> None:
    before = repository.build()
    repository.edit("environments/prod.yaml", "traffic: 90", "traffic: 85")
    repository.edit("environments/dev.yaml", "version: 8", "verison: 8")
    repository.edit("environments/base.yaml", "p95: 500ms", "p95: 400ms")
    repository.edit("environments/staging.yaml", "name: nlp", "name: npl")
    done = repository.synth("build")
    edges = (
        "5ms, 10ms, 25ms, 50ms, 75ms, 100ms, 250ms, 500ms, 750ms, 1000ms, 2500ms, 5000ms, 7500ms"
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"environments/base.yaml:33:28: models.sentiment.objectives.latency.p95: 400ms is no edge of Seldon's latency histogram: take one of {edges}",
        "environments/dev.yaml:11:9: models.sentiment.variants.stable: the key 'version' is missing",
        "environments/dev.yaml:12:9: models.sentiment.variants.stable: unknown key 'verison', did you mean 'version'?",
        "environments/prod.yaml:17:5: models.sentiment.variants: traffic sums to 95, must be 100",
        "environments/staging.yaml:10:5: teams.npl: the key 'owner' is missing",
        "`synth docs configuration#models` has every key of models",
        "`synth docs configuration#teams` has every key of teams",
    ]
    assert repository.tree() == before


def test_without_observability_nothing_watches_and_validate_says_so(
    repository: Repository,
) -> None:
    before = repository.build()
    for path in (repository.root / "environments").iterdir():
        body = yaml.safe_load(path.read_text())
        body.pop("observability", None)
        for each in (*body.get("teams", ()), *body["models"]):
            for key in ("contactPoint", "requestLog", "retraining"):
                each.pop(key, None)
        path.write_text(dump(body))
    after = repository.build()
    watching = "observability|dashboards|events|logs|monitoring|notifications|tracing"
    gone = {re.split(f"({watching})/", name)[0] for name in before.keys() - after.keys()}
    monitor = "streams/nlp/podmonitor.monitoring.coreos.com-comments-processor.yaml"
    application = "argocd/argocd/application.argoproj.io-"
    opening = "namespaces/nlp/networkpolicy.networking.k8s.io-metrics-"
    assert gone == {
        f"dist/{name}/{path}"
        for name in ("dev", "staging", "prod")
        for path in (
            "",
            monitor,
            *(f"{application}{name}-{each}.yaml" for each in watching.split("|")),
            *(
                f"{opening}{each}.yaml"
                for each in ("comments-processor", "istio", "models", "sensors")
            ),
        )
    }
    done = repository.synth("validate", "prod")
    said = "nobody watches them: add observability.prometheus, or take them out"
    where = "environments/base.yaml:45:3: models.sentiment.objectives"
    assert (done.returncode, done.stdout) == (1, f"warning OB001: {where}: {said}\n")
    assert done.stderr == "`synth rules OB001` says why, with examples\n"


def test_a_removed_environment_goes_with_everything_it_had(repository: Repository) -> None:
    repository.build()
    (repository.root / "environments/dev.yaml").unlink()
    after = repository.build()
    assert not [name for name in after if "/dev/" in name]
    assert not (repository.root / "dist/dev").exists()


@pytest.mark.parametrize(
    "seeds", [range(1), pytest.param(range(1, 10), marks=pytest.mark.thorough)]
)
def test_the_same_bytes_whatever_the_surroundings(repository: Repository, seeds: range) -> None:
    before = repository.build()
    for seed in seeds:
        shuffle(repository.root / "environments", seed)
        shutil.rmtree(repository.cache)
        surroundings = {
            "PYTHONHASHSEED": str(seed),
            "TZ": ("Asia/Tokyo", "America/Caracas", "UTC")[seed % 3],
            "LC_ALL": ("tr_TR.UTF-8", "C", "C.UTF-8")[seed % 3],
        }
        assert repository.build(**surroundings) == before


def shuffle(folder: Path, seed: int) -> None:
    """Writes the environment files anew with the keys of every map in another order."""
    generator = random.Random(seed)

    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            items = [(key, shuffled(item)) for key, item in value.items()]
            generator.shuffle(items)
            return dict(items)
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    for path in folder.iterdir():
        data = yaml.safe_load(path.read_text())
        path.write_text(yaml.safe_dump(shuffled(data), sort_keys=False))


def test_an_overlay_that_fits_nothing_is_refused(repository: Repository) -> None:
    overlay = "overlays/prod/kubeflow-centraldashboard/kustomization.yaml"
    repository.edit(overlay, "name: centraldashboard}", "name: dashboard}")
    images = "images:\n- name: docker.io/kubeflow/centraldashboard\n  newTag: v1.8.0\n"
    repository.edit(overlay, "# The dashboard's menu", f"{images}# The dashboard's menu")
    done = repository.synth("build")
    assert (done.returncode, done.stderr.splitlines()) == (
        2,
        [
            f"{overlay}:4:3: patches[0]: no object matches the target kind=Deployment, name=dashboard",
            f"{overlay}:7:3: images[0]: no container uses the image 'docker.io/kubeflow/centraldashboard'",
        ],
    )
    (repository.root / "overlays/prod/kubeflow-centraldashboard").rename(
        repository.root / "overlays/prod/kubeflow-dashboard"
    )
    done = repository.synth("build")
    assert done.stderr.startswith(
        "overlays/prod/kubeflow-dashboard: there is no application 'kubeflow-dashboard' (there: "
    )


def test_an_overlay_over_our_own_application_is_applied_by_kustomize(
    repository: Repository,
) -> None:
    kustomize()
    folder = repository.root / "overlays/prod/models"
    folder.mkdir()
    (folder / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n"
        "- target: {kind: SeldonDeployment, name: sentiment}\n"
        "  patch: |-\n    - {op: add, path: /spec/replicas, value: 3}\n"
    )
    files = repository.build()
    assert yaml.safe_load(files[MODEL])["spec"]["replicas"] == 3


def test_components_that_others_need_stay_on(repository: Repository) -> None:
    repository.edit(
        "environments/base.yaml",
        "{seldon: true,",
        "{seldon: false, dxe: true, cert-manager: false,",
    )
    done = repository.synth("build", "dev")
    place = "environments/base.yaml:10"
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert (
        f"{place}:42: kubeflow.components.cert-manager: katib needs cert-manager: "
        "switch it on, or katib off"
    ) in lines
    assert any(
        line.startswith(
            f"{place}:31: kubeflow.components.dxe: Kubeflow 1.8.1 has no component 'dxe'"
        )
        for line in lines
    )
    assert (
        "environments/dev.yaml:9:5: models.sentiment: there is no Seldon operator here: "
        "switch kubeflow.components.seldon on, or add addons.seldon"
    ) in lines


def test_the_committed_schema_is_the_models_and_accepts_the_example() -> None:
    schema = environment_schema()
    assert json.loads((ROOT / "schemas/environment.json").read_text()) == schema
    validator = jsonschema_rs.validator_for(schema)
    for path in (ROOT / "environments").glob("*.yaml"):
        validator.validate(yaml.safe_load(path.read_text()))
    assert not validator.is_valid({"models": [{"name": "x", "variant": []}]})
    assert validator.is_valid({"registry": None, "models": [{"name": "x", "remove": True}]})


def test_images_are_listed_for_a_mirror_tool(repository: Repository) -> None:
    repository.edit("environments/base.yaml", "secrets:", "registry: mirror.example.com\nsecrets:")
    lines = repository.synth("images", "dev", "-o", "skopeo").stdout.splitlines()
    assert (
        "docker://docker.io/filebrowser/filebrowser:v2.23.0 "
        "docker://mirror.example.com/docker.io/filebrowser/filebrowser:v2.23.0"
    ) in lines
    text = repository.synth("images", "dev").stdout
    assert "ghcr.io/mlflow/mlflow:v3.17.2-full  mirror.example.com/ghcr.io/mlflow" in text
    assert "kubeflownotebookswg/jupyter-scipy:v1.8.0" in text
    assert text.count("(inside a document: not rewritten here)") > 10


def test_without_a_mirror_there_is_nothing_to_copy(repository: Repository) -> None:
    done = repository.synth("images", "dev", "-o", "skopeo")
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "",
        "nothing to copy: `registry` in an environment's file says where the mirror is\n",
    )


def test_show_names_the_place_of_every_value(repository: Repository) -> None:
    rows = json.loads(repository.synth("show", "prod", "-o", "json").stdout)
    sources = {".".join(row["path"]): (row["value"], row["source"]) for row in rows}
    assert sources["models.sentiment.variants.canary.traffic"] == (10, "environments/prod.yaml:33")
    assert sources["teams.nlp.owner"] == ("nlp-lead@example.com", "environments/base.yaml:13")
    assert sources["gitops.argocd.namespace"] == ("argocd", "default")


def test_an_environment_that_is_not_there(repository: Repository) -> None:
    done = repository.synth("build", "test")
    assert (done.returncode, done.stderr) == (
        2,
        "environments: there is no environment 'test' (there: dev, prod, staging)\n",
    )


def test_commands_that_need_no_construct_start_no_node(repository: Repository) -> None:
    repository.build()
    broken = {"JSII_NODE": "/bin/false"}
    for arguments in (
        ["build"],
        ["check"],
        ["validate"],
        ["show", "prod"],
        ["images"],
        ["schema"],
        ["--help"],
    ):
        done = repository.synth(*arguments, **broken)
        assert done.returncode == 0, (arguments, done.stderr)
    repository.edit("environments/dev.yaml", "version: 8", "version: 9")
    assert repository.synth("build", **broken).returncode != 0


def test_a_folder_that_may_not_be_read_is_one_mistake_among_others(repository: Repository) -> None:
    before = repository.build()
    without_rights = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        pytest.skip("root reads every folder, and there is no setpriv to take that right away")
    prefix = without_rights if os.geteuid() == 0 else []
    locked = repository.root / "environments" / "locked"
    locked.mkdir()
    locked.chmod(0)
    repository.edit("environments/prod.yaml", "traffic: 90", "traffic: 85")
    try:
        done = repository.run([*prefix, *repository.command("build")])
    finally:
        locked.chmod(0o755)
    assert (done.returncode, done.stderr.splitlines()) == (
        2,
        [
            "environments/locked: cannot be read: Permission denied",
            "environments/prod.yaml:17:5: models.sentiment.variants: traffic sums to 95, must be 100",
            "`synth docs configuration#models` has every key of models",
        ],
    )
    assert repository.tree() == before


def test_progress_is_shown_on_a_terminal_and_nowhere_else(repository: Repository) -> None:
    assert "rendering" not in repository.synth("build").stderr
    shutil.rmtree(repository.cache)
    terminal, end = pty.openpty()
    command = repository.command("build")
    process = subprocess.Popen(command, cwd=ROOT, env=repository.surroundings(), stderr=end)
    os.close(end)
    shown = b""
    with contextlib.suppress(OSError):  # the other end is closed when the command has ended
        while part := os.read(terminal, 4096):
            shown += part
    os.close(terminal)
    assert process.wait() == 0
    assert b"rendering" in shown
    assert re.search(rb"(\d+)/\1", shown)


def test_argo_cd_leaves_models_as_they_are_where_workflows_may_change_them(
    repository: Repository,
) -> None:
    before = repository.build()
    text = "policy: {directChanges: true}\nteams:"
    repository.edit("environments/dev.yaml", "teams:", text)
    after = repository.build()
    name = "dist/dev/argocd/argocd/application.argoproj.io-dev-models.yaml"
    assert {path for path in after if before.get(path) != after[path]} == {name}
    said = b"    automated:\n      prune: true\n      selfHeal: %s\n"
    assert said % b"true" in before[name]
    assert said % b"false" in after[name]
    # Nor does it take a commit that touches no model for a reason.
    assert b"    argocd.argoproj.io/manifest-generate-paths: '.'\n" in after[name]
