"""A store of many invented institutions and years, made of the demo's own results: material for the speed of pages.

Each further institution is one of the demo with all its counts times a small whole number, so that everything that
held between its counts holds still; each further year repeats a year of the demo. What pages never read of many
institutions at a time is left out: lineage, workbooks, blank answers, and of earlier years all answers but the levels
of the checklist.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from app.edition import catalogue
from app.storage.files.folder import DATABASE
from schemas.register import PREFECTURES

LAST_YEAR = 2026
TIMES = (1, 2, 1, 3)  # of all counts, by the number of the copy
COPIED = ("answers", "values", "gaps", "scores")
OF_EVERY_YEAR = "checklist.declared"


def generate_store(base: Path, folder: Path, institutions: int, years: int) -> None:
    """Writes the store ``folder``: the demo store ``base`` grown to so many institutions and years until 2026."""
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name in ("blobs", "refused"):
        shutil.copytree(base / name, partial / name)
    shutil.copy(base / "store.json", partial / "store.json")
    with sqlite3.connect(base / DATABASE) as source, sqlite3.connect(partial / DATABASE) as target:
        source.backup(target)
    with sqlite3.connect(partial / DATABASE) as database:
        database.execute("PRAGMA journal_mode = OFF")  # a half-made store is thrown away
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA cache_size = -400000")
        # What is copied is read where it stays small and keeps its indices.
        database.execute("ATTACH ? AS base", (str(base / DATABASE),))
        _grow(database, institutions, years)
    partial.rename(folder)


def _grow(database: sqlite3.Connection, institutions: int, years: int) -> None:
    known = [code for (code,) in database.execute("SELECT code FROM institutions ORDER BY code")]
    have = [year for (year,) in database.execute("SELECT DISTINCT year FROM submissions ORDER BY year")]
    _plan(database)
    indices = database.execute(
        "SELECT name, sql FROM main.sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indices:
        database.execute(f"DROP INDEX {name}")
    for number in range(institutions):
        code, copy = known[number % len(known)], number // len(known)
        own = code if not copy else f"{code}-{copy}"
        if copy:
            _copy_institution(database, code, own, copy)
        for year in range(LAST_YEAR - years + 1, LAST_YEAR + 1):
            if copy or year not in have:
                database.execute("DELETE FROM copied")
                # Ids that ascend: rows are then added at the end of every table.
                database.execute(
                    """INSERT INTO copied SELECT id, printf('f%011x%04x', ?, row_number() OVER (ORDER BY id))
                       FROM base.submissions WHERE institution = ? AND year = ? AND state = 'current'""",
                    (number * 4096 + year, code, have[(year - have[0]) % len(have)]),
                )
                _copy_results(database, own, year, TIMES[copy % len(TIMES)])
    for _, sql in indices:
        database.execute(sql)
    database.execute("DROP TABLE copied")
    database.execute("DROP TABLE counted")


def _plan(database: sqlite3.Connection) -> None:
    """Which answers and values are counts that may be multiplied."""
    known = catalogue()
    database.execute("CREATE TABLE copied (old TEXT PRIMARY KEY, new TEXT)")
    database.execute("CREATE TABLE counted (name TEXT PRIMARY KEY, is_number INTEGER)")
    fields = [(field.id, 0) for field in known.dictionary.fields.values() if field.type == "count"]
    things = ("people", "staff", "papers")
    counts = [(one.id, int(one.unit == "number")) for one in known.indicators.values() if one.of in things]
    database.executemany("INSERT OR IGNORE INTO counted VALUES (?, ?)", [*fields, *counts])


def _copy_institution(database: sqlite3.Connection, code: str, own: str, copy: int) -> None:
    columns = _columns(database, "institutions")
    changed = {"code": "?", "name_ja": f"name_ja || '　{copy}'", "name_en": f"name_en || ' {copy}'", "prefecture": "?"}
    told = ", ".join(changed.get(name, f'"{name}"') for name in columns)
    (prefecture,) = database.execute("SELECT prefecture FROM institutions WHERE code = ?", (code,)).fetchone()
    moved = PREFECTURES[(PREFECTURES.index(prefecture) + 5 * copy) % len(PREFECTURES)]
    given = [own if name == "code" else moved for name in columns if name in ("code", "prefecture")]
    database.execute(f"INSERT INTO institutions SELECT {told} FROM institutions WHERE code = ?", (*given, code))


def _copy_results(database: sqlite3.Connection, own: str, year: int, times: int) -> None:
    """Copies the submissions listed in ``copied`` with their results for another institution or year."""
    plain = "IS NOT NULL AND {0} NOT GLOB '*[^0-9]*' THEN CAST({0} AS INTEGER) * {1} ELSE {0} END"
    of_field = "CASE WHEN field IN (SELECT name FROM counted) AND normalised <> '' AND normalised "
    of_value = "CASE WHEN indicator IN (SELECT name FROM counted) AND {0} "
    changed = {
        "submissions": {"id": "c.new", "institution": f"'{own}'", "year": str(year), "supersedes": "NULL"},
        "answers": {"submission": "c.new", "normalised": of_field + plain.format("normalised", times)},
        "gaps": {"submission": "c.new"},
        "scores": {"submission": "c.new"},
        "values": {
            "submission": "c.new",
            "institution": f"'{own}'",
            "year": str(year),
            **{
                name: f"CAST({of_value.format(name)}{plain.format(name, times)} AS TEXT)"
                for name in ("numerator", "denominator")
            },
            "value": f"""CASE WHEN indicator IN (SELECT name FROM counted WHERE is_number) THEN value * {times}
                         ELSE value END""",
        },
    }
    for table in ("submissions", *COPIED):
        told = ", ".join(changed[table].get(name, f't."{name}"') for name in _columns(database, table))
        key = "id" if table == "submissions" else "submission"
        where = f" WHERE {_wanted(year)}" if table == "answers" else ""
        database.execute(
            f'INSERT OR FAIL INTO "{table}" SELECT {told} FROM copied c JOIN base."{table}" t ON t.{key} = c.old{where}'
        )


def _wanted(year: int) -> str:
    """Which answers of a year are copied."""
    given = "NOT (normalised = '' AND code = '')"
    if year >= LAST_YEAR - 1:
        return given
    return f"{given} AND field = '{OF_EVERY_YEAR}'"


def _columns(database: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
