"""Where we are: the five steps of a round, and what to do next."""

import streamlit as st

from app.components import page_elements, session
from app.components.handing_in.round_place import show_round_place
from app.components.navigation import FILE_OF
from app.components.people.role_chooser import offer_roles
from app.rounds.submission_states import ACCEPTED, PUBLISHED, RETURNED, SIGNED_OFF, TO_EXPLAIN

page = session.begin("upload")
page_elements.heading(page, "home.title")
offer_roles(page.language)
st.write(page.say("home.intro"))
state = show_round_place(page)
submission = (
    session.store().submission_of_record(page.institution, page.year) if page.institution and page.year else None
)
# What is open in any form of the year, those of the centres too.
forms = list(session.store().submissions(page.institution, page.year)["id"]) if submission else []
findings = [found for form in forms for found in session.store().findings(str(form))]
errors = sum(f["severity"] == "error" for f in findings)
checks = sum(f["severity"] == "check" for f in findings)
done = {
    "download": submission is not None,
    "fill": submission is not None,
    "upload": submission is not None,
    "mend": submission is not None and not errors and state not in (TO_EXPLAIN, RETURNED),
    "sign": state in (SIGNED_OFF, ACCEPTED, PUBLISHED),
}
target = {"download": "form", "fill": "form", "upload": "upload", "mend": "upload", "sign": "upload"}
for number, (step, is_done) in enumerate(done.items(), 1):
    icon = ":material/check_circle:" if is_done else ":material/radio_button_unchecked:"
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left.container(border=True):
        st.markdown(f"{icon} **{number}. {page.say(f'home.step_{step}')}**")
        st.caption(page.say(f"home.help_{step}"))
    right.page_link(FILE_OF[target[step]], label=page.say(f"nav.{target[step]}"))
if submission is not None and state is None:  # a round says itself what is open
    key = "home.state_errors" if errors else "home.state_checks" if checks else "home.state_fine"
    st.info(page.say(key, errors=errors, checks=checks))
if submission is None:
    st.info(page.say("empty.no_results"))
else:
    session.offer_page(page, "overview")
page_elements.purpose(page)
