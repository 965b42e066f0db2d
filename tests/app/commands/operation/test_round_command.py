"""``junkan admin round`` from opening to letters: every act says what it did, or why it did nothing."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import signal
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from app.access import LOCAL
from app.cli import build_commands, main
from app.commands.operation.unfinished_files import UnfinishedFiles
from app.rounds.round_record import rounds_of
from app.rounds.sign_off import sign_off
from app.storage.explanations import keep_explanations
from app.storage.files.durable import sha256_of
from app.storage.store import Store, Upload
from app.submission.result import outcome_of
from schemas.explanations.explanation import Explanation
from schemas.reading.form_metadata import read_meta
from schemas.xlsx.read_workbook import read_workbook

CODES = ("DEMO-01", "DEMO-03", "DEMO-12")


@pytest.fixture
def place(tmp_path: Path, demo_workbooks, processed) -> Path:
    """A demo store with last year's forms of three institutions."""
    store = Store.open(tmp_path / "store", "demo")
    for code in CODES:
        keep(store, demo_workbooks, processed, code, 2025)
    store.close()
    return tmp_path / "store"


def keep(store: Store, workbooks, processed, code: str, year: int) -> str:
    upload = Upload(workbooks[code, year], f"{code}.xlsx", "demo", datetime(year, 6, 10, tzinfo=UTC))
    result = processed[code, year]
    return store.keep(upload, outcome_of(result), result.header["institution_row"])


def admin(capsys, place: Path, *words: str) -> tuple[int, str, str]:
    code = main(["--lang", "en", "admin", "round", *words, "--store", str(place)])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_round_from_opening_to_closing(place: Path, capsys, demo_workbooks, processed) -> None:
    code, _, said = admin(capsys, place, "status")
    assert code == 13 and "junkan admin round open" in said
    code, said, _ = admin(capsys, place, "open", "--year", "2026", "--deadline", "2099-06-30")
    assert code == 0 and "Tuesday 30 June 2099, 17:00 (Japan time)" in said and " 3 institutions" in said
    code, _, said = admin(capsys, place, "open", "--year", "2026", "--deadline", "2099-06-30")
    assert code == 13 and "extend" in said
    code, _, said = admin(capsys, place, "open", "--year", "2027", "--deadline", "2099-06-30")
    assert code == 13 and "2026" in said
    store = Store.open(place)
    keep(store, demo_workbooks, processed, "DEMO-01", 2026)
    store.close()
    code, said, _ = admin(capsys, place, "status", "--json")
    found = json.loads(said)
    assert (code, found["population"], found["counts"]["none"]) == (0, 3, 2)
    assert found["waiting"]["not_uploaded"] == 2 and found["shares"]["none"] == 66.7
    assert [one["institution"] for one in found["institutions"]] == list(CODES)
    assert {"founder", "prefecture", "kind"} == set(found["by"])
    assert sum(group["population"] for group in found["by"]["founder"].values()) == 3
    assert found["over_time"][-1]["uploaded"] == 1
    code, said, _ = admin(capsys, place, "status", "--csv")
    rows = list(csv.DictReader(io.StringIO(said.lstrip("\ufeff"))))
    assert [row["state"] for row in rows if row["institution"] != "DEMO-01"] == ["none", "none"]
    code, said, _ = admin(capsys, place, "status")
    assert "Nothing uploaded: 2 of 3 (66.7 %)" in said
    code, said, _ = admin(capsys, place, "close", "--reason", "over")
    assert code == 0 and "2 have sent nothing" in said
    assert admin(capsys, place, "close")[0] == 13


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("open", "--year", "2026"), 2, "--deadline"),
        (("open", "--deadline", "2099-06-30"), 2, "--year"),
        (("open", "--year", "2026", "--deadline", "soon"), 2, "soon"),
        (("open", "--year", "2026", "--deadline", "2020-06-30"), 13, "over"),
        (("open", "--year", "2026", "--deadline", "2099-06-30", "--forms", "long"), 13, "core, full, centre"),
        (("reopen", "--year", "2026"), 2, "--institution"),
        (("close", "--year", "2026"), 13, "junkan admin round open"),
        (("forms",), 2, "--out"),
        (("begin",), 2, "open, extend"),
    ],
)
def test_what_cannot_be_done_is_said(place: Path, capsys, words: tuple[str, ...], code: int, said: str) -> None:
    found, _, told = admin(capsys, place, *words)
    assert found == code and said in told
    store = Store.open(place)
    assert rounds_of(store.engine) == []
    store.close()


def test_the_forms_of_all_come_as_one_archive_filled_in(place: Path, capsys, tmp_path: Path) -> None:
    admin(capsys, place, "open", "--year", "2026", "--deadline", "2099-06-30", "--without", "DEMO-03")
    target = tmp_path / "forms.zip"
    code, said, _ = admin(capsys, place, "forms", "--out", str(target))
    assert code == 0 and "2 institutions" in said
    with zipfile.ZipFile(target) as archive:
        lines = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig"))))
        assert [line["code"] for line in lines] == ["DEMO-01", "DEMO-12"]
        assert {line["previous"] for line in lines} == {"yes"} and len({line["issue"] for line in lines}) == 2
        meta = read_meta(read_workbook(archive.read(lines[0]["file"])))
    assert (meta["issue"], meta["institution"], meta["demo"]) == (lines[0]["issue"], "DEMO-01", "yes")
    status = json.loads(admin(capsys, place, "status", "--json")[1])
    assert all(one["issued_at"] for one in status["institutions"])
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "mine.txt").touch()
    code, _, told = admin(capsys, place, "forms", "--out", str(folder))
    assert code == 13 and "not empty" in told and [one.name for one in folder.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("name", ["forms.zip", "forms"])
def test_forms_that_were_broken_off_go_on_where_they_were(place: Path, capsys, tmp_path: Path, name: str) -> None:
    admin(capsys, place, "open", "--year", "2026", "--deadline", "2099-06-30")
    target = tmp_path / name
    capsys.readouterr()
    process = os.fork()
    if process == 0:  # in the child: it is killed once the first form is written
        put = UnfinishedFiles.put

        def put_and_die(*given: Any) -> str:
            put(*given)
            os.kill(os.getpid(), signal.SIGKILL)
            return ""

        UnfinishedFiles.put = put_and_die
        try:
            main(["admin", "round", "forms", "--out", str(target), "--store", str(place)])
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL
    assert not target.exists()
    part = tmp_path / f".{name}.part"
    (first,) = part.glob("*.xlsx")
    written = first.stat().st_mtime_ns, first.read_bytes()
    code, said, _ = admin(capsys, place, "forms", "--out", str(target))
    assert code == 0 and "3 institutions" in said and "1 of them were there" in said and not part.exists()
    if name == "forms":
        assert (target / first.name).stat().st_mtime_ns == written[0]
        read = {one.name: one.read_bytes() for one in target.iterdir()}
    else:
        with zipfile.ZipFile(target) as archive:
            read = {one: archive.read(one) for one in archive.namelist()}
    assert read[first.name] == written[1]
    lines = list(csv.DictReader(io.StringIO(read["manifest.csv"].decode("utf-8-sig"))))
    assert {line["file"]: line["sha256"] for line in lines} == {
        one: sha256_of(data) for one, data in read.items() if one.endswith(".xlsx")
    }
    assert [line["code"] for line in lines] == list(CODES) and len(read) == 4


def test_letters_go_to_those_who_have_something_to_do(place: Path, capsys, tmp_path: Path) -> None:
    admin(capsys, place, "open", "--year", "2026", "--deadline", "2099-06-30")
    code, _, told = admin(capsys, place, "letters", "--out", str(tmp_path / "letters"), "--state", "late")
    assert code == 2 and "none, errors, to_explain" in told and not (tmp_path / "letters").exists()
    code, said, _ = admin(capsys, place, "letters", "--out", str(tmp_path / "letters"))
    assert code == 0 and "3 institutions" in said
    contacts = list(csv.DictReader((tmp_path / "letters" / "contacts.csv").open(encoding="utf-8-sig")))
    assert [row["state"] for row in contacts] == ["none"] * 3 and all(row["address"] for row in contacts)
    with zipfile.ZipFile(tmp_path / "letters" / "letters" / "DEMO-01_none.docx") as letter:
        assert letter.testzip() is None
        root = ElementTree.fromstring(letter.read("word/document.xml"))
    text = "\n".join(node.text or "" for node in root.iter() if node.tag.endswith("}t"))
    assert "Tuesday 30 June 2099" in text and contacts[0]["office"] in text and "{" not in text


def test_a_submission_is_returned_accepted_and_published(place: Path, capsys, demo_workbooks, processed) -> None:
    admin(capsys, place, "open", "--year", "2026", "--deadline", "2099-06-30")
    whose = ("--institution", "DEMO-01")
    code, _, told = admin(capsys, place, "accept", *whose)
    assert code == 13 and "Nothing has been uploaded" in told
    store = Store.open(place)
    kept = keep(store, demo_workbooks, processed, "DEMO-01", 2026)
    code, _, told = admin(capsys, place, "accept", *whose)
    assert code == 13 and "not signed off" in told
    assert admin(capsys, place, "return", *whose, "--reason", "see sheet 3")[0] == 0
    code, _, told = admin(capsys, place, "return", *whose, "--reason", "long " * 300)
    assert code == 13 and "at most 1000 characters" in told
    again = admin(capsys, place, "return", *whose, "--reason", "see sheet 4", "--until", "2098-06-30")
    assert again[0] == 0 and "alone" not in again[1]  # the round is open for all until 2099
    assert json.loads(admin(capsys, place, "status", "--json")[1])["institutions"][0]["reason"] == "see sheet 4"
    explained = [
        Explanation("DEMO-01", f["rule"], f["field"], f["row_key"], "理由", "課", "", None, None)
        for f in store.findings(kept)
        if f["severity"] == "check"
    ]
    keep_explanations(store.engine, kept, explained, LOCAL)
    sign_off(store, "approver", datetime.now(UTC), kept, name="架空 花子")
    store.close()
    code, said, _ = admin(capsys, place, "accept", *whose)
    assert code == 0 and "(1 form) is accepted.\n" in said
    admin(capsys, place, "close")
    code, said, _ = admin(capsys, place, "publish")
    assert code == 0 and "1 of 3 institutions" in said
    code, said, told = admin(capsys, place, "return", *whose, "--reason", "late")
    assert (code, said) == (13, "") and "reopen" in told


GUIDE = Path(__file__).parents[4] / "docs" / "operate-a-round.md"
GIVEN = [line.split("#")[0].strip() for line in GUIDE.read_text("utf-8").splitlines() if line.startswith("junkan ")]


@pytest.mark.parametrize("line", GIVEN)
def test_every_command_of_the_guide_is_one(line: str) -> None:
    group, words = build_commands(), shlex.split(line)[1:]
    with group.make_context("junkan", words, obj="en") as context:
        name, command, rest = group.resolve_command(context, words)
        assert command is not None and command.make_context(name, rest, parent=context)


def test_the_frozen_edition_is_unpacked(place: Path, capsys, tmp_path: Path) -> None:
    admin(capsys, place, "open", "--year", "2026", "--deadline", "2099-06-30")
    assert admin(capsys, place, "edition", "--out", str(tmp_path / "edition"))[0] == 0
    assert (tmp_path / "edition" / "indicators" / "catalogue" / "pillars.yaml").is_file()


def test_an_empty_demo_store_asks_invented_institutions_before_they_have_handed_in(tmp_path: Path, capsys) -> None:
    place = str(tmp_path / "demo")
    assert main(["admin", "init", "--store", place, "--demo"]) == 0
    opening = ["--lang", "en", "admin", "round", "open", "--year", "2026", "--deadline", "2099-06-30", "--store", place]
    assert main(opening) == 13
    assert main([*opening, "--with", "DEMO-S1,F10111010001"]) == 13
    assert "F101110100010" in capsys.readouterr().err
    assert main([*opening, "--with", "DEMO-S1"]) == 0
    assert "open for 1 institution" in capsys.readouterr().out
    assert main(["admin", "round", "forms", "--store", place, "--out", str(tmp_path / "forms")]) == 0
    assert len(list((tmp_path / "forms").rglob("*DEMO-S1*.xlsx"))) == 1
