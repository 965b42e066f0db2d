"""A form as it was read, from the answers that were kept of it: no workbook is opened again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from app.submission.background import StoredForm
from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.field import FORMS, Form
from schemas.form.headings import question
from schemas.migration.prefill import typed_answer
from schemas.reading.answer import Answer, Submission
from schemas.reading.clean_tables import PARTNERS, Tables, clean_tables, typed_column
from schemas.reading.read_submission import FED_KEYS

COUNTED_TABLES = ("publications", PARTNERS)  # what a publication list is counted into
Blocked = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class JudgedForm:
    """A form with its clean tables and the (field, row key) of every answer that an error blocks."""

    submission: Submission
    tables: Tables
    blocked: Blocked


def counted_rows(submission: Submission, tables: Tables) -> dict[str, list[dict[str, Any]]]:
    """The rows of the tables counted from a publication list, as plain data; none where there is no list.

    A table that the count leaves out comes as an empty list.
    """
    if all(records.frame.empty for records in submission.records.values()):
        return {}
    return {name: _plain_rows(tables[name]) if name in tables else [] for name in COUNTED_TABLES}


def _plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(name): _plain(value) for name, value in row.items()}
        for row in frame.rename_axis("row_key").reset_index().to_dict("records")
    ]


def _plain(value: Any) -> Any:
    return None if pd.isna(value) else value.item() if hasattr(value, "item") else value


def restore_form(stored: StoredForm, dictionary: DataDictionary) -> JudgedForm:
    """The form as read, its clean tables, and the answers that errors block.

    Questions that the dictionary does not have any more are left out. Raises ValueError where a kept answer is not
    of the type that its question has now.
    """
    submission = restore_submission(stored, dictionary)
    tables = clean_tables(submission, dictionary)
    for name, rows in stored.counted.items():
        tables.pop(name, None)
        if rows:
            tables[name] = _counted_frame(name, rows, dictionary)
    blocked = stored.answers[stored.answers["blocked"].fillna(False).astype(bool)]
    return JudgedForm(submission, tables, frozenset(zip(blocked["field"], blocked["row_key"], strict=True)))


def _counted_frame(table: str, rows: Sequence[Mapping[str, Any]], dictionary: DataDictionary) -> pd.DataFrame:
    frame = pd.DataFrame(rows).set_index("row_key")
    frame.index = frame.index.astype(object)
    for column in frame.columns:
        f = dictionary.fields.get(f"{table}.{column}")
        frame[column] = frame[column].astype(object) if f is None else typed_column(frame[column], f)
    return frame


def restore_submission(stored: StoredForm, dictionary: DataDictionary) -> Submission:
    """The answers in the order of the form, each with its value, keys, heading and cell."""
    form: Form = next(name for name in FORMS if name == stored.form)
    slots = {(slot.field.id, slot.row_key): slot for slot in dictionary.slots(form, stored.year)}
    order = {key: rank for rank, key in enumerate(slots)}
    fields = {name: rank for rank, name in enumerate(dictionary.fields)}
    blocks = {block.id: rank for rank, (_, block) in enumerate(dictionary.blocks(form))}

    def position(answer: Answer) -> tuple[int, int, int, int]:
        key = (answer.field.id, answer.row_key)
        if key in order:
            return order[key], 0, 0, 0
        row = int(answer.row_key) if answer.row_key.isdecimal() else 0
        block = dictionary.block_of[answer.field.id][1].id
        return len(order), blocks.get(block, len(blocks)), row, fields[answer.field.id]

    restored = _answers(stored.answers, dictionary, {key: slot.keys for key, slot in slots.items()})
    return Submission(
        form,
        stored.year,
        stored.institution,
        stored.is_demo,
        {},
        sorted(restored, key=position),
    )


def _answers(
    frame: pd.DataFrame, dictionary: DataDictionary, keys: Mapping[tuple[str, str], Mapping[str, str]]
) -> Iterator[Answer]:
    columns = ["field", "row_key", "raw", "normalised", "code", "sheet", "cell", "read_as", "problem"]
    words: Iterable[tuple[str, ...]] = frame[columns].fillna("").astype(str).itertuples(index=False, name=None)
    applies = frame["applies"].fillna(True).astype(bool)
    for (name, row_key, raw, text, code, sheet, cell, read_as, problem), is_asked in zip(words, applies, strict=True):
        f = dictionary.fields.get(name)
        if f is None:
            continue
        is_listed = (name, row_key) not in keys
        own = keys.get((name, row_key)) or _keys_of(row_key)
        value = typed_answer(f, text) if text else None
        heading = question(dictionary, dictionary.block_of[name][1], f, own)
        yield Answer(
            f, row_key, own, raw or None, value, code, sheet, cell, heading, read_as, problem,
            applies=is_asked, is_listed=is_listed,
        )  # fmt: skip


def _keys_of(row_key: str) -> dict[str, str]:
    """The keys of a row of an open list, or of a row that such a list feeds into a grid."""
    if row_key.isdecimal():
        return {"row": row_key}
    return dict(zip(FED_KEYS, row_key.split("/"), strict=False)) if row_key else {}


def answer_rows(answers: Sequence[Answer], submission: str, blocked: Blocked) -> pd.DataFrame:
    """The answers as they are kept; `restore_submission` reads them."""
    return pd.DataFrame(
        [
            {
                "submission": submission,
                "field": answer.field.id,
                "row_key": answer.row_key,
                "raw": answer.typed,
                "normalised": _text(answer.value),
                "code": answer.code,
                "flag": "",
                "remark": "",
                "sheet": answer.sheet,
                "cell": answer.cell,
                "read_as": answer.read_as,
                "problem": answer.problem,
                "applies": answer.applies,
                "blocked": (answer.field.id, answer.row_key) in blocked,
            }
            for answer in answers
        ]
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)
