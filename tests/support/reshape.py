"""What other programs and tired hands do to a workbook, without changing what was answered."""

import gc
import io
import os
import re
import sys
import traceback
import zipfile
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NoReturn

import openpyxl
from openpyxl.workbook import Workbook


def edited(data: bytes, *edits: Callable[[Workbook], None]) -> bytes:
    """The workbook after some edits with openpyxl, which moves values but neither names nor tables.

    A process of its own edits and saves: to open a form takes longer than both, and tests change the same few.
    """
    book = _opened(data)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _write_edited(book, edits, writing)
    os.close(writing)
    with open(reading, "rb") as pipe:
        found = pipe.read()
    assert os.waitpid(child, 0)[1] == 0, "an edit failed; the error stream has how"
    return found


@lru_cache(maxsize=4)
def _opened(data: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def _write_edited(book: Workbook, edits: Iterable[Callable[[Workbook], None]], writing: int) -> NoReturn:
    """Ends this process with the edited workbook in the pipe, or with what stopped it on the error stream."""
    gc.disable()  # what is inherited is not this process's to end
    failed, target = 1, io.BytesIO()
    try:
        for edit in edits:
            edit(book)
        book.save(target)
        with open(writing, "wb") as pipe:
            pipe.write(target.getvalue())
        failed = 0
    finally:
        if failed:
            traceback.print_exception(sys.exception())
            sys.stderr.flush()
        os._exit(failed)


def with_part(data: bytes, name: str, text: str) -> bytes:
    """The package with one more part."""
    return _rewritten(data, lambda parts: {**parts, name: text.encode()})


def with_text(data: bytes, old: str, new: str) -> bytes:
    """The package with a text of its parts replaced, which stands there exactly once."""

    def replaced(parts: dict[str, bytes]) -> dict[str, bytes]:
        assert sum(part.count(old.encode()) for part in parts.values()) == 1, old
        return {name: part.replace(old.encode(), new.encode()) for name, part in parts.items()}

    return _rewritten(data, replaced)


def with_comment(data: bytes, comment: str) -> bytes:
    """The package of the same content in other bytes."""
    target = io.BytesIO(data)
    with zipfile.ZipFile(target, "a") as package:
        package.comment = comment.encode()
    return target.getvalue()


def _rewritten(data: bytes, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in change(parts).items():
            package.writestr(name, part)
    return target.getvalue()


def unmerge(book: Workbook) -> None:
    """Takes all merges apart: openpyxl cannot move them."""
    for ws in book.worksheets:
        for area in list(ws.merged_cells.ranges):
            ws.unmerge_cells(str(area))


def insert_rows(sheet: str, before: int, count: int = 1) -> Callable[[Workbook], None]:
    """Inserts rows; names and tables stay behind."""
    return lambda book: (unmerge(book), book[sheet].insert_rows(before, count))[0]


def delete_rows(sheet: str, first: int) -> Callable[[Workbook], None]:
    """Deletes a row; names and tables stay behind."""
    return lambda book: (unmerge(book), book[sheet].delete_rows(first))[0]


def insert_columns(sheet: str, before: int, count: int = 1) -> Callable[[Workbook], None]:
    """Inserts columns; names and tables stay behind."""
    return lambda book: (unmerge(book), book[sheet].insert_cols(before, count))[0]


def rename(sheet: str, name: str) -> Callable[[Workbook], None]:
    """Renames a sheet as Excel does: names, formulas and validations follow."""

    def edit(book: Workbook) -> None:
        book[sheet].title = name
        for defined in book.defined_names.values():
            defined.attr_text = re.sub(rf"^'?{sheet}'?!", f"'{name}'!", defined.attr_text)

    return edit


def remove(sheet: str) -> Callable[[Workbook], None]:
    """Deletes a sheet with the names that point to it."""

    def edit(book: Workbook) -> None:
        drop_names(book, lambda text: sheet in text)
        del book[sheet]

    return edit


def forget_names(book: Workbook) -> None:
    """Drops every defined name."""
    drop_names(book, lambda _: True)


def forget_tables(book: Workbook) -> None:
    """Turns tables into plain cells."""
    for ws in book.worksheets:
        for name in list(ws.tables):
            del ws.tables[name]


def drop_names(book: Workbook, condition: Callable[[str], bool]) -> None:
    """Drops the names whose reference meets the condition."""
    for name in [name for name, defined in book.defined_names.items() if condition(defined.attr_text)]:
        del book.defined_names[name]


def inserted_as_excel_does(data: bytes, sheet: str, before: int) -> bytes:
    """One row inserted, and the names of the sheet moved along (validations and formats are left as they are)."""

    def move(book: Workbook) -> None:
        for defined in book.defined_names.values():
            found = re.fullmatch(rf"'?{sheet}'?!\$([A-Z]+)\$(\d+)", defined.attr_text)
            if found and int(found[2]) >= before:
                defined.attr_text = f"'{sheet}'!${found[1]}${int(found[2]) + 1}"

    return edited(data, insert_rows(sheet, before), move)


def inline_strings(data: bytes) -> bytes:
    """The same workbook with every shared text written into its cell, as some exporters do."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    if "xl/sharedStrings.xml" not in parts:
        return data
    shared = re.findall(r"<si>(.*?)</si>", parts.pop("xl/sharedStrings.xml").decode("utf-8"), re.DOTALL)
    for name in [name for name in parts if name.startswith("xl/worksheets/sheet")]:
        text = re.sub(
            r'<c ([^>]*?) ?t="s"([^>]*)><v>(\d+)</v></c>',
            lambda m: f'<c {m[1]} t="inlineStr"{m[2]}><is>{shared[int(m[3])]}</is></c>',
            parts[name].decode("utf-8"),
        )
        parts[name] = text.encode("utf-8")
    for name, pattern in (
        ("[Content_Types].xml", rb"<Override [^>]*sharedStrings[^>]*/>"),
        ("xl/_rels/workbook.xml.rels", rb"<Relationship [^>]*sharedStrings[^>]*/>"),
    ):
        parts[name] = re.sub(pattern, b"", parts[name])
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return target.getvalue()


def without_results(data: bytes) -> bytes:
    """The same workbook with every formula's stored result taken out, so that the next program must calculate."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            is_sheet = name.startswith("xl/worksheets/sheet")
            package.writestr(name, re.sub(rb"</f><v>[^<]*</v>", b"</f>", content) if is_sheet else content)
    return target.getvalue()


def like_google_sheets(data: bytes) -> bytes:
    """Names, tables and protection lost, texts inline, hidden sheets shown."""

    def show(book: Workbook) -> None:
        for ws in book.worksheets:
            ws.sheet_state = "visible"
            ws.protection.disable()
            ws.data_validations.dataValidation = []

    return inline_strings(edited(data, forget_names, forget_tables, show))
