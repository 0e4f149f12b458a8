"""`synth completion`: what a shell completes the command by."""

from __future__ import annotations

import argparse

SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")
_NAMES = "ls environments 2>/dev/null | sed 's/\\.ya*ml$//'"
_ENVIRONMENTS = {
    "bash": f'_synth_environments() {{ compgen -W "$({_NAMES})" -- "$1"; }}',
    "zsh": f'_synth_environments() {{ compadd -- ${{(f)"$({_NAMES})"}} }}',
}
"""Functions that know which environments there are, where a shell can have them."""


def run(options: argparse.Namespace) -> int:
    import shtab

    from synth.cli.main import parser

    whole = parser()
    for action in _environments(whole):
        # What shtab looks for (docs.iterative.ai/shtab).
        setattr(action, "complete", dict.fromkeys(_ENVIRONMENTS, "_synth_environments"))  # noqa: B010
    shell = options.shell
    print(shtab.complete(whole, shell, preamble=_ENVIRONMENTS.get(shell, "")))
    return 0


def _environments(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """Every argument that takes the name of an environment."""
    found = []
    for action in parser._actions:  # noqa: SLF001  # argparse has no other way to ask
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for each in action.choices.values():
                found += _environments(each)
        elif action.dest in ("environment", "environments", "env") and action.choices is None:
            found.append(action)
    return found
