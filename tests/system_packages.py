"""Installs the system packages that only the tests need, where it may; else names the one command and stops."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

WANTED = {
    "chromium": "chromium",
    "soffice": "libreoffice-calc",
    "pdftoppm": "poppler-utils",
    "initdb": "postgresql",
    "nginx": "nginx",
}
OFF_THE_PATH = Path("/usr/lib/postgresql")  # Debian keeps a server's programs by version and out of PATH


def is_installed(program: str) -> bool:
    """Whether the program is on the path or among the programs of a PostgreSQL server."""
    return shutil.which(program) is not None or any(OFF_THE_PATH.glob(f"*/bin/{program}"))


def main() -> int:
    """0 when every program is there, installed just now if need be."""
    missing = [package for program, package in WANTED.items() if not is_installed(program)]
    if not missing:
        return 0
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.stderr.write(f"The tests need system packages. Please run once: sudo {' '.join(command)}\n")
        return 1
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    sys.stdout.write(f"installing for the tests: {' '.join(missing)}\n")
    with open(os.devnull, "w") as quiet:
        subprocess.run(["apt-get", "update"], env=environment, stdout=quiet, check=True)
        subprocess.run(command, env=environment, stdout=quiet, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
