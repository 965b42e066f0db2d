"""The page of peers, as a whole: three kinds of group, the place among them, what stays hidden, what is kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.access import APPROVER, EDITOR, LOCAL, READER
from app.components.navigation import FILE_OF
from app.components.peers.nearest_institutions import cached_near
from app.demo.filled_forms import demo_institutions
from app.documents.export.machine_readability import failures
from app.edition import catalogue
from app.results.institution_results import context_of_year, panel
from app.results.national_quantiles import quantile_ranges
from app.storage.store import Store, Upload
from app.submission.result import Result, outcome_of
from indicators.comparison.peers import find_peers, group_of
from schemas.register.institution import Institution
from tests.app.views.test_views import run, words
from tests.support.csv_rules import check_csv
from tests.support.downloads import offered_files
from tests.support.page_tables import page_tables, table_with
from tests.support.round_steps import begin

INDICATOR = "foreign_researcher_share"
OWN = "DEMO-01"


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory, judged_form: Callable[[Institution, int], tuple[bytes, Result]]
) -> Iterator[Path]:
    """A demo store of nine institutions in 2026, of which four have answered in 2025 too."""
    from datetime import UTC, datetime

    place = tmp_path_factory.mktemp("peers") / "demo"
    store = Store.open(place, "demo")
    known = [i for i in demo_institutions() if i.code.removeprefix("DEMO-").isdigit()][:9]
    for year, some in ((2025, known[:4]), (2026, known)):
        for institution in some:
            data, result = judged_form(institution, year)
            upload = Upload(data, f"{institution.code}.xlsx", "demo", datetime(year, 6, 10, tzinfo=UTC))
            store.keep(upload, outcome_of(result), result.header["institution_row"])
    store.close()
    yield place


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[Store]:
    opened = Store.open(folder)
    yield opened
    opened.close()


def page(folder: Path, **query: str) -> AppTest:
    asked = {"lang": "ja", "institution": OWN, "year": "2026", "indicator": INDICATOR}
    return run(folder, "peers", **{**asked, **query})


def shown(app: AppTest) -> pd.DataFrame:
    found: pd.DataFrame = table_with(app, "peer")
    return found


def names(store: Store) -> dict[str, str]:
    known = store.institutions().set_index("code")["name_ja"]
    return {str(code): str(name) for code, name in known.items()}


def test_near_peers_are_those_of_the_engine_within_last_editions_limit(folder: Path, store: Store) -> None:
    limit = find_peers(context_of_year(store, 2025), runs=0).cut_off
    found = find_peers(context_of_year(store, 2026), cut_off=limit, seed=2026).of(OWN)
    own_limit = find_peers(context_of_year(store, 2026), runs=0).cut_off
    assert limit != own_limit and found.peers, "the fixture tells the two limits apart"
    app = page(folder)
    assert list(shown(app)["peer"]) == [names(store)[peer.code] for peer in found.peers]
    assert [float(stays) for stays in shown(app)["stays"]] == pytest.approx(
        [100 * float(peer.stays or 0) for peer in found.peers], abs=0.5
    )
    assert f"2025年度の回答から定めた距離{limit:.2f}" in words(app)


def test_stability_is_drawn_for_the_own_institution_alone(folder: Path) -> None:
    found = cached_near(str(folder), "drawn for one", 2026, "DEMO-04")
    assert found.code == "DEMO-04" and found.peers and not any(np.isnan(peer.stays) for peer in found.peers)


def test_without_an_edition_before_the_limit_is_that_of_the_round(folder: Path, store: Store) -> None:
    limit = find_peers(context_of_year(store, 2025), runs=0).cut_off
    said = words(page(folder, year="2025"))
    assert f"2025年度の回答から定めた距離{limit:.2f}" in said


def test_institutions_chosen_by_hand_are_shown_nearest_first_and_kept(folder: Path, store: Store) -> None:
    app = page(folder, group="own")
    assert "比較する大学を選んでください" in words(app)
    chosen = ["DEMO-09", "DEMO-02", "DEMO-05"]
    app.multiselect[0].set_value(chosen).run()
    found = group_of(context_of_year(store, 2026), OWN, chosen)
    assert list(shown(app)["peer"]) == [names(store)[peer.code] for peer in found.peers]
    assert "stays" not in shown(app)
    assert app.query_params["group"] == "own"
    assert set(app.query_params["members"].split(",")) == set(chosen)
    app.switch_page(FILE_OF["comparison"]).run()
    app.switch_page(FILE_OF["peers"]).run()
    assert set(app.multiselect[0].value) == set(chosen)
    assert len(shown(app)) == 3


def test_a_group_survives_the_page_of_its_own_member(folder: Path) -> None:
    app = page(folder, group="own", members="DEMO-02,DEMO-05")
    app.selectbox(key="institution").set_value("DEMO-02").run()
    assert app.multiselect[0].value == ["DEMO-05"]
    app.multiselect[0].set_value(["DEMO-05", "DEMO-07"]).run()
    app.selectbox(key="institution").set_value(OWN).run()
    assert set(app.multiselect[0].value) == {"DEMO-02", "DEMO-05", "DEMO-07"}


def test_an_address_with_unknown_members_leaves_them_out(folder: Path, store: Store) -> None:
    app = page(folder, group="own", members="NOBODY,DEMO-02,,DEMO-01")
    assert list(shown(app)["peer"]) == [names(store)["DEMO-02"]]
    assert page_tables(page(folder, group="everyone")), "an unknown kind of group is the nearest"


def test_aspirants_are_the_other_hosts_of_wpi_centres(folder: Path, store: Store) -> None:
    units = store.answers_of_year(2026, "units")
    hosts = set(units.loc[units["normalised"] == "wpi_centre", "institution"])
    centres = set(units.loc[units["field"] == "units.is_centre", "institution"])
    assert OWN in hosts and 1 < len(hosts) < len(centres), "some centres are no WPI centres"
    app = page(folder, group="hosts")
    assert set(shown(app)["peer"]) == {names(store)[code] for code in hosts - {OWN}}


def test_a_named_group_is_compared_with(folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "schemas.register.groups.members_of", lambda group, year: ["DEMO-02", "DEMO-04", "F104110100856"]
    )
    app = page(folder, group="ru11")
    assert set(shown(app)["peer"]) == {names(store)["DEMO-02"], names(store)["DEMO-04"]}
    assert "「学術研究懇談会（RU11）」のうち、この年度に提出した大学は、貴大学のほかに2機関です" in words(app)
    assert "3機関です" in words(app)


def test_a_group_of_which_nobody_answered_says_so(folder: Path) -> None:
    assert "「J-PEAKS採択大学」のうち" in words(page(folder, group="j_peaks")) and not page_tables(
        page(folder, group="j_peaks")
    )


@pytest.mark.parametrize("language", ["ja", "en"])
def test_quartiles_are_of_all_values_hidden_ones_too(folder: Path, store: Store, language: str) -> None:
    others = [f"DEMO-0{number}" for number in range(2, 10)]
    said = words(page(folder, group="own", members=",".join(others), lang=language))
    values = store.values(year=2026, indicator=INDICATOR, level="institution").set_index("institution")
    rows = panel(store, LOCAL, 2026)
    is_asked = (rows["indicator"] == INDICATOR) & (rows["level"] == "institution") & rows["institution"].isin(others)
    found = quantile_ranges(rows[is_asked], catalogue().indicators[INDICATOR])
    assert found is not None and found.count == len(others)
    true = np.quantile(values.loc[others, "value"].astype(float), [0.25, 0.5, 0.75])
    for edge, told in zip(true, found.ranges, strict=True):
        assert told.low <= edge <= told.high
        for end in (told.low, told.high):
            assert f"{np.floor(end * 10 + 0.5) / 10:.1f}" in said
    assert ("8機関すべて" if language == "ja" else "of all 8 institutions") in said


def test_fewer_than_five_values_give_no_quartiles(folder: Path) -> None:
    said = words(page(folder, group="own", members="DEMO-02,DEMO-03,DEMO-04,DEMO-05", lang="en"))
    assert "Fewer than 5 institutions" in said and "the quartiles are" not in said


def test_small_counts_of_others_stay_hidden_in_any_group(folder: Path, store: Store) -> None:
    others = [f"DEMO-0{number}" for number in range(2, 10)]
    app = page(folder, group="own", members=",".join(others), indicator="foreign_pi_share")
    values = store.values(year=2026, indicator="foreign_pi_share", level="institution").set_index("institution")
    table = shown(app).set_index("peer")
    few = [code for code in others if values.loc[code, "numerator"] and 0 < int(values.loc[code, "numerator"]) < 5]
    assert few, "some institution has fewer than five foreign PIs"
    for code in few:
        assert (table.loc[names(store)[code], "value"], table.loc[names(store)[code], "state"]) == (
            "",
            "小さい数のため秘匿",
        )


def test_an_institution_without_a_value_is_told_so(folder: Path, store: Store) -> None:
    values = store.values(year=2026, level="institution")
    lacking = values[values["value"].isna() & values["institution"].isin(context_of_year(store, 2026).index)].iloc[0]
    others = ",".join(f"DEMO-0{number}" for number in range(1, 10))
    asked = {"institution": str(lacking["institution"]), "indicator": str(lacking["indicator"])}
    assert "位置は示していません" in words(page(folder, group="own", members=others, **asked))


@pytest.mark.parametrize("group", ["near", "own", "hosts"])
def test_the_table_passes_the_rules_of_machine_readability(
    folder: Path, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = offered_files(monkeypatch)
    page(folder, group=group, members="DEMO-02,DEMO-05,DEMO-09", indicator="foreign_pi_share")
    files = [one.data for one in offered if one.name.endswith(".csv")]
    assert len(files) == 3 and [failures(check_csv(data)) for data in files] == [[], [], []]


def test_in_an_anonymous_round_others_are_quantiles_of_five_or_more_and_never_named(
    folder: Path, store: Store, tmp_path: Path
) -> None:
    place = Path(shutil.copytree(folder, tmp_path / "anonymous"))
    opened = Store.open(place)
    begin(opened, list(names(opened)), peers="anonymous")
    opened.close()
    others = {name for code, name in names(store).items() if code != OWN}
    asked = {"lang": "ja", "institution": OWN, "year": "2026", "indicator": INDICATOR}
    for role in (None, EDITOR, APPROVER):
        scope = OWN if role else None
        for name in ("comparison", "peers", "overview", "indicator"):
            app = run(place, name, role=role, scope=scope, **asked, group="own", members=",".join(names(store)))
            told = " ".join([words(app), *(table.astype(str).to_string() for table in page_tables(app))])
            told += " ".join(str(one.proto) for one in app.get("vega_lite_chart"))
            named = [told[max(0, told.index(one) - 60) : told.index(one) + 40] for one in others if one in told]
            assert named == [], (role, name)
    app = run(place, "comparison", role=EDITOR, scope=OWN, **asked)
    (table,) = page_tables(app)
    assert len(table) == 4 and "8" in words(app)
    assert "中央値" in table.to_string()
    shown_to_ministry = run(place, "side_by_side", role=READER, lang="ja", year="2026")
    (side,) = page_tables(shown_to_ministry)
    assert "DEMO-02" in side.to_string(), "the ministry sees who it is"


def test_strips_draw_only_what_may_be_shown_and_the_table_holds_at_most_ten(folder: Path, store: Store) -> None:
    others = [f"DEMO-0{number}" for number in range(2, 10)]
    app = page(folder, group="own", members=",".join(others))
    side = next(table for table in page_tables(app) if table.columns[0] == "institution")
    assert list(side.columns) == ["institution", *(one.id for one in catalogue().scored)]
    assert side["institution"][0] == f"◇ {names(store)[OWN]}"
    assert set(side["institution"][1:]) == {names(store)[code] for code in others}
    rows = panel(store, LOCAL, 2026)
    hidden = rows[rows["hidden"].astype(bool) & (rows["level"] == "institution")]
    for row in hidden[hidden["indicator"].isin([one.id for one in catalogue().scored])].to_dict("records"):
        if row["institution"] in others:
            assert side.set_index("institution").loc[names(store)[row["institution"]], row["indicator"]] == "x"
    assert "と比べられる" in words(app) and "最も近いのは" in words(app)


def test_a_group_with_a_name_is_called_by_it_and_stands_in_the_address(folder: Path) -> None:
    app = page(folder, group="own", members="DEMO-02,DEMO-05", group_name="医療系の仲間")
    assert "「医療系の仲間」は2機関です" in words(app)
    assert app.query_params["group_name"] == ["医療系の仲間"] or app.query_params["group_name"] == "医療系の仲間"
