"""Why a score of a university moved between two rounds: two stored scoreboards become an account (docs/methods.md 9).

Nothing is computed anew here: goalposts, scores and pillar means are those of the scoring room. Last
round as published comes from the store, which keeps every version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isclose, lcm
from typing import Any

import numpy as np

from app.results.results_as_published import published_board
from app.storage.store import Store
from indicators.catalogue.declarations import Level
from indicators.catalogue.load_catalogue import Catalogue
from indicators.change.score_decomposition import Account, account_of_change, counts_between
from indicators.scoring.goalposts_and_bands import LEAVE_BOTH, Elements, Goal, goal_for, pillar_scores, score
from indicators.values.values import factor_of
from schemas.dictionary.counting_day import counting_day
from schemas.dictionary.declaration import Text

Row = Mapping[str, Any]

OTHER_RULES = Text(
    ja="保存されたスコアは、いまとは別の版の指標で計算されたため、変化の内訳は示せません。"
    "両年度の値をそれぞれご覧ください。",
    en="The stored score was computed with another edition of the catalogue, so its change has no account. "
    "Please read each year by itself.",
)


TURNED = ("score", "direction")  # a goalpost of centres where no requirement of the call is a verdict


@dataclass(frozen=True)
class Edition:
    """The scoreboard of one institution and round, and the catalogue under which it was computed."""

    scoreboard: Mapping[str, Any]
    catalogue: Catalogue

    def row(self, name: str, level: str) -> Row | None:
        """The row of an indicator at a level."""
        rows = [row for row in self.scoreboard["indicators"] if row["id"] == name and row["level"] == level]
        return rows[0] if rows else None

    def stored_score(self, element: str, level: str) -> float | None:
        """The score as stored, of an indicator or a pillar."""
        rows = [*self.scoreboard["indicators"], *self.scoreboard["pillars"]]
        found: list[float | None] = [row["score"] for row in rows if row["id"] == element and row["level"] == level]
        return found[0] if found else None

    def elements(self, element: str) -> tuple[str, ...]:
        """The indicators that an element consists of: a pillar's weighted ones, an indicator itself."""
        if element not in self.catalogue.pillars:
            return (element,)
        return tuple(indicator.id for indicator in self.catalogue.scored if indicator.pillar == element)

    def goals(self, element: str, level: Level) -> dict[str, Goal]:
        """The goalposts of an element's indicators as they hold in this round.

        Of a centre that no requirement of its own call judges they are a direction.
        """
        rows = {name: self.row(name, level) for name in self.elements(element)}
        return {
            name: replace(goal, kind="direction")
            if goal.kind == "score" and (row := rows[name]) is not None and row["score_kind"] == "direction"
            else goal
            for name, goal in self.declared_goals(element, level).items()
        }

    def declared_goals(self, element: str, level: Level) -> dict[str, Goal]:
        """The goalposts of an element's indicators as declared for a level, in force in this round."""
        on = counting_day(int(self.scoreboard["year"]))
        known = self.catalogue.indicators
        found = {
            name: goal_for(known[name], level, self.catalogue, on)
            for name in self.elements(element)
            if known[name].scored
        }
        return {name: goal for name, goal in found.items() if goal is not None}

    def weights(self, element: str) -> dict[str, int]:
        """The whole-number weights of an element's indicators; 1 for one without a weight."""
        return {name: self.catalogue.indicators[name].weight or 1 for name in self.elements(element)}


def account_between(
    element: str, level: Level, last: Edition, this: Edition, revised: Edition | None = None
) -> Account:
    """The account of the score of ``element`` (an indicator or a pillar) at ``level``, in points.

    ``revised`` is last round as its data stand now; without it nothing counts as revised. An indicator that
    one catalogue lacks keeps its one value, so that its coming or going counts as definitions and method.
    Where the stored scores do not follow from the two catalogues, the account has no parts and says so.
    Raises InvalidInput as ``account_of_change``.
    """
    mended = revised or last

    def points(
        *,
        performance: bool,
        revision: bool,
        definitions: Edition,
        benchmarks: Edition,
        weights: Edition,
    ) -> float | None:
        goals = _goals(element, level, definitions, benchmarks)
        rows = {
            name: _read_row(name, level, (last, mended, this), moved=performance, mended=revision)
            for name in definitions.elements(element)
        }
        if element in definitions.catalogue.pillars:
            return _pillar(rows, goals, {**this.weights(element), **last.weights(element), **weights.weights(element)})
        row, goal = rows[element], goals.get(element)
        return None if row is None or goal is None else _number(_score(row, goal))

    inputs = [
        {"performance": now, "revision": now, **dict.fromkeys(("definitions", "benchmarks", "weights"), edition)}
        for now, edition in ((False, last), (True, this))
    ]
    found = account_of_change(points, *inputs)
    kept = ((found.last, last.stored_score(element, level)), (found.this, this.stored_score(element, level)))
    if all(_is_same(computed, stored) for computed, stored in kept):
        return found
    return Account(kept[0][1], kept[1][1], {}, OTHER_RULES)


def as_published(store: Store, institution: str, current: Edition) -> Edition | None:
    """``current`` as it was published, where its data have been put right since; None where they stand unchanged.

    Given to ``account_between`` as ``last`` with ``current`` as ``revised``, the correction counts as revision.
    """
    found = published_board(store, institution, int(current.scoreboard["year"]))
    return None if found is None else Edition(found.scoreboard, current.catalogue)


def answered_once(element: str, level: str, last: Edition, this: Edition) -> tuple[str, ...]:
    """The indicators of an element that have a score in one of the two rounds only, in catalogue order."""
    names = dict.fromkeys([*this.elements(element), *last.elements(element)])
    rows = {name: (last.row(name, level), this.row(name, level)) for name in names}
    return tuple(
        name for name, pair in rows.items() if len({row is not None and row["score"] is not None for row in pair}) == 2
    )


def _goals(element: str, level: Level, definitions: Edition, benchmarks: Edition) -> dict[str, Goal]:
    """Floor and kind as the one edition defines them; target, and whether it is a verdict, by the other's benchmark."""
    lines = benchmarks.goals(element, level)
    own = definitions.declared_goals(element, level)
    return {
        name: Goal(goal.floor, line.target, "direction" if (goal.kind, line.kind) == TURNED else goal.kind)
        for name, goal in own.items()
        for line in [lines.get(name, goal)]
    }


def _read_row(
    name: str, level: str, editions: tuple[Edition, Edition, Edition], *, moved: bool, mended: bool
) -> Row | None:
    """The row of an indicator with this round's movement, the revision of last round's data, both or neither."""
    last, revised, this = (edition.row(name, level) for edition in editions)
    if last is None or this is None or revised is None:
        return this or last
    if moved == mended or revised == last:
        return this if moved else last
    return _row_without_revision(name, (last, revised, this), editions[2].catalogue) if moved else revised


def _row_without_revision(name: str, rows: tuple[Row, Row, Row], catalogue: Catalogue) -> Row:
    """This round's row as if last round's counts had not been put right."""
    this = rows[-1]
    if any(row["numerator"] is None or row["denominator"] is None for row in rows):
        return this
    exact = [[Fraction(str(row[key])) for key in ("numerator", "denominator")] for row in rows]
    scale = lcm(*(number.denominator for pair in exact for number in pair))
    tables = [np.array([int(number * scale) for number in pair], dtype=np.int64) for pair in exact]
    part, whole = counts_between(*tables, moved=True, mended=False).tolist()
    factor = factor_of(catalogue.indicators[name])
    return {**this, "value": factor * part / whole} if whole else {**this, "value": None, "status": "zero_denominator"}


def _score(row: Row, goal: Goal) -> float:
    if row["status"] != "ok" or row["value"] is None or _is_small(row):
        return float("nan")
    return float(score(np.array([row["value"]], dtype=np.float64), goal)[0])


def _is_small(row: Row) -> bool:
    return bool(row["unscored_reason"] == "small_denominator")


def _pillar(rows: Mapping[str, Row | None], goals: Mapping[str, Goal], weights: Mapping[str, int]) -> float | None:
    names = list(rows)

    def column(values: list[Any], kind: Any) -> np.ndarray[Any, Any]:
        return np.array(values, dtype=kind).reshape(len(names), 1)

    found = [(rows[name], goals.get(name)) for name in names]
    elements = Elements(
        ids=names,
        weight=np.array([weights[name] for name in names], dtype=np.int64),
        score=column(
            [float("nan") if row is None or goal is None else _score(row, goal) for row, goal in found], float
        ),
        kind=column([None if goal is None else goal.kind for _, goal in found], object),
        applies=column(
            [row is not None and row["status"] not in LEAVE_BOTH and not _is_small(row) for row, _ in found], bool
        ),
        exists=column([row is not None for row, _ in found], bool),
    )
    return _number(float(pillar_scores(elements).score[0]))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value


def _is_same(computed: float | None, stored: float | None) -> bool:
    if computed is None or stored is None:
        return computed is stored
    return isclose(computed, stored, rel_tol=0, abs_tol=1e-6)
