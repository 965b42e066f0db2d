"""What a round froze is what its forms are judged by, whatever the catalogue in force has become since."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from app.access import LOCAL
from app.cli import main
from app.edition import catalogue
from app.rounds import round_control
from app.rounds.frozen_edition import edition_archive, edition_not_in_force
from app.rounds.round_control import close_round
from app.storage.store import Store
from app.submission.issue_forms import gather_known, issue_form
from app.submission.issued_form import write_form
from app.submission.receive_upload import receive
from app.submission.worker_pool import WorkerPool
from schemas.register import Institution
from tests.support.round_steps import CODES, begin

BENCHMARKS = "indicators/benchmark_values/foreign_researcher_share.yaml"
FAR = datetime(2099, 6, 30, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def workers() -> Iterator[WorkerPool]:
    pool = WorkerPool()
    yield pool
    pool.close()


def test_the_sentences_of_the_software_are_no_part_of_an_edition() -> None:
    with zipfile.ZipFile(io.BytesIO(edition_archive())) as archive:
        assert not [name for name in archive.namelist() if name.endswith("/sentences.yaml")]


QUESTIONS = "schemas/fields/profile.yaml"
ASKED, ASKED_ANEW = "ja: 大学名（英語）", "ja: 大学名（英語名）"


def edited_archive() -> bytes:
    """The declarations in force with another requirement, 40 % where they say 30 %, and another label on the form."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(edition_archive())) as archive, zipfile.ZipFile(out, "w") as made:
        for name in archive.namelist():
            data = archive.read(name)
            if name == BENCHMARKS:
                assert data.count(b'value: "30"') > 1
                data = data.replace(b'value: "30"', b'value: "40"')
            if name == QUESTIONS:
                assert data.count(ASKED.encode()) == 1
                data = data.replace(ASKED.encode(), ASKED_ANEW.encode())
            made.writestr(name, data)
    return out.getvalue()


def requirements(store: Store, submission: str) -> set[str]:
    """The requirements on the share of researchers that a submission was set against."""
    gaps = store.gaps(submission=submission)
    mine = (gaps["indicator"] == "foreign_researcher_share") & (gaps["benchmark"] == "wpi_requirement")
    return set(gaps.loc[mine, "benchmark_value"])


def recomputed(place: Path, capsys: pytest.CaptureFixture[str], year: int) -> tuple[int, dict]:
    code = main(["admin", "round", "recompute", "--year", str(year), "--store", str(place), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_closed_round_is_judged_and_recomputed_by_the_edition_it_froze(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    demo_workbooks,
    workers: WorkerPool,
) -> None:
    place = tmp_path / "store"
    store = Store.open(place, "demo")
    before = receive(store, LOCAL, demo_workbooks["DEMO-01", 2025], "one.xlsx", workers=workers)
    assert requirements(store, str(before.submission)) == {"30"}, "without a round, what is in force"
    monkeypatch.setattr(round_control, "edition_archive", edited_archive)
    begin(store, ["DEMO-01"], closes=FAR)
    assert edition_not_in_force(store, 2025) is None and edition_not_in_force(store, 2026) is not None
    kept = receive(store, LOCAL, demo_workbooks["DEMO-01", 2026], "two.xlsx", workers=workers)
    assert kept.aside is None and requirements(store, str(kept.submission)) == {"40"}
    row = store.submission(str(kept.submission))
    assert row is not None and row["catalogue_hash"] != catalogue().hash, "the edition that judged it is named"
    close_round(store, "ministry", datetime.now(UTC), year=2026)
    store.close()
    code, found = recomputed(place, capsys, 2026)
    assert (code, found["disagreeing"], found["is_in_force"]) == (0, 0, False) and found["numbers"] > 500
    assert [one["submission"] for one in found["submissions"]] == [kept.submission] and found["erased"] == []
    store = Store.open(place)
    store.erase(str(kept.submission), "names in it", LOCAL)
    store.close()
    code, found = recomputed(place, capsys, 2026)
    assert (code, found["submissions"], found["erased"]) == (0, [], [kept.submission]), "told, and no fault"


def test_a_form_is_issued_by_the_edition_that_judges_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo_workbooks, workers: WorkerPool
) -> None:
    place = tmp_path / "store"
    store = Store.open(place, "demo")
    receive(store, LOCAL, demo_workbooks["DEMO-01", 2025], "one.xlsx", workers=workers)
    monkeypatch.setattr(round_control, "edition_archive", edited_archive)
    begin(store, ["DEMO-01"], closes=FAR)
    institution = Institution("DEMO-01", "架空大学", "Invented", "", "", is_demo=True)
    on_page = issue_form(store, gather_known(store, institution, "core", 2026))
    label = ASKED_ANEW.removeprefix("ja: ")
    assert label in cell_texts(on_page.data) and on_page.has_previous
    assert label not in cell_texts(write_form(gather_known(store, institution, "core", 2025)).data)
    kept = receive(store, LOCAL, on_page.data, "page.xlsx", workers=workers)
    said = {finding["field"] for finding in store.findings(str(kept.submission))}
    assert kept.submission is not None and not said & {"meta.dictionary", "meta.version"}
    store.close()
    out = tmp_path / "forms"
    assert main(["admin", "round", "forms", "--year", "2026", "--store", str(place), "--out", str(out)]) == 0
    (line,) = csv.DictReader((out / "manifest.csv").open(encoding="utf-8-sig"))
    assert (line["issue"], line["previous"]) == (on_page.issue, "yes")
    assert label in cell_texts((out / line["file"]).read_bytes())


def cell_texts(workbook: bytes) -> set[str]:
    """Every line of text in the cells of a workbook."""
    book = load_workbook(io.BytesIO(workbook), read_only=True)
    cells = (value for sheet in book for row in sheet.iter_rows(values_only=True) for value in row if value)
    return {line for cell in cells for line in str(cell).splitlines()}


def test_a_form_that_the_frozen_edition_cannot_give_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    def broken_archive() -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(edition_archive())) as archive, zipfile.ZipFile(out, "w") as made:
            for name in archive.namelist():
                made.writestr(name, b"id: [" if name == QUESTIONS else archive.read(name))
        return out.getvalue()

    place = tmp_path / "store"
    store = Store.open(place)
    monkeypatch.setattr(round_control, "edition_archive", broken_archive)
    begin(store, CODES[:1], closes=FAR)
    store.close()
    given = ["--year", "2026", "--store", str(place), "--out", str(tmp_path / "forms.zip")]
    assert main(["--lang", "en", "admin", "round", "forms", *given]) == 13
    told = capsys.readouterr().err
    assert f"{CODES[0]} could not be written in the edition that was frozen with the round of 2026" in told
    assert not (tmp_path / "forms.zip").exists()


def test_a_number_that_was_changed_in_the_store_is_named(tmp_path, capsys, demo_workbooks, workers) -> None:
    from sqlalchemy import update

    from app.storage.database import tables
    from app.storage.database.connection import write_transaction

    place = tmp_path / "store"
    store = Store.open(place, "demo")
    receive(store, LOCAL, demo_workbooks["DEMO-01", 2025], "one.xlsx", workers=workers)
    begin(store, ["DEMO-01"], closes=FAR)
    assert edition_not_in_force(store, 2026) is None, "what was frozen is in force"
    kept = receive(store, LOCAL, demo_workbooks["DEMO-01", 2026], "two.xlsx", workers=workers)
    assert requirements(store, str(kept.submission)) == {"30"}
    with write_transaction(store.engine) as connection:
        table = tables.values
        mine = (
            table.c.submission == kept.submission,
            table.c.indicator == "foreign_pi_share",
            table.c.level == "centre",
        )
        assert connection.execute(update(table).where(*mine).values(value=99.0)).rowcount
    store.close()
    code, found = recomputed(place, capsys, 2026)
    assert (code, found["is_in_force"]) == (11, True)
    differing = [one for submission in found["submissions"] for one in submission["differing"]]
    assert differing and all(one["kept"] == 99.0 and "foreign_pi_share" in one["path"] for one in differing)
