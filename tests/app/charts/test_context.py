"""National context: the page, its charts and sentences; published figures in a store and beside declared ones."""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.charts import context_charts, context_rows, flow_map
from app.charts.chart_elements import chart_svg
from app.charts.theme import OWN
from app.commands.exit_codes import FINE, UNREADABLE, Options, UsageProblem
from app.commands.published import run_published
from app.edition import catalogue
from app.storage.problems import StoreError
from app.storage.published import keep_published, published_values
from app.storage.store import Store
from app.storage.store_location import STORE_VARIABLE
from indicators.published import PUBLISHED_COLUMNS, load_tidy
from indicators.published.shipped import JAPAN, PERIODS, flow_pairs, licences, places
from tests.app.views.test_views import run
from tests.support.page_tables import page_tables

VIEW = str(Path("app/views/nation/context.py").resolve())
FIGURES = Path(__file__).parents[4] / "shared" / "data" / "jp_public_figures.csv"
LANGUAGES = ("ja", "en")
TOKYO = "F113110102700"
POINTS = {code: flow_map.project(r["longitude"], r["latitude"]) for code, r in places().to_dict("index").items()}


@pytest.fixture(scope="module")
def real_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store for real data."""
    folder = tmp_path_factory.mktemp("context") / "real"
    Store.open(folder, "real").close()
    return folder


@pytest.fixture
def page(real_folder, monkeypatch):
    """The page in a language, after its first run on a store for real data."""

    def run(language: str, folder: Path = real_folder) -> AppTest:
        monkeypatch.setitem(os.environ, STORE_VARIABLE, str(folder))
        app = AppTest.from_file(VIEW, default_timeout=60)
        app.session_state["lang"] = language
        app.run()
        assert not app.exception, app.exception
        return app

    return run


def words(app: AppTest) -> str:
    """Everything the page says."""
    kinds = ("title", "subheader", "text", "markdown", "caption", "info")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


# ---- the page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_each_part_with_its_credit_and_source(page, language):
    app = page(language)
    said = words(app)
    assert not {"{", "}"} & set(said)
    for name in ("researcher_flows.csv", "places.csv", "jp_joint_degree_majors.csv"):
        assert licences()[name].credit[language] in said
    figures = context_rows.country_figures()
    for key in figures.loc[~figures["as_of"].isin(["2011", "2012"]), "source"].unique():
        assert catalogue().sources[key].title[language] in said
    assert len(app.subheader) == 6 and len(page_tables(app)) == 8
    assert len(app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")) == 4


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        (
            "ja",
            ("調査資料312", "OECDの二国間", "35.9％", "47組", "米国 23,413人、中国 8,933人", "概算要求", "28行、11校"),
        ),
        ("en", ("Research Material 312", "OECD bilateral", "35.9 %", "47 pairs", "United States 23,413, China 8,933")),
    ],
)
def test_the_page_says_the_figures_and_what_could_not_be_had(page, language, wanted):
    said = words(page(language))
    assert [text for text in wanted if text not in said] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_demo_store_shows_no_published_figure(page, language, tmp_path):
    Store.open(tmp_path / "demo", "demo").close()
    app = page(language, tmp_path / "demo")
    said = words(app)
    assert "make run STORE=" in said
    assert not page_tables(app) and "23,413" not in said and "35.9" not in said


def test_threshold_and_period_change_sentence_and_table(page):
    app = page("en")
    app.slider(key="context_threshold").set_value(20_000).run()
    assert "4 pairs" not in words(app)
    expected = flow_pairs("2006-2016", 20_000)
    assert f"{len(expected)} pairs of countries reached 20,000" in words(app)
    assert list(page_tables(app)[2]["total"]) == [f"{n:,}" for n in expected["total"]]
    app.slider(key="context_threshold").set_value(4_000)
    app.session_state["context_period"] = "2017-2022"
    app.run()
    newest = flow_pairs("2017-2022", 4_000)
    assert f"In 2017–2022, {len(newest)} pairs" in words(app) and "China 5,760" in words(app)


def test_the_page_shows_rates_of_the_year_chosen(page):
    app = page("en")
    app.session_state["context_year"] = "2012"
    app.run()
    said = words(app)
    assert "In 2012 the share" in said and "29 %, number 5 of the 5" in said
    assert catalogue().sources["nistep_indicators_2014_41"].title.en in said


# ---- sentences and rows


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("threshold", [1_000, 4_000, 25_000, 1_000_000])
@pytest.mark.parametrize("period", PERIODS)
def test_the_sentence_on_flows_counts_what_is_drawn(period, threshold, language):
    pairs = flow_pairs(period, threshold)
    names = context_rows.flow_names(catalogue(), language)
    sentence = context_rows.flow_sentence(pairs, names, period, threshold, language)
    assert str(len(pairs)) in sentence and f"{threshold:,}" in sentence
    for row in pairs[pairs["has_japan"]].to_dict("records"):
        assert f"{names[row['second']]} {row['total']:,}" in sentence


def test_budgets_keep_both_lines_and_the_date_of_the_supplementary_one():
    rows = {row["programme"].split("（")[0]: row for row in context_rows.budget_rows("ja")}
    assert rows["SATREPS"]["request"] == "1,986及び380" and rows["SATREPS"]["previous"] == "1,826及び336"
    assert rows["国際共同研究事業"]["request"] == "676" and rows["国際共同研究事業"]["previous"] == "426"
    assert rows["科研費 国際先導研究"]["previous"] == "11,000（令和3年度補正）"
    assert rows["先端国際共同研究推進事業"]["previous"] == "－（新規）"


# ---- charts


def test_the_map_projects_the_middle_and_the_edges():
    assert flow_map.project(flow_map.CENTRE, 0) == pytest.approx((flow_map.WIDTH / 2, flow_map.TOP))
    west, east = flow_map.project(-29.9, 0)[0], flow_map.project(-30.1, 0)[0]
    assert west < flow_map.WIDTH * 0.05 and east > flow_map.WIDTH * 0.95


@given(st.floats(0, 900), st.floats(0, 400), st.floats(-800, 800).filter(lambda d: abs(d) > 5), st.floats(-300, 300))
def test_the_two_directions_of_a_pair_never_cross(x, y, dx, dy):
    start, end = (x, y), (x + dx, y + dy)
    sides = set()
    for path, sign in ((flow_map.bend_arrow(start, end), 1), (flow_map.bend_arrow(end, start), -1)):
        for px, py in path:
            sides.add((sign, math.copysign(1, dx * (py - y) - dy * (px - x))))
    assert len(sides) == 2 and len({side for _, side in sides}) == 2


def test_names_on_the_map_do_not_overlap_and_japan_is_always_named():
    pairs = flow_pairs("2006-2016", 1_000)
    names = context_rows.flow_names(catalogue(), "ja")
    order = [JAPAN, *sorted(set(pairs["first"]) | set(pairs["second"]) - {JAPAN})]
    found = flow_map.labels(order, POINTS, names)
    assert found["code"].iloc[0] == JAPAN and 8 < len(found) < len(order)
    boxes = [
        (r.x, r.y, r.x + 12 * len(r.name_), r.y + 14) for r in found.rename(columns={"name": "name_"}).itertuples()
    ]
    for place, one in enumerate(boxes):
        for other in boxes[place + 1 :]:
            assert not (one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3])


@pytest.mark.parametrize("threshold", [4_000, 1_000_000])
def test_the_map_draws_both_directions_and_speaks(threshold):
    pairs = flow_pairs("2006-2016", threshold)
    drawing = flow_map.flow_map(
        pairs, places(), context_rows.flow_names(catalogue(), "ja"), title="T", subtitle="S", sentence="sentence"
    )
    spec = drawing.to_dict()
    assert spec["description"] == "sentence"
    svg = chart_svg(drawing)
    widths = [float(width) for width in re.findall(r'stroke-width="([\d.]+)"', svg)]
    drawn = flow_map.arrows(pairs, POINTS).drop_duplicates("arrow")
    assert {f"{width:.6g}" for width in drawn["width"]} <= {f"{width:.6g}" for width in widths}
    assert "日本" in svg and OWN in svg


def test_arrows_are_as_wide_as_their_flow():
    pairs = flow_pairs("2006-2016", 4_000)
    drawn = flow_map.arrows(pairs, POINTS).drop_duplicates("arrow").sort_values("size")
    assert len(drawn) == 2 * len(pairs)
    assert drawn["width"].is_monotonic_increasing and drawn["width"].max() == flow_map.THICKEST


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("length", ["long", "short"])
def test_exchange_lines_join_only_neighbouring_years(length, language):
    spec = json.loads(context_charts.exchange_chart(length, language, "sentence").to_json())
    rows = pd.DataFrame(max(spec["datasets"].values(), key=len))
    for _, line in rows.groupby("line"):
        assert line["year"].diff().dropna().eq(1).all()
    assert spec["description"] == "sentence"


def test_japan_alone_is_highlighted_among_countries():
    rows = context_rows.coauthorship_rows(catalogue(), "2022", "ja")
    spec = json.loads(context_charts.coauthorship_bars(rows, "ja", "sentence").to_json())
    data = pd.DataFrame(next(iter(spec["datasets"].values())))
    assert list(data.loc[data["is_own"], "name"]) == ["日本"] and data["value"].is_monotonic_decreasing


# ---- the store and the command


@pytest.fixture
def store(tmp_path):
    opened = Store.open(tmp_path / "store", "real")
    yield opened
    opened.close()


def test_published_figures_come_back_as_they_were_read(store):
    figures = load_tidy(FIGURES)
    assert keep_published(store, figures) == 978
    back = published_values(store)
    assert list(back.columns) == PUBLISHED_COLUMNS
    key = ["source", "institution", "indicator", "as_of", "counting"]
    pd.testing.assert_frame_equal(
        back.sort_values(key, ignore_index=True),
        figures.sort_values(key, ignore_index=True),
        check_dtype=False,
    )
    assert store.values().empty and store.institutions().empty
    assert len(published_values(store, redistribute=True)) == 126


def test_loading_again_replaces_and_never_doubles(store):
    figures = load_tidy(FIGURES)
    keep_published(store, figures)
    changed = figures.head(1).assign(value=1.0)
    keep_published(store, changed)
    back = published_values(store, institution=changed["institution"].iloc[0])
    same = back[(back["indicator"] == changed["indicator"].iloc[0]) & (back["as_of"] == changed["as_of"].iloc[0])]
    assert list(same["value"]) == [1.0]
    assert len(published_values(store)) == 978


def test_bounds_and_missing_values_are_kept(store):
    row = {
        "source": "S", "institution": TOKYO, "indicator": "leiden_PP_int_collab", "as_of": "2020-2023",
        "counting": "full", "value": None, "bounds": (38.0, 42.0), "redistribute": True, "grade": "direct",
    }  # fmt: skip
    keep_published(store, pd.DataFrame([row]))
    back = published_values(store).iloc[0]
    assert back["bounds"] == [38.0, 42.0] and pd.isna(back["value"])


def test_a_demo_store_takes_no_published_figures(tmp_path):
    demo = Store.open(tmp_path / "demo", "demo")
    with pytest.raises(StoreError) as refused:
        keep_published(demo, load_tidy(FIGURES))
    assert "デモ" in refused.value.text.ja and "demo" in refused.value.text.en
    assert published_values(demo).empty
    demo.close()


def options(file: Path, store: Path | None) -> Options:
    """The command's options as the command line gives them."""
    return Options(action="load", file=file, store=store, store_files=None)


def test_the_command_loads_a_file_and_says_how_much(tmp_path, capsys):
    with pytest.raises(StoreError):  # a slip in the place makes no store of its own
        run_published(options(FIGURES, tmp_path / "store"), "en")
    assert not (tmp_path / "store").exists()
    Store.open(tmp_path / "store").close()
    assert run_published(options(FIGURES, tmp_path / "store"), "en") == FINE
    assert "978 published figures (56 universities, 1 group), 126 of which" in capsys.readouterr().err
    store = Store.open(tmp_path / "store")
    assert store.kind == "real" and len(published_values(store)) == 978
    store.close()


def test_the_command_says_why_it_cannot(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv(STORE_VARIABLE, raising=False)
    bad = tmp_path / "bad.csv"
    bad.write_text(FIGURES.read_text(encoding="utf-8").replace(",4285,", ",many,"), encoding="utf-8")
    Store.open(tmp_path / "demo", "demo").close()
    for absent in (options(FIGURES, None), options(tmp_path / "none.csv", tmp_path / "store")):
        with pytest.raises(UsageProblem):
            run_published(absent, "ja")
    assert run_published(options(bad, tmp_path / "store"), "ja") == UNREADABLE
    assert "2行目のvalue列" in capsys.readouterr().err
    assert not (tmp_path / "store").exists()
    with pytest.raises(StoreError, match="デモ用"):
        run_published(options(FIGURES, tmp_path / "demo"), "ja")


# ---- declared beside published


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_declared_value_stands_beside_the_published_one(tmp_path, processed, demo_workbooks, language):
    from dataclasses import replace
    from datetime import UTC, datetime

    from app.storage.store import Upload
    from app.submission.result import outcome_of

    key = ("DEMO-01", 2026)
    store = Store.open(tmp_path / "real", "real")
    outcome = replace(outcome_of(processed[key]), is_demo=False)
    store.keep(
        Upload(demo_workbooks[key], "a.xlsx", "test", datetime(2026, 6, 1, tzinfo=UTC)),
        outcome,
        processed[key].header["institution_row"],
    )
    declared = store.values(institution="DEMO-01", year=2026, indicator="intl_coauthored_share_full").iloc[0]
    figure = load_tidy(FIGURES).query("indicator == 'leiden_PP_int_collab'").head(1).assign(institution="DEMO-01")
    keep_published(store, figure)
    store.close()
    asked = {"lang": language, "institution": "DEMO-01", "year": "2026", "indicator": "intl_coauthored_share_full"}
    app = run(tmp_path / "real", "indicator", **asked)
    (row,) = [table.iloc[0] for table in page_tables(app) if "flags" in table]
    difference = float(declared["value"]) - float(figure["value"].iloc[0])
    assert float(row["points"].replace("−", "-")) == pytest.approx(difference, abs=0.06)
    expected = difference * float(declared["denominator"]) / 100
    assert float(row["papers"].replace("−", "-").replace(",", "")) == pytest.approx(expected, abs=0.6)
    assert ("年が異なる" if language == "ja" else "other years") in row["flags"]
