"""What Kustomize has begun with is not left running by a build that fails meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

from tests.repository import Repository

PROGRAM = """\
#!/bin/sh
if [ "$1" = version ]; then echo v5.5.0; exit; fi
echo "$$ $2" >> "{runs}"
exec sleep 600
"""


def test_a_pipeline_that_cannot_be_compiled(tmp_path: Path) -> None:
    here, runs = Repository(tmp_path), tmp_path / "runs"
    (here.root / "copy/example").mkdir(parents=True)
    program = tmp_path / "bin/kustomize"
    program.parent.mkdir()
    program.write_text(PROGRAM.format(runs=runs))
    program.chmod(0o755)
    here.edit("environments/base.yaml", "source: reference", "source: hydrated\n  upstream: copy")
    (here.root / "pipelines/sentiment/pipeline.py").write_text("import nothing_of_this_name\n")
    done = here.apart("build", PATH=f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    assert done.returncode == 2
    assert "nothing_of_this_name" in done.stderr
    begun = [line.split() for line in runs.read_text().splitlines()]
    assert begun
    for process, folder in begun:
        assert not Path("/proc", process).exists()
        assert not Path(folder).parent.exists()
