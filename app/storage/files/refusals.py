"""Files that were not accepted: kept unread beside the reason, the oldest making room for the newest."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from app.storage.column_types import storable
from app.storage.files.durable import PART, sha256_of
from app.storage.files.file_place import FilePlace
from app.storage.problems import NO_REASON, REFUSED_REMOVED, REFUSED_TOO_LARGE, UNFINISHED, line
from schemas.dictionary.declaration import Text

REFUSED = "refused"
FILE, RECORD = ".xlsx", ".json"
LARGEST = 20 * 1024 * 1024
QUOTA = 1024 * 1024 * 1024
RESERVE = 4096  # room for the record itself


class Refusals:
    """What lies under ``refused/``: ``<sha256>.xlsx`` and, beside it, ``<sha256>.json``."""

    def __init__(self, place: FilePlace) -> None:
        self._place = place
        self._lock = threading.Lock()

    def keep(
        self, data: bytes, *, file_name: str, by: str, received_at: datetime, rule: str, reason: Text
    ) -> dict[str, Any]:
        """Keeps ``data`` with its reason and returns the record.

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
        with self._lock:
            record["removed"] = self._make_room((len(data) if is_kept else 0) + RESERVE, sha256)
            if record["removed"]:
                record["notes"].append(REFUSED_REMOVED.format(count=len(record["removed"])).model_dump())
            # The reason is written first: a file without one would be a riddle. Age is the moment of receipt, not of
            # writing, where the place can keep it: a restored backup keeps its order.
            told = json.dumps(record, ensure_ascii=False, indent=1).encode()
            self._place.write(f"{REFUSED}/{sha256}{RECORD}", told, received_at)
            if is_kept:
                self._place.write(f"{REFUSED}/{sha256}{FILE}", data, received_at)
        return record

    def records(self) -> list[dict[str, Any]]:
        """All records, newest first, each with ``kept``: whether its file is still here."""
        names = self._place.names(REFUSED)
        files = {name.removesuffix(FILE) for name in names if name.endswith(FILE)}
        wanted = [f"{REFUSED}/{name}" for name in names if name.endswith(RECORD)]
        found = [json.loads(data) for _, data in self._place.read_each(wanted)]
        told = [record | {"kept": record["sha256"] in files} for record in found]
        return sorted(told, key=lambda record: (record["received_at"], record["sha256"]), reverse=True)

    def check(self) -> Iterator[Text]:
        """One line for each unfinished file and each file without its record."""
        names = self._place.names(REFUSED)
        recorded = {name.removesuffix(RECORD) for name in names if name.endswith(RECORD)}
        for name in names:
            if name.startswith(PART):
                yield line(UNFINISHED, f"{REFUSED}/{name}")
            elif name.endswith(FILE) and name.removesuffix(FILE) not in recorded:
                yield line(NO_REASON, f"{REFUSED}/{name}")

    def orphans(self) -> list[str]:
        """Unfinished files, in order of name; a file without its record is left, since its bytes may be wanted."""
        return [f"{REFUSED}/{name}" for name in self._place.names(REFUSED) if name.startswith(PART)]

    def _make_room(self, needed: int, sha256: str) -> list[str]:
        """Removes the oldest until ``needed`` bytes fit under QUOTA; the names removed, in that order."""
        facts = {name: one for name, one in self._place.facts(REFUSED).items() if not name.startswith(PART)}
        oldest = sorted(facts, key=lambda name: (not name.endswith(FILE), facts[name].moment, name))
        replaced = {f"{sha256}{FILE}", f"{sha256}{RECORD}"}
        total = needed + sum(facts[name].size for name in oldest if name not in replaced)
        removed = []
        for name in oldest:
            if total <= QUOTA:
                break
            if name not in replaced:
                self._place.remove(f"{REFUSED}/{name}")
                total -= facts[name].size
                removed.append(name)
        return removed
