"""The committed pages of the handbook. ``python -m app.demo.generated_handbook`` writes them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from app.demo.filled_forms import demo_institutions, demo_issue
from app.documents.handbook.markdown_pages import FOLDER, pages
from app.edition import ROUND, catalogue
from app.results.answer_influence import effects
from indicators.catalogue.load_catalogue import Catalogue
from indicators.plausibility.plausibility_rules import all_rules
from schemas.checks.validate import validate
from schemas.reading.read_submission import read_submission
from schemas.register import load_register
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook

REFRESH = "make docs"
INSTITUTIONS = 12  # of the invented nation; enough to see which cells matter, few enough to recompute often


def demo_effects(catalogue: Catalogue) -> pd.DataFrame:
    """``burden.effects`` of the newest round of some of the invented universities."""
    dictionary, year = catalogue.dictionary, ROUND
    register = load_register()
    tables, blocked = {}, {}
    for institution in demo_institutions()[:INSTITUTIONS]:
        data = write_template(dictionary, demo_issue(institution, year, dictionary))
        found = validate(read_submission(read_workbook(data), dictionary), dictionary, register)
        tables[institution.code], blocked[institution.code] = found.tables, sorted(found.blocked)
    return effects(tables, catalogue, year, blocked)


def stale(folder: Path, fresh: Mapping[str, bytes]) -> list[str]:
    """Names of the pages in ``folder`` that are missing, left over, or differ from ``fresh``."""
    kept = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    same = {name for name, data in kept.items() if fresh.get(name) == data}
    return sorted((set(kept) | set(fresh)) - same)


def main(folder: Path = FOLDER) -> int:
    """Writes the stale pages and says which; removes those that are no longer made. Returns 0."""
    fresh = pages(catalogue(), all_rules(), ROUND, demo_effects(catalogue()))
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
