"""Published figures: what ships agrees with its sources, files are read or refused by row and column."""

import csv
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandera.errors import SchemaError

from indicators.catalogue.load_catalogue import load_catalogue
from indicators.published import (
    COMPARABLE,
    PUBLISHED_COLUMNS,
    PublishedError,
    comparison,
    load_leiden_open_edition,
    load_published,
    load_tidy,
)
from indicators.published.shipped import (
    HERE,
    PERIODS,
    breaks,
    country_figures,
    exchange_series,
    flow_pairs,
    joint_degree_majors,
    licences,
    national_series,
    national_targets,
    places,
    researcher_flows,
)
from indicators.published.tidy import COLUMNS
from indicators.published.values import PublishedValue, frame_of
from schemas.register import load_register

SHARED = Path(__file__).parents[4] / "shared" / "data"
FIGURES = SHARED / "jp_public_figures.csv"
CATALOGUE = load_catalogue()
TOKYO = "F113110102700"

# ---- what ships


@pytest.mark.parametrize("name", ["researcher_flows.csv", "jp_joint_degree_majors.csv"])
def test_a_shipped_file_is_the_one_that_was_prepared(name):
    assert (HERE / name).read_bytes() == (SHARED / name).read_bytes()


@pytest.mark.parametrize("name", ["national_context.csv", "targets.csv"])
def test_the_facts_of_2026_are_those_that_were_prepared(name):
    assert (HERE / name).read_bytes() == (SHARED / "2026" / name).read_bytes()


def test_a_series_is_of_one_database_and_edition():
    for series, counting in (("intl_coauthored_share_scopus", None), ("top1_share_of_output", "whole")):
        rows = national_series(series, counting)
        assert rows["source_title"].nunique() == 1 and not rows.duplicated(["country", "year"]).any()
    japan = national_series("intl_coauthored_share_scopus")
    assert round(japan[(japan["country"] == "JP") & (japan["year"] == 2022)]["value"].item(), 1) == 31.8
    assert {"advanced_papers_230", "advanced_sent_200"} <= set(national_targets().index)


def test_every_shipped_file_has_a_licence_and_known_sources():
    shipped = {path.name for path in HERE.glob("*.csv")}
    assert set(licences()) == shipped
    for licence in licences().values():
        assert licence.sources and set(licence.sources) <= set(CATALOGUE.sources)
        assert all(text.ja and text.en for text in (licence.licence, licence.credit, licence.note))
    assert set(licences()["countries.csv"].sources) == set(country_figures()["source"])
    assert {found.source for found in breaks()} <= set(CATALOGUE.sources)


def test_the_flows_are_credited_as_their_licence_asks():
    credit = licences()["researcher_flows.csv"].credit
    for text in (credit.ja, credit.en):
        assert "CC BY 4.0" in text and "10.5281/zenodo.11145735" in text and "OECD" in text
    assert "集計" in credit.ja and "aggregated" in credit.en


def test_each_country_figure_was_seen_as_its_source_was():
    figures = country_figures()
    assert not figures.duplicated(["source", "country", "indicator", "as_of", "counting"]).any()
    assert figures["value"].notna().all()
    for row in figures.to_dict("records"):
        assert row["seen"] == CATALOGUE.sources[row["source"]].seen, row
        assert row["grade"] in ("direct", "derived")


def test_rates_of_2022_are_those_of_the_benchmarks():
    rates = country_figures("intl_coauthored_share")
    newest = rates[rates["as_of"] == "2022"].set_index("country")["value"].to_dict()
    national = [b for b in CATALOGUE.benchmarks["intl_coauthored_share_full"] if b.kind == "national"]
    assert newest == {b.id.removeprefix("country_").upper(): float(b.entries[0].value or 0) for b in national}
    assert len(rates[rates["as_of"] == "2012"]) == len(rates[rates["as_of"] == "2011"]) == 5
    revised = rates[rates["as_of"] == "2012"].set_index("country")["value"].to_dict()
    assert revised == {"GB": 57, "FR": 56, "DE": 53, "US": 37, "JP": 29}


def test_parts_and_totals_of_exchange_agree_where_both_are_known():
    series = {
        name: exchange_series(f"inbound_{name}").set_index("year")["value"] for name in ("short", "long", "total")
    }
    sums = (series["short"] + series["long"]).dropna()
    both = sums.index.intersection(series["total"].index)
    assert list(both) == [2009, 2010, 2013, 2014, 2019, 2021]
    assert (sums[both] == series["total"][both]).all()


def test_no_line_joins_years_across_a_break_or_a_gap():
    years = {found.year for found in breaks()}
    assert years == {1997, 2000, 2010, 2013, 2020}
    for name in ("inbound_long", "outbound_long", "inbound_short", "outbound_short"):
        for _, stretch in exchange_series(name).groupby("stretch"):
            joined = list(stretch["year"])
            assert joined == list(range(joined[0], joined[0] + len(joined)))
            assert not years & set(joined[1:])
    assert exchange_series("inbound_long")["stretch"].nunique() == 5


def test_budgets_are_those_of_the_deck_and_dated_as_a_request():
    rows = country_figures()
    rows = rows[rows["unit"] == "million_yen"]
    newer = rows[rows["source"] != "mext_brain_circulation_2022"]
    assert set(newer["indicator"]) == {"budget_wpi", "budget_aspire", "budget_aspire_second"}
    assert newer.loc[newer["as_of"].str.startswith("FY2022"), "value"].sum() == 50_200
    rows = rows.drop(newer.index)
    asked = rows[rows["as_of"] == "FY2023 request"].set_index("indicator")["value"]
    assert asked["budget_satreps"] == 1986 and asked["budget_satreps_second"] == 380
    assert asked["budget_advanced"] == 3500 and asked["budget_leading_research"] == 11000
    assert "budget_advanced" not in set(rows.loc[rows["as_of"] == "previous year", "indicator"])


# ---- flows


def test_pairs_of_the_ministrys_chart_are_counted_anew():
    with (SHARED / "researcher_flows.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    totals: dict[frozenset[str], int] = {}
    for row in rows:
        pair = frozenset((row["origin"], row["destination"]))
        totals[pair] = totals.get(pair, 0) + int(row["researchers_2006_2016"])
    pairs = flow_pairs("2006-2016", 4000)
    assert len(pairs) == sum(total >= 4000 for total in totals.values()) == 47
    assert {frozenset((a, b)): t for a, b, t in zip(pairs["first"], pairs["second"], pairs["total"], strict=True)} == {
        pair: total for pair, total in totals.items() if total >= 4000
    }
    japan = pairs[pairs["has_japan"]]
    assert dict(zip(japan["second"], japan["total"], strict=True)) == {"USA": 23413, "CHN": 8933}


@given(period=st.sampled_from(PERIODS), low=st.integers(0, 50_000), step=st.integers(0, 20_000))
def test_a_higher_threshold_never_adds_a_pair(period, low, step):
    few, many = flow_pairs(period, low + step), flow_pairs(period, low)
    assert set(zip(few["first"], few["second"], strict=True)) <= set(zip(many["first"], many["second"], strict=True))
    assert (few["there"] + few["back"] == few["total"]).all() and (few["total"] >= low + step).all()


def test_no_researcher_is_lost_between_flows_and_pairs():
    flows = researcher_flows().groupby("period")["researchers"].sum()
    for period in PERIODS:
        assert flow_pairs(period, 0)["total"].sum() == flows[period]


def test_every_country_of_the_flows_has_a_place_and_a_name():
    flows = researcher_flows()
    known = places()
    assert set(flows["origin"]) | set(flows["destination"]) == set(known.index)
    assert set(known["alpha2"]) <= set(CATALOGUE.dictionary.labels("countries"))
    assert known["latitude"].between(-60, 80).all() and known["longitude"].between(-180, 180).all()


def test_joint_degree_majors_are_of_known_universities():
    rows = joint_degree_majors()
    assert len(rows) == 28 and (rows["partner_in_name"] != "").sum() == 23
    assert rows["major"].str.contains("国際連携").all()
    for row in rows.to_dict("records"):
        assert load_register().get(row["school_code"]).name_ja == row["name_ja"]


# ---- the tidy layout


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return load_tidy(FIGURES)


def test_the_public_figures_are_read_whole(published):
    raw = pd.read_csv(FIGURES, dtype=str, keep_default_na=False)
    assert list(published.columns) == PUBLISHED_COLUMNS
    assert len(published) == len(raw) == 978
    assert list(published["value"]) == [float(text) for text in raw["value"]]
    assert published["institution"].str.startswith("group:").sum() == 10
    assert published["institution"].nunique() == 57
    assert set(published.loc[published["redistribute"], "indicator"]) == {
        "openalex_works",
        "openalex_international_works",
        "openalex_international_share",
    }
    assert set(published["counting"]) == {"full", "-"}


def tidy_file(folder: Path, **changes: str) -> Path:
    """A file of two good rows, the second one with changes."""
    good = dict(
        zip(
            COLUMNS,
            (TOKYO, "東京大学", "leiden_PP_int_collab", "39.6", "percent", "2015–2018", "full", "direct", "CWTS", ""),
            strict=True,
        )
    )
    target = folder / "figures.csv"
    with target.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, [*COLUMNS, *(set(changes) - set(COLUMNS))], restval="")
        writer.writeheader()
        writer.writerow(good)
        writer.writerow({**good, "indicator": "leiden_PP_top10", **changes})
    return target


def test_dashes_of_a_period_are_written_one_way(tmp_path):
    assert set(load_tidy(tidy_file(tmp_path))["as_of"]) == {"2015-2018"}


def test_a_figure_says_itself_whether_it_may_be_passed_on(tmp_path):
    assert list(load_tidy(tidy_file(tmp_path, redistribute="true"))["redistribute"]) == [False, True]


@pytest.mark.parametrize(
    ("column", "given_text"),
    [
        ("school_code", "F113110102701"),
        ("value", "39,6"),
        ("value", "nan"),
        ("value", "101"),
        ("value", "-1"),
        ("unit", "people"),
        ("counting", "whole"),
        ("grade", "guess"),
        ("as_of", ""),
        ("source", ""),
        ("redistribute", "maybe"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named_by_row_and_column(tmp_path, column, given_text):
    with pytest.raises(PublishedError) as refused:
        load_tidy(tidy_file(tmp_path, **{column: given_text}))
    (message,) = refused.value.messages
    assert f"3行目の{column}列" in message.ja and f"Row 3, column {column}" in message.en


def test_every_fault_of_a_file_is_named_at_once(tmp_path):
    with pytest.raises(PublishedError) as refused:
        load_tidy(tidy_file(tmp_path, value="x", unit="y", source=""))
    assert len(refused.value.messages) == 3


def test_a_figure_given_twice_is_refused(tmp_path):
    with pytest.raises(PublishedError, match="row 2"):
        load_tidy(tidy_file(tmp_path, indicator="leiden_PP_int_collab"))


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", "学校".encode("shift_jis"), ",".join(COLUMNS).encode()])
def test_another_file_is_refused_with_what_to_do(tmp_path, data):
    target = tmp_path / "other.csv"
    target.write_bytes(data)
    with pytest.raises(PublishedError) as refused:
        load_tidy(target)
    assert all("ください" in message.ja and "lease" in message.en for message in refused.value.messages)


# ---- the Leiden Ranking Open Edition

ROR_TOKYO = "https://ror.org/057zh3y96"
UNIVERSITIES = (
    f"university_id,university,university_ror_id\n7,The University of Tokyo,{ROR_TOKYO}\n8,Other,https://ror.org/0abc\n"
)
COLLAB = (
    "university_id,main_field_id,period_begin_year,core_pubs_only,p,p_collab,p_int_collab,pp_int_collab,"
    "pp_int_collab_lb,pp_int_collab_ub\n"
    "7,0,2020,1,1000,800,400,{share},{low},{high}\n"
    "7,0,2020,0,2000,1500,700,{share},{low},{high}\n"
    "7,3,2020,1,10,9,8,{share},{low},{high}\n"
    "8,0,2020,1,500,400,300,{share},{low},{high}\n"
)
IMPACT = (
    "university_id,main_field_id,period_begin_year,core_pubs_only,fractional_counting,p,mncs,pp_top_10,"
    "pp_top_10_lb,pp_top_10_ub\n"
    "7,0,2020,1,1,600,1.05,0.09,0.08,0.10\n"
    "7,0,2020,1,0,1000,1.20,0.11,0.10,0.12\n"
)


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    """A folder like an edition's, with shares as proportions."""
    folder = tmp_path / "leiden_open_edition_2025"
    folder.mkdir()
    (folder / "university.csv").write_text(UNIVERSITIES, encoding="utf-8")
    filled = COLLAB.format(share="0.4", low="0.38", high="0.42")
    (folder / "university_collab_indicators.csv").write_text(filled, encoding="utf-8")
    (folder / "university_impact_indicators.csv").write_text(IMPACT, encoding="utf-8")
    return folder


def test_an_edition_is_joined_to_the_register_by_ror(edition):
    figures = load_leiden_open_edition(edition)
    assert set(figures["institution"]) == {TOKYO} and figures["redistribute"].all()
    assert set(figures["as_of"]) == {"2020-2023"}
    core = figures[figures["source"].str.contains("core publications")]
    share = core[core["indicator"] == "leiden_PP_int_collab"].iloc[0]
    assert "2025" in share["source"] and share["value"] == 40 and share["counting"] == "full"
    assert share["bounds"] == pytest.approx((38, 42))
    every = figures[figures["source"].str.contains("all publications")]
    assert every.set_index("indicator")["value"]["leiden_PP_int_collab"] == 35
    top = core[core["indicator"] == "leiden_PP_top10"].set_index("counting")["value"]
    assert top.to_dict() == pytest.approx({"fractional": 9, "full": 11})
    assert not figures.duplicated(["source", "institution", "indicator", "as_of", "counting"]).any()


def test_japanese_universities_that_cannot_be_placed_are_named(edition):
    known = f"7,The University of Tokyo,JP,{ROR_TOKYO}\n8,Somewhere University,JP,https://ror.org/0abc\n"
    rows = f"university_id,university,country_code,university_ror_id\n{known}9,Other,US,https://ror.org/0abd\n"
    (edition / "university.csv").write_text(rows, encoding="utf-8")
    assert load_leiden_open_edition(edition).attrs["unplaced"] == ["Somewhere University"]


def test_shares_in_percent_and_as_proportions_read_the_same(edition):
    as_proportion = load_leiden_open_edition(edition)
    filled = COLLAB.format(share="40", low="38", high="42")
    (edition / "university_collab_indicators.csv").write_text(filled, encoding="utf-8")
    pd.testing.assert_frame_equal(load_leiden_open_edition(edition), as_proportion)


def test_a_zip_of_the_edition_reads_like_its_folder(edition, tmp_path):
    target = tmp_path / "leiden_open_edition_2025.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for path in edition.iterdir():
            archive.write(path, f"data/{path.name}")
    pd.testing.assert_frame_equal(load_published(target), load_published(edition))


def test_one_file_with_ror_ids_and_a_period_in_words_is_enough(tmp_path):
    target = tmp_path / "university_main_field_period_collab_indicators.csv"
    target.write_text(
        f"university_id,university_ror_id,main_field_id,period,p,p_collab,p_int_collab\n"
        f"7,{ROR_TOKYO},0,2015–2018,100,60,25\n",
        encoding="utf-8",
    )
    figures = load_published(target).set_index("indicator")
    assert figures.loc["leiden_PP_int_collab", ["value", "as_of"]].tolist() == [25, "2015-2018"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("university_id,university_ror_id,main_field_id,period,p,p_collab\n7,x,0,2015-2018,1,1\n", "p_int_collab"),
        ("university_id,main_field_id,period,p,p_collab,p_int_collab\n7,0,2015-2018,1,1,1\n", "university_ror_id"),
        (
            "university_id,university_ror_id,main_field_id,period,p,p_collab,p_int_collab\n"
            f"7,{ROR_TOKYO},0,2015-2018,100,60,many\n",
            "Row 2, column p_int_collab",
        ),
        ("university_id,university_ror_id,main_field_id,period,p,p_collab,p_int_collab\n7,x,0,2015,1,1,1\n", "joined"),
    ],
)
def test_a_table_that_cannot_be_taken_says_where(tmp_path, text, words):
    target = tmp_path / "university_collab_indicators.csv"
    target.write_text(text, encoding="utf-8")
    with pytest.raises(PublishedError, match=words):
        load_leiden_open_edition(target)


# ---- declared beside published


def declared(institution: str = TOKYO, **changes: object) -> pd.DataFrame:
    """One declared value: 4,000 international papers of 10,000 in 2022-2024."""
    base = {
        "institution": institution, "year": 2025, "indicator": "intl_coauthored_share_full", "level": "institution",
        "unit": "00", "counting": "full", "status": "ok", "numerator": "4000", "denominator": "10000",
        "window_from": 2022, "window_to": 2024,
    }  # fmt: skip
    return pd.DataFrame([base | changes])


def test_the_difference_is_in_points_and_in_papers(published):
    rows = comparison(declared(), published, CATALOGUE).set_index("published_indicator")
    leiden = rows.loc["leiden_PP_int_collab"]
    assert leiden["published"] == 39.6 and leiden["difference_points"] == pytest.approx(0.4)
    assert leiden["difference_papers"] == pytest.approx(40)
    assert leiden["flags"] == ["other_years", "other_documents"]


def test_yearly_counts_are_pooled_over_the_declared_years(published):
    row = (
        comparison(declared(), published, CATALOGUE)
        .set_index("published_indicator")
        .loc["openalex_international_share"]
    )
    own = published[(published["institution"] == TOKYO) & published["as_of"].isin(["2022", "2023", "2024"])]
    part, whole = (
        sum(Fraction(str(v)) for v in own.loc[own["indicator"] == name, "value"])
        for name in ("openalex_international_works", "openalex_works")
    )
    assert row["published"] == float(100 * part / whole) and row["as_of"] == "2022-2024"
    assert row["flags"] == ["other_documents"]


def test_years_that_are_not_all_published_are_not_pooled(published):
    row = comparison(declared(window_from=2018, window_to=2020), published, CATALOGUE)
    row = row.set_index("published_indicator").loc["openalex_international_share"]
    assert row["as_of"] == "2025" and "other_years" in row["flags"]


@pytest.mark.parametrize(
    "changes",
    [
        {"level": "centre"},
        {"counting": "fractional"},
        {"status": "m", "numerator": None},
        {"indicator": "foreign_researcher_share"},
        {"institution": "DEMO-01"},
    ],
)
def test_only_the_same_thing_counted_the_same_way_is_compared(published, changes):
    assert comparison(declared(**changes), published, CATALOGUE).empty


def test_comparable_indicators_exist_and_count_alike():
    for one in COMPARABLE:
        indicator = CATALOGUE.indicators[one.indicator]
        assert (indicator.counting, indicator.of) == (one.counting, one.of)
        assert (indicator.unit, indicator.definition_key) in (("percent", "-"), ("percent", "nationality"))


def figure(indicator: str, value: float, as_of: str, counting: str = "-", grade: str = "direct") -> dict[str, object]:
    return {
        "source": "S", "institution": TOKYO, "indicator": indicator, "as_of": as_of, "counting": counting,
        "value": value, "bounds": None, "redistribute": False, "grade": grade,
    }  # fmt: skip


FACULTY = {
    "indicator": "foreign_faculty_share", "definition": "nationality", "counting": "-", "numerator": "140",
    "denominator": "2000", "window_from": None, "window_to": None,
}  # fmt: skip


def test_shares_of_people_differ_in_points_and_in_people():
    published = pd.DataFrame([figure("foreign_faculty_share", 5.6, "2025-05-01")])
    [row] = comparison(declared(**FACULTY), published, CATALOGUE).to_dict("records")
    assert (row["unit"], row["declared"], row["published"]) == ("percent", 7, 5.6)
    assert row["difference_points"] == pytest.approx(1.4)
    assert row["difference_people"] == pytest.approx(28)
    assert pd.isna(row["difference_papers"])
    assert row["flags"] == ["other_definition"]


def test_a_published_number_of_people_stands_beside_the_declared_number(published):
    """The tidy file gives 123 foreign faculty for the University of Tokyo, at second hand and without a date."""
    [row] = comparison(declared(**FACULTY), published, CATALOGUE).to_dict("records")
    assert (row["unit"], row["declared"], row["published"], row["difference_people"]) == ("people", 140, 123, 17)
    assert pd.isna(row["difference_points"])
    assert row["flags"] == ["other_years", "other_definition", "secondary"]


def test_another_definition_of_foreign_is_never_compared(published):
    assert comparison(declared(**FACULTY | {"definition": "foreign_degree"}), published, CATALOGUE).empty


@pytest.mark.parametrize(("indicator", "counting"), [("pp_top10_all", "full"), ("pp_top10_all_frac", "fractional")])
def test_top_ten_shares_are_compared_with_their_own_counting(indicator, counting):
    rows = [figure("leiden_PP_top10", 8, "2019-2022", "full"), figure("leiden_PP_top10", 7, "2019-2022", "fractional")]
    value = {"indicator": indicator, "counting": counting, "numerator": "90", "denominator": "1000"}
    [row] = comparison(declared(**value), pd.DataFrame(rows), CATALOGUE).to_dict("records")
    assert row["difference_points"] == pytest.approx(1 if counting == "full" else 2)
    assert row["difference_papers"] == pytest.approx(10 if counting == "full" else 20)


@given(part=st.integers(0, 500), rest=st.integers(0, 500), share=st.integers(0, 1000))
def test_papers_at_the_published_share_give_no_difference(part, rest, share):
    if part + rest == 0:
        return
    row = {
        "source": "S", "institution": TOKYO, "indicator": "leiden_PP_int_collab", "as_of": "2022-2024",
        "counting": "full", "value": share / 10, "bounds": None, "redistribute": False, "grade": "direct",
    }  # fmt: skip
    values = declared(numerator=str(part), denominator=str(part + rest))
    found = comparison(values, pd.DataFrame([row]), CATALOGUE).iloc[0]
    points = Fraction(100 * part, part + rest) - Fraction(share, 10)
    assert found["difference_points"] == pytest.approx(float(points), abs=1e-9)
    assert found["difference_papers"] * 100 == pytest.approx(found["difference_points"] * (part + rest), abs=1e-6)
    assert (points == 0) == (found["difference_papers"] == 0)


def test_an_archive_without_its_tables_is_refused(tmp_path):
    target = tmp_path / "other.zip"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("nothing.txt", "x")
    with pytest.raises(PublishedError, match="holds no table"):
        load_published(target)


@pytest.mark.parametrize(
    "fault",
    [
        {"grade": "rumour"},
        {"counting": "half"},
        {"bounds": (7.0, 2.0)},
        {"institution": ""},
    ],
)
def test_figures_that_are_none_are_refused_by_the_schema(fault: dict[str, object]) -> None:
    plain = PublishedValue("出典", "F113110102700", "leiden_P", "2020", "full", 5.0, (2.0, 7.0), True, "direct")
    assert len(frame_of([plain])) == 1
    with pytest.raises(SchemaError):
        frame_of([replace(plain, **fault)])
    with pytest.raises(SchemaError):
        frame_of([plain, plain])
