"""The panel between two steps of a recipe, and the report of what was done to it."""

from dataclasses import dataclass, field

import numpy as np

from indicators.composite.methods import diagnostics
from indicators.composite.methods.array_types import Bools, Floats, Ints
from indicators.composite.panel import Panel, year_text
from indicators.composite.recipe.recipe import Scope
from schemas.dictionary.declaration import Text

Record = dict[str, object]


@dataclass(frozen=True)
class Built:
    """One level as it was built: ``children`` with values ``x``, and above them ``codes`` with values ``above``."""

    children: tuple[str, ...]
    codes: tuple[str, ...]
    parents: Ints
    x: Floats
    above: Floats


@dataclass
class Report:
    """What was done to the data, in words and lists ready for JSON."""

    dropped: list[Record] = field(default_factory=list)
    treated: list[Record] = field(default_factory=list)
    imputed: list[Record] = field(default_factory=list)
    weights: dict[str, float] = field(default_factory=dict)
    effective_weights: dict[str, float] = field(default_factory=dict)
    built: list[Built] = field(default_factory=list)
    warnings: list[Text] = field(default_factory=list)

    @property
    def correlations(self) -> dict[str, float | None]:
        """The correlation of each element with its parent, computed when asked for; None where undefined."""
        found: dict[str, float | None] = {}
        for level in self.built:
            values = diagnostics.correlations_with_parents(level.x, level.above, level.parents).tolist()
            found |= {code: None if np.isnan(r) else r for code, r in zip(level.children, values, strict=True)}
        return found

    @property
    def cronbach_alpha(self) -> dict[str, float | None]:
        """Cronbach's alpha of the children of each element, computed when asked for; None where undefined."""
        found: dict[str, float | None] = {}
        for level in self.built:
            for position, code in enumerate(level.codes):
                alpha = diagnostics.cronbach_alpha(level.x[:, level.parents == position])
                found[code] = None if np.isnan(alpha) else alpha
        return found


@dataclass
class State:
    """The panel between two steps: rows kept, values now, and what a later step has to know.

    A step puts another array in the place of ``values`` and changes none: earlier steps are told with theirs.
    """

    panel: Panel
    values: Floats
    direction: Floats
    imputed: Bools
    own_unit: Bools
    counts: dict[int, Floats]  # by column the people counted, where they are still what the value says
    report: Report
    number: int = 0
    normalised_by: str = ""

    @classmethod
    def start(cls, panel: Panel, report: Report) -> "State":
        """The state before the first step."""
        return cls(
            panel=panel,
            values=panel.values,
            direction=panel.framework.column("direction"),
            imputed=np.zeros(panel.values.shape, dtype=bool),
            own_unit=np.ones(len(panel.codes), dtype=bool),
            counts={},
            report=report,
        )

    def all_counts(self) -> Floats:
        """The people counted for every value, NaN where none are."""
        found = np.full(self.values.shape, np.nan)
        for column, counted in self.counts.items():
            found[:, column] = counted
        return found

    def scopes(self, over: Scope) -> list[slice]:
        """Rows looked at together: each year, or all."""
        return self.panel.year_slices() if over == "each_year" else [slice(0, len(self.panel.units))]

    def when(self, rows: slice) -> str:
        """The year of a scope for a message, empty when all rows are meant."""
        years = self.panel.years
        if years is None or years[rows.start] != years[rows.stop - 1]:
            return ""
        return f" ({year_text(years[rows.start])})"

    def where(self, row: int, column: int | None = None) -> Record:
        """The cell or row as a record for the report."""
        record: Record = {
            "step": self.number,
            "uCode": self.panel.units[row],
            "Time": year_of(self.panel, row),
        }
        return record if column is None else {**record, "iCode": self.panel.codes[column]}

    def warn(self, text: Text) -> None:
        """Add a warning to the report."""
        self.report.warnings.append(text)


def year_of(panel: Panel, row: int) -> int | float | None:
    """The year of a row: a whole number where it is one, None where the table has no ``Time``."""
    if panel.years is None:
        return None
    year = float(panel.years[row])
    return int(year) if year.is_integer() else year
