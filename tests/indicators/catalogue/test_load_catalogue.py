"""The catalogue is complete in both languages, and what is declared wrongly is refused at once, by file and line."""

import re
import shutil
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import indicators.catalogue.load_catalogue as load_catalogue_module
from indicators.catalogue.declarations import LEVELS, Indicator
from indicators.catalogue.indicator_integrity import ALLOWED_KINDS
from indicators.catalogue.load_catalogue import load_catalogue
from schemas.dictionary.declaration import DeclarationError, Document, Fault, Text, read_document
from schemas.dictionary.dictionary import load_dictionary
from tests.support.each_case import for_each
from tests.support.edited_catalogue import copied, edit

DICTIONARY = load_dictionary()
CATALOGUE = load_catalogue(dictionary=DICTIONARY)
INDICATORS = list(CATALOGUE.indicators.values())

by_id = for_each("indicator", INDICATORS)


def texts_in(node: Any) -> Iterator[Text]:
    if isinstance(node, Text):
        yield node
    elif isinstance(node, BaseModel):
        for name in type(node).model_fields:
            yield from texts_in(getattr(node, name))
    elif isinstance(node, dict):
        for child in node.values():
            yield from texts_in(child)
    elif isinstance(node, list | tuple):
        for child in node:
            yield from texts_in(child)


@for_each("node", [*INDICATORS, *CATALOGUE.pillars.values()])
def test_every_text_is_there_in_both_languages(node: BaseModel) -> None:
    found = [*texts_in(node)]
    assert found
    for text in found:
        assert re.search(r"[ぁ-んァ-ヶ一-龥]", text.ja), text
        assert re.search(r"[A-Za-z]", text.en), text
        assert not re.search(r"[ぁ-んァ-ヶ一-龥]", text.en), text
        assert not re.search(r"\b(error|invalid|illegal)\b", text.en, re.IGNORECASE), text


@by_id
def test_sentences_are_sentences(indicator: Indicator) -> None:
    whys = [post.why for post in indicator.goalposts.values()]
    for text in [
        indicator.definition,
        indicator.pitfalls,
        *whys,
        *([indicator.weight_why] if indicator.weight_why else []),
    ]:
        assert text.ja.endswith("。")
        assert text.en.endswith(".")


@by_id
def test_an_indicator_rests_on_a_source_and_on_examples(indicator: Indicator) -> None:
    assert indicator.source in CATALOGUE.sources
    assert len(indicator.examples) >= 2
    assert indicator.id not in CATALOGUE.dictionary.fields
    assert indicator.pillar in CATALOGUE.pillars


@by_id
def test_what_official_definition_is_reused_is_said_or_that_there_is_none(indicator: Indicator) -> None:
    assert indicator.official is not None
    assert indicator.official.ja.endswith("。")
    assert indicator.official.en.endswith(".")


@by_id
def test_a_definition_says_on_which_day_or_in_which_years_it_counts(indicator: Indicator) -> None:
    """Differences take their day from the indicators that they compare."""
    if indicator.measure.difference is None:
        assert re.search(r"5月1日|前年度|直近\d年|\d年前", indicator.definition.ja), indicator.definition.ja
        assert re.search(r"1 May|fiscal year|calendar years|years (ago|before)|last three", indicator.definition.en)


@by_id
def test_levels_weights_and_goalposts_fit_together(indicator: Indicator) -> None:
    assert list(indicator.levels) == sorted(set(indicator.levels), key=LEVELS.index)
    assert set(indicator.goalposts) <= set(indicator.levels)
    assert indicator.scored == (indicator.weight is not None) == bool(indicator.goalposts)
    assert (indicator.weight is None) == (indicator.weight_why is None)
    if indicator.measure.difference is not None or indicator.measure.levels_reached is not None:
        rows_of_centres = ["centre"] if indicator.measure.needs_centre else []
        assert indicator.levels == ["institution", *rows_of_centres], "one row for each centre that is compared"
        assert indicator.better == "none"
    if indicator.goalposts:
        assert indicator.better in ("higher", "lower")


def test_goalposts_are_those_decided() -> None:
    """docs/catalogue-decisions.md 8: nobody may be scored against anything else unnoticed."""
    found = {
        (i.id, level, post.kind, post.floor, post.target.benchmark or post.target.scale_end)
        for i in INDICATORS
        for level, post in i.goalposts.items()
    }
    assert found == {
        ("foreign_researcher_share", "centre", "score", 0, "wpi_requirement"),
        ("foreign_researcher_share", "institution", "direction", 0, "wpi_requirement"),
        ("foreign_pi_share", "centre", "score", 0, "wpi_requirement"),
        *(
            (name, level, "score", 0, Fraction(100))
            for name in ("english_admin_score", "research_environment_score")
            for level in ("centre", "institution")
        ),
        *(
            ("intl_coauthored_share_full", level, "direction", 0, "wpi_programme_target")
            for level in ("centre", "institution")
        ),
    }


def test_context_is_never_scored() -> None:
    for name in ("rollout_rate", "zone_gap_researchers", "zone_gap_admin", "female_researcher_share"):
        assert not CATALOGUE.indicators[name].scored


def test_the_scores_of_the_checklist_cover_every_item_once() -> None:
    groups = [group.code for group in DICTIONARY.checklist.groups]
    scores = ("english_admin_score", "research_environment_score")
    measured = [CATALOGUE.indicators[name].measure.weighted_level for name in scores]
    assert sorted(group for spec in measured if spec is not None for group in spec.groups) == groups
    singles = [CATALOGUE.indicators[f"checklist_score_{group}"].measure.weighted_level for group in groups]
    assert [spec.groups for spec in singles if spec is not None] == [[group] for group in groups]


def test_order_is_by_pillar_weight_and_id() -> None:
    pillars = list(CATALOGUE.pillars)
    keys = [(pillars.index(i.pillar), -(i.weight or 0), i.id) for i in INDICATORS]
    assert keys == sorted(keys)


def test_the_same_declarations_have_the_same_hash_and_others_another(tmp_path: Path) -> None:
    assert load_catalogue(dictionary=DICTIONARY).hash == CATALOGUE.hash
    folder = copied(tmp_path)
    edit(folder, "definitions/researchers/foreign_pi_share.yaml", "minimum: 20", "minimum: 21")
    assert load_catalogue(folder, DICTIONARY).hash != CATALOGUE.hash


# bad declarations

SHARE = "definitions/researchers/foreign_researcher_share.yaml"
PI = "definitions/researchers/foreign_pi_share.yaml"
WOMEN = "definitions/researchers/female_researcher_share.yaml"
POSTDOCS = "definitions/researchers/foreign_postdoc_share.yaml"
ZONE = "definitions/researchers/zone_gap_researchers.yaml"
ADMIN = "definitions/english_administration/english_admin_score.yaml"
ROLLOUT = "definitions/english_administration/rollout_rate.yaml"
PAPERS = "definitions/coauthorship/intl_coauthored_share_full.yaml"
LINES = "benchmark_values/foreign_researcher_share.yaml"
PAY = "benchmark_values/ra_hourly_pay.yaml"


def faults_of(folder: Path) -> list[Fault]:
    with pytest.raises(DeclarationError) as refused:
        load_catalogue(folder, DICTIONARY)
    return refused.value.faults


# file, what is replaced by what, what the fault says in English and Japanese, what to do
BAD = [
    pytest.param(
        SHARE, "better: higher", "beter: higher", "no key 'beter'", "「beter」という項目", "'better'", id="unknown key"
    ),
    pytest.param(
        SHARE, "better: higher", "better: highest", "one of higher, lower", "どれか", "Choose one", id="unknown word"
    ),
    pytest.param(
        SHARE,
        ", en: Share of foreign researchers}",
        "}",
        "'en' is missing",
        "「en」がありません",
        "Write 'en'",
        id="language",
    ),
    pytest.param(
        SHARE,
        "label: {ja: 外国人研究者比率, en: Share of foreign researchers}",
        "label: Share",
        "both languages",
        "日本語と英語",
        "ja:",
        id="one text only",
    ),
    pytest.param(
        SHARE,
        "source: mext_wpi_fy2012",
        "source: mext_wpi_fy2013",
        "not declared",
        "定義されていません",
        "'mext_wpi_fy2012'",
        id="unknown source",
    ),
    pytest.param(
        SHARE,
        "part: {sum: researchers.foreign}",
        "part: {sum: researchers.foriegn}",
        "not declared",
        "定義されていません",
        "'researchers.foreign'",
        id="unknown field",
    ),
    pytest.param(
        SHARE,
        "part: {sum: researchers.foreign}",
        "part: {sum: researchers.unit}",
        "not declared",
        "定義されていません",
        "",
        id="key as field",
    ),
    pytest.param(
        SHARE,
        "part: {sum: researchers.foreign}",
        "part: {total: researchers.foreign}",
        "no key 'total'",
        "「total」という項目",
        "",
        id="unknown sum",
    ),
    pytest.param(
        POSTDOCS,
        "position: [postdoc]",
        "position: [postdocs]",
        "not declared",
        "定義されていません",
        "'postdoc'",
        id="unknown code",
    ),
    pytest.param(
        POSTDOCS,
        "where: {position: [postdoc]}",
        "where: {positon: [postdoc]}",
        "not declared",
        "定義されていません",
        "'position'",
        id="unknown column",
    ),
    pytest.param(
        POSTDOCS,
        "position: [postdoc]",
        "position: {group: facultee}",
        "not declared",
        "定義されていません",
        "Declared: faculty, non_faculty",
        id="unknown group",
    ),
    pytest.param(
        POSTDOCS,
        "position: [postdoc]",
        "position: {grup: faculty}",
        "no key 'grup'",
        "「grup」という項目",
        "'group'",
        id="unknown key of a choice",
    ),
    pytest.param(
        ZONE,
        "of: foreign_researcher_share",
        "of: zone_gap_researchers",
        "in a circle",
        "一巡",
        "not a difference",
        id="circular",
    ),
    pytest.param(
        ZONE,
        "of: foreign_researcher_share",
        "of: zone_gap_admin",
        "difference itself",
        "自体が差",
        "not a difference",
        id="difference of a difference",
    ),
    pytest.param(
        ZONE,
        "of: foreign_researcher_share",
        "of: foreign_resercher_share",
        "not declared",
        "定義されていません",
        "'foreign_researcher_share'",
        id="difference of nothing",
    ),
    pytest.param(SHARE, "weight: 2", "weight: 0", "positive whole number", "正の整数", "1 or more", id="weight 0"),
    pytest.param(
        SHARE, "weight: 2", "weight: -1", "positive whole number", "正の整数", "1 or more", id="weight below 0"
    ),
    pytest.param(SHARE, "weight: 2", "weight: 1.5", "whole number", "整数", "whole number", id="weight 1.5"),
    pytest.param(SHARE, "weight: 2", "weight: true", "whole number", "整数", "whole number", id="weight true"),
    pytest.param(SHARE, "weight: 2", 'weight: "2"', "whole number", "整数", "whole number", id="weight as text"),
    pytest.param(
        WOMEN,
        "scored: false",
        "scored: false\nweight: 1\nweight_why: {ja: 例です。, en: An example.}",
        "scored: false",
        "scored: false",
        "Remove one",
        id="weight of what is not scored",
    ),
    pytest.param(
        SHARE,
        "    floor: 0",
        "    floor: 30",
        "Floor and target are equal",
        "同じ値",
        "Mend one",
        id="goalposts equal to a benchmark",
    ),
    pytest.param(
        ADMIN,
        "    floor: 0",
        "    floor: 100",
        "Floor and target are equal",
        "同じ値",
        "Mend one",
        id="goalposts equal on a scale",
    ),
    pytest.param(ADMIN, "    floor: 0", "    floor: none", "a number", "数", "a number", id="floor that is no number"),
    pytest.param(
        PAPERS,
        "target: {benchmark: wpi_programme_target}",
        "target: {benchmark: kavli_ipmu_2016}",
        "may not be the target of a direction",
        "direction の目標にできません",
        "kind",
        id="observed as target",
    ),
    pytest.param(
        SHARE,
        "    kind: direction\n",
        "",
        "may not be the target of a score at the level institution",
        "direction",
        "kind",
        id="another level as target",
    ),
    pytest.param(
        SHARE,
        "target: {benchmark: wpi_requirement}",
        "target: {benchmark: wpi_requirment}",
        "not declared",
        "定義されていません",
        "'wpi_requirement'",
        id="unknown benchmark",
    ),
    pytest.param(
        SHARE,
        "target: {benchmark: wpi_requirement}",
        "target: {}",
        "benchmark or a scale_end",
        "一方",
        "one of them",
        id="no target",
    ),
    pytest.param(
        PI,
        "  centre:\n    floor",
        "  center:\n    floor",
        "one of institution, centre, unit",
        "どれか",
        "'centre'",
        id="unknown level",
    ),
    pytest.param(
        ROLLOUT, "threshold: 2", "threshold: 4", "level from 1 to 3", "1～3", "level", id="threshold out of range"
    ),
    pytest.param(
        ADMIN,
        "groups: [a, b, c, f]",
        "groups: [a, b, c, h]",
        "not declared",
        "定義されていません",
        "",
        id="unknown checklist group",
    ),
    pytest.param(
        SHARE,
        "id: foreign_researcher_share",
        "id: foreign_share",
        "not the file's name",
        "ファイル名",
        "'foreign_researcher_share'",
        id="id and file differ",
    ),
    pytest.param(
        SHARE,
        "levels: [institution, centre, unit]",
        "levels: institution",
        "a list",
        "リスト",
        "a list",
        id="word for a list",
    ),
    pytest.param(
        SHARE, "unit: percent\n", "unit: percent\nunit: score\n", "stands twice", "二度", "Remove one", id="key twice"
    ),
    pytest.param(
        SHARE,
        "unit: percent\n",
        "unit: [percent\n",
        "not readable YAML",
        "YAMLとして読めません",
        "brackets",
        id="no YAML",
    ),
    pytest.param(
        LINES,
        "    - from: 2007-04-01\n      until",
        "    - until",
        "'from' is missing",
        "「from」がありません",
        "Write 'from'",
        id="benchmark without date",
    ),
    pytest.param(
        LINES,
        "from: 2007-04-01",
        "from: April 2007",
        "a date such as",
        "日付",
        "a date such as",
        id="benchmark date unreadable",
    ),
    pytest.param(
        LINES,
        "      source: cefp_reform_schedule_2023\n",
        "",
        "'source' is missing",
        "「source」がありません",
        "Write 'source'",
        id="benchmark without source",
    ),
    pytest.param(
        LINES,
        "source: nature_wpi_2007",
        "source: nature_wpi_2008",
        "not declared",
        "定義されていません",
        "'nature_wpi_2007'",
        id="benchmark of unknown source",
    ),
    pytest.param(
        LINES,
        'value: "30"',
        "value: null",
        "no value, range or wording",
        "どれもありません",
        "value",
        id="benchmark without value",
    ),
    pytest.param(LINES, 'value: "30"', 'value: "30 %"', "a number", "数", "a number", id="value with a sign"),
    pytest.param(
        LINES, "until: null", "until: 2006-01-01", "before 'from'", "より前", "dates", id="ends before it begins"
    ),
    pytest.param(
        LINES,
        "kind: requirement",
        "kind: requirment",
        "one of requirement",
        "どれか",
        "'requirement'",
        id="unknown kind of benchmark",
    ),
    pytest.param(
        SHARE, "version: 1", "version: 0", "whole number from 1 on", "1以上の整数", "Make it 1", id="version 0"
    ),
    pytest.param(PI, "minimum: 20", "minimum: -1", "negative", "負の数", "0 or more", id="minimum below 0"),
    pytest.param(
        SHARE,
        "levels: [institution, centre, unit]",
        "levels: [institution, institution, centre, unit]",
        "one stands twice",
        "二度書かれています",
        "once",
        id="level twice",
    ),
    pytest.param(
        PAPERS, "window: [-3, -1]", "window: [-1, -3]", "begins after its end", "終わりより後", "[-3, -1]", id="window"
    ),
    pytest.param(
        WOMEN, "scored: false\n", "", "no weight, or no goalpost", "重み又は評価基準", "scored: false", id="unscored"
    ),
    pytest.param(
        ADMIN,
        "better: higher",
        "better: none",
        "better: none has goalposts",
        "better: none",
        "higher or lower",
        id="unjudged",
    ),
    pytest.param(
        WOMEN, "ja: 女性研究者比率", 'ja: " "', "The text 'ja' is empty", "「ja」の文が空", "Write it", id="empty text"
    ),
    pytest.param(
        LINES,
        "last_confirmed: 2007-04-01",
        "last_confirmed: 2006-04-01",
        "before 'from'",
        "より前",
        "dates",
        id="confirmed before it began",
    ),
    pytest.param(
        LINES,
        "seen: second_hand",
        "seen: primary",
        "not that of the list",
        "出典の一覧と違います",
        "'second_hand'",
        id="seen",
    ),
    pytest.param(
        LINES,
        '      centre: {ja: "IPMU（現 Kavli IPMU）", en: "IPMU (now Kavli IPMU)"}\n',
        "",
        "name of its centre",
        "拠点の名前",
        "'centre'",
        id="observed nowhere",
    ),
    pytest.param(PAY, 'low: "2000"', 'low: "2600"', "not below 'high'", "low が high 以上", "range", id="range"),
]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the declarations that every test leaves as it was."""
    return copied(tmp_path_factory.mktemp("shipped"))


@pytest.fixture
def unchanged_files_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spares each bad declaration the reading of all the sound ones beside it."""
    monkeypatch.setattr(load_catalogue_module, "read_document", lambda path: read_once(path, path.read_bytes()))


@cache
def read_once(path: Path, _: bytes) -> Document:
    return read_document(path)


@pytest.mark.usefixtures("unchanged_files_are_read_once")
@pytest.mark.parametrize(("file", "old", "new", "english", "japanese", "remedy"), BAD)
def test_a_bad_declaration_is_refused_with_file_line_what_and_how_to_mend(
    shipped: Path, file: str, old: str, new: str, english: str, japanese: str, remedy: str
) -> None:
    before = (shipped / file).read_bytes()
    line = edit(shipped, file, old, new)
    try:
        faults = faults_of(shipped)
    finally:
        (shipped / file).write_bytes(before)
    where = "/".join(file.split("/")[-2:])
    fault = next((fault for fault in faults if english in fault.what.en), None)
    assert fault is not None, [str(fault) for fault in faults]
    assert fault.file == where
    assert line - 4 <= fault.line <= line + 1, "in the same element"
    assert japanese in fault.what.ja
    assert remedy in fault.remedy.en
    assert str(fault).startswith(f"{where}:{fault.line}: ")
    for text in [text for one in faults for text in (one.what, one.remedy)]:
        of_the_library = r"Input|should be|Field required|Value error|Extra inputs|valid "
        assert not re.search(of_the_library, text.ja + text.en)
        assert re.search(r"[ぁ-ん]", text.ja)
        assert not re.search(r"[ぁ-んァ-ヶ一-龥]", text.en)


def test_all_faults_of_all_files_come_at_once_and_in_order(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    edit(folder, SHARE, "weight: 2", "weight: 0")
    edit(folder, SHARE, "source: mext_wpi_fy2012", "source: nowhere_at_all")
    edit(folder, WOMEN, "better: none", "better: sideways")
    edit(folder, LINES, "source: nature_wpi_2007", "source: nature_wpi_2008")
    faults = faults_of(folder)
    files = [fault.file for fault in faults]
    assert {f"researchers/{name}.yaml" for name in ("foreign_researcher_share", "female_researcher_share")} <= set(
        files
    )
    assert "benchmark_values/foreign_researcher_share.yaml" in files
    assert files.count("researchers/foreign_researcher_share.yaml") == 2
    assert [(fault.file, fault.line) for fault in faults] == sorted((fault.file, fault.line) for fault in faults)


def test_what_refers_to_a_broken_file_is_not_at_fault(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    edit(folder, SHARE, "weight: 2", "weight: two")
    edit(folder, LINES, "kind: requirement", "kind: wish")
    assert {fault.file for fault in faults_of(folder)} == {
        "researchers/foreign_researcher_share.yaml",
        "benchmark_values/foreign_researcher_share.yaml",
    }
    folder = copied(tmp_path / "again")
    edit(folder, LINES, "kind: requirement", "kind: wish")
    assert [fault.file for fault in faults_of(folder)] == ["benchmark_values/foreign_researcher_share.yaml"]


def test_benchmarks_of_no_indicator_are_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    shutil.copy(folder / LINES, folder / "benchmark_values" / "foreign_resercher_share.yaml")
    [fault] = faults_of(folder)
    assert fault.file == "benchmark_values/foreign_resercher_share.yaml"
    assert "'foreign_researcher_share'" in fault.remedy.en


def test_an_indicator_without_examples_is_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    text = (folder / WOMEN).read_text(encoding="utf-8")
    (folder / WOMEN).write_text(text[: text.index("examples:")] + "examples: []\n", encoding="utf-8")
    [fault] = faults_of(folder)
    assert "fewer than two worked examples" in fault.what.en
    assert fault.line == text[: text.index("examples:")].count("\n") + 1


def test_a_folder_that_is_not_there_is_a_fault_and_no_crash(tmp_path: Path) -> None:
    assert [fault.file for fault in faults_of(tmp_path / "nowhere")] == ["catalogue/pillars.yaml", "definitions/*.yaml"]


def test_a_file_that_is_no_text_is_named_and_nothing_that_refers_to_it(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / SHARE).write_bytes(b"id: foreign_researcher_share\nlabel: \xff\xfe\n")
    [fault] = faults_of(folder)
    assert (fault.file, fault.line) == ("researchers/foreign_researcher_share.yaml", 2)
    assert "not UTF-8" in fault.what.en


def test_benchmarks_are_not_at_fault_for_a_misnamed_indicator(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    edit(folder, PI, "id: foreign_pi_share", "id: foreign_pi_part")
    assert {fault.file for fault in faults_of(folder)} == {"researchers/foreign_pi_share.yaml"}


def test_one_id_in_two_folders_is_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    shutil.copy(folder / SHARE, folder / "definitions" / "coauthorship" / "foreign_researcher_share.yaml")
    assert any("also stands in" in fault.what.en for fault in faults_of(folder))


def test_a_folder_that_is_no_pillar_is_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    shutil.move(folder / "definitions" / "coauthorship", folder / "definitions" / "coautorship")
    faults = faults_of(folder)
    assert len(faults) == len([*(folder / "definitions" / "coautorship").glob("*.yaml")])
    for fault in faults:
        assert "'coautorship' is not declared" in fault.what.en
        assert "'coauthorship'" in fault.remedy.en


def test_a_new_indicator_over_existing_fields_is_one_file(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    text = (folder / WOMEN).read_text(encoding="utf-8")
    text = text.replace("id: female_researcher_share", "id: open_call_share").replace("female", "hired_open_call")
    (folder / "definitions" / "researchers" / "open_call_share.yaml").write_text(text, encoding="utf-8")
    found = load_catalogue(folder, DICTIONARY)
    assert set(found.indicators) - set(CATALOGUE.indicators) == {"open_call_share"}


def test_kinds_of_goalposts_and_their_targets_are_closed() -> None:
    assert set(ALLOWED_KINDS) == {"score", "direction", "reference"}
    assert "national" not in {kind for kinds in ALLOWED_KINDS.values() for kind in kinds}


def test_the_headline_of_a_pillar_is_the_indicator_of_greatest_weight() -> None:
    found = {pillar: CATALOGUE.headline(pillar) for pillar in CATALOGUE.pillars}
    assert found["researchers"].id == "foreign_researcher_share"
    for pillar, headline in found.items():
        weights = [i.weight or 0 for i in CATALOGUE.indicators.values() if i.pillar == pillar]
        assert headline.pillar == pillar and (headline.weight or 0) == max(weights)
    with pytest.raises(KeyError):
        CATALOGUE.headline("none")
