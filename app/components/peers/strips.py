"""The chosen institution among a group, indicator by indicator: strips, and the nearest side by side.

Only what may be shown is drawn or written: values come from the panel as the role sees it, quartiles from the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from app.charts.chart_elements import FULL, line_text
from app.charts.chart_rows import chart_rows, value_text
from app.charts.university.peer_strips import peer_strips
from app.components import page_elements
from app.components.chart_section import Twin, chart
from app.components.session import Page
from app.results.definitions_of_foreign import panel_by
from app.results.national_quantiles import quantile_ranges

DRAWN_UNITS = ("percent", "score")  # what has one axis of 0 to 100
MOST_SIDE_BY_SIDE = 10
LEVEL = "institution"


def middle_half(page: Page, names: Sequence[str], near: Sequence[str], panel: pd.DataFrame) -> pd.DataFrame:
    """The middle half of a group for each indicator of the whole institution, where it may be told: low and high."""
    found = []
    of_group = panel[(panel["level"] == LEVEL) & panel["institution"].isin(list(near))] if len(panel) else panel
    for name in dict.fromkeys(names):
        quartiles = quantile_ranges(of_group[of_group["indicator"] == name], page.catalogue.indicators[name])
        if quartiles is not None and quartiles.ranges[2].high <= FULL:
            found.append({"indicator": name, "low": quartiles.ranges[0].low, "high": quartiles.ranges[2].high})
    return pd.DataFrame(found, columns=["indicator", "low", "high"])


def show_strips(page: Page, board: Any, codes: Sequence[str], names: Mapping[str, str], label: str) -> None:
    """A strip for each scored indicator with an own value; where a round hides others, only their middle half."""
    values = _values(page, codes)
    own = set(values.loc[values["institution"] == page.institution, "indicator"])
    drawn = values[values["indicator"].isin(own)]
    panel = panel_by(page.panel(own=True, indicators=own, institutions=codes), page.catalogue, "")
    half = middle_half(page, list(drawn["indicator"]), codes, panel)
    if drawn.empty or (set(drawn["institution"]) == {page.institution} and half.empty):
        return
    if page.hides_peers:
        drawn = drawn[drawn["institution"] == page.institution]
    labels = {name: page.catalogue.indicators[name].label[page.language] for name in own}
    dots = pd.DataFrame(
        {
            "name": drawn["indicator"].map(labels),
            "institution": [names.get(code, code) for code in drawn["institution"]],
            "value": drawn["value"].astype(float),
            "shown": [value_text(v, u, page.language) for v, u in zip(drawn["value"], drawn["unit"], strict=True)],
            "is_own": drawn["institution"] == page.institution,
        }
    )
    sentence = _sentence(page, drawn, half, panel, codes, label)
    bands = half.assign(name=half["indicator"].map(labels))
    columns = {"name": page.say("indicator.choose"), "institution": page.say("triage.column_name")}
    twin = Twin("strips", dots, {**columns, "shown": page.say("indicator.value")}, ("shown",))
    chart(peer_strips(dots, bands, _lines(page, board, labels), page.language, label, sentence), sentence, twin)


def _values(page: Page, codes: Sequence[str]) -> pd.DataFrame:
    """The shown values of the institution and the group on scored indicators, in the order of the catalogue."""
    order = [one.id for one in page.catalogue.scored if one.unit in DRAWN_UNITS]
    every = page.panel(own=True, indicators=order, institutions=[str(page.institution), *codes])
    every = panel_by(every, page.catalogue, "")
    is_here = (every["level"] == LEVEL) & ~every["hidden"].astype(bool) & every["value"].notna()
    units = {name: page.catalogue.indicators[name].unit for name in order}
    found = every[is_here].assign(unit=lambda rows: rows["indicator"].map(units))
    return found.sort_values("indicator", key=lambda column: column.map(order.index), kind="stable")


def _lines(page: Page, board: Any, labels: Mapping[str, str]) -> pd.DataFrame:
    """The lines that the whole institution is compared with, with their words."""
    rows = chart_rows(board.scoreboard, page.catalogue)
    rows = rows[(rows["level"] == LEVEL) & rows["line"].notna() & rows["indicator"].isin(labels)]
    rows = rows[rows["position"] == ""].drop_duplicates("indicator")
    words = [line_text(row, page.language) for row in rows.to_dict("records")]
    return pd.DataFrame({"name": rows["indicator"].map(labels), "line": rows["line"].astype(float), "line_text": words})


def _sentence(
    page: Page, drawn: pd.DataFrame, half: pd.DataFrame, panel: pd.DataFrame, codes: Sequence[str], label: str
) -> str:
    """On how many indicators the value lies above, within and below the middle half of the group."""
    own = drawn[drawn["institution"] == page.institution].set_index("indicator")["value"].astype(float)
    sides = [
        int(own[row["indicator"]] > row["high"]) - int(own[row["indicator"]] < row["low"])
        for row in half.to_dict("records")
    ]
    if not sides:
        return page.say("peer_strips.too_few", label=label, n=len(codes))
    above, below = sides.count(1), sides.count(-1)
    return page.say(
        "peer_strips.sentence", label=label, k=len(sides), above=above, within=len(sides) - above - below, below=below
    )


def show_side_by_side(page: Page, codes: Sequence[str], names: Mapping[str, str]) -> None:
    """The institution and at most ten of the group on every scored indicator: a row each."""
    chosen = [str(page.institution), *codes[:MOST_SIDE_BY_SIDE]]
    every = panel_by(page.panel(own=True, institutions=chosen), page.catalogue, "")
    every = every[every["level"] == LEVEL]
    found = {(row["indicator"], row["institution"]): row for row in every.to_dict("records")}
    shown = {one.id: one for one in page.catalogue.scored if any((one.id, code) in found for code in chosen)}
    rows = [
        {
            "institution": ("◇ " if code == page.institution else "") + names.get(code, code),
            **{key: _cell(page, found.get((key, code)), one.unit) for key, one in shown.items()},
        }
        for code in chosen
    ]
    if shown:
        columns = {"institution": page.say("triage.column_name")}
        columns |= {key: one.label[page.language] for key, one in shown.items()}
        page_elements.table(page, rows, name="peers_side", columns=columns, numbers=list(shown))


def _cell(page: Page, row: Mapping[Any, Any] | None, unit: str) -> str:
    if row is None:
        return ""
    if row["hidden"]:
        return "x"
    return (
        page.say(f"status.{row['status']}") if pd.isna(row["value"]) else value_text(row["value"], unit, page.language)
    )
