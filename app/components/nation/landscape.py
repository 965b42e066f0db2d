"""The nation in two charts: where every institution stands, and the median of each group of institutions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.charts.nation import nation_charts
from app.components import session
from app.components.chart_section import Twin, chart
from app.components.handing_in.round_place import of_population
from app.components.quantile_text import range_text
from app.components.session import Page
from app.results.institutions_standing_out import StandingOut
from app.results.national_quantiles import MEDIAN, quantile_ranges
from indicators.catalogue.declarations import Indicator
from indicators.scoring.requirement_gaps import REQUIRED
from schemas.dictionary.counting_day import counting_day
from schemas.register import KIND_LABELS, PREFECTURES
from schemas.register.groups import load_groups

DRAWN_UNITS = ("percent", "score")
REGION_ENDS = (1, 7, 14, 23, 30, 35, 39, 47)  # the last prefecture of each of the eight regions, by number
SIZES = (300, 1_000)  # researchers
STAFF = "foreign_researcher_share"  # its denominator is the number of researchers
MOST_SAID = 8  # groups in a sentence
GROUPINGS = ("founder", "region", "size", "kind", "programme", "prefecture")

GROUPING_WORDS = {"kind": "landscape.by_kind", "programme": "landscape.by_programme"}


def lines_in_force(page: Page, chosen: Sequence[Indicator]) -> dict[str, tuple[float, str]]:
    """Value and name of the requirement or target in force, for the indicators that have one in numbers."""
    found: dict[str, tuple[float, str]] = {}
    for indicator in chosen:
        for benchmark in page.catalogue.benchmarks.get(indicator.id, []):
            entries = benchmark.in_force(counting_day(page.year or 0)) if benchmark.kind in REQUIRED else []
            if entries and entries[-1].value is not None:
                found.setdefault(indicator.id, (float(entries[-1].value), benchmark.label[page.language]))
    return found


def show_distribution(
    page: Page, values: pd.DataFrame, chosen: Sequence[str], flags: Mapping[str, StandingOut]
) -> None:
    """A strip an indicator over all institutions with a value that may be shown."""
    drawn = [page.catalogue.indicators[name] for name in chosen]
    drawn = [indicator for indicator in drawn if indicator.unit in DRAWN_UNITS]
    is_shown = ~values["hidden"].astype(bool) & values["value"].notna()
    name = "name_en" if page.language == "en" else "name_ja"
    rows = values[is_shown].assign(name=values[name].fillna(values["name_ja"]))
    if not drawn or rows.empty:
        return
    lines = lines_in_force(page, drawn)
    reached = [
        page.say(
            "nation.reached",
            of=of_population(page),
            label=indicator.label[page.language],
            n=int((rows["indicator"] == indicator.id).sum()),
            k=int((rows.loc[rows["indicator"] == indicator.id, "value"].astype(float) >= lines[indicator.id][0]).sum()),
            line=lines[indicator.id][1],
        )
        for indicator in drawn
        if indicator.id in lines
    ]
    sentence = ("" if page.language == "ja" else " ").join(reached) or page.say("nation.no_line")
    sides = {name: found.side for name, found in flags.items()}
    chart(nation_charts.distributions(rows, drawn, lines, sides, page.language, sentence), sentence)


def show_groups(page: Page, values: pd.DataFrame, chosen: Sequence[str]) -> None:
    """Medians by founder, region, size or prefecture; a group of fewer than five has none."""
    drawn = [page.catalogue.indicators[name] for name in chosen if page.catalogue.indicators[name].unit in DRAWN_UNITS]
    if not drawn:
        return
    grouping = st.segmented_control(
        page.say("nation.group_by"),
        GROUPINGS,
        format_func=lambda name: page.say(GROUPING_WORDS.get(name, f"nation.by_{name}")),
        default=GROUPINGS[0],
        key="nation_group",
        required=True,
    )
    keyed = in_groups(page, values, str(grouping))
    rows = [
        {"group": group, "indicator": indicator.label[page.language], **_median(page, here, indicator)}
        for group in _in_order(page, keyed["group"], str(grouping))
        for indicator in drawn
        if len(here := keyed[(keyed["group"] == group) & (keyed["indicator"] == indicator.id)])
    ]
    told = [row for row in rows if pd.notna(row["median"])]
    if not told:
        st.info(page.say("nation.groups_few"))
        return
    first = [row for row in told if row["indicator"] == told[0]["indicator"]][:MOST_SAID]
    listed = page.say("account.comma").join(
        page.say("nation.group_value", group=row["group"], value=row["shown"]) for row in first
    )
    sentence = page.say("nation.groups", label=first[0]["indicator"], listed=listed)
    word = page.say(GROUPING_WORDS.get(str(grouping), f"nation.by_{grouping}"))
    columns = {"group": word, "indicator": page.say("indicator.choose"), "shown": page.say("landscape.median")}
    columns["n"] = page.say("landscape.with_value")
    twin = Twin(f"medians_{grouping}", rows, columns, ("shown", "n"))
    chart(nation_charts.group_medians(pd.DataFrame(rows), page.language, word, sentence), sentence, twin)


def in_groups(page: Page, values: pd.DataFrame, grouping: str) -> pd.DataFrame:
    """Rows with the column ``group`` in words; a row stands once in each programme group of its institution."""
    if grouping != "programme":
        return values.assign(group=group_of(page, values, grouping))
    known = load_groups()
    parts, members = [], set()
    for name, group in known.groups.items():
        codes = known.members_of(name, int(page.year or 0))
        members |= set(codes)
        parts.append(values[values["institution"].isin(codes)].assign(group=group.label[page.language]))
    rest = values[~values["institution"].isin(members)].assign(group=page.say("landscape.no_programme"))
    return pd.concat([*parts, rest])


def group_of(page: Page, values: pd.DataFrame, grouping: str) -> pd.Series:
    """The group of each row in words."""
    if grouping == "kind":
        known = session.store().institutions().set_index("code")["kind"]
        kinds = values["institution"].map(known).fillna("")
        return kinds.map(lambda name: str(KIND_LABELS[name or "university"][page.language]))
    if grouping == "founder":
        labels = page.catalogue.dictionary.labels("founders")
        return values["founder"].map(lambda code: labels[code][page.language] if code in labels else "")
    if grouping == "prefecture":
        return values["prefecture"].map(lambda name: prefecture_word(page, name))
    if grouping == "region":
        return values["prefecture"].map(lambda name: _region(page, name))
    staff = values[values["indicator"] == STAFF].set_index("institution")["denominator"]
    counts = pd.to_numeric(values["institution"].map(staff), errors="coerce")
    size_class = counts.map(lambda n: "unknown" if pd.isna(n) else str(sum(n >= size for size in SIZES)))
    return size_class.map(lambda name: page.say(f"nation.size_{name}"))


def _in_order(page: Page, groups: pd.Series, grouping: str) -> list[str]:
    known = {
        "founder": [text[page.language] for text in page.catalogue.dictionary.labels("founders").values()],
        "region": [page.say(f"region.{number}") for number in range(1, len(REGION_ENDS) + 1)],
        "size": [page.say(f"nation.size_{name}") for name in ("2", "1", "0", "unknown")],
        "prefecture": [prefecture_word(page, name) for name in PREFECTURES],
        "kind": [text[page.language] for text in KIND_LABELS.values()],
        "programme": [group.label[page.language] for group in load_groups().groups.values()],
    }[grouping]
    here = set(groups)
    return [name for name in known if name in here] + sorted(name for name in here if name not in known)


def prefecture_word(page: Page, name: object) -> str:
    """A prefecture in the page's language."""
    return page.say(f"prefecture.{PREFECTURES.index(name) + 1:02}") if name in PREFECTURES else str(name or "")


def _region(page: Page, name: object) -> str:
    if name not in PREFECTURES:
        return ""
    number = PREFECTURES.index(name) + 1
    return page.say(f"region.{1 + sum(number > end for end in REGION_ENDS)}")


def _median(page: Page, rows: pd.DataFrame, indicator: Indicator) -> dict[str, Any]:
    found = quantile_ranges(rows, indicator, MEDIAN)
    if found is None:
        return {"median": None, "shown": page.say("nation.few_sign"), "n": len(rows)}
    ends = found.ranges[0]
    middle = (ends.low + ends.high) / 2
    told = middle if 0 <= middle <= nation_charts.FULL else None
    return {"median": told, "shown": range_text(page, ends, indicator.unit), "n": found.count}
