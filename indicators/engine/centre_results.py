"""The centres of an institution in the JSON of ``score``: who they are, how each is judged, and which stands best."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from indicators.catalogue.load_catalogue import Catalogue
from indicators.scoring.calls import CALL_UNKNOWN, NO_FIGURE, STANDINGS
from indicators.values.centre_calls import NO_CALL, NOT_WPI, call_key
from schemas.register.centres import read_hosts

Record = dict[str, Any]
UNIT_COLUMNS = ("name_ja", "name_en", "kind", "field_group", "call_year", "call_type", "status", "hosts")
WITHOUT_LINE = (STANDINGS[NO_FIGURE], STANDINGS[CALL_UNKNOWN])
CENTRE_KINDS = ("wpi_centre", "research_centre", "most_international")


@dataclass(frozen=True)
class ListedCentre:
    """A centre as a form lists it; ``said`` holds what was answered about it by column of the list of units.

    ``is_compared``: it is the one that the form compares, or is about. ``has_form``: its own form is at hand.
    """

    unit: str
    said: Mapping[str, Any]
    is_compared: bool
    has_form: bool

    @property
    def name(self) -> dict[str, str]:
        """Its name in both languages; its code where it gives none."""
        ja, en = (str(self.said.get(column) or "") for column in ("name_ja", "name_en"))
        return {"ja": ja or en or self.unit, "en": en or ja or self.unit}


def centres_of(units: pd.DataFrame | None, compared: str, with_form: Collection[str]) -> list[ListedCentre]:
    """The centres among the listed units: by their kind, chosen for comparison, or with a form of their own.

    ``units`` has the columns unit and those of UNIT_COLUMNS that were asked.
    """
    if units is None or units.empty:
        return []
    found = []
    for row in units.to_dict("records"):
        said = {name: row[name] for name in UNIT_COLUMNS if name in row and not pd.isna(row[name])}
        unit = str(row["unit"])
        if unit in (compared, *with_form) or said.get("kind") in CENTRE_KINDS:
            found.append(ListedCentre(unit, said, unit == compared, unit in with_form))
    return found


def centre_records(centres: Sequence[ListedCentre], rows: Sequence[Record], catalogue: Catalogue) -> list[Record]:
    """Each centre with its call, its requirements and what compares it with the institution.

    ``rows`` are the indicators of the scoreboard in the JSON of ``score``.
    """
    return [_record(centre, [r for r in rows if _is_about(r, centre.unit)], catalogue) for centre in centres]


def best_centres(records: Sequence[Record], catalogue: Catalogue) -> list[Record]:
    """For each indicator that compares centres with the institution the largest value and the centres that have it."""
    found = []
    for name in _comparisons(catalogue):
        known = [(one["compared"][name], one) for one in records if one["compared"].get(name) is not None]
        if known:
            best = max(value for value, _ in known)
            centres = [{"unit": one["unit"], "name": one["name"]} for value, one in known if value == best]
            found.append({"indicator": name, "value": best, "centres": centres})
    return found


def about_compared(board: Mapping[str, Any]) -> dict[str, Any]:
    """A scoreboard with the results about the institution and the one centre that it compares.

    Requirements without a figure of the centre's call are left out, since no line can be drawn or named for them.
    """
    others = {one["unit"] for one in board.get("centres", ()) if not one["is_compared"]}

    def kept(rows: Sequence[Record]) -> list[Record]:
        return [row for row in rows if row["level"] != "centre" or row["unit"] not in others]

    indicators = [
        {**row, "gaps": [gap for gap in row["gaps"] if gap["standing"] not in WITHOUT_LINE]}
        for row in kept(board["indicators"])
    ]
    return {**board, "indicators": indicators, "pillars": kept(board["pillars"])}


def _is_about(row: Mapping[str, Any], unit: str) -> bool:
    return bool(row["level"] == "centre" and row["unit"] == unit)


def _comparisons(catalogue: Catalogue) -> list[str]:
    return [name for name, one in catalogue.indicators.items() if one.measure.needs_centre]


def _record(centre: ListedCentre, rows: Sequence[Record], catalogue: Catalogue) -> Record:
    said, values = centre.said, {row["id"]: row["value"] for row in rows}
    call = call_key(said.get("kind"), said.get("call_year"), said.get("call_type"))
    year, _, kind = call.partition("/")
    requirements = [
        {"indicator": row["id"], "benchmark": gap["benchmark"], "standing": gap["standing"], "verdict": gap["verdict"]}
        for row in rows
        for gap in row["gaps"]
        if gap["kind"] == "requirement"
    ]
    return {
        "unit": centre.unit,
        "name": centre.name,
        "kind": said.get("kind"),
        "call": None if call in (NO_CALL, NOT_WPI) else {"year": int(year), "type": kind},
        "status": said.get("status"),
        "hosts": read_hosts(str(said.get("hosts") or "")),
        "is_compared": centre.is_compared,
        "has_form": centre.has_form,
        "requirements": requirements,
        "compared": {name: values.get(name) for name in _comparisons(catalogue)},
    }
