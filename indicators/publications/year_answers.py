"""Counted papers as the form asks for them: by year, by whole or by fractional counting, or not known."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from schemas.form.issue import Given

MOST_UNKNOWN = Decimal("0.2")  # share of unknown papers above which a count says nothing ("m", not known)
_PLACES = Decimal("0.0001")
_PARTS = ("international", "domestic", "single")


def year_answers(cells: Any, counting: str) -> dict[str, Given]:
    """The answers of one year. Wholes are the sums of their parts as rounded, so that they agree to the last place."""
    number = PaperNumbers(cells, counting)
    answers: dict[str, Given] = {part: number.of(part) for part in _PARTS}
    answers["papers"] = number.total([answers[part] for part in _PARTS])
    if number.is_unknown("top10_known", "papers"):
        answers |= dict.fromkeys(["top10_papers", *(f"top10_{part}" for part in _PARTS)], "m")
    else:
        answers |= {f"top10_{part}": number.of(f"top10_{part}") for part in _PARTS}
        answers["top10_papers"] = number.total([answers[f"top10_{part}"] for part in _PARTS])
    unknown = number.is_unknown("corresponding_known", "international")
    answers["international_corresponding"] = "m" if unknown else number.of("international_corresponding")
    for name in ("up_to_100_authors", "up_to_100_authors_international"):
        answers[name] = number.of(name)
    return answers


class PaperNumbers:
    """Numbers of one row of counts, by one counting. A count that the row lacks is not known of any paper."""

    def __init__(self, cells: Any, counting: str) -> None:
        self._cells = cells
        self._is_fractional = counting == "fractional"

    def of(self, name: str) -> int | Decimal:
        """A count, or the sum of fractions to four places."""
        if not self._is_fractional:
            return int(self._cells[name])
        return Decimal(repr(float(self._cells[f"{name}_fractional"]))).quantize(_PLACES)

    def total(self, parts: list[Given]) -> int | Decimal:
        """The sum of parts."""
        nothing: int | Decimal = Decimal(0) if self._is_fractional else 0
        return sum((part for part in parts if isinstance(part, int | Decimal)), nothing)

    def is_unknown(self, known: str, whole: str) -> bool:
        """Whether more than a fifth of the papers (whole counting) lack what is asked."""
        if known not in self._cells:
            return True
        all_papers = int(self._cells[whole])
        return all_papers > 0 and (all_papers - int(self._cells[known])) > MOST_UNKNOWN * all_papers
