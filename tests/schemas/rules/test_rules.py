"""The rule matrix: every planted fault fires its own rule and no other, every clean case fires nothing."""

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart

from schemas.checks.registration import NAMED, mechanism_of
from schemas.checks.validate import judge, reading_findings, validate
from schemas.dictionary.declaration import DeclarationError, Text
from schemas.dictionary.field import Field
from schemas.form.issue import Issue
from schemas.form.layout import lay_out
from schemas.reading.answer import Answer, Submission
from schemas.reading.normalise import read_decimal
from schemas.reading.read_submission import read_submission, read_value
from schemas.reading.reading_outcome import READ_AS, Reading
from schemas.rules.check_kinds import ByFunction, ByReading
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule, load_rules
from schemas.rules.rule_integrity import RuleNames, rule_faults
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook
from schemas.xlsx.refusal import Refusal
from tests.support import hostile as make
from tests.support import reshape
from tests.support.each_case import for_each
from tests.support.file_faults import BESIDE_VALUES, FAULTS, FORM, KNOWN, cell_of, faulty_form
from tests.support.rule_cases import DICTIONARY, INSTITUTION, REGISTER, case_of

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

RULES = load_rules()
DECLARED = RuleNames(DICTIONARY, NAMED, mechanism_of)
ROOT = Path(__file__).parents[3]
TYPED = {"count", "people", "country", "decimal", "percent", "pay", "choice", "date", "year", "text"}
JUDGED = [rule for rule in RULES.values() if not isinstance(rule.check, ByReading)]
READ = [rule for rule in RULES.values() if isinstance(rule.check, ByReading) and rule.fires is not None]
UNKIND = re.compile(
    r"エラー|違反|誤り|間違|不正|下さい|\b(error|invalid|illegal|(?<!went )wrong|failed)\b", re.IGNORECASE
)


def text(ja: str) -> Text:
    return Text(ja=ja, en=ja)


# examples as tables ------------------------------------------------------------------------------------------


def fired(case: Any) -> list[Finding]:
    return [found for rule in RULES.values() for found in judge(rule, case)]


@for_each("rule", JUDGED)
def test_the_planted_fault_fires_its_rule_and_its_companions_only(rule: Rule) -> None:
    assert rule.fires is not None, "every rule carries an example"
    found = fired(case_of(rule.fires))
    assert {f.rule for f in found} == {rule.id, *rule.companions}, "the planted fault, and what it always breaks too"
    for f in found:
        assert_readable(f)
        assert f.blocks or f.severity != "error" or rule.scope in ("submission", "sheet")


@for_each("rule", JUDGED)
def test_the_clean_case_fires_nothing(rule: Rule) -> None:
    assert rule.passes is not None, "every rule carries a clean case"
    assert [(f.rule, f.message.en) for f in fired(case_of(rule.passes))] == []


@for_each("rule", JUDGED)
def test_without_the_data_it_needs_a_rule_is_silent(rule: Rule) -> None:
    assert list(judge(rule, case_of({}))) == []


@for_each("pair", [(rule, tuple(pair)) for rule in JUDGED if rule.check.kind == "part_of" for pair in rule.check.pairs])
def test_every_pair_of_part_and_whole_is_judged(pair: tuple[Rule, tuple[str, str]]) -> None:
    rule, (part, whole) = pair
    case = case_of({rule.check.table: [{part: 8, whole: 7}]})
    (found,) = judge(rule, case)
    cells = {answer.field.column: answer.cell for answer in case.submission.answers}
    assert found.cells == (cells[part], cells[whole]) and found.field == f"{rule.check.table}.{part}"
    code = DICTIONARY.fields[f"{rule.check.table}.{part}"].codes[0]
    for row in ({part: 7, whole: 7}, {part: None, whole: 7}, {part: 8, whole: None}, {part: code, whole: 7}):
        assert list(judge(rule, case_of({rule.check.table: [row]}))) == []


def parts_and_wholes() -> Iterator[tuple[str, str, str]]:
    """Table, part and whole of every rule that a part is no more than its whole, where the whole takes a code."""
    for rule in JUDGED:
        spec = rule.check
        pairs = spec.pairs if spec.kind == "part_of" else ()
        pairs = [(part, spec.whole) for part in spec.parts] if spec.kind == "sum_equals" else pairs
        for part, whole in pairs:
            if {"a", "m"} & {*DICTIONARY.fields[f"{spec.table}.{whole}"].codes}:
                yield spec.table, part, whole


@for_each("pair", sorted({*parts_and_wholes()}))
def test_parts_of_a_total_that_does_not_apply_or_is_not_known_are_asked_about(pair: tuple[str, str, str]) -> None:
    table, part, whole = pair
    rule = RULES["R.SUB.230"]
    for code in {"a", "m"} & {*DICTIONARY.fields[f"{table}.{whole}"].codes}:
        case = case_of({table: [{part: 8, whole: code}]})
        (found,) = judge(rule, case)
        cells = {answer.field.column: answer.cell for answer in case.submission.answers}
        assert found.cells == (cells[whole], cells[part]) and not found.blocks
        for silent in (0, None, code):
            assert list(judge(rule, case_of({table: [{part: silent, whole: code}]}))) == []
    assert list(judge(rule, case_of({table: [{part: 8, whole: "c"}]}))) == []


def test_parts_of_a_coded_total_are_asked_about_once_with_units_and_other_tables() -> None:
    whole = {"position": "professor", "total": "a", "foreign": 3, "pi": 2}
    rows = [whole, {"unit": "centre", "position": "professor", "total": 9}, {"position": "associate", "total": "m"}]
    (found,) = judge(RULES["R.SUB.230"], case_of({"researchers": rows}))
    assert found.field == "researchers.total" and found.row_key == "00/professor" and len(found.cells) == 4
    staff = {"administrative": "m", "bilingual_permanent": 4, "bilingual_fixed_term": 0, "bilingual_part_time": 1}
    (found,) = judge(RULES["R.SUB.230"], case_of({"staff": [staff]}))
    assert len(found.cells) == 3
    students = {"students_undergraduate": "m", "students_master": "m", "students_doctoral": "m", "students_stem": 40}
    assert len([*judge(RULES["R.SUB.230"], case_of({"profile": [students]}))]) == 1
    assert [*judge(RULES["R.SUB.230"], case_of({"profile": [{**students, "students_master": 60}]}))] == []


def test_a_share_of_rows_with_faults_is_found_row_by_row() -> None:
    rows = [{"year": str(year), "papers": 10, "international": 12 if year % 2 else 3} for year in range(2021, 2026)]
    found = list(judge(RULES["R.PUB.031"], case_of({"publications": rows})))
    assert [f.row_key for f in found] == ["2021", "2023", "2025"]


def test_every_function_serves_a_rule() -> None:
    used = {rule.check.name for rule in RULES.values() if isinstance(rule.check, ByFunction)}
    assert used == set(NAMED)


# examples as typed values ------------------------------------------------------------------------------------


def typed(kind: str, raw: str) -> Reading:
    if kind == "percent":
        return read_decimal(raw, minimum=Decimal(0), maximum=Decimal(100), codes=frozenset(), unit="%")
    if kind == "pay":
        return read_decimal(raw, minimum=Decimal(500), maximum=Decimal(100_000), codes=frozenset(), unit="円")
    limits: dict[str, Any] = {
        "count": {"unit": "people", "codes": ["a", "m", "c"]},
        "decimal": {"unit": "papers", "codes": ["a", "m", "c"]},
        "year": {"unit": "years", "minimum": Decimal(1950), "maximum": Decimal(2099)},
        "choice": {"code_list": "positions"},
        "people": {"unit": "people", "codes": ["a", "m", "c"]},
        "country": {"code_list": "countries"},
        "text": {"max_length": 20},
    }
    type_of = {"people": "count", "country": "choice"}
    f = Field(id="example.value", label=text("例"), type=type_of.get(kind, kind), **limits.get(kind, {}))  # type: ignore[arg-type]
    return read_value(DICTIONARY, f, {}, raw)


def found_in_reading(kind: str, raw: str) -> list[Finding]:
    reading = typed(kind, raw)
    f = Field(id="example.value", label=text("例"), type="text")
    answer = Answer(f, "", {}, raw, reading.value, reading.code, "研究者", "D7", f.label, reading.read_as,
                    reading.problem, reading.params)  # fmt: skip
    return list(reading_findings(Submission("core", 2026, INSTITUTION, False, {}, [answer]), RULES))


@for_each("rule", READ)
def test_what_is_typed_fires_its_rule_and_what_is_right_does_not(rule: Rule) -> None:
    ((kind, raw),) = rule.fires.items()
    assert kind in TYPED
    (found,) = found_in_reading(kind, raw)
    assert found.rule == rule.id
    assert_readable(found)
    assert found.sheet == "研究者" and found.cells == ("D7",)
    ((kind, raw),) = rule.passes.items()
    assert [f.rule for f in found_in_reading(kind, raw) if f.rule != READ_AS or rule.id == READ_AS] == []


# sums of rounded numbers -------------------------------------------------------------------------------------


def papers(**row: object) -> list[Finding]:
    return list(judge(RULES["R.PUB.101"], case_of({"publications": [row]})))


def test_rounded_parts_may_miss_their_sum_by_what_rounding_explains() -> None:
    assert papers(papers="17.9", international="10.3", domestic="5.4", single="2.1") == [], "17.8, by one decimal"
    assert papers(papers="18.1", international="10.3", domestic="5.4", single="2.1") != [], "0.3 is more than 4 x 0.05"
    assert papers(papers="17.802", international="10.301", domestic="5.4", single="2.1") == []
    assert papers(papers="17.81", international="10.301", domestic="5.4", single="2.1") != [], (
        "three decimals are exact"
    )
    assert papers(papers=18, international=10, domestic=5, single=2) != [], "whole numbers are exact"


@settings(max_examples=100)
@given(st.lists(st.fractions(0, 5000), min_size=3, max_size=3), st.integers(1, 3))
def test_parts_and_whole_rounded_alike_always_agree(parts: list[Fraction], places: int) -> None:
    names = ("international", "domestic", "single")
    *rounded, whole = (str(round(Decimal(x.numerator) / x.denominator, places)) for x in (*parts, sum(parts)))
    assert papers(papers=whole, **dict(zip(names, rounded, strict=True))) == []


def test_amounts_in_thousand_yen_may_differ_by_rounding_only() -> None:
    def income(external: int, profile: int) -> list[Finding]:
        tables = {"research_income": [{"external": external}], "profile": [{"external_income": profile}]}
        return list(judge(RULES["R.PRJ.111"], case_of(tables)))

    assert income(12_345, 12_346) == [] and income(12_346, 12_345) == []
    assert [f.rule for f in income(12_345, 12_347)] == ["R.PRJ.111"]


# examples as workbooks ---------------------------------------------------------------------------------------


@cache
def judged(data: bytes) -> list[Finding]:
    """The findings of a workbook without those about blanks, which most of these small forms have."""
    book = read_workbook(data)
    validated = validate(read_submission(book, DICTIONARY), DICTIONARY, REGISTER, book=book, data=data)
    return [f for f in validated.findings if f.rule != "R.SUB.066"]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_a_file_is_found_where_it_is(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    _, companions = FAULTS[name]
    found = judged(faulty_form(tmp_path_factory, name))
    assert {f.rule for f in found} == {name.split()[0], *companions}
    for f in found:
        assert_readable(f)


@pytest.mark.parametrize("name", [name for name in FAULTS if name in BESIDE_VALUES])
def test_what_stands_beside_values_is_found_at_its_cell(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    (found,) = [f for f in judged(faulty_form(tmp_path_factory, name)) if f.rule == name.split()[0]]
    sheet, cell = cell_of("researchers.total", "00/professor")
    assert found.sheet == sheet and cell in found.cells
    assert bool(found.blocks) == (found.severity == "error")


def test_a_form_as_issued_and_its_filled_sample_hold_nothing_beside_their_values(samples: dict[str, bytes]) -> None:
    for data in (FORM, *samples.values()):
        beside_values = {name.split()[0] for name in BESIDE_VALUES}
        assert {f.rule for f in judged(data)} & {*beside_values, "R.FMT.004"} == set()


def test_cells_in_the_shadow_of_a_merged_one_are_not_called_blank() -> None:
    sheet, cell = cell_of("researchers.total", "00/professor")
    below = f"{cell[0]}{int(cell[1:]) + 2}"
    data = reshape.edited(FORM, lambda book: book[sheet].merge_cells(f"{cell}:{below}"))
    blanks = {}
    for name, form in (("as issued", FORM), ("merged", data)):
        book = read_workbook(form)
        found = validate(read_submission(book, DICTIONARY), DICTIONARY, REGISTER, book=book, data=form).findings
        blanks[name] = {(f.sheet, f.cells[0]) for f in found if f.rule == "R.SUB.066"}
    asked, _ = DICTIONARY.burden("core", 2026)
    assert len(blanks["as issued"]) == asked, "cells that the form merges itself are asked too"
    shadow = {(sheet, f"{cell[0]}{int(cell[1:]) + n}") for n in (1, 2)}
    assert blanks["as issued"] - blanks["merged"] == shadow


def test_a_long_list_is_looked_at_around_its_cells_only() -> None:
    rows = [{"year": 2025, "identifier": f"10.1000/{n}", "international": "no"} for n in range(5)]
    answers = {("profile.has_publication_list", ""): "yes"}
    full = write_template(DICTIONARY, Issue("full", 2026, KNOWN, answers, {"publication_list": rows}))
    book = read_workbook(full)
    first = next(placed for placed in lay_out(DICTIONARY, "full", 2026).blocks if placed.block.kind == "records").first

    def edit(book: openpyxl.Workbook) -> None:
        ws = book["論文リスト"]
        ws.merge_cells(start_row=first + 1, end_row=first + 2, start_column=2, end_column=2)
        ws.column_dimensions["C"].hidden = True
        ws.row_dimensions[first].hidden = True
        ws.add_chart(BarChart(), f"D{first}")

    assert [f.rule for f in judged(full) if f.sheet == "論文リスト"] == [] and book.sheets["論文リスト"].rows
    found = {
        f.rule: f for f in judged(reshape.edited(full, edit)) if f.rule.startswith("R.FMT") and f.sheet == "論文リスト"
    }
    assert set(found) == {"R.FMT.010", "R.FMT.012", "R.FMT.014"}
    assert found["R.FMT.012"].cells == (f"B{first + 1}",) and found["R.FMT.012"].blocks
    assert found["R.FMT.014"].cells == (f"C{first}",), "a column is told, its rows are not looked at"


def test_a_form_for_nobody_is_not_taken_for_a_university() -> None:
    nobody = write_template(DICTIONARY, Issue("core", 2026, type(KNOWN)("", "（機関ごとに発行されます）", "", "", "")))
    validated = validate(read_submission(read_workbook(nobody), DICTIONARY), DICTIONARY, REGISTER)
    assert "R.SUB.202" in {f.rule for f in validated.findings}


# Rules that need the store, a worker or another form, which tests/app/submission breaks.
OF_STORE_AND_WORKER = {f"FMT-{number}" for number in range(61, 66)} | {f"R.CEN.00{number}" for number in range(1, 6)}


@for_each("rule", RULES.values())
def test_every_rule_is_broken_by_an_example_or_a_file(rule: Rule) -> None:
    by_files = {name.split()[0] for name in FAULTS} | make.REFUSALS
    assert (rule.fires is None) == (rule.passes is None)
    assert rule.fires is not None or rule.id in by_files | OF_STORE_AND_WORKER | {"FMT-60"}


def test_a_workbook_that_is_no_form_is_refused_by_its_rule() -> None:
    with pytest.raises(Refusal, match="FMT-60"):
        read_submission(read_workbook(make.package(make.parts(make.ONE_CELL))), DICTIONARY)


# texts -------------------------------------------------------------------------------------------------------


def assert_readable(found: Finding) -> None:
    for said in (found.message, found.remedy):
        for language in (said.ja, said.en):
            assert language and "{" not in language and "}" not in language, language
            assert not re.search(r"\b(nan|None|NaT|<NA>)\b", language), language


def texts() -> Iterator[tuple[str, Text]]:
    for rule in RULES.values():
        for name in ("text", "remedy", "reason"):
            yield f"{rule.id} {name}", getattr(rule, name).format()


@for_each("where, said", list(texts()))
def test_texts_are_kind_complete_and_in_both_languages(where: str, said: Text) -> None:
    assert not UNKIND.search(re.sub(r"\{.*?\}", "", said.ja + said.en)), said
    assert set(re.findall(r"\{(\w+?)(?:_ja)?\}", said.ja)) == set(re.findall(r"\{(\w+?)(?:_en)?\}", said.en)), said
    assert re.search(r"[ぁ-ん]", said.ja) and not re.search(r"[ぁ-ん]", said.en)
    polite = said.ja
    while polite != (bare := re.sub(r"「[^「」]*」|（[^（）]*）|\([^()]*\)", "", polite)):
        polite = bare
    for sentence in [part for part in polite.split("。") if part.strip()]:
        is_listing = re.search(r"：[^。]*$", sentence)
        ends = r"(です|ます|ません|ました|ください|でした|ためです|ませんか)$"
        assert is_listing or re.search(ends, sentence.strip()), sentence
    assert "，" not in said.ja and "．" not in said.ja


HALF_SAID = re.compile(r"\[\[|\]\]|「」|（）|\(\)|\"\"|[:：] ?([。.]|$)|^ |  | $|\n")


@for_each("rule", RULES.values())
def test_a_sentence_stands_on_one_line_and_says_nothing_of_what_there_is_not(rule: Rule) -> None:
    for pattern in (rule.text, rule.remedy):
        names = set(re.findall(r"\{(\w+)", pattern.ja + pattern.en))
        left_out = {
            name
            for clause in re.findall(r"\[\[(.*?)\]\]", pattern.ja + pattern.en)
            for name in re.findall(r"\{(\w+)", clause)
        }
        for empty in [set(), left_out, *({name} for name in left_out)]:
            params = {name: "" if name in empty else "一行目\r\n二行目\t**太字**" for name in names}
            said = rule.model_copy(update={"text": pattern}).finding(params).message
            for sentence in (said.ja, said.en):
                assert not HALF_SAID.search(sentence), sentence
                assert ("一行目 二行目 **太字**" in sentence) == bool(names - empty)


def test_what_somebody_typed_is_cut_where_it_is_long() -> None:
    found = RULES["R.VAL.090"].finding({"cell": "注記!D7", "value": "長" * 3000, "read_as": "短" * 3000})
    assert len(found.message.ja) < 300 and found.message.ja.count("…") == 2


@for_each("rule", RULES.values())
def test_a_remedy_says_what_to_do_next(rule: Rule) -> None:
    assert re.search(r"ください|不要です|問題ありません", rule.remedy.ja), rule.remedy.ja


def test_an_id_given_twice_is_refused(tmp_path: Path) -> None:
    source = (ROOT / "schemas" / "rules" / "rules.yaml").read_text(encoding="utf-8")
    first = source[source.index("- id: R.SUB.066") : source.index("- id: R.SUB.070")]
    path = tmp_path / "rules.yaml"
    path.write_text(first + first, encoding="utf-8")
    with pytest.raises(DeclarationError) as caught:
        load_rules(path)
    (fault,) = caught.value.faults
    assert "R.SUB.066" in fault.what.en and fault.line > 10


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("kind: part_of", "kind: part_off", "check"),
        ("severity: error", "severity: fatal", "severity"),
        ("remedy:", "remedies:", "remedy"),
    ],
)
def test_a_rule_that_is_not_one_is_named(tmp_path: Path, old: str, new: str, word: str) -> None:
    source = (ROOT / "schemas" / "rules" / "rules.yaml").read_text(encoding="utf-8")
    one = source[source.index("- id: R.RES.001") : source.index("- id: R.RES.002")]
    path = tmp_path / "rules.yaml"
    path.write_text(one.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DeclarationError) as caught:
        load_rules(path)
    assert any(word in fault.what.en + fault.remedy.en for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("old", "new", "near"),
    [
        ("name: unit_codes", "name: unit_code", "unit_codes"),
        ("table: hosted, pairs: [[foreign, total]]", "table: hosted, pairs: [[foreing, total]]", "foreign"),
        ("kind: part_of, table: hosted", "kind: part_of, table: host", "hosted"),
        ("  mechanism: schema", "  mechanism: year", "schema"),
        (
            "left: {table: staff, columns: [bilingual_permanent",
            "left: {table: staff, columns: [bilingual_permanet",
            "permanent",
        ),
    ],
)
def test_a_rule_about_something_unknown_is_named(tmp_path: Path, old: str, new: str, near: str) -> None:
    source = (ROOT / "schemas" / "rules" / "rules.yaml").read_text(encoding="utf-8")
    assert old in source
    path = tmp_path / "rules.yaml"
    path.write_text(source.replace(old, new, 1), encoding="utf-8")
    (fault,) = rule_faults(load_rules(path), DECLARED, path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert new in "\n".join(lines[fault.line - 1 : fault.line + 3])
    assert near in fault.remedy.en and near in fault.remedy.ja


def test_every_word_of_the_rules_is_declared() -> None:
    assert rule_faults(RULES, DECLARED) == []
