"""Findings of one form: grouped by cause, filtered, searched, and compared with those of the upload before."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.components import page_elements
from app.components.people.logged_download import logged_download
from app.components.session import Page
from app.documents.export.safe_csv import csv_bytes
from app.submission.finding_groups import compare_findings
from app.texts import listed

WIDTHS = {"cell": 115, "message": 260, "remedy": 250, "count": 50, "explained": 85, "change": 60, "rule": 90}


def show_findings(
    page: Page, findings: list[dict[str, Any]], earlier: set[str], states: Mapping[str, str] | None = None
) -> None:
    """Findings grouped by cause, with filter, search and the change since the last upload.

    ``states`` says of points to check by finding id whether they are explained.
    """
    if earlier:
        found = compare_findings(findings, [{"id": name} for name in earlier])
        counts = {"mended": len(found.mended), "still": len(found.still_there), "new": len(found.new)}
        st.text(page.say("upload.compared", **counts))
    present = [s for s in ("error", "check", "note") if any(f["severity"] == s for f in findings)]
    left, right = st.columns([2, 3])
    wanted = left.pills(
        page.say("upload.filter"),
        present,
        selection_mode="multi",
        default=present,
        format_func=lambda s: page.say(f"severity.{s}"),
        key="severity_filter",
    )
    text = right.text_input(page.say("upload.search"), help=page.say("upload.search_help"), key="finding_search")
    rows = [row_of(page, f, earlier, states or {}) for f in findings if f["severity"] in wanted]
    rows = [row for row in rows if text.lower() in " ".join(str(v) for v in row.values()).lower()]
    if findings and not rows:
        st.info(page.say("upload.nothing_found"))
    for severity in present:
        own = [row for row in rows if row["severity"] == severity]
        if not own:
            continue
        st.subheader(page.say(f"severity.{severity}") + page_elements.bracket(page, str(len(own))))
        frame = pd.DataFrame(own)
        first = frame.groupby("group", sort=False).agg(
            cell=("cell", "first"), rule=("rule", "first"), message=("message", "first"), remedy=("remedy", "first"),
            cells=("cell", lambda cells: listed(cells)[page.language]), count=("cell", "size"),
            change=("change", "first"), explained=("explained", lambda states: states_of(states, page.language)),
        )  # fmt: skip
        page_elements.table(
            page,
            first.reset_index(),
            name=f"findings_{severity}",
            legend=False,
            lines=3,
            widths=WIDTHS,
            columns=columns_of(page, severity, bool(earlier)),
        )
    logged_download(
        page,
        page.say("upload.findings_csv"),
        lambda: csv_bytes(pd.DataFrame(rows)),
        "findings.csv",
        disabled=not rows,
        key="findings_csv",
    )


def columns_of(page: Page, severity: str, is_second: bool) -> dict[str, str]:
    """Headings of the findings: points to check say whether they are explained, a second upload what changed."""
    more = [*(["explained"] if severity == "check" else []), *(["change"] if is_second else [])]
    keys = ("cell", "message", "remedy", "count", *more, "rule")
    return {key: page.say("explain.column" if key == "explained" else f"upload.column_{key}") for key in keys}


def states_of(states: pd.Series, language: str) -> str:
    """The states of a group: one word where all agree, else each with how many there are."""
    counts = states.value_counts(sort=False)
    if len(counts) == 1:
        return str(counts.index[0])
    return listed(f"{state} {n}" for state, n in counts.items())[language]


def row_of(page: Page, finding: dict[str, Any], earlier: set[str], states: Mapping[str, str]) -> dict[str, Any]:
    """A finding as a table row."""
    cell_ref = f"{finding['sheet']}!{finding['cell']}" if finding["cell"] else finding["sheet"] or "－"
    known = "still" if finding["id"] in earlier else "new"
    return {
        "severity": finding["severity"],
        "group": finding["group"],
        "cell": cell_ref,
        "rule": finding["rule"],
        "message": finding["message"][page.language],
        "remedy": finding["remedy"][page.language],
        "change": page.say(f"upload.{known}") if earlier else "",
        "explained": states.get(finding["id"], ""),
    }
