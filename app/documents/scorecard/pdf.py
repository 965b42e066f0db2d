"""A scorecard's JSON → PDF by typst: tagged, with language and title, fonts embedded, equal bytes for equal input."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import typst

from app.charts.theme import print_fonts
from schemas.dictionary.counting_day import counting_day

TEMPLATE = Path(__file__).parent / "scorecard.typ"
STANDARDS: list[Literal["a-2a", "ua-1"]] = ["a-2a", "ua-1"]
MISSING = "〓"
PREVIEW = 96.0  # dots an inch
IN_USE = Lock()  # a compiler serves one thread at a time


def pdf_of(context: Mapping[str, Any]) -> bytes:
    """The PDF of a scorecard's context. Characters that no font has are printed as 〓 (the geta of Japanese print)."""
    try:
        return _compile_document(context)
    except typst.TypstError:
        return _compile_document(_printable(context))


def pages_of(context: Mapping[str, Any]) -> list[bytes]:
    """The pages of the same document as pictures (PNG), to be looked at before it is taken away."""
    data = json.dumps(_printable(context), ensure_ascii=False)
    with IN_USE:
        made = _compiler().compile(sys_inputs={"data": data}, format="png", ppi=PREVIEW)
    assert made is not None, "written nowhere, so given back"
    return made if isinstance(made, list) else [made]


def _compile_document(context: Mapping[str, Any]) -> bytes:
    data = json.dumps(context, ensure_ascii=False)
    opening = int(datetime.combine(counting_day(int(context["year"])), time(), UTC).timestamp())
    with IN_USE:
        made = _compiler().compile(sys_inputs={"data": data}, pdf_standards=[*STANDARDS], timestamp=opening)
    assert isinstance(made, bytes), "one document, written nowhere"
    return made


@cache
def _compiler() -> typst.Compiler:
    """The compiler of this process: it reads the fonts once, and keeps what is the same in every document."""
    return typst.Compiler(str(TEMPLATE), font_paths=[str(folder) for folder in print_fonts()], ignore_system_fonts=True)


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(c if ord(c) in font_coverage() else MISSING for c in value)
    if isinstance(value, Mapping):
        return {key: part if key == "svg" else _printable(part) for key, part in value.items()}
    return [_printable(part) for part in value] if isinstance(value, list) else value


@cache
def font_coverage() -> frozenset[int]:
    """The code points of the regular face, from format 12 of its ``cmap`` (OpenType 1.9)."""
    data = next(print_fonts()[0].glob("*.otf")).read_bytes()
    tables = struct.unpack_from(">H", data, 4)[0]
    records = (struct.unpack_from(">4sLLL", data, 12 + 16 * i) for i in range(tables))
    start = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    subtables = [
        start + struct.unpack_from(">HHL", data, start + 4 + 8 * i)[2]
        for i in range(struct.unpack_from(">H", data, start + 2)[0])
    ]
    full = next(at for at in subtables if struct.unpack_from(">H", data, at)[0] == 12)
    groups = struct.unpack_from(">L", data, full + 12)[0]
    spans = (struct.unpack_from(">LLL", data, full + 16 + 12 * i) for i in range(groups))
    return frozenset(code for first, last, _ in spans for code in range(first, last + 1))
