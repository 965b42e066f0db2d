"""Download the form, pre-filled from the register."""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from app.components import page_elements, session
from app.components.handing_in.issued_form import centres_to_issue, known_to
from app.components.people.logged_download import logged_download, open_download
from app.components.session import Page
from app.edition import ROUND
from app.rounds.round_control import record_download
from app.storage.problems import StoreError
from app.storage.store_location import ROOT
from app.submission.issue_forms import issue_form
from schemas.dictionary.field import FORMS
from schemas.form.guide import load_guide
from schemas.migration.prefill import is_unit_code
from schemas.register import AS_OF, Institution, load_register


def hand_over(page: Page, data: bytes, institution: str, form: str, year: int) -> bytes:
    """The bytes of a form, once the round says that it was downloaded."""
    record_download(session.store(), page.actor.signature, datetime.now(UTC), year, institution, form)
    return data


def choose_centre(page: session.Page, institution: Institution, year: int) -> str:
    """The unit code of the centre that the form is for; empty while none is chosen."""
    known = {str(row["unit"]): row for row in centres_to_issue(session.store(), page.actor, institution, year)}

    def label(code: str) -> str:
        return page.say("centre_form.own") if not code else f"{code} {known[code].get('name_ja') or ''}".strip()

    chosen = st.selectbox(
        page.say("centre_form.pick"),
        [*known, ""],
        format_func=label,
        help=page.say("centre_form.pick_help"),
        key="form_centre",
    )
    if chosen:
        return str(chosen)
    typed = st.text_input(page.say("centre_form.code"), max_chars=8, key="form_unit").strip()
    if typed and not is_unit_code(typed):
        st.warning(page.say("centre_form.code_wrong"))
    return typed if is_unit_code(typed) else ""


page = session.begin("issue_form")
page_elements.heading(page, "form.title", own=False)
st.write(page.say("form.intro"))
st.caption(page.say("form.steps"))
if session.store().kind == "demo":
    st.info(page.say("form.demo_note"))
    st.subheader(page.say("form.samples"))
    slots = st.columns(3)
    for place, name in enumerate(("sample-average", "sample-strong", "sample-faulty", "sample-full", "sample-centre")):
        path = ROOT / "templates" / "xlsx" / f"{name}.xlsx"
        column = slots[place % len(slots)]
        open_download(page.say(f"form.{name}"), path.read_bytes, path.name, key=name, column=column, width="stretch")
    st.divider()
text = st.text_input(page.say("form.search"), help=page.say("form.search_help"), key="form_search")
found = load_register().find(text) if text else []
if text and not found:
    page_elements.plain_notice(page.say("form.none", text=text))
if len(found) > 50:
    st.caption(page.say("form.many", n=len(found)))
if found:
    chosen = st.selectbox(
        page.say("form.pick"),
        found[:50],
        format_func=lambda i: (i.name_en if page.language == "en" else i.name_ja) + page_elements.bracket(page, i.code),
        key="form_institution",
    )
    form = st.segmented_control(
        page.say("form.form"),
        FORMS,
        format_func=lambda name: load_guide().forms[name][page.language],
        default="core",
        key="form_form",
    )
    year = st.number_input(page.say("form.year"), 2020, 2099, ROUND, key="form_year")
    unit = choose_centre(page, chosen, int(year)) if form == "centre" else ""
    known = known_to(session.store(), page.actor, chosen, form or "core", int(year), unit)
    try:
        issued = issue_form(session.store(), known)
    except StoreError as problem:
        st.error(problem.text[page.language])
        st.stop()
    if issued.has_previous:
        st.caption(page.say("form.previous"))
    logged_download(
        page,
        page.say("form.download"),
        partial(hand_over, page, issued.data, chosen.code, form or "core", int(year)),
        "_".join(filter(None, [chosen.code, chosen.name_ja, known.form, unit, str(int(year))])) + ".xlsx",
        institution=chosen.code if page.actor.serves(chosen.code) else None,
        type="primary",
        key="form_download",
    )
st.caption(page.say("form.register_note", as_of=AS_OF[page.language]))
