"""Who did what that concerns this institution; for the operator, everything."""

import streamlit as st

from app.access import OPERATOR, POLICY
from app.commands.exit_codes import as_json
from app.components import page_elements, session
from app.components.people.logged_download import logged_download
from app.components.session import Page
from app.storage.audit import entries
from schemas.form.guide import load_guide

COLUMNS = ("at", "role", "by", "act", "subject", "submission")


def forms_of(page: Page) -> dict[str, str]:
    """The forms that the institution has handed in, by receipt number, in words."""
    if page.institution is None:
        return {}
    kept = session.store().submissions(page.institution, all_versions=True)
    return {
        str(row["id"]): page.say(
            "place.form",
            form=f"{load_guide().forms[row['form']][page.language]} {row['unit'] or ''}".strip(),
            year=row["year"],
            n=row["sequence"],
        )
        for row in kept.to_dict("records")
    }


def rows_of(page: Page) -> list[dict[str, object]]:
    """The rows that this person may see, newest first."""
    sees_all = page.actor.role == OPERATOR and page.actor.institutions is None
    if not sees_all and page.institution is None:
        return []
    return entries(session.store().engine, institution=None if sees_all else page.institution, newest_first=True)


def role_word(page: Page, role: str) -> str:
    """A role in words; whoever filled the demo has none."""
    return page.say(f"role.{role}") if role in POLICY else role


page = session.begin("view_log")
page_elements.heading(page, "log.title", own=page.actor.role != OPERATOR)
st.write(page.say("log.intro"))
found = rows_of(page)
if not found:
    st.info(page.say("log.none"))
    st.stop()
forms = forms_of(page)
shown = [
    {
        **{name: str(row[name] or "") for name in COLUMNS},
        "at": page_elements.japan_time(str(row["at"])),
        "role": role_word(page, str(row["role"])),
        "act": page.say(f"log.act_{row['act']}"),
        "subject": forms.get(str(row["subject"]), str(row["subject"] or "")),
    }
    for row in found
]
page_elements.table(
    page, shown, name="log", columns={name: page.say(f"log.column_{name}") for name in COLUMNS}, legend=False
)
logged_download(page, page.say("log.download_json"), lambda: as_json(found).encode(), "log.json", key="log_json")
