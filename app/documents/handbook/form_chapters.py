"""The handbook's chapters on rules, questions, code lists and the checklist, from the dictionary."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from app.documents.handbook.chapter import Chapter, Section, chapter_of, join_words, pairs, sheet_name, table_of
from app.documents.handbook.source_chapter import note_key, source_line
from app.texts import say, texts
from indicators.catalogue.load_catalogue import Catalogue
from schemas.dictionary.codelist import Checklist, ChecklistItem, CodeList, ProposedItem
from schemas.dictionary.declaration import Text
from schemas.dictionary.dictionary import DataDictionary
from schemas.dictionary.field import Block, Field, Sheet
from schemas.rules.rule import Rule

PLACEHOLDER = re.compile(r"\{(\w+)\}")


def rule_chapter(rules: Mapping[str, Rule], language: str) -> Chapter:
    """One section a rule in force, by severity as declared."""
    active = [rule for rule in rules.values() if rule.status == "active"]
    return chapter_of("rules", language, (_rule(rule, language) for rule in active))


def _rule(rule: Rule, language: str) -> Section:
    severity = say(f"severity.{rule.severity}", language)
    facts = [
        ("message", with_gaps(rule.text.format()[language], language)),
        ("remedy", with_gaps(rule.remedy.format()[language], language)),
        ("reason", rule.reason[language]),
        ("severity", severity),
        ("scope", say(f"book_rule_scope.{rule.scope}", language)),
        ("since", str(rule.since)),
    ]
    return Section(rule.id, rule.reason[language], (), (), severity, pairs(facts, language))


def with_gaps(text: str, language: str) -> str:
    """A message with words in brackets where a finding fills in a cell or a figure."""

    def word(match: re.Match[str]) -> str:
        key = f"book_gap.{match[1]}"
        return say(key if key in texts() else "book_gap.other", language)

    return PLACEHOLDER.sub(word, text)


def dictionary_chapter(dictionary: DataDictionary, language: str) -> Chapter:
    """One section a block of questions, grouped by sheet."""
    sections = (_block(sheet, block, dictionary, language) for sheet in dictionary.sheets for block in sheet.blocks)
    return chapter_of("dictionary", language, sections)


def _block(sheet: Sheet, block: Block, dictionary: DataDictionary, language: str) -> Section:
    offices = dictionary.code_lists["offices"]
    forms = [form for form in block.forms if form in sheet.forms]
    facts = [
        ("sheet", sheet_name(sheet, language)),
        ("forms", join_words((say(f"book_form.{form}", language) for form in forms), language)),
        ("office", offices.item(block.office).label[language]),
        ("dates", _dates(sheet, language)),
    ]
    intro = [text[language] for text in (sheet.intro, block.help) if text is not None]
    columns = ("id", "label", "help", "type", "unit", "codes", "code_list", "required")
    rows = [_field(f, dictionary, language) for f in block.fields]
    table = table_of(block.label[language], columns, rows, language)
    group = sheet.title[language]
    return Section(block.id, block.label[language], tuple(intro), (table,), group, pairs(facts, language))


def _dates(sheet: Sheet, language: str) -> str:
    """The dates of a sheet with words in place of the year of a round."""
    if sheet.dates is None:
        return ""
    year, previous = ("Y", "Y−1")
    return sheet.dates.format(year=year, previous=previous, first="Y−3", last="Y−1")[language]


def _field(f: Field, dictionary: DataDictionary, language: str) -> tuple[str, ...]:
    codes = {item.code: item.label for item in dictionary.code_lists["answer_codes"].items}
    allowed = [f"{code} {codes[code][language]}" if code in codes else code for code in f.codes]
    return (
        f.id,
        f.label[language],
        f.help[language] if f.help else "",
        say(f"book_type.{f.type}", language),
        "" if f.unit == "none" else say(f"book_unit.{f.unit}", language),
        join_words(allowed, language),
        f.code_list or "",
        say(f"book_required.{f.required}", language),
    )


def code_list_chapter(catalogue: Catalogue, language: str) -> Chapter:
    """One section a code list."""
    lists = catalogue.dictionary.code_lists.items()
    return chapter_of("codelists", language, (_code_list(name, found, catalogue, language) for name, found in lists))


def _code_list(name: str, code_list: CodeList, catalogue: Catalogue, language: str) -> Section:
    source = catalogue.sources.get(code_list.source or "")
    about = (code_list.help[language],) if code_list.help else ()
    facts = pairs([("source", source_line(source, language) if source else "")], language)
    columns = ("code", "label", "help")
    rows = [(item.code, item.label[language], item.help[language] if item.help else "") for item in code_list.items]
    table = table_of(code_list.label[language], columns, rows, language)
    return Section(name, code_list.label[language], about, (table,), facts=facts)


def checklist_chapter(catalogue: Catalogue, language: str) -> Chapter:
    """The general levels, one section an item with the wording of its levels, then what is proposed."""
    checklist = catalogue.dictionary.checklist
    sections = [_levels(checklist, language)]
    sections += [_item(item, checklist, catalogue, language) for item in checklist.items]
    sections += [_proposal(item, checklist, catalogue, language) for item in checklist.proposals]
    return chapter_of("checklist", language, sections, [checklist.notice[language]])


def _levels(checklist: Checklist, language: str) -> Section:
    rows = [(str(level.level), level.label[language], level.help[language]) for level in checklist.levels]
    title = say("book_text.levels_general", language)
    return Section("levels", title, (), (table_of(title, ("step", "label", "help"), rows, language),))


def _proposal(item: ProposedItem, checklist: Checklist, catalogue: Catalogue, language: str) -> Section:
    """A proposed item as the others, with why it is proposed, for which edition and by what sources."""
    found = _item(item, checklist, catalogue, language)
    told = say("book_text.proposed", language, edition=item.for_edition)
    paragraphs = (told, *found.paragraphs, item.reason[language])
    sources = join_words((source_line(catalogue.sources[key], language) for key in item.sources), language)
    facts = pairs([("source", sources)], language)
    return replace(found, paragraphs=paragraphs, group=say("book_text.proposals", language), facts=facts)


def _item(item: ChecklistItem, checklist: Checklist, catalogue: Catalogue, language: str) -> Section:
    group = next(group for group in checklist.groups if group.code == item.group)
    part_of = catalogue.indicators.get(group.part_of)
    keys = dict.fromkeys(note_key(catalogue, number) for number in item.sources)
    sources = [source_line(catalogue.sources[key], language) for key in keys if key is not None]
    facts = [
        ("scopes", join_words((say(f"book_scope.{scope}", language) for scope in item.scopes), language)),
        ("weight", str(item.weight)),
        ("part_of", part_of.label[language] if part_of else group.part_of),
        ("basis", join_words((say(f"book_basis.{basis}", language) for basis in item.basis), language)),
        ("source", join_words(sources, language)),
    ]
    help_text: list[Text] = [item.help] if item.help else []
    rows = [(str(level), wording[language]) for level, wording in enumerate(item.levels)]
    table = table_of(say("book_label.wording", language), ("step", "wording"), rows, language)
    title = f"{item.code} {item.label[language]}"
    paragraphs = tuple(text[language] for text in help_text)
    return Section(item.code, title, paragraphs, (table,), group.label[language], pairs(facts, language))
