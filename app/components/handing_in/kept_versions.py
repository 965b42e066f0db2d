"""Every version that an institution has handed in, with its findings, files and scorecard; any can stand again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from app.access import demand, may
from app.components import page_elements, session
from app.components.explain_section import explain_points
from app.components.findings_table import show_findings
from app.components.handing_in.papers_beside import show_papers_beside
from app.components.people.logged_download import XLSX, logged_download
from app.components.session import Page
from app.documents.scorecard import file_code, scorecard_pdf, scorecard_workbook
from app.results.institution_results import board_of
from app.results.nation.renewal import renew_after_change
from app.rounds.admission import RoundAdmission, aside_text, refusal_text
from app.storage.problems import StoreError
from app.storage.versions import CURRENT
from app.submission.explain_findings import points_of
from app.submission.finding_groups import summary_line
from app.submission.receive_upload import evaluate_pending, judge_again
from app.submission.worker_pool import Busy
from schemas.form.guide import load_guide
from schemas.rules.finding import SEVERITIES
from schemas.xlsx.refusal import Refusal

RECEIPT = "receipt"
JAPAN = ZoneInfo("Asia/Tokyo")

Row = Mapping[Any, Any]


def follow_receipt(page: Page) -> Row | None:
    """The version whose receipt number stands in the address; the page follows it once and later leaves it."""
    receipt = st.session_state.get(RECEIPT)
    if not receipt:
        return None
    row = session.store().submission(str(receipt))
    if row is None or not may(page.actor, "view_own", row["institution"]):
        page_elements.plain_notice(page.say("upload.unknown_receipt", id=receipt))
        return None
    demand(page.actor, "view_own", row["institution"])
    if st.session_state.get("receipt_followed") != receipt:
        st.session_state["receipt_followed"] = receipt
        if (row["institution"], row["year"]) != (page.institution, page.year):
            st.session_state["pending"] = (row["institution"], row["year"])
            st.rerun()
    if row["institution"] != page.institution:
        st.session_state[RECEIPT] = None
        return None
    return row


def name_of_version(page: Page, row: Row) -> str:
    """Form, round, centre, version and receipt number."""
    form = load_guide().forms[row["form"]][page.language]
    unit = f" {row['unit']}" if row["unit"] else ""
    return page.say("upload.version", form=f"{form}{unit}", year=row["year"], n=row["sequence"], id=row["id"])


def show_version(page: Page, row: Row) -> None:
    """What was found in a kept version, and its files."""
    submission = str(row["id"])
    st.text(name_of_version(page, row))
    st.text(page.say("upload.received_state", at=moment(row), state=page.say(f"upload.state_{row['state']}")))
    if (why := aside_text(session.store(), submission)) is not None:
        st.warning(why[page.language])
    findings = session.store().findings(submission)
    counts: dict[str, int] = {severity: sum(f["severity"] == severity for f in findings) for severity in SEVERITIES}
    (st.error if counts["error"] else st.success)(summary_line(counts, is_sent=True)[page.language == "en"])
    downloads(page, row)
    if row["state"] != CURRENT:
        offer_to_stand(page, row)
    if findings:
        states = {
            str(p.finding["id"]): page.say(f"explain.state_{p.state}") for p in points_of(session.store(), submission)
        }
        show_findings(page, findings, set(), states)
    if row["state"] == CURRENT:
        show_papers_beside(page, str(row["institution"]), submission, str(row["form"]))
        explain_points(page, submission)


def downloads(page: Page, row: Row) -> None:
    """The workbook as it was handed in, the marked one, and the scorecard, of one version."""
    store, submission = session.store(), str(row["id"])
    base = f"{file_code(row['institution'])}_{row['year']}_{row['form']}_{row['sequence']}"
    whose = {"institution": str(row["institution"]), "submission": submission}
    original, marked, card = st.columns(3)
    try:
        logged_download(
            page,
            page.say("upload.original"),
            store.bytes_of(submission),
            f"{base}.xlsx",
            key="version_original",
            mime=XLSX,
            column=original,
            action="download_workbook",
            **whose,
        )
        data = store.marked_of(submission) or st.session_state.get(f"marked_{submission}")
    except StoreError as problem:
        st.error(problem.text[page.language])
        return
    if data is not None:
        logged_download(
            page,
            page.say("upload.marked"),
            data,
            f"{base}_checked.xlsx",
            key="version_marked",
            mime=XLSX,
            column=marked,
            action="download_workbook",
            **whose,
        )
    elif marked.button(page.say("upload.mark_again"), key="version_mark"):
        mark_again(page, submission)
    if card.button(page.say("scorecard.make"), key="version_scorecard"):
        demand(page.actor, "download_scorecard", row["institution"])
        with st.spinner(page.say("scorecard.working")):
            st.session_state["version_card"] = (submission, page.language, *scorecard_of(page, row))
    made = st.session_state.get("version_card")
    if made is not None and made[:2] == (submission, page.language):
        own: dict[str, Any] = {**whose, "column": card, "action": "download_scorecard"}
        name, label = f"{base}_scorecard", page.say("scorecard.download_xlsx")
        logged_download(page, page.say("scorecard.download"), made[2], f"{name}.pdf", key="version_pdf", **own)
        logged_download(page, label, made[3], f"{name}.xlsx", key="version_xlsx", **own)


def scorecard_of(page: Page, row: Row) -> tuple[bytes, bytes]:
    """The scorecard of a version as PDF and as workbook, from the results that were kept with it."""
    board = board_of(session.store(), row["institution"], row["year"], str(row["id"]))
    assert board is not None
    given = board.score, board.institution_row, page.language, session.store().kind == "demo"
    return scorecard_pdf(*given), scorecard_workbook(*given)


def mark_again(page: Page, submission: str) -> None:
    """Marks the workbook of a version that was kept without its marked copy, as it is judged now."""
    try:
        with st.spinner(page.say("upload.step_mark")):
            st.session_state[f"marked_{submission}"] = judge_again(session.store(), submission).marked
    except (Refusal, Busy, StoreError):
        st.error(page.say("upload.not_marked"))
        return
    st.rerun()


def offer_to_stand(page: Page, row: Row) -> None:
    """Lets a replaced version stand again; the one that stands now is kept and can be brought back likewise."""
    st.text(page.say("upload.stand_again_help"))
    if st.button(page.say("upload.stand_again"), key="version_current"):
        demand(page.actor, "upload", row["institution"])
        try:
            admission = RoundAdmission(page.actor.signature, datetime.now(UTC))
            refused = session.store().make_current(str(row["id"]), page.actor, admission)
        except StoreError as problem:
            st.error(problem.text[page.language])
            return
        if refused is not None:
            told = refusal_text(session.store(), refused, int(row["year"]), str(row["institution"]), str(row["id"]))
            st.warning(told[page.language])
            return
        with st.spinner(page.say("upload.step_values")):
            evaluate_pending(session.store())
            # A form of the round after rests on this one.
            changed = {int(row["year"]), int(row["year"]) + 1} & set(session.store().years())
            renew_after_change(session.store(), changed)
        st.rerun()


def moment(row: Row) -> str:
    """When a version came in, in Japan's time."""
    return str(row["received_at"].astimezone(JAPAN).strftime("%Y-%m-%d %H:%M"))


def history(page: Page) -> None:
    """Every version of the chosen institution, and a choice of the one to show."""
    if page.institution is None:
        return
    found = session.store().submissions(page.institution, all_versions=True)
    if found.empty:
        return
    rows: dict[str, Row] = {str(row["id"]): row.to_dict() for _, row in found.iterrows()}
    with st.expander(page.say("upload.history")):
        listed = [
            {
                "received": moment(row),
                "year": str(row["year"]),
                "form": load_guide().forms[row["form"]][page.language],
                "version": str(row["sequence"]),
                "state": page.say(f"upload.state_{row['state']}"),
                "receipt": key,
            }
            for key, row in rows.items()
        ]
        names = {"received": "upload.column_received", "year": "app.year", "form": "form.form"}
        names |= {
            "version": "upload.column_version",
            "state": "upload.column_state",
            "receipt": "upload.column_receipt",
        }
        columns = {key: page.say(text) for key, text in names.items()}
        page_elements.table(page, listed, name="history", columns=columns, legend=False)
        newest = list(reversed(rows))
        chosen = st.selectbox(
            page.say("upload.choose_version"),
            newest,
            format_func=lambda key: name_of_version(page, rows[key]),
            key="version_choice",
        )
        if st.button(page.say("upload.show_version"), key="version_show"):
            st.session_state[RECEIPT] = st.session_state["receipt_followed"] = chosen
            st.session_state["upload_result"] = None
            session.remember()
            st.rerun()
