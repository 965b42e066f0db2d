"""The track record of each rule over all versions in a store: how often it fired, was mended, was explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from app.storage.database import tables
from app.storage.explanations import ACCEPTED, RETURNED, STANDING
from app.storage.store import Store
from app.storage.versions import FORM_KEY

ENOUGH = 10  # forms in which a rule has fired before its grade is looked at again
NEARLY_ALWAYS = 0.9
COUNTS = ("fired", "mended", "explained", "accepted", "returned")


@dataclass(frozen=True)
class TrackRecord:
    """In how many forms (institution, year, form, unit) a rule fired, and was mended or explained at least once.

    ``accepted`` and ``returned``: in how many the collector said so of an explanation. ``mended``: a finding of the
    rule is gone from the next version of the form, and was not explained.
    """

    rule: str
    fired: int = 0
    mended: int = 0
    explained: int = 0
    accepted: int = 0
    returned: int = 0

    @property
    def is_for_regrading(self) -> bool:
        """Whether the rule is nearly always explained, so that its grade deserves another look."""
        return self.fired >= ENOUGH and self.explained >= NEARLY_ALWAYS * self.fired

    def as_json(self) -> dict[str, int | bool]:
        """The counts, and whether the rule is for regrading."""
        return {**{name: getattr(self, name) for name in COUNTS}, "for_regrading": self.is_for_regrading}


def track_records(store: Store) -> dict[str, TrackRecord]:
    """The track record of every rule that fired in any version, by rule."""
    with store.engine.connect() as connection:
        rows: Sequence[Any] = connection.execute(_records()).all()
        answers = {(row.rule, row.act): int(row.forms) for row in connection.execute(_answers())}
    return {
        rule: TrackRecord(
            rule, int(fired), int(mended), int(said), answers.get((rule, ACCEPTED), 0), answers.get((rule, RETURNED), 0)
        )
        for rule, fired, mended, said in rows
    }


def _answers() -> Select[tuple[str, str, int]]:
    """For each rule in how many forms the collector accepted an explanation, and returned one."""
    said, version = tables.explanation_messages, tables.submissions
    owner = [version.c[name] for name in FORM_KEY]
    forms = select(said.c.rule, said.c.act, *owner).join(version, version.c.id == said.c.submission)
    forms = forms.where(said.c.act.in_((ACCEPTED, RETURNED))).distinct()
    counted = forms.subquery()
    columns = counted.c.rule, counted.c.act
    return select(*columns, func.count().label("forms")).group_by(*columns)


def _records() -> Select[tuple[str, int, int, int]]:
    """Forms in which each rule fired, with a finding that was mended, with one that was explained."""
    form = _by_form().subquery()
    sums = (func.count(), func.sum(form.c.mended), func.sum(form.c.explained))
    return select(form.c.rule, *sums).group_by(form.c.rule).order_by(form.c.rule)


def _by_form() -> Select[tuple[str, int, int]]:
    """For each rule and form whether any finding was mended, and any explained (1 or 0).

    The store keeps the last explanation of a point only; it stands for the rounds before it too.
    """
    found, version, said = tables.findings, tables.submissions, tables.explanations
    following, again, given_for = version.alias(), found.alias(), version.alias()
    owner = tuple(version.c[name] for name in FORM_KEY)
    is_next = and_(
        *(following.c[column.name] == column for column in owner), following.c.sequence == version.c.sequence + 1
    )
    is_same_finding = and_(again.c.submission == following.c.id, again.c.id == found.c.id)
    is_said = and_(
        said.c.institution == version.c.institution,
        *(said.c[name] == found.c[name] for name in ("rule", "field", "row_key")),
        said.c.state.in_(STANDING),
    )
    is_in_time = and_(given_for.c.id == said.c.from_submission, given_for.c.year >= version.c.year)
    is_explained = given_for.c.id.is_not(None)
    is_gone = and_(following.c.id.is_not(None), again.c.id.is_(None))
    joined = (
        found.join(version, version.c.id == found.c.submission)
        .outerjoin(following, is_next)
        .outerjoin(again, is_same_finding)
        .outerjoin(said, is_said)
        .outerjoin(given_for, is_in_time)
    )
    flags = (_any(and_(is_gone, ~is_explained), "mended"), _any(is_explained, "explained"))
    return select(found.c.rule, *flags).select_from(joined).group_by(found.c.rule, *owner)


def _any(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.max(case((condition, 1), else_=0)).label(name)
