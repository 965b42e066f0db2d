"""Partner countries and the sensitivity to many authors, from a filled form to values."""

from typing import Any

import pandas as pd
import pytest

from indicators.catalogue.load_catalogue import load_catalogue
from indicators.engine.evaluate import evaluate
from indicators.values.prepared_tables import stack
from schemas.form.issue import Given, Issue
from schemas.reading.clean_tables import clean_tables
from schemas.reading.read_submission import read_submission
from schemas.register import Institution
from schemas.template.write_template import write_template
from schemas.xlsx.read_workbook import read_workbook

CATALOGUE = load_catalogue()
YEAR = 2026
SOMEBODY = Institution("DEMO-91", "デモ試験大学（架空）", "Demo Test University (fictional)", "public", "香川県")
BASIS: dict[tuple[str, str], Given] = {("publication_basis.counting", ""): "full"}
NAMES = ["partner_country_number", "partner_effective_number", "intl_share_hyper_sensitivity"]


def values_of(form: Any, answers: dict[tuple[str, str], Given], **lists: list[dict[str, Given]]) -> pd.DataFrame:
    data = write_template(CATALOGUE.dictionary, Issue(form, YEAR, SOMEBODY, {**BASIS, **answers}, lists))
    tables = clean_tables(read_submission(read_workbook(data), CATALOGUE.dictionary), CATALOGUE.dictionary)
    rounds = pd.DataFrame({"submission": ["s"], "institution": ["i"], "year": [YEAR], "form": [form]})
    found = evaluate(stack({"s": tables}), CATALOGUE, rounds).values.set_index("indicator")
    return found[found["level"] == "institution"]


def paper(authors: int, countries: str, year: int = 2025) -> dict[str, Given]:
    known: dict[str, Given] = {"domestic": "no", "top10": "no", "corresponding_own": "no"}
    international = "no" if countries == "JP" else "yes"
    return {"year": year, "authors": authors, "countries": countries, "international": international, **known}


PAPERS = [
    *[paper(4, "JP;US")] * 6,
    *[paper(4, "JP;DE")] * 6,
    *[paper(4, "JP;TH")] * 2,
    *[paper(4, "JP")] * 24,
    *[paper(4, "JP", year) for year in (2023, 2024)],
    *[paper(2000, "JP;US;CH;IT;FR")] * 10,
]


def test_a_publication_list_alone_gives_all_three() -> None:
    found = values_of("full", {("profile.has_publication_list", ""): "yes"}, publication_list=PAPERS)
    assert found.loc[NAMES, "status"].tolist() == ["ok"] * 3
    assert found.loc[NAMES[:2], "value"].tolist() == pytest.approx([2, 2])
    assert found.loc["intl_coauthored_share_full", "value"] == pytest.approx(48)
    assert found.loc["intl_coauthored_share_without_hyper", "value"] == pytest.approx(35)
    assert found.loc["intl_share_hyper_sensitivity", "value"] == pytest.approx(-13)


def test_what_was_left_out_is_not_known_and_not_zero() -> None:
    answers: dict[tuple[str, str], Given] = {
        (f"publications.{column}", str(year)): 40
        for column in ("papers", "international")
        for year in range(2023, 2026)
    }
    found = values_of("full", answers)
    assert found.loc[NAMES, "status"].tolist() == ["m"] * 3
    for key in answers:
        answers[key] = 0 if key[0].endswith("international") else 40
    found = values_of("full", answers)
    assert found.loc["partner_country_number", ["status", "value"]].tolist() == ["ok", 0]
    assert found.loc["partner_effective_number", "status"] == "zero_denominator"


def test_countries_entered_are_counted_and_the_mix_hides_below_ten_papers() -> None:
    few: list[dict[str, Given]] = [{"country": "US", "papers": 4}, {"country": "DE", "papers": 5}]
    found = values_of("full", {}, partner_countries=few)
    assert found.loc["partner_country_number", "value"] == 2
    assert found.loc["partner_effective_number", "status"] == "ok"
    assert pd.isna(found.loc["partner_effective_number", "value"])
    found = values_of("full", {}, partner_countries=[{"country": "US", "papers": 5}, *few[1:]])
    assert found.loc["partner_effective_number", "value"] == pytest.approx(2)


def test_the_core_form_has_none_of_them() -> None:
    assert not set(NAMES) & set(values_of("core", {}).index)
