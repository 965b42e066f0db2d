"""The committed workbooks: three blank forms and filled samples.

``python -m app.demo.generated_workbooks`` writes them.
"""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

from app.demo.filled_forms import DEMO_YEARS, sample_issues
from app.demo.full_and_centre_forms import more_samples
from schemas.dictionary.dictionary import DataDictionary, load_dictionary
from schemas.dictionary.field import FORMS
from schemas.form.issue import Issue
from schemas.register import Institution
from schemas.template.write_template import write_template

FOLDER = Path(__file__).parents[2] / "templates" / "xlsx"
NOBODY = Institution("", "（機関ごとに発行されます）", "(issued for each institution)", "", "")
REFRESH = "make templates"


def workbooks(dictionary: DataDictionary) -> dict[str, bytes]:
    """File name -> bytes of every committed workbook, freshly written."""
    blank: dict[str, Issue] = {form: Issue(form, DEMO_YEARS[-1], NOBODY) for form in FORMS}
    issues: dict[str, Issue] = {**blank, **sample_issues(dictionary), **more_samples(dictionary)}
    return {f"{name}.xlsx": write_template(dictionary, issue) for name, issue in issues.items()}


def parts(data: bytes) -> dict[str, bytes]:
    """The unpacked parts of a workbook by name; packing may differ between computers, these may not."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def stale(folder: Path, fresh: dict[str, bytes]) -> list[str]:
    """Names of the workbooks in ``folder`` that are missing, left over, or differ from ``fresh``."""
    kept = {path.name: path.read_bytes() for path in folder.glob("*.xlsx")}
    same = {name for name, data in kept.items() if name in fresh and parts(data) == parts(fresh[name])}
    return sorted((set(kept) | set(fresh)) - same)


def main(folder: Path = FOLDER) -> int:
    """Writes the stale workbooks and says which; removes those that are no longer made. Returns 0."""
    fresh = workbooks(load_dictionary())
    folder.mkdir(parents=True, exist_ok=True)
    for name in stale(folder, fresh):
        if name in fresh:
            (folder / name).write_bytes(fresh[name])
        else:
            (folder / name).unlink()
        sys.stdout.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
