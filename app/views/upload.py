"""Upload a filled form: findings grouped by cause, the marked workbook, and what changed since last time."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.components import page_elements, session
from app.components.explain_section import explain_points
from app.components.session import Page
from app.documents.export.safe_csv import csv_bytes
from app.storage.store import StoreError
from app.submission.explain_findings import points_of
from app.submission.finding_groups import summary_line
from app.submission.receive_upload import Received, receive
from schemas.dictionary.dictionary import CENTRE
from schemas.form.guide import load_guide

WIDTHS = {"cell": 115, "message": 260, "remedy": 250, "count": 50, "explained": 85, "change": 60, "rule": 90}
STEPS = ("read", "tables", "rules", "values", "gaps", "scores", "mark")


def check_upload(page: Page, data: bytes, name: str) -> Received | None:
    """Runs the upload with a progress bar of its real steps; None when it could not be kept."""
    bar = st.progress(0.0, text=page.say("upload.step_read"))

    def show(step: str) -> None:
        share = (STEPS.index(step) + 1) / (len(STEPS) + 1) if step in STEPS else 0.5
        bar.progress(share, text=page.say(f"upload.step_{step}"))

    try:
        received = receive(session.store(), page.actor, data, name, show)
    except StoreError as problem:
        st.error(problem.text[page.language])
        return None
    finally:
        bar.empty()
    return received


def show_result(page: Page, received: Received) -> None:
    """The status in one sentence, what was kept, downloads, and the findings."""
    validation = received.result.validation
    if received.is_waiting and received.result.refusal is not None:
        st.info(received.result.refusal.message[page.language])
        st.text(received.result.refusal.remedy[page.language])
        return
    if received.result.refusal is not None:
        st.error(page.say("result.refused"))
        st.text(received.result.refusal.message[page.language])
        st.text(received.result.refusal.remedy[page.language])
        st.caption(page.say("upload.refused_kept"))
        return
    header = received.result.header
    line = summary_line(validation["counts"])[page.language == "en"]
    (st.error if validation["counts"]["error"] else st.success)(line)
    row = header["institution_row"]
    name = row["name_en" if page.language == "en" else "name_ja"]
    st.text(page.say("upload.kept", name=name, year=header["year"], id=received.submission))
    if header["beside"]:
        st.text(page.say("explain.beside", form=load_guide().forms[header["beside"]]))
    if received.result.marked:
        st.download_button(
            page.say("upload.marked"),
            received.result.marked,
            file_name=f"{header['institution']}_{header['year']}_checked.xlsx",
            type="primary",
            key="marked",
        )
    if validation["findings"]:
        points = points_of(session.store(), str(received.submission))
        states = {str(point.finding["id"]): page.say(f"explain.state_{point.state}") for point in points}
        show_findings(page, validation["findings"], set(received.previous_findings), states)
    explain_points(page, str(received.submission))
    st.page_link("views/overview.py", label=page.say("upload.see_overview"), icon=":material/arrow_forward:")


def show_findings(
    page: Page, findings: list[dict[str, Any]], earlier: set[str], states: Mapping[str, str] | None = None
) -> None:
    """Findings grouped by cause, with filter, search and the change since the last upload.

    ``states`` says of points to check by finding id whether they are explained.
    """
    if earlier:
        now = {f["id"] for f in findings}
        counts = {"mended": len(earlier - now), "still": len(earlier & now), "new": len(now - earlier)}
        st.text(page.say("upload.compared", **counts))
    present = [s for s in ("error", "check", "note") if any(f["severity"] == s for f in findings)]
    left, right = st.columns([1, 2])
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
    for severity in present:
        own = [row for row in rows if row["severity"] == severity]
        if not own:
            continue
        st.subheader(page.say(f"severity.{severity}") + page_elements.bracket(page, str(len(own))))
        frame = pd.DataFrame(own)
        first = frame.groupby("group", sort=False).agg(
            cell=("cell", "first"), rule=("rule", "first"), message=("message", "first"), remedy=("remedy", "first"),
            cells=("cell", lambda cells: "、".join(cells)), count=("cell", "size"), change=("change", "first"),
            explained=("explained", states_of),
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
    st.download_button(
        page.say("upload.findings_csv"),
        csv_bytes(pd.DataFrame(rows)) if rows else b"",
        file_name="findings.csv",
        disabled=not rows,
        key="findings_csv",
    )


def columns_of(page: Page, severity: str, is_second: bool) -> dict[str, str]:
    """Headings of the findings: points to check say whether they are explained, a second upload what changed."""
    more = [*(["explained"] if severity == "check" else []), *(["change"] if is_second else [])]
    keys = ("cell", "message", "remedy", "count", *more, "rule")
    return {key: page.say("explain.column" if key == "explained" else f"upload.column_{key}") for key in keys}


def states_of(states: pd.Series) -> str:
    """The states of a group: one word where all agree, else each with how many there are."""
    counts = states.value_counts(sort=False)
    return "、".join(f"{state} {n}" for state, n in counts.items()) if len(counts) > 1 else str(counts.index[0])


def row_of(page: Page, finding: dict[str, Any], earlier: set[str], states: Mapping[str, str]) -> dict[str, Any]:
    """A finding as a table row."""
    place = f"{finding['sheet']}!{finding['cell']}" if finding["cell"] else finding["sheet"] or "－"
    known = "still" if finding["id"] in earlier else "new"
    return {
        "severity": finding["severity"],
        "group": finding["group"],
        "cell": place,
        "rule": finding["rule"],
        "message": finding["message"][page.language],
        "remedy": finding["remedy"][page.language],
        "change": page.say(f"upload.{known}") if earlier else "",
        "explained": states.get(finding["id"], ""),
    }


def kept_forms(page: Page) -> None:
    """The points to check of the forms that the chosen institution has handed in for the chosen year."""
    if page.institution is None or page.year is None:
        return
    found = session.store().submissions(page.institution, page.year)
    forms = {str(row["id"]): row for _, row in found.iterrows()}
    if not forms:
        return

    def name(submission: str) -> str:
        row = forms[submission]
        form = load_guide().forms[row["form"]]
        return page.say("explain.form", form=form, year=row["year"], id=submission)

    chosen = st.selectbox(page.say("explain.choose_form"), list(forms), format_func=name, key="explain_form")
    explain_points(page, chosen)


def history(page: Page) -> None:
    """Earlier uploads of the chosen institution."""
    if page.institution is None:
        return
    found = session.store().submissions(page.institution, all_versions=True)
    if found.empty:
        return
    with st.expander(page.say("upload.history")):
        rows = [
            {
                "received": row["received_at"].tz_convert("Asia/Tokyo").strftime("%Y-%m-%d %H:%M"),
                "year": str(row["year"]),
                "version": str(row["sequence"]),
                "state": page.say(f"upload.state_{row['state']}"),
            }
            for _, row in found.iterrows()
        ]
        names = {"received": "upload.column_received", "year": "app.year", "version": "upload.column_version"}
        columns = {key: page.say(text) for key, text in (names | {"state": "upload.column_state"}).items()}
        page_elements.table(page, rows, name="history", columns=columns, legend=False)


page = session.begin("upload")
page_elements.heading(page, "upload.title", own=False)
given = st.file_uploader(page.say("upload.intro"), type=["xlsx"], key="upload_file")
if given is not None:
    token = f"{given.file_id}"
    if st.session_state.get("upload_token") != token:
        result = check_upload(page, given.getvalue(), given.name)
        st.session_state["upload_token"] = token
        st.session_state["upload_result"] = result
        if result is not None and result.submission is not None:
            if result.result.header["form"] == CENTRE:
                st.cache_data.clear()  # the forms of its institution were judged anew
            st.session_state["pending"] = (result.result.header["institution"], result.result.header["year"])
            st.rerun()
if st.session_state.get("upload_result") is not None:
    show_result(page, st.session_state["upload_result"])
else:
    kept_forms(page)
history(page)
