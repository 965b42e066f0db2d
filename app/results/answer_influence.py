"""What a cell of the form is for: which indicators it feeds, and what leaving it out does to a band."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from indicators.catalogue.declarations import Indicator
from indicators.catalogue.load_catalogue import Catalogue
from indicators.engine.evaluate import evaluate
from indicators.values.coded_answers import EVIDENCE
from indicators.values.prepared_tables import SubmissionTables, stack
from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.field import Form

FORMS: tuple[Form, ...] = ("core", "full", "centre", "short")
CHECKLIST_FIELDS = ("checklist.declared", *(f"checklist_details.{column}" for column in EVIDENCE))
BAND_KEY = ["level", "unit", "element"]
EFFECT_COLUMNS = ["field", "cell", "institutions", "changed", "elements", "lost", "rescored", "shift"]
MOVED = 0.5  # points of a score; less is not seen on any page


# which indicators a question feeds


def fields_of(indicator: Indicator, catalogue: Catalogue) -> list[str]:
    """The questions that an indicator's value rests on, in the order its measure names them.

    A difference rests on what its indicator rests on; checklist measures rest on levels and their evidence.
    """
    spec = indicator.measure
    if spec.weighted_level is not None or spec.levels_reached is not None:
        return list(CHECKLIST_FIELDS)
    if spec.mixed is not None:
        return [spec.mixed.of, f"{spec.mixed.of.split('.')[0]}.{spec.mixed.by}"]
    named = list(_words(spec.model_dump()))
    fields = [name for name in named if name in catalogue.dictionary.fields]
    others = [catalogue.indicators[name] for name in named if name in catalogue.indicators and name != indicator.id]
    return list(dict.fromkeys([*fields, *(field for other in others for field in fields_of(other, catalogue))]))


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _words(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _words(inner)


def indicators_of(catalogue: Catalogue) -> dict[str, list[str]]:
    """For every question the ids of the indicators that it feeds, in catalogue order."""
    found: dict[str, list[str]] = {name: [] for name in catalogue.dictionary.fields}
    for indicator in catalogue.indicators.values():
        for name in fields_of(indicator, catalogue):
            found[name].append(indicator.id)
    return found


# how many cells a form has


def cells_by_field(dictionary: DataDictionary, form: Form, year: int) -> dict[str, int]:
    """Fixed answer cells of a form for each question; open lists have none and are left out."""
    counts: dict[str, int] = {}
    for slot in dictionary.slots(form, year):
        counts[slot.field.id] = counts.get(slot.field.id, 0) + 1
    return counts


def cells_by_sheet(dictionary: DataDictionary, form: Form, year: int) -> dict[str, dict[str, int]]:
    """For each sheet of a form its fixed cells by ``always``, ``follow_up`` and ``optional`` (register included)."""
    found = {sheet.name: {"always": 0, "follow_up": 0, "optional": 0} for sheet in dictionary.form_sheets(form)}
    for slot in dictionary.slots(form, year):
        kind = slot.field.required if slot.field.required in ("always", "follow_up") else "optional"
        found[slot.sheet.name][kind] += 1
    return found


# what leaving a cell out does


def effects(
    submissions: Mapping[str, SubmissionTables],
    catalogue: Catalogue,
    year: int,
    blocked: Mapping[str, Iterable[tuple[str, str]]] | None = None,
) -> pd.DataFrame:
    """What leaving out one cell does to the bands and scores of some submissions (all of the round ``year``).

    One row a cell that feeds an element with a score anywhere: ``field``, ``cell`` (row key), ``institutions``
    (submissions that answered it), ``changed`` (those in which some band changes or goes away), ``elements``
    (the indicators and pillars whose band does, in catalogue order, joined by a space), ``lost`` (submissions in
    which a score goes away or a pillar rests on less), ``rescored`` (a score moves by half a point or more, but none
    goes away) and ``shift`` (mean over the submissions of the largest such move, in points). ``blocked``: by
    submission the (field, row key) that an error concerns already. Source: recomputation, cell by cell.
    """
    parts = [
        _changes(tables, catalogue, year, list((blocked or {}).get(name, ()))) for name, tables in submissions.items()
    ]
    if not parts:
        return pd.DataFrame(columns=EFFECT_COLUMNS)
    order = [*catalogue.indicators, *catalogue.pillars]
    grouped = pd.concat(parts).groupby(["field", "cell"], sort=True)
    rows = [
        {
            "field": field,
            "cell": cell,
            "institutions": len(rows),
            "changed": int((rows["elements"] != "").sum()),
            "elements": " ".join(sorted({e for text in rows["elements"] for e in text.split()}, key=order.index)),
            "lost": int(rows["lost"].sum()),
            "rescored": int((~rows["lost"] & (rows["shift"] >= MOVED)).sum()),
            "shift": round(float(rows["shift"].mean()), 2),
        }
        for (field, cell), rows in grouped
    ]
    return pd.DataFrame(rows, columns=EFFECT_COLUMNS)


def _changes(tables: SubmissionTables, catalogue: Catalogue, year: int, blocked: list[tuple[str, str]]) -> pd.DataFrame:
    """For each relevant cell of one submission the elements whose band changes without it, and how scores move."""
    cells = relevant_cells(tables, catalogue, year, blocked)
    names = ["", *(f"{field}|{cell}" for field, cell in cells)]
    rounds = pd.DataFrame({"submission": names}).assign(institution="", year=year)
    shut = [(name, *key) for name in names for key in blocked]
    shut += [(f"{field}|{cell}", field, cell) for field, cell in cells]
    scores = evaluate(_copies(tables, names), catalogue, rounds, blocked=shut, lineage=False).decode().scores
    whole = pd.MultiIndex.from_frame(scores.loc[scores["submission"] == "", BAND_KEY])
    submission = pd.Index(names).get_indexer(pd.Index(scores["submission"].astype(object)))
    element = whole.get_indexer(pd.MultiIndex.from_frame(scores[BAND_KEY]))
    kept, at = element >= 0, (submission[element >= 0], element[element >= 0])
    bands = np.full((len(names), len(whole)), "", object)
    points, rests_on = np.full(bands.shape, np.nan), np.zeros(bands.shape)
    bands[at] = scores["band"].astype(object).fillna("")[kept]
    points[at] = scores["score"].to_numpy(float)[kept]
    rests_on[at] = scores["coverage_present"].fillna(0).to_numpy(float)[kept]
    moves = np.abs(points[1:] - points[0])
    is_lost = (~np.isnan(points[0]) & np.isnan(points[1:])) | (rests_on[1:] < rests_on[0])
    called = whole.get_level_values("element").to_numpy(object)
    return pd.DataFrame(
        {
            "field": [field for field, _ in cells],
            "cell": [cell for _, cell in cells],
            "elements": [" ".join(dict.fromkeys(called[row != bands[0]])) for row in bands[1:]],
            "lost": is_lost.any(axis=1),
            "shift": np.nan_to_num(moves).max(axis=1, initial=0.0),
        }
    )


def relevant_cells(
    tables: SubmissionTables, catalogue: Catalogue, year: int, blocked: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """(field, row key) of the cells behind values that have goalposts; no other cell can move a band."""
    rounds = pd.DataFrame([{"submission": "", "institution": "", "year": year}])
    shut = [("", *key) for key in blocked]
    cells = evaluate(stack({"": tables}), catalogue, rounds, blocked=shut).decode().value_cells
    with_band = {indicator.id for indicator in catalogue.indicators.values() if indicator.goalposts}
    own = cells[cells["indicator"].isin(with_band)][["field", "row_key"]].drop_duplicates()
    return [(str(field), str(row_key)) for field, row_key in own.itertuples(index=False)]


def _copies(tables: SubmissionTables, names: list[str]) -> dict[str, pd.DataFrame]:
    """The tables of one submission stacked once for each name."""
    found = {}
    for name, frame in stack({"": tables}).items():
        rows = np.tile(np.arange(len(frame)), len(names))
        found[name] = frame.take(rows).reset_index(drop=True).assign(submission=np.repeat(names, len(frame)))
    return found


def by_field(found: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """For each question its most sensitive cell, with the columns of ``effects``."""
    order = ["changed", "lost", "shift", "institutions"]
    worst = found.sort_values(order, ascending=False, kind="stable").drop_duplicates("field")
    return {str(row["field"]): {str(key): row[key] for key in EFFECT_COLUMNS[1:]} for row in worst.to_dict("records")}
