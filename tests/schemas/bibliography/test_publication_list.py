"""The form's own list of papers."""

from pathlib import Path

from schemas.bibliography.publication_list import read_publication_list
from schemas.bibliography.read_problems import ProblemLog
from schemas.dictionary.dictionary import load_dictionary
from schemas.form.issue import Issue
from schemas.register import load_register
from schemas.template.write_template import write_template

ROWS = [
    {
        "year": 2023,
        "identifier": "https://doi.org/10.5555/L.1",
        "title": "A made-up title of a listed paper",
        "document_type": "article",
        "authors": 3,
        "countries": "JP;US;DE",
        "international": "yes",
        "top10": "yes",
        "corresponding_own": "no",
        "field_group": "physics",
    },
    {"year": 2022, "identifier": "R-7", "international": "no", "domestic": "yes"},
    {"year": 2022, "international": "no", "domestic": "no", "corresponding_own": "m"},
]


def test_what_records_say(tmp_path: Path) -> None:
    institution = next(iter(load_register().institutions.values()))
    issue = Issue("full", 2026, institution, {("profile.has_publication_list", ""): "yes"}, {"publication_list": ROWS})
    path = tmp_path / "list.xlsx"
    path.write_bytes(write_template(load_dictionary(), issue))
    problems = ProblemLog()
    first, second, third = read_publication_list(path, problems)
    assert not problems.counts
    assert first.doi == "10.5555/l.1" and first.countries == ("DE", "JP", "US") and first.n_authors == 3
    assert first.is_international and first.is_top10 and first.stated.has_own_corresponding is False
    assert second.record_id == "R-7" and second.stated.is_domestic and second.is_international is False
    assert third.record_id == str(third.line) and third.stated.has_own_corresponding is None


def test_a_file_that_is_no_form_is_named(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(b"no workbook")
    problems = ProblemLog()
    assert not list(read_publication_list(path, problems))
    assert [one.kind for one in problems.listed] == ["not_a_form"] and problems.has_unreadable_file
