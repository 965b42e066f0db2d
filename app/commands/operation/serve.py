"""Serves the app on this machine: prepares the demo store on the first run, then hands over to Streamlit."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.access import has_sign_in, is_loopback
from app.commands.exit_codes import FINE, NOT_ALLOWED, USAGE, Options, warn
from app.commands.terminal import progress_bar
from app.storage.files.folder import DATABASE
from app.storage.store_location import DEMO_STORE, FILES_VARIABLE, ROOT, STORE_VARIABLE, files_given
from app.submission.fork_server import end_with_parent
from app.texts import say

SERVER = "app.commands.operation.own_origin"  # run by name: only a server loads the framework
DEMO_BUILDER = "app.demo.build_store"  # run by name: the product imports nothing of the demo
SECRETS_VARIABLE = "JUNKAN_SECRETS"  # the file of the secrets, where it lies elsewhere than beside the settings
HOSTS_OF_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


def is_free(address: str, port: int) -> bool:
    """Whether nothing listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def secrets_file() -> Path:
    """The file that holds the secrets of the server."""
    return Path(os.environ.get(SECRETS_VARIABLE) or ROOT / ".streamlit" / "secrets.toml").resolve()


def read_secrets(file: Path) -> Mapping[str, Any]:
    """The secrets of the server; empty without a file that can be read."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def is_sign_in_set_up(file: Path | None = None) -> bool:
    """Whether the secrets of the server name an OpenID Connect provider."""
    return has_sign_in(read_secrets(file or secrets_file()))


def serve(store: str | None, files: str | None, port: int, address: str, language: str) -> int:
    """Prepares the store, prints the address and what to try first, and becomes the Streamlit server.

    ``store`` is a folder or a database URL (then with the place of its ``files``, a folder or an address); None serves
    the demo.
    """
    if not is_loopback(address) and not is_sign_in_set_up():
        warn(say("cli.refused_address", language))
        return NOT_ALLOWED
    if not is_free(address, port):
        warn(say("cli.port_taken", language, port=port))
        return USAGE
    location = store if store and "://" in store else str(Path(store or DEMO_STORE).resolve())
    kept = files if files is None or "://" in files else str(Path(files).resolve())
    from app.storage.problems import StoreError
    from app.storage.store import Store

    is_new = store is None and not (Path(location) / DATABASE).exists()
    if store is None and (code := prepare_demo(Path(location), language)) != FINE:
        return code
    try:
        opened = Store.open(location, files=kept)
        years = opened.years()
        opened.close()
        if is_new:
            work_out_rounds(location, years, language)
    except StoreError as problem:
        warn(problem.text[language])
        return NOT_ALLOWED
    print(say("cli.serving", language, url=f"http://{address}:{port}"))
    print(say("cli.try_first" if store is None else "cli.try_first_real", language), flush=True)
    command = server_command(address, port)
    os.chdir(ROOT)
    os.execve(sys.executable, command, {**os.environ, STORE_VARIABLE: location, FILES_VARIABLE: kept or ""})


def work_out_rounds(location: str, years: Sequence[int], language: str) -> None:
    """Works out the rows of all institutions of each round, for which the first pages would have to wait."""
    workers, text = len(os.sched_getaffinity(0)), say("cli.preparing_results", language)
    print(text, flush=True)
    # Forked, so that whatever started the command is not run again.
    context = get_context("fork")
    pool = ProcessPoolExecutor(workers, context, initializer=end_with_parent, initargs=(os.getpid(),))
    bar = progress_bar(len(years), text)
    with pool, bar as advance:
        for made in as_completed([pool.submit(_work_out_round, location, year) for year in reversed(years)]):
            made.result()
            advance()


def _work_out_round(location: str, year: int) -> None:
    from app.results.nation.renewal import renew_nation
    from app.storage.store import Store

    store = Store.open(location)
    renew_nation(store, [year])
    store.close()


def server_command(address: str, port: int) -> list[str]:
    """What becomes the server: the framework, told to refuse the pages of others.

    With sign-in, it answers under the name that the provider sends people back to as well: that is the proxy's.
    """
    command = [sys.executable, "-m", SERVER, str(ROOT / "app" / "main.py")]
    command += ["--server.address", address, "--server.port", str(port)]
    secrets = read_secrets(secrets_file())
    if not has_sign_in(secrets):
        return command
    name = urlsplit(str(secrets["auth"]["redirect_uri"])).hostname
    hosts = [*HOSTS_OF_THIS_MACHINE, *([name] if name and name not in HOSTS_OF_THIS_MACHINE else [])]
    command += [part for host in hosts for part in ("--server.allowedHosts", host)]
    return [*command, "--secrets.files", str(secrets_file())]


def run_serve(options: Options, language: str) -> int:
    """Serves the app; returns only when that cannot be."""
    files = (options.store_files or files_given()) if options.store else None  # the demo has its own
    return serve(options.store, files, options.port, options.address, language)


def prepare_demo(folder: Path, language: str) -> int:
    """Builds the demo store where there is none, in a process of its own; returns its exit code."""
    if (folder / DATABASE).exists():
        return FINE
    command = [sys.executable, "-m", DEMO_BUILDER, str(folder), language]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
