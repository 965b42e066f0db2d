"""The workbooks that a batch is given: files, folders and archives, each read only when its turn comes."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import IO

from app.commands.exit_codes import STDOUT, UsageProblem, standard_input
from app.texts import texts
from schemas.dictionary.declaration import Text
from schemas.xlsx.refusal import MAX_PACKED_MIB, MIB

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")  # all but the first are refused with what to do, each by name
ARCHIVE = ".zip"
MAX_MEMBERS, MAX_ARCHIVE_MIB, MAX_INNER_MIB = 10_000, 8 * 1024, 1024
ENCRYPTED, UTF8_NAME = 0x1, 0x800  # bits of a member's flags
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
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
        waits = path.exists() and not path.is_file()  # a pipe would be waited for without end
        if path.suffix.lower() in (*WORKBOOKS, ARCHIVE) and not path.name.startswith(HIDDEN) and not waits:
            _add_file(batch, path, archives)
        else:
            batch.left_out.append(str(path))


def _add_file(batch: Batch, path: Path, archives: ExitStack) -> None:
    if path.suffix.lower() == ARCHIVE:
        _add_members(batch, str(path), path, archives, is_inner=False)
    else:
        batch.workbooks.append(Given(str(path), path.name, partial(_read_file, path)))


def _add_members(batch: Batch, name: str, source: Path | IO[bytes], archives: ExitStack, *, is_inner: bool) -> None:
    """The workbooks in an archive, also of archives in it; nothing is written to a disk under a name of its own."""
    try:
        archive = archives.enter_context(zipfile.ZipFile(source))
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError):
        batch.workbooks.append(_unfit(name, "archive_broken"))
        return
    members = [member for member in archive.infolist() if not member.is_dir()]
    most = MAX_INNER_MIB if is_inner else MAX_ARCHIVE_MIB
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > most * MIB:
        limits = {"files": MAX_MEMBERS, "size": most // 1024}
        batch.workbooks.append(_unfit(name, "archive_too_large", **limits))
        return
    for member in members:
        _add_member(batch, name, archive, member, archives, is_inner=is_inner)


def _add_member(
    batch: Batch, archive_name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo, archives: ExitStack, *,
    is_inner: bool,
) -> None:  # fmt: skip
    inner = member_name(member)
    name, file_name = f"{archive_name}/{inner}", PurePosixPath(inner.replace("\\", "/")).name
    is_archive = file_name.lower().endswith(ARCHIVE)
    if not (is_archive or file_name.lower().endswith(WORKBOOKS)) or file_name.startswith(HIDDEN):
        batch.left_out.append(name)
    elif leads_outside(inner):
        batch.workbooks.append(_unfit(name, "archive_unsafe"))
    elif member.flag_bits & ENCRYPTED:
        batch.workbooks.append(_unfit(name, "archive_encrypted"))
    elif not is_archive:
        batch.workbooks.append(Given(name, file_name, partial(_read_member, archive, member)))
    elif is_inner:
        batch.workbooks.append(_unfit(name, "archive_nested"))
    elif member.file_size > MAX_INNER_MIB * MIB:
        limits = {"files": MAX_MEMBERS, "size": MAX_INNER_MIB // 1024}
        batch.workbooks.append(_unfit(name, "archive_too_large", **limits))
    else:
        unpacked = archives.enter_context(SpooledTemporaryFile(max_size=16 * MIB))  # noqa: SIM115 (the stack closes it)
        try:
            with archive.open(member) as packed:
                copyfileobj(packed, unpacked)
        except BROKEN:
            batch.workbooks.append(_unfit(name, "archive_broken"))
            return
        _add_members(batch, name, unpacked, archives, is_inner=True)


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
    except BROKEN:
        raise Unfit(texts()["intake.member_broken"]) from None


def _refuse_size(size: int) -> None:
    if size > MAX_PACKED_MIB * MIB:
        raise Unfit(texts()["intake.too_large"].format(size=-(-size // MIB), limit=MAX_PACKED_MIB))
