"""A PostgreSQL server of the tests' own: in a temporary folder, reached by a socket only, ended with the run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

OWNER = "postgres"
ROOM = 4 << 30


def programs() -> Path:
    """The folder of ``initdb`` and ``pg_ctl``; Debian keeps them out of the search path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise FileNotFoundError("initdb: run tests/system_packages.py first")
    return found[-1].parent if found else Path(str(on_path)).parent


def memory() -> Path | None:
    """A folder in memory where there is one with room: each test has a database of its own, of 300 files."""
    shared = Path("/dev/shm")
    has_room = shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free >= ROOM
    return shared if has_room else None


@contextmanager
def server() -> Iterator[str]:
    """Runs a server and gives the URL of its socket without a database; a Japanese locale sorts unlike SQLite."""
    folder = Path(tempfile.mkdtemp(prefix="junkan-pg-", dir=memory()))
    data = folder / "data"
    as_owner: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        owner = pwd.getpwnam(OWNER)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_owner = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    bin_folder = programs()

    def run(*command: str) -> None:
        subprocess.run([*as_owner, *command], check=True, capture_output=True, cwd=folder)

    try:
        run(str(bin_folder / "initdb"), "-D", str(data), "-U", "junkan", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        run(str(bin_folder / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield f"postgresql://junkan@/{{database}}?host={folder}"
        finally:
            run(str(bin_folder / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(url: str, name: str, template: str = "template1") -> str:
    """Makes a database on the server, empty or like another one, and returns its URL."""
    engine = create_engine(url.format(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    engine.dispose()
    return url.format(database=name)
