"""The full and the centre form of the strong sample: the same invented university, seen in more detail."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from app.demo.filled_forms import issue_of_profile, sample_issues
from app.demo.profile import Profile
from app.demo.profiles import samples
from app.demo.seeded_figures import POSITIONS, Answers, Row, dice
from schemas.dictionary.dictionary import CENTRE, WHOLE, DataDictionary
from schemas.form.issue import Given, Issue
from schemas.reading.partner_counts import LEAST_PAPERS

BASE = "sample-strong"
PERMANENT_PERCENT = {"professor": 95, "associate": 90, "assistant": 45, "specially_appointed": 0, "postdoc": 0}
CENTRE_PAPERS_PERCENT = 22
SWITCHES: Answers = {("outbound_basis.transfer_known", ""): "yes", ("inbound_basis.duplicates_removed", ""): "yes"}
OUTBOUND: tuple[tuple[Given, ...], ...] = (
    ("transfer", "none", "assistant", "US", "long", 2, 2, 0),
    ("fellowship", "jsps_overseas", "postdoc", "DE", "long", 3, 3, 0),
    ("fellowship", "jsps_young_researcher", "doctoral", "GB", "medium", 4, 4, 0),
    ("grant", "kakenhi", "assistant", "FR", "medium", 3, 3, 0),
    ("grant", "kakenhi", "senior", "US", "short", 38, 52, 0),
    ("trip", "own", "senior", "CN", "short", 21, 29, 0),
    ("trip", "own", "doctoral", "AU", "short", 17, 17, 0),
    ("sabbatical", "own", "senior", "CA", "medium", 2, 2, 0),
)
INBOUND: tuple[tuple[Given, ...], ...] = (
    ("employed", "postdoc", "IN", "long", 6, 6),
    ("fellowship", "postdoc", "FR", "medium", 4, 4),
    ("invited", "senior", "US", "short", 33, 41),
    ("invited", "senior", "KR", "short", 18, 22),
    ("student_research", "doctoral", "CN", "medium", 9, 9),
)
PROJECTS: tuple[tuple[Given, ...], ...] = (
    ("satreps", "japan_lead", "TH", None, None, date(2022, 4, 1), date(2027, 3, 31), 42_000, 3, 5),
    ("aspire", "japan_lead", "US", "DE", None, date(2024, 1, 1), date(2028, 12, 31), 68_000, 4, 2),
    ("kakenhi_leading", "member", "GB", None, None, date(2023, 4, 1), date(2027, 3, 31), 9_500, 1, 1),
)
DEGREES: tuple[tuple[Given, ...], ...] = (
    ("国際材料科学コース（デモ）", "doctor", "jd", "Example University A", "DE", 2019, None, 14, 6, 3),
    ("環境工学ダブルディグリー（デモ）", "master", "dd", "Example University B", "TH", 2016, None, 22, 12, 8),
    ("都市計画ダブルディグリー（デモ）", "master", "dd", "Example University C", "VN", 2014, 2022, 0, 0, 0),
)
HYPER_PERMILLE = 12  # papers with more than 100 authors, all of them international
PARTNERS: tuple[tuple[Given, ...], ...] = (
    ("US", 1_106), ("CN", 742), ("DE", 468), ("GB", 431), ("FR", 352), ("KR", 288), ("TW", 190), ("AU", 187),
    ("IN", 164), ("TH", 121), ("CA", 118), ("IT", 96), ("VN", 88), ("ID", 74), ("CH", 61), ("SG", 58), ("SE", 39),
    ("BR", 17), ("EG", 9), ("KE", 3),
)  # fmt: skip
LISTS = {
    "outbound": OUTBOUND,
    "inbound": INBOUND,
    "projects": PROJECTS,
    "degrees": DEGREES,
    "partner_countries": PARTNERS,
}

PERSONS_OF_LISTS = {
    "outbound": ("persons", "trips"),
    "inbound": ("persons", "trips"),
    "degrees": ("enrolled", "foreign", "awarded"),
}
SMALL = 100  # researchers
DOCTORAL_TABLES = frozenset({"doctoral", "cohort"})


def more_samples(dictionary: DataDictionary) -> dict[str, Issue]:
    """The filled full form and the filled form of the centre, by name; no rule of severity error fires on them."""
    core = sample_issues(dictionary)[BASE]
    return {"sample-full": _full(core, dictionary), "sample-centre": _centre(core, dictionary)}


def centre_issues_of_profile(profile: Profile, year: int, dictionary: DataDictionary) -> list[Issue]:
    """The filled forms of an invented university's centres other than the one it compares."""
    each = profile.of_each_centre()
    return [_centre(issue_of_profile(one, year, dictionary), dictionary) for one in each]


def issue_of_round(profile: Profile, year: int, dictionary: DataDictionary) -> Issue:
    """The filled form of an invented university in a round: the core form of very small ones, else the full form."""
    is_small = profile.centre is None and profile.size < SMALL
    form = issue_of_profile if is_small else full_issue_of_profile
    return form(profile, year, dictionary)


def full_issue_of_profile(profile: Profile, year: int, dictionary: DataDictionary) -> Issue:
    """The filled full form of an invented university: what the sample lists, in proportion to its size and papers."""
    issue = _full(issue_of_profile(profile, year, dictionary), dictionary, profile.code)
    lists, rng = dict(issue.lists), dice(profile.code, "lists")
    size = samples()["strong"].size
    for block, columns in PERSONS_OF_LISTS.items():
        of_list = [(row, rng.randint(60, 140) * profile.size) for row in lists[block]]
        scaled = [{**row, **{c: _number_in(row, c) * times // (100 * size) for c in columns}} for row, times in of_list]
        lists[block] = [row for row in scaled if any(row[c] for c in columns)]
    begun = [row for row in lists["projects"] if str(row["start"]) < str(year)]
    lists["projects"] = begun[: profile.size // 300]
    lists["degrees"] = [
        row | ({"closed_in": None} if str(row["closed_in"]) > str(year) else {}) for row in lists["degrees"]
    ]
    lists["partner_countries"] = _partners_of(issue, rng)
    if not profile.has_doctoral:
        lists["degrees"] = [row for row in lists["degrees"] if row["level"] != "doctor"]
    if profile.centre is None:  # nor are units asked
        lists |= {"units": [], "unit_researchers": []}
    return replace(issue, answers=_varied(issue.answers, profile), lists=lists)


def _number_in(row: Row, column: str) -> int:
    value = row[column]
    return value if isinstance(value, int) else 0


def _partners_of(issue: Issue, rng: random.Random) -> list[Row]:
    """Partner countries in the sample's order; their papers in proportion to the international ones of three years."""
    years = map(str, range(issue.year - 3, issue.year))
    papers = sum(_number(issue.answers, "publications.international", year) for year in years)
    weights = [(country, int(str(weight))) for country, weight in PARTNERS]
    every = sum(weight for _, weight in weights)
    counts = [(country, weight * papers * rng.randint(80, 130) // (100 * every)) for country, weight in weights]
    return [{"country": country, "papers": count} for country, count in counts if count >= LEAST_PAPERS]


def _varied(answers: Mapping[tuple[str, str], Given], profile: Profile) -> Answers:
    """The answers about doctoral students with shares of their own; none where there is no doctoral course."""
    if not profile.has_doctoral:
        return {key: value for key, value in answers.items() if key[0].split(".")[0] not in DOCTORAL_TABLES}
    rng, changed = dice(profile.code, "doctoral"), dict(answers)
    for column in ("foreign", "working", "supported_180", "completers_abroad_3m"):
        key = (f"doctoral.{column}", "")
        changed[key] = _number(answers, *key) * rng.randint(45, 100) // 100
    key = ("research_income.from_abroad", "")
    changed[key] = _number(answers, *key) * rng.randint(10, 180) // 100
    return changed


def _number(answers: Mapping[tuple[str, str], Given], field: str, row_key: str = "") -> int:
    value = answers.get((field, row_key))
    return value if isinstance(value, int) else 0


# full ------------------------------------------------------------------------------------------------------------


def _full(core: Issue, dictionary: DataDictionary, seed: str = "documents_full") -> Issue:
    answers: Answers = {**core.answers, **_researchers(core.answers), **_documents(dictionary, seed)}
    answers |= _doctoral(core.answers) | _papers_of_few_authors(core) | SWITCHES
    lists: dict[str, list[Row]] = {name: list(rows) for name, rows in core.lists.items()}
    for block, rows in LISTS.items():
        lists[block] = _rows(dictionary, block, rows)
    lists["unit_researchers"] = _units(core)
    lists["units"] = [*lists["units"], *_more_units()]
    return replace(core, form="full", answers=answers, lists=lists)


def _rows(dictionary: DataDictionary, block: str, rows: tuple[tuple[Given, ...], ...]) -> list[Row]:
    fields = next(b.fields for sheet in dictionary.sheets for b in sheet.blocks if b.id == block)
    return [{f.column: value for f, value in zip(fields, values, strict=False)} for values in rows]


def _researchers(core: Mapping[tuple[str, str], Given]) -> Answers:
    answers: Answers = {}
    for unit in (WHOLE, CENTRE):
        for position in POSITIONS:
            key = f"{unit}/{position}"
            total, foreign, female = (_number(core, f"researchers.{c}", key) for c in ("total", "foreign", "female"))
            permanent = total * PERMANENT_PERCENT.get(position, 0) // 100
            answers["researchers.foreign_female", key] = min(foreign, female) * 3 // 10
            answers["researchers.permanent", key] = permanent
            answers["researchers.foreign_permanent", key] = min(permanent, foreign) * 8 // 10
            answers["researchers.cross_appointed_abroad", key] = total // 60
            answers["researchers.fte", key] = total
    return answers


def _papers_of_few_authors(core: Issue) -> Answers:
    """Papers with 100 authors or fewer, of the three years that are asked."""
    answers: Answers = {}
    for year in map(str, range(core.year - 3, core.year)):
        papers, international = (_number(core.answers, f"publications.{c}", year) for c in ("papers", "international"))
        hyper = papers * HYPER_PERMILLE // 1000
        answers["publications.up_to_100_authors", year] = papers - hyper
        answers["publications.up_to_100_authors_international", year] = international - hyper
    return answers


def _more_units() -> list[Row]:
    row: Row = {"unit": "E1", "name_ja": "工学研究院（デモ）", "name_en": "Faculty of Engineering (demo)"}
    return [{**row, "kind": "faculty", "field_group": "engineering", "is_centre": "no"}]


def _units(core: Issue) -> list[Row]:
    """One further unit: a fifth of the whole institution without the centre."""
    rows: list[Row] = []
    columns = ("total", "foreign", "female", "pi", "foreign_pi", "hired", "foreign_hired", "hired_open_call")
    for position in POSITIONS:
        row: Row = {"unit": "E1", "position": position}
        for column in columns:
            whole = _number(core.answers, f"researchers.{column}", f"{WHOLE}/{position}")
            row[column] = max(0, whole - _number(core.answers, f"researchers.{column}", f"{CENTRE}/{position}")) // 5
        rows.append(row)
    return rows


def _documents(dictionary: DataDictionary, seed: str) -> Answers:
    rng = random.Random(seed)
    codes = dictionary.code_lists["documents_full"].codes()
    kinds = ("ja_only", "bilingual", "english_available")
    return {("documents_full.language", code): rng.choice(kinds) for code in codes}


def _doctoral(core: Mapping[tuple[str, str], Given]) -> Answers:
    enrolled = _number(core, "profile.students_doctoral")
    shares = {
        "enrolled": 100, "foreign": 32, "working": 18, "entrants_from_master": 20, "supported_any": 62,
        "supported_180": 38, "supported_240": 17, "entrants_supported_180": 9, "ra_persons": 41,
        "completers": 19, "completers_abroad_3m": 2,
    }  # fmt: skip
    answers: Answers = {(f"doctoral.{column}", ""): enrolled * share // 100 for column, share in shares.items()}
    answers["doctoral.ra_hourly_pay", ""] = 1_800
    cohort = {"entrants_3y": 28, "completed_3y": 15, "entrants_6y": 27, "completed_6y": 21}
    answers |= {(f"cohort.{column}", ""): enrolled * share // 100 for column, share in cohort.items()}
    graduate = enrolled + _number(core, "profile.students_master")
    return answers | {
        ("degree_totals.graduate_students", ""): graduate,
        ("degree_totals.graduate_degrees", ""): graduate * 35 // 100,
        ("research_income.external", ""): _number(core, "profile.external_income"),
        ("research_income.from_abroad", ""): _number(core, "profile.external_income") * 3 // 100,
    }


# centre ----------------------------------------------------------------------------------------------------------


def _centre(core: Issue, dictionary: DataDictionary) -> Issue:
    """What the core form says of the centre, with staff and papers of its own."""
    asked = {(slot.field.id, slot.row_key) for slot in dictionary.slots("centre", core.year)}
    answers: Answers = {key: value for key, value in core.answers.items() if key in asked}
    for (field, row_key), value in list(answers.items()):
        if field.startswith("publications.") and isinstance(value, int):
            answers[field, row_key] = value * CENTRE_PAPERS_PERCENT // 100
        elif field.startswith("staff."):
            answers.pop((field, row_key))
    answers |= _whole_papers(answers)
    answers |= {("staff.administrative", ""): 12, ("staff.bilingual_permanent", ""): 2}
    answers |= {("staff.bilingual_fixed_term", ""): 5, ("staff.bilingual_part_time", ""): 1}
    centre = [{k: v for k, v in row.items() if k != "is_centre"} for row in core.lists["units"]][:1]
    return replace(core, form="centre", answers=answers, lists={"units": centre}, unit=str(centre[0]["unit"]))


def _whole_papers(answers: Mapping[tuple[str, str], Given]) -> Answers:
    """The totals of papers again as the sums of their rounded parts."""
    totals: Answers = {}
    for field, row_key in answers:
        prefix = {"publications.papers": "", "publications.top10_papers": "top10_"}.get(field)
        if prefix is not None:
            parts = (f"publications.{prefix}{part}" for part in ("international", "domestic", "single"))
            totals[field, row_key] = sum(_number(answers, part, row_key) for part in parts)
    return totals
