"""What the benchmarks compare with computes the same: otherwise their ratios would mean nothing."""

from pathlib import Path

import numpy as np
import pytest

from bench.composite import ranks_by_year
from bench.index import index_panel, plain_recipe, weight_matrices
from bench.intake import findings, paper_form, read_with_calamine
from bench.peers import plain_stability
from bench.robustness import SEED, plain_loop, plain_quantiles
from bench.row import Comparison, measured
from indicators.composite import follow
from indicators.composite.uncertainty.robustness import rank_robustness


@pytest.mark.parametrize("years", [1, 3])
def test_bare_numpy_gives_the_ranks_of_the_recipe(years: int) -> None:
    panel = index_panel(70, 24, years)
    plain = ranks_by_year(panel.values, weight_matrices(panel), panel.year_slices())
    np.testing.assert_array_equal(follow(panel, plain_recipe()).ranks(), plain)


def test_the_plain_loop_gives_the_rank_intervals_of_the_runs() -> None:
    panel = index_panel(30, 24)
    found = rank_robustness(panel, plain_recipe(), runs=150, seed=SEED)
    np.testing.assert_array_equal([found.low, found.median, found.high], plain_quantiles(plain_loop(panel, 150)))


def test_plain_stability_finds_a_twin_in_every_run() -> None:
    values = np.random.default_rng(0).normal(size=(40, 8))
    values[1] = values[0] + 1e-6
    shares = plain_stability(values)
    assert shares[0, 1] == shares[1, 0] == 1
    assert shares.sum(axis=1) == pytest.approx(np.full(40, 15.0))


def test_a_row_times_both_and_a_limit_stands_in_where_there_is_no_reference() -> None:
    called = {"ours": 0, "theirs": 0}

    def count(name: str) -> None:
        called[name] += 1

    both = Comparison("w", lambda: count("ours"), "r", lambda: count("theirs"), target=2.0, runs=3)
    assert set(measured("n", both)) == {
        "name", "what", "ours_s", "ours_processor_s", "reference", "reference_s", "ratio", "target", "peak_mb",
        "extra_mb",
    }  # fmt: skip
    assert called == {"ours": 4, "theirs": 4}  # one of each does not count
    once = Comparison("w", lambda: count("ours"), "a limit", None, target=1.0, runs=1, limit_s=3.0, uncounted=0)
    assert measured("n", once)["reference_s"] == 3.0 and called["ours"] == 5


def test_a_row_waits_before_each_of_our_runs_and_tells_the_memory_they_took() -> None:
    order: list[str] = []
    held: list[bytearray] = []

    def ours() -> None:
        order.append("ours")
        held[:] = [bytearray(b"x" * 2**20) for _ in range(256)]
        held.clear()

    row = measured(
        "n", Comparison("w", ours, "r", None, 1.0, runs=2, limit_s=1.0, prepare=lambda: order.append("wait"))
    )
    assert order == ["wait", "ours"] * 3
    assert row["extra_mb"] is None or 128 <= row["extra_mb"] <= row["peak_mb"]


def test_one_paper_in_five_of_the_faulty_list_holds_a_fault() -> None:
    found = {f.rule: f.count for f in findings(paper_form(160, faulty=True)) if f.field.startswith("publication_list.")}
    clean = {f.rule for f in findings(paper_form(160)) if f.field.startswith("publication_list.")}
    slips = {"R.VAL.090", "R.SUB.066", "R.VAL.011", "R.VAL.003", "R.VAL.080", "R.VAL.015"}
    assert {rule: found[rule] for rule in slips} == dict.fromkeys(slips, 4)
    assert found["R.PUB.036"] == 3, "the same identifier four times"
    assert clean.isdisjoint(slips | {"R.PUB.036"})


def test_the_reference_reads_every_row_of_the_list(tmp_path: Path) -> None:
    sizes = []
    for papers in (0, 50):
        path = tmp_path / f"{papers}.xlsx"
        path.write_bytes(paper_form(papers))
        sizes.append(read_with_calamine(path))
    assert 0 < sizes[1] - sizes[0] <= 50
