"""Numbers as people read them, the same in findings, charts, pages and documents."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

MINUS = "−"


@lru_cache(maxsize=32_768, typed=True)  # a float is not rounded as the fraction that equals it
def format_number(value: float | Fraction, places: int = 1) -> str:
    """A number with fixed decimals, rounded half up (四捨五入), thousands separated, with a real minus sign.

    A fraction is rounded exactly; a float by its shortest decimal text.
    """
    steps = _rounded_steps(value, places)
    text = f"{Decimal(abs(steps)).scaleb(-places):,}"
    return f"{MINUS}{text}" if steps < 0 else text


def signed_number(value: float | Fraction, places: int = 1) -> str:
    """A number as ``format_number`` writes it, with a plus where it is above zero; no sign where it reads as zero."""
    return ("+" if _rounded_steps(value, places) > 0 else "") + format_number(value, places)


def difference_shown(before: float | Fraction, now: float | Fraction, places: int = 1) -> Fraction:
    """The difference of two numbers as ``format_number`` writes them, so that it agrees with the two beside it."""
    return Fraction(_rounded_steps(now, places) - _rounded_steps(before, places), 10**places)


def parts_shown(parts: Mapping[str, float], whole: Fraction) -> dict[str, Fraction]:
    """The parts of ``whole`` to a tenth, as written, so that they add up to it.

    What rounding leaves over goes to the largest part.
    """
    shown: dict[str, Fraction] = {name: difference_shown(0.0, part) for name, part in parts.items()}
    shown[max(parts, key=lambda name: abs(parts[name]))] += whole - sum(shown.values())
    return shown


def _rounded_steps(value: float | Fraction, places: int) -> int:
    """A number in units of its last decimal, rounded half up from zero."""
    exact = value if isinstance(value, Fraction) else Fraction(repr(float(value)))
    steps = int(abs(exact) * 10**places + Fraction(1, 2))
    return -steps if exact < 0 else steps
