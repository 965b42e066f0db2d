"""The value beside all other institutions, small counts hidden."""

import streamlit as st

from app.charts import captions, indicator_charts
from app.components import page_elements, session
from app.components.chart_section import chart
from app.components.handbook_link import handbook_link
from app.components.people.anonymous_peers import show_spread
from app.results.definitions_of_foreign import panel_by

page = session.begin("view_comparison")
page_elements.heading(page, "comparison.title")
session.require_results(page, page.board())
chosen = page_elements.choose_indicator(page)
levels = [level for level in page.catalogue.indicators[chosen].levels if level != "unit"]
level = page_elements.choose_level(page, levels, f"comparison_level_{chosen}")
definition = page_elements.choose_definition(page) if page.catalogue.indicators[chosen].variants else ""
every = panel_by(page.panel(own=True, indicators=[chosen]), page.catalogue, definition)
values = every[every["level"] == level]
indicator = page.catalogue.indicators[chosen]
own = str(page.institution)
if page.hides_peers:
    show_spread(page, values, indicator)
    handbook_link(page, "indicators", chosen)
    page_elements.purpose(page)
    st.stop()
chart(
    indicator_charts.among_institutions(values, own, indicator, page.language),
    captions.sentence_for_among_institutions(values, own, indicator, page.language),
)
st.caption(page.say("comparison.intro"))
name = "name_en" if page.language == "en" else "name_ja"
rows = [
    {
        "name": ("◇ " if row["institution"] == page.institution else "") + str(row[name]),
        "value": "x" if row["hidden"] else page_elements.number(row["value"]) or page.say(f"status.{row['status']}"),
        **{
            part: (int(row[part]) if row[part].isdecimal() else row[part])
            if isinstance(row[part], str) and row[part]
            else ("x" if row["hidden"] else "")
            for part in ("numerator", "denominator")
        },
    }
    for row in values.to_dict("records")
]
if not rows:
    st.info(page.say("empty.no_match"))
else:
    columns = {
        "name": page.say("ministry.column_name"),
        "value": page.say("indicator.value") + page_elements.bracket(page, page.say(f"chart.unit_{indicator.unit}")),
        "numerator": page.say("indicator.numerator"),
        "denominator": page.say("indicator.denominator"),
    }
    page_elements.table(
        page, rows, name=f"comparison_{chosen}", numbers=("value", "numerator", "denominator"), columns=columns
    )
handbook_link(page, "indicators", chosen)
page_elements.purpose(page)
