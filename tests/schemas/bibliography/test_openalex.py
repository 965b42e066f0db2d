"""OpenAlex works in every shape in which they come."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.bibliography.json_items import ObjectScan
from schemas.bibliography.openalex import openalex_identifier, read_openalex
from schemas.bibliography.read_problems import ProblemLog
from tests.support.publication_samples import HOSPITAL, KYOTO, OXFORD, TOKYO, authorship, institution, work, write_lines

WORKS = [
    work(1, authorship(institution(TOKYO)), authorship(institution(OXFORD), is_corresponding=True)),
    work(2, authorship(institution(KYOTO)), doi=None, type="preprint"),
    work(3, authorship()),
    work(4, authorship(raw=["Some Institute, Paris, France"], name="A B"), authorship(institution(TOKYO))),
    work(5, authorship(raw=["Some Institute, Atlantis"]), authorship(institution(TOKYO))),
    work(6, authorship(institution(TOKYO)), is_authors_truncated=True, authors_count=2500, countries_distinct_count=40),
]


def read(path: Path) -> tuple[list, ProblemLog]:
    problems = ProblemLog()
    return list(read_openalex(path, problems)), problems


def shapes(folder: Path) -> dict[str, Path]:
    lines = "".join(json.dumps(one) + "\n" for one in WORKS)
    page = {"meta": {"count": 6, "results": 6}, "results": WORKS}
    texts = {
        "lines.jsonl": lines,
        "page.json": json.dumps(page),
        "indented.json": json.dumps(page, indent=1, ensure_ascii=False),
        "array.json": json.dumps(WORKS),
        "indented-array.json": json.dumps(WORKS, indent=2),
        "pages.jsonl": "".join(json.dumps({"meta": {}, "results": part}) + "\n" for part in (WORKS[:2], WORKS[2:])),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "part_000.gz").write_bytes(gzip.compress(lines.encode()))
    columns = dict.fromkeys(key for one in WORKS for key in one)
    table = pa.Table.from_pylist([{**columns, **one, "extra": 1} for one in WORKS])
    pq.write_table(table, folder / "works.parquet")
    return {path.name: path for path in folder.iterdir()}


def test_every_shape_gives_the_same_records(tmp_path: Path) -> None:
    found = {}
    for name, path in shapes(tmp_path).items():
        records, problems = read(path)
        assert not problems.counts, name
        found[name] = [(r.record_id, r.doi, r.countries, r.n_authors, r.is_international, r.authors) for r in records]
    first = found["lines.jsonl"]
    assert len(found) == 8 and len(first) == 6
    assert all(one == first for one in found.values())


def test_what_a_record_says(tmp_path: Path) -> None:
    records, _ = read(write_lines(tmp_path / "w.jsonl", WORKS))
    both, kyoto, nowhere, raw, unreadable, cut = records
    assert both.doi == "10.5555/made.1" and both.countries == ("GB", "JP") and both.is_international
    assert [address.organisation for address in both.corresponding] == ["University of Oxford"]
    assert both.percentile == 0.5 and both.is_top10 is False and both.field_group == "physics"
    assert kyoto.is_international is False and kyoto.corresponding is None
    assert nowhere.is_international is None and nowhere.addresses == ()
    assert raw.countries == ("FR", "JP")
    assert unreadable.is_international is None and unreadable.unreadable == ("Some Institute, Atlantis",)
    assert cut.is_hyper_authored and cut.is_international and cut.n_authors == 2500


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        ('{"id": "https://openalex.org/W9", "auth', "bad_json"),
        ('"words"', "not_a_work"),
        ("[1, 2", "bad_json"),
        ('{"id": "W9", "publication_year": 3024, "authorships": []}', "bad_year"),
        ('{"id": "W9", "publication_year": null}', "no_year"),
        ('{"some": "thing"}', "not_a_work"),
        ('{"id": "W9", "authorships": 4}', "not_a_work"),
        ("Authors,Title,Year", "other_vendor_within"),
    ],
)
def test_a_bad_line_costs_itself_only(tmp_path: Path, bad: str, kind: str) -> None:
    good = [json.dumps(one) for one in WORKS]
    path = tmp_path / "w.jsonl"
    path.write_text("\n".join([*good[:2], bad, *good[2:]]), "utf-8")
    records, problems = read(path)
    assert len(records) == 6
    assert {(one.line, one.kind) for one in problems.listed} == {(3, kind)}


def test_a_page_cut_off_keeps_the_works_before(tmp_path: Path) -> None:
    path = tmp_path / "page.json"
    text = json.dumps({"meta": {}, "results": WORKS}, indent=1)
    path.write_text(text[: len(text) - 300], "utf-8")
    records, problems = read(path)
    assert len(records) == 5
    assert [one.kind for one in problems.listed] == ["cut_off"] and problems.listed[0].line > 100


@pytest.mark.parametrize("text", ["", "\n \n", "FN Clarivate\nVR 1.0\n", "Authors,Title\n"])
def test_no_works_at_all(tmp_path: Path, text: str) -> None:
    path = tmp_path / "page.json"
    path.write_text(text, "utf-8")
    records, problems = read(path)
    assert not records and problems.has_unreadable_file


def test_the_openalex_identifier_is_found_beside_the_ror(tmp_path: Path) -> None:
    shapes(tmp_path)
    for path in sorted(tmp_path.iterdir()):
        assert openalex_identifier([path], TOKYO[0]) == TOKYO[1], path.name
    assert openalex_identifier(sorted(tmp_path.iterdir()), HOSPITAL[0]) == ""


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


WORKS_OF_ANY_CONTENT = st.lists(st.dictionaries(st.text(max_size=8), VALUES, max_size=4), max_size=5)


@given(WORKS_OF_ANY_CONTENT, st.integers(1, 40), st.booleans(), st.booleans())
def test_a_document_parts_into_its_objects_wherever_chunks_end(works, size, is_page, is_indented) -> None:
    document = {"meta": {"count": 1}, "results": works} if is_page else works
    text = json.dumps(document, indent=1 if is_indented else None, ensure_ascii=False)
    scan = ObjectScan()
    found = [item for at in range(0, len(text), size) for item in scan.feed(text[at : at + size])]
    assert [json.loads(one) for _, one in found] == works
    assert not scan.is_open


@pytest.mark.parametrize(
    "part",
    [
        {"authorships": [None, 5]},
        {"authorships": [{"institutions": [5]}]},
        {"primary_topic": "physics"},
        {"citation_normalized_percentile": {"value": "high"}},
        {"authors_count": "many"},
    ],
)
def test_a_work_of_another_shape_costs_itself_only(tmp_path: Path, part: dict) -> None:
    good = work(1, authorship(institution(TOKYO)))
    records, problems = read(write_lines(tmp_path / "w.jsonl", [good, {**good, **part}, good]))
    assert len(records) == 2 and [(one.line, one.kind) for one in problems.listed] == [(2, "not_a_work")]


def test_a_file_without_any_json_is_no_openalex_export(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<html>\n<p>Please sign in</p>\n", "utf-8")
    records, problems = read(path)
    assert not records and problems.has_unreadable_file


def test_what_is_null_in_a_work_costs_nothing_else(tmp_path: Path) -> None:
    known, nobody = authorship(institution(TOKYO)), {"author": None, "institutions": None, "countries": None}
    half = {**known, "institutions": [None, *known["institutions"]]}
    works = [
        {**work(1), "authorships": None},
        {**work(2), "authorships": [None, known]},
        {**work(3), "authorships": [nobody, half]},
    ]
    records, problems = read(write_lines(tmp_path / "null.jsonl", works))
    assert not problems.counts and [record.n_authors for record in records] == [0, 2, 2]
    assert [record.countries for record in records] == [(), ("JP",), ("JP",)]
    assert [record.is_international for record in records] == [None, False, False]
