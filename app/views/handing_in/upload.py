"""Upload a filled form: findings grouped by cause, the marked workbook, and what changed since last time."""

from datetime import UTC, datetime

import streamlit as st

from app.access import Forbidden
from app.components import page_elements, session
from app.components.explain_section import explain_points
from app.components.findings_table import show_findings
from app.components.handing_in.kept_versions import RECEIPT, follow_receipt, history, show_version
from app.components.handing_in.papers_beside import show_papers_beside
from app.components.handing_in.replacement_question import ask_before_keeping, show_waiting
from app.components.handing_in.round_place import show_sign_off, show_state
from app.components.handing_in.upload_job import UploadJob, job_to_follow, start_job, watch_job
from app.components.navigation import FILE_OF
from app.components.people.logged_download import logged_download
from app.components.session import Page
from app.storage.problems import StoreError
from app.storage.versions import Upload
from app.submission.explain_findings import points_of
from app.submission.finding_groups import summary_line
from app.submission.receive_upload import Chosen, Received
from schemas.dictionary.safe_text import show_controls
from schemas.form.guide import load_guide


def watch(page: Page, job: UploadJob) -> Received | None:
    """What became of an upload, after a progress bar of its real steps; None when it could not be kept."""
    try:
        return watch_job(page, job)
    except (StoreError, Forbidden) as problem:
        st.error(problem.text[page.language])
        return None


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
        for note in received.notes:
            st.text(note[page.language])
        return
    header = received.result.header
    if received.aside is not None:
        st.warning(received.aside[page.language])
    for note in received.round_notes:
        st.info(note[page.language])
    line = summary_line(validation["counts"], is_sent=True)[page.language == "en"]
    (st.error if validation["counts"]["error"] else st.success)(line)
    row = header["institution_row"]
    name = row["name_en" if page.language == "en" else "name_ja"]
    if received.aside is None:
        st.text(page.say("upload.kept", name=name, year=header["year"], id=received.submission))
    if header["beside"]:
        st.text(page.say("explain.beside", form=load_guide().forms[header["beside"]]))
    if received.result.marked:
        logged_download(
            page,
            page.say("upload.marked"),
            received.result.marked,
            f"{header['institution']}_{header['year']}_checked.xlsx",
            institution=str(header["institution"]),
            submission=received.submission,
            type="primary",
            key="marked",
        )
    if validation["findings"]:
        points = points_of(session.store(), str(received.submission))
        states = {str(point.finding["id"]): page.say(f"explain.state_{point.state}") for point in points}
        show_findings(page, validation["findings"], set(received.previous_findings), states)
    if received.aside is None:
        show_papers_beside(page, str(header["institution"]), str(received.submission), str(header["form"]))
        explain_points(page, str(received.submission))
    st.page_link(FILE_OF["overview"], label=page.say("upload.see_overview"), icon=":material/arrow_forward:")


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
        form = f"{load_guide().forms[row['form']][page.language]} {row['unit'] or ''}".strip()
        return page.say("place.form", form=form, year=row["year"], n=row["sequence"])

    chosen = st.selectbox(page.say("explain.choose_form"), list(forms), format_func=name, key="explain_form")
    show_papers_beside(page, page.institution, chosen, str(forms[chosen]["form"]))
    explain_points(page, chosen)


def take_upload(page: Page, data: bytes, name: str, chosen: Chosen | None) -> None:
    """Checks an upload, keeps what became of it, and shows its institution and round beside it."""
    upload = Upload(data, name, page.actor.signature, datetime.now(UTC))
    show_received(page, watch(page, start_job(session.store(), page.actor, upload, chosen)))


def show_received(page: Page, received: Received | None) -> None:
    """Draws the page anew with what became of an upload, beside its institution and round."""
    st.session_state["upload_result"] = received
    if received is None or received.submission is None:
        return
    header = received.result.header
    st.session_state["pending"] = (header["institution"], header["year"])
    st.session_state[RECEIPT] = st.session_state["receipt_followed"] = received.submission
    st.rerun()


page = session.begin("upload")
page_elements.heading(page, "upload.title", own=False)
show_state(page)
show_waiting(page)
if (left := job_to_follow(session.store(), page.actor)) is not None:
    st.info(page.say("waiting.found_again", name=show_controls(left.upload.file_name)))
    st.session_state["upload_left"] = left.upload
    show_received(page, watch(page, left))
given = st.file_uploader(page.say("upload.intro"), key="upload_file")
if given is not None and st.session_state.get("upload_token") != given.file_id:
    st.session_state["upload_token"], st.session_state["upload_left"] = given.file_id, None
    take_upload(page, given.getvalue(), given.name, Chosen(page.institution, page.year))
received = st.session_state.get("upload_result")
if received is not None and received.warnings:
    again = st.session_state.get("upload_left")
    if again is None and given is not None:
        again = Upload(given.getvalue(), given.name, page.actor.signature, datetime.now(UTC))
    answer = ask_before_keeping(page, received.warnings) if again is not None else False
    if answer and again is not None:
        st.session_state["upload_left"] = None
        take_upload(page, again.data, again.file_name, None)
    elif answer is False:
        st.session_state["upload_result"] = st.session_state["upload_left"] = None
        st.info(page.say("replace.left"))
elif received is not None:
    show_result(page, received)
elif (row := follow_receipt(page)) is not None:
    show_version(page, row)
else:
    kept_forms(page)
show_sign_off(page)
history(page)
