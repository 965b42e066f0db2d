"""Invented papers of the invented universities, as if imported: near to what their forms declare, with partners."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pandas as pd

from app.demo.filled_forms import DEMO_YEARS, demo_issue
from app.demo.seeded_figures import dice
from indicators.publications.count_papers import MEASURES
from indicators.publications.imported_papers import ImportedPapers
from schemas.dictionary.dictionary import DataDictionary
from schemas.form.computed_papers import DEMO
from schemas.form.issue import Given
from schemas.register import Institution

# fmt: off
FIELDS = {
    "basic_life": 24, "clinical_medicine": 20, "physics": 14, "engineering": 13, "chemistry": 11, "materials": 9,
    "computing_mathematics": 9,
}
COUNTRIES = {
    "US": 30, "CN": 22, "GB": 12, "DE": 11, "KR": 8, "FR": 7, "AU": 6, "TW": 5, "CA": 4, "TH": 4, "IN": 3, "SE": 3,
}
# fmt: on
ORGANISATIONS = 15
SHARE_OF_JOINT = 9  # per cent of the international papers with the partner that comes first


def demo_papers(institution: Institution, dictionary: DataDictionary) -> ImportedPapers:
    """What an import would have found for the latest round, drawn anew for each invented university."""
    year = DEMO_YEARS[-1]
    answers = demo_issue(institution, year, dictionary).answers
    rng = dice(institution.code, "imported papers")
    counts, partners, joint = [], [], 0
    years = range(year - 5, year)
    for calendar_year in years:
        declared = [_whole(answers, name, calendar_year) for name in ("papers", "international")]
        papers = round(declared[0] * rng.uniform(0.96, 1.02))
        international = papers * declared[1] // declared[0] if declared[0] else 0
        joint += international
        by_field = _parted(papers, FIELDS)
        abroad = {field: n * international // papers if papers else 0 for field, n in by_field.items()}
        counts += [_count(calendar_year, field, by_field[field], abroad[field]) for field in FIELDS]
        spread = {code: round(100 * weight * rng.uniform(0.8, 1.25)) for code, weight in COUNTRIES.items()}
        found = _parted(international * 6 // 5, spread)
        partners += [{"year": calendar_year, "country": code, "papers": n} for code, n in found.items() if n]
    organisations = _organisations(joint)
    return ImportedPapers(
        institution.code, DEMO, date(year, 6, 1), "article_review_proceedings", years[0], years[-1],
        pd.DataFrame(counts), pd.DataFrame(partners, columns=["year", "country", "papers"]), organisations,
        _links(organisations),
    )  # fmt: skip


def _whole(answers: Mapping[tuple[str, str], Given], name: str, year: int) -> int:
    """Declared papers of a year, each counted whole: the fractional counts of the invented nation are halves."""
    value = answers.get((f"publications.{name}", str(year)))
    is_half = answers.get(("publication_basis.counting", "")) == "fractional"
    return int(value * 2 if is_half else value) if isinstance(value, int | Decimal) else 0


def _parted(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    """``amount`` in proportion to the weights; what rounding leaves goes to the first."""
    parts = {key: amount * weight // sum(weights.values()) for key, weight in weights.items()}
    first = next(iter(parts))
    return {**parts, first: parts[first] + amount - sum(parts.values())}


def _count(year: int, field: str, papers: int, international: int) -> dict[str, object]:
    """One row of counts; a part of the international papers in physics has very many authors."""
    many = international // 5 if field == "physics" else 0
    domestic = (papers - international) // 3
    top = (papers * 8 + 50) // 100
    top_abroad = min(top, (international * 13 + 50) // 100)
    whole = {
        **dict.fromkeys(MEASURES, 0),
        "papers": papers,
        "international": international,
        "domestic": domestic,
        "single": papers - international - domestic,
        "top10_known": papers,
        "top10_papers": top,
        "top10_international": top_abroad,
        "top10_domestic": (top - top_abroad) // 2,
        "top10_single": top - top_abroad - (top - top_abroad) // 2,
        "corresponding_known": international,
        "international_corresponding": international // 3,
        "up_to_100_authors": papers - many,
        "up_to_100_authors_international": international - many,
    }
    return {"year": year, "field_group": field, **whole, **{f"{name}_fractional": n / 2 for name, n in whole.items()}}


def _organisations(joint: int) -> pd.DataFrame:
    """Partner organisations with invented names, a third of them in Japan."""
    abroad = list(COUNTRIES)
    rows = [
        {
            "organisation": f"Demo University {n + 1:02d}",
            "country": "JP" if n % 3 == 2 else abroad[n % len(abroad)],
            "papers": joint * SHARE_OF_JOINT // (100 + 25 * n),
        }
        for n in range(ORGANISATIONS)
    ]
    kept = [row for row in rows if row["papers"]]
    return pd.DataFrame(kept, columns=["organisation", "country", "papers"])


def _links(organisations: pd.DataFrame) -> pd.DataFrame:
    """Some of each two partners' papers are joint."""
    rows = organisations.to_dict("records")
    pairs = [
        (one["organisation"], other["organisation"], min(one["papers"], other["papers"]) // 6)
        for n, one in enumerate(rows)
        for other in rows[n + 1 : n + 4]
    ]
    return pd.DataFrame([pair for pair in pairs if pair[2]], columns=["first", "second", "papers"])
