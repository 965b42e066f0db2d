"""What the page of national context says: sentences, table rows, credits, all from the figures that ship."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from app.charts.captions import join_sentences
from app.charts.chart_rows import line_shown
from app.texts import say
from indicators.catalogue.load_catalogue import Catalogue
from indicators.published.shipped import JAPAN, country_figures, exchange_series, flow_pairs, places
from schemas.dictionary.format_number import format_number

TOP10_FIGURES = ("rank_top10", "share_top10", "rank_top1", "rank_papers")
SERIES = (
    "inbound_long",
    "outbound_long",
    "inbound_short",
    "outbound_short",
    "inbound_over_year",
    "outbound_over_year",
    "inbound_total",
)
PROGRAMMES = ("satreps", "sicorp", "advanced", "jsps_joint", "leading_research")
NEWER_PROGRAMMES = ("wpi", "aspire")
DECK = "mext_brain_circulation_2022"
REQUEST, PREVIOUS, SUPPLEMENTARY = "FY2023 request", "previous year", "FY2021 supplementary"


def source_line(catalogue: Catalogue, keys: Iterable[str], language: str) -> str:
    """Sources in one line: producer, title, date, how it was seen."""
    return say("context.sources", language, sources=" / ".join(one_source(catalogue, key, language) for key in keys))


def one_source(catalogue: Catalogue, key: str, language: str) -> str:
    """One source as it is cited on the page."""
    source = catalogue.sources[key]
    dated = say("context.published_on", language, date=source.published) if source.published else ""
    seen = say("context.accessed", language, date=source.accessed) if source.accessed else ""
    return say(
        "context.source",
        language,
        producer=source.producer,
        title=source.title,
        published=dated + seen,
        seen=say(f"context.seen_{source.seen}", language),
    )


def country_names(catalogue: Catalogue, language: str) -> dict[str, str]:
    """ISO alpha-2 code -> name of a country or region."""
    return {code: label[language] for code, label in catalogue.dictionary.labels("countries").items()}


def flow_names(catalogue: Catalogue, language: str) -> dict[str, str]:
    """ISO alpha-3 code of the flows -> name of a country or region."""
    names = country_names(catalogue, language)
    return {str(alpha3): names[row["alpha2"]] for alpha3, row in places().to_dict("index").items()}


def coauthorship_years() -> list[str]:
    """Years with co-authorship rates, newest first."""
    return sorted(set(country_figures("intl_coauthored_share")["as_of"]), reverse=True)


def coauthorship_rows(catalogue: Catalogue, year: str, language: str) -> pd.DataFrame:
    """The rates of one year, highest first, with the country's name."""
    rows = country_figures("intl_coauthored_share")
    names = country_names(catalogue, language)
    rows = rows[rows["as_of"] == year].sort_values("value", ascending=False, ignore_index=True)
    return rows.assign(name=rows["country"].map(names))


def coauthorship_sentence(rows: pd.DataFrame, language: str) -> str:
    """Japan's rate, its place among the countries shown, and the highest."""
    own, top = rows[rows["country"] == "JP"].iloc[0], rows.iloc[0]
    return say(
        "context.coauthor_sentence",
        language,
        year=own["as_of"],
        value=line_shown(own["value"], "percent", language),
        n=len(rows),
        place=int((rows["value"] > own["value"]).sum()) + 1,
        top=top["name"],
        top_value=line_shown(top["value"], "percent", language),
    )


def top10_sentence(language: str) -> str:
    """Japan's rank by top 10 % papers over the years, each edition by itself."""
    ranks = country_figures("rank_top10")
    series = ranks[ranks["source"] == "sti_horizon_2022"].sort_values("as_of")
    last = ranks[ranks["counting"] == "fractional"].sort_values("as_of").iloc[-1]
    first, second = series.iloc[0], series.iloc[-1]
    return say(
        "context.top10_sentence",
        language,
        first=int(first["value"]),
        first_year=first["as_of"],
        second=int(second["value"]),
        second_year=second["as_of"],
        last=int(last["value"]),
        last_year=last["as_of"].replace("-", "–"),
    )


def figure_rows(
    catalogue: Catalogue, figures: pd.DataFrame, words: Mapping[str, str], language: str
) -> list[dict[str, Any]]:
    """Figures one a row with unit, counting, how they were obtained, and source; whole numbers stay whole."""
    return [
        {
            "as_of": row["as_of"].replace("-", "–"),
            "figure": words[row["indicator"]],
            "value": f"{row['value']:g}" if row["unit"] == "percent" else str(int(row["value"])),
            "unit": say(f"context.unit_{row['unit']}", language),
            "counting": say(f"context.counting_{'none' if row['counting'] == '-' else row['counting']}", language),
            "grade": say(f"context.grade_{row['grade']}", language),
            "source": one_source(catalogue, row["source"], language),
        }
        for row in figures.to_dict("records")
    ]


def top10_figures() -> pd.DataFrame:
    """Japan's ranks and share by top 10 % and top 1 % papers, in order of figure and date."""
    return pd.concat([country_figures(name).sort_values("as_of") for name in TOP10_FIGURES], ignore_index=True)


def exchange_figures() -> pd.DataFrame:
    """Every figure of researcher exchange, by series and year."""
    return pd.concat([country_figures(name).sort_values("as_of") for name in SERIES], ignore_index=True)


def exchange_sentence(length: str, language: str) -> str:
    """The newest figures found of stays of a ``length`` (``long``, ``short``), and for long ones the peak."""
    inbound, outbound = exchange_series(f"inbound_{length}"), exchange_series(f"outbound_{length}")
    newest_in, newest_out = inbound.iloc[-1], outbound.iloc[-1]
    peak = outbound.iloc[int(outbound["value"].argmax())]
    return say(
        "context.exchange_sentence" if length == "long" else "context.exchange_short_sentence",
        language,
        in_year=newest_in["year"],
        in_value=format_number(newest_in["value"], 0),
        out_year=newest_out["year"],
        out_value=format_number(newest_out["value"], 0),
        peak_year=peak["year"],
        peak_value=format_number(peak["value"], 0),
    )


def flow_sentence(pairs: pd.DataFrame, names: Mapping[str, str], period: str, threshold: int, language: str) -> str:
    """How many pairs reach the threshold, and which of them have Japan."""
    with_japan = pairs[pairs["has_japan"]]
    first = say(
        "context.flow_sentence",
        language,
        period=period.replace("-", "–"),
        threshold=f"{threshold:,}",
        n=len(pairs),
    )
    if pairs.empty:
        return join_sentences([first, say("context.flow_none", language)], language)
    if with_japan.empty:
        return join_sentences([first, say("context.flow_no_japan", language)], language)
    partners = say("chart.list_comma", language).join(
        say("context.flow_partner", language, name=names[row["second"]], total=f"{row['total']:,}")
        for row in with_japan.to_dict("records")
    )
    return join_sentences([first, say("context.flow_japan", language, k=len(with_japan), partners=partners)], language)


def flow_rows(pairs: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The pairs with names instead of codes; counts stay numbers."""
    return pairs.assign(first=pairs["first"].map(names), second=pairs["second"].map(names))


def japan_pairs(period: str) -> pd.DataFrame:
    """Every pair with Japan in a period, largest first."""
    every = flow_pairs(period, 0)
    return every[every["first"] == JAPAN].reset_index(drop=True)


def budget_rows(language: str) -> list[dict[str, str]]:
    """Programmes of joint research with what was requested for FY2023 and what they had before (million yen)."""
    figures = country_figures()
    figures = figures[figures["unit"] == "million_yen"]
    return [
        {
            "programme": say(f"context.programme_{name}", language),
            "proposer": say(f"context.proposer_{name}", language),
            "partner": say(f"context.partner_{name}", language),
            "request": _amounts(figures, name, REQUEST, language),
            "previous": _previous(figures, name, language),
        }
        for name in PROGRAMMES
    ]


def newer_budget_rows(language: str) -> list[dict[str, str]]:
    """Budgets of WPI and ASPIRE after the request of the deck: programme, year and kind, amount (million yen)."""
    figures = country_figures()
    figures = figures[(figures["unit"] == "million_yen") & (figures["source"] != DECK)]
    found = []
    for name in NEWER_PROGRAMMES:
        for when in dict.fromkeys(figures.loc[figures["indicator"] == f"budget_{name}", "as_of"]):
            found.append(
                {
                    "programme": say(f"context.programme_{name}", language),
                    "when": say(f"context.budget_when_{when.lower().replace(' ', '_')}", language),
                    "amount": _amounts(figures, name, when, language),
                }
            )
    return found


def budget_sentence(language: str) -> str:
    """What the amounts are, and what was new."""
    new = [row["programme"] for row in budget_rows(language) if row["previous"] == say("context.budget_new", language)]
    return say("context.budget_sentence", language, new=say("chart.list_comma", language).join(new))


def _previous(figures: pd.DataFrame, name: str, language: str) -> str:
    supplementary = _amounts(figures, name, SUPPLEMENTARY, language)
    if supplementary:
        return say("context.budget_supplementary", language, amount=supplementary)
    return _amounts(figures, name, PREVIOUS, language) or say("context.budget_new", language)


def _amounts(figures: pd.DataFrame, name: str, when: str, language: str) -> str:
    chosen = figures[
        figures["indicator"].isin([f"budget_{name}", f"budget_{name}_second"]) & (figures["as_of"] == when)
    ]
    amounts = [format_number(value, 0) for value in chosen.sort_values("indicator")["value"]]
    if len(amounts) < 2:
        return "".join(amounts)
    return say("context.budget_amounts", language, first=amounts[0], second=amounts[1])
