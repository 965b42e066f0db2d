"""Every printed interval, flag, rank set and year of arrival keeps its rate in the invented nation (small, wide)."""

import pytest

from bench.calibration import PAGE, Rate, calibration, table
from bench.nation import parameters

WIDER = 0.055  # twice the standard error of a rate of 5 % in the small run, and more


@pytest.fixture(scope="module")
def rates() -> list[Rate]:
    return calibration(240, nations=3)


def test_every_rate_lies_near_what_is_stated(rates: list[Rate]) -> None:
    limits = parameters()["limits"]
    off = [
        f"{rate.quantity} ({name}): {share:.3f}"
        for rate in rates
        for name, share in rate.found.items()
        if not limits[rate.limit][0] - WIDER <= share <= limits[rate.limit][1] + WIDER
    ]
    assert not off


def test_the_plain_methods_do_not_keep_theirs(rates: list[Rate]) -> None:
    """Otherwise the nation would be too kind to tell right from wrong."""
    plain = {rate.quantity: max(rate.plain.values()) for rate in rates if rate.plain is not None}
    assert plain["trend_10_asked"] > 0.15
    assert plain["outside"] > 0.3


def test_the_page_has_a_row_for_every_rate(rates: list[Rate]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    missing = [line for line in table(rates)[2:] if f"|{'|'.join(line.split('|')[1:3])}|" not in page]
    assert not missing
    assert len(table(rates)) == len(rates) + 2
