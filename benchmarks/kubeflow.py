"""Kubeflow 1.8.1 hydrated, for one, three and ten environments, against Kustomize over the same files,
kubeconform over what is built and dyff over what changes; and how long every command takes to begin.

    python -m benchmarks.kubeflow [--rounds N] [--only TEXT]         needs KFSYNTH_SHARED and Go

Everything but what says otherwise is on a memory file system where there is one: what a disk takes says
little about either side.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.history import commit
from benchmarks.measuring import Job, folders, nothing, run, side_by_side
from benchmarks.peers.programs import ROOT, go_program
from benchmarks.results import Row, Target, keep
from synth.render.documents import load_all
from tools.upstream_archives import unpack_manifests

SHARED = Path(os.environ.get("KFSYNTH_SHARED", ROOT.parent / "shared"))
RELEASE, KUBERNETES = "1.8.1", "1.26"
ENVIRONMENTS = ("dev", "staging", "prod")
_IMPORT_CDK8S = "from synth.kit.node import use_pinned_node; use_pinned_node(); import cdk8s"
_HELP = ("--help", "show", "schema")
_COMMANDS = {
    "--help": ["--help"],
    "show": ["show", "prod"],
    "schema": ["schema"],
    "rules": ["rules"],
    "docs": ["docs"],
    "check": ["check"],
    "build --stdout": ["build", "--stdout"],
    "validate": ["validate"],
    "diff": ["diff", "--base", "HEAD"],
    "affected": ["affected", "--base", "HEAD"],
    "images": ["images"],
    "capacity": ["capacity"],
    "graph": ["graph", "prod"],
    "explain": ["explain", "prod", "SeldonDeployment/sentiment"],
    "model list": ["model", "list"],
    "promote": ["promote", "--from", "staging", "--to", "prod", "--dry-run"],
    "upgrade": ["upgrade", "prod", "--to", "1.9.1"],
    "cache": ["cache"],
    "completion": ["completion", "bash"],
    "shards": ["shards", "8"],
}
"""Every command but `init`, which has a line of its own, and `propose` and `comment`, which take a git host."""


def repository(folder: Path, upstream: Path) -> Path:
    """The committed example with all three environments hydrated from `upstream`."""
    for name in ("environments", "overlays", "pipelines"):
        shutil.copytree(ROOT / name, folder / name)
    base = folder / "environments" / "base.yaml"
    text = base.read_text()
    hydrated = text.replace("source: reference", f"source: hydrated\n  upstream: {upstream}")
    if hydrated == text:
        sys.exit(f"{base} does not say `source: reference`")
    base.write_text(hydrated)
    return folder


class Ours:
    """A repository of ours with so many environments, and what is measured of it."""

    def __init__(self, folder: Path, upstream: Path | None, names: Sequence[str]) -> None:
        self.folder = folder
        self.cache = folder.with_name(f"{folder.name}-cache")
        kustomize = go_program("kustomize").parent
        self.env = {
            "KFSYNTH_CACHE": str(self.cache),
            "PYTHONPATH": str(ROOT),
            "PATH": f"{kustomize}{os.pathsep}{os.environ['PATH']}",
        }
        if upstream:
            repository(folder, upstream)
            self._keep(names)
        else:
            for name in ("environments", "overlays", "pipelines", "dist", "argocd"):
                shutil.copytree(ROOT / name, folder / name)
        self._shares = count(1)

    def _keep(self, names: Sequence[str]) -> None:
        """Makes `names` of the example's environments: others of prod's kind where it has none."""
        environments = self.folder / "environments"
        prod = (environments / "prod.yaml").read_text()
        for name in names:
            if name not in ENVIRONMENTS:
                text = prod.replace("name: prod", f"name: {name}")
                text = text.replace("https://prod.", f"https://{name}.")
                (environments / f"{name}.yaml").write_text(text)
        for name in set(ENVIRONMENTS) - set(names):
            (environments / f"{name}.yaml").unlink()
            shutil.rmtree(self.folder / "overlays" / name, ignore_errors=True)

    def job(
        self,
        name: str,
        arguments: Sequence[str],
        prepare: Callable[[], None] = nothing,
        codes: Sequence[int] = (0,),
        rounds: int = 0,
    ) -> Job:
        """A command of ours."""
        command = [sys.executable, "-m", "synth", "-C", self.folder, *arguments]
        return Job(name, command, prepare, self.folder, self.env, codes, rounds=rounds)

    def cold(self) -> None:
        """Nothing is built, and nothing is remembered."""
        shutil.rmtree(self.cache, ignore_errors=True)
        for name in ("dist", "argocd"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def shift_weight(self) -> None:
        """Another share for prod's canary."""
        share = 1 + next(self._shares) % 20
        path = self.folder / "environments" / "prod.yaml"
        text = path.read_text()
        for name, traffic in (("stable", 100 - share), ("canary", share)):
            pattern = rf"(name: {name}\b.*?traffic: )\d+"
            text = re.sub(pattern, rf"\g<1>{traffic}", text, count=1, flags=re.S)
        path.write_text(text)

    def shift_base(self) -> None:
        """Another number of partitions in what all environments have in common."""
        path = self.folder / "environments" / "base.yaml"
        text = path.read_text()
        partitions = 6 + next(self._shares)
        path.write_text(re.sub(r"(topic: .*partitions: )\d+", rf"\g<1>{partitions}", text, count=1))

    def stream(self, name: str, into: Path) -> None:
        """The manifests of an environment as one file."""
        paths = sorted((self.folder / "dist" / name).rglob("*.yaml"))
        into.write_text("".join(f"---\n{path.read_text()}" for path in paths))


def schemas(folder: Path, built: Path) -> list[str]:
    """Where kubeconform finds the schemas of all kinds in what is built: those of Kubernetes that we use
    too, each whole as it is made for kubeconform, and of the CRDs among the objects.
    """
    spec = importlib.util.find_spec("kubernetes_validate")
    if spec is None or spec.origin is None:
        sys.exit("kubernetes-validate is not installed")
    own = Path(spec.origin).parent / f"kubernetes-json-schema/v{KUBERNETES}.0-local-strict"
    definitions = json.loads((own / "_definitions.json").read_text())["$defs"]
    texts = (path.read_text() for path in built.rglob("*.yaml"))
    found = [body for text in texts for body in load_all(text)]
    for group, version, kind in {_kind(body) for body in found}:
        name = "-".join([kind.lower(), *filter(None, [group.partition(".")[0]]), version])
        if (own / f"{name}.json").exists():
            schema = json.loads((own / f"{name}.json").read_text())
            _keep(folder / f"{name}.json", _whole(schema, definitions, ()))
    for crd in (body["spec"] for body in found if body["kind"] == "CustomResourceDefinition"):
        for version in crd["versions"]:
            name = f"{crd['names']['kind'].lower()}_{version['name']}.json"
            schema = version.get("schema", {}).get("openAPIV3Schema", {})
            _keep(folder / crd["group"] / name, schema)
    return [
        *("-schema-location", f"{folder}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"),
        "-schema-location",
        f"{folder}/{{{{.Group}}}}/{{{{.ResourceKind}}}}_{{{{.ResourceAPIVersion}}}}.json",
    ]


def _kind(body: Mapping[str, Any]) -> tuple[str, str, str]:
    group, _, version = str(body["apiVersion"]).rpartition("/")
    return group, version, str(body["kind"])


def _whole(schema: Any, definitions: Mapping[str, Any], within: tuple[str, ...]) -> Any:
    """A schema with what it refers to in its place; what holds itself may hold anything there."""
    if isinstance(schema, list):
        return [_whole(each, definitions, within) for each in schema]
    if not isinstance(schema, dict):
        return schema
    # A schema of schemas has a property of this name, too.
    if isinstance(reference := schema.get("$ref"), str):
        name = reference.rpartition("/")[2]
        return {} if name in within else _whole(definitions[name], definitions, (*within, name))
    return {key: _whole(value, definitions, within) for key, value in schema.items()}


def _keep(path: Path, schema: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(schema))


def jobs(folder: Path, disk: Path) -> Iterator[Job]:
    """Everything that is measured, ours beside whose it is compared with."""
    upstream = unpack_manifests(SHARED, RELEASE, folder / "upstream")
    kustomize = [go_program("kustomize"), "build", upstream / "example"]
    one = Ours(folder / "one", upstream, ["prod"])
    three = Ours(folder / "three", upstream, ENVIRONMENTS)
    ten = Ours(folder / "ten", upstream, [*ENVIRONMENTS, *(f"prod-{n}" for n in range(7))])
    build = ["build"]
    for ours, name, number in ((one, "one", 1), (three, "three", 3), (ten, "ten", 10)):
        rounds = 2 if number > 3 else 0
        yield ours.job(f"build of {name}, cold", build, ours.cold, rounds=rounds)
        yield Job(f"{number} × kustomize build", kustomize, repeat=number, rounds=rounds)
    on_disk = Ours(disk / "three", upstream, ENVIRONMENTS)
    yield on_disk.job("build of three, cold, on a disk", build, on_disk.cold, rounds=2)
    yield three.job("build, nothing changed", build)
    yield Job("import cdk8s", [sys.executable, "-c", _IMPORT_CDK8S], folder=ROOT)
    yield three.job("build, one weight changed", build, three.shift_weight)
    yield three.job("build, base changed", build, three.shift_base)
    reviewed = Ours(folder / "reviewed", upstream, ENVIRONMENTS)
    built = reviewed.folder / "dist"
    run(reviewed.job("build", build))
    kubeconform = [go_program("kubeconform"), "-strict", "-ignore-missing-schemas", "-n", "2"]
    found = [path for each in ENVIRONMENTS for path in (built / each).iterdir() if path.is_dir()]
    plain = [path for path in found if not any(path.rglob("kustomization.yaml"))]
    yield reviewed.job("validate", ["validate"], codes=(0, 1))
    # What this process has held counts as memory of what it starts.
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        places = apart.submit(schemas, folder / "schemas", built).result()
    yield Job("kubeconform", [*kubeconform, *places, *plain], codes=(0, 1))
    commit(reviewed.folder)
    before, after = folder / "before.yaml", folder / "after.yaml"
    reviewed.stream("prod", before)
    reviewed.shift_weight()
    run(reviewed.job("build", build))
    reviewed.stream("prod", after)
    dyff = [go_program("dyff"), "between", before, after]
    yield reviewed.job("diff of a weight", ["diff", "--base", "HEAD"], codes=(1,))
    yield Job("dyff between, prod alone", dyff, rounds=1)
    example = Ours(folder / "example", None, ENVIRONMENTS)
    commit(example.folder)
    new = folder / "new"
    addresses = ["--repo-url", "https://git.example.com/ml/new.git", "--owner", "lead@example.com"]
    clear = partial(shutil.rmtree, new, ignore_errors=True)
    yield example.job("synth init", ["init", str(new), *addresses], clear)
    for name, arguments in _COMMANDS.items():
        yield example.job(f"synth {name}", arguments, codes=(0, 1))


def rows() -> list[Row]:
    cold = "hydrated environments, cold"
    return [
        Row(f"1 {cold}", "build of one, cold", "1 × kustomize build"),
        Row(f"3 {cold}", "build of three, cold", "3 × kustomize build", Target(ratio=1 / 3)),
        Row(f"10 {cold}", "build of ten, cold", "10 × kustomize build"),
        Row(f"3 {cold}, on a disk", "build of three, cold, on a disk"),
        Row("nothing changed", "build, nothing changed", "1 × kustomize build", Target(1 / 12, 0.3)),
        Row("nothing changed", "build, nothing changed", "import cdk8s"),
        Row("one weight changed", "build, one weight changed", "", Target(seconds=1)),
        Row("base changed", "build, base changed"),
        Row("validate", "validate", "kubeconform", Target(ratio=1)),
        Row("diff of a weight", "diff of a weight", "dyff between, prod alone"),
        Row("a new repository, three environments", "synth init"),
        *(
            Row(f"cold start of {name}", f"synth {name}", "", Target(seconds=0.25 if name in _HELP else 0))
            for name in _COMMANDS
        ),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="medians of so many (default: 5)")
    parser.add_argument(
        "--only", default="", help="only jobs with this in their names; keeps nothing"
    )
    options = parser.parse_args()
    with folders() as (memory, disk):
        wanted = [job for job in jobs(memory, disk) if options.only in job.name]
        measured = side_by_side(wanted, options.rounds)
    if not options.only:
        keep("kubeflow", rows(), measured)


if __name__ == "__main__":
    main()
