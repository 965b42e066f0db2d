"""A panel of invented institutions over several rounds, as stacked clean tables: material for speed tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from schemas.dictionary.dictionary import CENTRE, WHOLE, DataDictionary

# Each count of researchers with what it is a part of, and the share it has of that on average.
PARTS = {
    "foreign": ("total", 0.15),
    "female": ("total", 0.2),
    "pi": ("total", 0.4),
    "foreign_pi": ("pi", 0.1),
    "hired": ("total", 0.1),
    "foreign_hired": ("hired", 0.3),
    "hired_open_call": ("hired", 0.8),
}
PAPERS = ("papers", "international", "domestic", "single")
FOUNDERS = ("national", "public", "private")
FIRST_YEAR = 2026
MISSING = 0.03  # share of answers with the code m

Array = np.ndarray[Any, Any]


def panel(
    institutions: int, years: int, dictionary: DataDictionary, seed: int = 1
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """(tables, rounds) of ``institutions`` × ``years`` submissions, each with a centre, with 3 % gaps."""
    rng = np.random.default_rng(seed)
    number, year = np.divmod(np.arange(institutions * years), years)
    names = np.char.add(np.char.add(number.astype(str), "/"), year.astype(str))
    rounds = pd.DataFrame({"submission": names, "institution": number.astype(str), "year": FIRST_YEAR + year})
    tables = {
        "units": pd.DataFrame({"submission": names, "unit": "C1", "is_centre": True, "row_key": "1"}),
        "researchers": _researchers(rounds, dictionary, rng),
        "checklist": _checklist(rounds, dictionary, rng),
        "publications": _publications(rounds, rng),
        "staff": _staff(rounds, rng),
        "profile": _profile(rounds, rng),
    }
    return tables, rounds


def _crossed(rounds: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``keys`` for every submission."""
    return rounds[["submission", "year"]].rename(columns={"year": "round"}).merge(keys, how="cross")


def _coded(frame: pd.DataFrame, columns: dict[str, Array], rng: np.random.Generator) -> pd.DataFrame:
    for name, values in columns.items():
        is_missing = rng.random(len(frame)) < MISSING
        frame[name] = pd.arrays.IntegerArray(values.astype(np.int64), is_missing)
        frame[f"{name}__code"] = np.where(is_missing, "m", "")
    return frame


def _researchers(rounds: pd.DataFrame, dictionary: DataDictionary, rng: np.random.Generator) -> pd.DataFrame:
    positions = dictionary.code_lists["positions"].codes()
    keys = [{"unit": unit, "position": p} for unit in (WHOLE, "C1") for p in positions]
    frame = _crossed(rounds, pd.DataFrame(keys))
    total = np.where(frame["unit"] == WHOLE, rng.integers(20, 300, len(frame)), rng.integers(2, 30, len(frame)))
    counts = {"total": total}
    for name, (whole, share) in PARTS.items():
        counts[name] = rng.binomial(counts[whole], share)
    return _coded(frame.assign(row_key=frame["unit"] + "/" + frame["position"]), counts, rng)


def _checklist(rounds: pd.DataFrame, dictionary: DataDictionary, rng: np.random.Generator) -> pd.DataFrame:
    keys = [{"item": i.code, "scope": scope} for i in dictionary.checklist.items for scope in i.scopes]
    frame = _crossed(rounds, pd.DataFrame(keys))
    level = rng.integers(0, 3, len(frame)) + (frame["scope"] == CENTRE).to_numpy(np.int64)
    frame = _coded(frame.assign(row_key=frame["item"] + "/" + frame["scope"]), {"declared": level}, rng)
    return frame.assign(counted=frame["declared"], applicable=True)


def _publications(rounds: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    frame = _crossed(rounds, pd.DataFrame({"offset": range(-5, 0)}))
    frame["year"] = (frame["round"] + frame["offset"]).astype(str)
    papers = rng.integers(50, 3000, len(frame))
    parts = rng.multinomial(papers, [0.35, 0.4, 0.25])
    counts = dict(zip(PAPERS, [papers, *parts.T], strict=True))
    return _coded(frame.drop(columns="offset").assign(row_key=frame["year"], counting="full"), counts, rng)


def _staff(rounds: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    frame = rounds[["submission"]].assign(row_key="")
    whole = rng.integers(20, 300, len(frame))
    columns = {"administrative": whole}
    columns |= {f"bilingual_{kind}": rng.binomial(whole, 0.05) for kind in ("permanent", "fixed_term", "part_time")}
    return _coded(frame, columns, rng)


def _profile(rounds: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """What peers are found by: size, students, age, founder and hospital; the same every year but for the counts."""
    institutions, which = np.unique(rounds["institution"], return_inverse=True)
    undergraduates = np.exp(rng.normal(8, 1, len(rounds))).astype(np.int64)
    counts = {
        "staff": np.exp(rng.normal(6, 1, len(rounds))).astype(np.int64),
        "students_undergraduate": undergraduates,
        "students_master": rng.binomial(undergraduates, 0.2),
        "students_doctoral": rng.binomial(undergraduates, 0.08),
        "students_stem": rng.binomial(undergraduates, 0.4),
    }
    fixed = {
        "founder": np.array(FOUNDERS, dtype=object)[rng.integers(0, len(FOUNDERS), len(institutions))],
        "has_hospital": np.array(["no", "yes"], dtype=object)[rng.integers(0, 2, len(institutions))],
        "founded": rng.integers(1949, 2010, len(institutions)),
    }
    frame = rounds[["submission"]].assign(row_key="", **{name: column[which] for name, column in fixed.items()})
    return _coded(frame, counts, rng)
