"""The scorecard as PDF and Excel."""

import streamlit as st

from app.access import demand
from app.components import page_elements, session
from app.components.people.bundle_download import offer_bundle
from app.components.people.logged_download import logged_download
from app.documents.scorecard import scorecard_pages, scorecard_pdf, scorecard_workbook

PREVIEW_WIDTH = 720

page = session.begin("download_scorecard")
page_elements.heading(page, "scorecard.title")
board = session.require_results(page, page.board())
st.write(page.say("scorecard.intro"))
language = st.segmented_control(
    page.say("scorecard.document_language"),
    list(page_elements.LANGUAGE_NAMES),
    format_func=lambda code: page_elements.LANGUAGE_NAMES[code],
    default=page.language,
    key="document_language",
)
chosen = language or page.language
token = (board.submission, chosen)
if st.button(page.say("scorecard.make"), type="primary", key="make_scorecard"):
    demand(page.actor, "download_scorecard", page.institution)
    with st.spinner(page.say("scorecard.working")):
        is_demo = session.store().kind == "demo"
        st.session_state["scorecard"] = (
            token,
            scorecard_pdf(board.score, board.institution_row, chosen, is_demo),
            scorecard_workbook(board.score, board.institution_row, chosen, is_demo),
            scorecard_pages(board.score, board.institution_row, chosen, is_demo),
        )
made = st.session_state.get("scorecard")
if made is not None and made[0] == token:
    st.success(page.say("scorecard.ready"))
    base = f"{page.institution}_{page.year}_scorecard_{chosen}"
    whose = {"institution": page.institution, "submission": board.submission}
    for position, (ending, text) in enumerate((("pdf", "scorecard.download"), ("xlsx", "scorecard.download_xlsx")), 1):
        logged_download(
            page, page.say(text), made[position], f"{base}.{ending}", key=ending, action="download_scorecard", **whose
        )
    st.subheader(page.say("analyst.preview"))
    for number, picture in enumerate(made[3], 1):
        st.image(picture, caption=page.say("analyst.preview_page", n=number, of=len(made[3])), width=PREVIEW_WIDTH)
offer_bundle(page, board.submission)
page_elements.purpose(page)
