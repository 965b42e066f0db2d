"""Fetched works on disk: one packed file for some pages, what was asked and when, and where to go on.

A file is written under another name and moved when it is whole, so that a fetch that is ended at any point leaves
whole files and goes on after the last of them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.commands.exit_codes import as_json
from app.commands.publications.openalex_pages import FIRST_CURSOR, OpenAlexPages, WorksPage

ASKED = "asked.json"
PAGES_A_FILE = 25  # 5,000 works


@dataclass
class FetchState:
    """How far a fetch has come: ``asked.json``."""

    asked: dict[str, Any]
    next_cursor: str | None
    works: int
    files: int
    total: int | None
    is_complete: bool

    def write(self, folder: Path) -> None:
        """Keeps the state, replacing the last one whole."""
        content = {**self.asked, "works": self.works, "total": self.total, "files": self.files}
        content |= {"next_cursor": self.next_cursor, "is_complete": self.is_complete}
        target = folder / ASKED
        beside = target.with_suffix(".part")
        beside.write_text(as_json(content) + "\n", "utf-8")
        beside.replace(target)


class OtherFetch(Exception):
    """The folder holds the works of another question."""


def start_or_resume(folder: Path, pages: OpenAlexPages, now: datetime) -> FetchState:
    """The state of a folder: where the last fetch of the same question ended, or a beginning.

    Raises OtherFetch, also for a state that cannot be read: what the folder holds is then not known.
    """
    question = {"database": "openalex", "base_url": pages.base_url, "filter": pages.works_filter}
    kept = folder / ASKED
    if not kept.is_file():
        asked = {**question, "asked_at": now.astimezone(UTC).isoformat(timespec="seconds")}
        return FetchState(asked, FIRST_CURSOR, 0, 0, None, is_complete=False)
    try:
        found = json.loads(kept.read_text("utf-8"))
        asked = {key: found[key] for key in (*question, "asked_at")}
        state = FetchState(
            asked, found["next_cursor"], found["works"], found["files"], found["total"], bool(found["is_complete"])
        )
    except (ValueError, KeyError, TypeError):
        raise OtherFetch from None
    if any(asked[key] != value for key, value in question.items()):
        raise OtherFetch
    return state


def fetch_works(
    folder: Path, pages: OpenAlexPages, state: FetchState, tell_progress: Callable[[int, int], None] | None = None
) -> FetchState:
    """Fetches what is missing into ``folder``; returns the state at the end. Raises FetchFailed; what came is kept."""
    if state.is_complete:
        return state
    waiting: list[WorksPage] = []
    try:
        for _, page in pages.pages(state.next_cursor or FIRST_CURSOR):
            waiting.append(page)
            if tell_progress:
                tell_progress(state.works + sum(len(one.works) for one in waiting), page.total)
            if len(waiting) >= PAGES_A_FILE:
                _keep(folder, state, waiting)
    finally:
        _keep(folder, state, waiting)
    state.is_complete = True
    state.write(folder)
    return state


def _keep(folder: Path, state: FetchState, waiting: list[WorksPage]) -> None:
    """Writes the pages at hand as one file and notes where the next begins."""
    works = [work for page in waiting for work in page.works]
    if works:
        path = folder / f"works_{state.files:05d}.jsonl.gz"
        beside = path.with_suffix(".part")
        # No time of day in the head of the file: the same works give the same bytes.
        with beside.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
            for work in works:
                packed.write((json.dumps(work, ensure_ascii=False) + "\n").encode())
        beside.replace(path)
        state.files += 1
        state.works += len(works)
    if waiting:
        state.total, state.next_cursor = waiting[-1].total, waiting[-1].next_cursor
        state.write(folder)
    waiting.clear()
