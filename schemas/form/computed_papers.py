"""Papers of an institution as counted from a public database: what a form is pre-filled with, and says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from schemas.dictionary.declaration import Text

Number = int | Decimal
DEMO = "demo"  # invented papers of invented universities
DATABASE_NAMES = {"openalex": "OpenAlex", "scopus": "Scopus", "wos": "Web of Science", "list": "論文リスト"}
TABLE = "publications"


@dataclass(frozen=True)
class ComputedPapers:
    """Numbers of papers by (field, year as text) from one database.

    ``database`` is a code of the list ``publication_databases``, or DEMO; ``retrieved_on`` the day of the data
    (None unknown); ``counting`` and ``document_types`` are codes of the lists of these names.
    """

    database: str
    retrieved_on: date | None
    counting: str
    document_types: str
    values: Mapping[tuple[str, str], Number]

    @property
    def label(self) -> Text:
        """What the numbers are called on the form: from which database, and of which day."""
        name = DATABASE_NAMES.get(self.database, self.database)
        day = self.retrieved_on
        if self.database == DEMO:
            return Text(ja="公開データによる値（架空のデモデータ）", en="values from public data (invented demo data)")
        return Text(
            ja=f"公開データによる値（{name}、{day.isoformat() + '取得' if day else '取得日不明'}）",
            en=f"values from public data ({name}, {'retrieved ' + day.isoformat() if day else 'date unknown'})",
        )

    def as_text(self) -> str:
        """One line of JSON, for the hidden sheet of a form."""
        columns: dict[str, dict[str, str]] = {}
        for (field, year), value in self.values.items():
            columns.setdefault(field.removeprefix(f"{TABLE}."), {})[year] = str(value)
        day = self.retrieved_on.isoformat() if self.retrieved_on else ""
        facts = {"database": self.database, "retrieved_on": day, "counting": self.counting}
        content = {**facts, "document_types": self.document_types, "values": columns}
        return json.dumps(content, ensure_ascii=True, separators=(",", ":"))


@dataclass(frozen=True)
class PapersToCompare:
    """Computed papers that declared ones are set beside.

    ``share_limits``: by year, the ends (0 to 100) of the interval of the computed international share.
    """

    computed: ComputedPapers
    share_limits: Mapping[str, tuple[float, float]]


def computed_of_text(text: str) -> ComputedPapers | None:
    """What ``as_text`` wrote; None for a text that is none of it."""
    try:
        found = json.loads(text)
        values = {
            (f"{TABLE}.{column}", year): _number(value)
            for column, years in found["values"].items()
            for year, value in years.items()
        }
        day = date.fromisoformat(found["retrieved_on"]) if found["retrieved_on"] else None
        counting, types = str(found["counting"]), str(found["document_types"])
        return ComputedPapers(str(found["database"]), day, counting, types, values)
    except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation):
        return None


def _number(text: str) -> Number:
    return int(text) if text.isdecimal() else Decimal(text)
