"""The `synth` command: arguments in, exit code out.

0: done, nothing to say. 1: the findings or differences that the command was asked to look for.
2: wrong input or usage. Results go to stdout, messages to stderr. Each command imports what it
needs when it runs: most of a short command's time would be imports.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from synth import __version__
from synth.cli.completion import SHELLS
from synth.cli.model.arguments import add_steps
from synth.cli.options import environments, environments_or_shard, output
from synth.cli.telling import telling, verbose
from synth.shard import WHOLE

OK, FOUND, WRONG = 0, 1, 2


class Command:
    """A command of the module of its name in `synth.cli`: one line of help, and what it takes."""

    def __init__(self, line: str, *options: Callable[[argparse.ArgumentParser], object]) -> None:
        self.help = line
        self.options = options


def _build_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stdout",
        action="store_true",
        help="print every manifest as one YAML stream, write nothing",
    )


def _show_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("environment", metavar="ENV", help="an environment")
    output("text", "json")(parser)


_BASE = (
    "compare with dist/ as committed there (default: where this branch left origin's "
    "default branch, or HEAD without an origin)"
)


def _fetch_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fetch",
        action="store_true",
        help="with `source: reference`, get upstream's files of the releases into the cache, so that "
        "they are looked into",
    )


def _affected_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--base", metavar="REV", help=_BASE)
    output("text", "json")(parser)


def _diff_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--base", metavar="REV", help=_BASE)
    parser.add_argument(
        "--order",
        type=lambda text: text.split(","),
        default=[],
        metavar="ENV,ENV",
        help="in which order environments get a version: what the one before has not run is a risk",
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="write the report for a browser there too: one HTML file",
    )
    _fetch_option(parser)
    output("text", "markdown", "json", "html")(parser)


def _explain_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="+",
        metavar="FILE[:LINE] | ENV KIND/NAME",
        help="a file below dist/ or argocd/, and a line of it; or an object, with its kind as "
        "Deployment or Deployment.apps",
    )
    parser.add_argument("-n", "--namespace", metavar="NS", help="the object's namespace")
    parser.add_argument(
        "--field", metavar="FIELD", help="a field of it: spec.predictors[name=canary].traffic"
    )
    output("text", "json")(parser)


def _graph_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "environment", nargs="?", metavar="ENV", help="an environment (default: the only one)"
    )
    parser.add_argument(
        "--base",
        default="",
        metavar="PATH",
        help="the way from where the SVG will lie to the repository's root, for its links: ../",
    )
    output("svg", "dot", "json", "text")(parser)


def _promote_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", required=True, dest="source", metavar="ENV", help="from here")
    parser.add_argument("--to", required=True, dest="env", metavar="ENV", help="to there")
    parser.add_argument(
        "keys", nargs="*", metavar="KEY", help="carry this key, or all below it: models.sentiment"
    )
    parser.add_argument("--dry-run", action="store_true", help="show the lines, write nothing")
    output("text", "json")(parser)


def _upgrade_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", required=True, metavar="RELEASE", help="of Kubeflow")
    parser.add_argument("--write", action="store_true", help="edit the environment files, too")
    _fetch_option(parser)
    output("text", "markdown", "json")(parser)


def _git_host_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repository", required=True, metavar="URL", help="its address, by https")
    parser.add_argument(
        "--host", choices=("github", "gitlab"), help="what the host is, unless its name says so"
    )
    parser.add_argument("--api", metavar="URL", help="its API, unless that is where it usually is")


def _comment_options(parser: argparse.ArgumentParser) -> None:
    _git_host_options(parser)
    parser.add_argument(
        "--request", required=True, type=int, metavar="NUMBER", help="of the merge request"
    )
    parser.add_argument(
        "--name", default="diff", help="of the comment, which the next one takes the place of"
    )


def _propose_options(parser: argparse.ArgumentParser) -> None:
    _git_host_options(parser)
    parser.add_argument(
        "--base", default="main", metavar="BRANCH", help="where it goes (default: %(default)s)"
    )
    parser.add_argument(
        "model",
        nargs=argparse.REMAINDER,
        metavar="model STEP …",
        help="the step, as in: model bump sentiment --env dev --canary 10",
    )


def _completion_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS)


def _rules_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "codes", nargs="*", metavar="CODE", help="a rule to explain, or what codes begin with"
    )
    output("text", "markdown", "json")(parser)


def _cache_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sections", nargs="*", metavar="SECTION", help="only these sections, such as parts"
    )
    parser.add_argument("--clear", action="store_true", help="drop the entries")
    output("text", "json")(parser)


def _docs_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "page", nargs="?", metavar="PAGE[#SECTION]", help="a page, or a section of it"
    )


def _shards_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="N", type=_count, help="so many machines")
    output("github", "gitlab")(parser)


def _count(text: str) -> int:
    if text.isdecimal() and int(text):
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is no number of machines")


def _init_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", type=Path, help="where; nothing there is replaced")
    parser.add_argument(
        "--repo-url",
        metavar="URL",
        help="where Argo CD reads it (default: git's remote origin of DIR)",
    )
    parser.add_argument("--team", default="ml", metavar="NAME", help="the first team (default: ml)")
    parser.add_argument("--owner", metavar="EMAIL", help="of the team (default: git's user.email)")
    parser.add_argument(
        "--environments",
        type=lambda text: text.split(","),
        metavar="ENV,ENV",
        help="in the order in which they get a version (default: dev,staging,prod; with --minimal dev)",
    )
    parser.add_argument(
        "--kubeflow", metavar="RELEASE", help="default: the newest that pins all it takes"
    )
    parser.add_argument(
        "--minimal", action="store_true", help="one environment with Kubeflow and a team, no more"
    )


COMMANDS = {
    "init": Command("a new repository of this shape, which builds and checks and has its CI", _init_options),
    "build": Command("write dist/ and argocd/ (the default command)", environments_or_shard, _build_options),
    "check": Command("exit 1 when dist/ is not what the sources say; writes nothing", environments_or_shard, output("text", "json")),
    "validate": Command("check the configuration and what follows from it", environments_or_shard, output("text", "json")),
    "diff": Command("what a change means for every environment, object by object, the riskiest first", environments, _diff_options),
    "affected": Command("the environments that a change touches, as a matrix of CI takes them", _affected_options),
    "explain": Command("which construct and which lines of the configuration an object, or a field, is from", _explain_options),
    "graph": Command("what waits for what, and the way of the data, as a picture", _graph_options),
    "show": Command("the effective configuration, with the file and line of every value", _show_options),
    "model": Command("versions of models: list, bump, canary, promote, rollback, gate", add_steps),
    "promote": Command("what an environment says otherwise than another; keys of it carried over", _promote_options),
    "upgrade": Command("what another release of Kubeflow means, as a checklist", environments, _upgrade_options),
    "propose": Command("make a step of `synth model` in a clone, and open a merge request", _propose_options),
    "comment": Command("standard input as a comment of a merge request, in the place of the last one", _comment_options),
    "images": Command("every container image, with its name in the mirror", environments, output("text", "json", "skopeo", "crane")),
    "capacity": Command("what workloads may ask for at once, against quotas and what the cluster has", environments, output("text", "json")),
    "rules": Command("what is looked for, by code; with CODE why, and an example", _rules_options),
    "cache": Command("what is kept of earlier builds; with --clear it goes", _cache_options),
    "docs": Command("the pages of this version's documentation, or a section of one", _docs_options),
    "shards": Command("a workflow by which CI builds on several machines and commits what they have built", _shards_options),
    "completion": Command("what a shell completes this command by: `. <(synth completion bash)`", _completion_options),
    "schema": Command("the JSON Schema of an environment file"),
}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = parse(given or ["build"])
    try:
        command = import_module(f"synth.cli.{options.command}")
        with telling(options.verbose):
            return int(command.run(options))
    except KeyboardInterrupt:
        print("synth: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return OK
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        print(f"{name}{error.strerror or error}", file=sys.stderr)
        return WRONG


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """What arguments mean; ends the program where they mean nothing."""
    whole = parser()
    options = whole.parse_args(arguments)
    if getattr(options, "shard", WHOLE) != WHOLE and options.environments:
        whole.error("--shard says which environments, and so does ENV: one of them")
    return options


def parser() -> argparse.ArgumentParser:
    """What reads arguments, with every command."""
    whole = argparse.ArgumentParser(
        prog="synth",
        description="Short environment files in, the manifests of a whole Kubeflow platform out.",
        epilog="exit code: 0 nothing to say, 1 findings or differences, 2 wrong input or usage",
        allow_abbrev=False,
    )
    whole.add_argument("--version", action="version", version=f"kfsynth {__version__}")
    whole.add_argument(
        "-C", "--directory", type=Path, default=Path(), metavar="DIR",
        help="the repository (default: the current folder or the nearest one above it)",
    )  # fmt: skip
    verbose(whole, 0)
    commands = whole.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=True
    )
    for name, command in COMMANDS.items():
        sub = commands.add_parser(
            name,
            help=command.help,
            description=f"{command.help[0].upper()}{command.help[1:]}.",
            allow_abbrev=False,
        )
        for add in command.options:
            add(sub)
        verbose(sub, argparse.SUPPRESS)
    return whole
