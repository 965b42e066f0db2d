"""The shipped catalogue in a folder of its own, to be changed there and read again."""

import shutil
from pathlib import Path

from indicators.catalogue.load_catalogue import HERE


def copied(folder: Path) -> Path:
    """``folder`` with a copy of the declarations of the shipped catalogue."""
    for name in ("definitions", "benchmark_values"):
        shutil.copytree(HERE / name, folder / name)
    (folder / "catalogue").mkdir(parents=True)
    shutil.copy(HERE / "catalogue" / "pillars.yaml", folder / "catalogue")
    return folder


def edit(folder: Path, file: str, old: str, new: str) -> int:
    """Replaces the first ``old``; the line on which it stood."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file}: {old}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1
