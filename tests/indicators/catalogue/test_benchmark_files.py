"""Every benchmark that ships: the catalogue lists its figure, its source was seen, its texts are complete."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from schemas.register.centres import load_centres
from tests.support.each_case import for_each

ROOT = Path(__file__).resolve().parents[3]
SOURCES_FILE = ROOT / "schemas" / "dictionary" / "sources.yaml"
FILES = sorted((ROOT / "indicators" / "benchmark_values").glob("*.yaml"))

KINDS = {"requirement", "target", "observed", "national", "peers"}
LEVELS = {"institution", "centre", "unit", "programme", "country", "sector"}
SEEN = {"primary", "primary_mirror", "second_hand", "unseen"}
HEAD_KEYS = {
    "id", "kind", "level", "label", "population", "population_key", "definition", "counting",
    "comparison", "unit", "authority", "scope", "entries",
}  # fmt: skip
ENTRY_KEYS = {"from", "until", "last_confirmed", "source", "seen", "why"}
SOURCE_KEYS = {"key", "ref", "producer", "title", "published", "accessed", "seen", "licence"}

# The only figures that may ship, as decided in the catalogue; a figure nobody decided on fails here.
FIGURES = {
    "bilingual_staff_share": ["48"],
    "doctoral_supported_entrant_share": ["70"],
    "doctoral_supported_number": ["22500"],
    "doctoral_supported_share": ["30"],
    "english_admin_score": [None, None, None],
    "foreign_faculty_share": ["5.6", "5.8", "6.4"],
    "foreign_pi_share": ["10", "31.0"],
    "foreign_researcher_share": ["30", "30", "30", "30", "30", "36", "40", "48", "49.7", "50", "50.3"],
    "inbound_long_rate": ["11930", "12763", "13172", "13280", "13381", "14241"],
    "intl_coauthored_share_full": ["20.8", "35.3", "35.9", "46.7", "50", "60", "63.2", "65.7", "74.4", "78"],
    "outbound_long_rate": ["3623", "4086", "4178", "4272", "4291"],
    "pi_number": ["10–20", "10–20", "10–20", "7"],
    "pp_top10_international": ["10"],
    "project_young_sent_number": ["200"],
    "ra_hourly_pay": ["2000–2500"],
    "researcher_number": ["200", "200", "200", "70"],
    "short_mobility_rate": [
        "21398", "23212", "23719", "24588", "27870", "106613", "136459", "137079", "154426",
    ],
}  # fmt: skip
# Keys of the research notes on which the catalogue's figures and definitions rest.
CATALOGUE_REFS = [
    *(f"wpi.md S{n:02d}" for n in (3, 5, 7, 8, 9, 11, 12, 13, 15, 16, 29, 31, 32, 33)),
    *(f"wpi.md S{n}" for n in (101, 102, 103, 104, 105, 115, 117)),
    *(f"indicators.md I{n}" for n in (2, 28, 30)),
]
SHIPPED_LICENCES = {
    "mext_university_list_2022": "「文部科学省 全国大学一覧（令和4年度）を加工して作成」",
    "ror": "CC0 1.0",
    "hipo_university_domains": "MIT",
    "scholarly_migration_database": "CC BY 4.0",
}


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


SOURCES: list[dict[str, Any]] = _load(SOURCES_FILE)
BY_KEY = {source["key"]: source for source in SOURCES}
BENCHMARKS = [(path.stem, benchmark) for path in FILES for benchmark in _load(path)]
ENTRIES = [(benchmark, entry) for _, benchmark in BENCHMARKS for entry in benchmark["entries"]]


def _is_bilingual(text: Any) -> bool:
    return (
        isinstance(text, dict)
        and set(text) == {"ja", "en"}
        and all(isinstance(t, str) and t.strip() for t in text.values())
    )


def _day(value: Any) -> date:
    return date.fromisoformat(str(value))


def _is_decimal_text(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?", value) is not None


def _shown(entry: dict[str, Any]) -> str | None:
    return f"{entry['low']}–{entry['high']}" if "low" in entry else entry["value"]


def _order(shown: str | None) -> tuple[bool, Decimal, str]:
    return (shown is not None, Decimal((shown or "0").split("–")[0]), shown or "")


@for_each("source", SOURCES)
def test_source_is_complete(source: dict[str, Any]) -> None:
    assert set(source) - {"url"} == SOURCE_KEYS
    assert re.fullmatch(r"[a-z][a-z0-9_]*", source["key"])
    assert source["ref"].strip()
    assert _is_bilingual(source["producer"])
    assert _is_bilingual(source["title"])
    assert source["seen"] in SEEN
    assert source.get("url") is None or re.match(r"https?://[^\s/]+", source["url"])
    assert source["published"] is None or re.fullmatch(r"\d{4}(-\d{2}){0,2}", source["published"])
    assert source["accessed"] is None or _day(source["accessed"])
    assert source["licence"] is None or source["licence"].strip()


def test_each_source_stands_once() -> None:
    assert len(BY_KEY) == len(SOURCES)
    urls = [source["url"] for source in SOURCES if "url" in source]
    assert len(urls) == len(set(urls))


@for_each("ref", CATALOGUE_REFS)
def test_note_named_in_the_catalogue_has_a_source(ref: str) -> None:
    assert any(ref in source["ref"].split("; ") for source in SOURCES)


@for_each("key", SHIPPED_LICENCES)
def test_shipped_data_names_its_licence(key: str) -> None:
    assert SHIPPED_LICENCES[key] in BY_KEY[key]["licence"]


def test_only_decided_figures_ship() -> None:
    found: dict[str, list[str | None]] = {path.stem: [] for path in FILES}
    for name, benchmark in BENCHMARKS:
        found[name] += [_shown(entry) for entry in benchmark["entries"]]
    expected = {name: sorted(figures, key=_order) for name, figures in FIGURES.items()}
    assert {name: sorted(figures, key=_order) for name, figures in found.items()} == expected


@for_each("path", FILES)
def test_no_benchmark_id_stands_twice_in_a_file(path: Path) -> None:
    ids = [benchmark["id"] for benchmark in _load(path)]
    assert len(ids) == len(set(ids))


@for_each("name, benchmark", BENCHMARKS)
def test_benchmark_head(name: str, benchmark: dict[str, Any]) -> None:
    assert set(benchmark) == HEAD_KEYS, name
    assert benchmark["kind"] in KINDS
    assert benchmark["level"] in LEVELS
    assert benchmark["comparison"] in {">=", "<="}
    assert benchmark["definition"] in {"nationality", "foreign_degree", "sgu", "-"}
    assert benchmark["counting"] in {"full", "fractional", "-"}
    assert benchmark["authority"] in {"ministry", "labour_ministry", "government", "association", "ours"}
    assert benchmark["unit"] in {"percent", "people", "items", "yen_per_hour"}
    assert _is_bilingual(benchmark["label"])
    assert _is_bilingual(benchmark["population"])
    assert benchmark["scope"] is None or _is_bilingual(benchmark["scope"])
    assert benchmark["entries"]
    marks = [(str(entry["from"]), str(entry.get("centre"))) for entry in benchmark["entries"]]
    assert len(marks) == len(set(marks)), "one entry for each date (and centre)"
    assert [mark[0] for mark in marks] == sorted(mark[0] for mark in marks)


@for_each("benchmark, entry", ENTRIES)
def test_entry_rests_on_a_source_that_was_seen(benchmark: dict[str, Any], entry: dict[str, Any]) -> None:
    source = BY_KEY[entry["source"]]
    assert source["seen"] != "unseen"
    assert entry["seen"] == source["seen"]


@for_each("benchmark, entry", ENTRIES)
def test_entry_dates(benchmark: dict[str, Any], entry: dict[str, Any]) -> None:
    start = _day(entry["from"])
    assert _day(entry["last_confirmed"]) >= start
    assert entry["until"] is None or _day(entry["until"]) >= _day(entry["last_confirmed"])


@for_each("benchmark, entry", ENTRIES)
def test_entry_states_one_figure_range_or_wording(benchmark: dict[str, Any], entry: dict[str, Any]) -> None:
    optional = set(entry) - ENTRY_KEYS
    assert set(entry) >= ENTRY_KEYS
    observed = {"centre", "mean_of", "whole"} if benchmark["kind"] == "observed" else set()
    allowed = observed | ({"call"} if benchmark["id"] == "wpi_requirement" else set())
    assert optional - allowed in ({"value"}, {"low", "high"}, {"value", "words"})
    if "low" in entry:
        assert _is_decimal_text(entry["low"])
        assert _is_decimal_text(entry["high"])
        assert Decimal(entry["low"]) < Decimal(entry["high"])
    elif "words" in entry:
        assert entry["value"] is None
        assert _is_bilingual(entry["words"])
    else:
        assert _is_decimal_text(entry["value"])
        assert benchmark["unit"] != "percent" or Decimal(entry["value"]) <= 100
    if benchmark["kind"] == "observed":
        assert _is_bilingual(entry["centre"])
        assert entry.get("mean_of", 2) >= 2


@for_each("benchmark, entry", ENTRIES)
def test_entry_says_in_both_languages_what_it_is(benchmark: dict[str, Any], entry: dict[str, Any]) -> None:
    assert _is_bilingual(entry["why"])
    assert entry["why"]["ja"].endswith("。")
    assert entry["why"]["en"].endswith(".")
    assert not re.search(r"\b(error|invalid|illegal)\b", entry["why"]["en"], re.IGNORECASE)
    assert re.search(r"[ぁ-ん]", entry["why"]["ja"])
    assert not re.search(r"[ぁ-んァ-ン一-龥]", entry["why"]["en"])


def test_the_centre_requirement_is_dated_by_call() -> None:
    [requirement] = [b for n, b in BENCHMARKS if n == "foreign_researcher_share" and b["kind"] == "requirement"]
    calls = [_day(entry["from"]) for entry in requirement["entries"]]
    assert calls == [date(year, 4, 1) for year in (2007, 2010, 2012, 2017)]
    assert all(entry["last_confirmed"] == entry["from"] for entry in requirement["entries"])
    assert [entry["seen"] for entry in requirement["entries"]].count("primary") == 1


@for_each("benchmark, entry", ENTRIES)
def test_every_entry_of_a_call_names_a_call_there_was_and_dates_from_its_year(
    benchmark: dict[str, Any], entry: dict[str, Any]
) -> None:
    assert ("call" in entry) == (benchmark["id"] == "wpi_requirement")
    if "call" in entry:
        year, types = entry["call"]["year"], entry["call"]["types"]
        assert set(entry["call"]) == {"year", "types"} and types
        assert _day(entry["from"]) == date(year, 4, 1)
        assert set(types) & set(load_centres().types_of(year)), "adopted centres"


def test_only_a_requirement_or_target_of_a_centre_or_institution_can_be_met() -> None:
    """National targets and sector targets must not read as verdicts on one university."""
    levels = {b["id"]: b["level"] for _, b in BENCHMARKS if b["kind"] in {"requirement", "target"}}
    assert {i for i, level in levels.items() if level in {"centre", "institution"}} == {
        "wpi_requirement",
        "guideline",
    }


def test_the_wide_reading_and_faculty_never_stand_beside_the_requirement() -> None:
    for name, benchmark in BENCHMARKS:
        if benchmark["kind"] == "requirement" and name.startswith("foreign_"):
            assert benchmark["definition"] == "nationality"
            assert benchmark["population_key"] in {"researchers", "pis"}
    assert all(b["population_key"] == "faculty_national" for n, b in BENCHMARKS if n == "foreign_faculty_share")


def test_a_series_with_breaks_is_cut_at_each_break() -> None:
    """Definitions changed in FY2010 and FY2013, and FY2020 fell: no id may hold years from both sides."""
    breaks = (date(2010, 4, 1), date(2013, 4, 1), date(2020, 4, 1))
    for name, benchmark in BENCHMARKS:
        if name in {"outbound_long_rate", "inbound_long_rate", "short_mobility_rate"}:
            parts = {sum(_day(e["from"]) >= cut for cut in breaks) for e in benchmark["entries"]}
            assert len(parts) == 1, benchmark["id"]
