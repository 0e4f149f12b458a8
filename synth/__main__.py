"""The program: `synth`, or `python -m synth`."""

from __future__ import annotations

import gc
import sys

from synth.cli.main import main

_ALLOCATIONS, _ROUNDS = 100_000, 50
"""Python looks for cycles after so many new objects, and among older ones after so many rounds. A build
makes millions of objects and hardly a cycle; at Python's own 700 and 10 a third of it is that search.
"""


def program() -> int:
    """Runs the command that the arguments name, and returns its exit code."""
    gc.set_threshold(_ALLOCATIONS, _ROUNDS, _ROUNDS)
    try:
        return main()
    finally:
        # Else Python searches everything once more before it ends.
        gc.freeze()


if __name__ == "__main__":
    sys.exit(program())
