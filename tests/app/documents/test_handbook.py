"""The handbook says everything that is declared, in both languages, and finds it again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.components.navigation import FILE_OF, NAMES
from app.documents.handbook.build_handbook import CHAPTERS, handbook
from app.documents.handbook.catalogue_chapters import value_of
from app.documents.handbook.chapter import Chapter, comparable, link, search_sections, section_id
from app.documents.handbook.screen_chapter import PICTURES
from app.documents.handbook.source_chapter import note_key, uses_of
from app.edition import ROUND as YEAR
from app.edition import catalogue
from app.results.answer_influence import (
    BAND_KEY,
    FORMS,
    by_field,
    cells_by_field,
    cells_by_sheet,
    effects,
    fields_of,
    indicators_of,
)
from app.storage.store_location import STORE_VARIABLE
from app.submission.result import Result
from app.texts import say, texts
from indicators.catalogue.declarations import LEVELS, Benchmark, BenchmarkEntry, Goalpost, Indicator, Source
from indicators.catalogue.measure_kinds import Measure
from indicators.engine.evaluate import evaluate
from indicators.values.prepared_tables import stack
from schemas.dictionary.codelist import ChecklistItem
from schemas.dictionary.field import Field
from schemas.reading.clean_tables import Tables, clean_tables
from schemas.reading.read_submission import read_submission
from schemas.rules.rule import load_rules
from schemas.xlsx.read_workbook import read_workbook
from tests.support.page_tables import page_tables
from tests.support.when_asked import WhenAsked

Influence = Mapping[tuple[str, ...], pd.DataFrame]
LANGUAGES = ("ja", "en")
BOOKS = WhenAsked(LANGUAGES, lambda language: handbook(catalogue(), load_rules(), language, YEAR))
MAIN = str(Path("app/main.py").resolve())


def chapter(name: str, language: str = "en") -> Chapter:
    return BOOKS[language][CHAPTERS.index(name)]


# everything declared is told


def test_both_languages_have_the_same_chapters_and_entries() -> None:
    ids = {language: [(c.id, [s.id for s in c.sections]) for c in book] for language, book in BOOKS.items()}
    assert ids["ja"] == ids["en"]
    assert [name for name, _ in ids["ja"]] == list(CHAPTERS)


def test_every_declared_thing_has_exactly_one_entry() -> None:
    known, dictionary = catalogue(), catalogue().dictionary
    wanted: dict[str, set[str]] = {
        "indicators": set(known.indicators),
        "benchmarks": {section_id(b) for rows in known.benchmarks.values() for b in rows},
        "rules": {rule.id for rule in load_rules().values() if rule.status == "active"},
        "dictionary": {block.id for sheet in dictionary.sheets for block in sheet.blocks},
        "codelists": set(dictionary.code_lists),
        "checklist": {
            "levels",
            *(item.code for item in (*dictionary.checklist.items, *dictionary.checklist.proposals)),
        },
        "burden": {"forms", *(sheet.id for sheet in dictionary.sheets)},
    }
    for name, ids in wanted.items():
        entries = [section.id for section in chapter(name).sections]
        assert len(entries) == len(set(entries)), name
        assert set(entries) == ids, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_are_rectangular_without_empty_columns_and_nothing_is_left_unfilled(language: str) -> None:
    for part in BOOKS[language]:
        for section in part.sections:
            assert section.title.strip()
            assert "{" not in section.searched, section.id
            for table in section.tables:
                assert all(len(row) == len(table.head) for row in table.rows)
                assert all(any(row[i] for row in table.rows) for i in range(len(table.head))) or not table.rows


def test_an_indicator_is_told_with_weight_goalposts_examples_and_source() -> None:
    indicator = catalogue().indicators["foreign_researcher_share"]
    section = chapter("indicators").section(indicator.id)
    assert section is not None
    assert indicator.definition.en in section.paragraphs
    assert any(indicator.pitfalls.en in line for line in section.paragraphs)
    assert indicator.official is not None
    assert any(indicator.official.en in line for line in section.paragraphs)
    weight = indicator.weight_why
    assert weight is not None and any(weight.en in fact for fact in section.facts)
    source = catalogue().sources[indicator.source]
    assert any(source.title.en in fact for fact in section.facts)
    tables = {table.title: table for table in section.tables}
    assert len(tables[say("book_label.goalposts", "en")].rows) == len(indicator.goalposts)
    examples = tables[say("book_label.examples", "en")]
    results = [row[examples.head.index(say("book_label.expected", "en"))] for row in examples.rows]
    assert results[:3] == ["30 %", say("status.zero_denominator", "en"), say("status.m", "en")]
    assert len(results) == len(indicator.examples)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_of_every_benchmark_is_told_with_value_date_source_and_reason(language: str) -> None:
    for name, rows in catalogue().benchmarks.items():
        for benchmark in rows:
            section = chapter("benchmarks", language).section(f"{name}.{benchmark.id}")
            assert section is not None
            for entry, row in zip(benchmark.entries, section.tables[0].rows, strict=True):
                assert {value_of(entry, benchmark, language), entry.from_.isoformat(), entry.why[language]} <= set(row)
                assert any(catalogue().sources[entry.source].title[language] in cell for cell in row)


def test_values_are_told_exactly_with_sign_only_where_they_are_lines() -> None:
    known = catalogue()
    line = known.benchmark("foreign_researcher_share", "wpi_requirement")
    assert value_of(line.entries[0], line, "en") == "≧ 30 %"
    words = known.benchmark("english_admin_score", "wpi_requirement")
    stated = words.entries[0].words
    assert stated is not None and value_of(words.entries[0], words, "ja") == stated.ja
    dots = known.benchmark("foreign_pi_share", "wpi_observed")
    assert value_of(dots.entries[0], dots, "en") == "31 %"
    assert value_of(dots.entries[0], dots, "ja") == "31％"


def test_sheets_bear_the_name_of_the_workbook_and_in_english_what_it_means() -> None:
    for language, name in (("ja", "研究者"), ("en", "研究者 (Researchers)")):
        section = chapter("indicators", language).section("foreign_researcher_share")
        assert section is not None
        assert any(name in row for table in section.tables for row in table.rows)
        assert any(name in row for row in chapter("burden", language).sections[0].tables[0].rows)


@pytest.mark.parametrize("item", catalogue().dictionary.checklist.items, ids=lambda item: item.code)
def test_an_item_is_told_with_the_wording_of_its_levels_and_its_sources(item: ChecklistItem) -> None:
    section = chapter("checklist", "ja").section(item.code)
    assert section is not None
    assert [row[1] for row in section.tables[0].rows] == [wording.ja for wording in item.levels]
    for number in item.sources:
        key = note_key(catalogue(), number)
        assert key is not None
        assert any(catalogue().sources[key].title.ja in fact for fact in section.facts)


def test_a_source_number_is_not_taken_for_a_longer_one() -> None:
    assert note_key(catalogue(), "S0") is None
    assert note_key(catalogue(), "S1") is None


def words_of(model: Any, name: str) -> set[str]:
    inner = get_args(model.model_fields[name].annotation)
    return {str(word) for word in inner if word is not type(None)}


def test_every_closed_word_of_a_declaration_has_words_in_both_languages() -> None:
    wanted = {
        "book_unit": words_of(Indicator, "unit") | words_of(Benchmark, "unit") | words_of(Field, "unit"),
        "book_better": words_of(Indicator, "better"),
        "book_kind": words_of(Benchmark, "kind") | words_of(Goalpost, "kind"),
        "book_level": words_of(Benchmark, "level") | set(LEVELS),
        "book_authority": words_of(Benchmark, "authority"),
        "book_seen": words_of(BenchmarkEntry, "seen") | words_of(Source, "seen"),
        "book_measure": set(Measure.model_fields),
        "book_definition": words_of(Indicator, "definition_key"),
        "book_counting": words_of(Indicator, "counting"),
        "book_type": words_of(Field, "type"),
        "book_required": words_of(Field, "required"),
        "book_form": set(FORMS),
        "book_rule_scope": {rule.scope for rule in load_rules().values()},
        "chart": {f"value_{unit}" for unit in words_of(Indicator, "unit")},
    }
    missing = {f"{group}.{word}" for group, known in wanted.items() for word in known} - set(texts())
    assert missing == set()


def test_every_term_has_a_source_and_every_method_its_formula_and_source() -> None:
    names = {kind: {key.split(".")[1] for key in texts() if key.startswith(f"{kind}.")} for kind in TERM_GROUPS}
    assert names["term"] == names["term_source"]
    assert names["term_note"] <= names["term"]
    assert {section.id for section in chapter("glossary").sections} == names["term"]
    for section in chapter("methods").sections:
        assert len(section.facts) == 2 and section.paragraphs[0]


TERM_GROUPS = ("term", "term_note", "term_source")


def test_sources_are_those_that_something_rests_on() -> None:
    used = {i.source for i in catalogue().indicators.values()}
    used |= {e.source for rows in catalogue().benchmarks.values() for b in rows for e in b.entries}
    listed = {section.id for section in chapter("sources").sections}
    assert used <= listed <= set(catalogue().sources)


def test_no_source_is_declared_that_nothing_rests_on() -> None:
    assert [key for key, users in uses_of(catalogue()).items() if not users] == []


# search and addresses


@pytest.mark.parametrize(
    ("text", "chapter_id", "entry"),
    [
        ("R.RES.001", "rules", "R.RES.001"),
        ("ｒ．ｒｅｓ．００１", "rules", "R.RES.001"),
        ("外国人研究者 比率", "indicators", "foreign_researcher_share"),
        ("分数カウント", "glossary", "fractional_counting"),
    ],
)
def test_search_finds_across_chapters_whatever_width_and_case(text: str, chapter_id: str, entry: str) -> None:
    hits = [(c.id, s.id) for c, s in search_sections(BOOKS["ja"], text)]
    assert (chapter_id, entry) in hits[:5]


def test_entries_named_by_the_words_come_before_those_that_only_mention_them() -> None:
    hits = search_sections(BOOKS["en"], "wilson")
    assert [s.id for _, s in hits] == ["interval"]
    hits = [s for _, s in search_sections(BOOKS["en"], "checklist")]
    named = [comparable("checklist") in comparable(f"{s.id} {s.title}") for s in hits]
    by_id = dict(zip((s.id for s in hits), named, strict=True))
    assert by_id["checklist_score_a"] and not by_id["rollout_rate"]
    assert named == sorted(named, reverse=True)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Foreign share of PIs", "foreign_pi_share"),
        ("FOREIGN_PI_SHARE", "foreign_pi_share"),
        ("fractional counting", "fractional_counting"),
    ],
)
def test_an_entry_called_exactly_so_comes_first(text: str, first: str) -> None:
    hits = search_sections(BOOKS["en"], text)
    assert len(hits) > 1 and hits[0][1].id == first


@given(st.text(max_size=12))
def test_every_word_searched_for_stands_in_every_hit(text: str) -> None:
    words = comparable(text).split()
    hits = search_sections(BOOKS["en"], text)
    assert words or not hits
    assert all(word in section.searched for _, section in hits for word in words)


def test_the_address_of_an_entry_names_language_chapter_and_entry() -> None:
    assert link("rules", "R.RES.001", "en") == "handbook?lang=en&section=rules&id=R.RES.001"


# cells and indicators


@pytest.fixture(scope="module")
def demo_tables(demo_workbooks: dict[tuple[str, int], bytes]) -> dict[str, Tables]:
    dictionary = catalogue().dictionary
    return {
        code: clean_tables(read_submission(read_workbook(data), dictionary), dictionary)
        for (code, year), data in demo_workbooks.items()
        if year == YEAR
    }


@pytest.fixture(scope="module")
def influence(demo_tables: dict[str, Tables]) -> Influence:
    """The effects of the cells of some institutions together, by their codes."""
    groups = [(code,) for code in demo_tables] + [tuple(demo_tables)]
    return WhenAsked(groups, lambda codes: effects({code: demo_tables[code] for code in codes}, catalogue(), YEAR))


def test_questions_of_an_indicator_are_those_its_values_really_rest_on(
    processed: dict[tuple[str, int], Result],
) -> None:
    cells = pd.concat([result.frames["value_cells"] for result in processed.values()])
    assert len(cells) > 1000
    for name, rows in cells.groupby("indicator"):
        assert set(rows["field"]) <= set(fields_of(catalogue().indicators[str(name)], catalogue())), name
    share = cells[cells["indicator"] == "foreign_researcher_share"]
    assert set(share["field"]) == {"researchers.foreign", "researchers.total"}


def test_a_difference_rests_on_what_its_indicator_rests_on() -> None:
    known = catalogue()
    gap = known.indicators["zone_gap_researchers"]
    assert fields_of(gap, known) == fields_of(known.indicators["foreign_researcher_share"], known)
    assert "zone_gap_researchers" in indicators_of(known)["researchers.total"]
    assert indicators_of(known)["profile.office"] == []


@pytest.mark.parametrize("form", FORMS)
def test_cells_of_a_form_add_up_however_they_are_counted(form: Any) -> None:
    dictionary = catalogue().dictionary
    by_sheet = cells_by_sheet(dictionary, form, YEAR)
    assert sum(sum(kinds.values()) for kinds in by_sheet.values()) == len(dictionary.slots(form, YEAR))
    assert sum(cells_by_field(dictionary, form, YEAR).values()) == len(dictionary.slots(form, YEAR))


def bands_without(tables: Tables, field: str, cell: str) -> tuple[pd.Series, pd.Series]:
    """The bands of a submission with everything, and with one cell left out, by place and element."""
    rounds = pd.DataFrame([{"submission": "s", "institution": "", "year": YEAR}])
    found = [
        evaluate(stack({"s": tables}), catalogue(), rounds, blocked=shut)
        .decode()
        .scores.set_index(BAND_KEY)["band"]
        .fillna("")
        for shut in ([], [("s", field, cell)])
    ]
    return found[0], found[1]


def test_effects_agree_with_leaving_out_one_cell_at_a_time(
    demo_tables: dict[str, Tables], influence: Influence
) -> None:
    code = "DEMO-01"
    told = influence[code,]
    assert len(told) > 100
    some = [
        ("researchers.total", "centre/postdoc"),
        ("checklist.declared", "A1/centre"),
        ("researchers.pi", "00/other"),
    ]
    by_cell = told.set_index(["field", "cell"])
    keys = [key for key in by_cell.index if key[1].split("/")[-1] in {"postdoc", "A1", "institution"}][:6]
    assert keys
    for field, cell in [*keys, *(key for key in some if key in by_cell.index)]:
        whole, left = bands_without(demo_tables[code], field, cell)
        moved = set(whole.index[(left.reindex(whole.index).fillna("") != whole)].get_level_values("element"))
        assert set(by_cell.loc[(field, cell), "elements"].split()) == moved
        assert by_cell.loc[(field, cell), "changed"] == bool(moved)


def test_effects_on_scores_agree_with_leaving_out_one_cell_and_tell_cells_apart(
    demo_tables: dict[str, Tables], influence: Influence
) -> None:
    tables, told = demo_tables["DEMO-01"], influence["DEMO-01",]
    assert (told["lost"] + told["rescored"] <= 1).all() and told["lost"].sum() > 0
    rounds = pd.DataFrame([{"submission": "s", "institution": "", "year": YEAR}])
    for row in told.iloc[:: len(told) // 8].to_dict("records"):
        whole, left = (
            evaluate(stack({"s": tables}), catalogue(), rounds, blocked=shut).decode().scores.set_index(BAND_KEY)
            for shut in ([], [("s", row["field"], row["cell"])])
        )
        left = left.reindex(whole.index)
        goes = whole["score"].notna() & left["score"].isna()
        less = left["coverage_present"].fillna(0) < whole["coverage_present"]
        assert bool(row["lost"]) is bool((goes | less).any())
        largest = (left["score"] - whole["score"]).abs().max()
        assert row["shift"] == pytest.approx(0 if pd.isna(largest) else largest, abs=0.006)


def test_a_cell_outside_the_effects_moves_no_band(demo_tables: dict[str, Tables], influence: Influence) -> None:
    tables, told = demo_tables["DEMO-01"], influence["DEMO-01",]
    assert "researchers.female" not in set(told["field"])
    row = str(tables["researchers"].index[0])
    whole, left = bands_without(tables, "researchers.female", row)
    assert (whole == left.reindex(whole.index)).all()


def test_effects_of_several_institutions_are_counts_of_each_ones(
    demo_tables: dict[str, Tables], influence: Influence
) -> None:
    together = influence[tuple(demo_tables)].set_index(["field", "cell"])
    alone = [influence[code,].set_index(["field", "cell"]) for code in demo_tables]
    total = pd.concat(alone).groupby(level=[0, 1])[["institutions", "changed"]].sum()
    pd.testing.assert_frame_equal(together[["institutions", "changed"]].sort_index(), total.sort_index())
    assert (together["changed"] <= together["institutions"]).all()
    assert effects({}, catalogue(), YEAR).empty
    worst = by_field(together.reset_index())
    assert worst["checklist.declared"]["changed"] == together.loc["checklist.declared", "changed"].max()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_chapter_on_cells_tells_effects_where_it_is_given_them(
    language: str, demo_tables: dict[str, Tables], influence: Influence
) -> None:
    told = influence[tuple(demo_tables)]
    book = handbook(catalogue(), load_rules(), language, YEAR, told)
    section = book[CHAPTERS.index("burden")].section("researchers")
    assert section is not None
    head = section.tables[0].head
    assert say("book_label.effect", language) in head
    bare = chapter("burden", language).section("researchers")
    assert bare is not None and say("book_label.effect", language) not in bare.tables[0].head
    rows = {row[0]: row for row in section.tables[0].rows}
    assert rows["hosted.total"][head.index(say("book_label.effect", language))] == "0"


# the page


def run(folder: Path, **state: str) -> AppTest:
    os.environ[STORE_VARIABLE] = str(folder)
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.query_params["lang"] = state.pop("lang", "ja")
    for key, value in state.items():
        app.session_state[key] = value
    app.switch_page(FILE_OF["handbook"]).run()
    assert not app.exception, app.exception
    return app


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_chapter_opens_with_its_overview(demo_store_folder: Path, name: str) -> None:
    app = run(demo_store_folder, section=name)
    assert app.radio(key="section").value == name
    said = "\n".join(str(element.value) for element in app.markdown)
    assert say(f"book_intro.{name}", "ja").split("。")[0] in said
    assert page_tables(app) or name == "methods"


def test_an_entry_opens_in_full_and_another_chapter_closes_it(demo_store_folder: Path) -> None:
    app = run(demo_store_folder, lang="en", section="rules", id="R.RES.001")
    assert app.subheader[0].value
    assert any("Please mend either (cell)" in str(element.value) for element in app.markdown)
    app.radio(key="section").set_value("glossary").run()
    assert not app.exception
    assert not app.info and not app.subheader


def test_an_entry_that_does_not_exist_is_said_to_be_missing(demo_store_folder: Path) -> None:
    app = run(demo_store_folder, section="rules", id="R.NONE.000")
    assert any("R.NONE.000" in str(element.value) for element in app.text)


def test_search_offers_entries_and_a_click_opens_one(demo_store_folder: Path) -> None:
    app = run(demo_store_folder)
    app.text_input(key="handbook_search").set_value("分数カウント").run()
    assert not app.exception
    app.button(key="hit_glossary_fractional_counting").click().run()
    assert not app.exception
    assert app.text_input(key="handbook_search").value == ""
    assert app.subheader[0].value == "分数カウント"
    app.text_input(key="handbook_search").set_value("zzzz").run()
    assert any("zzzz" in str(element.value) for element in app.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address_opens_its_entry(demo_store_folder: Path, language: str) -> None:
    os.environ[STORE_VARIABLE] = str(demo_store_folder)
    app = AppTest.from_file(MAIN, default_timeout=60)
    for key, value in {"lang": language, "section": "checklist", "id": "A1"}.items():
        app.query_params[key] = value
    app.switch_page(FILE_OF["handbook"]).run()
    assert app.subheader[0].value.startswith("A1 ")
    kept = {key: app.query_params[key] for key in ("section", "id")}
    assert kept in ({"section": "checklist", "id": "A1"}, {"section": ["checklist"], "id": ["A1"]})


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_screen_stands_with_its_question_and_its_picture(language: str) -> None:
    screens = chapter("screens", language).sections
    assert sorted(section.id for section in screens) == sorted(NAMES)
    assert all(section.paragraphs and (PICTURES / section.picture).is_file() for section in screens)
