"""The suite itself: what it needs, and that nothing of it is left running."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster.programs import program
from tests.repository import ROOT
from tests.servers import wait_for

_CHILD = """
import signal, sys, time
from pathlib import Path
from tests.cluster.control_plane import control_plane
# A shell has what it starts in the background ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
with control_plane(Path(sys.argv[1])) as plane:
    print(*(server.pid for server in plane.servers), flush=True)
    if sys.argv[2] == "fails":
        raise RuntimeError("a test fails")
    time.sleep(600)
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, "fails"])
def test_nothing_is_left_running(programs: None, tmp_path: Path, end: signal.Signals | str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, tmp_path / "cluster", str(end)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdout
    pids = [int(each) for each in child.stdout.readline().split()]
    assert len(pids) == 5
    if isinstance(end, signal.Signals):
        child.send_signal(end)
    assert child.wait(60) != 0
    wait_for("the servers to end", lambda: not any(map(_runs, pids)), 10)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_without_go_the_run_ends_and_says_what_to_install(tmp_path: Path) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    for each in ("git", "openssl"):
        path = shutil.which(each)
        assert path
        (bare / each).symlink_to(path)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-m",
            "cluster",
            "-n",
            "0",
            "tests/cluster/test_health.py",
        ],
        cwd=ROOT,
        env={"PATH": str(bare), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert (
        "no go on PATH: the control plane is built from Go modules.\n"
        "Install Go 1.21 or later (https://go.dev/dl); it fetches what the modules ask for"
    ) in done.stdout + done.stderr


def test_ready_made_programs_are_taken_where_an_environment_variable_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for each in ("etcd", "kube-apiserver", "kubectl"):
        (tmp_path / each).touch()
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    monkeypatch.setenv("PATH", os.devnull)
    for each in ("etcd", "kube-apiserver", "kubectl"):
        assert program(each) == tmp_path / each
