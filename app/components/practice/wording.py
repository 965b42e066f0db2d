"""How the practice exchange puts items, levels, answers and names into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from app.charts.practice_charts import bounds_text
from app.components.session import Page

NAMES_SHOWN = 5
CODE_LISTS = {"binding": "binding", "learnt_from": "learnt_from", "contract": "contract_kinds"}
CODE_LISTS |= {"centre": "yes_no", "planned": "yes_no", "evidence_kind": "evidence_kinds"}


def item_name(page: Page, code: str) -> str:
    """Code and label of an item."""
    return f"{code} {page.catalogue.dictionary.checklist.item(code).label[page.language]}"


def answer_word(page: Page, question: str, code: object) -> str:
    """A closed answer in words; words for none."""
    if not isinstance(code, str) or not code:
        return page.say("practices.not_said")
    label = page.catalogue.dictionary.labels(CODE_LISTS[question]).get(code)
    return label[page.language] if label else code


def level_text(page: Page, declared: Any, counted: Any) -> str:
    """Declared and counted level; words for none."""
    if pd.isna(declared):
        return page.say("practices.no_level")
    return f"{declared}" if declared == counted else f"{declared} → {counted}"


def number_text(value: Any) -> str:
    """A whole number; empty for none."""
    return "" if pd.isna(value) else str(int(value))


def column_headings(page: Page, keys: Sequence[str]) -> dict[str, str]:
    """Column headings."""
    return {key: page.say(f"practices.column_{key}") for key in keys}


def told_table(page: Page, counts: pd.DataFrame, groups: Sequence[str]) -> list[dict[str, str]]:
    """Counts by feature and code, a column a group."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for row in counts.to_dict("records"):
        feature, code = str(row["feature"]), str(row["code"])
        answer = "" if feature == "all" else answer_word(page, feature, code)
        start = {"question": page.say(f"practices.feature_{feature}"), "answer": answer, **dict.fromkeys(groups, "0")}
        rows.setdefault((feature, code), start)[str(row["group"])] = bounds_text(row["low"], row["high"], page.language)
    return list(rows.values())


def join_names(page: Page, codes: Sequence[str], names: Mapping[str, str]) -> str:
    """Names in one line, the first few of many."""
    comma = page.say("chart.list_comma")
    shown = comma.join(names[code] for code in codes[:NAMES_SHOWN])
    rest = len(codes) - NAMES_SHOWN
    return page.say("practices.more", names=shown, n=rest) if rest > 0 else shown
