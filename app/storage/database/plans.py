"""Plans that an institution keeps for an indicator: the counts it means to reach, year by year; none is ever lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func, insert, select

from app.access import Actor
from app.storage.audit import record
from app.storage.column_types import storable
from app.storage.database import tables
from app.storage.database.connection import write_transaction


@dataclass(frozen=True)
class KeptPlan:
    """A plan made in the round ``year``: a step a year after it, each with its value and, of a share, its counts."""

    institution: str
    indicator: str
    level: str
    year: int
    steps: tuple[dict[str, Any], ...]
    by: str
    at: datetime

    def step_of(self, year: int) -> dict[str, Any] | None:
        """What the plan says of a later round; None before it begins or after it ends."""
        at = year - self.year - 1
        return self.steps[at] if 0 <= at < len(self.steps) else None


def keep_plan(
    engine: Engine,
    actor: Actor,
    institution: str,
    indicator: str,
    level: str,
    year: int,
    steps: Sequence[dict[str, Any]],
    at: datetime,
) -> None:
    """Keeps a plan; it takes the place of the one before it, which stays. Raises StoreError when it cannot be kept."""
    table = tables.plans
    key = {"institution": institution, "indicator": indicator, "level": level}
    with write_transaction(engine) as connection:
        mine = [table.c[name] == value for name, value in key.items()]
        last = connection.scalar(select(func.max(table.c.number)).where(*mine)) or 0
        row = {**key, "number": last + 1, "year": year, "steps": list(steps), "by": storable(actor.signature), "at": at}
        connection.execute(insert(table), row)
        record(connection, actor, "keep_plan", f"{indicator}/{level}", institution=institution, year=year)


def kept_plans(engine: Engine, institution: str) -> list[KeptPlan]:
    """All plans of an institution, the latest first."""
    table = tables.plans
    columns = [table.c[name] for name in ("institution", "indicator", "level", "year", "steps", "by", "at")]
    query = select(*columns).where(table.c.institution == institution).order_by(table.c.at.desc())
    with engine.connect() as connection:
        return [KeptPlan(**{**row, "steps": tuple(row["steps"])}) for row in connection.execute(query).mappings()]
