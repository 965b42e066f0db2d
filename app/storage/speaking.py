"""Which submission speaks for an institution in a round: its results stand for it on every page and in every panel."""

from __future__ import annotations

from sqlalchemy import Select, func, select

from app.storage import tables
from app.storage.versions import CURRENT
from schemas.dictionary.dictionary import CENTRE


def speaking() -> Select[tuple[str]]:
    """Ids of the submissions that speak, one for each institution and year.

    Of the current ones the form received last; the form of the centre only where there is no other.
    """
    table = tables.submissions
    order = (table.c.form == CENTRE, table.c.received_at.desc(), table.c.id.desc())
    place = func.row_number().over(partition_by=(table.c.institution, table.c.year), order_by=order)
    ranked = select(table.c.id, place.label("place")).where(table.c.state == CURRENT).subquery()
    return select(ranked.c.id).where(ranked.c.place == 1)
