"""``junkan import`` from file to filled form."""

import csv
import io
import json
from pathlib import Path
from typing import get_args

import pyarrow.parquet as pq
import pytest

from app.cli import main
from app.commands.publications.import_scope import find_country
from app.texts import texts
from indicators.publications.publication_row import CSV_COLUMNS
from schemas.bibliography.read_problems import Kind
from schemas.bibliography.read_publications import KINDS
from schemas.dictionary.dictionary import load_dictionary
from schemas.reading.read_submission import read_submission
from schemas.xlsx.read_workbook import read_workbook
from tests.support.publication_samples import (
    HOSPITAL,
    KYOTO,
    OXFORD,
    SCOPUS_HEADINGS,
    SCOPUS_ROWS,
    TOKYO,
    authorship,
    institution,
    work,
    wos_plain,
    wos_tab,
    write_lines,
)

TITLE = {"title": "A made-up paper that was a preprint before it came out"}
TOP10 = {"citation_normalized_percentile": {"value": 0.97}}
WORKS = [
    work(1, authorship(institution(TOKYO)), authorship(institution(OXFORD))),
    work(
        2,
        authorship(institution(TOKYO)),
        authorship(institution(KYOTO)),
        citation_normalized_percentile={"value": 0.97},
    ),
    work(3, authorship(institution(HOSPITAL, TOKYO[1]), is_corresponding=True), publication_year=2022),
    work(4, authorship(institution(KYOTO))),
    work(5, authorship()),
    work(6, authorship(institution(TOKYO), name="A B"), type="preprint", doi=None, publication_year=2022, **TITLE),
    work(7, authorship(institution(TOKYO), name="A B"), **TITLE),
    work(8, authorship(institution(TOKYO)), doi="doi:10.5555/MADE.1"),
    work(9, authorship(institution(TOKYO)), publication_year=2015),
]


def run(out: Path, kind: str, files: list[Path], *options: str) -> tuple[int, list[dict[str, str]], dict]:
    code = main(["--lang", "en", "import", "--kind", kind, *map(str, files), "--out", str(out), *options])
    if not (out / "report.json").is_file():
        return code, [], {}
    with (out / "publications.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return code, rows, json.loads((out / "report.json").read_text("utf-8"))


@pytest.fixture
def works(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "works.jsonl", WORKS)


def test_publications_in_file_order(works: Path, tmp_path: Path) -> None:
    code, rows, report = run(tmp_path / "out", "openalex", [works], "--institution", TOKYO[0], "--years", "2021-2023")
    assert code == 0
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [row["record_id"][-2:] for row in rows] == [f"W{n}" for n in range(1, 9)]
    assert [row["own"] for row in rows] == ["1", "1", "1", "0", "0", "1", "1", "1"]
    assert [row["international"] for row in rows] == ["1", "0", "0", "0", "", "0", "0", "0"]
    assert rows[0]["countries"] == "GB|JP" and rows[0]["doi"] == rows[7]["doi"] == "10.5555/made.1"
    assert rows[2]["own_corresponding"] == "1" and rows[0]["own_corresponding"] == ""
    assert rows[1]["percentile"] == "0.97" and rows[4]["countries"] == ""
    assert (report["records_read"], report["outside_years"], report["without_address"]) == (9, 1, 1)
    assert [(one["line"], one["year"]) for one in report["records_outside_years"]] == [(9, 2015)]
    assert report["records_without_address"][0]["record_id"] == WORKS[4]["id"]
    rules = {
        (one["rule"], one["counted"]["record_id"][-2:], one["left_out"][0]["record_id"][-2:])
        for one in report["duplicates"]
    }
    assert rules == {("doi", "W1", "W8"), ("preprint_and_article", "W7", "W6")}
    assert {one["string"] for one in report["name_strings_used"]} == {TOKYO[2], HOSPITAL[2]}
    assert [one["string"] for one in report["name_strings_not_used"]] == [KYOTO[2]]


def answers_of(path: Path) -> dict[tuple[str, str], object]:
    submission = read_submission(read_workbook(path.read_bytes()), load_dictionary())
    return {(one.field.id, one.row_key): one.value for one in submission.answers if one.value is not None}


def test_the_filled_sheet(works: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(out, "openalex", [works], "--institution", "東京大学", "--years", "2019-2023", "--extracted-on", "2026-06-01")
    full = answers_of(out / "publications-full.xlsx")
    assert {key: full[key, ""] for key in ("publication_basis.database", "publication_basis.counting")} == {
        "publication_basis.database": "openalex",
        "publication_basis.counting": "full",
    }
    of_2023 = {name: full[f"publications.{name}", "2023"] for name in ("papers", "international", "domestic", "single")}
    assert of_2023 == {"papers": 3, "international": 1, "domestic": 1, "single": 1}
    assert full["publications.papers", "2022"] == 1 and full["publications.papers", "2019"] == 0
    parts = answers_of(out / "publications-fractional.xlsx")
    assert (
        float(parts["publications.papers", "2023"]) == 2 and float(parts["publications.international", "2023"]) == 0.5
    )
    assert any(value == "physics" for (field, _), value in full.items() if field == "field_publications.field_group")


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_engines_write_the_same_counts(works: Path, tmp_path: Path, engine: str) -> None:
    run(tmp_path / "pandas", "openalex", [works], "--country", "JP")
    run(tmp_path / engine, "openalex", [works], "--country", "JP", "--engine", engine)
    assert (tmp_path / engine / "counts.csv").read_text() == (tmp_path / "pandas" / "counts.csv").read_text()


def test_a_country_has_no_form_but_the_table_of_every_country(works: Path, tmp_path: Path, capsys) -> None:
    code, rows, report = run(tmp_path / "out", "openalex", [works], "--country", "JP")
    assert code == 0 and sum(row["own"] == "1" for row in rows) == 8 and report["own"]["label"] == "JP"
    assert not list((tmp_path / "out").glob("*.xlsx")) and "no form" in capsys.readouterr().err
    with (tmp_path / "out" / "top10_by_country.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert {
        (row["name_ja"], row["indicator"], row["counting"], row["as_of"]): float(row["value"]) for row in table
    } == {
        ("country:JP", "top10_papers_domestic", "full", "2023"): 1,
        ("country:JP", "top10_papers_domestic", "fractional", "2023"): 1,
        ("country:JP", "top10_papers_international", "full", "2023"): 0,
        ("country:JP", "top10_papers_international", "fractional", "2023"): 0,
    }


EXPORTS = [("scopus", "\n".join([SCOPUS_HEADINGS, *SCOPUS_ROWS])), ("wos", wos_tab()), ("wos", wos_plain())]


@pytest.mark.parametrize(("kind", "text"), EXPORTS)
def test_vendors(tmp_path: Path, kind: str, text: str) -> None:
    path = tmp_path / "export.txt"
    path.write_text(text, "utf-8-sig")
    code, rows, report = run(tmp_path / "out", kind, [path], "--institution", "The University of Tokyo")
    assert code == 0 and rows[0]["own"] == "1" and rows[0]["international"] == "1"
    assert report["name_strings_used"] and len(rows) == report["records_read"]
    if kind == "scopus":
        assert rows[3]["international"] == "" and report["unreadable_countries"][0]["text"] == "Atlantis"


def test_a_librarians_mapping_is_applied_next_time(tmp_path: Path) -> None:
    path = tmp_path / "w.txt"
    path.write_text(wos_tab().replace("Univ Tokyo,", "Tokyo Univ Hosp,"), "utf-8-sig")
    out = tmp_path / "out"
    code, rows, report = run(out, "wos", [path], "--institution", "東京大学")
    assert code == 11 and not any(row["own"] == "1" for row in rows)
    assert report["problems"][-1]["kind"] == "no_own_paper" and "mapping.csv" in report["problems"][-1]["message"]["en"]
    mapping = (out / "mapping.csv").read_text("utf-8")
    assert "Tokyo Univ Hosp,,1,1" in mapping
    assert mapping.startswith("\ufeff"), "a spreadsheet reads it as UTF-8"
    (out / "mapping.csv").write_text(mapping.replace("Tokyo Univ Hosp,,", "Tokyo Univ Hosp,１,"), "utf-8")
    code, rows, _ = run(out, "wos", [path], "--institution", "東京大学")
    assert code == 0 and [row["own"] for row in rows] == ["1", "0", "0"]
    code, rows, _ = run(
        tmp_path / "other", "wos", [path], "--institution", "東京大学", "--mapping", str(out / "mapping.csv")
    )
    assert code == 0 and rows[0]["own"] == "1"


def test_no_paper_of_the_years(works: Path, tmp_path: Path) -> None:
    code, rows, report = run(tmp_path / "out", "openalex", [works], "--country", "JP", "--years", "2030-2031")
    assert code == 11 and rows == [] and report["problems"][0]["kind"] == "no_paper_of_the_years"
    assert len(report["records_outside_years"]) == len(WORKS)


def test_good_records_are_kept_and_the_rest_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "works.jsonl"
    lines = [json.dumps(one) for one in WORKS[:3]]
    path.write_text("\n".join([lines[0], lines[1][:200], "Authors,Title", lines[2]]), "utf-8")
    code, rows, report = run(tmp_path / "out", "openalex", [path], "--country", "JP")
    assert code == 11 and len(rows) == 2
    assert [(one["line"], one["kind"]) for one in report["problems"]] == [(2, "bad_json"), (3, "bad_json")]
    assert "works.jsonl, line 2" in capsys.readouterr().err


def test_a_file_of_another_vendor_does_not_cost_the_others(tmp_path: Path) -> None:
    good = write_lines(tmp_path / "good.jsonl", WORKS)
    other = tmp_path / "other.txt"
    other.write_text(wos_plain(), "utf-8")
    code, rows, report = run(tmp_path / "out", "openalex", [other, good, tmp_path / "absent.json"], "--country", "JP")
    assert code == 10 and len(rows) == len(WORKS)
    assert {one["kind"] for one in report["problems"]} == {"other_vendor", "no_such_file"}


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--institution", "東京大学", "--country", "JP"],
        ["--institution", "no such university"],
        ["--institution", "東"],
        ["--institution", " "],
        ["--country", "Atlantis"],
        ["--country", "XX"],
        ["--country", "JP", "--years", "2023-2021"],
        ["--country", "JP", "--years", "soon"],
        ["--country", "JP", "--extracted-on", "soon"],
        ["--institution", "東京大学", "--mapping", "absent.csv"],
    ],
)
def test_usage(works: Path, tmp_path: Path, options: list[str]) -> None:
    assert run(tmp_path / "out", "openalex", [works], *options)[0] == 2


def test_texts_that_a_spreadsheet_would_calculate(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "w.jsonl", [work(1, authorship(institution(TOKYO)), id="=cmd()", type="@sum")])
    _, rows, _ = run(tmp_path / "out", "openalex", [path], "--country", "JP")
    assert rows[0]["record_id"] == "'=cmd()" and rows[0]["type"] == "'@sum"


def test_every_problem_has_words() -> None:
    assert {f"publications.{kind}" for kind in get_args(Kind)} <= set(texts())
    assert set(KINDS) == {"openalex", "scopus", "wos", "list"}


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_every_institution_of_a_country_in_one_command(tmp_path: Path, engine: str, capsys) -> None:
    from bench.scale.generate_works import World, make_works

    pq.write_table(make_works(World(), 0, 500), tmp_path / "works.parquet")
    out = tmp_path / "counts.csv"
    options = ["--country", "JP", "--years", "2015-2024", "--engine", engine, "--out", str(out)]
    assert main(["--lang", "en", "count", str(tmp_path / "works.parquet"), *options]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {"school_code", "name_ja", "institution", "year", "field", "papers", "papers_fractional"} <= set(rows[0])
    assert "institutions counted" in capsys.readouterr().out
    assert main(["--lang", "en", "count", str(tmp_path / "absent.parquet"), *options]) == 10


def test_an_institution_not_found_comes_with_the_nearest(works: Path, tmp_path: Path, capsys) -> None:
    assert run(tmp_path / "out", "openalex", [works], "--institution", "東京大學院大學校")[0] == 2
    for given in ("Univercity of Tokio", "Tokyo University"):
        assert run(tmp_path / "out", "openalex", [works], "--institution", given)[0] == 2
        assert "F113110102700 東京大学" in capsys.readouterr().err
    assert [find_country(text) for text in ("UK", "gb", "England", "日本", "jp")] == ["GB", "GB", "GB", "JP", "JP"]


@pytest.mark.parametrize(("kind", "text"), [("openalex", json.dumps(WORKS[0])), *EXPORTS])
def test_standard_input(tmp_path: Path, kind: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    code, rows, report = run(tmp_path / "out", kind, [Path("-")], "--country", "JP")
    assert code == 0 and rows and report["files"][0]["file"] == "stdin"
