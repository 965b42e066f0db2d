"""Records of the same paper, and records that only look so."""

from pathlib import Path

from indicators.publications.duplicates import find_duplicates
from tests.indicators.publications.test_count_papers import row
from tests.support.paper_files import write_tables

TITLE = "amadeuptitleofmorethantwentyletters"


def found(tmp_path: Path, *rows: dict[str, object]) -> list[tuple[str, str, list[str]]]:
    given = [row(line=n + 1, **{"record_id": f"R{n}", **values}) for n, values in enumerate(rows)]
    papers = write_tables(given, tmp_path).papers
    groups = find_duplicates(papers)
    return [(one.rule, one.counted.record_id, [record.record_id for record in one.left_out]) for one in groups]


def test_the_same_doi(tmp_path: Path) -> None:
    assert found(tmp_path, {"doi": "10.1/a"}, {"doi": "10.1/b"}, {"doi": "10.1/a"}) == [("doi", "R0", ["R2"])]


def test_an_identifier_that_repeats_is_no_duplicate(tmp_path: Path) -> None:
    same = {"record_id": "R"}
    assert found(tmp_path, {**same, "doi": "10.1/a", "title_key": TITLE}, {**same, "title_key": TITLE + "2"}) == []


def test_a_preprint_gives_way_to_its_article(tmp_path: Path) -> None:
    preprint = {"title_key": TITLE, "author_key": "sato", "type": "preprint", "doi": "10.48550/x", "year": 2022}
    article = {"title_key": TITLE, "author_key": "sato", "doi": "10.1/a", "year": 2023, "n_authors": 3}
    assert found(tmp_path, preprint, article) == [("preprint_and_article", "R1", ["R0"])]
    assert found(tmp_path, {**preprint, "year": 2019}, article) == []
    assert found(tmp_path, {**preprint, "author_key": "abe"}, article) == []
    assert found(tmp_path, {**preprint, "n_authors": 9}, article) == []


def test_title_year_and_authors_where_a_doi_is_missing(tmp_path: Path) -> None:
    with_doi = {"title_key": TITLE, "author_key": "sato", "doi": "10.1/a"}
    without = {"title_key": TITLE, "author_key": "sato"}
    assert found(tmp_path, without, with_doi, without) == [("title_year_authors", "R1", ["R0", "R2"])]
    assert found(tmp_path, with_doi, {**with_doi, "doi": "10.1/b"}) == []
    assert found(tmp_path, with_doi, {**without, "year": 2022}) == []


def test_no_record_is_left_out_twice(tmp_path: Path) -> None:
    one = {"title_key": TITLE, "author_key": "sato", "doi": "10.1/a"}
    groups = found(tmp_path, one, one, {**one, "doi": ""})
    left_out = [record for _, _, records in groups for record in records]
    assert sorted(left_out) == ["R1", "R2"]
