"""Papers of the institution as imported from public data: partners, network, fields, very many authors."""

from typing import Any

import pandas as pd
import streamlit as st

from app.charts.captions import join_sentences
from app.charts.context_rows import country_names, flow_names
from app.charts.publications.network_chart import network_chart
from app.charts.publications.paper_rows import (
    COUNTRIES,
    MAP_YEARS,
    ORGANISATIONS,
    cut_off_rows,
    field_rows,
    partner_rows,
    partner_totals,
)
from app.charts.publications.partner_charts import partner_bars, partner_map
from app.charts.publications.share_charts import cut_off_lines, field_shares
from app.components import page_elements, session
from app.components.chart_section import chart
from app.components.handing_in.papers_beside import compared_papers, farthest_year, show_compared
from app.components.session import Page
from app.storage.database.imported_papers import imported_papers
from indicators.publications.imported_papers import ImportedPapers, computed_papers
from indicators.published import shipped
from schemas.dictionary.format_number import format_number
from schemas.reading.partner_counts import OWN as HOME

SHARES = ("international", "international_low", "international_high", "top10", "top10_low", "top10_high")


def twin(page: Page, rows: pd.DataFrame, name: str, columns: dict[str, str], numbers: tuple[str, ...]) -> None:
    """The table twin of a chart, folded away; ``columns``: field -> text key."""
    with st.expander(page.say("context.table")):
        headings = {field: page.say(f"papers.{key}") for field, key in columns.items()}
        shown = rows[list(columns)].astype(object)
        for field in columns:
            shown[field] = [_cell(value, is_share=field in (*SHARES, "every", "few")) for value in rows[field]]
        page_elements.table(page, shown, name=name, columns=headings, numbers=numbers, legend=False)


def _cell(value: Any, *, is_share: bool) -> str:
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return "－"
    return format_number(float(value), 1) if is_share else str(int(value))


def years_text(imported: ImportedPapers) -> str:
    """First and last year."""
    return f"{imported.first_year}–{imported.last_year}"


def show_partners(page: Page, imported: ImportedPapers) -> None:
    """Partner countries over the years, and on the map."""
    st.subheader(page.say("papers.partners"))
    rows = partner_rows(imported, country_names(page.catalogue, page.language))
    if rows.empty:
        st.text(page.say("papers.no_partners"))
        return
    first = list(dict.fromkeys(rows["country"]))[:COUNTRIES]
    top = rows[rows["country"].isin(first)]
    lead = top[top["country"] == first[0]]
    sentence = page.say(
        "papers.partners_sentence",
        name=lead["name"].iloc[0],
        papers=format_number(int(lead["papers"].sum()), 0),
        years=years_text(imported),
        first=format_number(int(lead["papers"].iloc[0]), 0),
        last=format_number(int(lead["papers"].iloc[-1]), 0),
    )
    subtitle = page.say("papers.partners_subtitle", years=years_text(imported))
    chart(partner_bars(top, title=page.say("papers.partners_title"), subtitle=subtitle, sentence=sentence), sentence)
    columns = {"name": "column_country", "year": "head_year", "papers": "column_joint"}
    twin(page, rows, "partner_countries", columns, ("papers",))
    show_map(page, imported)


def show_map(page: Page, imported: ImportedPapers) -> None:
    """Joint papers of the last years as lines on the map."""
    places = shipped.places()
    alpha3 = {row["alpha2"]: str(code) for code, row in places.to_dict("index").items()}
    rows = partner_totals(imported, alpha3)
    if rows.empty:
        return
    names = flow_names(page.catalogue, page.language)
    years = list(imported.years)[-MAP_YEARS:]
    span = f"{years[0]}–{years[-1]}"
    total = format_number(int(rows["papers"].sum()), 0)
    sentence = page.say("papers.map_sentence", years=span, countries=len(rows), papers=total)
    title = page.say("papers.map_title")
    subtitle = page.say("papers.map_subtitle", years=span)
    chart(partner_map(rows, places, names, title=title, subtitle=subtitle, sentence=sentence), sentence)
    shown = rows.assign(name=[names[code] for code in rows["country"]])
    twin(page, shown, "partner_map", {"name": "column_country", "papers": "column_joint"}, ("papers",))


def show_network(page: Page, imported: ImportedPapers) -> None:
    """The organisations with most joint papers, and how they write together."""
    st.subheader(page.say("papers.network"))
    every = imported.organisations
    if every.empty:
        st.text(page.say("papers.no_network"))
        return
    top = every.head(ORGANISATIONS)
    own = session.names(page.language).get(str(page.institution), str(page.institution))
    abroad = int((top["country"] != HOME).sum())
    lead = top.iloc[0]
    joint = format_number(int(lead["papers"]), 0)
    sentence = page.say("papers.network_sentence", name=lead["organisation"], papers=joint, n=len(top), abroad=abroad)
    drawing = network_chart(
        top,
        imported.links,
        own,
        home=HOME,
        title=page.say("papers.network_title"),
        subtitle=page.say("papers.network_subtitle", years=years_text(imported)),
        sentence=sentence,
        legend=(page.say("papers.at_home"), page.say("papers.abroad")),
    )
    chart(drawing, sentence)
    names = country_names(page.catalogue, page.language)
    shown = every.assign(name=[names.get(code, code) for code in every["country"]])
    columns = {"organisation": "column_organisation", "name": "column_country", "papers": "column_joint"}
    twin(page, shown, "partner_organisations", columns, ("papers",))


def show_fields(page: Page, imported: ImportedPapers) -> None:
    """International share and top-10 % share by field."""
    st.subheader(page.say("papers.fields"))
    rows = field_rows(imported, {code: text[page.language] for code, text in _field_labels(page).items()})
    if rows.empty:
        st.text(page.say("papers.no_fields"))
        return
    best = rows.sort_values("international", ascending=False).iloc[0]
    share = format_number(float(best["international"]), 1)
    papers = format_number(int(best["papers"]), 0)
    sentence = page.say("papers.fields_sentence", name=best["name"], share=share, papers=papers)
    drawing = field_shares(
        rows,
        title=page.say("papers.fields_title"),
        subtitle=page.say("papers.fields_subtitle", years=years_text(imported)),
        sentence=sentence,
        heads=(page.say("papers.head_share_international"), page.say("papers.head_share_top10")),
    )
    chart(drawing, sentence)
    columns = {"name": "column_field", "papers": "column_papers", "international": "head_share_international"}
    columns |= {"international_low": "head_low", "international_high": "head_high", "top10": "head_share_top10"}
    columns |= {"top10_low": "head_top10_low", "top10_high": "head_top10_high"}
    twin(page, rows, "papers_by_field", columns, tuple(columns)[1:])
    st.caption(page.say("papers.fields_note"))


def _field_labels(page: Page) -> Any:
    return page.catalogue.dictionary.labels("field_groups")


def show_cut_off(page: Page, imported: ImportedPapers) -> None:
    """What papers of more than 100 authors do to the international share."""
    st.subheader(page.say("papers.cut_off"))
    rows = cut_off_rows(imported)
    known = rows.dropna(subset=["every", "few"])
    if known.empty:
        st.text(page.say("papers.no_papers"))
        return
    last = known.iloc[-1]
    sentence = page.say(
        "papers.cut_off_sentence",
        year=int(last["year"]),
        every=format_number(float(last["every"]), 1),
        few=format_number(float(last["few"]), 1),
        points=format_number(float(last["every"] - last["few"]), 1),
        many=format_number(int(last["papers"] - last["up_to_100_authors"]), 0),
    )
    drawing = cut_off_lines(
        rows,
        title=page.say("papers.cut_off_title"),
        subtitle=page.say("papers.cut_off_subtitle", years=years_text(imported)),
        sentence=sentence,
        names=(page.say("papers.every_paper"), page.say("papers.few_authors")),
        axis=page.say("papers.head_share_international"),
    )
    chart(drawing, sentence)
    columns = {"year": "head_year", "papers": "column_papers", "every": "head_every", "few": "head_few"}
    twin(page, rows, "papers_cut_off", columns, ("papers", "every", "few"))


def first_line(page: Page, imported: ImportedPapers, compared: pd.DataFrame | None) -> str:
    """How many papers there are and how many of them international, and where what was declared differs most.

    ``compared``: declared and computed papers by year, where there are both.
    """
    total = imported.by_year()[["papers", "international"]].sum()
    if not total["papers"]:
        return page.say("papers.no_papers")
    counts = {str(name): format_number(int(count), 0) for name, count in total.items()}
    share = format_number(100 * float(total["international"]) / float(total["papers"]), 1)
    said = [page.say("papers.lead", years=years_text(imported), share=share, **counts)]
    if compared is not None and (far := farthest_year(page, compared)):
        said.append(far)
    return join_sentences(said, page.language)


page = session.begin("view_own")
page_elements.heading(page, "papers.title")
found = imported_papers(session.store().engine, page.institution) if page.institution else None
if found is None:
    st.info(page.say("papers.empty"))
    st.code(page.say("papers.empty_commands"), language=None)
    st.stop()
assert found is not None
computed = computed_papers(found)
kept = session.store().submission_of_record(str(page.institution), page.year) if page.year else None
compared = None if kept is None else compared_papers(found.institution, kept)
st.text(first_line(page, found, None if compared is None else compared[0]))
st.caption(page.say("papers.intro", label="" if computed is None else computed.label[page.language]))
st.caption(page.say("papers.access"))
if kept is not None and compared is not None:
    show_compared(page, kept, *compared)
show_partners(page, found)
show_network(page, found)
show_fields(page, found)
show_cut_off(page, found)
page_elements.purpose(page)
