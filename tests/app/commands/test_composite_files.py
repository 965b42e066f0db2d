"""The composite command's files: what is read, what is written, what is refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.commands.composite_files import RANK_LABELS, run_composite
from app.commands.composite_input import read_recipe, read_tables
from indicators.composite import PanelError, RecipeError

META = """Level,iCode,iName,Direction,Weight,Parent,Type,GoalLower,GoalUpper
1,A,日本語の名前,1,1,P,Indicator,0,10
1,B,,-1,2.5,P,Indicator,0,10
1,C,,1,1,Q,Indicator,0,10
2,P,,1,1,T,Aggregate,,
2,Q,,1,1,T,Aggregate,,
3,T,,1,,,Aggregate,,
,Region,,,,,Group,,
"""
DATA = """uCode,uName,Time,Region,A,B,C
b,ビー,2021,x,1,2,0.1
a,エー,2020,x,1,9,3
a,エー,2021,y,4,,7
b,ビー,2020,y,3,5,1
c,シー,2020,y,9,1,4
"""
RECIPE = """steps:
  - screen: {min_available: 2/3}
  - impute: {method: group_mean, group: Region}
  - normalise: {method: goalposts}
  - aggregate: {method: arithmetic, weights: original, min_available: 0.5, by_level: {3: {method: geometric}}}
"""


def write(folder: Path, data: str = DATA, meta: str = META, recipe: str = RECIPE) -> list[Path]:
    paths = [folder / "iData.csv", folder / "iMeta.csv", folder / "recipe.yaml"]
    for path, text in zip(paths, (data, meta, recipe), strict=True):
        path.write_text(text, encoding="utf-8-sig" if path.suffix == ".csv" else "utf-8")
    return paths


def compute(folder: Path, robustness=None, sobol=None, seed=1, **texts) -> Path:
    out = folder / "out"
    run_composite(*write(folder, **texts), out, robustness=robustness, sobol=sobol, seed=seed, progress=lambda *_: None)
    return out


def refused(folder: Path, **changes) -> str:
    with pytest.raises((PanelError, RecipeError)) as caught:
        compute(folder, **changes)
    assert not (folder / "out").exists()
    assert all(m.ja and m.en for m in caught.value.messages)
    return str(caught.value)


def test_scores_by_hand_in_the_order_of_the_file(tmp_path):
    out = compute(tmp_path)
    scores = pd.read_csv(out / "scores.csv")
    assert list(scores) == ["uCode", "Time", "A", "B", "C", "P", "Q", "T"]
    assert list(zip(scores["uCode"], scores["Time"], strict=True)) == [
        ("b", 2021),
        ("a", 2020),
        ("a", 2021),
        ("b", 2020),
        ("c", 2020),
    ]
    # B of a in 2021 has no other unit of region y that year to take a mean from, so it stays missing.
    expected_p = [(0.1 + 2.5 * 0.8) / 3.5, (0.1 + 2.5 * 0.1) / 3.5, 0.4, (0.3 + 2.5 * 0.5) / 3.5, 3.15 / 3.5]
    assert scores["P"].tolist() == pytest.approx(expected_p, rel=1e-9)
    expected_t = np.sqrt(np.array(expected_p) * np.array([0.01, 0.3, 0.7, 0.1, 0.4]))
    assert scores["T"].tolist() == pytest.approx(expected_t, rel=1e-9)
    ranked = (out / "ranks.csv").read_bytes().decode("utf-8").splitlines()
    assert ranked[0] == '\ufeff"uCode","Time","A","B","C","P","Q","T"'
    assert ranked[1] == '"b",2021,2,1,2,1,2,2' and ranked[3] == '"a",2021,1,"",1,2,1,1'


def test_step_files_and_report(tmp_path):
    out = compute(tmp_path)
    names = sorted(path.name for path in (out / "steps").iterdir())
    assert names == ["01_screen.csv", "02_impute.csv", "03_normalise.csv", "04_aggregate.csv"]
    assert list(pd.read_csv(out / "steps" / "03_normalise.csv")) == ["uCode", "Time", "A", "B", "C"]
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert {"dropped", "treated", "imputed", "weights", "warnings", "recipe"} <= set(report)
    assert report["weights"] == pytest.approx({"A": 2 / 7, "B": 5 / 7, "C": 1, "P": 0.5, "Q": 0.5})
    assert report["recipe"]["steps"][0] == {"screen": {"min_available": "2/3", "force_in": [], "force_out": []}}
    assert any("Gaps left after step 2 (impute): 1, in B" in w["en"] for w in report["warnings"])


def test_numbers_are_written_so_that_they_read_back_exactly(tmp_path):
    out = compute(tmp_path, recipe="steps:\n  - normalise: {method: z_score, over: all_years}\n")
    cells = (out / "scores.csv").read_text(encoding="utf-8-sig").splitlines()[1].split(",")[2:]
    values = pd.read_csv(out / "scores.csv").iloc[0, 2:].tolist()
    assert [float(cell) for cell in cells] == values
    assert cells == [repr(value) for value in values]


def test_table_without_time(tmp_path):
    data = "uCode,A,B,C\n" + "".join(f"u{i},{i},{10 - i},{i}\n" for i in range(1, 5))
    out = compute(tmp_path, data=data, meta=META.replace(",Region,,,,,Group,,\n", ""), recipe=RECIPE_PLAIN)
    scores = pd.read_csv(out / "scores.csv")
    assert scores["Time"].isna().all() and scores["uCode"].tolist() == ["u1", "u2", "u3", "u4"]


RECIPE_PLAIN = "steps:\n  - normalise: {method: goalposts}\n  - aggregate: {method: arithmetic}\n"


def test_robustness_and_sobol_files(tmp_path):
    out = compute(tmp_path, robustness=100, sobol=16, recipe=RECIPE_PLAIN)
    table = pd.read_csv(out / "robustness.csv")
    assert list(table)[:7] == ["uCode", "Time", "score", "rank", "rank_5", "rank_median", "rank_95"]
    bands = table[[f"band_{b}" for b in (5, 4, 3, 2, 1)]].sum(axis=1)
    assert bands.tolist() == pytest.approx([1] * 5)
    scores = pd.read_csv(out / "scores.csv")
    assert table["score"].tolist() == scores["T"].tolist() and table["uCode"].tolist() == scores["uCode"].tolist()
    for name in ("acceptability.csv", "acceptability_uniform_weights.csv"):
        shares = pd.read_csv(out / name)
        assert list(shares) == ["uCode", "Time", "rank_class", "share"]
        assert set(shares["rank_class"]) == set(RANK_LABELS)
        assert shares.groupby(["uCode", "Time"])["share"].sum().tolist() == pytest.approx([1] * 5)
    pairs = pd.read_csv(out / "pairwise.csv")
    assert len(pairs) == 3 * 2 + 2 * 1 and pairs["share_ahead"].between(0, 1).all()
    sobol = pd.read_csv(out / "sobol.csv")
    assert sobol["input"].tolist() == ["weights", "normalisation", "aggregation", "treatment", "data"]
    assert (sobol["total_low"] <= sobol["total_high"]).all()
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["robustness"]["runs"] == 100 and report["sobol"]["runs"] == 16 * 7
    assert report["robustness"]["varied"]["treatment"] is False


@pytest.mark.parametrize(("units", "is_told"), [(3, False), (4, False), (5, True)])
def test_ranks_among_few_units_have_no_interval_and_the_report_says_why(tmp_path, units, is_told):
    lines = [f"u{n},,2020,x,{n},{9 - n},{n + 1}" for n in range(units)]
    lines += [f"v{n},,2021,x,{n},{9 - n},{n + 1}" for n in range(6)]
    data = "\n".join([DATA.splitlines()[0], *lines]) + "\n"
    out = compute(tmp_path, data=data, robustness=50, recipe=RECIPE_PLAIN)
    table = pd.read_csv(out / "robustness.csv").set_index("Time")
    assert table.loc[2021, ["rank", "rank_5", "rank_95"]].notna().all(axis=None)
    assert table.loc[2020, ["rank", "rank_median"]].notna().all(axis=None)
    assert table.loc[2020, ["rank_5", "rank_95"]].notna().all(axis=None) == is_told
    assert table.loc[2020, ["rank_5", "rank_95"]].isna().all(axis=None) != is_told
    warnings = json.loads((out / "report.json").read_text(encoding="utf-8"))["warnings"]
    assert any("rank_5" in one["ja"] and "fewer than 5" in one["en"] for one in warnings) != is_told


def test_same_seed_same_files(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    outs = [compute(tmp_path / name, robustness=60, sobol=8, seed=9, recipe=RECIPE_PLAIN) for name in ("one", "two")]
    files = [sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file()) for out in outs]
    assert files[0] == files[1]
    assert all((outs[0] / name).read_bytes() == (outs[1] / name).read_bytes() for name in files[0])


def test_the_number_of_threads_changes_no_digit_that_is_shown(tmp_path):
    """As a user runs it, on a table large enough for the matrix library to share the work among threads."""
    rng = np.random.default_rng(2)
    values = np.where(rng.random((200, 30)) < 0.03, np.nan, rng.lognormal(0, 1, (200, 30)))
    codes = [f"I{number}" for number in range(30)]
    data = pd.DataFrame(values, columns=codes).assign(uCode=[f"u{number}" for number in range(200)])
    lines = [
        f"1,{code},,{1 if place % 3 else -1},{1 + place % 4},P{place // 10},Indicator,0,10"
        for place, code in enumerate(codes)
    ]
    lines += [f"2,P{place},,1,1,T,Aggregate,," for place in range(3)] + ["3,T,,1,,,Aggregate,,"]
    recipe = "steps:\n  - treat: {then: log}\n  - normalise: {method: min_max}\n"
    recipe += "  - aggregate: {method: arithmetic, weights: pca, by_level: {3: {weights: equal}}}\n"
    meta = "\n".join([META.splitlines()[0], *lines]) + "\n"
    files = dict(
        zip(("--data", "--meta", "--recipe"), write(tmp_path, data.to_csv(index=False), meta, recipe), strict=True)
    )
    tables = []
    for threads in ("1", "2"):
        out = tmp_path / threads
        command = [
            sys.executable,
            "-m",
            "app.cli",
            "composite",
            *(str(part) for pair in files.items() for part in pair),
        ]
        command += ["--out", str(out), "--robustness", "20", "--sobol", "2", "--seed", "7"]
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        subprocess.run(command, check=True, env=os.environ | dict.fromkeys(names, threads))
        tables.append({path.relative_to(out): path for path in sorted(out.rglob("*.csv"))})
    assert list(tables[0]) == list(tables[1]) and len(tables[0]) == 9
    for name in tables[0]:
        one, other = (pd.read_csv(found[name]) for found in tables)
        pd.testing.assert_frame_equal(one, other, check_exact=False, rtol=1e-12, atol=1e-12)


def test_files_of_an_earlier_run_are_replaced(tmp_path):
    out = compute(tmp_path, robustness=20, sobol=4)
    (out / "steps" / "notes.txt").write_text("mine", encoding="utf-8")
    compute(tmp_path, recipe=RECIPE_PLAIN)
    left = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert left == {
        "scores.csv",
        "ranks.csv",
        "report.json",
        "steps/01_normalise.csv",
        "steps/02_aggregate.csv",
        "steps/notes.txt",
    }


def test_progress_is_told(tmp_path):
    seen: list[tuple[str, float]] = []
    run_composite(
        *write(tmp_path),
        tmp_path / "out",
        robustness=10,
        sobol=2,
        seed=0,
        progress=lambda stage, share: seen.append((stage, share)),
    )
    assert {stage for stage, _ in seen} >= {"screen", "normalise", "aggregate", "robustness", "smaa", "sobol"}
    assert all(0 <= share <= 1 for _, share in seen)


def test_text_in_a_number_column_is_named_by_row_and_column(tmp_path):
    text = refused(tmp_path, data=DATA.replace("9,3", "nine,3"))
    assert "3 行目の列 B の「nine」" in text and "Row 3, column B: 'nine'" in text
    for bad in ("inf", "NaN", "1e999", "NA"):
        assert "Row 3, column B" in refused(tmp_path, data=DATA.replace("9,3", f"{bad},3"))


def test_blank_lines_keep_the_row_numbers(tmp_path):
    data = DATA.replace("a,エー,2020,x,1,9,3\n", ",,,,,,\n\na,エー,2020,x,1,nine,3\n")
    assert "Row 5, column B" in refused(tmp_path, data=data)


def test_several_faults_are_named_at_once(tmp_path):
    data = DATA.replace("1,9,3", "x,y,3").replace("c,シー,2020", "b,シー,2020")
    with pytest.raises(PanelError) as caught:
        compute(tmp_path, data=data)
    assert len(caught.value.messages) == 3
    assert "b (2020)" in str(caught.value)


def test_duplicate_heading_and_missing_column(tmp_path):
    assert "column A more than once" in refused(tmp_path, data=DATA.replace("A,B,C", "A,A,C"))
    assert "no column B" in refused(tmp_path, data=DATA.replace("A,B,C", "A,BB,C"))


def test_files_that_cannot_be_read(tmp_path):
    paths = write(tmp_path)
    for content in ("uCode,A\n大,1\n".encode("utf-16-le"), b"uCode,A\n\xff\xff,1\n"):
        paths[0].write_bytes(content)
        with pytest.raises(PanelError, match=r"iData.csv cannot be read as CSV \(UTF-8\).*comma delimited"):
            read_tables(paths[0], paths[1])
    with pytest.raises(PanelError, match=r"none.csv cannot be read"):
        read_tables(tmp_path / "none.csv", paths[1])
    with pytest.raises(RecipeError, match=r"none.yaml cannot be read"):
        read_recipe(tmp_path / "none.yaml")
    paths[2].write_bytes("steps:  # 手順\n".encode("cp932"))
    with pytest.raises(RecipeError, match=r"recipe.yaml cannot be read as YAML"):
        read_recipe(paths[2])
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    with pytest.raises(PanelError, match=r"empty.csv is empty"):
        read_tables(tmp_path / "empty.csv", paths[1])


def test_tables_saved_by_a_japanese_spreadsheet_are_read_and_said_so(tmp_path):
    paths = write(tmp_path)
    wanted = read_tables(paths[0], paths[1])
    for path, text in zip(paths, (DATA.replace("x,", "東京,"), META), strict=False):
        path.write_bytes(text.replace("\n", "\r\n").encode("cp932"))
    out = tmp_path / "out"
    run_composite(*paths, out, robustness=None, sobol=None, seed=0, progress=lambda *_: None)
    said = json.loads((out / "report.json").read_text(encoding="utf-8"))["warnings"]
    assert [w["en"].split()[0] for w in said if "CP932" in w["en"]] == ["iData.csv", "iMeta.csv"]
    found = read_tables(paths[0], paths[1])
    assert np.array_equal(found.values, wanted.values, equal_nan=True)
    assert set(found.groups["Region"]) == {"東京", "y"} and found.framework.levels[0][0].name == "日本語の名前"


def test_commas_that_group_digits_are_named_by_line(tmp_path):
    text = refused(tmp_path, data=DATA.replace("9,3", "9,000,3"))
    assert "Line 3 of iData.csv has 8 columns where the heading has 7" in text


@pytest.mark.parametrize("place", ["iData.csv", "iData.csv/out"])
def test_a_place_that_cannot_be_written_to(tmp_path, place):
    paths = write(tmp_path)
    with pytest.raises(RecipeError, match="cannot be written to"):
        run_composite(*paths, tmp_path / place, robustness=None, sobol=None, seed=0, progress=lambda *_: None)


def test_years_longer_than_a_whole_number_can_be(tmp_path):
    data = DATA.replace(",2021,", ",1e20,")
    out = compute(tmp_path, data=data)
    assert pd.read_csv(out / "scores.csv")["Time"].tolist() == [1e20, 2020, 1e20, 2020, 2020]


@pytest.mark.parametrize(
    ("recipe", "hint"),
    [
        ("steps:\n  - normalise: {method: min_max\n", "recipe.yaml"),
        ("steps:\n  - normalise: {method: min_max, lower: 0, lower: 1}\n", "lower"),
        ("steps:\n  - normalise: {method: minmax}\n", "min_max"),
        ("step: []\n", "steps:"),
        ("steps:\n  - normalise: {method: \0}\n", "recipe.yaml cannot be read as YAML"),
        ("steps:\n  - normalise: {{}: min_max}\n", "recipe.yaml, line 2: references"),
        ("steps:\n  - {[a]: b}\n", "recipe.yaml, line 2: references"),
        ("steps: &all\n  - *all\n", "recipe.yaml, line 2: references"),
        ("steps:\n  - normalise: !!python/object:os.system {}\n", "recipe.yaml"),
        ("", "steps:"),
    ],
)
def test_recipes_that_are_not_understood(tmp_path, recipe, hint):
    assert hint in refused(tmp_path, recipe=recipe)


def test_a_recipe_with_a_mark_at_its_beginning_is_read(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE_PLAIN.replace("\n", "\r\n"), encoding="utf-8-sig", newline="")
    assert [step.method for step in read_recipe(path).steps] == ["goalposts", "arithmetic"]


def test_decimals_are_taken_as_written(tmp_path):
    paths = write(tmp_path, recipe="steps:\n  - screen: {min_available: 0.1}\n  - denominate: {}\n")
    step = read_recipe(paths[2]).steps[0]
    assert str(step.min_available) == "1/10"


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"robustness": 0}, "--robustness 0"),
        ({"sobol": 100}, "power of two"),
        ({"sobol": 1}, "power of two from 2"),
        ({"seed": -1}, "--seed -1"),
    ],
)
def test_options_that_cannot_be_used(tmp_path, changes, hint):
    assert hint in refused(tmp_path, recipe=RECIPE_PLAIN, **changes)
