"""Installs the system packages that only the tests need, where it may; else names the one command and stops."""

import os
import shutil
import subprocess
import sys

WANTED = {"chromium": "chromium", "soffice": "libreoffice-calc", "pdftoppm": "poppler-utils"}


def main() -> int:
    """0 when every program is there, installed just now if need be."""
    missing = [package for program, package in WANTED.items() if shutil.which(program) is None]
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
