"""Five pillars: what was declared, the national series and the targets of each; and the national context."""

from typing import Any

import streamlit as st

from app.charts import context_charts, context_rows
from app.charts.national_lines import national_lines
from app.components import page_elements, session
from app.components.chart_section import chart
from app.components.session import Page
from indicators.comparison.declared_sums import declared_sums, rows_by_kind
from indicators.published import shipped
from schemas.dictionary.format_number import format_number

# pillar -> table of the form, column of its kind, code list of the kinds, column that is added up, unit
LISTS = {
    "outbound": ("outbound", "mode", "mobility_modes", "persons", "people"),
    "inbound": ("inbound", "mode", "inbound_modes", "persons", "people"),
    "joint_research": ("projects", "programme", "joint_programmes", None, "projects"),
    "joint_degrees": ("degrees", "kind", "degree_kinds", None, "programmes"),
}
TARGETS = {
    "outbound": ("advanced_sent_200", "saiko_sent_30000"),
    "inbound": ("wpi_foreign_30", "expertj_people"),
    "joint_research": ("advanced_papers_230", "wpi_coauthored_50"),
    "joint_degrees": ("jmirai_agreements",),
    "doctoral_support": ("saiko_doctorates_20000",),
}
SUPPORT = ("enrolled", "supported_any", "supported_180", "supported_240")


def declared(page: Page, pillar: str) -> None:
    """What this institution and all together declared, by kind."""
    table, kind, codes, amount, unit = LISTS[pillar]
    answers = session.store().answers_of_year(int(page.year or 0), table)
    rows = rows_by_kind(answers, table, kind, amount)
    labels = page.catalogue.dictionary.labels(codes)
    own = rows[rows["institution"] == page.institution].groupby("kind")["amount"].sum()
    found = [
        {
            "kind": labels[one.kind][page.language],
            "own": format_number(own.get(one.kind, 0), 0),
            "total": "x" if one.total is None else format_number(one.total, 0),
            "institutions": "<5" if 0 < one.institutions < 5 else str(one.institutions),
        }
        for one in declared_sums(rows, list(labels))
    ]
    show(page, found, f"pillar_{pillar}", unit)
    if table == "projects":
        money = rows_by_kind(answers, table, kind, "amount")
        mine = money[money["institution"] == page.institution].groupby("kind")["amount"].sum()
        sums = [
            {
                "kind": labels[one.kind][page.language],
                "own": format_number(mine.get(one.kind, 0), 0),
                "total": "x" if one.total is None else format_number(one.total, 0),
                "institutions": "<5" if 0 < one.institutions < 5 else str(one.institutions),
            }
            for one in declared_sums(money, list(labels))
        ]
        show(page, sums, "pillar_money", "thousand_yen")


def support(page: Page) -> None:
    """Doctoral students and those supported, of this institution and of all together."""
    answers = session.store().answers_of_year(int(page.year or 0), "doctoral")
    answers = answers[answers["field"].isin([f"doctoral.{name}" for name in SUPPORT])]
    rows = answers.assign(kind=answers["field"].str.split(".").str[1], amount=answers["normalised"])
    rows = rows[rows["amount"].fillna("").str.fullmatch(r"[0-9]+")].astype({"amount": "int64"})
    own = rows[rows["institution"] == page.institution].groupby("kind")["amount"].sum()
    fields = page.catalogue.dictionary.fields
    found = [
        {
            "kind": fields[f"doctoral.{one.kind}"].label[page.language],
            "own": format_number(own[one.kind], 0) if one.kind in own else "",
            "total": "x" if one.total is None else format_number(one.total, 0),
            "institutions": "<5" if 0 < one.institutions < 5 else str(one.institutions),
        }
        for one in declared_sums(rows, list(SUPPORT))
    ]
    show(page, found, "pillar_doctoral", "people")


def show(page: Page, rows: list[dict[str, str]], name: str, unit: str) -> None:
    """A table of kinds with the own number and the sum of all."""
    st.text(page.say("pillars.declared", unit=page.say(f"pillars.unit_{unit}")))
    columns = {key: page.say(f"pillars.column_{key}") for key in ("kind", "own", "total", "institutions")}
    page_elements.table(page, rows, name=name, columns=columns, numbers=("own", "total", "institutions"))


def targets(page: Page, pillar: str) -> None:
    """The national targets of a pillar with issuer, status and source."""
    known = shipped.national_targets()
    for name in TARGETS[pillar]:
        row = known.loc[name]
        said = page.say(f"pillars.target_{name}")
        source = f"{row['source_title']} ({row['source_publisher']}, {row['source_date']})"
        st.text(page.say("pillars.target", what=said, issuer=row["issuing_body"], source=source))


def series(page: Page, length: str) -> None:
    """Researchers received and sent, as the survey of the ministry counts them."""
    sentence = context_rows.exchange_sentence(length, page.language)
    chart(context_charts.exchange_chart(length, page.language, sentence), sentence)
    st.caption(page.say("pillars.exchange_note"))


def context(page: Page) -> None:
    """Articles by country with partners abroad, and how much of the most cited comes with partners."""
    names = context_rows.country_names(page.catalogue, page.language)
    shares = shipped.national_series("intl_coauthored_share_scopus")
    shares = shares[shares["country"].isin(list(names))]
    shares = shares.assign(name=shares["country"].map(names))
    last = shares[(shares["country"] == "JP")].iloc[-1]
    said = page.say("pillars.scopus_sentence", year=last["year"], value=format_number(last["value"]))
    title, under = page.say("pillars.scopus_title"), page.say("pillars.scopus_subtitle")
    chart(national_lines(shares, title, under, said), said)
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
    st.caption(page.say("pillars.original"))


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
st.text(page.say("pillars.intro"))
for pillar in (*LISTS, "doctoral_support"):
    st.subheader(page.say(f"pillars.{pillar}"))
    if page.year is None:
        st.info(page.say("empty.no_institutions"))
    elif pillar == "doctoral_support":
        support(page)
    else:
        declared(page, pillar)
    targets(page, pillar)
    if pillar in ("outbound", "inbound"):
        series(page, "long" if pillar == "outbound" else "short")
st.subheader(page.say("pillars.context"))
context(page)
page_elements.purpose(page)
