"""A table of every number of the committed samples and of six demo institutions, which changes only on purpose.

One line a number, tab separated: source, kind, level, unit, id, definition, counting, benchmark and entry, quantity,
value. All but the value are the key, which no two lines share. ``-`` stands where a column does not apply.
``make golden`` recomputes the table, says what changed, and writes it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from app.demo.filled_forms import demo_institutions
from app.demo.generated_workbooks import FOLDER
from app.edition import catalogue
from app.submission.process_workbook import process
from tests.support.judged_rounds import filled_rounds

TABLE = Path(__file__).parent / "numbers.txt"
REFRESH = "make golden"
SAMPLES = ("sample-strong", "sample-average", "sample-faulty", "sample-full", "sample-centre")
# National, public and private. 01, 03, 06 and 08 have a centre, 11 and 23 none; 03, 11 and 23 answer some questions
# with a code, 06 leaves papers out, 08 counts them in fractions. The nation fills core forms only: the full form and
# that of the centre are among the samples.
INSTITUTIONS = ("DEMO-01", "DEMO-03", "DEMO-06", "DEMO-08", "DEMO-11", "DEMO-23")

VALUE_QUANTITIES = (
    "numerator", "denominator", "value", "lower", "upper", "interval_method", "status", "window_from", "window_to",
    "small", "below_minimum", "flags",
)  # fmt: skip
ITEM_QUANTITIES = ("items", "items_met")  # only where a value counts items of the checklist
GAP_QUANTITIES = ("benchmark_value", "gap_points", "of", "replace", "add", "verdict", "margin", "fragile", "standing")
SCORE_QUANTITIES = ("score", "kind", "band", "lower", "upper", "reason")
PILLAR_QUANTITIES = (*SCORE_QUANTITIES, "coverage_present", "coverage_applicable", "dropped")
DIGITS = 12  # further ones may differ between computers
NONE = "-"

Row = dict[str, Any]
Frames = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Change:
    """What became of one key: ``before`` is None for an added line, ``after`` for a removed one."""

    key: str
    before: str | None
    after: str | None

    @property
    def kind(self) -> str:
        """``added``, ``removed`` or ``changed``."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"

    def __str__(self) -> str:
        """Kind, key, and the value before and after."""
        before, after = (NONE if text is None else text for text in (self.before, self.after))
        return f"{self.kind}\t{self.key}\t{before} -> {after}"


# the table -------------------------------------------------------------------------------------------------------


def golden_table() -> list[str]:
    """The lines of the table, sorted, without line ends. Raises ValueError when two of them share a key."""
    lines = sorted([*_of_samples(), *_of_nation()])
    twice = [key for key, count in Counter(map(_key, lines)).items() if count > 1]
    if twice:
        raise ValueError(f"{len(twice)} keys stand in several lines, the first is {twice[0]!r}")
    return lines


def _of_samples() -> Iterator[str]:
    """The lines of the committed samples, each judged alone."""
    for name in SAMPLES:
        result = process((FOLDER / f"{name}.xlsx").read_bytes())
        source = f"{name} {result.header['year']} {result.header['form']}"
        yield from _lines(source, result.frames, result.status, result.header["validation"]["findings"])


def _of_nation() -> Iterator[str]:
    """The lines of all rounds of the chosen demo institutions, filled and judged as in the demo store."""
    for institution in demo_institutions():
        if institution.code in INSTITUTIONS:
            for outcome in (filled.outcome for filled in filled_rounds(institution)):
                form = "-".join(filter(None, (outcome.form, outcome.unit)))
                source = f"{outcome.institution} {outcome.year} {form}"
                frames = {"values": outcome.values, "gaps": outcome.gaps, "scores": outcome.scores}
                yield from _lines(source, frames, outcome.status, outcome.findings)


def _lines(source: str, frames: Frames, status: str, findings: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of one form."""
    for row in _rows(frames["values"]):
        quantities = (*VALUE_QUANTITIES, *(ITEM_QUANTITIES if row["items"] else ()))
        yield from _numbers([source, "value", *_of_value(row), NONE], row, quantities)
    for row in _rows(frames["gaps"]):
        yield from _numbers([source, "gap", *_of_value(row), f"{row['benchmark']}/{row['entry']}"], row, GAP_QUANTITIES)
    for row in _rows(frames["scores"]):
        is_pillar = row["element"] in catalogue().pillars
        kind, quantities = ("pillar", PILLAR_QUANTITIES) if is_pillar else ("score", SCORE_QUANTITIES)
        yield from _numbers([source, kind, row["level"], row["unit"], row["element"], *[NONE] * 3], row, quantities)
    yield from _of_findings(source, status, findings)


def _rows(frame: pd.DataFrame) -> list[Row]:
    return [{str(name): cell for name, cell in row.items()} for row in frame.to_dict("records")]


def _of_value(row: Row) -> list[str]:
    """Level, unit, id, definition and counting of a value or gap."""
    return [row["level"], row["unit"], row["indicator"], row["definition"], row["counting"]]


def _numbers(key: Sequence[str], row: Row, quantities: Iterable[str]) -> Iterator[str]:
    """A line for each quantity that the row has."""
    for quantity in quantities:
        text = _text(row[quantity])
        # Every indicator for context says so in the catalogue; repeating it for each form would hide the rest.
        if text and (quantity, text) != ("reason", "context"):
            yield "\t".join([*key, quantity, text])


def _text(cell: Any) -> str:
    """A cell in words; empty for a null, a no, and an empty text."""
    if pd.isna(cell) or cell is False:
        return ""
    if cell is True:
        return "yes"
    return repr(float(f"{cell:.{DIGITS}g}")) if isinstance(cell, float) else str(cell)


def _of_findings(source: str, status: str, findings: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The status of the form, and for each rule that found something how often, by severity."""
    yield "\t".join([source, "findings", *[NONE] * 6, "status", status])
    for (rule, severity), count in Counter((f["rule"], f["severity"]) for f in findings).items():
        yield "\t".join([source, "findings", NONE, NONE, rule, *[NONE] * 3, severity, str(count)])


# comparing -------------------------------------------------------------------------------------------------------


def _key(line: str) -> str:
    return line.rpartition("\t")[0]


def read_table(path: Path = TABLE) -> list[str]:
    """The lines of a written table; none where there is no file."""
    return path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []


def written(lines: Sequence[str]) -> str:
    """The text of the file."""
    return "".join(f"{line}\n" for line in lines)


def changes(before: Sequence[str], after: Sequence[str]) -> list[Change]:
    """What differs between two tables, in the order of the keys."""
    old, new = ({_key(line): line.rpartition("\t")[2] for line in lines} for lines in (before, after))
    keys = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    return [Change(key, old.get(key), new.get(key)) for key in keys]


def summary(found: Sequence[Change]) -> str:
    """How many lines were added, removed and changed, in one sentence."""
    counts = Counter(change.kind for change in found)
    return f"{counts['added']} lines added, {counts['removed']} removed, {counts['changed']} changed"


def main(path: Path = TABLE, compute: Callable[[], list[str]] = golden_table) -> int:
    """Recomputes the table, says what changed and writes it to ``path``. Returns 0."""
    before, after = read_table(path), compute()
    found = changes(before, after)
    path.write_text(written(after), encoding="utf-8", newline="\n")
    report = [*map(str, found), summary(found)] if found else [f"nothing changed in {len(after)} lines"]
    sys.stdout.write(written(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
