"""Lets LibreOffice save workbooks: one call for several files, with a profile of its own."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest


def saved_by_libreoffice(files: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """The workbooks opened, calculated and saved again, by name; skips the test where there is no LibreOffice."""
    program = shutil.which("soffice")
    if program is None:
        pytest.fail("LibreOffice is not installed; make test installs it")
    (folder / "out").mkdir(parents=True)
    paths = []
    for name, data in files.items():
        path = folder / f"{name}.xlsx"
        path.write_bytes(data)
        paths.append(str(path))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"]
    subprocess.run([*command, str(folder / "out"), *paths], check=True, capture_output=True, timeout=180)
    return {name: (folder / "out" / f"{name}.xlsx").read_bytes() for name in files}
