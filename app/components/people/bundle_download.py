"""The bundle of a submission, from the page."""

from __future__ import annotations

import streamlit as st

from app.access import may
from app.components import session
from app.components.people.logged_download import ZIP, logged_download
from app.components.session import Page
from app.documents.bundle.write_bundle import bundle_of
from app.documents.scorecard import bundle_name
from app.storage.problems import StoreError
from app.storage.store import Store
from app.submission.receive_upload import judge_again
from app.submission.worker_pool import Busy
from schemas.xlsx.refusal import Refusal


def bundle_of_submission(store: Store, submission: str) -> tuple[bytes, str]:
    """The bundle of a kept submission, judged anew with what is in force, and its file name.

    Raises Refusal, Busy, StoreError.
    """
    result = judge_again(store, submission)
    header = result.header
    forms = store.current_forms(header["institution"])
    others = [key for (year, form, _), key in forms.items() if (year, form) == (header["year"], header["beside"])]
    data = bundle_of(result, store.bytes_of(submission), [store.bytes_of(other) for other in others])
    return data, f"{bundle_name(header)}_bundle.zip"


def offer_bundle(page: Page, submission: str) -> None:
    """Makes the bundle of a submission on demand and offers it; nothing for those who may not have the workbook."""
    if not may(page.actor, "download_workbook", page.institution):
        return
    st.caption(page.say("verify.help"))
    if st.button(page.say("verify.make"), key="make_bundle"):
        try:
            with st.spinner(page.say("scorecard.working")):
                st.session_state["bundle"] = (submission, *bundle_of_submission(session.store(), submission))
        except (Refusal, Busy, StoreError):
            st.error(page.say("verify.not_made"))
    made = st.session_state.get("bundle")
    if made is not None and made[0] == submission:
        whose = {"institution": page.institution, "submission": submission}
        logged_download(
            page,
            page.say("verify.download"),
            made[1],
            made[2],
            key="bundle_zip",
            action="download_workbook",
            mime=ZIP,
            **whose,
        )
