"""The edition of a round: every declaration that its numbers rest on, kept as one archive with the store for ever."""

from __future__ import annotations

import atexit
import io
import shutil
import tempfile
import zipfile
from pathlib import Path

from app.edition import catalogue, versions_of_software
from app.rounds.round_errors import RoundError
from app.rounds.round_record import find_round
from app.storage.store import Store
from schemas.dictionary.sentences import FILE as SENTENCES
from schemas.form.guide import load_guide

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("schemas", "indicators")
ENDINGS = frozenset({".yaml", ".csv", ".json"})
EPOCH = (1980, 1, 1, 0, 0, 0)


def edition_archive() -> bytes:
    """Fields, code lists, guide, rules, register, indicators, benchmarks and sources in force, as a .zip.

    The same declarations always give the same bytes.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _declarations():
            name = path.relative_to(ROOT).as_posix()
            archive.writestr(zipfile.ZipInfo(name, EPOCH), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _declarations() -> list[Path]:
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*"))
    return sorted(path for path in paths if path.suffix in ENDINGS and path.name != SENTENCES and path.is_file())


def hashes_in_force() -> dict[str, str]:
    """The hashes by which a round names its edition: dictionary, catalogue, rules and benchmarks; the software too."""
    versions = versions_of_software()
    return {
        "dictionary_hash": catalogue().dictionary.hash,
        "catalogue_hash": versions["catalogue"],
        "rules_hash": versions["rules"],
        "software": versions["software"],
    }


def form_editions(forms: tuple[str, ...]) -> dict[str, str]:
    """The edition of each form in force."""
    return {form: load_guide().form_version for form in forms}


def unpack_edition(store: Store, sha256: str, folder: Path) -> int:
    """Writes the declarations of a frozen edition below an empty or new ``folder``; how many files.

    Raises RoundError when the folder holds something, StoreError when the archive is missing or changed.
    """
    data = store.blobs.read(sha256)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RoundError("folder_in_use")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(folder)
        return len(archive.namelist())


def edition_not_in_force(store: Store, year: int) -> str | None:
    """The SHA-256 of the edition frozen with the round of a year; None without a round, and where it is in force."""
    with store.engine.connect() as connection:
        found = find_round(connection, year)
    if found is None or found.edition_sha256 in _IN_FORCE:
        return None
    with zipfile.ZipFile(io.BytesIO(store.blobs.read(found.edition_sha256))) as archive:
        frozen = {name: archive.read(name) for name in archive.namelist()}
    if frozen == {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in _declarations()}:
        _IN_FORCE.add(found.edition_sha256)
        return None
    return found.edition_sha256


_IN_FORCE: set[str] = set()  # editions that were compared with the declarations of this program and are the same


def program_with_edition(store: Store, sha256: str) -> Path:
    """A folder with this program and the declarations of a frozen edition in place of its own; made once a process.

    Raises StoreError when the archive is missing or changed.
    """
    if sha256 not in _PROGRAMS:
        folder = Path(tempfile.mkdtemp(prefix="junkan-edition-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        unpack_edition(store, sha256, folder)
        (folder / "app").symlink_to(ROOT / "app")
        for package in PACKAGES:
            for path in [*(ROOT / package).rglob("*.py"), *(ROOT / package).rglob(SENTENCES)]:
                own = folder / path.relative_to(ROOT)
                own.parent.mkdir(parents=True, exist_ok=True)
                own.symlink_to(path)
        _PROGRAMS[sha256] = folder
    return _PROGRAMS[sha256]


_PROGRAMS: dict[str, Path] = {}
