"""Reads result files of the CWTS Leiden Ranking Open Edition (CC0) for universities of our register."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import pandas as pd

from indicators.published.values import PublishedError, PublishedValue, at, frame_of, missing_columns, plain_dashes
from schemas.dictionary.declaration import Text
from schemas.register import Register, load_register

COLLAB, IMPACT = "collab", "impact"
# The collaboration and impact tables by the end of their file name; earlier editions used the longer name.
TABLES = {
    COLLAB: ("university_collab_indicators", "university_main_field_period_collab_indicators"),
    IMPACT: ("university_impact_indicators", "university_main_field_period_impact_indicators"),
}
NEEDED = {COLLAB: ("p", "p_collab", "p_int_collab"), IMPACT: ("pp_top_10", "mncs", "fractional_counting")}
COUNTS = {
    "p_collab": "P_collab",
    "p_int_collab": "P_int_collab",
    "p_industry_collab": "P_industry_collab",
    "p_long_dist_collab": "P_long_dist_collab",
}
ROR, ALL_SCIENCES, PERIOD_YEARS, CHUNK = "university_ror_id", "0", 4, 200_000
CORE = {"1": " (OpenAlex; core publications)", "0": " (OpenAlex; all publications)", "": " (OpenAlex)"}

Figure = tuple[str, float, tuple[float, float] | None, str]  # indicator, value, bounds, grade


@dataclass(frozen=True)
class _File:
    name: str
    open: Callable[[], IO[bytes]]

    @property
    def stem(self) -> str:
        return Path(self.name).stem.lower()

    def chunks(self, columns: Callable[[str], bool] | None = None) -> Iterator[pd.DataFrame]:
        """The rows as text, some at a time. Raises PublishedError when they are no table."""
        try:
            with self.open() as stream:
                yield from pd.read_csv(
                    stream, dtype=str, keep_default_na=False, usecols=columns, chunksize=CHUNK, sep=self.separator
                )
        except (UnicodeDecodeError, pd.errors.ParserError):
            ja = f"{self.name}：表として読めません。UTF-8のCSVであることを確かめて、もう一度読み込んでください。"
            en = f"{self.name} cannot be read as a table. Please see that it is CSV in UTF-8, then load it again."
            raise PublishedError([Text(ja=ja, en=en)]) from None

    @property
    def separator(self) -> str:
        return "\t" if "\t" in self.heading else ","

    @property
    def heading(self) -> str:
        with self.open() as stream:
            return stream.readline().decode("utf-8-sig", "replace").strip()

    @property
    def columns(self) -> set[str]:
        return {name.strip('"') for name in self.heading.split(self.separator)}


def load_leiden_open_edition(path: Path, register: Register | None = None) -> pd.DataFrame:
    """Figures of Japanese universities for all sciences, every period, as the table ``published_values``.

    ``path`` is a folder, a ZIP archive or one CSV (then with a column ``university_ror_id``). Universities are
    joined to the register by ROR; others are left out. Shares of collaboration are in percent, from the counts
    (full counting); top 10 % share and MNCS exist for core publications, full and fractional. ``redistribute``
    is true (CC0). ``attrs["unplaced"]`` of the table names the Japanese universities that are not in the register.
    Raises PublishedError naming table, row and column, or when no university can be joined.
    """
    files = _files(path)
    kinds = {kind: file for file in files for kind in TABLES if _is_table(file, kind, alone=len(files) == 1)}
    if not kinds:
        raise PublishedError([_no_table(path)])
    codes = _codes(files, register or load_register())
    edition = re.search(r"20\d\d", path.stem)
    name = f"CWTS Leiden Ranking Open Edition{' ' + edition[0] if edition else ''}"
    values = [value for kind, file in kinds.items() for value in _values(kind, file, codes, name)]
    if not values:
        raise PublishedError([_nobody(path)])
    figures = frame_of(values)
    figures.attrs["unplaced"] = _names_without_code(files, codes)
    return figures


def _names_without_code(files: list[_File], codes: Mapping[str, str]) -> list[str]:
    """Names of the Japanese universities of the edition that have no code in the register, each once."""
    for file in files:
        country = next((column for column in ("country_code", "country") if column in file.columns), "")
        name = next((column for column in ("university", "university_full_name") if column in file.columns), "")
        if country and name and "university_id" in file.columns:
            rows = pd.concat(list(file.chunks({country, name, "university_id"}.__contains__)))
            is_lost = rows[country].str.strip().isin(["JP", "JPN", "Japan"]) & ~rows["university_id"].isin(list(codes))
            return list(dict.fromkeys(rows.loc[is_lost, name]))
    return []


def _files(path: Path) -> list[_File]:
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.suffix.lower() in (".csv", ".tsv"))
        return [_File(p.name, partial(_open_file, p)) for p in found]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith((".csv", ".tsv"))]
        return [_File(Path(name).name, partial(_from_zip, path, name)) for name in names]
    return [_File(path.name, partial(_open_file, path))]


def _open_file(path: Path) -> IO[bytes]:
    return path.open("rb")


def _from_zip(path: Path, name: str) -> IO[bytes]:
    with zipfile.ZipFile(path) as archive:
        return archive.open(name)


def _is_table(file: _File, kind: str, *, alone: bool) -> bool:
    return file.stem.endswith(TABLES[kind]) or (alone and set(NEEDED[kind]) <= file.columns)


def _codes(files: list[_File], register: Register) -> Mapping[str, str]:
    """University id of the ranking -> school code; a table that has ROR ids itself needs no other."""
    by_ror = {_ror(i.ror): code for code, i in register.institutions.items() if i.ror}
    named = [file for file in files if {"university_id", ROR} <= file.columns]
    if not named:
        raise PublishedError([missing_columns("university", ["university_id", ROR])])
    found: dict[str, str] = {}
    for chunk in named[0].chunks(lambda name: name in ("university_id", ROR)):
        known = chunk[ROR].map(_ror).map(by_ror)
        found |= dict(zip(chunk["university_id"][known.notna()], known.dropna(), strict=True))
    return found


def _ror(text: str) -> str:
    return text.strip().rstrip("/").rsplit("/", 1)[-1].lower()


def _values(kind: str, file: _File, codes: Mapping[str, str], name: str) -> list[PublishedValue]:
    absent = [column for column in ("university_id", "main_field_id", *NEEDED[kind]) if column not in file.columns]
    if not {"period_begin_year", "period"} & file.columns:
        absent.append("period_begin_year")
    if absent:
        raise PublishedError([missing_columns(file.name, absent)])
    rows = pd.concat(
        [c[(c["main_field_id"] == ALL_SCIENCES) & c["university_id"].isin(list(codes))] for c in file.chunks()]
    )
    found: list[PublishedValue] = []
    faults: list[Text] = []
    scale = _scale(rows)
    for index, row in zip(rows.index, rows.to_dict("records"), strict=True):
        try:
            found.extend(_of_row(kind, {str(k): str(v) for k, v in row.items()}, codes, name, scale))
        except _NotANumber as problem:
            ja = f"「{problem.given}」は数値として読めません。元のファイルを確かめてください。"
            en = f"'{problem.given}' cannot be read as a number. Please look at the original file."
            faults.append(at(int(index) + 2, f"{problem.column} ({file.name})", ja, en))
    if faults:
        raise PublishedError(faults)
    return found


def _scale(rows: pd.DataFrame) -> float:
    """What brings the shares of a table to percent: no table of real shares stays within 1 % throughout."""
    shares = [str(column) for column in rows if str(column).startswith("pp_")]
    highest = max((float(pd.to_numeric(rows[c], errors="coerce").max()) for c in shares), default=math.nan)
    return 100.0 if highest <= 1 else 1.0


class _NotANumber(ValueError):
    def __init__(self, column: str, given: str) -> None:
        super().__init__(column)
        self.column = column
        self.given = given[:40]


def _number(row: Mapping[str, str], column: str) -> float | None:
    given = row.get(column, "").strip()
    if given.lower() in ("", "null", "nan"):
        return None
    try:
        value = float(given)
    except ValueError:
        raise _NotANumber(column, given) from None
    if not math.isfinite(value):
        raise _NotANumber(column, given)
    return value


def _yes_no(row: Mapping[str, str], column: str) -> str:
    """``1``, ``0``, or empty where the table has no such column."""
    given = row.get(column, "")
    known = {"1": "1", "true": "1", "0": "0", "false": "0", "": ""}
    if given.lower() not in known:
        raise _NotANumber(column, given)
    return known[given.lower()]


def _period(row: Mapping[str, str]) -> str:
    if row.get("period"):
        return plain_dashes(row["period"])
    begin = _number(row, "period_begin_year")
    if begin is None:
        raise _NotANumber("period_begin_year", "")
    return f"{int(begin)}-{int(begin) + PERIOD_YEARS - 1}"


def _of_row(
    kind: str, row: Mapping[str, str], codes: Mapping[str, str], name: str, scale: float
) -> Iterator[PublishedValue]:
    source = name + CORE[_yes_no(row, "core_pubs_only")]
    period, institution = _period(row), codes[row["university_id"]]
    is_fractional = kind == IMPACT and _yes_no(row, "fractional_counting") == "1"
    counting = "fractional" if is_fractional else "full"
    for indicator, value, bounds, grade in (_collab if kind == COLLAB else _impact)(row, scale):
        of = f"leiden_{indicator}"
        yield PublishedValue(source, institution, of, period, counting, value, bounds, redistribute=True, grade=grade)


def _collab(row: Mapping[str, str], scale: float) -> Iterator[Figure]:
    papers = _number(row, "p")
    if not papers:
        return
    yield "P", papers, None, "direct"
    for column, indicator in COUNTS.items():
        count = _number(row, column)
        if count is not None:
            yield indicator, count, None, "direct"
            yield f"P{indicator}", 100 * count / papers, _bounds(row, f"p{column}", scale), "derived"


def _impact(row: Mapping[str, str], scale: float) -> Iterator[Figure]:
    top, mncs = _number(row, "pp_top_10"), _number(row, "mncs")
    if top is not None:
        yield "PP_top10", top * scale, _bounds(row, "pp_top_10", scale), "direct"
    if mncs is not None:
        yield "MNCS", mncs, None, "direct"


def _bounds(row: Mapping[str, str], column: str, scale: float) -> tuple[float, float] | None:
    lower, upper = _number(row, f"{column}_lb"), _number(row, f"{column}_ub")
    return None if lower is None or upper is None else (lower * scale, upper * scale)


def _no_table(path: Path) -> Text:
    wanted = ", ".join(f"{names[0]}.csv" for names in TABLES.values())
    return Text(
        ja=f"{path.name}：読み込める表が見つかりません。{wanted}を含むフォルダー、ZIP又はCSVを指定してください。",
        en=f"{path.name} holds no table to load. Please give a folder, ZIP or CSV with {wanted}.",
    )


def _nobody(path: Path) -> Text:
    return Text(
        ja=f"{path.name}：{ROR}列のRORで大学の一覧と結び付く大学がありません。別の版のファイルではないか確かめてください。",
        en=f"{path.name}: no university could be joined to the register by the column {ROR}. "
        "Please see whether this is the file you meant.",
    )
