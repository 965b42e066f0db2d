"""Which uploads a round takes: asked inside the transaction that keeps one, so that a round closed meanwhile counts.

What a round does not take is kept aside, whole, with its reason. A version that comes after a sign-off voids it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from app.rounds.round_errors import round_text
from app.rounds.round_events import RoundEvent, record_event
from app.rounds.round_record import find_body, find_round, list_rounds
from app.rounds.submission_states import ACCEPTED, PUBLISHED, SIGNED_OFF, SignOff, folded_acts, lines_of
from app.storage.database import tables
from app.storage.store import Store
from app.storage.versions import CURRENT
from app.texts import listed
from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import CENTRE
from schemas.form.guide import load_guide

FormKey = tuple[str, str]  # form and unit
ASIDE_REASONS = ("not_open", "past", "closed", "published", "not_asked", "other_form")


@dataclass
class RoundAdmission:
    """The rounds of a store as they judge one upload by ``actor`` that came in at ``now``.

    Afterwards ``refused`` says why it does not count, ``voided`` whose sign-offs of the same form ended with it, and
    ``voided_beside`` those of the institution's other forms, whose numbers rest on this one. The deadline is judged by
    the moment the upload came in, a round that the ministry closed by the moment it is kept.
    """

    actor: str
    now: datetime
    refused: str | None = None
    voided: list[str] = field(default_factory=list)
    voided_beside: list[tuple[str, FormKey]] = field(default_factory=list)

    def refuse(self, connection: Connection, institution: str, year: int, form: str) -> str | None:
        """Why the round of the year does not take the form now; None where it does, or there is no such round."""
        self.refused = self._refusal(connection, institution, year, form)
        self.voided.clear()
        self.voided_beside.clear()
        return self.refused

    def _refusal(self, connection: Connection, institution: str, year: int, form: str) -> str | None:
        found = find_round(connection, year)
        if found is None:
            return None
        body = find_body(connection, year, institution)
        if body is None:
            return "not_asked"
        if form not in found.forms:
            return "other_form"
        phase = found.phase(self.now)
        return None if body.is_open(phase, self.now) else phase

    def note(self, connection: Connection, submission: str) -> None:
        """Voids the sign-offs that a version which has become current touches: of its form, and of those beside it."""
        table = tables.submissions
        own = connection.execute(select(table).where(table.c.id == submission)).mappings().one()
        if find_round(connection, own["year"]) is None:
            return
        of_round = (table.c.institution == own["institution"], table.c.year == own["year"], table.c.id != submission)
        rows = connection.execute(select(table.c.id, table.c.form, table.c.unit).where(*of_round).order_by(table.c.id))
        forms = {row.id: (str(row.form), str(row.unit)) for row in rows}
        folded = folded_acts(connection, own["year"], own["institution"])
        changed = (own["form"], own["unit"])
        for other, form in forms.items():
            state, sign_off = folded.get(other, (None, None))
            if state in (SIGNED_OFF, ACCEPTED) and is_touched_by(form, changed):
                name = sign_off.name if sign_off is not None else ""
                if form == changed:
                    self.voided.append(name)
                else:
                    self.voided_beside.append((name, form))
                facts = {"replaced_by": submission, "version": own["sequence"], "signed_by": name}
                event = RoundEvent(own["year"], "voided", self.actor, self.now, own["institution"], other, facts=facts)
                record_event(connection, event)


def is_touched_by(form: FormKey, changed: FormKey) -> bool:
    """Whether the numbers of a form of an institution change with another of the same round.

    What is said of the whole institution rests on its centres and the reverse; one centre does not rest on another.
    """
    return form == changed or not (form[0] == changed[0] == CENTRE)


def form_text(form: FormKey) -> Text:
    """The name of a form within a sentence, with its unit for the form of a centre."""
    name, unit = load_guide().forms[form[0]], form[1]
    return Text(ja=f"{name.ja}{f'（{unit}）' if unit else ''}", en=f"{name.en.lower()}{f' ({unit})' if unit else ''}")


def result_of(store: Store, admission: RoundAdmission, submission: str) -> tuple[Text | None, list[Text]]:
    """Why a version that was just kept does not count (None where it does), and what else is to be said of it."""
    row = store.submission(submission)
    assert row is not None
    year = int(row["year"])
    if admission.refused is not None and row["state"] != CURRENT:
        return refusal_text(store, admission.refused, year, str(row["institution"]), submission), []
    notes = [round_text("voided", name=name) for name in admission.voided]
    notes += [round_text("voided_beside", name=name, form=form_text(form)) for name, form in admission.voided_beside]
    other = other_round_note(store, year)
    return None, [*notes, *([other] if other is not None else [])]


def aside_text(store: Store, submission: str) -> Text | None:
    """Why a kept version is kept aside and what to do; None for one that is not."""
    row = store.submission(submission)
    if row is None or row["reason"] not in ASIDE_REASONS:
        return None
    return refusal_text(store, str(row["reason"]), int(row["year"]), str(row["institution"]), submission)


def refusal_text(store: Store, reason: str, year: int, institution: str, submission: str = "") -> Text:
    """Why a form is kept but does not count, by the reason of ``RoundAdmission.refuse``, and what to do."""
    with store.engine.connect() as connection:
        found = find_round(connection, year)
    given = {"year": year, "code": institution, "id": submission}
    if found is not None:
        given |= {"opens": found.opens, "closes": found.closes, "forms": listed(found.forms)}
    return round_text(f"aside_{reason}", **given)


def other_round_note(store: Store, year: int) -> Text | None:
    """What to say of a form for whose year there is no round while another is open; None where there is nothing."""
    with store.engine.connect() as connection:
        known = list_rounds(connection)
    if not known or any(one.year == year for one in known):
        return None
    running = [one for one in known if one.state in ("open", "extended")]
    if not running:
        return None
    return round_text("no_round_note", year=year, other=running[0].year, closes=running[0].closes)


def standing_sign_offs(store: Store, institution: str, year: int, form: str, unit: str) -> dict[FormKey, SignOff]:
    """The sign-offs that a new version of a form would void, by form and unit: its own first."""
    changed = (form, unit)
    with store.engine.connect() as connection:
        lines = lines_of(connection, year, institution)
    found = {
        (line.form, line.unit): line.sign_off
        for line in lines
        if line.sign_off is not None and line.state != PUBLISHED and is_touched_by((line.form, line.unit), changed)
    }
    return dict(sorted(found.items(), key=lambda one: one[0] != changed))
