"""Where the chosen institution stands on one indicator: beside its centres, its nearest, the nation and the lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from app.charts.chart_elements import line_text
from app.charts.chart_rows import chart_rows, value_text
from app.charts.university.value_axis import value_axis
from app.components import page_elements, session
from app.components.chart_section import Twin, chart
from app.components.one_page.next_steps import lacking_text
from app.components.one_page.sentences import line_of, name_of, value_of
from app.components.peers.nearest_institutions import nearest_codes
from app.components.peers.strips import middle_half
from app.components.session import Page
from indicators.catalogue.declarations import Indicator

Row = Mapping[str, Any]
COLUMNS = ("lane", "kind", "value", "lower", "upper", "shown", "institution")


def show_value_place(page: Page, board: Any, indicator: Indicator) -> None:
    """The value of the whole institution and its centres on one axis with everything it is compared with."""
    own = _own(page, board, indicator)
    near, panel = nearest_codes(page), page.panel(indicators=[indicator.id])
    others = _others(page, indicator, near, panel)
    points = pd.DataFrame([*own, *others], columns=list(COLUMNS))
    if not own:
        return
    found = middle_half(page, [indicator.id], near, panel) if len(panel) else pd.DataFrame()
    half = None if found.empty else (float(found["low"].iloc[0]), float(found["high"].iloc[0]))
    label = indicator.label[page.language]
    sentence = _sentence(page, own[0], [row for row in others if row["kind"] == "nation"], label)
    columns = {"lane": page.say("value_axis.column_lane"), "institution": page.say("ministry.column_name")}
    twin = Twin("value_place", points, {**columns, "shown": label}, ("shown",))
    chart(value_axis(points, _lines(page, board, indicator), half, page.language, label, sentence), sentence, twin)


def _point(page: Page, lane: str, kind: str, row: Row, indicator: Indicator, institution: str) -> dict[str, Any]:
    interval = row.get("interval") or (None, None)
    text = value_text(row["value"], indicator.unit, page.language)
    ends = {"lower": interval[0], "upper": interval[1]}
    return {"lane": lane, "kind": kind, "value": float(row["value"]), **ends, "shown": text, "institution": institution}


def _own(page: Page, board: Any, indicator: Indicator) -> list[dict[str, Any]]:
    """The whole institution, then each of its centres."""
    name = session.names(page.language).get(str(page.institution), str(page.institution))
    rows = [row for row in board.scoreboard["indicators"] if row["id"] == indicator.id and row["value"] is not None]
    whole = [row for row in rows if row["level"] == "institution"]
    found = [_point(page, page.say("value_axis.lane_own"), "institution", row, indicator, name) for row in whole[:1]]
    centres = {one["unit"]: one["name"][page.language] for one in board.centres}
    every = [
        row for row in board.of_all_centres["indicators"] if row["id"] == indicator.id and row["value"] is not None
    ]
    every = every or [row for row in rows if row["level"] == "centre"]
    seen: set[str] = set()
    for row in every:
        if row["level"] == "centre" and row["unit"] not in seen:
            seen.add(row["unit"])
            named = centres.get(row["unit"], page.say("level.centre"))
            found.append(_point(page, named, "centre", row, indicator, named))
    return found


def _others(page: Page, indicator: Indicator, near: Sequence[str], panel: pd.DataFrame) -> list[dict[str, Any]]:
    """The shown values of other institutions: the nearest by name, and all of them."""
    if panel.empty or page.hides_peers:
        return []
    is_here = (panel["indicator"] == indicator.id) & (panel["level"] == "institution")
    is_here &= (panel["institution"] != page.institution) & ~panel["hidden"].astype(bool) & panel["value"].notna()
    names = session.names(page.language)
    found = []
    for row in panel[is_here].to_dict("records"):
        code = str(row["institution"])
        alone = {"value": row["value"]}
        if code in near:
            lane = page.say("value_axis.lane_peers")
            found.append(_point(page, lane, "peer", alone, indicator, names.get(code, code)))
        lane = page.say("value_axis.lane_nation")
        found.append(_point(page, lane, "nation", alone, indicator, names.get(code, code)))
    return sorted(found, key=lambda row: row["kind"] == "nation")


def _lines(page: Page, board: Any, indicator: Indicator) -> pd.DataFrame:
    """The requirement or target and the own targets, each with its words."""
    rows = chart_rows(board.scoreboard, page.catalogue)
    rows = rows[(rows["indicator"] == indicator.id) & rows["line"].notna() & (rows["position"] == "")]
    found = [
        {"line": float(row["line"]), "line_text": line_text(row, page.language)} for row in rows.to_dict("records")
    ]
    for one in board.scoreboard["own_targets"]:
        if one["indicator"] == indicator.id:
            text = value_text(float(one["value"]), indicator.unit, page.language)
            said = page.say("value_axis.own_target", value=text, year=one["year"])
            found.append({"line": float(one["value"]), "line_text": said})
    return pd.DataFrame(found, columns=["line", "line_text"]).drop_duplicates()


def _sentence(page: Page, own: Row, nation: Sequence[Row], label: str) -> str:
    """The value, and how far the values of others that may be shown reach; of a centre alone its value."""
    if own["kind"] == "centre":
        return page.say("sentence.own_value", level=own["lane"], value=own["shown"])
    if not nation:
        return page.say("value_axis.alone", label=label, value=own["shown"])
    low, high = (end(nation, key=lambda row: float(row["value"]))["shown"] for end in (min, max))
    return page.say("value_axis.sentence", label=label, value=own["shown"], n=len(nation), low=low, high=high)


def answer(page: Page, row: Row) -> str:
    """Where the institution stands on the indicator and what lacks, in one sentence."""
    gap = page_elements.main_gap(row)
    words = {"name": name_of(page, row), "value": value_of(page, row)}
    if row["value"] is None:
        return page.say("value_axis.no_value", **words)
    if gap is None:
        return page.say("whatif.first", gap=page.say("whatif.no_line"), **words)
    lacking = (gap["gap_people"] or {}).get("replace") or 0
    if gap["value"] is None:
        return page.say("one_page.in_words", line=line_of(page, row, gap), k=f"{lacking:,}", **words)
    change = lacking_text(page, row, gap) if lacking else ""
    key = ("gap_left" if lacking else "gap_none") + ("" if gap["verdict"] else "_direction")
    return page.say("whatif.first", gap=page.say(f"whatif.{key}", line=line_of(page, row, gap), change=change), **words)
