"""tables → values → gaps and scores: one pipeline, read top to bottom in ``evaluate``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction

import pandas as pd

from indicators.catalogue.declarations import Indicator
from indicators.catalogue.load_catalogue import Catalogue
from indicators.scoring.definition_sensitivity import flag_sensitive_values
from indicators.scoring.gaps import foreign_hires, gap_table
from indicators.scoring.scores import score_table
from indicators.values.applicability import applicability
from indicators.values.dictionary_encoding import decode_texts
from indicators.values.lineage import CELL_COLUMNS, value_cells
from indicators.values.measures import measure_all, not_measured
from indicators.values.prepared_tables import prepare_tables
from indicators.values.tables import Tables
from indicators.values.values import Values, value_table, values_of


@dataclass(frozen=True)
class Scoreboard:
    """Everything computed for some submissions, as tables.

    ``values``, ``gaps``, ``scores`` (indicators and pillars) and ``value_cells`` (which answers made a value).
    Texts are categories, so that a nation takes little memory; ``decode`` gives plain ones.
    """

    values: pd.DataFrame
    gaps: pd.DataFrame
    scores: pd.DataFrame
    value_cells: pd.DataFrame

    def decode(self) -> Scoreboard:
        """The same with plain texts in the place of categories."""
        return Scoreboard(**{each.name: decode_texts(getattr(self, each.name)) for each in fields(self)})


def evaluate(
    tables: Mapping[str, pd.DataFrame],
    catalogue: Catalogue,
    rounds: pd.DataFrame,
    *,
    blocked: Iterable[tuple[str, str, str]] = (),
    lineage: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> Scoreboard:
    """Values, gaps and scores of every indicator whose questions were asked, for every submission in ``rounds``.

    ``tables``: stacked clean tables (``prepared_tables.stack``). ``rounds``: submission, institution, year, and in
    ``form`` which form was asked (core where the column is missing). ``blocked``: (submission, field, row key)
    that an error concerns. Raises ValueError when a table has a submission that ``rounds`` lacks, or a form does
    not exist.
    """
    progress("values")
    ready = prepare_tables(tables, rounds, catalogue.dictionary, blocked)
    values = _all_values(ready, catalogue)
    progress("gaps")
    gaps = gap_table(values, catalogue, ready.entities, foreign_hires(ready))
    progress("scores")
    scores = score_table(values, catalogue, ready.entities)
    cells = value_cells(ready, catalogue, values) if lineage else pd.DataFrame(columns=CELL_COLUMNS)
    return Scoreboard(value_table(values, ready.entities), gaps, scores, cells)


def about_centres(board: Scoreboard, submission: str) -> Scoreboard:
    """What a scoreboard says about centres, as results of ``submission``."""

    def own(frame: pd.DataFrame) -> pd.DataFrame:
        rows = frame[frame["level"] == "centre"]
        return rows.assign(submission=pd.Series(submission, index=rows.index, dtype=frame["submission"].dtype))

    return Scoreboard(own(board.values), own(board.gaps), own(board.scores), board.value_cells.iloc[:0])


def with_boards(board: Scoreboard, more: Scoreboard) -> Scoreboard:
    """Two scoreboards of one submission as one; the rows of the first come first."""
    pairs = ((getattr(board, name), getattr(more, name)) for name in ("values", "gaps", "scores"))
    values, gaps, scores = (pd.concat(pair, ignore_index=True) for pair in pairs)
    return Scoreboard(values, gaps, scores, board.value_cells)


def _all_values(ready: Tables, catalogue: Catalogue) -> dict[str, Values]:
    """The values of every indicator by each definition, by key; none where the questions were not asked."""
    is_asked = applicability(catalogue, ready.form, ready.level)
    measured = measure_all(ready, catalogue, [key for key, entities in is_asked.items() if entities.any()])
    nothing = not_measured(len(ready.entities))
    values = {
        key: values_of(
            indicator, measured.get(key, nothing), ready, is_asked[key], _compared_indicators(indicator, catalogue)
        )
        for key, indicator in catalogue.measured.items()
    }
    return flag_sensitive_values(values, catalogue, ready.entities)


def _compared_indicators(indicator: Indicator, catalogue: Catalogue) -> list[Indicator]:
    """The indicators that a difference compares."""
    difference = indicator.measure.difference
    return [] if difference is None else [catalogue.indicators[name] for name in difference.names]


def exact_text(value: int, scale: int) -> int | str:
    """A count as an integer, or as the text ``p/q`` when the scale leaves a fraction."""
    number = Fraction(value, scale)
    return number.numerator if number.denominator == 1 else f"{number.numerator}/{number.denominator}"
