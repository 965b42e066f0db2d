"""The 45 items, staff and documents of the invented nation."""

from __future__ import annotations

from app.demo.people import persons_of
from app.demo.profile import Profile
from app.demo.seeded_figures import BASE_YEAR, Answers, People, Row, dice, share_out
from schemas.dictionary.codelist import ChecklistItem
from schemas.dictionary.dictionary import CENTRE, DataDictionary

EASY_ITEMS = frozenset({"A2", "A5", "D2", "E1", "E2", "E4", "E8", "F4", "G1", "G6"})
HARD_ITEMS = frozenset({"A4", "B4", "B5", "C3", "C4", "C5", "D4", "D6", "E5", "E6", "F2", "G7"})
EVIDENCE_KINDS = {"a": "rule guide web", "b": "guide guide web", "c": "rule count guide", "d": "rule rule web"}
EVIDENCE_KINDS |= {"e": "guide web count", "f": "guide web count", "g": "rule web count"}
EVIDENCE_TITLES = {"rule": "に関する要項（デモ）", "guide": "の手引（デモ）", "count": "の実績一覧（デモ）"}
POSTS = ("国際企画課の係長", "国際担当の専門職員", "部局事務室の主任", "研究推進課の係長", "URA", "人事課の主任")
NO_BUDGET = ("continues_without_budget", "undecided", "undecided", "ends", "not_applicable")
OFFICES = ("国際企画課（デモ）", "研究推進課（デモ）", "人事課（デモ）")
# fmt: off
DOCUMENT_ITEMS = {
    "D01": "A1", "D02": "A1", "D03": "B1", "D04": "A2", "D05": "B3", "D06": "B2",
    "D07": "A2", "D08": "A6", "D09": "F2", "D10": "B5", "D11": "E7", "D12": "A4",
}
# fmt: on
FORM_DOCUMENTS = frozenset({"D03", "D04", "D05", "D06", "D07"})


def _levels(profile: Profile, item: ChecklistItem, year: int) -> dict[str, int]:
    """The level of an item in each scope it applies to; from year to year it stays or rises by one."""
    if item.code in profile.absent_items:
        return {}
    luck = dice(profile.code, item.code, "level").randint(-8, 8)
    ease = 6 if item.code in EASY_ITEMS else -6 if item.code in HARD_ITEMS else 0
    since = profile.progress * (year - BASE_YEAR)
    tenths = {"institution": profile.level + luck}
    if profile.centre and CENTRE in item.scopes:
        nearby = dice(profile.code, item.code, CENTRE).randint(-5, 5)
        tenths[CENTRE] = profile.centre.level + luck // 2 + nearby
    levels = {scope: max(0, min(3, (value + ease + since) // 10)) for scope, value in tenths.items()}
    if item.code == "C1":
        levels["institution"] = _bilingual_level(_bilingual_percent(profile, year))
    return levels


def _bilingual_percent(profile: Profile, year: int) -> int:
    return profile.bilingual_percent + (year - BASE_YEAR) * (profile.progress > 1)


def _bilingual_level(percent: int) -> int:
    """The level of C1 that the counts of bilingual staff amount to."""
    return 3 if percent >= 50 else 2 if percent >= 20 else 1 if percent else 0


def _plan(profile: Profile, item: ChecklistItem, year: int) -> tuple[int, int] | None:
    """Planned level and fiscal year for the institution: most rises are planned, some plans come late."""
    now, roll = _levels(profile, item, year).get("institution", 3), dice(profile.code, item.code, "plan")
    chance, later = roll.randint(1, 100), 2026 + roll.randint(0, 3)
    if now == 3:
        return None
    if _levels(profile, item, year + 1)["institution"] > now and chance <= 70:
        return now + 1, year + 1
    return (now + 1, later) if chance <= 14 else None


def checklist_answers(profile: Profile, year: int, dictionary: DataDictionary) -> Answers:
    """Levels, details and evidence of the 45 items."""
    answers: Answers = {}
    wanted: list[str] = []
    for item in dictionary.checklist.items:
        levels, plan = _levels(profile, item, year), _plan(profile, item, year)
        for scope in item.scopes:
            if scope != CENTRE or profile.centre:
                answers["checklist.declared", f"{item.code}/{scope}"] = levels.get(scope, "a")
        for column, value in _details(profile, item, levels, plan, year).items():
            answers[f"checklist_details.{column}", item.code] = value
        if levels.get("institution") == 0 and plan is None:
            wanted.append(item.code)
    dice(profile.code, "help").shuffle(wanted)
    for position, code in zip(("first", "second", "third"), wanted, strict=False):
        answers[f"help_wanted.{position}", ""] = code
    return answers


def _details(
    profile: Profile, item: ChecklistItem, levels: dict[str, int], plan: tuple[int, int] | None, year: int
) -> Row:
    """The answers asked once for an item: evidence and its like from level 2 on, and the plan."""
    at_two = [scope for scope, level in levels.items() if level >= 2]
    planned: Row = {"planned_level": plan[0], "planned_year": plan[1]} if plan else {}
    if not at_two:
        evidence = {"evidence_kind": "rule", "evidence": "国際化行動計画（デモ）"} if plan else {}
        return {**evidence, **planned}
    rng = dice(profile.code, item.code, "details")
    is_binding = rng.randint(1, 100) <= (65 if "institution" in at_two else 35)
    details: Row = {
        **_evidence(profile, item),
        "binding": "binding" if is_binding else "offered",
        "evidence_scope": at_two[0] if len(at_two) == 1 and len(levels) > 1 else "both",
        "since": min(rng.randint(2009, 2024), year),
        "who": rng.choice(POSTS),
        "contract": rng.choice(("permanent", "permanent", "fixed_term", "fixed_term", "part_time", "outsourced")),
        "after_grant": "continues_with_budget" if is_binding else rng.choice(NO_BUDGET),
        "learnt_from": rng.choice(("wpi_centre", "wpi_centre", "other_university", "own")),
        **planned,
        "may_name": "no",
    }
    if rng.randint(1, 100) <= 25:
        details |= {"may_name": "yes", "contact_office": rng.choice(OFFICES)}
    missing = {"evidence_kind", "evidence", "evidence_scope"} if item.code in profile.unproven else set()
    missing |= {"binding"} if item.code in profile.unbound else set()
    return {column: value for column, value in details.items() if column not in missing}


def _evidence(profile: Profile, item: ChecklistItem) -> Row:
    kind = dice(profile.code, item.code, "evidence").choice(EVIDENCE_KINDS[item.group or "a"].split())
    address = f"https://{profile.code.lower()}.example.ac.jp/support/{item.code.lower()}"
    title = address if kind == "web" else item.label.ja + EVIDENCE_TITLES[kind]
    return {"evidence_kind": kind, "evidence": title}


def staff_answers(profile: Profile, year: int, whole: People) -> Answers:
    """Counts of administrative staff and of those who work in two languages."""
    administrative = max(8, persons_of(whole, "total") // 8)
    bilingual = -(-administrative * _bilingual_percent(profile, year) // 100)
    kinds = share_out(bilingual, {"permanent": 45, "fixed_term": 35, "part_time": 20})
    counts = {f"bilingual_{kind}": persons for kind, persons in kinds.items()}
    counts["administrative"] = administrative
    return {(f"staff.{column}", ""): persons for column, persons in counts.items()}


def document_answers(profile: Profile, year: int, dictionary: DataDictionary) -> Answers:
    """Which documents exist in English: each kind follows the level of the item that asks about it."""
    answers: Answers = {}
    for code in dictionary.code_lists["documents"].codes():
        level = _levels(profile, dictionary.checklist.item(DOCUMENT_ITEMS[code]), year).get("institution", 0)
        has_some = dice(profile.code, code, "document").randint(1, 100) <= 35
        english = "bilingual" if code in FORM_DOCUMENTS else "english_available"
        answers["documents.language", code] = english if level >= 2 or (level == 1 and has_some) else "ja_only"
    return answers
