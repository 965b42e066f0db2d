"""Papers from public data: filled into forms, confirmed or corrected with a reason, set beside declared ones."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path

import openpyxl
import pytest

from app.cli import main
from app.storage.database.imported_papers import imported_papers, keep_imported_papers
from app.storage.store import Store
from app.storage.store_location import STORE_VARIABLE
from indicators.publications.papers_beside_computed import compare_papers, papers_to_compare
from schemas.dictionary.dictionary import load_dictionary
from schemas.form.layout import lay_out
from schemas.reading.read_submission import read_submission
from schemas.xlsx.read_workbook import read_workbook
from tests.support.publication_samples import KYOTO, OXFORD, TOKYO, authorship, institution, work, write_lines

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

TOKYO_CODE, KYOTO_CODE, YEAR = "F113110102700", "F126110107407", 2026
DICTIONARY = load_dictionary()
LAYOUT = lay_out(DICTIONARY, "core", YEAR)


def works() -> list[dict]:
    """Per year 2021-2025 twenty papers of Tokyo, eight of them with Oxford, and one of Kyoto alone."""
    found = []
    for year in range(2021, 2026):
        for n in range(21):
            places = [institution(KYOTO if n == 20 else TOKYO), *([institution(OXFORD)] if n < 8 else [])]
            people = [authorship(place) for place in places]
            title = f"A made-up paper of {year} with the number {n} and more"
            found.append(work(1000 * n + year, *people, publication_year=year, title=title))
    return found


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("papers")
    path = write_lines(folder / "works.jsonl", works())
    options = ["--institution", "東京大学", "--years", "2021-2025", "--extracted-on", "2026-06-01"]
    assert main(["import", "--kind", "openalex", str(path), *options, "--out", str(folder / "out")]) == 0
    return folder / "out"


@pytest.fixture(scope="module")
def issued(imported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("issued") / "form.xlsx"
    words = ["template", "--institution", TOKYO_CODE, "--year", str(YEAR), "--papers", str(imported)]
    assert main([*words, "--out", str(path)]) == 0
    return path


def changed(issued: Path, target: Path, cells: dict[tuple[str, str], object], reasons: dict[str, str] | None = None):
    """The form with other values in some cells, and with texts on the sheet 説明 by what its question contains."""
    book = openpyxl.load_workbook(issued)
    for key, value in cells.items():
        sheet, row, column = LAYOUT.cells[key]
        book[sheet].cell(row, column).value = value
    for word, text in (reasons or {}).items():
        sheet = book["説明"]
        row = next(cell.row for line in sheet.iter_rows() for cell in line if word in str(cell.value))
        head = next(cell for line in sheet.iter_rows() for cell in line if str(cell.value).startswith("選択"))
        sheet.cell(row, head.column).value = text
    book.save(target)
    return target


def about_papers(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict]:
    capsys.readouterr()
    main(["--lang", "en", "validate", str(path), "--json", *options])
    found = json.loads(capsys.readouterr().out)["findings"]
    return [one for one in found if one["rule"] in ("R.PUB.150", "R.PUB.151")]


def test_what_was_imported_stands_grey_in_the_form(issued: Path) -> None:
    found = read_submission(read_workbook(issued.read_bytes()), DICTIONARY)
    numbers = {key[0]: answer.value for key, answer in found.by_key.items() if key[1] == "2023"}
    assert numbers["publications.papers"] == 20 and numbers["publications.international"] == 8
    assert found.value("publication_basis.database") == "openalex"
    book = openpyxl.load_workbook(issued)
    sheet, row, column = LAYOUT.cells["publications.papers", "2023"]
    assert book[sheet].cell(row, column).font.i and book[sheet].cell(row, column).font.color.rgb != "FF000000"
    texts = [str(cell.value) for line in book[sheet].iter_rows(max_row=6) for cell in line]
    assert any(
        "公開データによる値（OpenAlex、2026-06-01取得）" in text and "retrieved 2026-06-01" in text for text in texts
    )


def test_unchanged_values_count_as_confirmed(issued: Path, capsys) -> None:
    assert about_papers(issued, capsys) == []


def test_a_change_without_a_reason_is_found_and_with_a_reason_explained(issued: Path, tmp_path: Path, capsys) -> None:
    cells = {("publications.papers", "2023"): 25, ("publications.international", "2023"): None}
    path = changed(issued, tmp_path / "changed.xlsx", cells)
    (found,) = about_papers(path, capsys)
    assert found["rule"] == "R.PUB.150" and found["row_key"] == "2023" and "20 → 25" in found["message"]["en"]
    assert "8 → －" in found["message"]["ja"] and "OpenAlex、2026-06-01取得" in found["message"]["ja"]
    reason = "理由：データベースの収録範囲 / Reason: coverage of the database"
    told = changed(issued, tmp_path / "told.xlsx", cells, {"2023年の論文数": reason})
    capsys.readouterr()
    main(["--lang", "en", "validate", str(told)])
    line = next(line for line in capsys.readouterr().out.splitlines() if "R.PUB.150" in line)
    assert "xplained" in line


def test_last_years_numbers_stand_beside_and_not_against_it(issued: Path, imported: Path, tmp_path: Path) -> None:
    last = changed(issued, tmp_path / "last.xlsx", {("publications.papers", "2023"): 31})
    words = ["template", "--institution", TOKYO_CODE, "--year", "2027", "--papers", str(imported)]
    assert main([*words, "--previous", str(last), "--out", str(tmp_path / "next.xlsx")]) == 0
    found = read_submission(read_workbook((tmp_path / "next.xlsx").read_bytes()), DICTIONARY)
    assert found.value("publications.papers", "2023") == 20
    book = openpyxl.load_workbook(tmp_path / "next.xlsx")
    assert any(cell.value == 31 for line in book["論文"].iter_rows() for cell in line)


def test_papers_of_another_institution_are_refused(imported: Path, tmp_path: Path, capsys) -> None:
    words = [
        "--lang",
        "en",
        "template",
        "--institution",
        KYOTO_CODE,
        "--year",
        str(YEAR),
        "--out",
        str(tmp_path / "x.xlsx"),
    ]
    assert main([*words, "--papers", str(imported)]) == 2 and "no papers of 京都大学" in capsys.readouterr().err
    assert main([*words, "--papers", str(tmp_path)]) == 2 and main([*words, "--papers", str(tmp_path / "no")]) == 2
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", "utf-8")
    assert main([*words, "--papers", str(tmp_path / "other.csv")]) == 2


def test_declared_papers_are_set_beside_computed_ones(issued: Path, imported: Path, tmp_path: Path, capsys) -> None:
    from schemas.form.issue import Issue
    from schemas.register import load_register
    from schemas.template.write_template import write_template

    answers = {("publications.papers", "2023"): 45, ("publications.international", "2023"): 9}
    answers |= {("publications.papers", "2024"): 21, ("publications.international", "2024"): 8}
    form = tmp_path / "own.xlsx"
    form.write_bytes(write_template(DICTIONARY, Issue("core", YEAR, load_register().get(TOKYO_CODE), answers)))
    (found,) = about_papers(form, capsys, "--papers", str(imported))
    assert found["rule"] == "R.PUB.151" and found["row_key"] == "2023"
    assert "a difference of +25 papers" in found["message"]["en"] and found["cells"]
    assert about_papers(form, capsys) == [] and about_papers(issued, capsys, "--papers", str(imported)) == []
    assert main(["--lang", "en", "papers", "compare", str(form), "--papers", str(imported), "--json"]) == 0
    rows = {row["year"]: row for row in json.loads(capsys.readouterr().out)["files"][0]["years"]}
    assert rows["2023"]["difference"] == 25 and rows["2023"]["computed_share"] == 40 and set(rows) == {"2023", "2024"}
    assert rows["2023"]["low"] < 40 < rows["2023"]["high"]  # Wilson for 8 of 20: 21.9 to 61.3
    assert round(rows["2023"]["low"], 1) == 21.9 and round(rows["2023"]["high"], 1) == 61.3
    assert main(["--lang", "en", "papers", "compare", str(form), "--papers", str(imported)]) == 0
    assert "+25" in capsys.readouterr().out


def national_file(folder: Path) -> Path:
    """One file as ``count`` writes it: two institutions, 2021 to 2025."""
    path = folder / "counts.csv"
    parts = ("papers", "unknown", "international", "domestic", "single", "top10_known", "top10_papers")
    more = (
        "top10_international",
        "top10_domestic",
        "top10_single",
        "up_to_100_authors",
        "up_to_100_authors_international",
    )
    names = [*parts, *more]
    facts = ("database", "retrieved_on", "document_types")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        keys = ("school_code", "name_ja", "institution", "year", "field")
        writer.writerow([*keys, *names, *(f"{name}_fractional" for name in names), *facts])
        for code, ror in ((TOKYO_CODE, TOKYO[0]), (KYOTO_CODE, KYOTO[0]), ("", "https://ror.org/000000000")):
            for year in range(2021, 2026):
                for field in ("https://openalex.org/fields/31", "https://openalex.org/fields/27"):
                    whole = [60, 0, 20, 10, 30, 60, 6, 3, 1, 2, 60, 20]
                    shares = [value / 2 for value in whole]
                    writer.writerow(
                        [
                            code,
                            "",
                            ror,
                            year,
                            field,
                            *whole,
                            *shares,
                            "openalex",
                            "2026-06-01",
                            "article_review_proceedings",
                        ]
                    )
    return path


def test_one_national_file_fills_the_forms_of_all(tmp_path: Path, capsys) -> None:
    place = tmp_path / "store"
    assert main(["admin", "init", "--store", str(place)]) == 0
    assert main(["--lang", "en", "papers", "load", str(national_file(tmp_path)), "--store", str(place)]) == 0
    said = capsys.readouterr()
    assert "2 institutions" in said.out and "https://ror.org/000000000" in said.err
    without = "".join(line for line in national_file(tmp_path).open(encoding="utf-8") if line[:2] in ("sc", ",,"))
    (tmp_path / "abroad.csv").write_text(without, "utf-8")
    assert main(["papers", "load", str(tmp_path / "abroad.csv"), "--store", str(place)]) == 11
    capsys.readouterr()
    year, codes = str(YEAR), f"{TOKYO_CODE},{KYOTO_CODE},F101110100010"
    opening = ["open", "--year", year, "--deadline", "2099-06-30", "--kinds", "kosen_corporation", "--with", codes]
    assert main(["admin", "round", *opening, "--store", str(place)]) == 0
    assert main(["admin", "round", "forms", "--out", str(tmp_path / "forms.zip"), "--store", str(place)]) == 0
    with zipfile.ZipFile(tmp_path / "forms.zip") as archive:
        lines = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig"))))
        files = {line["code"]: line["file"] for line in lines}
        assert {line["code"] for line in lines if line["papers"] == "yes"} == {TOKYO_CODE, KYOTO_CODE}
        found = read_submission(read_workbook(archive.read(files[KYOTO_CODE])), DICTIONARY)
        blank = read_submission(read_workbook(archive.read(files["F101110100010"])), DICTIONARY)
    assert found.value("publications.papers", "2022") == 120 and found.value("publications.international", "2022") == 40
    assert blank.value("publications.papers", "2022") is None


def test_a_demo_store_takes_no_papers_of_real_institutions(
    tmp_path: Path, imported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(STORE_VARIABLE, raising=False)
    Store.open(tmp_path / "demo", "demo").close()
    assert main(["papers", "load", str(imported), "--store", str(tmp_path / "demo")]) == 13
    assert main(["papers", "load", str(imported)]) == 2
    assert main(["papers", "load", str(imported), "--store", str(tmp_path / "stroe")]) == 13
    assert not (tmp_path / "stroe").exists()  # a slip in the place makes no store of its own


class ClockSetBack(datetime):
    """A clock that shows yesterday."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) - timedelta(days=1)


def test_what_is_kept_comes_back_whole(tmp_path: Path, imported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.commands.publications.computed_tables import read_import

    one = read_import(imported)
    assert one.retrieved_on == date(2026, 6, 1) and list(one.years) == [2021, 2022, 2023, 2024, 2025]
    assert one.organisations.to_dict("records") == [{"organisation": OXFORD[2], "country": "GB", "papers": 40}]
    store = Store.open(tmp_path / "store", "real")
    first = replace(one, counts=one.counts.head(1))
    assert keep_imported_papers(store.engine, [first]) == 1
    between = datetime.now(UTC)
    assert keep_imported_papers(store.engine, [one]) == 1
    at_the_time = imported_papers(store.engine, TOKYO_CODE, between)
    assert at_the_time is not None and len(at_the_time.counts) == 1 < len(one.counts), "an earlier load is not lost"
    assert imported_papers(store.engine, TOKYO_CODE, between - timedelta(days=1)) is None
    kept = imported_papers(store.engine, TOKYO_CODE)
    assert kept is not None and kept.tables_as_json() == json.loads(json.dumps(one.tables_as_json()))
    assert imported_papers(store.engine, KYOTO_CODE) is None
    monkeypatch.setattr("app.storage.database.imported_papers.datetime", ClockSetBack)
    keep_imported_papers(store.engine, [replace(one, database="list")])
    later = imported_papers(store.engine, TOKYO_CODE)
    assert later is not None and later.database == "list", "the clock does not say which load is the last"
    compared = papers_to_compare(kept)["full"]
    assert compare_papers({("publications.papers", "2021"): 20}, compared)["difference"].tolist() == [0]
    store.close()


def test_a_form_is_judged_anew_by_the_papers_of_its_day(tmp_path: Path, imported: Path) -> None:
    from app.access import LOCAL
    from app.commands.publications.computed_tables import read_import
    from app.submission.receive_upload import judge_again, receive
    from app.submission.worker_pool import worker_pool
    from schemas.form.issue import Issue
    from schemas.register import load_register
    from schemas.template.write_template import write_template

    def told(findings: list[dict]) -> set[str]:
        return {one["row_key"] for one in findings if one["rule"] == "R.PUB.151"}

    one = read_import(imported)
    answers = {("publications.papers", "2023"): 45, ("publications.international", "2023"): 9}
    form = write_template(DICTIONARY, Issue("core", YEAR, load_register().get(TOKYO_CODE), answers))
    store = Store.open(tmp_path / "store", "real")
    keep_imported_papers(store.engine, [one])
    kept = str(receive(store, LOCAL, form, "form.xlsx", workers=worker_pool()).submission)
    assert told(store.findings(kept)) == {"2023"}
    keep_imported_papers(store.engine, [replace(one, database="list")])
    assert told(judge_again(store, kept, worker_pool()).validation["findings"]) == {"2023"}
    again = receive(store, LOCAL, form + b"", "form.xlsx", workers=worker_pool())
    assert told(again.result.validation["findings"]) == set(), "what comes in now is set beside the last load"
    store.close()
