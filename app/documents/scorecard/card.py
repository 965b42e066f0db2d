"""What every part of a scorecard is made from."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from app.charts.chart_rows import chart_rows
from app.texts import say
from indicators.catalogue.load_catalogue import Catalogue
from indicators.engine.centre_results import about_compared

UNSHOWABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


@dataclass(frozen=True)
class Card:
    """One institution's scoreboard (JSON of ``score``) in one language.

    ``institution`` holds the names (code, name_ja, name_en), ``rows`` the scoreboard's ``chart_rows``, ``sign_off``
    name, office, moment and hash of the workbook, where an approver signed it off. ``board`` is about the institution
    and the centre that it compares, ``every`` about all its centres.
    """

    board: Mapping[str, Any]
    versions: Mapping[str, str]
    institution: Mapping[str, str]
    language: str
    is_demo: bool
    catalogue: Catalogue
    rows: pd.DataFrame
    every: Mapping[str, Any]
    sign_off: Mapping[str, str] | None = None

    def say(self, key: str, **params: object) -> str:
        """A text of the scorecard."""
        return say(f"card.{key}", self.language, **params)

    @property
    def year(self) -> int:
        """The round."""
        return int(self.board["year"])

    @property
    def name(self) -> str:
        """The institution's name in the language, in the other one where that is empty, else its code."""
        order = ("name_en", "name_ja") if self.language == "en" else ("name_ja", "name_en")
        found = next((self.institution[key] for key in order if self.institution.get(key)), "")
        return plain(found) or str(self.board["institution"])

    @property
    def second_name(self) -> str:
        """The name in the other language."""
        other = plain(self.institution.get("name_ja" if self.language == "en" else "name_en") or "")
        return "" if other == self.name else other


def card_of(
    score: Mapping[str, Any], institution: Mapping[str, str], language: str, is_demo: bool, catalogue: Catalogue
) -> Card:
    """The card of the first scoreboard in the JSON of ``score`` (docs/data-shapes.md 5)."""
    every = score["scoreboards"][0]
    board = about_compared(every)
    rows = chart_rows(board, catalogue)
    signed = score.get("sign_off")
    return Card(board, score["versions"], institution, language, is_demo, catalogue, rows, every, signed)


def plain(text: str) -> str:
    """User text without control, direction and private characters, in one line."""
    kept = (" " if c in "\t\r\n" else c for c in text)
    return " ".join("".join(c for c in kept if unicodedata.category(c) not in UNSHOWABLE).split())
