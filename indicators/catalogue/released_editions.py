"""Versions of indicators: whoever changes what one means raises its version, or the released editions say so."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from indicators.catalogue.declarations import Indicator
from indicators.catalogue.load_catalogue import HERE, Catalogue
from indicators.catalogue.references import sentences
from schemas.dictionary.declaration import Fault, read_document

RELEASED = HERE / "catalogue" / "released"
# What an indicator means; its label, its reasons, its score and its examples may be mended under the same version.
MEANING = (
    "definition", "measure", "variants", "unit", "levels", "population", "of", "definition_key", "counting", "window",
)  # fmt: skip
VARIANT_MEANING = ("definition_key", "definition", "measure")

Edition = Mapping[str, Mapping[str, Any]]  # by indicator its version and the hash of its meaning


def meaning_of(indicator: Indicator) -> str:
    """Hash of what an indicator means: who and what is counted, how, at which levels, in which unit and window."""
    content = indicator.model_dump(mode="json", include=set(MEANING), exclude_defaults=True)
    content["variants"] = [
        variant.model_dump(mode="json", include=set(VARIANT_MEANING), exclude_defaults=True)
        for variant in indicator.variants
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def edition_of(catalogue: Catalogue) -> dict[str, dict[str, Any]]:
    """What is written to ``released/<number>.json`` when the catalogue is released."""
    return {
        name: {"version": indicator.version, "meaning": meaning_of(indicator)}
        for name, indicator in sorted(catalogue.indicators.items())
    }


def write_edition(catalogue: Catalogue, number: int, folder: Path = RELEASED) -> Path:
    """Writes an edition to ``folder`` and returns its path. Raises FileExistsError: what was released stays."""
    path = folder / f"{number}.json"
    with path.open("x", encoding="utf-8") as file:
        file.write(json.dumps(edition_of(catalogue), ensure_ascii=False, indent=1) + "\n")
    return path


def editions(folder: Path = RELEASED) -> list[Edition]:
    """The released editions, oldest first."""
    paths = sorted(folder.glob("*.json"), key=lambda path: int(path.stem))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def released_faults(catalogue: Catalogue, folder: Path = RELEASED) -> list[Fault]:
    """A fault for each indicator whose meaning changed under a released version, or whose version went back."""
    found: list[Fault] = []
    released = editions(folder)
    for name, indicator in catalogue.indicators.items():
        known = {edition[name]["version"]: edition[name]["meaning"] for edition in released if name in edition}
        found.extend(_faults(catalogue, indicator, known))
    return found


def _faults(catalogue: Catalogue, indicator: Indicator, known: Mapping[int, str]) -> Iterator[Fault]:
    newest = max(known, default=0)
    if indicator.version < newest:
        key = "version_before_release"
    elif known.get(indicator.version, meaning_of(indicator)) != meaning_of(indicator):
        key = "meaning_changed"
    else:
        return
    what = sentences(key, id=indicator.id, version=indicator.version, newest=newest)
    document = read_document(catalogue.folder / "definitions" / indicator.pillar / f"{indicator.id}.yaml")
    yield document.fault(("version",), what, sentences("version_remedy", next=newest + 1))
