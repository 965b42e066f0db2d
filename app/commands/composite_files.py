"""Two tables and a recipe from files, results to a folder: the file side of the ``composite`` command."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from app.commands.composite_input import message, notes_on_reading, read_recipe, read_tables
from app.documents.export.safe_csv import write_csv
from indicators.comparison.peer_quartiles import LEAST_PEERS
from indicators.composite import CompositeResult, Panel, RecipeError, follow
from indicators.composite.methods.array_types import Bools, Floats
from indicators.composite.recipe.recipe import STEPS
from indicators.composite.uncertainty.robustness import RankRobustness, leave_one_out, rank_robustness, smaa
from indicators.composite.uncertainty.sobol import SobolIndices, check_base, sobol_indices
from schemas.dictionary.declaration import Text

Progress = Callable[[str, float], None]

# En dashes, because a spreadsheet would read "2-10" as a date.
RANK_LABELS = ("1", "2–10", "11–25", "26–50", "51–100", "rest")
OPTIONAL_FILES = (
    "robustness.csv",
    "acceptability.csv",
    "acceptability_uniform_weights.csv",
    "pairwise.csv",
    "sobol.csv",
)


def run_composite(
    data: Path,
    meta: Path,
    recipe: Path,
    out: Path,
    *,
    robustness: int | None,
    sobol: int | None,
    seed: int,
    progress: Progress,
) -> list[Text]:
    """Compute the composite of ``data`` (iData) and ``meta`` (iMeta) by ``recipe`` and write it to ``out``.

    Writes ``scores.csv``, ``ranks.csv``, ``steps/NN_<step>.csv`` and ``report.json``; with ``robustness``
    draws also ``robustness.csv``, ``acceptability.csv``, ``acceptability_uniform_weights.csv`` and (up to
    50 units a year) ``pairwise.csv``; with ``sobol``, a power of two, ``sobol.csv``. Result files of an
    earlier run are replaced. ``progress`` is called with the name of the stage and its share done.
    CSV is UTF-8 with byte-order mark, as in every export. Gives the warnings that ``report.json`` holds. Raises
    RecipeError or PanelError before anything is written.
    """
    _check_seed(seed)
    if out.exists() and not out.is_dir():
        raise RecipeError([message("unwritable", out=out)])
    if sobol is not None:
        check_base(sobol)
    steps = read_recipe(recipe)
    panel = read_tables(data, meta)
    result = follow(panel, steps, progress)
    report = _report(result, seed)
    report["warnings"] = notes_on_reading(data, meta) + report["warnings"]
    tables = _score_tables(result)
    if robustness is not None:
        found = rank_robustness(panel, steps, runs=robustness, seed=seed, progress=progress)
        uniform = smaa(panel, steps, runs=robustness, seed=seed, progress=progress)
        is_few = _rows_of_few_units(found)
        tables |= _robustness_tables(found, uniform, is_few)
        if is_few.any():
            report["warnings"].append(message("few_units", least=LEAST_PEERS))
        report["robustness"] = _robustness_report(found, uniform) | {
            "leave_one_out": {
                code: None if np.isnan(shift) else shift for code, shift in leave_one_out(panel, steps).items()
            }
        }
    if sobol is not None:
        indices = sobol_indices(panel, steps, base=sobol, seed=seed, progress=progress)
        tables["sobol.csv"] = _sobol_table(indices)
        report["sobol"] = {
            "runs": indices.runs,
            "failed": indices.failed,
            "base_rows_left_out": indices.left_out,
            "output": "mean absolute shift of rank",
            "mean": indices.mean_shift,
        }
    try:
        _write(out, tables, report)
    except OSError:
        raise RecipeError([message("unwritable", out=out)]) from None
    warnings: list[Text] = report["warnings"]
    return warnings


def _check_seed(seed: int) -> None:
    if seed < 0:
        raise RecipeError([message("bad_seed", seed=seed)])


def _rows(panel: Panel) -> pd.DataFrame:
    """uCode and Time (whole numbers where they are) in the order of the file."""
    table = pd.DataFrame({"uCode": panel.units})
    years: Any = [None] * len(table) if panel.years is None else panel.years
    table["Time"] = years
    if panel.years is not None and ((panel.years == np.round(panel.years)) & (np.abs(panel.years) < 2**53)).all():
        table["Time"] = panel.years.astype(np.int64)
    return table


def _in_file_order(table: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    return table.iloc[np.argsort(panel.position)].reset_index(drop=True)


def _wide(panel: Panel, codes: tuple[str, ...], values: Floats) -> pd.DataFrame:
    columns = pd.DataFrame(values, columns=list(codes))
    return _in_file_order(pd.concat([_rows(panel), columns], axis=1), panel)


def _whole(values: Floats) -> pd.DataFrame:
    return pd.DataFrame(values).astype("Int64")


def _score_tables(result: CompositeResult) -> dict[str, pd.DataFrame]:
    ranked = _whole(result.ranks())
    ranked.columns = pd.Index(result.codes())
    tables = {
        "scores.csv": _wide(result.panel, result.codes(), result.scores()),
        "ranks.csv": _in_file_order(pd.concat([_rows(result.panel), ranked], axis=1), result.panel),
    }
    for number, step in enumerate(result.steps, start=1):
        tables[f"steps/{number:02d}_{step.name}.csv"] = _wide(step.panel, step.codes, step.values)
    return tables


def _rows_of_few_units(found: RankRobustness) -> Bools:
    """The rows of years in which so few units have a score that an interval of ranks would say nothing."""
    is_few = np.zeros(len(found.score), dtype=bool)
    for rows in found.panel.year_slices():
        is_few[rows] = np.count_nonzero(~np.isnan(found.score[rows])) < LEAST_PEERS
    return is_few


def _robustness_tables(found: RankRobustness, uniform: RankRobustness, is_few: Bools) -> dict[str, pd.DataFrame]:
    """The tables of shares of runs; rows of years with few units have no interval of ranks."""
    panel = found.panel
    table = _rows(panel)
    table["score"] = found.score
    for name in ("rank", "low", "median", "high"):
        column = {"low": "rank_5", "median": "rank_median", "high": "rank_95"}.get(name, name)
        table[column] = _whole(getattr(found, name))[0]
    table["rank_set_first"], table["rank_set_last"] = _whole(found.set_low)[0], _whole(found.set_high)[0]
    table.loc[is_few, ["rank_5", "rank_95", "rank_set_first", "rank_set_last"]] = pd.NA
    for column_number, band in enumerate((5, 4, 3, 2, 1)):
        table[f"band_{band}"] = np.nan if found.bands is None else found.bands[:, column_number]
    tables = {
        "robustness.csv": _in_file_order(table, panel),
        "acceptability.csv": _acceptability(found),
        "acceptability_uniform_weights.csv": _acceptability(uniform),
    }
    pairs = _pairwise(found)
    if pairs is not None:
        tables["pairwise.csv"] = pairs
    return tables


def _acceptability(found: RankRobustness) -> pd.DataFrame:
    rows = _in_file_order(_rows(found.panel), found.panel)
    shares = found.acceptability[np.argsort(found.panel.position)]
    table = rows.loc[rows.index.repeat(len(RANK_LABELS))].reset_index(drop=True)
    table["rank_class"] = list(RANK_LABELS) * len(rows)
    table["share"] = shares.ravel()
    return table


def _pairwise(found: RankRobustness) -> pd.DataFrame | None:
    """For each year the share of runs in which a unit ranks before another; None above 50 units a year."""
    rows = _rows(found.panel)
    parts = []
    for own, shares in found.ahead:
        if shares is None:
            return None
        year = rows.iloc[own]
        part = year.merge(year[["uCode"]].rename(columns={"uCode": "other"}), how="cross")
        part["share_ahead"] = shares.ravel()
        parts.append(part[part["uCode"] != part["other"]])
    return pd.concat(parts, ignore_index=True)


def _sobol_table(indices: SobolIndices) -> pd.DataFrame:
    table = pd.DataFrame({"input": indices.inputs})
    for name, centre, half in (
        ("first_order", indices.first, indices.first_half_width),
        ("total", indices.total, indices.total_half_width),
    ):
        table[name] = centre
        table[f"{name}_low"] = centre - half
        table[f"{name}_high"] = centre + half
    return table


def _robustness_report(found: RankRobustness, uniform: RankRobustness) -> dict[str, Any]:
    return {
        "runs": found.runs,
        "failed": found.failed,
        "dropped": found.dropped,
        "alternatives_left_out": list(found.left_out),
        "varied": found.varies,
        "alternatives_with_equal_chance": found.alternatives,
        "bands": message("no_bands")
        if found.bands is None
        else {"varied": ["data", "weights"], "failed": found.failed_bands},
        "uniform_weights": {"runs": uniform.runs, "failed": uniform.failed, "varied": uniform.varies},
    }


def _report(result: CompositeResult, seed: int) -> dict[str, Any]:
    report = result.report
    return {
        "recipe": result.recipe.document(),
        "seed": seed,
        "dropped": report.dropped,
        "treated": report.treated,
        "imputed": report.imputed,
        "weights": report.weights,
        "effective_weights": report.effective_weights,
        "correlations": report.correlations,
        "cronbach_alpha": report.cronbach_alpha,
        "warnings": report.warnings,
    }


def _write(out: Path, tables: dict[str, pd.DataFrame], report: dict[str, Any]) -> None:
    (out / "steps").mkdir(parents=True, exist_ok=True)
    for name in OPTIONAL_FILES:
        (out / name).unlink(missing_ok=True)
    earlier = re.compile(rf"\d\d+_({'|'.join(STEPS)})\.csv")
    for path in (out / "steps").iterdir():
        if earlier.fullmatch(path.name):
            path.unlink()
    for name, table in tables.items():
        write_csv(table, out / name)
    text = json.dumps(report, ensure_ascii=False, indent=2, allow_nan=False, default=Text.model_dump)
    (out / "report.json").write_text(text + "\n", encoding="utf-8")
