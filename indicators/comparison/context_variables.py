"""The context of institutions: size, mission and age, never results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from indicators.errors import InvalidInput
from indicators.values.dictionary_encoding import is_text, positions
from schemas.dictionary.declaration import Text

Array = np.ndarray[Any, Any]
UNKNOWN = ("m", "x", "nc", "c")
STUDENTS = ("students_undergraduate", "students_master", "students_doctoral")


def context_variables(tables: Mapping[str, pd.DataFrame], rounds: pd.DataFrame) -> pd.DataFrame:
    """The context of each institution of one edition, indexed by its code; what is not known is missing.

    ``tables``: stacked clean tables with ``profile`` (and ``publications`` where asked by field). ``rounds``:
    submission, institution, year, and ``founder`` where the register has it. Columns: log_staff and
    log_students (natural log of 1 + people), graduate_share, doctoral_share and stem_share (of students),
    has_hospital (0 or 1), field_concentration (Herfindahl of papers), age (years), founder.
    Raises InvalidInput where an institution has two submissions.
    """
    if rounds["institution"].duplicated().any():
        raise repeated_code(rounds["institution"])
    return _context(tables, rounds)


def context_by_year(tables: Mapping[str, pd.DataFrame], rounds: pd.DataFrame) -> dict[int, pd.DataFrame]:
    """``context_variables`` of every edition in ``rounds`` by its year, worked out together.

    Raises InvalidInput where an institution has two submissions in a year.
    """
    is_twice = rounds.duplicated(["institution", "year"])
    if is_twice.any():
        raise repeated_code(rounds.loc[rounds["year"] == rounds["year"][is_twice].iloc[0], "institution"])
    all_ = _context(tables, rounds)
    which, years = pd.factorize(rounds["year"])
    return {int(year): all_.iloc[np.flatnonzero(which == position)] for position, year in enumerate(years.tolist())}


def _context(tables: Mapping[str, pd.DataFrame], rounds: pd.DataFrame) -> pd.DataFrame:
    """One row a submission of ``rounds``, in their order, indexed by institution."""
    profile = _profiles(tables["profile"], rounds)
    undergraduate, master, doctoral = (_people(profile, column) for column in STUDENTS)
    doctoral[_is(profile, "has_doctoral", "no")] = 0.0
    students = undergraduate + master + doctoral
    some = np.where(students > 0, students, np.nan)
    has_hospital, has_none = (_is(profile, "has_hospital", answer) for answer in ("yes", "no"))
    concentration = _concentration(tables.get("publications"))
    frame = pd.DataFrame(
        {
            "log_staff": np.log1p(_people(profile, "staff")),
            "log_students": np.log1p(some),
            "graduate_share": (master + doctoral) / some,
            "doctoral_share": doctoral / some,
            "stem_share": np.minimum(_people(profile, "students_stem") / some, 1.0),
            "has_hospital": np.where(has_hospital, 1.0, np.where(has_none, 0.0, np.nan)),
            "field_concentration": concentration.reindex(profile["submission"]).to_numpy(),
            "age": _numbers(profile, "year") - _numbers(profile, "founded"),
            "founder": pd.Series(_text(profile, "founder"), dtype=object),
        }
    )
    return frame.set_index(pd.Index(profile["institution"].astype(str), name="institution"))


def _profiles(profile: pd.DataFrame, rounds: pd.DataFrame) -> pd.DataFrame:
    """The rounds, each with its row of the profile beside it; what the rounds say themselves goes first."""
    position = positions(profile["submission"], rounds["submission"].tolist())
    row = np.full(len(rounds), -1)
    row[position[position >= 0]] = np.flatnonzero(position >= 0)
    own = profile.drop(columns=[name for name in profile if name in rounds]).reset_index(drop=True)
    own = own if np.array_equal(row, np.arange(len(own))) else own.reindex(row)
    return pd.concat([rounds.reset_index(drop=True), own.reset_index(drop=True)], axis=1)


def _numbers(profile: pd.DataFrame, column: str) -> Array:
    if column not in profile:
        return np.full(len(profile), np.nan)
    numbers = profile[column]
    numbers = numbers if pd.api.types.is_numeric_dtype(numbers.dtype) else numbers.astype("Float64")
    return numbers.to_numpy(float, na_value=np.nan)


def _people(profile: pd.DataFrame, column: str) -> Array:
    """A count; 0 where it does not apply, missing where it is withheld or not known."""
    numbers = _numbers(profile, column)
    if f"{column}__code" not in profile:
        return numbers
    code = profile[f"{column}__code"]
    return np.where(is_text(code, "a"), 0.0, np.where(positions(code, UNKNOWN) >= 0, np.nan, numbers))


def _is(profile: pd.DataFrame, column: str, answer: str) -> Array:
    return is_text(profile[column], answer) if column in profile else np.zeros(len(profile), dtype=bool)


def _text(profile: pd.DataFrame, column: str) -> Array:
    if column not in profile:
        return np.full(len(profile), None, dtype=object)
    text: Array = profile[column].to_numpy(object).copy()
    text[profile[column].isna().to_numpy(bool)] = None
    return text


def _concentration(publications: pd.DataFrame | None) -> pd.Series:
    """Σ of squared shares of papers by field, for submissions that give more than a total."""
    if publications is None or not {"field", "papers"} <= set(publications.columns):
        return pd.Series(dtype=float)
    by_field = publications[publications["field"] != "all"]
    papers = by_field["papers"].astype("Float64").groupby([by_field["submission"], by_field["field"]]).sum(min_count=1)
    totals = papers.groupby(level=0).transform("sum")
    squares = ((papers / totals.where(totals > 0)) ** 2).groupby(level=0).sum(min_count=1)
    return squares.dropna().astype(float)


def repeated_code(codes: pd.Series) -> InvalidInput:
    """The refusal of a table in which a code has more than one row."""
    code = codes[codes.duplicated()].iloc[0]
    return InvalidInput(
        Text(
            ja=f"学校コード「{code}」の行が二つ以上あります。一つの年度の、1機関1行の表を渡してください。",
            en=f"The code '{code}' has more than one row. Please give one row for each institution, of one edition.",
        )
    )
