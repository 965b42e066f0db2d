"""What a published figure says beside a declared one: of papers, of people, or of numbers alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pandas as pd
import pytest

from app.components.published_section import FIELDS, row_beside, sentence_beside
from app.components.session import Page
from app.texts import say
from indicators.catalogue.load_catalogue import load_catalogue
from indicators.published import comparison

CATALOGUE = load_catalogue()


@dataclass(frozen=True)
class Words:
    """The part of a page that the sentences need."""

    language: str

    def say(self, key: str, **params: object) -> str:
        return say(key, self.language, **params)


def row_of(indicator: str, counting: str, published: str, value: float, as_of: str) -> dict[Any, Any]:
    window = (2023, 2025) if counting != "-" else (None, None)
    declared = {
        "institution": "i", "year": 2026, "indicator": indicator,
        "definition": "nationality" if counting == "-" else "-",
        "level": "institution", "counting": counting, "status": "ok", "numerator": "140", "denominator": "2000",
        "window_from": window[0], "window_to": window[1],
    }  # fmt: skip
    figure = {
        "source": "出典", "institution": "i", "indicator": published, "as_of": as_of, "counting": counting,
        "value": value, "bounds": None, "redistribute": True, "grade": "direct",
    }  # fmt: skip
    [row] = comparison(pd.DataFrame([declared]), pd.DataFrame([figure]), CATALOGUE).to_dict("records")
    return row


CASES = [
    ("intl_coauthored_share_full", "full", "leiden_PP_int_collab", 5.0, "2022-2025", "papers", ["2", "40件"], "2.0"),
    ("foreign_faculty_share", "-", "foreign_faculty_share", 5.6, "2026-05-01", "people", ["1.4", "28人"], "1.4"),
    ("foreign_faculty_share", "-", "foreign_faculty", 123.0, "2026-05-01", "people", ["140人", "123人", "17人"], ""),
]


@pytest.mark.parametrize(("indicator", "counting", "published", "value", "as_of", "of", "words", "points"), CASES)
def test_the_sentence_and_the_row_give_what_there_is_and_leave_the_rest_blank(
    indicator: str, counting: str, published: str, value: float, as_of: str, of: str, words: list[str], points: str
) -> None:
    row = row_of(indicator, counting, published, value, as_of)
    for language in ("ja", "en"):
        page = cast(Page, Words(language))
        sentence, shown = sentence_beside(page, row), row_beside(page, row)
        assert "{" not in sentence and "nan" not in sentence
        assert set(shown) == set(FIELDS)
        assert shown["points"] == points
        assert shown[of] and not shown[{"papers": "people", "people": "papers"}[of]]
        assert "nan" not in "".join(shown.values())
    assert all(word in sentence_beside(cast(Page, Words("ja")), row) for word in words)
