"""Five pillars: what was declared, the national series and the targets of each; and the national context."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.access import EDITOR, HOLDS_COUNTS, sees_small_counts
from app.charts import context_rows
from app.charts.flow_map import flow_map
from app.charts.nation.declared_bars import declared_bars
from app.charts.nation.exchange_by_length import exchange_by_length, exchange_sentence
from app.charts.national_lines import national_lines
from app.charts.own_target_rows import own_target_rows
from app.charts.publications import top10_chart
from app.components import page_elements, session
from app.components.chart_section import Twin, chart
from app.components.handing_in.round_place import show_population
from app.components.session import Page
from app.results.declared_sums import DeclaredSum, declared_sums, hidden_in_panel
from app.results.nation.national_declarations import (
    DOCTORAL,
    LISTS,
    PILLARS,
    SUPPORT,
    hidden_from,
    money_of,
    national_declarations,
)
from indicators.published import shipped
from schemas.dictionary.format_number import format_number

CODES = {  # the code list of the kinds of a pillar, and the unit of what is added up
    "outbound": ("mobility_modes", "people"),
    "inbound": ("inbound_modes", "people"),
    "joint_research": ("joint_programmes", "projects"),
    "joint_degrees": ("degree_kinds", "programmes"),
}
DRAWN = {"outbound": ("transfer", "fellowship"), "inbound": ("employed", "fellowship")}  # kinds set against each other
TARGETS = {
    "outbound": ("advanced_sent_200", "saiko_sent_30000"),
    "inbound": ("wpi_foreign_30", "expertj_people"),
    "joint_research": ("advanced_papers_230", "wpi_coauthored_50"),
    "joint_degrees": ("jmirai_agreements",),
    "doctoral_support": ("saiko_doctorates_20000",),
}
OWN_PILLAR = {"outbound": "mobility", "inbound": "mobility"}  # pillars of the catalogue, where the name differs
BUDGETS = (
    "budget_aspire",
    "budget_sicorp",
    "budget_amed_international",
    "budget_kakenhi",
    "budget_international_science",
)
PERIOD = re.compile(r"FY(\d{4}) ?(initial|request|draft|second supplementary)?")


def seen_whole(page: Page, rows: pd.DataFrame) -> list[str]:
    """The institutions whose small counts the reader holds anyway."""
    return [code for code in rows["institution"].unique() if sees_small_counts(page.actor, str(code), None)]


Declared = tuple[pd.DataFrame, list[DeclaredSum]]  # rows by institution and kind, and the sums that may be told


@st.cache_data(show_spinner=False, max_entries=64)
def cached_declarations(location: str, mark: str, sees: str, year: int, pillar: str, _page: Page) -> list[Declared]:
    """What all declared of a pillar, as a role sees it, and of projects the money as well; nothing where nobody did."""
    rows = national_declarations(session.open_store(location), year, pillar)
    if rows.empty:
        return []
    hidden = hidden_from(rows, seen_whole(_page, rows))
    if pillar == DOCTORAL:
        return [(rows, list(declared_sums(rows, SUPPORT, hidden)))]
    listed, labels = LISTS[pillar], list(_page.catalogue.dictionary.labels(CODES[pillar][0]))
    hidden |= hidden_in_panel(_page.panel(), _page.catalogue, listed.table, listed.kind)
    every = [rows, money_of(rows)] if listed.money else [rows]
    return [(one, list(declared_sums(one, labels, hidden))) for one in every]


def seen_as(page: Page) -> tuple[str, str, str, int]:
    """What declared sums depend on: the store, the results of the year, whose small counts are held, and the year."""
    actor = page.actor
    scope = "*" if actor.institutions is None else ",".join(sorted(actor.institutions))
    sees = f"{actor.role} {scope}" if actor.role in HOLDS_COUNTS else EDITOR
    return session.location(), session.digest(page.year), sees, int(page.year or 0)


def show_declarations(page: Page, pillar: str) -> None:
    """What this institution and all together declared, by kind, and of projects the money too."""
    codes, unit = CODES[pillar]
    found = cached_declarations(*seen_as(page), pillar, page)
    if not found:
        st.info(page.say("pillars.nobody"))
        return
    labels = {code: text[page.language] for code, text in page.catalogue.dictionary.labels(codes).items()}
    rows, sums = found[0]
    if pillar in DRAWN:
        sentence = contrast(page, pillar, sums, labels)
        chart(declared_bars(sums, labels, DRAWN[pillar], page.language, sentence), sentence)
    show(page, sums, rows, labels, f"pillar_{pillar}", unit)
    for money, sums_of_money in found[1:]:
        show(page, sums_of_money, money, labels, "pillar_money", "thousand_yen")


def contrast(page: Page, pillar: str, sums: Iterable[DeclaredSum], labels: Mapping[str, str]) -> str:
    """The two kinds that the strategy sets against each other, in one sentence; which of them may not be told."""
    told = {one.kind: "" if one.total is None else format_number(one.total, 0) for one in sums}
    first, second = DRAWN[pillar]
    if told[first] and told[second]:
        return page.say(f"pillars.contrast_{pillar}", first=told[first], second=told[second])
    withheld = page.say("pillars.contrast_and").join(labels[kind] for kind in DRAWN[pillar] if not told[kind])
    shown = [page.say("pillars.contrast_one", kind=labels[kind], n=told[kind]) for kind in DRAWN[pillar] if told[kind]]
    return page.say("pillars.contrast_withheld", kinds=withheld, shown="".join(shown))


def support(page: Page) -> None:
    """Doctoral students and those supported, of this institution and of all together."""
    found = cached_declarations(*seen_as(page), DOCTORAL, page)
    if not found:
        st.info(page.say("pillars.nobody"))
        return
    (rows, sums), *_ = found
    fields = page.catalogue.dictionary.fields
    labels = {name: fields[f"doctoral.{name}"].label[page.language] for name in SUPPORT}
    show(page, sums, rows, labels, "pillar_doctoral", "people")


def show(
    page: Page, sums: Iterable[DeclaredSum], rows: pd.DataFrame, labels: Mapping[str, str], name: str, unit: str
) -> None:
    """A table of kinds with the own number, the sum of all, and how many are in it and left out."""
    st.text(page.say("pillars.declared", unit=page.say(f"pillars.unit_{unit}")))
    own = rows[rows["institution"] == page.institution].groupby("kind")["amount"].sum()
    found = [
        {
            "kind": labels[one.kind],
            "own": format_number(own[one.kind], 0) if one.kind in own else "－",
            "total": "x" if one.total is None else format_number(one.total, 0),
            "institutions": few(one.institutions),
            "left_out": few(one.left_out),
        }
        for one in sums
    ]
    keys = [key for key in found[0] if key != "own" or page.institution]
    columns = {key: page.say(f"pillars.column_{key}") for key in keys}
    page_elements.table(page, found, name=name, columns=columns, numbers=[key for key in keys if key != "kind"])


def few(count: int) -> str:
    """A number of institutions, 1 to 4 not told apart."""
    return "<5" if 0 < count < 5 else str(count)


def targets(page: Page, pillar: str) -> None:
    """The official targets of a pillar with issuer, status and source, then those that the institution set itself."""
    known = shipped.national_targets()
    for name in TARGETS[pillar]:
        row = known.loc[name]
        said = page.say(f"pillars.target_{name}")
        comma = page.say("chart.list_comma")
        by = comma.join(str(row[name]) for name in ("source_publisher", "source_date"))
        issuer = str(row["issuing_body"]).replace("; ", comma)
        source = row["source_title"] + page_elements.bracket(page, by)
        st.text(page.say("pillars.target", what=said, issuer=issuer, source=source))
    board = page.board() if page.institution else None
    mine = [] if board is None else board.scoreboard["own_targets"]
    indicators = page.catalogue.indicators
    wanted = OWN_PILLAR.get(pillar, pillar)
    chosen = [
        one
        for one in mine
        if indicators[one["indicator"]].pillar == wanted
        and (wanted == pillar or not one["indicator"].startswith(("inbound", "outbound")) or pillar in one["indicator"])
    ]
    for one in own_target_rows(chosen, page.catalogue, page.language):
        st.text(f"{one['indicator']}  {page.say('own_target.sentence', **one)}")


def kept_drawing(page: Page, name: str, make: Callable[[], Any]) -> Any:
    """The drawing of a published series, made once a language: what is published changes with the program alone."""
    return _kept_drawing(name, page.language, page.catalogue.hash, make)


@st.cache_resource(show_spinner=False, max_entries=16)
def _kept_drawing(name: str, language: str, mark: str, _make: Callable[[], Any]) -> Any:
    return _make()


def series(page: Page, pillar: str) -> None:
    """The national series of a pillar, as far as one is open."""
    if pillar in ("outbound", "inbound"):
        sentence = exchange_sentence(pillar, page.language)
        lengths = {name: page.say(f"context.series_{name}") for name in (f"{pillar}_long", f"{pillar}_short")}
        rows = pd.concat([shipped.exchange_series(name).assign(series=word) for name, word in lengths.items()])
        columns = {"series": page.say("context.column_figure"), "year": page.say("context.column_fiscal_year")}
        columns["value"] = page.say("context.column_value")
        twin = Twin(f"exchange_{pillar}", _years_as_text(rows), columns, ("value",))
        chart(
            kept_drawing(page, f"exchange_{pillar}", lambda: exchange_by_length(pillar, page.language, sentence)),
            sentence,
            twin,
        )
        st.caption(context_rows.source_line(page.catalogue, list(dict.fromkeys(rows["source"])), page.language))
        st.caption(page.say("pillars.exchange_note"))
    elif pillar == "joint_research":
        budgets(page)
    elif pillar == "joint_degrees":
        majors = shipped.joint_degree_majors()
        n, universities = len(majors.drop_duplicates(["school_code", "major"])), majors["school_code"].nunique()
        st.text(page.say("pillars.majors", n=n, universities=universities))
        licence = shipped.licences()["jp_joint_degree_majors.csv"]
        st.caption(f"{licence.credit[page.language]} {licence.note[page.language]}")
    else:
        st.caption(page.say("pillars.no_series"))


def _years_as_text(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(year=rows["year"].astype(int).astype(str))


def budgets(page: Page) -> None:
    """Budgets of the programmes of joint research as the documents print them, requests told from initial budgets."""
    found = []
    for name in BUDGETS:
        rows = shipped.national_rows(name)
        found += [
            {
                "programme": page.say(f"pillars.{name}"),
                "when": when(page, row["period"]),
                "agency": row["agency"].replace("+", "・"),
                "amount": format_number(float(row["value"]), 0),
                "source": f"{row['source_publisher']} {row['source_title']}",
            }
            for row in rows.to_dict("records")
        ]
    st.text(page.say("pillars.budgets"))
    columns = {key: page.say(f"pillars.budget_{key}") for key in found[0]}
    page_elements.table(page, found, name="pillar_budgets", columns=columns, numbers=("amount",), legend=False)


def when(page: Page, period: str) -> str:
    """The fiscal year of a budget and whether it is an initial one, a request, a draft or supplementary."""
    parts = [
        page.say(f"pillars.when_{(kind or 'whole').replace(' ', '_')}", year=year)
        for year, kind in PERIOD.findall(period)
    ]
    return page.say("pillars.when_and").join(parts)


def articles(page: Page, names: dict[str, str]) -> None:
    """Domestic and internationally co-authored articles of eight countries, of one database."""
    parts = {"domestic": "articles_domestic_only", "international": "articles_international"}
    rows = pd.concat([shipped.national_series(name).assign(part=part) for part, name in parts.items()])
    rows = rows[rows["country"].isin(list(names))]
    own = rows[rows["country"] == "JP"].set_index(["part", "year"])["value"]
    years = sorted(rows["year"].unique())
    said = {
        f"{part}_{position}": format_number(own[part, year], 0)
        for part in parts
        for position, year in (("first", years[0]), ("last", years[-1]))
    }
    sentence = page.say("pillars.articles_sentence", first=years[0], last=years[-1], **said)
    words = (page.say("pillars.articles_title"), page.say("pillars.articles_subtitle"))
    wide = rows.pivot_table("value", ["country", "year"], "part").reset_index()
    columns = {"name": page.say("context.column_country"), "year": page.say("context.column_year")}
    columns |= {part: page.say(f"pillars.column_{part}") for part in parts}
    wide = wide.assign(name=wide["country"].map(names)).astype(dict.fromkeys(parts, int))
    twin = Twin("articles", _years_as_text(wide), columns, tuple(parts))
    drawing = kept_drawing(
        page,
        "articles",
        lambda: top10_chart.lines_by_part(rows, names, words, page.language, sentence, "independent"),
    )
    chart(drawing, sentence, twin)
    credit(page, rows.iloc[-1])
    st.caption(page.say("pillars.original"))


def flows(page: Page) -> None:
    """The map of flows with the ministry's period and threshold."""
    period, threshold = shipped.MINISTRY_PERIOD, shipped.MINISTRY_THRESHOLD
    pairs, names = shipped.flow_pairs(period, threshold), context_rows.flow_names(page.catalogue, page.language)
    sentence = context_rows.flow_sentence(pairs, names, period, threshold, page.language)
    title = page.say("context.flow_title", period=period.replace("-", "–"))
    subtitle = page.say("context.flow_subtitle", threshold=f"{threshold:,}", n=len(pairs))
    figures = ("there", "back", "total")
    columns = {field: page.say(f"context.flow_column_{field}") for field in ("first", "second", *figures)}
    twin = Twin("flows", context_rows.flow_rows(pairs, names), columns, figures)
    drawing = kept_drawing(
        page,
        "flows",
        lambda: flow_map(pairs, shipped.places(), names, title=title, subtitle=subtitle, sentence=sentence),
    )
    chart(drawing, sentence, twin)
    for file in ("researcher_flows.csv", "places.csv"):
        st.caption(shipped.licences()[file].credit[page.language])
    st.caption(page.say("context.flow_note"))


def context(page: Page) -> None:
    """Articles by country with partners abroad, how much of the most cited comes with partners, and flows."""
    names = context_rows.country_names(page.catalogue, page.language)
    articles(page, names)
    shares = shipped.national_series("intl_coauthored_share_scopus")
    shares = shares[shares["country"].isin(list(names))]
    shares = shares.assign(name=shares["country"].map(names))
    last = shares[(shares["country"] == "JP")].iloc[-1]
    said = page.say("pillars.scopus_sentence", year=last["year"], value=format_number(last["value"]))
    title, under = page.say("pillars.scopus_title"), page.say("pillars.scopus_subtitle")
    columns = {"name": page.say("context.column_country"), "year": page.say("context.column_year")}
    shown = _years_as_text(shares.assign(value=[format_number(value) for value in shares["value"]]))
    twin = Twin("coauthored_share", shown, {**columns, "value": page.say("context.column_share")}, ("value",))
    chart(kept_drawing(page, "coauthored_share", lambda: national_lines(shares, title, under, said)), said, twin)
    credit(page, last)
    rows: list[dict[str, Any]] = []
    for way in ("whole", "fractional"):
        found = shipped.national_series("top1_share_of_output", way)
        newest = found[found["year"] == found["year"].max()]
        rows += [
            {"country": c, "way": way, "value": v, "year": y} for c, v, y in newest[["country", "value", "year"]].values
        ]
    ways = {(row["country"], row["way"]): row for row in rows}
    table = [
        {
            "country": names[code],
            "whole": format_number(ways[code, "whole"]["value"]),
            "fractional": format_number(ways[code, "fractional"]["value"]),
            "difference": format_number(ways[code, "whole"]["value"] - ways[code, "fractional"]["value"]),
        }
        for code in dict.fromkeys(row["country"] for row in rows)
        if code in names and (code, "whole") in ways and (code, "fractional") in ways
    ]
    st.text(page.say("pillars.top1", year=max(row["year"] for row in rows)))
    columns = {key: page.say(f"pillars.top1_{key}") for key in ("country", "whole", "fractional", "difference")}
    page_elements.table(page, table, name="top1", columns=columns, numbers=("whole", "fractional", "difference"))
    credit(page, found.iloc[-1])
    st.caption(page.say("pillars.original_top1"))
    flows(page)


def credit(page: Page, row: Any) -> None:
    """Title, publisher, date and how a row of the national context was seen."""
    st.caption(
        page.say(
            "pillars.source", title=row["source_title"], publisher=row["source_publisher"], date=row["source_date"],
            seen=page.say(f"pillars.access_{row['access']}"),
        )
    )  # fmt: skip


page = session.begin("view_comparison")
page_elements.heading(page, "pillars.title", own=False)
show_population(page, page.panel()["institution"].nunique() if len(page.panel()) else 0)
st.caption(page.say("pillars.intro"))
for pillar in PILLARS:
    st.subheader(page.say(f"pillars.{pillar}"))
    if page.year is None:
        st.info(page.say("empty.no_institutions"))
    elif pillar == DOCTORAL:
        support(page)
    else:
        show_declarations(page, pillar)
    series(page, pillar)
    targets(page, pillar)
st.subheader(page.say("pillars.context"))
context(page)
page_elements.purpose(page)
