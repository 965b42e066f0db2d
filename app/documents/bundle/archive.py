"""The archive of a bundle: few named parts, stored without compression, so that the same content has the same bytes.

Since an archive can be written anew from what it holds, byte for byte, a change anywhere in it is found.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any, Literal

from app.storage.files.durable import sha256_of

FORMAT = "junkan-bundle/1"
MANIFEST, WORKBOOK, BESIDE = "manifest.json", "workbook.xlsx", "beside.xlsx"
CATALOGUE, PARAMETERS, RESULTS = "catalogue.json", "parameters.json", "results.json"
BESIDES = (BESIDE, *(f"beside-{n}.xlsx" for n in range(2, 41)))  # the forms of several centres
PARTS = (WORKBOOK, *BESIDES, CATALOGUE, PARAMETERS, RESULTS)
NEEDED = (WORKBOOK, CATALOGUE, PARAMETERS, RESULTS)
EARLIEST = (1980, 1, 1, 0, 0, 0)
MOST_BYTES = 128 * 1024 * 1024

Problem = Literal["no_zip", "truncated", "foreign", "too_large"]


class NoBundle(ValueError):
    """These bytes are no bundle that can be read, and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem: Problem = problem


def json_bytes(content: Any) -> bytes:
    """JSON as every machine writes it: readable, keys in order, Japanese as it is."""
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()


def manifest_of(parts: Mapping[str, bytes], versions: Mapping[str, str]) -> bytes:
    """What a bundle says of itself: its format, the versions it was made with, and size and hash of every part."""
    listed = {name: {"sha256": sha256_of(data), "bytes": len(data)} for name, data in parts.items()}
    return json_bytes({"format": FORMAT, "versions": dict(versions), "parts": listed})


def archive_of(parts: Mapping[str, bytes]) -> bytes:
    """The parts in their order as an archive; the same parts give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name in (MANIFEST, *PARTS):
            if name in parts:
                entry = zipfile.ZipInfo(name, EARLIEST)
                entry.create_system, entry.external_attr = 3, 0o600 << 16
                archive.writestr(entry, parts[name])
    return stream.getvalue()


def parts_of(data: bytes) -> tuple[dict[str, bytes], list[str]]:
    """The parts of a bundle, and the names of those whose bytes are not what the archive says of them.

    Raises NoBundle for what is no archive, is cut short, holds other things, or is too large.
    """
    if len(data) > MOST_BYTES:
        raise NoBundle("too_large")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError):
        raise NoBundle("truncated" if data[:4] == b"PK\x03\x04" else "no_zip") from None
    with archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if set(names) - {MANIFEST, *PARTS} or len(set(names)) < len(names) or MANIFEST not in names:
            raise NoBundle("foreign")
        if any(entry.compress_type != zipfile.ZIP_STORED or entry.file_size > len(data) for entry in entries):
            raise NoBundle("foreign")
        parts, damaged = {}, []
        for entry in entries:
            try:
                parts[entry.filename] = archive.read(entry)
            except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, RuntimeError):
                damaged.append(entry.filename)
    return parts, damaged


def changed_parts(data: bytes, parts: Mapping[str, bytes], damaged: list[str]) -> list[str]:
    """The parts that are not as they were written, and the archive itself where only its own bytes differ."""
    try:
        manifest = json.loads(parts[MANIFEST])
        listed = {str(name): (one["sha256"], one["bytes"]) for name, one in manifest["parts"].items()}
    except (KeyError, ValueError, TypeError, AttributeError):
        return sorted({MANIFEST, *damaged})
    found = {name: (sha256_of(part), len(part)) for name, part in parts.items() if name != MANIFEST}
    differing = {name for name in listed.keys() | found.keys() if listed.get(name) != found.get(name)}
    differing |= set(damaged) | {name for name in NEEDED if name not in found}
    if not differing and archive_of(parts) != data:
        return ["archive"]
    return sorted(differing)
