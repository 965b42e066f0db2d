"""Whether every interval, flag, rank set and year of arrival keeps the rate it states, in an invented nation.

``python -m bench.calibration`` prints the table by size class, keeps it for the handbook, and writes it into
docs/calibration.md. Each row stands beside what the plain method, which leaves out what this one allows for, gives.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import theilslopes

from app.texts import say
from bench.nation import Array, chances, gamed, left_out, parameters, profiles, sizes_of, staff
from indicators.change.kitagawa_decomposition import decompose
from indicators.change.trend import Trend, arrival, trend
from indicators.comparison.funnel import Z95, funnel
from indicators.comparison.peer_quartiles import position_among
from indicators.composite import parse_recipe, read_panel
from indicators.composite.methods.ranks import ranks
from indicators.composite.uncertainty.robustness import rank_robustness
from indicators.scoring.goalposts_and_bands import PRINTED, Goal, band_of_score, exact_band, printed_position, score
from indicators.values.difference_interval import difference_interval, side_of
from indicators.values.wilson_interval import wilson

HERE = Path(__file__).parent
RESULTS = HERE.parent / "app" / "documents" / "handbook" / "calibration.json"
PAGE = HERE.parent / "docs" / "calibration.md"
BEGIN, END = "<!-- table -->", "<!-- /table -->"
LENGTHS = (5, 8, 10)
PEERS = 15
RARE = 4
TARGET = 30  # points above the first value, which a rise reaches after the years seen


@dataclass(frozen=True)
class Rate:
    """One rate by size class beside that of the plain method, each from ``cases`` of which it is a share.

    ``quantity`` and ``stated`` are keys of the words in app/texts/calibration.yaml. ``limit`` names the limits
    it has to keep, as far as so few cases can tell (two standard errors).
    """

    quantity: str
    stated: str
    limit: str
    found: Mapping[str, float]
    plain: Mapping[str, float] | None = None
    cases: int | Mapping[str, int] = 1

    @property
    def holds(self) -> bool:
        """Whether every size class lies within the limits."""
        low, high = parameters()["limits"][self.limit]
        for name, share in self.found.items():
            cases = self.cases if isinstance(self.cases, int) else self.cases[name]
            doubt = [2 * float(np.sqrt(end * (1 - end) / cases)) for end in (low, high)]
            if not low - doubt[0] <= share <= high + doubt[1]:
                return False
        return True


def calibration(cases: int, seed: int = 1, *, nations: int = 20) -> list[Rate]:
    """Every rate from ``cases`` institutions of each size class, and ``nations`` where whole nations are compared."""
    makers: list[Callable[..., list[Rate]]] = [
        of_values,
        of_bands,
        of_differences,
        of_peers,
        of_compositions,
        of_trends,
        of_arrivals,
    ]
    sources = np.random.default_rng(seed).spawn(len(makers) + 2)
    found = [rate for make, rng in zip(makers, sources, strict=False) for rate in make(cases, rng)]
    return [*found, *of_ranks(nations, sources[-2]), *of_lists(nations, sources[-1])]


def _estimate(part: Array, whole: Array) -> tuple[Array, Array, Array]:
    return (part / whole, *wilson(part, whole))


# values ----------------------------------------------------------------------------------------------------------


def of_values(cases: int, rng: np.random.Generator) -> list[Rate]:
    """Reference intervals: how often they hold the share that an institution has on average."""
    honest, games = {}, {}
    for name in parameters()["sizes"]:
        sizes = sizes_of(name, cases, rng)
        one = staff(sizes, chances(cases, rng), 1, rng)
        part, whole = one.part[:, :, 0].sum(axis=1), sizes
        for found, counts in ((honest, part), (games, gamed(part, whole, rng))):
            low, high = wilson(counts, whole)
            found[name] = float(((low <= one.truth) & (one.truth <= high)).mean())
    return [
        Rate("interval", "about_95", "interval", honest, cases=cases),
        Rate("interval_gamed", "about_95", "interval", games, cases=cases),
    ]


def of_bands(cases: int, rng: np.random.Generator) -> list[Rate]:
    """Printed bands, one or two: how often one is printed of which the band of the average share is not one."""
    goal = Goal(Fraction(0), Fraction(20), "score")
    found, plain = {}, {}
    for name in parameters()["sizes"]:
        sizes = sizes_of(name, cases, rng)
        one = staff(sizes, chances(cases, rng), 1, rng)
        part = one.part[:, :, 0].sum(axis=1)
        ends = [band_of_score(score(100 * end, goal)) for end in wilson(part, sizes)]
        own, true = exact_band(part, sizes, goal), band_of_score(score(100 * one.truth, goal))
        printed = np.array(PRINTED, dtype=object)[printed_position(own, *ends)]
        is_off = [t is not None and str(band) not in t.split("–") for band, t in zip(true, printed, strict=True)]
        found[name] = float(np.mean(is_off))
        plain[name] = float((own != true).mean())
    what = "band"
    return [Rate(what, "most_5", "difference", found, plain, cases)]


# differences -----------------------------------------------------------------------------------------------------


def of_differences(cases: int, rng: np.random.Generator) -> list[Rate]:
    """Two groups with one chance: how often they are told apart."""
    found, plain = {}, {}
    for name in parameters()["sizes"]:
        chance, profile = chances(cases, rng), profiles(cases, rng)
        sides = []
        for _ in range(2):
            sizes = sizes_of(name, cases, rng)
            sides.append((staff(sizes, chance, 1, rng, profile=profile).part[:, :, 0].sum(axis=1), sizes))
        one, two = (_estimate(*side) for side in sides)
        found[name] = float((side_of(*difference_interval(one, two)) != "indistinguishable").mean())
        exact = (two[0],) * 3
        plain[name] = float((side_of(*difference_interval(one, exact)) != "indistinguishable").mean())
    what = "difference"
    return [Rate(what, "about_5", "difference", found, plain, cases)]


def of_peers(cases: int, rng: np.random.Generator) -> list[Rate]:
    """The median of 15 peers with the same chance: how often a value is placed above or below it."""
    found, plain = {}, {}
    for name in parameters()["sizes"]:
        told, exact = [], []
        for chance in chances(max(1, cases // 4), rng):
            sizes = sizes_of(name, PEERS + 1, rng)
            profile = profiles(1, rng).repeat(PEERS + 1, axis=0)
            one = staff(sizes, np.full(PEERS + 1, chance), 1, rng, profile=profile)
            part = one.part[:, :, 0].sum(axis=1)
            value, low, high = _estimate(part, sizes)
            limits = list(zip(low[1:], high[1:], strict=True))
            placed = position_among(float(value[0]), (float(low[0]), float(high[0])), value[1:].tolist(), limits).placed
            told.append(placed != "indistinguishable")
            exact.append(not low[0] <= np.median(value[1:]) <= high[0])
        found[name], plain[name] = float(np.mean(told)), float(np.mean(exact))
    what = "peers"
    return [Rate(what, "about_5", "difference", found, plain, max(1, cases // 4))]


def of_compositions(cases: int, rng: np.random.Generator) -> list[Rate]:
    """An institution drawn from the nation: how often a part of its difference is told as more than chance."""
    positions = list(parameters()["positions"].values())
    shares = np.array([one["share"] for one in positions])
    rates = np.array([0.12 * one["times"] for one in positions])
    nation = np.round(40_000 * shares).astype(np.int64)[:, None]
    reference = rng.binomial(nation, rates[:, None])
    told: dict[str, dict[str, float]] = {"mix": {}, "practice": {}}
    for name in parameters()["sizes"]:
        hits = {"mix": 0, "practice": 0}
        for size in sizes_of(name, cases, rng).tolist():
            whole = rng.multinomial(size, shares)[:, None]
            part = rng.binomial(whole, rates[:, None])
            result = decompose(part, whole, reference, nation)
            for effect, interval in (("mix", result.composition_interval), ("practice", result.rate_interval)):
                hits[effect] += interval is not None and not interval[0] <= 0 <= interval[1]
        for effect, count in hits.items():
            told[effect][name] = count / cases
    return [
        Rate(
            effect,
            "about_5",
            "difference",
            told[effect],
            cases=cases,
        )
        for effect in ("mix", "practice")
    ]


# trends ----------------------------------------------------------------------------------------------------------


def _series(name: str, cases: int, years: int, rng: np.random.Generator, rise: float = 0.0) -> Any:
    sizes = sizes_of(name, cases, rng)
    one = staff(sizes, chances(cases, rng), years, rng, rise=rise)
    return one, one.part.sum(axis=1), one.whole.sum(axis=1), one.hired.sum(axis=1)


def _trend(part: Array, whole: Array, hired: Array | None, is_out: Array | None = None) -> Trend:
    years = np.arange(2026 - len(part), 2026)
    if is_out is not None:
        years, part, whole = years[~is_out], part[~is_out], whole[~is_out]
        hired = None if hired is None else hired[~is_out]
    kept = None if hired is None else 1 - float((hired / whole).mean())
    counts = [(int(f), int(n)) for f, n in zip(part, whole, strict=True)]
    return trend(years.tolist(), (100 * part / whole).tolist(), counts=counts, persistence=kept)


def of_trends(cases: int, rng: np.random.Generator) -> list[Rate]:
    """Series in which nothing changes: how often a trend is called certain."""
    rates = []
    cases = max(1, cases // 4)
    for years in LENGTHS:
        asked, not_asked, plain = {}, {}, {}
        for name in parameters()["sizes"]:
            _, part, whole, hired = _series(name, cases, years, rng)
            rows = range(cases)
            asked[name] = float(np.mean([_trend(part[i], whole[i], hired[i]).is_certain for i in rows]))
            not_asked[name] = float(np.mean([_trend(part[i], whole[i], None).is_certain for i in rows]))
            plain[name] = float(np.mean([_plain_is_certain(part[i] / whole[i]) for i in rows]))
        rates += [
            Rate(f"trend_{years}_asked", "about_5", "trend", asked, plain, cases),
            Rate(f"trend_{years}_not_asked", "about_5", "trend", not_asked, plain, cases),
        ]
    return [*rates, _of_gaps(cases, rng)]


def _of_gaps(cases: int, rng: np.random.Generator) -> Rate:
    """Series of ten years with a year left out: how often they have an interval."""
    found = {}
    for name in parameters()["sizes"]:
        _, part, whole, hired = _series(name, cases, LENGTHS[-1], rng)
        out = left_out(cases, LENGTHS[-1], rng)
        told = [_trend(part[i], whole[i], hired[i], out[i]).interval is not None for i in range(cases)]
        found[name] = float(np.mean(told))
    return Rate("gap", "never", "never", found, cases=cases)


def _plain_is_certain(values: Array) -> bool:
    fit = theilslopes(values, np.arange(len(values)), alpha=0.95)
    return bool(fit.low_slope > 0 or fit.high_slope < 0)


def of_arrivals(cases: int, rng: np.random.Generator) -> list[Rate]:
    """Years of arrival: how often one is printed where nothing changes, and holds where the share rises."""
    cases = max(1, cases // 4)
    false, held, printed = {}, {}, {}
    years, rise = LENGTHS[-1], parameters()["rise"]
    for name in parameters()["sizes"]:
        _, part, whole, hired = _series(name, cases, years, rng)
        found = [(_trend(part[i], whole[i], hired[i]), 100 * part[i, 0] / whole[i, 0]) for i in range(cases)]
        false[name] = float(np.mean([arrival(one, first + TARGET).year is not None for one, first in found]))
        # Of small institutions few show a change that is certain: as many more of them are looked at.
        many = cases * RARE if name == "small" else cases
        one, part, whole, hired = _series(name, many, years, rng, rise=rise)
        hits = []
        for i in range(many):
            target = 100 * one.truth[i] + TARGET
            when = arrival(_trend(part[i], whole[i], hired[i]), target)
            due = 2026 - years + TARGET / (100 * rise)
            if when.year is not None and when.earliest is not None:
                hits.append(when.earliest <= np.ceil(due) and (when.latest is None or when.latest >= np.floor(due)))
        if hits:
            held[name], printed[name] = float(np.mean(hits)), len(hits)
    return [
        Rate("arrival_false", "most_5", "trend", false, cases=cases),
        Rate("arrival", "about_95", "arrival", held, cases=printed),
    ]


# ranks and lists -------------------------------------------------------------------------------------------------


def _nation(rng: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """Size class (as a number), people, chance and count of every institution of a nation."""
    each = parameters()["institutions"]
    which = np.repeat(np.arange(len(parameters()["sizes"])), each)
    sizes = np.concatenate([sizes_of(name, each, rng) for name in parameters()["sizes"]])
    one = staff(sizes, chances(len(sizes), rng), 1, rng)
    return which, sizes, one.truth, one.part[:, :, 0].sum(axis=1)


def of_ranks(nations: int, rng: np.random.Generator, runs: int = 400) -> list[Rate]:
    """Rank intervals and simultaneous rank sets: how often they hold the true rank."""
    names = list(parameters()["sizes"])
    held: dict[str, list[Array]] = {name: [] for name in names}
    sets: dict[str, list[Array]] = {name: [] for name in names}
    plain: dict[str, list[Array]] = {name: [] for name in names}
    at_once = []
    meta = pd.DataFrame(
        [
            (1, "I", 1, 1, "T", "Indicator", "N", 0, 0.6, "true"),
            (2, "T", 1, None, "", "Aggregate", "", None, None, ""),
            (None, "N", None, None, "", "Denominator", "", None, None, ""),
        ],
        columns=[
            "Level", "iCode", "Direction", "Weight", "Parent", "Type", "Denominator", "GoalLower", "GoalUpper", "Counts"
        ],
    )  # fmt: skip
    steps = [{"denominate": {}}, {"normalise": {"method": "min_max"}}, {"aggregate": {"method": "arithmetic"}}]
    for number in range(nations):
        which, sizes, truth, part = _nation(rng)
        data = pd.DataFrame({"uCode": [f"u{i:04}" for i in range(len(sizes))], "I": part, "N": sizes})
        found = rank_robustness(read_panel(data, meta), parse_recipe({"steps": steps}), runs=runs, seed=number)
        true = ranks(truth)
        drawn = ranks(rng.beta(part + 0.5, sizes - part + 0.5, (runs, len(sizes))))
        low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
        in_sets = (found.set_low <= true) & (true <= found.set_high)
        at_once.append(in_sets.all())
        for place, name in enumerate(names):
            own = which == place
            held[name].append(((found.low <= true) & (true <= found.high))[own])
            plain[name].append(((low <= true) & (true <= high))[own])
            sets[name].append(in_sets[own].all())

    def means(parts: Mapping[str, list[Array]]) -> dict[str, float]:
        return {name: float(np.mean(own)) for name, own in parts.items()}

    return [
        Rate(
            "rank",
            "about_90",
            "rank",
            means(held),
            means(plain),
            nations * parameters()["institutions"],
        ),
        Rate(
            "rank_sets_class",
            "least_95",
            "rank_sets",
            means(sets),
            cases=nations,
        ),
        Rate(
            "rank_sets",
            "about_95",
            "rank_sets",
            {"all": float(np.mean(at_once))},
            cases=nations,
        ),
    ]


def of_lists(nations: int, rng: np.random.Generator) -> list[Rate]:
    """National lists: how many ordinary institutions lie outside the limits, and how many flags are false."""
    names = list(parameters()["sizes"])
    outside: dict[str, list[float]] = {name: [] for name in names}
    plain: dict[str, list[float]] = {name: [] for name in names}
    false = []
    for _ in range(nations):
        which, sizes, _, part = _nation(rng)
        odd = rng.random(len(sizes)) < 0.05
        planted = np.where(odd, rng.binomial(sizes, 0.6), part)
        found = funnel(part, sizes)
        flagged = funnel(planted, sizes)
        if found is None or flagged is None:
            raise ValueError("a nation of this size has a funnel")
        overall = part.sum() / sizes.sum()
        spread = np.sqrt(overall * (1 - overall) / sizes)
        for place, name in enumerate(names):
            outside[name].append(float((found.outside != 0)[which == place].mean()))
            plain[name].append(float((np.abs(part / sizes - overall) > Z95 * spread)[which == place].mean()))
        false.append((flagged.stands_out & ~odd).sum() / max(1, flagged.stands_out.sum()))
    return [
        Rate(
            "outside",
            "about_5",
            "outside",
            {name: float(np.mean(own)) for name, own in outside.items()},
            {name: float(np.mean(own)) for name, own in plain.items()},
            nations * parameters()["institutions"],
        ),
        Rate(
            "flagged",
            "about_10",
            "flagged",
            {"all": float(np.mean(false))},
            cases=nations * 40,
        ),
    ]


# the table -------------------------------------------------------------------------------------------------------


def table(rates: list[Rate]) -> list[str]:
    """The rates as lines of a Markdown table."""
    names = list(parameters()["sizes"])
    spans = [f"{low:,}–{high:,}" for low, high in parameters()["sizes"].values()]
    head = ["What", "Stated", *spans, "Plain method", "Holds"]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for rate in rates:
        cells = [_percent(rate.found.get(name, rate.found.get("all"))) for name in names]
        plain = "–" if rate.plain is None else " / ".join(_percent(rate.plain[name]) for name in names)
        lines.append(f"| {_words(rate)} | {' | '.join(cells)} | {plain} | {'yes' if rate.holds else 'no'} |")
    return lines


def _words(rate: Rate) -> str:
    return f"{say(f'calibrated.{rate.quantity}', 'en')} | {say(f'calibration_stated.{rate.stated}', 'en')}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def main(cases: int = 2_000) -> int:
    """Prints, keeps and documents the rates; 1 when one of them does not hold."""
    rates = calibration(cases, nations=40)
    lines = table(rates)
    print("\n".join(lines))
    kept = {
        "cases": cases,
        "sizes": parameters()["sizes"],
        "rates": [asdict(rate) | {"holds": rate.holds} for rate in rates],
    }
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}", encoding="utf-8")
    return 0 if all(rate.holds for rate in rates) else 1


if __name__ == "__main__":
    sys.exit(main())
