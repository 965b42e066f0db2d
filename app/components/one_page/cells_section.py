"""The answers behind a number, in the order of the form, with what was written and how it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.components import page_elements
from app.components.session import Page
from schemas.dictionary.dictionary import CENTRE, WHOLE
from schemas.xlsx.cell_address import split_address

CELLS = ("place", "label", "row_key", "raw", "normalised", "remark")
LEVEL_OF = {WHOLE: "institution", CENTRE: "centre", "institution": "institution"}


def show_cells(page: Page, cells: Sequence[Mapping[str, Any]], name: str) -> None:
    """The cells as a table; ``name`` is that of its download."""
    order = {sheet.name: sheet.number for sheet in page.catalogue.dictionary.sheets}
    rows = [
        {
            "row_key": row_words(page, one["field"], one["row_key"] or ""),
            "raw": (one["raw"] or "").removesuffix(".0"),  # a spreadsheet keeps whole numbers so
            "normalised": one["normalised"] or "",
            "place": f"{one['sheet']}!{one['cell']}" if one["cell"] else "",
            "label": one["label"][page.language],
            "remark": " ".join(one[name] for name in ("read_as", "flag", "remark") if one[name]),
        }
        for one in sorted(cells, key=lambda one: _form_order(one, order))
    ]
    if not rows:
        st.text("－")
        return
    headings = {key: page.say(f"lineage.column_{key}") for key in CELLS}
    page_elements.table(page, rows, name=name, columns=headings, legend=False, lines=2)


def _form_order(one: Mapping[str, Any], order: Mapping[str, int]) -> tuple[int, int, int]:
    """Sheet, row and column of an answer; those without a cell come last."""
    if not one["cell"]:
        return len(order) + 1, 0, 0
    return (order.get(str(one["sheet"]), len(order)), *split_address(str(one["cell"])))


def row_words(page: Page, field: str, row_key: str) -> str:
    """The row of a table in words: whose people, which position or item, which year."""
    dictionary = page.catalogue.dictionary
    axes = dictionary.block_of[field][1].rows
    said = []
    for position, value in enumerate(row_key.split("/")):
        code_list = axes[position].code_list if position < len(axes) else None
        labels = dictionary.labels(code_list) if code_list else {}
        if value in LEVEL_OF:
            said.append(page.say(f"level.{LEVEL_OF[value]}"))
        else:
            said.append(labels[value][page.language] if value in labels else value)
    return "　".join(said)
