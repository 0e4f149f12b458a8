"""The fleet as a program of every peer: the templates in its own language, looped over the same values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.template import VARIABLES, Language, Template, joined
from synth.render.documents import dump

_JSON = Language()
_PYTHON = Language("True", "False", "None")
_OF_MODEL = ("model", "stable", "canary")


Writer = Callable[[Path, Sequence[Template], Any], None]
"""Writes a program into a folder, given the templates and the values."""


def of(level: str, templates: Sequence[Template]) -> Iterator[Template]:
    """The templates of one level."""
    return (each for each in templates if each.level == level)


def jsonnet(folder: Path, templates: Sequence[Template], members: Any) -> None:
    """For `jsonnet -m`: an object of files. An object comprehension, since a sum of objects is slow."""

    def files(level: str) -> str:
        each = (f"[{joined(t.path)}, {_JSON.expression(t.body)}]" for t in of(level, templates))
        return ",\n  ".join(each)

    _write(folder / "values.json", json.dumps(members))
    _write(
        folder / "fleet.jsonnet",
        f"""\
local members = import 'values.json';
local fleet = [
  {files("fleet")},
];
local environmentFiles(environment) = [
  {files("environment")},
];
local modelFiles(environment, model, stable, canary) = [
  {files("model")},
];
local files = fleet + std.flattenArrays([
  environmentFiles(member.name) + std.flattenArrays([
    modelFiles(member.name, m.name, m.stable, m.canary)
    for m in member.models
  ])
  for member in members
]);
{{ [file[0]]: file[1] for file in files }}
""",
    )


def helm(folder: Path, templates: Sequence[Template], members: Any) -> None:
    """A chart for `helm template`, which writes one stream."""

    def documents(level: str) -> str:
        return "".join(f"---\n{_escaped(dump(t.body))}" for t in of(level, templates))

    _write(folder / "Chart.yaml", "apiVersion: v2\nname: fleet\nversion: 1.0.0\n")
    _write(folder / "values.yaml", dump({"members": members}))
    _write(
        folder / "templates" / "fleet.yaml",
        f"""\
{documents("fleet")}
{{{{- range .Values.members }}}}
{{{{- $environment := .name }}}}
{documents("environment")}
{{{{- range .models }}}}
{{{{- $model := .name }}}}
{{{{- $stable := .stable }}}}
{{{{- $canary := .canary }}}}
{documents("model")}
{{{{- end }}}}
{{{{- end }}}}
""",
    )


def _escaped(text: str) -> str:
    """A text for Go's templates, with the braces of other templates in it."""
    quoted = re.sub(r"\{\{|\}\}", lambda match: f'{{{{ "{match[0]}" }}}}', text)
    for sample, name in VARIABLES.items():
        quoted = quoted.replace(sample, f"{{{{ ${name} }}}}")
    return quoted


def cdk8s_typescript(folder: Path, templates: Sequence[Template], members: Any) -> None:
    """For `tsc` and Node: a chart an environment, a file a resource."""

    def objects(level: str) -> str:
        return "\n".join(
            f"  new ApiObject(chart, {joined(t.path)}.replace(/[/]/g, '-'), {_JSON.expression(t.body)});"
            for t in of(level, templates)
        )

    _write(folder / "values.json", json.dumps(members))
    _write(
        folder / "main.ts",
        f"""\
import {{ ApiObject, App, Chart, YamlOutputType }} from 'cdk8s';
import {{ readFileSync }} from 'fs';

interface Model {{ name: string; stable: string; canary: string }}
interface Member {{ name: string; models: Model[] }}
const members: Member[] = JSON.parse(readFileSync('values.json', 'utf8'));
const app = new App({{
  outdir: process.argv[2],
  yamlOutputType: YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE,
}});

function addFleet(chart: Chart) {{
{objects("fleet")}
}}

function addEnvironment(chart: Chart, environment: string) {{
{objects("environment")}
}}

function addModel(chart: Chart, environment: string, model: string, stable: string, canary: string) {{
{objects("model")}
}}

addFleet(new Chart(app, 'settings'));
for (const member of members) {{
  const chart = new Chart(app, member.name);
  addEnvironment(chart, member.name);
  for (const m of member.models) {{
    addModel(chart, member.name, m.name, m.stable, m.canary);
  }}
}}
app.synth();
""",
    )
    _write(
        folder / "tsconfig.json",
        json.dumps(
            {
                "compilerOptions": {
                    "module": "commonjs",
                    "target": "es2022",
                    "strict": True,
                    "skipLibCheck": True,
                    "types": ["node"],
                },
                "files": ["main.ts"],
            }
        ),
    )


def cdk8s_python(folder: Path, templates: Sequence[Template], members: Any) -> None:
    """As cdk8s's documentation says it in Python: an ApiObject with patches for what it is no
    argument of (https://cdk8s.io/docs/latest/basics/escape-hatches/).
    """

    def objects(level: str) -> str:
        made = "\n".join(
            f"    add(chart, {joined(t.path)}, {_PYTHON.expression(t.body)})"
            for t in of(level, templates)
        )
        return made or "    pass"

    _write(folder / "values.json", json.dumps(members))
    _write(
        folder / "main.py",
        f"""\
import json
import sys

from cdk8s import ApiObject, App, Chart, JsonPatch, YamlOutputType

with open("values.json") as file:
    members = json.load(file)
app = App(outdir=sys.argv[1], yaml_output_type=YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE)


def add(chart, path, body):
    made = ApiObject(
        chart,
        path.replace("/", "-"),
        api_version=body["apiVersion"],
        kind=body["kind"],
        metadata=body["metadata"],
    )
    for key in body.keys() - {{"apiVersion", "kind", "metadata"}}:
        made.add_json_patch(JsonPatch.add(f"/{{key}}", body[key]))


def add_fleet(chart):
{objects("fleet")}


def add_environment(chart, environment):
{objects("environment")}


def add_model(chart, environment, model, stable, canary):
{objects("model")}


add_fleet(Chart(app, "settings"))
for member in members:
    chart = Chart(app, member["name"])
    add_environment(chart, member["name"])
    for m in member["models"]:
        add_model(chart, member["name"], m["name"], m["stable"], m["canary"])
app.synth()
""",
    )


def kapitan(folder: Path, templates: Sequence[Template], members: Any) -> None:
    """An inventory with a target an environment, which Jsonnet makes files of."""

    def files(level: str) -> str:
        each = (
            f"[std.strReplace({joined(t.path.removesuffix('.yaml'))}, '/', '_'), "
            f"{_JSON.expression(t.body)}]"
            for t in of(level, templates)
        )
        return ",\n  ".join(each)

    def target(name: str, source: str, more: dict[str, Any]) -> None:
        compile_ = {
            "output_path": "manifests",
            "input_type": "jsonnet",
            "output_type": "yaml",
            "input_paths": [source],
        }
        parameters = {
            "target_name": name,
            "kapitan": {"vars": {"target": name}, "compile": [compile_]},
            **more,
        }
        _write(folder / "inventory" / "targets" / f"{name}.yml", dump({"parameters": parameters}))

    _write(
        folder / "settings.jsonnet",
        f"local files = [\n  {files('fleet')},\n];\n{{ [f[0]]: f[1] for f in files }}\n",
    )
    _write(
        folder / "environment.jsonnet",
        f"""\
local kapitan = import 'lib/kapitan.libjsonnet';
local member = kapitan.inventory().parameters.member;
local environmentFiles(environment) = [
  {files("environment")},
];
local modelFiles(environment, model, stable, canary) = [
  {files("model")},
];
local files = environmentFiles(member.name) + std.flattenArrays([
  modelFiles(member.name, m.name, m.stable, m.canary)
  for m in member.models
]);
{{ [f[0]]: f[1] for f in files }}
""",
    )
    # Its inventory has to have a folder of classes, used or not.
    (folder / "inventory" / "classes").mkdir(parents=True)
    target("settings", "settings.jsonnet", {})
    for member in members:
        target(member["name"], "environment.jsonnet", {"member": member})


def cue(folder: Path, templates: Sequence[Template], members: Any) -> None:
    """For `cue export`, which writes one document: a list of the objects."""

    def bodies(level: str) -> str:
        return ",\n".join(_JSON.expression(t.body) for t in of(level, templates))

    fields = "\n".join(
        f"let {name} = m.{'name' if name == 'model' else name}" for name in _OF_MODEL
    )
    _write(
        folder / "fleet.cue",
        f"""\
package fleet

members: {json.dumps(members)}
objects: [{bodies("fleet")},
for member in members let environment = member.name
for body in [{bodies("environment")}] {{body}},
for member in members let environment = member.name
for m in member.models
{fields}
for body in [{bodies("model")}] {{body}},
]
""",
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
