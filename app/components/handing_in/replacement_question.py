"""The question before an upload takes the place of another, or comes from elsewhere than what is chosen.

An upload that had to wait while every worker was busy asks when it was checked, as long as it is not answered.
"""

import streamlit as st

from app.access import may
from app.components import session
from app.components.page_elements import year_label
from app.components.session import Page
from app.results.nation.renewal import renew_after_change
from app.storage.problems import StoreError
from app.storage.replacement import ReplacementWarning
from app.storage.versions import WaitingUpload
from app.submission.receive_upload import answer_waiting, questions_of
from app.submission.replacement_reason import loss_reason
from app.submission.worker_pool import Busy
from schemas.dictionary.safe_text import show_controls
from schemas.register import load_register

MARKS = ("other_institution", "other_unit", "earlier_year")


def ask_before_keeping(page: Page, warnings: tuple[ReplacementWarning, ...]) -> bool | None:
    """Says what would be replaced and lost; True or False once it is answered, None until then."""
    st.warning(page.say("replace.title"), icon=":material/help:")
    for warning in warnings:
        st.text(sentence(page, warning))
    left, right, _ = st.columns([2, 2, 3])
    keep = left.button(page.say("replace.keep"), key="replace_keep")
    leave = right.button(page.say("replace.leave"), key="replace_leave", type="primary")
    return True if keep else False if leave else None


def sentence(page: Page, warning: ReplacementWarning) -> str:
    """One reason to ask, in the language of the page."""
    if warning.kind in MARKS:
        selected, found = (_name(page, warning, text) for text in (warning.selected, warning.found))
        return page.say(f"replace.{warning.kind}", selected=selected, found=found)
    return loss_reason(warning)[page.language]


def _name(page: Page, warning: ReplacementWarning, text: str) -> str:
    if warning.kind == "earlier_year":
        return year_label(int(text), page.language)
    if warning.kind == "other_unit":
        return text or page.say("replace.no_unit")
    known = load_register().institutions.get(text)
    official = (known.name_en if page.language == "en" else known.name_ja) if known is not None else text
    return session.names(page.language).get(text, official)


def show_waiting(page: Page) -> None:
    """The number that waits for a worker, and each that waits for an answer with its two buttons."""
    try:
        waiting, asking = session.store().waiting(), session.store().asking()
    except StoreError as problem:
        st.error(problem.text[page.language])
        return
    if waiting:
        st.info(page.say("waiting.in_line", n=len(waiting)))
    for number, upload in enumerate(asking):
        if may(page.actor, "upload", upload.institution):
            _ask(page, upload, number)


def _ask(page: Page, upload: WaitingUpload, number: int) -> None:
    with st.container(border=True):
        st.warning(page.say("waiting.asks"), icon=":material/help:")
        st.text(page.say("waiting.file", name=show_controls(upload.file_name)))
        for warning in questions_of(upload):
            st.text(sentence(page, warning))
        left, right, _ = st.columns([2, 2, 3])
        keep = left.button(page.say("replace.keep"), key=f"waiting_keep_{number}")
        leave = right.button(page.say("replace.leave"), key=f"waiting_leave_{number}", type="primary")
        if keep or leave:
            _answer(page, upload, keep)


def _answer(page: Page, upload: WaitingUpload, keep: bool) -> None:
    try:
        received = answer_waiting(session.store(), page.actor, upload, keep=keep)
    except StoreError as problem:
        st.error(problem.text[page.language])
        return
    except Busy:
        st.info(page.say("waiting.busy"))
        return
    if received is not None and (year := received.changed_round) is not None:
        with st.spinner(page.say("upload.step_nation")):
            renew_after_change(session.store(), [year])
    st.rerun()
