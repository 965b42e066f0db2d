"""Download the form, pre-filled from the register."""

import streamlit as st

from app import session
from app.serving import ROOT
from app.views import parts
from schemas.register import AS_OF, load_register
from schemas.workbook import Issue, write_template

page = session.begin("issue_form")
parts.heading(page, "form.title", own=False)
st.write(page.say("form.intro"))
st.caption(page.say("form.steps"))
if session.store().kind == "demo":
    st.info(page.say("form.demo_note"))
    st.subheader(page.say("form.samples"))
    for name in ("sample-average", "sample-strong", "sample-faulty"):
        path = ROOT / "templates" / "xlsx" / f"{name}.xlsx"
        st.download_button(page.say(f"form.{name}"), path.read_bytes(), file_name=path.name, key=name)
    st.divider()
text = st.text_input(page.say("form.search"), help=page.say("form.search_help"), key="form_search")
found = load_register().find(text) if text else []
if text and not found:
    st.info(page.say("form.none", text=text.replace("`", "")))
if len(found) > 50:
    st.caption(page.say("form.many", n=len(found)))
if found:
    chosen = st.selectbox(
        page.say("form.pick"),
        found[:50],
        format_func=lambda i: (i.name_en if page.language == "en" else i.name_ja) + parts.bracket(page, i.code),
        key="form_institution",
    )
    year = st.number_input(page.say("form.year"), 2020, 2099, 2026, key="form_year")
    data = write_template(page.catalogue.dictionary, Issue("core", int(year), chosen))
    st.download_button(
        page.say("form.download"),
        data,
        file_name=f"{chosen.code}_{chosen.name_ja}_core_{int(year)}.xlsx",
        type="primary",
        key="form_download",
    )
st.caption(page.say("form.register_note", as_of=AS_OF[page.language]))
