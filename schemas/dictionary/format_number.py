"""Numbers as people read them, the same in findings, charts, pages and documents."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

MINUS = "−"


def format_number(value: float | Fraction, places: int = 1) -> str:
    """A number with fixed decimals, rounded half up (四捨五入), thousands separated, with a real minus sign.

    A fraction is rounded exactly; a float by its shortest decimal text.
    """
    unit = Fraction(1, 10**places)
    exact = value if isinstance(value, Fraction) else Fraction(repr(float(value)))
    steps = int(abs(exact) / unit + Fraction(1, 2))
    text = f"{Decimal(steps).scaleb(-places):,}"
    return f"{MINUS}{text}" if exact < 0 and steps else text
