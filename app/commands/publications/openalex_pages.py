"""Works from OpenAlex's public interface, page by page: cursor paging, retries with growing pauses.

The interface (developers.openalex.org): ``GET /works?filter=...&per-page=200&cursor=...&mailto=...``; the next
cursor stands in ``meta.next_cursor``; 429 and 5xx may name the pause in ``Retry-After``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3

PER_PAGE = 200  # the most that the interface gives
MOST_TRIES = 8
LONGEST_PAUSE = 120.0  # seconds
FIRST_CURSOR = "*"
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503, 504})
TIMEOUT = urllib3.Timeout(connect=30, read=120)


class FetchFailed(Exception):
    """The interface refuses, or does not answer after every try; ``reason`` is its own word, ``is_refused`` its no."""

    def __init__(self, reason: str, *, is_refused: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_refused = is_refused


@dataclass(frozen=True)
class WorksPage:
    """One page: the works, how many there are in all, and the cursor of the next page (None at the end)."""

    works: list[dict[str, Any]]
    total: int
    next_cursor: str | None


@dataclass(frozen=True)
class OpenAlexPages:
    """Asks one server for the works of one filter; ``pause`` waits some seconds (tests give their own)."""

    base_url: str
    works_filter: str
    mailto: str | None = None
    pause: Callable[[float], None] = time.sleep
    api_key: str | None = None

    def pages(self, cursor: str = FIRST_CURSOR) -> Iterator[tuple[str, WorksPage]]:
        """Pages from ``cursor`` on, each with the cursor that asked for it. Raises FetchFailed."""
        pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT)
        following: str | None = cursor
        while following:
            page = self._page(pool, following)
            yield following, page
            if page.next_cursor == following and page.works:
                raise FetchFailed("the cursor does not move", is_refused=True)
            following = page.next_cursor if page.works else None

    def address(self, cursor: str) -> str:
        """The address of one page."""
        asked = {"filter": self.works_filter, "per-page": str(PER_PAGE), "cursor": cursor}
        asked |= {"mailto": self.mailto} if self.mailto else {}
        asked |= {"api_key": self.api_key} if self.api_key else {}
        return f"{self.base_url.rstrip('/')}/works?{urlencode(asked)}"

    def _page(self, pool: urllib3.PoolManager, cursor: str) -> WorksPage:
        reason, told = "", None
        for attempt in range(MOST_TRIES):
            if attempt:
                self.pause(min(2.0 ** (attempt - 1) if told is None else told, LONGEST_PAUSE))
                told = None
            try:
                answer = pool.request("GET", self.address(cursor), headers={"User-Agent": "junkan"})
            except urllib3.exceptions.HTTPError as error:
                reason = type(error).__name__
                continue
            if answer.status in _WORTH_ANOTHER_TRY:
                reason = f"HTTP {answer.status}"
                told = _told_pause(answer.headers)
                continue
            if answer.status != 200:
                raise FetchFailed(f"HTTP {answer.status}: {_words(answer.data)}", is_refused=True)
            page = _read_page(answer.data)
            if page is not None:
                return page
            reason = "an incomplete page"
        raise FetchFailed(reason, is_refused=False)


def _told_pause(headers: Mapping[str, str]) -> float | None:
    """The seconds that the server names; None for a date or nothing, which leave it to the growing pause."""
    told = headers.get("Retry-After") or ""
    return float(told) if told.isdigit() else None


def _read_page(data: bytes) -> WorksPage | None:
    """The page in an answer; None for one that is cut off or is no page."""
    try:
        found = json.loads(data)
        meta, works = found["meta"], found["results"]
        return WorksPage(list(works), int(meta["count"]), meta.get("next_cursor"))
    except (ValueError, KeyError, TypeError):
        return None


def _words(data: bytes) -> str:
    """What a refusal says, short."""
    try:
        found = json.loads(data)
        return str(found.get("message") or found.get("error") or "")[:300]
    except (ValueError, AttributeError):
        return data[:100].decode("utf-8", "replace")
