"""What is asked and what is not: grey cells, yellow cells, red numbers, and the live count of unanswered cells.

Each column of a block falls into runs of rows that share the condition under which they apply. Of such a run
come the conditional formats, the term of the sheet's status formula, and the value that formula has now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from schemas.dictionary.dictionary import CENTRE
from schemas.dictionary.field import NUMERIC, Condition, Field
from schemas.form.issue import Given
from schemas.form.layout import Column, PlacedBlock
from schemas.form.options import options
from schemas.template.workbook_builder import MISSING, OFF, OFF_INK, OUTSIDE, WorkbookBuilder

HIGH = frozenset({"2", "3"})  # levels that ask for evidence


@dataclass(frozen=True)
class Run:
    """Neighbouring answer cells of one column (0-based), the answers in them, and what rules them out.

    ``skip`` is the field whose "yes" leaves the block out; ``total`` the column whose 0 answers the rest of
    the row; ``zero`` the name of the cell that declares blanks to be 0. ``levels`` are columns of levels
    with what rules them out: a follow-up is asked where one of them is 2 or more (``is_high``, row by row).
    """

    field: Field
    column: int
    first: int
    values: tuple[Given, ...]
    conditions: tuple[Condition, ...] = ()
    skip: str = ""
    total: int | None = None
    totals: tuple[Given, ...] = ()
    zero: str = ""
    levels: tuple[tuple[int, tuple[Condition, ...]], ...] = ()
    is_high: tuple[bool, ...] = ()

    @property
    def is_counted(self) -> bool:
        """Whether the status counts its unanswered cells."""
        return self.field.required == "always" or bool(self.levels)

    @property
    def area(self) -> tuple[int, int, int, int]:
        """First row, first column, last row, last column."""
        return self.first, self.column, self.first + len(self.values) - 1, self.column


def runs(builder: WorkbookBuilder, placed: PlacedBlock) -> Iterator[Run]:
    """The runs of a block, column by column."""
    kinds: dict[str, Callable[[WorkbookBuilder, PlacedBlock], Iterator[Run]]] = {
        "form": _form_runs,
        "grid": _grid_runs,
        "list": _list_runs,
        "records": _list_runs,
    }
    yield from kinds[placed.block.kind](builder, placed)


def _asked_conditions(builder: WorkbookBuilder, *conditions: Condition | None) -> tuple[Condition, ...]:
    """The conditions whose switch this form asks: where it does not, the cells apply."""
    return tuple(c for c in conditions if c is not None and (c.field, "") in builder.layout.slots)


def _form_runs(builder: WorkbookBuilder, placed: PlacedBlock) -> Iterator[Run]:
    block = placed.block
    for index, f in enumerate(block.fields):
        row, at = placed.cell(index, 0)
        skip = block.skip if block.skip and block.skip != f.id else ""
        values = (builder.values.get((f.id, "")),)
        yield Run(f, at - 1, row - 1, values, _asked_conditions(builder, block.applies, f.applies), skip)


def _list_runs(builder: WorkbookBuilder, placed: PlacedBlock) -> Iterator[Run]:
    given = builder.issue.lists.get(placed.block.id, [])
    rows = [given[r] if r < len(given) else {} for r in range(placed.block.filled_rows)]
    for index, column in enumerate(placed.columns):
        row, at = placed.cell(0, index)
        values = tuple(answers.get(column.field.column) for answers in rows)
        conditions, skip = _asked_conditions(builder, placed.block.applies), placed.block.skip or ""
        if values:
            yield Run(column.field, at - 1, row - 1, values, conditions, skip)
        free = len(placed.rows) - len(values)
        if free and (conditions or skip or column.field.type in NUMERIC):
            open_field = column.field.model_copy(update={"required": "optional"})
            yield Run(open_field, at - 1, row - 1 + len(values), (None,) * free, conditions, skip)


def _grid_runs(builder: WorkbookBuilder, placed: PlacedBlock) -> Iterator[Run]:
    block = placed.block
    total = next((c for c, column in enumerate(placed.columns) if column.field.column == "total"), None)
    levels = {c: _scope(builder, column) for c, column in enumerate(placed.columns) if column.field.type == "level"}
    for c, column in enumerate(placed.columns):
        f = column.field
        has_mercy = f.type in NUMERIC and c != total
        asking = levels if f.required == "follow_up" else {}
        for rows in _neighbours(builder, placed, c):
            row, at = placed.cell(rows[0], c)
            zone = block.row_applies.get(placed.rows[rows[0]].get("unit", ""))
            yield Run(
                f,
                at - 1,
                row - 1,
                tuple(_value(builder, placed, r, c) for r in rows),
                (*_asked_conditions(builder, block.applies, f.applies, zone), *_scope(builder, column)),
                block.skip or "",
                placed.first_column - 1 + total if has_mercy and total is not None else None,
                tuple(_value(builder, placed, r, total) for r in rows) if has_mercy and total is not None else (),
                f"{block.id}_blank_is_zero" if has_mercy and block.blank_is_zero else "",
                tuple((placed.first_column - 1 + c, scope) for c, scope in asking.items()),
                tuple(any(_is_high(builder, placed, r, *level) for level in asking.items()) for r in rows),
            )


def _scope(builder: WorkbookBuilder, column: Column) -> tuple[Condition, ...]:
    """What rules out a column that is asked of the centre."""
    return _asked_conditions(
        builder, Condition(field="profile.has_centre", among=["yes"]) if column.across == CENTRE else None
    )


def _value(builder: WorkbookBuilder, placed: PlacedBlock, r: int, c: int) -> Given:
    return builder.values.get((placed.columns[c].field.id, placed.row_key(r, c)))


def _is_high(builder: WorkbookBuilder, placed: PlacedBlock, r: int, c: int, conditions: tuple[Condition, ...]) -> bool:
    return not _is_refused(builder, conditions) and str(_value(builder, placed, r, c)) in HIGH


def _is_refused(builder: WorkbookBuilder, conditions: tuple[Condition, ...]) -> bool:
    switches = [(builder.values.get((condition.field, "")), condition.among) for condition in conditions]
    return any(switch not in (None, "") and str(switch) not in among for switch, among in switches)


def _neighbours(builder: WorkbookBuilder, placed: PlacedBlock, c: int) -> list[list[int]]:
    """Runs of row indexes of a column in which there is an answer cell, split where the zone changes."""
    found: list[list[int]] = []
    for r, keys in enumerate(placed.rows):
        if (placed.columns[c].field.id, placed.row_key(r, c)) not in builder.layout.slots:
            continue
        last = found[-1][-1] if found else -2
        if last == r - 1 and placed.rows[last].get("unit") == keys.get("unit"):
            found[-1].append(r)
        else:
            found.append([r])
    return found


# formulas ----------------------------------------------------------------------------------------------------


def _is(field_id: str, text: str) -> str:
    return f'{field_id.replace(".", "_")}="{text}"'


def ruled_out(builder: WorkbookBuilder, run: Run) -> list[str]:
    """Formula terms, each true where the run does not apply."""
    return [*_refusals(builder, run.conditions), *([_is(run.skip, builder.yes_no["yes"])] if run.skip else [])]


def _refusals(builder: WorkbookBuilder, conditions: tuple[Condition, ...]) -> list[str]:
    """Formula terms, each true where one of the conditions is not met."""
    return [
        _is(condition.field, text)
        for condition in conditions
        for code, text in options(builder.dictionary, builder.dictionary.fields[condition.field]).items()
        if code not in condition.among
    ]


def _mercies(builder: WorkbookBuilder, run: Run, total: str) -> list[str]:
    """Formula terms, each true where a blank counts as 0."""
    zero_row = [f'({total}=0)*({total}<>"")'] if run.total is not None else []
    return [*zero_row, *([f'({run.zero}="{builder.yes_no["yes"]}")'] if run.zero else [])]


def _asking_term(builder: WorkbookBuilder, run: Run, place: Callable[[int], str]) -> str:
    """Formula term, true where a level of the row asks for a follow-up; ``place`` names the cells of a column.

    A level stands as the text of its drop-down, which begins with its digit, or as a typed number.
    """
    high = []
    for column, conditions in run.levels:
        cells = place(column)
        applies = "".join(f"*(1-({term}))" for term in _refusals(builder, conditions))
        high.append(f'(({cells}>="2")*({cells}<"4")+({cells}=2)+({cells}=3)){applies}')
    return f"(({'+'.join(high)})>0)"


def status_term(builder: WorkbookBuilder, run: Run) -> str:
    """The part of a status formula that counts the unanswered cells of a run."""
    first, column, last, _ = run.area
    total = _range(first, last, run.total) if run.total is not None else ""
    terms = [f"({term})" for term in ruled_out(builder, run)] + _mercies(builder, run, total)
    factors = "".join(f"*(1-{term})" for term in terms)
    if run.levels:
        factors += "*" + _asking_term(builder, run, lambda at: _range(first, last, at))
    return f'SUMPRODUCT(({_range(first, last, column)}="")*1{factors})'


def _range(first: int, last: int, column: int) -> str:
    return f"{xl_rowcol_to_cell(first, column)}:{xl_rowcol_to_cell(last, column)}"


def count_unanswered(builder: WorkbookBuilder, run: Run) -> int:
    """How many cells of a run are unanswered in the workbook as issued."""
    if _is_refused(builder, run.conditions):
        return 0
    if run.skip and builder.values.get((run.skip, "")) == "yes":
        return 0
    if run.levels:
        return sum(value in (None, "") and high for value, high in zip(run.values, run.is_high, strict=True))
    zero_rows = [total == 0 and not isinstance(total, str) for total in run.totals] or [False] * len(run.values)
    return sum(value in (None, "") and not zero for value, zero in zip(run.values, zero_rows, strict=True))


# conditional formats -------------------------------------------------------------------------------------------


def show_states(builder: WorkbookBuilder, ws: Any, run: Run) -> None:
    """Grey where the run does not apply, then red for impossible numbers, yellow where an answer is missing."""
    off = ruled_out(builder, run)
    if off:
        grey = builder.overlay(bg_color=OFF, font_color=OFF_INK)
        criteria = "=" + "+".join(f"({term})" for term in off) + ">0"
        rule = {"type": "formula", "criteria": criteria, "format": grey, "stop_if_true": True}
        ws.conditional_format(*run.area, rule)
    cell = xl_rowcol_to_cell(run.first, run.column)
    if run.field.type in NUMERIC:
        red = builder.overlay(font_color=OUTSIDE, bold=True)
        limits = f'COUNTIF({cell},"<{run.field.minimum}")+COUNTIF({cell},">{run.field.limit}")'
        ws.conditional_format(*run.area, {"type": "formula", "criteria": f"={limits}>0", "format": red})
    if run.is_counted:
        total = xl_rowcol_to_cell(run.first, run.total, col_abs=True) if run.total is not None else ""
        blank = f'({cell}="")' + "".join(f"*(1-{term})" for term in _mercies(builder, run, total))
        if run.levels:
            blank += "*" + _asking_term(builder, run, lambda at: xl_rowcol_to_cell(run.first, at, col_abs=True))
        rule = {"type": "formula", "criteria": f"={blank}>0", "format": builder.overlay(bg_color=MISSING)}
        ws.conditional_format(*run.area, rule)


def status(builder: WorkbookBuilder, blocks: Sequence[PlacedBlock]) -> tuple[str, int] | None:
    """The status formula of a sheet and its present value; None where nothing is required."""
    required = [run for placed in blocks for run in runs(builder, placed) if run.is_counted]
    if not required:
        return None
    formula = "=" + "+".join(status_term(builder, run) for run in required)
    return formula, sum(count_unanswered(builder, run) for run in required)
