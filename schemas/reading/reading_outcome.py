"""What an answer cell was understood as, and the rules that say why one could not be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from schemas.dictionary.declaration import Text

NOT_WHOLE, SIGN_FOR_NOTHING, APPROXIMATE, CODE_NOT_OFFERED, ABOVE_MAXIMUM = (f"R.VAL.{n:03}" for n in range(1, 6))
SEVERAL_NUMBERS, KANJI_NUMERAL, UNSAFE_CHARACTER, SIZE_UNIT, NEGATIVE = (f"R.VAL.{n:03}" for n in range(6, 11))
NOT_A_CHOICE, NOT_A_DATE, NOT_A_YEAR, TOO_LONG, NOT_A_NUMBER = (f"R.VAL.{n:03}" for n in range(11, 16))
SHARE_OR_PERCENT, CELL_ERROR, DATE_IN_NUMBER, LOGICAL, BELOW_MINIMUM = (f"R.VAL.{n:03}" for n in range(16, 21))
YEAR_OUT_OF_RANGE, AMBIGUOUS_DATE = "R.VAL.021", "R.VAL.022"
UNREAD_COUNTRY, FULL_TIME_EQUIVALENT, DITTO, LETTER_FOR_DIGIT = "R.VAL.023", "R.VAL.024", "R.VAL.025", "R.VAL.026"
PERSONAL_DATA, PLATFORM_CHARACTER, READ_AS = "R.VAL.080", "R.VAL.085", "R.VAL.090"


@dataclass(frozen=True)
class Reading:
    """One answer cell as it was understood.

    ``value`` is None for a blank, for a code and for every problem of severity *error*; a *check* or *note*
    of ``read_text`` keeps it. ``code`` is "" or one of ``CODE_LABELS``. ``flag`` is left empty here: it has
    a column of its own. ``read_as`` is the plain writing when the cell was written otherwise. ``problem`` is
    a rule id and ``params`` what its texts need beside ``cell``, ``field`` and ``value``.
    """

    value: int | Decimal | str | bool | date | None
    code: str = ""
    flag: str = ""
    read_as: str = ""
    problem: str = ""
    params: Mapping[str, str | Text] = field(default_factory=dict)


BLANK = Reading(None)


def problem(rule: str, **params: str) -> Reading:
    """The reading of a cell that breaks a rule, with what the texts of the rule need."""
    return Reading(None, problem=rule, params=params)


def is_rewritten(raw: object, read_as: str) -> bool:
    """Whether a cell was read as something other than what stands in it; ``86`` kept as text was not."""
    return bool(read_as) and read_as != str(raw).strip()
