"""Composition and rate effect of an institution against all of the round before, from a store of real answers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from app.access import LOCAL
from app.components.composition_section import effect_texts
from app.components.session import Page
from app.demo.filled_forms import demo_institutions
from app.results.composition_and_rate import (
    ALL,
    PART,
    composition_account,
    countable,
    hidden_positions,
    nation_as_told,
    reference_composition,
)
from app.results.institution_results import links
from app.results.nation.national_values import national_values
from app.storage.store import Store, Upload
from app.submission.result import Result, outcome_of
from indicators.change.kitagawa_decomposition import decompose
from schemas.register.institution import Institution
from tests.app.views.test_views import run
from tests.support.page_tables import table_with


@pytest.fixture(scope="module")
def nation(
    tmp_path_factory: pytest.TempPathFactory, judged_form: Callable[[Institution, int], tuple[bytes, Result]]
) -> Store:
    """Seven institutions in 2025, two of them in 2026 as well."""
    store = Store.open(tmp_path_factory.mktemp("mix") / "demo", "demo")
    chosen = [i for i in demo_institutions() if i.code in ("DEMO-01", "DEMO-02", "DEMO-04", "DEMO-05", "DEMO-07")]
    chosen += [i for i in demo_institutions() if i.code in ("DEMO-08", "DEMO-09")]
    for institution in chosen:
        for year in (2025, 2026) if institution.code in ("DEMO-01", "DEMO-02") else (2025,):
            data, result = judged_form(institution, year)
            upload = Upload(data, "form.xlsx", "demo", datetime(year, 6, 10, tzinfo=UTC))
            store.keep(upload, outcome_of(result), result.header["institution_row"])
    return store


def counted(store: Store, institution: str, year: int, column: str) -> int:
    """The sum over all positions of the whole institution, straight from the answers."""
    answers = store.answers_of_year(year, "researchers")
    mine = answers[(answers["institution"] == institution) & answers["row_key"].str.startswith("00/")]
    return int(pd.to_numeric(mine.loc[mine["field"] == f"researchers.{column}", "normalised"]).sum())


def test_the_two_parts_add_up_to_the_difference_of_the_shares(nation: Store) -> None:
    account = composition_account(nation, "DEMO-01", 2026)
    assert account is not None and account.institutions == 7 and account.reference_year == 2025
    result = account.result
    own = counted(nation, "DEMO-01", 2026, PART) / counted(nation, "DEMO-01", 2026, "total")
    assert result.own == pytest.approx(own, abs=1e-12)
    assert result.composition + result.rate == pytest.approx(result.own - result.reference, abs=1e-12)
    reference = reference_composition(nation, 2025)
    people = [counted(nation, code, 2025, "total") for code in nation.institutions()["code"]]
    assert reference[ALL].sum() == sum(people)
    in_sums = countable(reference, hidden_positions(nation, 2025)[1])[ALL]
    assert result.own_contribution == pytest.approx(in_sums["DEMO-01"].sum() / in_sums.sum())
    assert len(account.positions) == 6 and None not in [column for _, column in result.groups]


def test_what_is_hidden_of_an_institution_moves_no_sum_of_the_nation(nation: Store) -> None:
    reference = reference_composition(nation, 2025)
    cell = ("DEMO-04", "professor")
    totals = reference.loc[cell, ALL]
    told = set()
    for count in (1, 2, 3, 4):
        reference.loc[cell, PART] = count
        told.add(tuple(nation_as_told(reference)[PART]))
    assert totals > 8 and len(told) == 1
    reference.loc[cell, PART] = totals - 5
    assert tuple(nation_as_told(reference)[PART]) not in told
    assert tuple(nation_as_told(reference, {cell})[PART]) in told


def test_a_position_of_few_people_moves_no_sum_of_the_nation(nation: Store) -> None:
    reference = reference_composition(nation, 2025)
    cell = ("DEMO-04", "professor")
    reference.loc[cell, PART] = 0
    told = set()
    for count in (1, 2, 3, 4):
        reference.loc[cell, ALL] = count
        told.add(tuple(nation_as_told(reference)[ALL]))
    reference.loc[cell, ALL] = 60
    assert len(told) == 1 and tuple(nation_as_told(reference, (), {cell})[ALL]) in told


def test_the_rows_hidden_of_positions_are_those_of_the_panel(nation: Store) -> None:
    values = national_values(nation, 2025, links())
    rows = values[(values["indicator"] == "foreign_professor_share") & (values["level"] == "institution")]
    cells, uncounted = hidden_positions(nation, 2025)
    hidden = {code for code, position in cells if position == "professor"}
    assert hidden == set(rows.loc[rows["hidden"], "institution"]) and hidden < set(rows["institution"])
    is_blank = rows["hidden"] & (rows["shown_denominator"] != rows["denominator"])
    assert {code for code, position in uncounted if position == "professor"} == set(rows.loc[is_blank, "institution"])


def test_nothing_is_split_without_a_nation_the_year_before(nation: Store, demo_store_folder: Path) -> None:
    assert composition_account(nation, "DEMO-01", 2025) is None
    assert composition_account(nation, "DEMO-04", 2026) is None
    few = Store.open(demo_store_folder)
    assert composition_account(few, "DEMO-01", 2026) is None
    few.close()


def test_the_page_of_the_indicator_shows_the_account(nation: Store) -> None:
    folder = nation.place.folder
    app = run(folder, "indicator", lang="en", institution="DEMO-01", year="2026", indicator="foreign_researcher_share")
    assert not app.exception
    table = table_with(app, "practice")
    assert list(table.columns) == ["position", "own", "reference", "mix", "practice"] and len(table) > 1


def test_the_two_parts_add_up_to_the_difference_as_they_are_written() -> None:
    """10.04 and 10.03 points make 20.07, which is written 20.1: the larger part is written 10.1."""
    result = decompose([[20], [50]], [[100], [100]], [[10], [30]], [[100], [100]])
    result = replace(result, own=0.3, reference=0.0993, composition=0.1003, rate=0.1004)
    mix, practice = effect_texts(Page("en", LOCAL, None, None), result)
    assert "10.0 points" in mix and "10.1 points" in practice
