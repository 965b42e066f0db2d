"""Users, and whether the service is ready: for the operator."""

import streamlit as st

from app.components import page_elements, session
from app.components.session import Page
from app.storage.database.people import users_of

COLUMNS = ("id", "role", "institutions", "state", "linked")


def show_users(page: Page) -> None:
    """Every user with role, institutions and state."""
    rows = [
        {
            "id": row["id"],
            "role": page.say(f"role.{row['role']}"),
            "institutions": page.say("chart.list_comma").join(row["institutions"] or ["*"]),
            "state": page.say(f"people.state_{row['state']}"),
            "linked": page.say("people.linked" if row["linked"] else "people.not_linked"),
        }
        for row in users_of(session.store().engine)
    ]
    if not rows:
        st.info(page.say("people.no_users"))
        return
    columns = {name: page.say(f"people.column_{name}") for name in COLUMNS}
    page_elements.table(page, rows, name="users", columns=columns, legend=False)


page = session.begin("manage_people")
page_elements.heading(page, "people.title", own=False)
st.write(page.say("people.intro"))
show_users(page)
st.subheader(page.say("people.ready_title"))
problems = session.store().readiness()
if problems:
    for problem in problems:
        st.error(problem[page.language])
else:
    st.success(page.say("people.ready"))
