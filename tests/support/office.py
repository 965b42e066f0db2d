"""Lets LibreOffice save workbooks: one call for several files, with a profile of its own."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest


def saved_by_libreoffice(files: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """The workbooks opened, calculated and saved again, by name."""
    return _converted(files, folder, "xlsx:Calc MS Excel 2007 XML")


def printed_by_libreoffice(data: bytes, folder: Path) -> bytes:
    """The workbook as LibreOffice prints it: a PDF of all its sheets."""
    return _converted({"form": data}, folder, "pdf")["form"]


def _converted(files: Mapping[str, bytes], folder: Path, format_: str) -> dict[str, bytes]:
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
    command = [program, profile, "--headless", "--convert-to", format_, "--outdir"]
    subprocess.run([*command, str(folder / "out"), *paths], check=True, capture_output=True, timeout=180)
    return {name: (folder / "out" / f"{name}.{format_.partition(':')[0]}").read_bytes() for name in files}
