"""The rule matrix: every planted fault fires its own rule and no other, every clean case fires nothing."""

import io
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from schemas.answer import Answer, Submission
from schemas.checks import FUNCTIONS, judge
from schemas.declaration import DeclarationError, Text
from schemas.field import Field
from schemas.finding import Finding
from schemas.intake import Refusal, read_workbook
from schemas.layout import lay_out
from schemas.normalise import Reading, read_decimal
from schemas.reading import read_submission, read_value
from schemas.register import load_register
from schemas.rule import ByFunction, ByReading, Rule, load_rules
from schemas.rule_faults import faults_of_rules
from schemas.validation import READ_AS, reading_findings, validate
from schemas.workbook import Issue, write_template
from tests.schemas import reshape
from tests.schemas.rule_cases import DICTIONARY, INSTITUTION, REGISTER, case_of

pytestmark = pytest.mark.filterwarnings("ignore:.*(extension is not supported|no default style):UserWarning")

RULES = load_rules()
ROOT = Path(__file__).parents[2]
TYPED = {"count", "decimal", "percent", "pay", "choice", "date", "year", "text"}
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


@pytest.mark.parametrize("rule", JUDGED, ids=lambda rule: rule.id)
def test_the_planted_fault_fires_its_rule_and_its_companions_only(rule: Rule) -> None:
    assert rule.fires is not None, "every rule carries an example"
    found = fired(case_of(rule.fires))
    assert {f.rule for f in found} == {rule.id, *rule.companions}, "the planted fault, and what it always breaks too"
    for f in found:
        assert_readable(f)
        assert f.blocks or f.severity != "error" or rule.scope in ("submission", "sheet")


@pytest.mark.parametrize("rule", JUDGED, ids=lambda rule: rule.id)
def test_the_clean_case_fires_nothing(rule: Rule) -> None:
    assert rule.passes is not None, "every rule carries a clean case"
    assert [(f.rule, f.message.en) for f in fired(case_of(rule.passes))] == []


@pytest.mark.parametrize("rule", JUDGED, ids=lambda rule: rule.id)
def test_without_the_data_it_needs_a_rule_is_silent(rule: Rule) -> None:
    assert list(judge(rule, case_of({}))) == []


@pytest.mark.parametrize(
    "pair",
    [(rule, tuple(pair)) for rule in JUDGED if rule.check.kind == "part_of" for pair in rule.check.pairs],
    ids=lambda pair: f"{pair[0].id}-{'-'.join(pair[1])}",
)
def test_every_pair_of_part_and_whole_is_judged(pair: tuple[Rule, tuple[str, str]]) -> None:
    rule, (part, whole) = pair
    case = case_of({rule.check.table: [{part: 8, whole: 7}]})
    (found,) = judge(rule, case)
    cells = {answer.field.column: answer.cell for answer in case.submission.answers}
    assert found.cells == (cells[part], cells[whole]) and found.field == f"{rule.check.table}.{part}"
    code = DICTIONARY.fields[f"{rule.check.table}.{part}"].codes[0]
    for row in ({part: 7, whole: 7}, {part: None, whole: 7}, {part: 8, whole: None}, {part: code, whole: 7}):
        assert list(judge(rule, case_of({rule.check.table: [row]}))) == []


def test_a_share_of_rows_with_faults_is_found_row_by_row() -> None:
    rows = [{"year": str(year), "papers": 10, "international": 12 if year % 2 else 3} for year in range(2021, 2026)]
    found = list(judge(RULES["R.PUB.031"], case_of({"publications": rows})))
    assert [f.row_key for f in found] == ["2021", "2023", "2025"]


def test_every_function_serves_a_rule() -> None:
    used = {rule.check.name for rule in RULES.values() if isinstance(rule.check, ByFunction)}
    assert used == set(FUNCTIONS)


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
        "text": {"max_length": 20},
    }
    f = Field(id="example.value", label=text("例"), type=kind, **limits.get(kind, {}))  # type: ignore[arg-type]
    return read_value(DICTIONARY, f, {}, raw)


def found_in_reading(kind: str, raw: str) -> list[Finding]:
    reading = typed(kind, raw)
    f = Field(id="example.value", label=text("例"), type="text")
    answer = Answer(f, "", {}, raw, reading.value, reading.code, "研究者", "D7", f.label, reading.read_as,
                    reading.problem, reading.params)  # fmt: skip
    return list(reading_findings(Submission("core", 2026, INSTITUTION, False, {}, [answer]), RULES))


@pytest.mark.parametrize("rule", READ, ids=lambda rule: rule.id)
def test_what_is_typed_fires_its_rule_and_what_is_right_does_not(rule: Rule) -> None:
    ((kind, raw),) = rule.fires.items()
    assert kind in TYPED
    (found,) = found_in_reading(kind, raw)
    assert found.rule == rule.id
    assert_readable(found)
    assert found.sheet == "研究者" and found.cells == ("D7",)
    ((kind, raw),) = rule.passes.items()
    assert [f.rule for f in found_in_reading(kind, raw) if f.rule != READ_AS or rule.id == READ_AS] == []


# examples as workbooks ---------------------------------------------------------------------------------------

KNOWN = load_register().institutions[INSTITUTION]
LAYOUT = lay_out(DICTIONARY, "core", 2026)
FIRST = next(placed.first for placed in LAYOUT.blocks if placed.block.id == "researchers")
FORM = write_template(DICTIONARY, Issue("core", 2026, KNOWN))


def cell_of(field: str, row_key: str = "") -> tuple[str, str]:
    sheet, row, column = LAYOUT.cells[field, row_key]
    return sheet, f"{openpyxl.utils.get_column_letter(column)}{row}"


def typing(field: str, row_key: str, value: object) -> Callable[[openpyxl.Workbook], None]:
    def edit(book: openpyxl.Workbook) -> None:
        sheet, cell = cell_of(field, row_key)
        book[sheet][cell] = value

    return edit


def change_meta(book: openpyxl.Workbook) -> None:
    book["_meta"]["B4"] = "F101110100029"


# rule -> a fault in the file, and the rules that the same fault also breaks
FAULTS: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "R.FMT.060": (lambda: reshape.edited(FORM, reshape.remove("論文")), set()),
    "R.FMT.061": (
        lambda: reshape.edited(FORM, reshape.delete_rows("研究者", FIRST + 2)),
        {"R.FMT.062"},
    ),
    "R.FMT.062": (lambda: reshape.edited(FORM, reshape.forget_names), set()),
    "R.SUB.201": (lambda: reshape.edited(FORM, typing("profile.code", "", "F101110100029")), set()),
    # Another code in the hidden sheet: its checksum fails, and the profile names another institution.
    "R.SUB.203": (lambda: reshape.edited(FORM, change_meta), {"R.SUB.201"}),
    "R.VAL.032": (lambda: reshape.edited(FORM, typing("researchers.total", "00/professor", "=1+1")), set()),
    "R.VAL.001": (lambda: reshape.edited(FORM, typing("researchers.total", "00/professor", 1.5)), set()),
    "R.VAL.090": (lambda: reshape.edited(FORM, typing("researchers.total", "00/professor", "１２名")), set()),
    "R.RES.001": (
        lambda: reshape.edited(
            FORM, typing("researchers.total", "00/professor", 1), typing("researchers.foreign", "00/professor", 2)
        ),
        set(),
    ),
}


@pytest.mark.parametrize("rule", FAULTS)
def test_a_fault_in_a_file_is_found_where_it_is(rule: str) -> None:
    make, companions = FAULTS[rule]
    validated = validate(read_submission(read_workbook(make()), DICTIONARY), DICTIONARY, REGISTER)
    found = [f for f in validated.findings if f.rule != "R.SUB.066"]
    assert {f.rule for f in found} == {rule, *companions}
    for f in found:
        assert_readable(f)


def test_a_form_for_nobody_is_not_taken_for_a_university() -> None:
    nobody = write_template(DICTIONARY, Issue("core", 2026, type(KNOWN)("", "（機関ごとに発行されます）", "", "", "")))
    validated = validate(read_submission(read_workbook(nobody), DICTIONARY), DICTIONARY, REGISTER)
    assert "R.SUB.202" in {f.rule for f in validated.findings}


def test_a_workbook_that_is_no_form_is_refused_with_a_rule() -> None:
    target = io.BytesIO()
    openpyxl.Workbook().save(target)
    with pytest.raises(Refusal) as caught:
        read_submission(read_workbook(target.getvalue()), DICTIONARY)
    assert caught.value.rule in RULES


# Rules of the file itself are planted where the file is opened, as bytes; those of the store where it is kept.
PLANTED_ELSEWHERE = {
    "tests/schemas/test_intake.py": r"FMT-(01|4[0-9]|5[0-9])",
    "tests/schemas/test_reading.py": r"FMT-60|R\.VAL\.03[123]",
    "app/worker.py": r"FMT-6[13]",
    "app/receiving.py": r"FMT-62",
}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_every_rule_is_planted_somewhere(rule: Rule) -> None:
    if rule.fires is not None:
        assert rule.passes is not None
        return
    elsewhere = [file for file, ids in PLANTED_ELSEWHERE.items() if re.fullmatch(ids, rule.id)]
    assert rule.id in FAULTS or elsewhere
    for file in elsewhere:
        source = (ROOT / file).read_text(encoding="utf-8")
        noted = rule.id in ("FMT-58", "FMT-59")  # notes of the workbook, not refusals
        assert noted or rule.id in source, f"{rule.id} is not planted in {file}"


# texts -------------------------------------------------------------------------------------------------------


def assert_readable(found: Finding) -> None:
    for said in (found.message, found.remedy):
        for language in (said.ja, said.en):
            assert language and "{" not in language and "}" not in language, language
            assert not re.search(r"\b(nan|None|NaT|<NA>)\b", language), language


def texts() -> Iterator[tuple[str, Text]]:
    for rule in RULES.values():
        for name in ("text", "remedy", "reason"):
            yield f"{rule.id} {name}", getattr(rule, name)


@pytest.mark.parametrize(("where", "said"), list(texts()), ids=lambda value: value if isinstance(value, str) else "")
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


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_remedy_says_what_to_do_next(rule: Rule) -> None:
    assert re.search(r"ください|不要です|問題ありません", rule.remedy.ja), rule.remedy.ja


def test_an_id_given_twice_is_refused(tmp_path: Path) -> None:
    source = (ROOT / "schemas" / "rules.yaml").read_text(encoding="utf-8")
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
    source = (ROOT / "schemas" / "rules.yaml").read_text(encoding="utf-8")
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
        (
            "left: {table: staff, columns: [bilingual_permanent",
            "left: {table: staff, columns: [bilingual_permanet",
            "permanent",
        ),
    ],
)
def test_a_rule_about_something_unknown_is_named(tmp_path: Path, old: str, new: str, near: str) -> None:
    source = (ROOT / "schemas" / "rules.yaml").read_text(encoding="utf-8")
    assert old in source
    path = tmp_path / "rules.yaml"
    path.write_text(source.replace(old, new, 1), encoding="utf-8")
    (fault,) = faults_of_rules(load_rules(path), DICTIONARY, FUNCTIONS, path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert new in "\n".join(lines[fault.line - 1 : fault.line + 3])
    assert near in fault.remedy.en and near in fault.remedy.ja


def test_every_word_of_the_rules_is_declared() -> None:
    assert faults_of_rules(RULES, DICTIONARY, FUNCTIONS) == []
