"""A full form whose partner countries come from the publication list, or from nobody, is kept like any other."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from app.demo.full_and_centre_forms import more_samples
from app.edition import catalogue
from app.storage.store import Store, Upload
from app.submission.process_workbook import process
from app.submission.result import outcome_of
from schemas.form.issue import Given, Issue
from schemas.template.write_template import write_template

NAME = "partner_country_number"


def sample() -> Issue:
    return more_samples(catalogue().dictionary)["sample-full"]


def kept(issue: Issue, folder: Path) -> tuple[str, list[str]]:
    """Status of the number of partner countries, and the cells it rests on, after a store has kept the form."""
    data = write_template(catalogue().dictionary, issue)
    result = process(data)
    store = Store.open(folder, "demo")
    upload = Upload(data, "full.xlsx", "demo", datetime(2026, 6, 10, tzinfo=UTC))
    submission = store.keep(upload, outcome_of(result), result.header["institution_row"])
    values, cells = store.values(year=2026), store.value_cells(submission)
    store.close()
    [status] = values.loc[values["indicator"] == NAME, "status"]
    return str(status), cells.loc[cells["indicator"] == NAME, "cell"].tolist()


def test_countries_entered_lead_to_their_cells(tmp_path: Path) -> None:
    status, cells = kept(sample(), tmp_path / "store")
    assert status == "ok" and len(cells) == len(sample().lists["partner_countries"])


def test_countries_counted_from_the_list_lead_to_no_cell(tmp_path: Path) -> None:
    known: dict[str, Given] = {"domestic": "no", "top10": "no", "corresponding_own": "no", "international": "yes"}
    papers = [{**known, "year": 2025, "authors": 4, "countries": "JP;US"} for _ in range(5)]
    issue = sample()
    answers = {**issue.answers, ("profile.has_publication_list", ""): "yes"}
    status, cells = kept(
        replace(issue, answers=answers, lists={**issue.lists, "publication_list": papers}), tmp_path / "store"
    )
    assert (status, cells) == ("ok", [])


def test_a_table_left_empty_is_kept_as_not_known(tmp_path: Path) -> None:
    issue = sample()
    status, cells = kept(replace(issue, lists={**issue.lists, "partner_countries": []}), tmp_path / "store")
    assert (status, cells) == ("m", [])
