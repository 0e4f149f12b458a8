"""From a team's source to what is registered: the same everywhere, and one message per mistake."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from synth.app import ir
from synth.catalog.pipelines import MAX_IR, SINCE, redundant
from synth.config.problems import ConfigurationError
from synth.kit.objects import Body
from synth.programs import pipelines_program
from synth.render.cache import Cache
from tests.pipelines.sources import IMAGE, SOURCE, Sources
from tests.repository import ROOT


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    return Sources(tmp_path / "repository")


def documents(text: str) -> list[Body]:
    return list(yaml.safe_load_all(text))


def mistakes(sources: Sources, cache: Cache) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        sources.compiled(cache)
    return str(caught.value).splitlines()


def mistake(sources: Sources, cache: Cache) -> str:
    [only] = mistakes(sources, cache)
    return only


def test_a_source_becomes_what_the_backend_reads(sources: Sources, cache: Cache) -> None:
    sources.environment("parameters: {rate: 2, topic: 'on', grid: [], full: true}")
    made = sources.compiled(cache)["small"]
    [spec] = documents(made.text)
    assert (spec, made.spec, made.platform) == (made.spec, spec, None)
    assert made.description == "What people say."
    assert spec["pipelineInfo"] == {"name": "sentiment", "description": "What people say."}
    defaults = {
        name: each["defaultValue"]
        for name, each in spec["root"]["inputDefinitions"]["parameters"].items()
    }
    assert defaults == {
        "days": 7.0, "rate": 2.0, "topic": "on", "full": True, "grid": [], "options": {"a": 1.0},
    }  # fmt: skip
    [executor] = spec["deploymentSpec"]["executors"].values()
    assert executor["container"]["image"] == IMAGE
    assert "def train(days: int" in executor["container"]["command"][-1]
    assert str(sources.root) not in made.text
    assert not made.text.startswith("#")


def test_a_parameter_without_a_default_gets_one(sources: Sources, cache: Cache) -> None:
    sources.write(SOURCE.replace("days: int = 7", "days: int"))
    sources.environment()
    days = ir.parameters(sources.compiled(cache)["small"].spec)["days"]
    assert days == {"parameterType": "NUMBER_INTEGER"}
    sources.environment("parameters: {days: 3}")
    days = ir.parameters(sources.compiled(cache)["small"].spec)["days"]
    assert days == {"parameterType": "NUMBER_INTEGER", "defaultValue": 3.0, "isOptional": True}


def test_images_are_pulled_from_the_mirror(sources: Sources, cache: Cache) -> None:
    sources.environment()
    path = sources.root / "environments/small.yaml"
    path.write_text(f"registry: mirror.example.com\n{path.read_text()}")
    container = ir.containers(sources.compiled(cache)["small"].spec)["train"]
    assert container["image"] == f"mirror.example.com/{IMAGE}"


def test_every_image_is_listed(tmp_path: Path) -> None:
    sources = Sources(tmp_path / "repository")
    sources.environment()
    done = subprocess.run(
        [sys.executable, "-m", "synth", "-C", str(sources.root), "images"],
        cwd=ROOT,
        env={**os.environ, "KFSYNTH_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in done.stdout.splitlines() if "pipelines.sentiment" in line] == [
        "small  pipelines.sentiment  docker.io/library/python:3.13.7-slim",
        f"small  pipelines.sentiment  {IMAGE}",
    ]


def test_validate_compiles_too(tmp_path: Path) -> None:
    sources = Sources(tmp_path / "repository", "x = 1\n")
    sources.environment()
    done = subprocess.run(
        [sys.executable, "-m", "synth", "-C", str(sources.root), "validate"],
        cwd=ROOT,
        env={**os.environ, "KFSYNTH_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    said = f"{PLACE}has no pipeline: decorate one function with @dsl.pipeline\n"
    said += "`synth docs configuration#pipelines` has every key of pipelines\n"
    assert (done.returncode, done.stderr) == (2, said)


def test_the_same_source_is_the_same_on_every_machine(tmp_path: Path) -> None:
    machines: list[tuple[Path, Path, dict[str, str]]] = [
        (tmp_path / "a", tmp_path, {"PYTHONHASHSEED": "1", "TZ": "UTC", "LANG": "C"}),
        (
            tmp_path / "elsewhere/b",
            ROOT,
            {
                "PYTHONHASHSEED": "2",
                "TZ": "Asia/Tokyo",
                "LC_ALL": "C.UTF-8",
                "HOME": str(tmp_path),
                "PYTHONDONTWRITEBYTECODE": "1",
                "USER": "somebody",
            },
        ),
    ]
    texts = []
    for root, cwd, env in machines:
        Sources(root).environment("parameters: {options: {b: 1, a: 2}}")
        done = subprocess.run(
            [sys.executable, "-m", "synth", "-C", str(root), "build", "--stdout"],
            cwd=cwd,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "KFSYNTH_CACHE": str(root / "cache"),
                **env,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        texts.append(done.stdout)
        assert not list(root.rglob("__pycache__"))
    assert texts[0] == texts[1]
    assert "sentiment-registration" in texts[0]


def test_the_version_is_the_content_s(sources: Sources, cache: Cache) -> None:
    sources.environment()
    sources.environment(name="other")
    sources.environment(name="third", description="For prod.", parameters={"days": 8})
    made = sources.compiled(cache)
    assert made["small"].version == made["other"].version != made["third"].version
    assert made["third"].description == "For prod."
    assert [each.version[:10] for each in made.values()] == ["sentiment-"] * 3
    assert {len(each.version) for each in made.values()} == {22}
    before = made["small"]
    images = sources.folder / "images.py"
    images.write_text(images.read_text().replace("1.0.0", "1.0.1"))
    assert sources.compiled(cache)["small"].version != before.version
    images.write_text(images.read_text().replace("1.0.1", "1.0.0") + "# the same again\n")
    assert sources.compiled(cache)["small"] == before


def test_a_source_is_compiled_once_and_then_kept(
    sources: Sources, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []
    run = subprocess.run

    def counted(command: Any, **more: Any) -> Any:
        started.append(command)
        return run(command, **more)

    monkeypatch.setattr(subprocess, "run", counted)
    for name in ("dev", "staging", "prod"):
        sources.environment(f"parameters: {{topic: {name}}}", name=name)
    first = sources.compiled(cache)
    assert len(started) == 1
    assert len({each.version for each in first.values()}) == 3
    (sources.root / "README.md").write_text("beside it")
    assert sources.compiled(cache) == first
    assert len(started) == 1
    sources.write(f"{SOURCE}\n")
    assert sources.compiled(cache) == first
    assert len(started) == 2


def test_a_build_that_changes_nothing_starts_nothing(tmp_path: Path) -> None:
    sources = Sources(tmp_path / "repository")
    sources.environment()

    def build(**env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "synth", "-C", str(sources.root), "build"],
            cwd=ROOT,
            env={**os.environ, "KFSYNTH_CACHE": str(tmp_path / "cache"), **env},
            capture_output=True,
            text=True,
            check=False,
        )

    assert build().returncode == 0
    # There is no Node to be started.
    nothing = {"JSII_NODE": "/nowhere/node"}
    done = build(**nothing)
    assert (done.returncode, done.stderr) == (0, "nothing to do\n")
    shutil.rmtree(sources.root / "dist/small/pipelines")
    done = build(**nothing)
    assert (done.returncode, done.stderr) == (0, "dist/small: 5 added\n")
    sources.write(SOURCE.replace("days * rate", "days / rate"))
    done = build()
    assert (done.returncode, done.stderr) == (0, "dist/small: 2 changed\n")


def test_a_module_is_found_in_the_repository_s_root(sources: Sources, cache: Cache) -> None:
    package = sources.root / "team/deep"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "pipes.py").write_text(SOURCE.replace("from images", "from team.images"))
    (sources.root / "team/images.py").write_text(f'IMAGE = "{IMAGE}"\n')
    sources.environment()
    before = sources.compiled(cache)["small"]
    sources.environment(source=None, module="team.deep.pipes")
    assert sources.compiled(cache)["small"] == before
    (sources.root / "team/images.py").write_text('IMAGE = "registry.example.com/other:2"\n')
    assert sources.compiled(cache)["small"] != before


def test_one_of_several_pipelines(sources: Sources, cache: Cache) -> None:
    second = SOURCE.partition("@dsl.pipeline")[2].replace("def sentiment", "def again")
    sources.write(f"{SOURCE}\n\n@dsl.pipeline{second}")
    sources.environment(function="again")
    assert sources.compiled(cache)["small"].spec["pipelineInfo"]["name"] == "sentiment"
    sources.environment()
    assert mistake(sources, cache) == (
        "environments/small.yaml:10:5: pipelines.sentiment.source: "
        "has 2 pipelines (again, sentiment): say function"
    )


PLACE = "environments/small.yaml:10:5: pipelines.sentiment.source: "


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1\n", "has no pipeline: decorate one function with @dsl.pipeline"),
        (
            "from kfp import dsl\n\nx = 1 / 0\n",
            "pipelines/sentiment/pipeline.py:3: ZeroDivisionError: division by zero",
        ),
        ("def f(:\n", "pipelines/sentiment/pipeline.py:1: SyntaxError: invalid syntax"),
        (
            "import nowhere\n",
            "pipelines/sentiment/pipeline.py:1: ModuleNotFoundError: No module named 'nowhere'",
        ),
        (
            "import sys\n\nprint('leaving')\nsys.exit(3)\n",
            "pipelines/sentiment/pipeline.py:4: SystemExit: 3",
        ),
        ("import os\n\nprint('gone', flush=True)\nos._exit(3)\n", "cannot be compiled: gone"),
        (
            SOURCE.replace("train(days=days, rate=rate)", "train(days=topic, rate=rate)"),
            "pipelines/sentiment/pipeline.py:20: InconsistentTypeException: Incompatible argument "
            "passed to the input 'days' of component 'train': Argument type 'STRING' is "
            "incompatible with the input type 'NUMBER_INTEGER'",
        ),
    ],
)
def test_a_source_that_cannot_be_compiled(
    sources: Sources, cache: Cache, source: str, said: str
) -> None:
    sources.write(source)
    sources.environment()
    assert mistake(sources, cache) == PLACE + said


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            {"source": "pipelines/sentiment/pipelin.py"},
            "environments/small.yaml:10:5: pipelines.sentiment.source: "
            "there is no pipelines/sentiment/pipelin.py",
        ),
        (
            {"source": None, "module": "nowhere.pipes"},
            "environments/small.yaml:10:5: pipelines.sentiment.module: there is no module nowhere",
        ),
        (
            {"source": None, "module": "pipelines.nowhere"},
            "environments/small.yaml:10:5: pipelines.sentiment.module: "
            "ModuleNotFoundError: No module named 'pipelines.nowhere'",
        ),
        (
            {"function": "sentimental"},
            "environments/small.yaml:11:5: pipelines.sentiment.function: "
            "there is no pipeline 'sentimental' (there: sentiment)",
        ),
    ],
)
def test_a_source_that_is_not_there(
    sources: Sources, cache: Cache, keys: dict[str, Any], said: str
) -> None:
    sources.environment(**keys)
    assert mistake(sources, cache) == said


def test_a_link_does_not_lead_out_of_the_repository(
    sources: Sources, cache: Cache, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text(SOURCE)
    (sources.folder / "link.py").symlink_to(outside)
    sources.environment(source="pipelines/sentiment/link.py")
    assert mistake(sources, cache) == PLACE + "there is no pipelines/sentiment/link.py"


def test_every_parameter_s_mistake_in_every_environment(sources: Sources, cache: Cache) -> None:
    given = [
        "parameters:",
        "  day: 1",
        "  days: 1.5",
        "  rate: '1'",
        "  topic: 7",
        "  full: 1",
        "  grid: {}",
        "  options: []",
    ]
    sources.environment(*given)
    sources.environment("parameters: {days: true}", name="other")
    there = "(there: days, full, grid, options, rate, topic)"
    said = [
        f"day: the pipeline has no such parameter {there}",
        "days: must be a whole number, as the pipeline declares it, not 1.5",
        "rate: must be a number, as the pipeline declares it, not '1'",
        "topic: must be a string, as the pipeline declares it, not 7",
        "full: must be true or false, as the pipeline declares it, not 1",
        "grid: must be a list, as the pipeline declares it, not {}",
        "options: must be a map, as the pipeline declares it, not ()",
    ]
    assert mistakes(sources, cache) == [
        "environments/other.yaml:11:18: pipelines.sentiment.parameters.days: "
        "must be a whole number, as the pipeline declares it, not True",
        *(
            f"environments/small.yaml:{line}:7: pipelines.sentiment.parameters.{each}"
            for line, each in enumerate(said, 12)
        ),
    ]


DECORATOR = "@dsl.component(base_image=IMAGE, install_kfp_package=False)"


@pytest.mark.parametrize(
    ("decorator", "said"),
    [
        (
            "@dsl.component(install_kfp_package=False)",
            "component 'train' runs the SDK's default image python:3.11: "
            "give it a base_image with an exact tag or a digest",
        ),
        (
            "@dsl.component(base_image='nlp/train:latest', install_kfp_package=False)",
            "component 'train': 'nlp/train:latest' is not pinned: "
            "give a tag other than latest, or a digest",
        ),
        (
            "@dsl.component(base_image=IMAGE)",
            "component 'train' installs packages when it starts: use an image that has them "
            "and install_kfp_package=False, or say installsAtRunTime: true",
        ),
        (
            "@dsl.component(base_image=IMAGE, install_kfp_package=False, "
            "packages_to_install=['pandas==2.3.3'])",
            "component 'train' installs packages when it starts: use an image that has them "
            "and install_kfp_package=False, or say installsAtRunTime: true",
        ),
    ],
)
def test_what_a_component_runs_is_pinned(
    sources: Sources, cache: Cache, decorator: str, said: str
) -> None:
    sources.write(SOURCE.replace(DECORATOR, decorator))
    sources.environment()
    assert mistake(sources, cache) == PLACE + said
    if "installs" in said:
        sources.environment("installsAtRunTime: true")
        assert "pip install" in sources.compiled(cache)["small"].text


def test_an_image_from_a_parameter_is_not_pinned(sources: Sources, cache: Cache) -> None:
    sources.write(
        SOURCE.replace(
            "train(days=days, rate=rate)", "train(days=days, rate=rate).set_container_image(topic)"
        )
    )
    sources.environment()
    assert mistake(sources, cache) == (
        f"{PLACE}component 'train' takes its image from a parameter, and nothing pins it"
    )


def test_more_than_an_object_holds(sources: Sources, cache: Cache) -> None:
    long = f"    text = '{'x' * 1_100_000}'\n"
    sources.write(SOURCE.replace("    return days", f"{long}    return days"))
    sources.environment()
    assert mistake(sources, cache) == (
        f"{PLACE}comes to 1.1 MB, and an object of Kubernetes holds 1: "
        "move the code of components into their images, or split it"
    )
    assert MAX_IR + len(pipelines_program().encode()) < 2**20  # together in one ConfigMap


LIMITED = """\
from kfp import kubernetes

from pipeline import *


@dsl.pipeline
def limited(days: int = 7, cpu: str = "2"):
    task = train(days=days, rate=0.1).set_cpu_limit("1").set_memory_request("1Gi")
    task.set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(1)
    kubernetes.use_secret_as_env(task, secret_name="mlflow", secret_key_to_env={"a": "A"})
    kubernetes.mount_pvc(task, pvc_name="data", mount_path="/data")
    kubernetes.add_node_selector(task, "pool", "gpu")
"""


def limited(sources: Sources, *lines: str, release: str = "1.8.1") -> None:
    (sources.folder / "limited.py").write_text(LIMITED + "".join(f"    {each}\n" for each in lines))
    sources.environment(source="pipelines/sentiment/limited.py", release=release)


def test_an_older_backend_gets_what_it_knows(sources: Sources, cache: Cache) -> None:
    limited(sources)
    old = sources.compiled(cache)["small"]
    assert old.platform == {
        "platforms": {
            "kubernetes": {
                "deploymentSpec": {
                    "executors": {
                        "exec-train": {
                            "nodeSelector": {"labels": {"pool": "gpu"}},
                            "pvcMount": [{"constant": "data", "mountPath": "/data"}],
                            "secretAsEnv": [
                                {
                                    "keyToEnv": [{"secretKey": "a", "envVar": "A"}],
                                    "secretName": "mlflow",
                                }
                            ],
                        }
                    }
                }
            }
        }
    }
    assert documents(old.text) == [old.spec, old.platform]
    assert ir.containers(old.spec)["train"]["resources"] == {
        "accelerator": {"count": "1", "type": "nvidia.com/gpu"},
        "cpuLimit": 1.0,
        "memoryRequest": 1.073741824,
    }
    limited(sources, release="26.03")
    new = sources.compiled(cache)["small"]
    assert ir.containers(new.spec)["train"]["resources"] == {
        "accelerator": {
            "count": "1", "resourceCount": "1",
            "type": "nvidia.com/gpu", "resourceType": "nvidia.com/gpu",
        },
        "cpuLimit": 1.0,
        "resourceCpuLimit": "1",
        "memoryRequest": 1.073741824,
        "resourceMemoryRequest": "1Gi",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "field", "since"),
    [
        ("task.set_cpu_limit(cpu)", "ResourceSpec.resource_cpu_limit", "2.5"),
        (
            'kubernetes.add_toleration(task, key="gpu", operator="Exists")',
            "KubernetesExecutorConfig.tolerations",
            "2.3",
        ),
        ("kubernetes.empty_dir_mount(task, 'd', '/d')", "empty_dir_mounts", "2.5"),
        ("kubernetes.set_security_context(task, run_as_user=5)", "security_context", "2.16"),
        ("task.set_caching_options(True, cache_key='k')", "CachingOptions.cache_key", "2.5"),
    ],
)
def test_what_an_older_backend_cannot_do_is_said(
    sources: Sources, cache: Cache, line: str, field: str, since: str
) -> None:
    limited(sources, line)
    said = mistake(sources, cache)
    start, _, rest = said.partition(" uses ")
    assert f"{start} " == PLACE
    name, _, why = rest.partition(", which ")
    assert name.endswith(field)
    assert why == (
        f"Kubeflow Pipelines knows since {since}, and Kubeflow 1.8.1 has 2.0.5: do without it"
    )
    limited(sources, line, release="26.03")
    assert sources.compiled(cache)["small"].text


FAN_IN = """\
from pipeline import *


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def best(models: dsl.Input[list[dsl.Model]]):
    pass


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def tell(status: dsl.PipelineTaskFinalStatus):
    pass


@dsl.pipeline
def fan_in():
    with dsl.ExitHandler(tell()):
        with dsl.ParallelFor([1, 2]) as days:
            trained = train(days=days, rate=0.1)
        best(models=dsl.Collected(trained.outputs["model"]))
"""


def test_what_an_older_backend_reads_and_cannot_do_is_said(sources: Sources, cache: Cache) -> None:
    (sources.folder / "fan_in.py").write_text(FAN_IN)
    sources.environment(source="pipelines/sentiment/fan_in.py", release="1.10")
    assert mistakes(sources, cache) == [
        f"{PLACE}uses {feature}, which Kubeflow Pipelines knows since 2.14, and Kubeflow 1.10 has "
        "2.5.0: do without it"
        for feature in ("dsl.Collected", "dsl.PipelineTaskFinalStatus")
    ]
    sources.environment(source="pipelines/sentiment/fan_in.py", release="1.11")
    assert sources.compiled(cache)["small"].text


def test_fields_are_left_out_only_where_another_says_the_same() -> None:
    assert redundant("secretNameParameter", {"secretName": "a", "secretNameParameter": {}})
    assert not redundant("secretNameParameter", {"secretNameParameter": {}})
    assert redundant("optional", {"optional": False})
    assert not redundant("optional", {"optional": True})
    assert not redundant("tolerations", {"tolerations": []})


def test_every_field_that_not_all_know_is_the_sdk_s() -> None:
    """A name that the messages do not have would never be found, and never be refused."""
    from kfp.kubernetes import kubernetes_executor_config_pb2
    from kfp.pipeline_spec import pipeline_spec_pb2

    def names(message: Any) -> set[str]:
        inner = {name for each in message.nested_types for name in names(each)}
        return inner | {field.full_name for field in message.fields}

    known = {
        name
        for module in (kubernetes_executor_config_pb2, pipeline_spec_pb2)
        for message in module.DESCRIPTOR.message_types_by_name.values()
        for name in names(message)
    }
    assert SINCE.keys() - known == set()


# PyYAML takes 1e-05 for a string, and no other reader does.
FLOATS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: "e" not in repr(x))
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")))
KEYS = st.text("abcyno1-.", min_size=1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | FLOATS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, JSON, min_size=1), st.randoms())
def test_what_is_written_is_what_is_read_in_any_order(spec: Body, dice: Any) -> None:
    text = ir.text(spec, None)
    assert documents(text) == [spec]
    keys = list(spec)
    dice.shuffle(keys)
    assert ir.text({key: spec[key] for key in keys}, None) == text


KINDS: dict[str, tuple[type, ...]] = {
    "STRING": (str,), "NUMBER_INTEGER": (int,), "NUMBER_DOUBLE": (int, float), "BOOLEAN": (bool,),
    "LIST": (list, tuple), "STRUCT": (dict,),
}  # fmt: skip


@given(st.sampled_from(sorted(KINDS)), JSON)
def test_a_value_is_taken_exactly_where_it_has_the_type(kind: str, value: Any) -> None:
    spec = {
        "pipelineInfo": {"name": "x"},
        "root": {"inputDefinitions": {"parameters": {"p": {"parameterType": kind}}}},
    }
    before = json.dumps(spec)
    fits = isinstance(value, KINDS[kind]) and isinstance(value, bool) <= (kind == "BOOLEAN")
    assert (not list(ir.mismatches(spec, {"p": value}))) == fits
    if fits:
        changed = ir.with_defaults(spec, "y", {"p": value})
        assert ir.parameters(changed)["p"]["defaultValue"] == value
        assert json.dumps(spec) == before
