"""The workbooks that a batch is given: files, folders and archives, each read only when its turn comes."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath

from app.commands.exit_codes import STDOUT, UsageProblem, standard_input
from app.texts import texts
from schemas.dictionary.declaration import Text
from schemas.xlsx.refusal import MAX_PACKED_MIB, MIB

WORKBOOK, ARCHIVE = ".xlsx", ".zip"
MAX_MEMBERS, MAX_ARCHIVE_MIB = 10_000, 8 * 1024
ENCRYPTED, UTF8_NAME = 0x1, 0x800  # bits of a member's flags
HIDDEN = (".", "~$")  # of the system, and Excel's note that a workbook is open


class Unfit(Exception):
    """Something given that cannot be read as a file at all; ``text`` says why and what to do."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


@dataclass(frozen=True)
class Given:
    """One workbook: its name in the report, its file name, and how its bytes are read (raises Unfit, OSError)."""

    name: str
    file_name: str
    read: Callable[[], bytes]


@dataclass
class Batch:
    """What a batch is made of, in order; ``left_out`` are names that are no workbook."""

    workbooks: list[Given] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


@contextmanager
def given_workbooks(paths: Iterable[Path]) -> Iterator[Batch]:
    """The workbooks of files, folders (with those below) and archives; archives stay open within the context.

    Whatever is named itself is taken, whatever its ending. Raises UsageProblem for a path that is not there.
    """
    batch = Batch()
    with ExitStack() as archives:
        for path in paths:
            if str(path) == STDOUT:
                batch.workbooks.append(Given(STDOUT, "stdin.xlsx", standard_input))
            elif path.is_dir():
                _add_folder(batch, path, archives)
            elif not path.exists():
                raise UsageProblem("no_file", file=path)
            else:
                _add_file(batch, path, archives)
        yield batch


def _add_folder(batch: Batch, folder: Path, archives: ExitStack) -> None:
    for path in sorted(path for path in folder.rglob("*") if not path.is_dir()):
        if path.suffix.lower() in (WORKBOOK, ARCHIVE) and not path.name.startswith(HIDDEN):
            _add_file(batch, path, archives)
        else:
            batch.left_out.append(str(path))


def _add_file(batch: Batch, path: Path, archives: ExitStack) -> None:
    if path.suffix.lower() == ARCHIVE:
        _add_archive(batch, path, archives)
    else:
        batch.workbooks.append(Given(str(path), path.name, partial(_read_file, path)))


def _add_archive(batch: Batch, path: Path, archives: ExitStack) -> None:
    """The workbooks in an archive; nothing of it is ever written to a disk under a name of its own."""
    try:
        archive = archives.enter_context(zipfile.ZipFile(path))
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError):
        batch.workbooks.append(_unfit(str(path), "archive_broken"))
        return
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_ARCHIVE_MIB * MIB:
        limits = {"files": MAX_MEMBERS, "size": MAX_ARCHIVE_MIB // 1024}
        batch.workbooks.append(_unfit(str(path), "archive_too_large", **limits))
        return
    for member in members:
        inner = member_name(member)
        name, file_name = f"{path}/{inner}", PurePosixPath(inner.replace("\\", "/")).name
        if not file_name.lower().endswith(WORKBOOK) or file_name.startswith(HIDDEN):
            batch.left_out.append(name)
        elif leads_outside(inner):
            batch.workbooks.append(_unfit(name, "archive_unsafe"))
        elif member.flag_bits & ENCRYPTED:
            batch.workbooks.append(_unfit(name, "archive_encrypted"))
        else:
            batch.workbooks.append(Given(name, file_name, partial(_read_member, archive, member)))


def member_name(member: zipfile.ZipInfo) -> str:
    """The name of a member; where it is not marked as UTF-8, in the Japanese code page of Windows if it can be that."""
    if member.flag_bits & UTF8_NAME:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("cp932")
    except UnicodeError:
        return member.filename


def leads_outside(name: str) -> bool:
    """Whether a member's name points out of the folder that it would be unpacked to."""
    windows = PureWindowsPath(name)
    return bool(windows.drive or windows.root) or ".." in windows.parts


def _unfit(name: str, key: str, **params: object) -> Given:
    def read() -> bytes:
        raise Unfit(texts()[f"intake.{key}"].format(**params))

    return Given(name, PurePosixPath(name).name, read)


def _read_file(path: Path) -> bytes:
    _refuse_size(path.stat().st_size)
    return path.read_bytes()


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    _refuse_size(member.file_size)  # what is more than it says is never unpacked
    try:
        return archive.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise Unfit(texts()["intake.member_broken"]) from None


def _refuse_size(size: int) -> None:
    if size > MAX_PACKED_MIB * MIB:
        raise Unfit(texts()["intake.too_large"].format(size=-(-size // MIB), limit=MAX_PACKED_MIB))
