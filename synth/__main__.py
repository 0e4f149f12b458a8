"""`python -m synth` is `synth`."""

import sys

from synth.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
