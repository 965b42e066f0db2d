"""Whole recipes through real files against plain arithmetic (``by_hand``)."""

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest

from app.commands.composite_files import run_composite
from indicators.composite import CompositeError
from tests.support.by_hand import ByHand, Row, Stopped

CASES = 250


class Case:
    """An awkward table, its metadata and a recipe, drawn from a seed."""

    def __init__(self, seed: int) -> None:
        draw = self.draw = random.Random(seed)
        years: list[int | None] = draw.sample(range(2015, 2026), draw.randint(1, 4)) if draw.random() < 0.7 else [None]
        units = [f"{number:03}" for number in range(draw.randint(3, 12))]
        names = [f"I{number}" for number in range(draw.randint(2, 6))]
        self.codes = {name: self._indicator() for name in names}
        half = len(names) // 2
        lowest = {"P": names[:half], "Q": names[half:]} if len(names) > 3 else {"P": names}
        self.tree = {2: lowest} | ({3: {"T": list(lowest)}} if draw.random() < 0.7 else {})
        self.parent = {child: p for tree in self.tree.values() for p, children in tree.items() for child in children}
        self.weights = {code: draw.choice([1.0, 2.5, 0.75]) for code in self.parent}
        self.over = draw.choice(["each_year", "all_years"])
        cells = draw.choice([self._whole, self._decimal, self._skewed])
        self.rows = [
            {
                "u": unit,
                "t": year,
                "g": draw.choice(["東", "西", "西", ""]),
                "x": {name: None if draw.random() < 0.12 else cells() for name in names},
                "d": draw.choice([10.0, 4.0, 2.5, None]),
            }
            for unit in units
            for year in years
            if unit == units[0] or draw.random() < 0.9
        ]
        draw.shuffle(self.rows)
        self.steps = self._recipe(units, dated=years != [None])

    def _indicator(self) -> Row:
        sign = self.draw.choice([1, 1, -1])
        lower, upper = self.draw.choice([(0, 10), (-2.5, 7.1), (1, 3)])
        target = self.draw.choice([120 * sign, 120 * sign, 8.5])
        return {"sign": sign, "lower": lower, "upper": upper, "target": target, "scale": self.draw.choice([0, 1, 100])}

    def _whole(self) -> float:
        return float(self.draw.randint(0, 9))

    def _decimal(self) -> float:
        return self.draw.randint(-50, 99) / 10

    def _skewed(self) -> float:
        return round(self.draw.lognormvariate(0, 2), 3)

    def _recipe(self, units: list[str], *, dated: bool) -> list[tuple[str, Row]]:
        draw, steps = self.draw, []
        if draw.random() < 0.4:
            forced = draw.sample([row["u"] for row in self.rows], 2)
            out = forced[1:] if forced[1] != forced[0] else []
            share = draw.choice(["2/3", "0.5", "1", "0.333"])
            steps.append(("screen", {"min_available": share, "force_in": forced[:1], "force_out": out}))
        if draw.random() < 0.5 and any(own["scale"] for own in self.codes.values()):
            steps.append(("denominate", {}))
        if draw.random() < 0.6:
            kinds = ["mean", "median", "group_mean", "group_median", "row_mean", "row_median"]
            method = draw.choice(kinds + (["latest", "linear", "constant"] if dated else []))
            steps.append(("impute", {"method": method} | ({"group": "Region"} if method[:5] == "group" else {})))
        method = draw.choice(
            [
                "min_max",
                "z_score",
                "rank",
                "borda",
                "percentile_rank",
                "distance_to_max",
                "distance_to_reference",
                "distance_to_target",
                "goalposts",
                "scaled",
                "fraction_of_max",
            ]
        )
        if method not in ("goalposts", "scaled", "distance_to_target") and draw.random() < 0.6:
            limits = {"max_skew": draw.choice([2, 1, 0.5]), "max_kurtosis": draw.choice([3.5, 1, 0])}
            steps.append(("treat", {"winsorise_max": draw.choice([0, 1, 5]), "then": draw.choice(["log", "none"])}))
            steps[-1][1].update(limits)
        given: Row = {"method": method}
        if method == "min_max":
            given |= {"lower": draw.choice([1.0, 0.0, -3.5]), "upper": draw.choice([100.0, 5.5])}
        if method.startswith("distance_to_ref"):
            given["reference"] = draw.choice(units)
        if method in ("distance_to_reference", "distance_to_target"):
            given["cap"] = draw.random() < 0.5
        return [*steps, ("normalise", given), ("aggregate", {level: self._rule() for level in self.tree})]

    def _rule(self) -> Row:
        draw = self.draw
        rule: Row = {
            "method": draw.choice(
                ["arithmetic", "arithmetic", "geometric", "harmonic", "generalised_mean", "copeland"]
            ),
            "weights": draw.choice(["original", "equal"]),
            "min_available": draw.choice([None, "1/2", "2/3", "0.8"]),
        }
        if rule["method"] == "generalised_mean":
            rule["power"] = draw.choice([2, 0.5, -1, 0, 1, -2.5])
        if draw.random() < 0.3:
            rule |= {"weights": "original", "given": {draw.choice(list(self.codes)): draw.choice([3.0, 0.25])}}
        return rule

    def by_hand(self) -> tuple[list[list[Row]], list[Row]] | None:
        """The table after each step and the ranks; None where there is no right result."""
        table, after = ByHand(self), []
        try:
            for name, given in self.steps:
                if name == "aggregate":
                    table.aggregate(given)
                else:
                    getattr(table, name)(**given)
                after.append([row | {"x": dict(row["x"])} for row in table.rows])
        except Stopped:
            return None
        return after, table.ranks()

    def files(self, folder: Path) -> list[Path]:
        """The files as a spreadsheet saves them: marked UTF-8, columns in any order, whole numbers as such."""
        head = ["uCode", "uName", "Region", "D", *self.codes, *(["Time"] if self.rows[0]["t"] else [])]
        self.draw.shuffle(head)
        end = self.draw.choice(["\r\n", "\n"])
        with (folder / "iData.csv").open("w", encoding="utf-8-sig", newline="") as out:
            table = csv.writer(out, lineterminator=end)
            table.writerow(head)
            for row in self.rows:
                cells = {"uCode": row["u"], "uName": "大学", "Region": row["g"], "D": row["d"], "Time": row["t"]}
                table.writerow([_written((cells | row["x"])[name]) for name in head])
        lines = ["Level,iCode,iName,Direction,Weight,Parent,Type,Target,GoalLower,GoalUpper,Denominator,Scale"]
        for code, own in self.codes.items():
            line = f"1,{code},名,{own['sign']},{self.weights[code]},{self.parent[code]},Indicator,{own['target']}"
            lines.append(f"{line},{own['lower']},{own['upper']},{'D' if own['scale'] else ''},{own['scale'] or 1}")
        for level, tree in self.tree.items():
            for code in tree:
                weight, parent = self.weights.get(code, ""), self.parent.get(code, "")
                lines.append(f"{level},{code},,1,{weight},{parent},Aggregate,,,,,")
        lines += [",Region,,,,,Group,,,,,", ",D,,,,,Denominator,,,,,"]
        (folder / "iMeta.csv").write_bytes(end.join(lines).encode("utf-8-sig"))
        (folder / "recipe.yaml").write_text(self.yaml(), encoding="utf-8")
        return [folder / name for name in ("iData.csv", "iMeta.csv", "recipe.yaml")]

    def yaml(self) -> str:
        lines = ["steps:"]
        for name, given in self.steps:
            if name == "aggregate":
                levels = ", ".join(f"{level}: {_flow(rule)}" for level, rule in given.items())
                lines.append(f"  - aggregate: {{method: arithmetic, by_level: {{{levels}}}}}")
            else:
                over = {"over": self.over} if name == "normalise" else {}
                lines.append(f"  - {name}: {_flow(given | over)}")
        return "\n".join(lines) + "\n"


def _written(cell: Any) -> str:
    return "" if cell is None else f"{cell:g}" if isinstance(cell, float) and cell.is_integer() else str(cell)


def _flow(given: Row) -> str:
    def text(value: Any) -> str:
        if isinstance(value, list):
            return f"[{', '.join(value)}]"
        return str(value).lower() if isinstance(value, bool) else str(value)

    rule = {name: value for name, value in given.items() if value is not None and name != "given"}
    if "given" in given:
        rule["weights"] = _flow(given["given"])
    return "{" + ", ".join(f"{name}: {text(value)}" for name, value in rule.items()) + "}"


def differs(path: Path, expected: list[Row]) -> list[object]:
    """Where a result file and the table by hand differ."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        found = list(csv.DictReader(lines))
    if [row["uCode"] for row in found] != [row["u"] for row in expected]:
        return [path.name, "rows"]
    if list(found[0]) != ["uCode", "Time", *expected[0]["x"]]:
        return [path.name, list(found[0])]
    return [
        (path.name, own["u"], own["t"], code, row[code], x)
        for row, own in zip(found, expected, strict=True)
        for code, x in own["x"].items()
        if row["Time"] != str(own["t"] or "")
        or (row[code] == "") != (x is None)
        or (x is not None and abs(float(row[code]) - x) > 1e-9 * max(1, abs(x)))
    ]


@pytest.mark.parametrize("seed", range(CASES))
def test_files_agree_with_plain_arithmetic(tmp_path, seed) -> None:
    case = Case(seed)
    paths, expected = case.files(tmp_path), case.by_hand()
    out = tmp_path / "out"
    options: dict[str, Any] = {"robustness": None, "sobol": None, "seed": 0, "progress": lambda *_: None}
    if expected is None:
        with pytest.raises(CompositeError):
            run_composite(*paths, out, **options)
        return
    run_composite(*paths, out, **options)
    after, ranked = expected
    for number, ((name, _), table) in enumerate(zip(case.steps, after, strict=True), start=1):
        assert differs(out / "steps" / f"{number:02}_{name}.csv", table) == [], case.yaml()
    assert differs(out / "scores.csv", after[-1]) == [], case.yaml()
    assert differs(out / "ranks.csv", ranked) == [], case.yaml()
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert {"dropped", "treated", "imputed", "weights", "warnings"} <= set(report)


def test_the_cases_are_not_all_alike() -> None:
    cases = [Case(seed) for seed in range(CASES)]
    stopped = sum(case.by_hand() is None for case in cases)
    assert 0 < stopped < CASES / 2
    given = [given for case in cases for _, given in case.steps]
    methods = {own["method"] for own in given if "method" in own}
    assert len(methods) >= 17
    rules = [rule for own in given for rule in own.values() if isinstance(rule, dict)]
    assert {rule["method"] for rule in rules} == {"arithmetic", "geometric", "harmonic", "generalised_mean", "copeland"}
