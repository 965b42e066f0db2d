"""The three sentences a president reads first: where the university stands, what changed, what is next."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from app.charts.chart_rows import change_text, distance_text, line_shown
from app.components import page_elements
from app.components.session import Page
from indicators.scoring.requirement_gaps import RequirementGaps
from schemas.dictionary.format_number import difference_shown

Row = Mapping[str, Any]


def name_of(page: Page, row: Row) -> str:
    """An indicator with its level."""
    label = page.catalogue.indicators[row["id"]].label[page.language]
    return label + page_elements.bracket(page, page.say("level." + row["level"]))


def value_of(page: Page, row: Row) -> str:
    """A value with its unit and what it is a share of."""
    formula = page_elements.formula_text(row)
    return page_elements.value_text(page, row) + (page_elements.bracket(page, formula) if formula else "")


def line_of(page: Page, row: Row, gap: Row) -> str:
    """The line of a gap with the name of the document that sets it; of a requirement in words that name alone."""
    label = page.catalogue.benchmark(row["id"], gap["benchmark"]).label[page.language]
    if gap["value"] is None:
        return label
    unit = page.catalogue.indicators[row["id"]].unit
    return page.say("one_page.line", value=line_shown(float(gap["value"]), unit, page.language), source=label)


def requirement_sentence(page: Page, found: RequirementGaps) -> str:
    """How many requirements in numbers are met, and the first value that lies short of one."""
    said = []
    if found.judged:
        said.append(page.say("one_page.judged", judged=found.judged, met=found.met))
    if found.first:
        row, gap = found.first[0]
        words = {"name": name_of(page, row), "value": value_of(page, row), "line": line_of(page, row, gap)}
        key = "one_page.short" if gap["verdict"] else "one_page.short_direction"
        unit = page.catalogue.indicators[row["id"]].unit
        if gap["gap_points"] is None:
            said.append(page.say("one_page.in_words", **words, k=f"{gap['gap_people']['replace']:,}"))
        else:
            apart = difference_shown(Fraction(gap["value"]), row["value"])
            said.append(page.say(key, **words, gap=distance_text(apart, unit, page.language)))
    return join_sentences(page, said) or page.say("overview.none_judged")


def change(page: Page, this: Mapping[str, Any], last: Mapping[str, Any] | None, found: RequirementGaps) -> str:
    """What moved since the last round: the indicator of the first gap, else the first scored one with both values."""
    if last is None:
        return page.say("one_page.no_last")
    before = {(row["id"], row["level"]): row for row in last["indicators"] if row["value"] is not None}
    wanted = [row for row, _ in found.first] + [row for row in this["indicators"] if row["score"] is not None]
    for row in wanted:
        old = before.get((row["id"], row["level"]))
        if old is None or row["value"] is None:
            continue
        moved = difference_shown(old["value"], row["value"])
        unit = page.catalogue.indicators[row["id"]].unit
        words = {
            "name": name_of(page, row),
            "before": page_elements.value_text(page, old),
            "now": value_of(page, row),
            "year": (page.year or 0) - 1,
        }
        key = "one_page.moved" if moved else "one_page.unmoved"
        return page.say(key, change=change_text(moved, unit, page.language), **words)
    return page.say("one_page.no_both")


def join_sentences(page: Page, sentences: list[str]) -> str:
    """Sentences one after another."""
    return ("" if page.language == "ja" else " ").join(sentences)
