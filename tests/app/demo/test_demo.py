"""The invented nation passes the checks it is meant to pass, and the faulty sample breaks what it should."""

import re
import sys
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import pairwise
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo import build_store
from app.demo.filled_forms import DEMO_YEARS, demo_institutions, demo_issue, sample_issues
from app.demo.further_profiles import MERGED_FROM, MERGED_INTO, everyone
from app.demo.seeded_figures import FACULTY, POSITIONS, share_out
from app.storage.problems import StoreError
from app.storage.store import Store
from schemas.checks.validate import Validated, validate
from schemas.dictionary.dictionary import load_dictionary
from schemas.dictionary.field import NUMERIC
from schemas.dictionary.match_key import match_key
from schemas.form.issue import Issue
from schemas.reading.read_submission import read_submission
from schemas.register import PREFECTURES, Institution, load_register
from schemas.rules.rule import load_rules
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook
from tests.support.school_code import is_school_code

DICTIONARY = load_dictionary()
REGISTER = load_register()
NATION = {institution.code: institution for institution in demo_institutions()}
# Those with something of their own: a big one, every kind of slip, a fast riser, a small and a single-unit one.
SAMPLED = ("DEMO-01", "DEMO-03", "DEMO-06", "DEMO-10", "DEMO-12", "DEMO-23", "DEMO-28")
SAMPLES = sample_issues(DICTIONARY)
STOCKS = ("total", "foreign", "female", "pi", "foreign_pi", "hired", "foreign_hired", "hired_open_call")
INVITES_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def issue_of(code: str, year: int) -> Issue:
    return demo_issue(NATION[code], year, DICTIONARY)


def returned(issue: Issue, before: Validated | None = None) -> Validated:
    """The form written as a workbook, read back and judged."""
    book = read_workbook(write_template(DICTIONARY, issue))
    previous = before.tables if before else None
    return validate(read_submission(book, DICTIONARY), DICTIONARY, REGISTER, previous=previous)


@cache
def judged(code: str, year: int) -> Validated:
    before = judged(code, year - 1) if year > DEMO_YEARS[0] else None
    return returned(issue_of(code, year), before)


def persons(issue: Issue, column: str, unit: str, positions: tuple[str, ...] = POSITIONS) -> int:
    values = [issue.answers.get((f"researchers.{column}", f"{unit}/{position}"), 0) for position in positions]
    return sum(value for value in values if isinstance(value, int))


def has_centre(issue: Issue) -> bool:
    return issue.answers["profile.has_centre", ""] == "yes"


def centre_share(issue: Issue) -> float:
    return 100 * persons(issue, "foreign", "centre") / persons(issue, "total", "centre")


def levels(issue: Issue, scope: str) -> dict[str, int]:
    return {
        key.split("/")[0]: value
        for (field, key), value in issue.answers.items()
        if field == "checklist.declared" and key.endswith(f"/{scope}") and isinstance(value, int)
    }


def texts(issue: Issue) -> Iterator[str]:
    rows = [row.values() for listed in issue.lists.values() for row in listed]
    yield from (v for values in [issue.answers.values(), *rows] for v in values if isinstance(v, str))


@cache
def everywhere() -> tuple[Issue, ...]:
    return tuple(issue_of(code, year) for code in NATION for year in DEMO_YEARS)


# identity ----------------------------------------------------------------------------------------------------


def test_there_are_eleven_national_seven_public_and_twelve_private_over_the_country() -> None:
    founders = [institution.founder for institution in NATION.values()]
    assert list(NATION) == [f"DEMO-{number:02}" for number in range(1, 31)]
    assert {f: founders.count(f) for f in founders} == {"national": 11, "public": 7, "private": 12}
    order = ["national", "public", "private"]
    for block in (founders[:12], founders[12:]):
        assert block == sorted(block, key=order.index)
    assert {institution.prefecture for institution in NATION.values()} <= set(PREFECTURES)
    assert len({institution.prefecture for institution in NATION.values()}) == 30


@pytest.mark.parametrize(
    "institution", [*NATION.values(), *(i.institution for i in SAMPLES.values())], ids=lambda i: i.code
)
def test_nobody_can_take_them_for_a_real_university(institution: Institution) -> None:
    assert institution.is_demo and institution.code.startswith("DEMO-") and not institution.ror
    assert not is_school_code(institution.code)
    assert institution.name_ja.startswith("デモ") and institution.name_ja.endswith("（架空）")
    assert institution.name_en.startswith("Demo ") and institution.name_en.endswith("(fictional)")
    assert institution.code not in REGISTER.institutions
    known = [i.name_ja for i in REGISTER.institutions.values()]
    known += [i.name_en for i in REGISTER.institutions.values() if i.name_en]
    for mine in (institution.name_ja, institution.name_en):
        assert not REGISTER.find(mine)
        assert not [real for real in known if match_key(real) in match_key(mine)]


def test_codes_differ_between_nation_and_samples() -> None:
    assert not set(NATION) & {issue.institution.code for issue in SAMPLES.values()}
    assert len({issue.institution.code for issue in SAMPLES.values()}) == len(SAMPLES) == 3


def test_only_known_institutions_and_rounds_are_issued() -> None:
    with pytest.raises(KeyError):
        demo_issue(next(iter(REGISTER.institutions.values())), 2026, DICTIONARY)
    with pytest.raises(ValueError, match="2027"):
        demo_issue(NATION["DEMO-01"], 2027, DICTIONARY)


# the ninety further ones -------------------------------------------------------------------------------------


def test_a_hundred_and_twenty_are_there_in_every_round_and_one_takes_the_place_of_two() -> None:
    codes = [one.profile.code for one in everyone()]
    assert len(codes) == len(set(codes)) == 120 and codes[:30] == list(NATION)
    names = {one.profile.institution.name_ja for one in everyone()}
    assert len(names) == len({one.profile.institution.name_en for one in everyone()}) == 120
    for year in build_store.ROUNDS:
        there = {one.profile.code for one in everyone() if one.exists_in(year)}
        assert (MERGED_INTO in there) == (year >= 2024) == (not there & set(MERGED_FROM))
        handed_in = [one for one in everyone() if one.hands_in(year)]
        assert 105 <= len(handed_in) < len(there), "some do not come"
        assert any(one.hands_in_at(year).month >= 8 for one in handed_in), "some come late"


def test_the_further_ones_are_of_every_kind() -> None:
    profiles = [one.profile for one in everyone()][30:]
    assert sum(len(one.centres) > 0 for one in profiles) >= 5, "with several centres"
    assert sum(one.centre is None for one in profiles) >= 25, "small ones without a centre"
    pace = [one.gain / one.foreign for one in profiles]
    assert sum(p > 0.05 for p in pace) >= 10 and sum(p < 0 for p in pace) >= 5, "movers, and some that fall behind"


# determinism -------------------------------------------------------------------------------------------------


def test_two_calls_give_equal_issues_and_equal_bytes() -> None:
    assert all(issue_of(issue.institution.code, issue.year) == issue for issue in everywhere())
    assert sample_issues(DICTIONARY) == SAMPLES
    once, again = (write_template(DICTIONARY, issue_of("DEMO-02", 2026)) for _ in range(2))
    assert once == again


def test_the_figures_are_those_of_this_edition() -> None:
    # Guards against a change of the random numbers between versions of Python or between machines.
    issue = issue_of("DEMO-02", 2026)
    assert [persons(issue, column, "centre") for column in ("total", "foreign", "foreign_pi")] == [98, 29, 5]
    assert (
        issue.answers["publications.papers", "2022"] == issue_of("DEMO-02", 2025).answers["publications.papers", "2022"]
    )
    assert issue.answers["researchers.total", "00/professor"] == 481


# what the checks say -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", DEMO_YEARS)
@pytest.mark.parametrize("code", SAMPLED)
def test_no_error_and_nothing_to_re_read(code: str, year: int) -> None:
    found = judged(code, year).findings
    assert [(f.rule, f.field, f.row_key, f.message.ja) for f in found if f.severity != "check"] == []
    assert len(found) <= 4


def test_a_few_institutions_are_asked_to_check_something() -> None:
    asked = {code for code in SAMPLED for year in DEMO_YEARS if judged(code, year).findings}
    rules = {f.rule for code in SAMPLED for f in judged(code, 2026).findings}
    assert len(asked) >= 2 and "DEMO-01" not in asked
    assert {"R.SUB.070", "R.SUB.071", "R.RES.011"} <= rules


@pytest.mark.parametrize(
    "issue",
    [*(issue_of(code, 2026) for code in SAMPLED), issue_of("DEMO-21", 2024), *list(SAMPLES.values())[:2]],
    ids=lambda i: f"{i.institution.code}-{i.year}",
)
def test_every_answer_has_a_cell_and_keeps_its_value(issue: Issue) -> None:
    submission = returned(issue).submission
    for (field, key), value in issue.answers.items():
        answer = submission.by_key[field, key]
        assert answer.applies, (field, key)
        if value in ("a", "m", "c") and answer.field.codes:
            assert (answer.code, answer.value) == (value, None)
        elif answer.field.type in NUMERIC:
            assert Decimal(str(answer.value)) == Decimal(str(value)), (field, key)
        else:
            assert answer.value == value, (field, key)


@pytest.mark.parametrize("name", ["sample-strong", "sample-average"])
def test_the_good_samples_have_no_finding(name: str) -> None:
    assert returned(SAMPLES[name]).findings == []


def test_the_faulty_sample_breaks_many_rules_where_the_slips_are() -> None:
    found = returned(SAMPLES["sample-faulty"]).findings
    errors = {f.rule for f in found if f.severity == "error"}
    rules = load_rules()
    assert len(errors) >= 10 and errors <= set(rules)
    expected = "R.VAL.001 R.VAL.002 R.VAL.003 R.VAL.004 R.VAL.011 R.VAL.021 R.SUB.066 R.UNI.002"
    expected += " R.RES.001 R.RES.007 R.RES.010 R.RES.101 R.ADM.028 R.PUB.101"
    assert set(expected.split()) <= errors
    assert {f.rule for f in found if f.severity == "note"} == {"R.VAL.090"}
    assert all(f.cells for f in found)


# one form in itself ------------------------------------------------------------------------------------------


def test_no_text_would_start_a_formula() -> None:
    planted = {"－"}
    for issue in [*everywhere(), *SAMPLES.values()]:
        assert not [t for t in texts(issue) if t.startswith(INVITES_A_FORMULA) and t not in planted]
        assert issue.is_demo and issue.form == "core"


def test_free_texts_say_that_they_are_invented() -> None:
    for issue in everywhere():
        evidence = [v for (f, _), v in issue.answers.items() if f == "checklist_details.evidence"]
        assert evidence
        assert all(
            "デモ" in str(e) or re.fullmatch(r"https://demo-\d\d\.example\.ac\.jp/\S+", str(e)) for e in evidence
        )
        assert str(issue.answers["profile.office_address", ""]).endswith(".example.ac.jp")


def test_parts_fit_into_wholes() -> None:
    pairs = [("foreign", "total"), ("female", "total"), ("pi", "total"), ("foreign_pi", "pi"), ("hired", "total")]
    pairs += [("foreign_pi", "foreign"), ("foreign_hired", "hired"), ("foreign_hired", "foreign")]
    pairs += [("hired_open_call", "hired")]
    for issue in everywhere():
        for unit in ("00", "centre"):
            for position in POSITIONS:
                row = {column: persons(issue, column, unit, (position,)) for column in STOCKS}
                assert all(row[part] <= row[whole] for part, whole in pairs), (issue.institution.code, row)
                assert persons(issue, "total", "centre", (position,)) <= persons(issue, "total", "00", (position,))


def test_nationalities_classes_and_papers_add_up() -> None:
    for issue in everywhere():
        listed = [row["persons"] for row in issue.lists["nationalities"]]
        if listed:
            assert sum(n for n in listed if isinstance(n, int)) == persons(issue, "foreign", "00")
        classes = [v for (f, _), v in issue.answers.items() if f.startswith("faculty_classes.")]
        if classes != ["yes"]:
            assert sum(n for n in classes if isinstance(n, int)) == persons(issue, "total", "00", FACULTY)
        for (field, year), papers in issue.answers.items():
            if field == "publications.papers":
                parts = [issue.answers[f"publications.{p}", year] for p in ("international", "domestic", "single")]
                assert sum(Decimal(str(part)) for part in parts) == papers


# neighbouring rounds --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("years", list(pairwise(DEMO_YEARS)), ids=str)
@pytest.mark.parametrize("code", NATION)
def test_a_round_follows_from_the_one_before(code: str, years: tuple[int, int]) -> None:
    first, second = (issue_of(code, year) for year in years)
    for unit in ("00", "centre"):
        for position in POSITIONS:
            before, now = (persons(i, "foreign", unit, (position,)) for i in (first, second))
            hired = persons(second, "foreign_hired", unit, (position,))
            assert now - hired >= 0 and now <= before + hired
            before, now = (persons(i, "total", unit, (position,)) for i in (first, second))
            assert now <= before + persons(second, "hired", unit, (position,))
    for scope in ("centre", "institution"):
        rises = [levels(second, scope)[item] - level for item, level in levels(first, scope).items()]
        assert set(rises) <= {0, 1} and sum(rises) * 2 < max(len(rises), 1)
    for key in set(first.answers) & set(second.answers):
        if key[0].startswith("publications."):
            assert first.answers[key] == second.answers[key]


def test_some_plans_come_true_and_some_do_not() -> None:
    outcomes = []
    for code in NATION:
        first, second = (issue_of(code, year) for year in DEMO_YEARS[-2:])
        for (field, item), planned in first.answers.items():
            due = first.answers.get(("checklist_details.planned_year", item)) == DEMO_YEARS[-1]
            if field == "checklist_details.planned_level" and due:
                outcomes.append(levels(second, "institution")[item] >= int(str(planned)))
    assert {True, False} == set(outcomes)


# the nation as a whole ---------------------------------------------------------------------------------------


def test_sizes_and_switches_differ() -> None:
    nation = [issue for issue in everywhere() if issue.year == 2026]
    sizes = [persons(issue, "total", "00") for issue in nation]
    assert min(sizes) <= 65 and 3_900 <= max(sizes) <= 4_000

    def having(field: str, value: str) -> int:
        return sum(issue.answers.get((field, "")) == value for issue in nation)

    assert having("profile.single_unit", "yes") == 1
    assert having("profile.has_doctoral", "no") == 2
    assert having("profile.has_centre", "no") == 4
    assert having("publication_basis.skip", "yes") == 1
    assert having("faculty_classes.skip", "yes") == 2
    assert {"a", "m", "c"} <= {v for issue in nation for v in issue.answers.values() if isinstance(v, str)}
    assert any(v == "yes" for i in nation for (f, _), v in i.answers.items() if f.endswith(".may_name"))
    content = [i.institution.code for i in nation if ("help_wanted.first", "") not in i.answers]
    assert content == ["DEMO-21", "DEMO-28"]


def test_centres_stand_on_both_sides_of_the_line() -> None:
    shares = {code: centre_share(i) for code in NATION if has_centre(i := issue_of(code, 2026))}
    assert [code for code, share in shares.items() if 35.5 <= share < 36.5] == ["DEMO-01", "DEMO-19"]
    assert [code for code, share in shares.items() if 28 <= share < 30] == ["DEMO-02", "DEMO-15"]
    assert min(shares.values()) < 15 and max(shares.values()) > 40
    assert any(0 < persons(issue_of(code, 2026), "pi", "centre") < 20 for code in shares)


def test_reform_stays_inside_the_centre() -> None:
    ahead, means = 0, []
    for code in NATION:
        issue = issue_of(code, 2026)
        inside, outside = levels(issue, "centre"), levels(issue, "institution")
        means.append(sum(outside.values()) / len(outside))
        if inside:
            behind = [item for item in inside if inside[item] < outside[item]]
            ahead += len([item for item in inside if inside[item] > outside[item]]) > len(behind)
    assert ahead == 26
    assert max(means) - min(means) > 1


def test_most_items_at_two_have_evidence() -> None:
    for issue in everywhere():
        at_two = {item for scope in ("centre", "institution") for item, n in levels(issue, scope).items() if n >= 2}
        proven = {item for (field, item) in issue.answers if field == "checklist_details.evidence"}
        assert len(at_two & proven) * 10 >= len(at_two) * 8


def test_the_samples_tell_their_stories() -> None:
    strong, average = SAMPLES["sample-strong"], SAMPLES["sample-average"]
    assert centre_share(strong) > 40 and persons(strong, "pi", "centre") >= 20
    papers, international = (strong.answers[f"publications.{c}", "2025"] for c in ("papers", "international"))
    assert 62 < 100 * float(str(international)) / float(str(papers)) < 68
    assert sum(levels(strong, "centre").values()) > 100
    faculty = persons(average, "foreign", "00", FACULTY) / persons(average, "total", "00", FACULTY)
    assert 0.05 <= faculty <= 0.06
    assert 26 < centre_share(average) < 30
    assert set(levels(average, "institution").values()) >= {0, 1, 2}
    assert any(field == "checklist_details.planned_level" for field, _ in average.answers)


# the store ---------------------------------------------------------------------------------------------------


def test_two_processes_fill_a_store_with_every_round(tmp_path, monkeypatch) -> None:
    # Page tests in the same process leave a script of theirs as the main module, which a spawned worker would run.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    few = tuple(one for one in everyone() if one.profile.code in ("DEMO-12", "DEMO-30", "DEMO-47"))
    monkeypatch.setattr(build_store, "everyone", lambda: few)
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "half-built").touch()
    seen: list[tuple[int, int]] = []
    build_store.build_demo_store(tmp_path / "demo", lambda done, total: seen.append((done, total)))
    assert seen == [(3, 4), (4, 4)]
    assert not (tmp_path / "demo" / "half-built").exists()
    store = Store.open(tmp_path / "demo")
    kept = store.submissions(all_versions=True)
    wanted = [(one.profile.code, year) for one in few for year in build_store.ROUNDS if one.hands_in(year)]
    assert sorted(zip(kept["institution"], kept["year"], strict=True)) == wanted
    assert wanted[-1] == ("DEMO-47", 2023), "one that was merged hands nothing in any more"
    assert store.check() == []
    by_key = {(row.institution, row.year): row.id for row in kept.itertuples()}
    assert store.bytes_of(by_key["DEMO-12", 2026]), "a workbook that can be downloaded"
    with pytest.raises(StoreError, match="No file comes with this"):
        store.bytes_of(by_key["DEMO-12", 2025])
    assert list(store.scores(submission=by_key["DEMO-30", 2021])["score"].dropna())


# sharing out -------------------------------------------------------------------------------------------------

SHARES = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 500), min_size=1)


@given(SHARES, st.integers(0, 300), st.data())
def test_sharing_out_loses_nothing_that_has_a_place(weights: dict[str, int], amount: int, data: st.DataObject) -> None:
    caps = {key: data.draw(st.integers(0, 80)) for key in weights}
    shared = share_out(amount, weights, caps)
    room = sum(caps[key] for key, weight in weights.items() if weight)
    assert sum(shared.values()) == min(amount, room)
    assert all(0 <= shared[key] <= caps[key] for key in weights)
    more = share_out(amount + 1, weights, caps)
    assert all(more[key] >= shared[key] for key in weights)
    assert all(shared[key] == 0 for key, weight in weights.items() if weight == 0)


@given(SHARES, st.integers(0, 300))
def test_shares_are_near_their_quota(weights: dict[str, int], amount: int) -> None:
    shared, total = share_out(amount, weights), sum(weights.values())
    for key, weight in weights.items():
        assert not total or abs(shared[key] - amount * weight / total) < len(weights)
