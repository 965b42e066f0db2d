"""The handbook as committed Markdown pages. ``python -m app.handbook_pages`` writes them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

import pandas as pd

from app.burden import EFFECT_COLUMNS, effects
from app.csv_text import csv_bytes
from app.demo import DEMO_YEARS, demo_institutions, demo_issue
from app.handbook import handbook
from app.handbook_model import Chapter, Section, Table
from app.submission import catalogue
from app.texts import say
from indicators.catalogue.load_catalogue import Catalogue
from indicators.plausibility.plausibility_rules import all_rules
from schemas.checks.validate import validate
from schemas.reading.read_submission import read_submission
from schemas.register import load_register
from schemas.rules.rule import Rule
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
EFFECTS_FILE = "burden.csv"
REFRESH = "make docs"
LANGUAGES = ("ja", "en")
INSTITUTIONS = 12  # of the invented nation; enough to see which cells matter, few enough to recompute often
OTHER = {"ja": "en", "en": "ja"}
ADDRESS = re.compile(r"(https?://[^\s、。（）]+)")
MARKS = re.compile(r"[\\*_`<~\[$|]")


def demo_effects(catalogue: Catalogue) -> pd.DataFrame:
    """``burden.effects`` of the newest round of some of the invented universities."""
    dictionary, year = catalogue.dictionary, DEMO_YEARS[-1]
    register = load_register()
    tables, blocked = {}, {}
    for institution in demo_institutions()[:INSTITUTIONS]:
        data = write_template(dictionary, demo_issue(institution, year, dictionary))
        found = validate(read_submission(read_workbook(data), dictionary), dictionary, register)
        tables[institution.code], blocked[institution.code] = found.tables, sorted(found.blocked)
    return effects(tables, catalogue, year, blocked)


def kept_effects(folder: Path = FOLDER) -> pd.DataFrame | None:
    """The committed effects; None where the folder has none, or those of another edition of this program."""
    path = folder / EFFECTS_FILE
    if not path.is_file():
        return None
    found = pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False)
    return found[EFFECT_COLUMNS] if set(EFFECT_COLUMNS) <= set(found) else None


def pages(catalogue: Catalogue, rules: Mapping[str, Rule], found: pd.DataFrame) -> dict[str, bytes]:
    """Path in the folder -> bytes of every page, and the table of effects."""
    files = {EFFECTS_FILE: csv_bytes(found)}
    for language in LANGUAGES:
        chapters = handbook(catalogue, rules, language, found)
        texts = {f"{language}/{chapter.id}.md": chapter_page(chapter, language) for chapter in chapters}
        texts[f"{language}/README.md"] = contents_page(chapters, language)
        files |= {name: text.encode("utf-8") for name, text in texts.items()}
    return files


def contents_page(chapters: tuple[Chapter, ...], language: str) -> str:
    """The list of chapters."""
    lines = [f"# {say('book.title', language)}", say("book.intro", language), say("book.generated", language)]
    lines.append(_other(f"../{OTHER[language]}/README.md", language))
    lines.append("\n".join(f"- [{chapter.title}]({chapter.id}.md)" for chapter in chapters))
    return "\n\n".join(lines) + "\n"


def chapter_page(chapter: Chapter, language: str) -> str:
    """One chapter in Markdown, with an anchor before every section."""
    links = (
        f"[{say('book.contents', language)}](README.md) · {_other(f'../{OTHER[language]}/{chapter.id}.md', language)}"
    )
    lines = [f"# {chapter.title}", links, *map(markup, chapter.intro)]
    for group, sections in groupby(chapter.sections, key=lambda section: section.group):
        if group:
            lines.append(f"## {markup(group)}")
        for section in sections:
            lines.extend(_section(section, "###" if group else "##"))
    return "\n\n".join(lines) + "\n"


def _other(path: str, language: str) -> str:
    return f"[{say('book.other_language', language)}]({path})"


def _section(section: Section, marks: str) -> Iterator[str]:
    yield f'<a id="{section.id}"></a>'
    yield f"{marks} {markup(section.title)}"
    yield from map(markup, section.paragraphs)
    if section.facts:
        yield facts_text(section)
    for table in section.tables:
        if table.title != section.title:
            yield f"**{markup(table.title)}**"
        yield table_text(table)


def facts_text(section: Section) -> str:
    """The facts of a section as a list in Markdown."""
    return "\n".join(f"- {markup(fact)}" for fact in section.facts)


def table_text(table: Table) -> str:
    """A table in Markdown."""
    rows = [table.head, tuple("---" for _ in table.head), *table.rows]
    return "\n".join("| " + " | ".join(map(markup, row)) + " |" for row in rows)


def markup(text: str) -> str:
    """A text as one line of Markdown, on a page and in the app: addresses are links, nothing else is markup."""
    parts = ADDRESS.split(" ".join(text.split()))
    return "".join(f"<{part}>" if number % 2 else MARKS.sub(r"\\\g<0>", part) for number, part in enumerate(parts))


def stale(folder: Path, fresh: Mapping[str, bytes]) -> list[str]:
    """Names of the pages in ``folder`` that are missing, left over, or differ from ``fresh``."""
    kept = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    same = {name for name, data in kept.items() if fresh.get(name) == data}
    return sorted((set(kept) | set(fresh)) - same)


def main(folder: Path = FOLDER) -> int:
    """Writes the stale pages and says which; removes those that are no longer made. Returns 0."""
    fresh = pages(catalogue(), all_rules(), demo_effects(catalogue()))
    for name in stale(folder, fresh):
        path = folder / name
        if name in fresh:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(fresh[name])
        else:
            path.unlink()
        sys.stdout.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
