"""A reminder to one institution: what is open, until when, and what to do; and the list of whom to contact."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from app.documents.export.safe_csv import csv_bytes
from app.documents.letters.docx_file import Paragraph, docx_bytes
from app.documents.scorecard import file_code
from app.rounds.moments import JAPAN, moment_text
from app.rounds.submission_states import ERRORS, NONE, READY, RETURNED, TO_EXPLAIN
from app.rounds.tracker import Standing, Tracker
from app.storage.store import Store
from app.texts import say

REMINDED = (NONE, ERRORS, TO_EXPLAIN, READY, RETURNED)
CONTACTS = "contacts.csv"
CONTACT_COLUMNS = [
    "code", "name_ja", "name_en", "founder", "prefecture", "state", "what", "office", "address", "open_until",
]  # fmt: skip
OFFICE, ADDRESS = "profile.office", "profile.office_address"


def reminder_letter(tracker: Tracker, standing: Standing, contact: Mapping[str, str], language: str) -> bytes:
    """The letter to one body as .docx."""
    body, deadline = standing.body, standing.body.open_until or tracker.round.closes
    is_late = deadline < tracker.now
    name = body.name_en if language == "en" and body.name_en else body.name_ja
    given = {
        "name": name,
        "office": contact.get("office", ""),
        "year": tracker.round.year,
        "deadline": moment_text(deadline, language),
        "points": sum(line.open_points for line in standing.lines),
        "reason": " ".join(line.reason for line in standing.lines if line.reason),
    }

    def words(key: str) -> str:
        return say(f"letter.{key}", language, **given)

    today = moment_text(tracker.now.astimezone(JAPAN).replace(hour=0, minute=0), language)
    paragraphs = [
        Paragraph(today.split("（")[0] if language == "ja" else today.split(",")[0], "right"),
        Paragraph(words("to_office" if given["office"] else "to")),
        Paragraph(words("from"), "right"),
        Paragraph(words("subject"), "center", is_bold=True),
        Paragraph(words("greeting")),
        Paragraph(words(f"state_{standing.state}")),
        Paragraph(words("deadline_over" if is_late else "deadline"), is_bold=True),
        Paragraph(words("how")),
        Paragraph(words("ignore")),
        Paragraph(words("close"), "right"),
    ]
    return docx_bytes([one for one in paragraphs if one.text], language)


def contacts_of(store: Store) -> dict[str, dict[str, str]]:
    """Office and its address by institution, out of the latest form that gives them."""
    found: dict[str, dict[str, str]] = {}
    for year in store.years():
        rows = store.answers_of_year(year, "profile")
        for name, field in (("office", OFFICE), ("address", ADDRESS)):
            given = rows[(rows["field"] == field) & rows["normalised"].fillna("").ne("")]
            for code, text in zip(given["institution"], given["normalised"], strict=True):
                found.setdefault(str(code), {})[name] = str(text)
    return found


def contact_list(tracker: Tracker, contacts: Mapping[str, Mapping[str, str]], language: str) -> pd.DataFrame:
    """Every body that is not signed off yet with its state and contact, by code."""
    rows = [_contact(one, contacts.get(one.body.institution, {}), language) for one in to_remind(tracker)]
    return pd.DataFrame(rows, columns=CONTACT_COLUMNS)


def _contact(standing: Standing, contact: Mapping[str, str], language: str) -> dict[str, Any]:
    body = standing.body
    names = {"code": body.institution, "name_ja": body.name_ja, "name_en": body.name_en}
    facts = {"founder": body.founder, "prefecture": body.prefecture}
    state = {"state": standing.state, "what": say(f"round.state_{standing.state}", language)}
    until = "" if body.open_until is None else moment_text(body.open_until, language)
    known = {name: contact.get(name, "") for name in ("office", "address")}
    return {**names, **facts, **state, **known, "open_until": until}


def letters_of(
    store: Store, tracker: Tracker, language: str, states: Collection[str] = ()
) -> Iterator[tuple[str, bytes]]:
    """The contact list and a letter for every body with something to do, as file names with their bytes.

    ``states`` narrows it to bodies in some states.
    """
    contacts = contacts_of(store)
    chosen = [one for one in to_remind(tracker) if not states or one.state in states]
    yield CONTACTS, csv_bytes(contact_list(replace(tracker, standings=chosen), contacts, language))
    for one in chosen:
        letter = reminder_letter(tracker, one, contacts.get(one.body.institution, {}), language)
        yield f"letters/{file_code(one.body.institution)}_{one.state}.docx", letter


def to_remind(tracker: Tracker) -> list[Standing]:
    """The bodies that still have something to do, by code."""
    return [one for one in tracker.standings if one.state in REMINDED]
