"""What other tools read: the descriptor fits the tables that are written, the two tables give our own scores."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from app.commands.catalogue import run_export
from app.commands.composite_files import read_recipe, read_tables
from app.commands.exit_codes import FINE, Options, UsageProblem
from app.documents.export.data_package import (
    DESCRIPTOR,
    LEVELS,
    RECIPE,
    benchmark_frame,
    data_package,
    denominator_of,
    export_files,
    indicator_frame,
    is_share,
    meta_table,
    scored_at,
)
from app.documents.export.safe_csv import csv_bytes
from app.documents.export.table_schema import RESOURCES
from app.edition import catalogue
from app.submission.result import Result
from indicators.composite import follow, parse_recipe, read_panel
from schemas.dictionary.declaration import read_yaml
from tests.support.composite_data import data_table

ON = date(2026, 5, 1)
RESULTS = ("values", "gaps", "scores", "value_cells")
READ = {"integer": int, "number": float, "date": date.fromisoformat, "string": str}


@pytest.fixture(scope="module")
def tables(processed: dict[tuple[str, int], Result]) -> dict[str, list[dict[str, str]]]:
    """The rows of every CSV of the package, as a reader gets them."""
    frames = {name: pd.concat([p.frames[name] for p in processed.values()], ignore_index=True) for name in RESULTS}
    frames |= {"indicators": indicator_frame(catalogue()), "benchmarks": benchmark_frame(catalogue())}
    return {name: records(csv_bytes(frame)) for name, frame in frames.items()}


def records(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def resources() -> dict[str, dict[str, Any]]:
    return {resource["name"]: resource for resource in data_package(catalogue())["resources"]}


# the descriptor


@pytest.mark.parametrize("name", list(RESOURCES))
def test_the_descriptor_names_the_columns_of_the_file_in_order(
    name: str, tables: dict[str, list[dict[str, str]]]
) -> None:
    described = [field["name"] for field in resources()[name]["schema"]["fields"]]
    assert described == list(tables[name][0])


@pytest.mark.parametrize("name", list(RESOURCES))
def test_every_cell_fits_its_declared_type_and_constraints(name: str, tables: dict[str, list[dict[str, str]]]) -> None:
    for field in resources()[name]["schema"]["fields"]:
        cells = {row[field["name"]] for row in tables[name]}
        problems = {cell for cell in cells if not fits(cell, field)}
        assert problems == set(), field["name"]


def fits(cell: str, field: dict[str, Any]) -> bool:
    limits = field.get("constraints", {})
    if cell in field.get("missingValues", [""]):
        return not limits.get("required", False)
    if field["type"] == "boolean":
        return cell in field["trueValues"] + field["falseValues"]
    try:
        value = READ[field["type"]](cell)
    except ValueError:
        return False
    return (
        cell in limits.get("enum", [cell])
        and re.fullmatch(limits.get("pattern", ".*"), cell, re.DOTALL) is not None
        and ("minimum" not in limits or value >= limits["minimum"])
        and ("maximum" not in limits or value <= limits["maximum"])
    )


@pytest.mark.parametrize(
    ("cell", "field"),
    [
        ("", {"type": "string", "constraints": {"required": True}}),
        ("yes", {"type": "boolean", "trueValues": ["True"], "falseValues": ["False"]}),
        ("1.5", {"type": "integer"}),
        ("other", {"type": "string", "constraints": {"enum": ["one"]}}),
        ("101", {"type": "number", "constraints": {"maximum": 100}}),
        ("1/0x", {"type": "string", "constraints": {"pattern": "[0-9]+/[0-9]+"}}),
    ],
)
def test_the_reader_of_these_tests_refuses_what_does_not_fit(cell: str, field: dict[str, Any]) -> None:
    assert not fits(cell, field)


def test_keys_are_unique_and_references_lead_somewhere(tables: dict[str, list[dict[str, str]]]) -> None:
    for name, resource in resources().items():
        schema = resource["schema"]
        keys = [tuple(row[column] for column in schema["primaryKey"]) for row in tables[name]]
        assert len(keys) == len(set(keys)) > 0, name
        for reference in schema.get("foreignKeys", []):
            target = reference["reference"]
            known = {tuple(row[c] for c in target["fields"]) for row in tables[target["resource"]]}
            assert {tuple(row[c] for c in reference["fields"]) for row in tables[name]} <= known, name


@pytest.mark.parametrize("language", ["ja", "en"])
def test_everything_has_a_title_in_both_languages_and_the_chosen_one_first(language: str) -> None:
    package = data_package(catalogue(), language)
    titled = [*package["resources"], *(f for r in package["resources"] for f in r["schema"]["fields"])]
    for thing in titled:
        assert thing["titles"]["ja"] and thing["titles"]["en"]
        assert thing["title"] == thing["titles"][language]
    names = [resource["name"] for resource in package["resources"]]
    assert len(set(names)) == len(names) and all(re.fullmatch("[a-z0-9_.-]+", name) for name in names)


def test_every_source_of_a_benchmark_is_credited_with_its_licence_where_it_has_one() -> None:
    credited = {source["name"]: source for source in data_package(catalogue())["sources"]}
    used = {entry.source for rows in catalogue().benchmarks.values() for b in rows for entry in b.entries}
    assert used <= set(credited)
    assert all(None not in source.values() for source in credited.values())
    for key in used:
        assert ("licence" in credited[key]) == (catalogue().sources[key].licence is not None)
        assert ("path" in credited[key]) == (catalogue().sources[key].url is not None)


# the two tables


@pytest.mark.parametrize("level", LEVELS)
def test_every_indicator_of_a_level_and_every_pillar_that_scores_has_one_row(level: Any) -> None:
    meta = meta_table(catalogue(), level, ON)
    codes = meta[meta["Type"].isin(["Indicator", "Group"])]["iCode"].tolist()
    assert sorted(codes) == sorted(i.id for i in catalogue().indicators.values() if level in i.levels)
    indicators = meta[meta["Type"] == "Indicator"]
    assert set(meta[meta["Type"] == "Aggregate"]["iCode"]) == set(indicators["Parent"])
    assert set(indicators["Denominator"]) - {""} == set(meta[meta["Type"] == "Denominator"]["iCode"])
    for _, row in indicators.iterrows():
        indicator = catalogue().indicators[row["iCode"]]
        assert row["Weight"] == indicator.weight and row["Parent"] == indicator.pillar


def test_goalposts_stand_in_as_numbers() -> None:
    meta = meta_table(catalogue(), "institution", ON).set_index("iCode")
    assert meta.loc["foreign_researcher_share", ["Target", "GoalLower", "GoalUpper"]].tolist() == ["30", "0", "30"]
    assert meta.loc["english_admin_score", "Target"] == "100"
    assert meta.loc["foreign_pi_share", "Type"] == "Group"
    assert meta_table(catalogue(), "centre", ON).set_index("iCode").loc["foreign_pi_share", "Target"] == "10"


def test_before_a_line_was_in_force_its_indicator_does_not_score() -> None:
    assert "foreign_researcher_share" in scored_at(catalogue(), "centre", ON)
    assert "foreign_researcher_share" not in scored_at(catalogue(), "centre", date(2006, 5, 1))


@pytest.mark.parametrize("level", LEVELS)
def test_the_composite_of_the_two_tables_gives_our_own_scores(
    level: Any, processed: dict[tuple[str, int], Result], tmp_path: Path
) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    values = pd.concat([result.frames["values"] for result in processed.values()], ignore_index=True)
    scores = pd.concat(
        [result.frames["scores"].assign(institution=code, year=year) for (code, year), result in processed.items()]
    )
    meta = meta_table(catalogue(), level, ON)
    panel = read_panel(data_table(values, catalogue(), level, ON), meta)
    result = follow(panel, read_recipe(tmp_path / "recipe.yaml"), lambda step, share: None)
    ours = scores[scores["level"] == level].set_index(["institution", "year", "element"])["score"]
    compared = 0
    for row, (unit, year) in enumerate(zip(panel.units, np.asarray(panel.years), strict=True)):
        for code, found in scores_of(result, row).items():
            expected = ours.get((unit, int(year), code))
            if expected is not None and not pd.isna(expected) and not np.isnan(found):
                assert 100 * found == pytest.approx(expected, abs=1e-9), (unit, year, code)
                compared += 1
    wanted = ours.index.get_level_values("element").isin([*panel.codes, *meta["Parent"]])
    assert compared > 0.8 * ours[wanted].notna().sum() > 10


@pytest.mark.parametrize("level", LEVELS)
def test_the_guide_to_composites_leads_from_the_package_to_our_own_scores(
    level: Any, processed: dict[tuple[str, int], Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = Path("docs/composite.md").read_text(encoding="utf-8")
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", guide, re.DOTALL) if "idata.csv" in block]
    result = processed["DEMO-01", 2026]
    files = export_files(catalogue(), date(2026, 5, 1), "ja")
    files["values.csv"] = csv_bytes(result.frames["values"])
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    exec(code.replace('level = "institution"', f'level = "{level}"'), {})
    panel = read_tables(tmp_path / "idata.csv", tmp_path / "imeta.csv")
    made = follow(panel, read_recipe(tmp_path / "recipe.yaml"), lambda step, share: None)
    scores = result.frames["scores"]
    unit = panel.units[0].removeprefix("DEMO-01 ")
    ours = scores[(scores["level"] == level) & (scores["unit"] == unit)].set_index("element")["score"].dropna()
    found = {code: score for code, score in scores_of(made, 0).items() if not np.isnan(score)}
    assert {code: 100 * score for code, score in found.items()} == pytest.approx({code: ours[code] for code in found})
    assert len(found) >= 5


def scores_of(result: Any, row: int) -> dict[str, float]:
    """Code -> score of a row, of indicators and pillars."""
    return {code: float(value) for code, value in zip(result.codes(), result.scores()[row], strict=True)}


def test_shares_are_given_as_counts_with_their_denominator(processed: dict[tuple[str, int], Result]) -> None:
    values = processed["DEMO-01", 2026].frames["values"]
    data = data_table(values, catalogue(), "institution", ON).iloc[0]
    row = values[(values["indicator"] == "foreign_researcher_share") & (values["level"] == "institution")].iloc[0]
    indicator = catalogue().indicators["foreign_researcher_share"]
    assert is_share(indicator)
    assert data["foreign_researcher_share"] == int(row["numerator"])
    assert data[denominator_of(indicator)] == int(row["denominator"])
    assert data["english_admin_score"] == pytest.approx(
        values[(values["indicator"] == "english_admin_score") & (values["level"] == "institution")].iloc[0]["value"]
    )


# the command


def test_the_command_writes_a_package_that_can_be_used_as_it_is(
    tmp_path: Path, processed: dict[tuple[str, int], Result], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "folder"
    assert run_export(Options(out=out, path=None), "ja") == FINE
    told = capsys.readouterr().err
    written = sorted(path.name for path in out.iterdir())
    assert all(name in told for name in written)
    descriptor = json.loads((out / DESCRIPTOR).read_text(encoding="utf-8"))
    assert descriptor["version"] == catalogue().hash
    here = {resource["path"] for resource in descriptor["resources"]} & set(written)
    assert here == {"indicators.csv", "benchmarks.csv"}
    values = pd.concat([result.frames["values"] for result in processed.values()], ignore_index=True)
    for level in LEVELS:
        (out / "idata.csv").write_bytes(csv_bytes(data_table(values, catalogue(), level, ON)))
        panel = read_tables(out / "idata.csv", out / f"imeta_{level}.csv")
        assert len(panel.units) > 0
    assert read_recipe(out / "recipe.yaml") == parse_recipe(read_yaml(out / "recipe.yaml"))


def test_without_a_folder_the_command_says_what_is_needed() -> None:
    with pytest.raises(UsageProblem) as refused:
        run_export(Options(out=None, path=None), "ja")
    assert refused.value.key == "export_needs_out"
