"""A real Postgres, as the database that MLflow keeps what it knows in."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import HOST, Server, free_ports, wait_for

ACCOUNT = "postgres"
"""Postgres refuses to be run by root: who is root runs it as this account, which its package makes."""


class PostgresMissingError(Exception):
    """There is no Postgres here; the message says what to install."""


def program(name: str) -> Path:
    """A program of Postgres; Debian keeps them off PATH. Raises PostgresMissingError."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if found := shutil.which(name) or (debian and debian[-1]):
        return Path(found)
    raise PostgresMissingError(f"no {name} on PATH: Debian's package postgresql has it")


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A fresh database and its address, while it is needed; every account may enter the folder that
    `folder` is made in. Raises PostgresMissingError.
    """
    folder.mkdir()
    [port] = free_ports(1)
    data = folder / "data"
    account: list[str | Path] = []
    if os.geteuid() == 0:
        account = ["runuser", "-u", ACCOUNT, "--"]
        shutil.chown(folder, ACCOUNT)
    trust = ["--auth=trust", f"--username={ACCOUNT}", "--no-sync"]
    subprocess.run(
        [*account, program("initdb"), "-D", data, *trust], check=True, capture_output=True
    )
    options = {
        "listen_addresses": HOST,
        "port": port,
        "unix_socket_directories": "",
        "fsync": "off",
    }
    said = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    server = Server("postgres", [*account, program("postgres"), "-D", data, *said], folder, {})
    try:
        wait_for("Postgres", lambda: server.listens(port))
        yield f"postgresql+psycopg2://{ACCOUNT}@{HOST}:{port}/postgres"
    finally:
        server.stop()
