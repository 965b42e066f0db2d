"""Consent to be named for a practice, given and withdrawn on the page; every change of mind is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select

from app.storage import tables
from app.storage.database import writing
from app.storage.practice import MAY_NAME, consents
from app.storage.store import Store
from app.storage.types import storable
from app.storage.versions import CURRENT


@dataclass(frozen=True)
class Said:
    """What an institution said last on the page about being named for an item, and when (UTC)."""

    given: bool
    at: datetime


def say_consent(store: Store, institution: str, item: str, *, given: bool, by: str, at: datetime) -> None:
    """Keeps that an institution agrees, or no longer agrees, to be named for an item.

    Raises StoreError when it cannot be kept, or for an institution that has not handed in; ValueError for a time
    without a zone.
    """
    if at.tzinfo is None:
        raise ValueError("at needs a time zone")
    table = tables.consents
    mine = (table.c.institution == institution, table.c.item == item)
    with writing(store.engine) as connection:
        last = connection.scalar(select(func.max(table.c.sequence)).where(*mine)) or 0
        row = {"institution": institution, "item": item, "sequence": last + 1, "given": given}
        connection.execute(insert(table), {**row, "by": storable(by), "at": at})


def said_on_page(store: Store) -> dict[tuple[str, str], Said]:
    """The last word of each institution on each item that it gave on the page, read at this moment."""
    table = tables.consents
    order = (table.c.institution, table.c.item, table.c.sequence)
    query = select(table.c.institution, table.c.item, table.c.given, table.c.at).order_by(*order)
    with store.engine.connect() as connection:
        return {(code, item): Said(bool(given), at) for code, item, given, at in connection.execute(query)}


def standing_consents(store: Store) -> frozenset[tuple[str, str]]:
    """The pairs of institution and item for which an institution may be named, read at this moment.

    What was withdrawn on the page stays withdrawn until it is given there again: a form filled in advance does not
    give it back. What was given on the page ends with a "no" in a form received later.
    """
    on_page = said_on_page(store)
    given = {pair: said.at for pair, said in on_page.items() if said.given}
    refused = _refused(store, sorted({institution for institution, _ in given}))
    agreed = {pair for pair, at in given.items() if pair not in refused or refused[pair] <= at}
    withdrawn = {pair for pair, said in on_page.items() if not said.given}
    return (consents(store) | agreed) - withdrawn


def _refused(store: Store, institutions: list[str]) -> dict[tuple[str, str], datetime]:
    """When each of some institutions last said no to an item in a form that is current."""
    answers, owner = tables.answers, tables.submissions
    query = select(owner.c.institution, answers.c.row_key, func.max(owner.c.received_at))
    query = query.join(owner, owner.c.id == answers.c.submission).where(
        owner.c.institution.in_(institutions),
        owner.c.state == CURRENT,
        answers.c.field == MAY_NAME,
        answers.c.normalised == "no",
    )
    with store.engine.connect() as connection:
        found = connection.execute(query.group_by(owner.c.institution, answers.c.row_key))
        return {(code, item): at for code, item, at in found}
