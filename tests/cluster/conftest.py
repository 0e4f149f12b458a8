"""What the tests of this room run on. All of them need Go, once, to build the programs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from synth.catalog.kubeflow import REPOSITORY
from tests.cluster.control_plane import ControlPlane, control_plane
from tests.cluster.measured import Measured
from tests.cluster.programs import ALL, ProgramsMissingError, program
from tests.shared import shared
from tools.upstream_archives import unpack_release


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The whole room is a suite of its own: `make test-cluster`."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.cluster)


def _built(request: pytest.FixtureRequest, *names: str) -> None:
    """Build programs with what that takes shown; without Go the run ends and says what to install."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled():
            for name in names:
                program(name)
    except ProgramsMissingError as error:
        pytest.exit(str(error), returncode=2)


@pytest.fixture(scope="session")
def programs(request: pytest.FixtureRequest) -> None:
    """Every program of the control plane."""
    _built(request, *ALL)


@pytest.fixture(scope="session")
def argocd_command(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Argo CD's command line: the binary takes the role that it is called by."""
    _built(request, "argocd")
    link = tmp_path_factory.mktemp("bin") / "argocd"
    link.symlink_to(program("argocd"))
    return link


@pytest.fixture(scope="module")
def plane(programs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane with nothing in it: who asks the API server alone needs no Argo CD."""
    with control_plane(tmp_path_factory.mktemp("plane") / "cluster") as running:
        yield running


class Releases:
    """Upstream's releases, unpacked once in a run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def tree(self, release: str) -> Path:
        """The files of a release."""
        folder = self._folder / release
        if not folder.exists():
            unpack_release(shared(), release, folder)
        return next((folder / "kubeflow").iterdir())

    def repository(self, release: str) -> Upstream:
        """A git repository that stands in for upstream's, with these files alone."""
        folder = self._folder / f"{release}.git"
        git = ["git", "--git-dir", str(folder), "--work-tree", str(self.tree(release))]
        if not folder.exists():
            user = ["-c", "user.name=tests", "-c", "user.email=tests@example.com"]
            subprocess.run([*git, "init", "-q"], check=True)
            subprocess.run([*git, "add", "-A"], check=True)
            subprocess.run([*git, *user, "commit", "-q", "-m", release], check=True)
            # Every component fetches all of it: from one pack that costs next to nothing.
            subprocess.run([*git, "repack", "-a", "-d", "-q"], check=True)
        head = subprocess.run(
            [*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
        )
        return Upstream(folder, head.stdout.strip())


@dataclass(frozen=True)
class Upstream:
    """A git repository that stands in for upstream's; its only commit has a hash of its own."""

    repository: Path
    commit: str

    def environment(self, folder: Path) -> dict[str, str]:
        """What makes git read it where upstream's address stands, and write down what it fetches."""
        config = folder / "gitconfig"
        config.write_text(
            f'[url "file://{self.repository}"]\n\tinsteadOf = {REPOSITORY}\n'
            '[safe]\n\tdirectory = *\n[protocol "file"]\n\tallow = always\n'
            "[gc]\n\tauto = 0\n[pack]\n\twindow = 0\n"
        )
        return {"GIT_CONFIG_GLOBAL": str(config), "GIT_TRACE": str(folder / "git.log")}


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    """Upstream's releases."""
    return Releases(tmp_path_factory.mktemp("releases"))


@pytest.fixture(scope="session")
def measured() -> Iterator[Measured]:
    """What this run measures; written down when it ends."""
    rows = Measured()
    yield rows
    rows.save()
