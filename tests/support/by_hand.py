"""The composite steps in plain Python, one cell at a time, from docs/composite.md, sharing no code with ours."""

import math
import statistics
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.app.commands.test_composite_by_hand import Case

Row = dict[str, Any]


class Stopped(Exception):
    """The recipe has no right result on this table."""


def present(values):
    return [value for value in values if value is not None]


def twelve(value: float) -> float:
    return float(f"{value:.11e}")


def adjusted_moments(v: list[float]) -> tuple[float, float] | None:
    """G1 and G2, None where they say nothing."""
    n = len(v)
    if n < 4 or len(set(v)) == 1:
        return None
    d = [x - math.fsum(v) / n for x in v]
    m2, m3, m4 = (math.fsum(x**k for x in d) / n for k in (2, 3, 4))
    skew = m3 / m2**1.5 * math.sqrt(n * (n - 1)) / (n - 2)
    return skew, (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (m4 / m2**2 - 3) + 6)


class ByHand:
    """A table of rows {u, t, g, x: {code: value}, d: denominator} taken through the steps one cell at a time."""

    def __init__(self, case: "Case") -> None:
        self.case, self.codes = case, list(case.codes)
        self.rows: list[Row] = [row | {"x": dict(row["x"])} for row in case.rows]
        self.sign = {code: case.codes[code]["sign"] for code in self.codes}

    def scopes(self, over: str) -> list[list[Row]]:
        years = sorted({row["t"] for row in self.rows}, key=lambda year: year or 0)
        return [self.rows] if over == "all_years" else [[r for r in self.rows if r["t"] == year] for year in years]

    def column(self, rows: list[Row], code: str) -> list[float]:
        return present([row["x"][code] for row in rows])

    def screen(self, min_available="0", force_in=(), force_out=()) -> None:
        def stays(row: Row) -> bool:
            enough = Fraction(len(present(row["x"].values())), len(self.codes)) >= Fraction(min_available)
            return (enough or row["u"] in force_in) and row["u"] not in force_out

        self.rows = [row for row in self.rows if stays(row)]
        if not self.rows:
            raise Stopped

    def denominate(self) -> None:
        for row in self.rows:
            for code in self.codes:
                scale, x = self.case.codes[code]["scale"], row["x"][code]
                if scale and x is not None:
                    row["x"][code] = None if row["d"] is None else x / row["d"] * scale

    def impute(self, method: str, group: str | None = None) -> None:
        if method in ("latest", "linear", "constant"):
            self._over_years(method)
            return
        average = statistics.median if method.endswith("median") else statistics.fmean
        for scope in self.scopes("each_year"):
            before = {id(row): dict(row["x"]) for row in scope}
            for row in scope:
                for code in self.codes:
                    if before[id(row)][code] is not None:
                        continue
                    if method.startswith("row_"):
                        row["x"][code] = self._from_row(before, row, code, average)
                        continue
                    near = [r for r in scope if group is None or (r["g"] == row["g"] != "")]
                    found = present([before[id(r)][code] for r in near])
                    row["x"][code] = average(found) if found else None

    def _from_row(self, before: dict[int, Row], row: Row, code: str, average: Any) -> float | None:
        def ends(name: str) -> tuple[float, float] | None:
            values = present([own[name] for own in before.values()])
            return (min(values), max(values))[:: self.sign[name]] if values else None

        own = ends(code)
        if own is None or own[0] == own[1]:
            return own[0] if own else None
        siblings = [name for name in self.codes if self.case.parent[name] == self.case.parent[code]]
        shares = []
        for name in siblings:
            x, limits = before[id(row)][name], ends(name)
            if x is not None and limits and limits[0] != limits[1]:
                shares.append((x - limits[0]) / (limits[1] - limits[0]))
        return own[0] + average(shares) * (own[1] - own[0]) if shares else None

    def _over_years(self, method: str) -> None:
        for unit in {row["u"] for row in self.rows}:
            mine = sorted((row for row in self.rows if row["u"] == unit), key=lambda row: row["t"])
            for code in self.codes:
                known = [(row["t"], row["x"][code]) for row in mine if row["x"][code] is not None]
                for row in mine if known else []:
                    if row["x"][code] is not None:
                        continue
                    before = [pair for pair in known if pair[0] < row["t"]]
                    after = [pair for pair in known if pair[0] > row["t"]]
                    if method == "linear" and before and after:
                        (t0, x0), (t1, x1) = before[-1], after[0]
                        row["x"][code] = x0 + (x1 - x0) * (row["t"] - t0) / (t1 - t0)
                    elif before:
                        row["x"][code] = (after[0] if method == "linear" and after else before[-1])[1]
                    elif method != "latest":
                        row["x"][code] = after[0][1]

    def treat(self, winsorise_max: int, then: str, max_skew: float, max_kurtosis: float) -> None:
        def passes(v: list[float]) -> bool:
            found = adjusted_moments(v)
            return found is None or abs(found[0]) < max_skew or found[1] < max_kurtosis

        for scope in self.scopes(self.case.over):
            for code in self.codes:
                original = self.column(scope, code)
                if adjusted_moments(original) is None or passes(original):
                    continue
                now = original
                while not passes(now):
                    up = adjusted_moments(now)[0] >= 0
                    end = max(now) if up else min(now)
                    rest = [x for x in now if x != end]
                    moved = [(max(rest) if up else min(rest)) if x == end else x for x in now]
                    too_many = sum(a != b for a, b in zip(moved, original, strict=True)) > winsorise_max
                    if too_many or len(set(moved)) == 1:
                        break
                    now = moved
                if then == "log" and not passes(now):
                    low, high = min(original), max(original)
                    now = [math.log(x - low + 0.01 * (high - low)) for x in original]
                holders = [row for row in scope if row["x"][code] is not None]
                for row, x in zip(holders, now, strict=True):
                    row["x"][code] = x

    def normalise(self, method: str, **given: Any) -> None:
        after = {}
        for scope in self.scopes(self.case.over):
            for code in self.codes:
                values = self.column(scope, code)
                if values:
                    scale = self._scale(method, scope, code, values, **given)
                    after |= {(id(row), code): scale(row["x"][code]) for row in scope if row["x"][code] is not None}
        for row in self.rows:
            row["x"] = {code: after.get((id(row), code)) for code in self.codes}
        self.sign = dict.fromkeys(self.codes, 1)

    def _scale(self, method, scope, code, values, lower=0.0, upper=100.0, reference=None, cap=False):
        own, sign, n = self.case.codes[code], self.sign[code], len(values)
        low, high = min(values), max(values)
        worst, best = (low, high) if sign > 0 else (high, low)
        if (low == high and method in ("min_max", "z_score", "distance_to_max")) or (method, n) == (
            "percentile_rank",
            1,
        ):
            raise Stopped
        if method == "min_max":
            return lambda x: lower + (x - worst) / (best - worst) * (upper - lower)
        if method == "distance_to_max":
            return lambda x: 1 - (best - x) / (best - worst)
        if method == "z_score":
            return lambda x: sign * (x - statistics.fmean(values)) / statistics.stdev(values)
        if method in ("rank", "borda", "percentile_rank"):
            behind = lambda x: sum(sign * y < sign * x for y in values)  # noqa: E731
            return {
                "rank": lambda x: behind(x) + 1,
                "borda": behind,
                "percentile_rank": lambda x: behind(x) / (n - 1),
            }[method]
        if method == "fraction_of_max":
            if sign < 0 or high <= 0:
                raise Stopped
            return lambda x: x / high
        if method in ("goalposts", "scaled"):
            start, end = (own["lower"], own["upper"])[::sign]
            share = lambda x: (x - start) / (end - start)  # noqa: E731
            return share if method == "scaled" else lambda x: min(1.0, max(0.0, share(x)))
        aim = own["target"]
        if method == "distance_to_reference":
            latest = max((row for row in scope if row["u"] == reference), key=lambda row: row["t"] or 0, default=None)
            aim = latest and latest["x"][code]
        if aim is None or (aim - worst) * sign <= 0:
            raise Stopped
        return lambda x: min((x - worst) / (aim - worst), 1.0 if cap else math.inf)

    def aggregate(self, rules: dict[int, Row]) -> None:
        if min(self.sign.values()) < 0:
            raise Stopped
        for level, tree in self.case.tree.items():
            rule = rules[level]
            for parent, children in tree.items():
                w = {code: 1.0 if rule["weights"] == "equal" else self.case.weights[code] for code in children}
                w |= {code: given for code, given in rule.get("given", {}).items() if code in w}
                built = [self._built(rule, row, w) for row in self.rows]
                for row, value in zip(self.rows, built, strict=True):
                    enough = Fraction(len(present([row["x"][c] for c in children])), len(children))
                    held = rule["min_available"] is not None and enough < Fraction(rule["min_available"])
                    row["x"][parent] = None if held else value

    def _built(self, rule: Row, row: Row, w: dict[str, float]) -> float | None:
        parts = [(w[code], row["x"][code]) for code in w if row["x"][code] is not None]
        if not parts:
            return None
        if rule["method"] == "copeland":
            return float(sum(self._duel(row, other, w) for other in self.rows if other["t"] == row["t"]))
        total = math.fsum(weight for weight, _ in parts)
        if rule["method"] == "arithmetic" or rule.get("power") == 1:
            return math.fsum(weight * x for weight, x in parts) / total
        if min(x for _, x in parts) < 0:
            raise Stopped
        has_zero = min(x for _, x in parts) == 0
        if rule["method"] == "geometric" or rule.get("power") == 0:
            return 0.0 if has_zero else math.exp(math.fsum(weight * math.log(x) for weight, x in parts) / total)
        power = -1 if rule["method"] == "harmonic" else rule["power"]
        if power < 0 and has_zero:
            return 0.0
        return (math.fsum(weight * x**power for weight, x in parts) / total) ** (1 / power)

    @staticmethod
    def _duel(one: Row, other: Row, w: dict[str, float]) -> int:
        both = [code for code in w if one["x"][code] is not None and other["x"][code] is not None]
        pairs = [(w[code], twelve(one["x"][code]), twelve(other["x"][code])) for code in both]
        lead = math.fsum(weight * ((a > b) - (a < b)) for weight, a, b in pairs)
        return 0 if abs(lead) < 1e-12 else (1 if lead > 0 else -1)

    def ranks(self) -> list[Row]:
        found = []
        for row in self.rows:
            rivals = [r["x"] for r in self.rows if r["t"] == row["t"]]
            own: Row = {}
            for code, x in row["x"].items():
                sign = self.sign.get(code, 1)
                others = [twelve(sign * r[code]) for r in rivals if r[code] is not None]
                own[code] = None if x is None else 1 + sum(y > twelve(sign * x) for y in others)
            found.append(row | {"x": own})
        return found
