"""Published figures in a store: a table of their own, beside what institutions declare and never among it."""

from __future__ import annotations

import logging
from typing import Any, cast

import pandas as pd
from sqlalchemy import and_, bindparam, delete, insert, select

from app.storage.column_types import storable
from app.storage.database import tables
from app.storage.database.connection import write_transaction
from app.storage.database.rows import frame_of
from app.storage.problems import StoreError
from app.storage.store import Store
from app.storage.versions import where
from indicators.published.values import PUBLISHED_COLUMNS, PUBLISHED_SCHEMA, TYPES
from schemas.dictionary.declaration import Text

KEY = tuple(column.name for column in tables.published_values.primary_key.columns)
NOT_IN_DEMO = Text(
    ja="ここはデモ用の保存先のため、実際の大学の公表値は登録できません。--storeに本番用の保存先を指定してください。",
    en="This is a demo store and does not take published figures of real universities. "
    "With --store, give a store for real data.",
)

log = logging.getLogger("junkan")


def keep_published(store: Store, figures: pd.DataFrame) -> int:
    """Keeps ``figures`` (rows of ``published_values``) and returns how many; one of the same key is replaced.

    Raises StoreError for a demo store or when nothing could be kept; ValueError when the frame lacks a column,
    pandera's SchemaError when a figure is none of ``PUBLISHED_SCHEMA``.
    """
    if store.kind == "demo":
        raise StoreError(NOT_IN_DEMO)
    table = tables.published_values
    rows = _rows(figures)
    if not rows:
        return 0
    PUBLISHED_SCHEMA.validate(figures[PUBLISHED_COLUMNS].astype(TYPES))
    same = and_(*(table.c[name] == bindparam(f"old_{name}") for name in KEY))
    with write_transaction(store.engine) as connection:
        connection.execute(delete(table).where(same), [{f"old_{name}": row[name] for name in KEY} for row in rows])
        connection.execute(insert(table), rows)
    log.info("kept %d published figures", len(rows))
    return len(rows)


def published_values(
    store: Store, *, institution: str | None = None, indicator: str | None = None, redistribute: bool | None = None
) -> pd.DataFrame:
    """Rows of ``published_values``; ``redistribute`` True gives only those that may be passed on."""
    table = tables.published_values
    query = where(select(table), table, institution=institution, indicator=indicator, redistribute=redistribute)
    with store.engine.connect() as connection:
        rows = connection.execute(query.order_by(*table.primary_key.columns)).all()
    return PUBLISHED_SCHEMA.validate(frame_of(cast(Any, query.selected_columns), rows))


def _rows(figures: pd.DataFrame) -> list[dict[str, object]]:
    absent = [column.name for column in tables.published_values.columns if column.name not in figures]
    if absent:
        raise ValueError(f"published_values: missing columns {absent}")
    return [
        {
            **{name: storable(str(row[name])) for name in (*KEY, "grade")},
            "value": None if pd.isna(row["value"]) else float(row["value"]),
            "bounds": list(row["bounds"]) if isinstance(row["bounds"], list | tuple) else None,
            "redistribute": bool(row["redistribute"]),
        }
        for row in figures.to_dict("records")
    ]
