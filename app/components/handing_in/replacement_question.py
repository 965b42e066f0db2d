"""The question before an upload takes the place of another, or comes from elsewhere than what is chosen."""

import streamlit as st

from app.components import session
from app.components.page_elements import year_label
from app.components.session import Page
from app.storage.replacement import ReplacementWarning
from app.submission.replacement_reason import loss_reason
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
