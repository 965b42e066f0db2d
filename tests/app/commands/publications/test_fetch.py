"""Fetching from a server that speaks OpenAlex's interface, with errors, throttling and pages cut off."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.cli import main
from app.commands.publications.fetch_works import fetch_works, start_or_resume
from app.commands.publications.openalex_pages import MOST_TRIES, FetchFailed, OpenAlexPages
from schemas.bibliography.read_problems import ProblemLog
from schemas.bibliography.read_publications import read_publications
from tests.support.openalex_server import OpenAlexServer, openalex_server
from tests.support.publication_samples import OXFORD, TOKYO, authorship, institution, work

WORKS = [work(n, authorship(institution(TOKYO)), authorship(institution(OXFORD))) for n in range(1_050)]


@pytest.fixture(scope="module")
def running():
    with openalex_server(WORKS) as server:
        yield server


@pytest.fixture
def server(running: OpenAlexServer) -> OpenAlexServer:
    running.faults.clear()
    running.asked.clear()
    return running


def fetch(server: OpenAlexServer, folder: Path, pauses: list[float] | None = None):
    pages = OpenAlexPages(server.url, "authorships.countries:JP", "office@example.ac.jp", pause=(pauses or []).append)
    folder.mkdir(exist_ok=True)
    state = start_or_resume(folder, pages, datetime(2026, 6, 1, tzinfo=UTC))
    return fetch_works(folder, pages, state)


def fetched(folder: Path) -> list[str]:
    problems = ProblemLog()
    records = [record.record_id for record in read_publications("openalex", [folder], problems)]
    assert not problems.counts
    return records


EVERY = [one["id"] for one in WORKS]


def test_every_work_once_and_what_was_asked(server: OpenAlexServer, tmp_path: Path) -> None:
    state = fetch(server, tmp_path)
    assert fetched(tmp_path) == EVERY and state.works == len(EVERY)
    asked = json.loads((tmp_path / "asked.json").read_text("utf-8"))
    assert asked["filter"] == "authorships.countries:JP" and asked["asked_at"] == "2026-06-01T00:00:00+00:00"
    assert asked["is_complete"] and asked["works"] == asked["total"] == len(EVERY)
    assert server.asked[0]["mailto"] == ["office@example.ac.jp"] and server.asked[0]["cursor"] == ["*"]


@pytest.mark.parametrize("fault", [429, 500, 503, "cut", "half", "hang up"])
def test_faults_are_tried_again(server: OpenAlexServer, tmp_path: Path, fault: int | str) -> None:
    server.faults.extend([fault, fault])
    pauses: list[float] = [0.0]
    fetch(server, tmp_path, pauses)
    assert fetched(tmp_path) == EVERY
    assert pauses[1:] == ([7.0, 7.0] if fault == 429 else [1.0, 2.0])


def test_what_came_is_kept_and_the_next_fetch_goes_on(server: OpenAlexServer, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("app.commands.publications.fetch_works.PAGES_A_FILE", 2)
    pages = OpenAlexPages(server.url, "authorships.countries:JP", pause=lambda seconds: None)
    state = start_or_resume(tmp_path, pages, datetime(2026, 6, 1, tzinfo=UTC))
    told: list[int] = []

    def fail_after_three(done: int, total: int) -> None:
        told.append(done)
        if len(told) == 3:
            server.faults.extend([500] * MOST_TRIES)

    with pytest.raises(FetchFailed) as failed:
        fetch_works(tmp_path, pages, state, fail_after_three)
    assert not failed.value.is_refused and fetched(tmp_path) == EVERY[:600]
    server.asked.clear()
    later = start_or_resume(tmp_path, pages, datetime(2026, 6, 2, tzinfo=UTC))
    assert later.asked["asked_at"].startswith("2026-06-01")
    fetch_works(tmp_path, pages, later)
    assert server.asked[0]["cursor"] == ["c600"] and fetched(tmp_path) == EVERY
    server.asked.clear()
    fetch_works(tmp_path, pages, start_or_resume(tmp_path, pages, datetime(2026, 6, 3, tzinfo=UTC)))
    assert server.asked == []


def run(server: OpenAlexServer, folder: Path, *more: str) -> int:
    return main(["--lang", "en", "fetch", "openalex", "--base-url", server.url, "--out", str(folder), *more])


def test_command(server: OpenAlexServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(server, tmp_path, "--ror", "https://ror.org/057zh3y96", "--years", "2021-2023") == 0
    assert server.asked[0]["filter"] == [
        "authorships.institutions.ror:https://ror.org/057zh3y96,publication_year:2021-2023"
    ]
    said = capsys.readouterr()
    assert "1050 works fetched" in said.out and "1000 of 1050" in said.err
    assert run(server, tmp_path, "--country", "JP") == 2
    assert "another question" in capsys.readouterr().err
    (tmp_path / "asked.json").write_text("{", "utf-8")
    assert run(server, tmp_path, "--country", "JP") == 2


def test_a_refusal_is_told(server: OpenAlexServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server.faults.append(403)
    assert run(server, tmp_path, "--country", "JP") == 2
    assert "made-up words" in capsys.readouterr().err


def test_a_pause_is_told(
    server: OpenAlexServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    server.faults.extend([429, 500])
    assert run(server, tmp_path, "--country", "JP") == 0
    said = capsys.readouterr().err
    assert "asking again in 7 s" in said and "asking again in 2 s" in said


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--ror", "x", "--country", "JP"],
        ["--country", "Atlantis"],
        ["--ror", "no such"],
        ["--country", "JP", "--base-url", "ftp://x"],
    ],
)
def test_usage(server: OpenAlexServer, tmp_path: Path, options: list[str]) -> None:
    assert run(server, tmp_path, *options) == 2
