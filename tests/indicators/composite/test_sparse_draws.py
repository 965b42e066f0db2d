"""Draws of a few gaps, merged into what stands, give the scores of the long way; and where that way is not open."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from indicators.composite import Panel, parse_recipe, read_panel
from indicators.composite.recipe.recipe import Recipe
from indicators.composite.uncertainty.draws import MethodChoice, compile_model, scores
from indicators.composite.uncertainty.sampling import draw_data, draw_weights
from indicators.composite.uncertainty.sparse_draws import SparseDraws

CODES = [f"I{number}" for number in range(6)]


def panel(*, gaps: int = 9, ties: bool = False, years: int = 1) -> Panel:
    rng = np.random.default_rng(1)
    values = rng.lognormal(size=(20 * years, len(CODES)))
    values = np.round(values, 0) if ties else values
    for row, column in zip(rng.integers(0, 20, gaps), rng.integers(0, 6, gaps), strict=True):
        values[row, column] = np.nan
    data = pd.DataFrame(values, columns=CODES)
    data = data.assign(uCode=[f"u{i:02}" for i in range(20)] * years, Time=np.repeat(np.arange(years), 20))
    rows = [(1, c, -1 if i == 2 else 1, 1 + i, "P" if i < 3 else "Q", "Indicator") for i, c in enumerate(CODES)]
    rows += [(2, "P", 1, 2, "T", "Aggregate"), (2, "Q", 1, 3, "T", "Aggregate"), (3, "T", 1, None, "", "Aggregate")]
    meta = pd.DataFrame(rows, columns=["Level", "iCode", "Direction", "Weight", "Parent", "Type"])
    return read_panel(data, meta)


def recipe(method: str = "min_max", mean: str = "arithmetic") -> Recipe:
    return parse_recipe({"steps": [{"normalise": {"method": method}}, {"aggregate": {"method": mean}}]})


@pytest.mark.parametrize(("method", "ties"), [("min_max", False), ("rank", False), ("rank", True)])
def test_the_scores_are_those_of_the_long_way(method: str, ties: bool) -> None:
    model, _ = compile_model(panel(ties=ties), recipe(method))
    sparse = SparseDraws.of(model)
    assert sparse is not None
    x = draw_data(model, 30, np.random.default_rng(3), np.random.default_rng(4))
    cells = sparse.draw(30, np.random.default_rng(3))
    weights = draw_weights(model, 30, np.random.default_rng(5))
    np.testing.assert_array_equal(x[:, sparse.rows, sparse.columns], cells)
    for number in product(range(len(model.normalisations)), range(len(model.aggregations))):
        expected, failed = scores(model, x, weights, MethodChoice(*number))
        assert not failed.any()
        np.testing.assert_allclose(sparse.scores(cells, weights, MethodChoice(*number)), expected, rtol=1e-10)


@pytest.mark.parametrize(
    ("table", "steps"),
    [
        (panel(gaps=0), recipe()),
        (panel(years=2), recipe()),
        (panel(), recipe("z_score")),
        (panel(), recipe("min_max", "copeland")),
        (panel(), parse_recipe({"steps": [{"treat": {}}, *recipe().document()["steps"]]})),
    ],
)
def test_other_recipes_go_the_long_way(table: Panel, steps: Recipe) -> None:
    assert SparseDraws.of(compile_model(table, steps)[0]) is None
