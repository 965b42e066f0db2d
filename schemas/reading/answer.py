"""An answer keeps what was typed, what it was read as, and the cell it stands in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from datetime import date
from decimal import Decimal
from functools import cached_property

from schemas.dictionary.declaration import Text
from schemas.dictionary.field import Field, Form
from schemas.reading.cell_text import typed_text
from schemas.reading.records import Records

Value = int | Decimal | str | bool | date | None


@dataclass(frozen=True)
class Answer:
    """One answer cell as read.

    ``applies`` is False where a switch rules the question out; ``problem`` is the id of the reading rule
    that could not be met. ``sheet`` and ``cell`` say where it stands ("" when the cell was not found).
    """

    field: Field
    row_key: str
    keys: Mapping[str, str]
    raw: object
    value: Value
    code: str
    sheet: str
    cell: str
    heading: Text
    read_as: str = ""
    problem: str = ""
    params: Mapping[str, str | Text] = default(default_factory=dict)
    applies: bool = True
    is_listed: bool = False

    @property
    def is_blank(self) -> bool:
        """Neither a value nor a code nor an unreadable text."""
        return self.value is None and not self.code and not self.problem

    @property
    def typed(self) -> str:
        """What stands in the cell, as text."""
        return typed_text(self.raw)

    @property
    def address(self) -> str:
        """``sheet!cell``, as printed everywhere."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet


@dataclass(frozen=True)
class SheetCopy:
    """A sheet that was read and another of the same title or shape.

    ``differing`` counts the cells whose values differ (results of formulas apart), ``filled`` and ``filled_there`` the
    answers on the sheet that was read and in the same cells of the other.
    """

    sheet: str
    other: str
    differing: int
    filled: int
    filled_there: int

    @property
    def is_emptied(self) -> bool:
        """Whether the answers stand on the other sheet alone."""
        return self.filled == 0 and self.filled_there > 0


@dataclass(frozen=True)
class Submission:
    """One filled form as read: who, when, which form, every answer, and what reading noticed.

    ``records`` holds the long lists by block, ``copies`` the sheets of the form that stand twice,
    ``added`` the optional sheets and questions that a form issued with other questions does not have.
    """

    form: Form
    year: int
    institution: str
    is_demo: bool
    meta: Mapping[str, str]
    answers: Sequence[Answer]
    missing_sheets: Sequence[str] = ()
    moved: Sequence[tuple[str, str]] = ()
    dictionary_hash: str = ""
    records: Mapping[str, Records] = default(default_factory=dict)
    copies: Sequence[SheetCopy] = ()
    added: Sequence[Text] = ()

    @cached_property
    def by_key(self) -> dict[tuple[str, str], Answer]:
        """Answers by (field id, row key)."""
        return {(answer.field.id, answer.row_key): answer for answer in self.answers}

    def value(self, field_id: str, row_key: str = "") -> Value:
        """The value of one answer; None where there is none."""
        answer = self.by_key.get((field_id, row_key))
        return answer.value if answer else None
