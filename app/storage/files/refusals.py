"""Files that were not accepted: kept unread beside the reason, the oldest making room for the newest."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.storage.column_types import storable
from app.storage.files.durable import PART, sha256_of, write_durably
from app.storage.problems import NO_REASON, REFUSED_REMOVED, REFUSED_TOO_LARGE, UNFINISHED, line
from schemas.dictionary.declaration import Text

REFUSED = "refused"
LARGEST = 20 * 1024 * 1024
QUOTA = 1024 * 1024 * 1024
RESERVE = 4096  # room for the record itself


class Refusals:
    """The folder ``refused/``: ``<sha256>.xlsx`` and, beside it, ``<sha256>.json``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()

    def keep(self, data: bytes, *, file_name: str, by: str, received_at: datetime, rule: str, reason: Text) -> Path:
        """Keeps ``data`` with its reason and returns the path of the record (JSON).

        Above LARGEST only the record is kept. Where QUOTA would be passed the oldest files go first, then
        the oldest records; the new record lists what went. Nothing here is ever read as a workbook.
        """
        sha256 = sha256_of(data)
        is_kept = len(data) <= LARGEST
        record: dict[str, Any] = {
            "sha256": sha256,
            "size": len(data),
            "file_name": storable(file_name),
            "by": storable(by),
            "received_at": received_at.astimezone(UTC).isoformat(),
            "rule": rule,
            "reason": reason.model_dump(),
            "notes": [] if is_kept else [REFUSED_TOO_LARGE.model_dump()],
            "removed": [],
        }
        path = self.folder / f"{sha256}.json"
        with self._lock:
            record["removed"] = self._make_room((len(data) if is_kept else 0) + RESERVE, sha256)
            if record["removed"]:
                record["notes"].append(REFUSED_REMOVED.format(count=len(record["removed"])).model_dump())
            # The reason is written first: a file without one would be a riddle.
            self._write(path, json.dumps(record, ensure_ascii=False, indent=1).encode(), received_at)
            if is_kept:
                self._write(self.folder / f"{sha256}.xlsx", data, received_at)
        return path

    def records(self) -> list[dict[str, Any]]:
        """All records, newest first, each with ``kept``: whether its file is still here."""
        found = [
            json.loads(path.read_text(encoding="utf-8")) | {"kept": path.with_suffix(".xlsx").is_file()}
            for path in self.folder.glob("*.json")
        ]
        return sorted(found, key=lambda record: (record["received_at"], record["sha256"]), reverse=True)

    def check(self) -> Iterator[str]:
        """One line for each unfinished file and each file without its record."""
        for path in sorted(self.folder.iterdir()):
            if path.name.startswith(PART):
                yield line(UNFINISHED, f"{REFUSED}/{path.name}")
            elif path.suffix == ".xlsx" and not path.with_suffix(".json").is_file():
                yield line(NO_REASON, f"{REFUSED}/{path.name}")

    def orphans(self) -> list[Path]:
        """Unfinished files, in order of name; a file without its record is left, since its bytes may be wanted."""
        return sorted(path for path in self.folder.iterdir() if path.name.startswith(PART))

    def _write(self, path: Path, data: bytes, received_at: datetime) -> None:
        write_durably(path, data)
        # Age is the moment of receipt, not of writing: a restored backup keeps its order.
        moment = int(received_at.timestamp() * 1_000_000) * 1000
        os.utime(path, ns=(moment, moment))

    def _make_room(self, needed: int, sha256: str) -> list[str]:
        """Removes the oldest until ``needed`` bytes fit under QUOTA; the names removed, in that order."""
        stats = {path: path.stat() for path in self.folder.iterdir() if not path.name.startswith(PART)}
        oldest = sorted(stats, key=lambda p: (p.suffix != ".xlsx", stats[p].st_mtime_ns, p.name))
        replaced = {path for path in oldest if path.stem == sha256}
        total = needed + sum(stats[path].st_size for path in oldest if path not in replaced)
        removed = []
        for path in oldest:
            if total <= QUOTA:
                break
            if path not in replaced:
                path.unlink(missing_ok=True)
                total -= stats[path].st_size
                removed.append(path.name)
        return removed
