"""The value beside all other institutions, small counts hidden."""

import streamlit as st

from app import charts, sentences, session
from app.definition_rows import panel_by
from app.views import parts
from app.views.handbook_link import handbook_link

page = session.begin("view_comparison")
parts.heading(page, "comparison.title")
session.needed(page, page.board())
st.write(page.say("comparison.intro"))
chosen = parts.choose_indicator(page)
levels = [level for level in page.catalogue.indicators[chosen].levels if level != "unit"]
level = parts.choose_level(page, levels, f"comparison_level_{chosen}")
definition = parts.choose_definition(page) if page.catalogue.indicators[chosen].variants else ""
every = panel_by(page.panel(own=True), page.catalogue, definition)
values = every[(every["indicator"] == chosen) & (every["level"] == level)]
indicator = page.catalogue.indicators[chosen]
own = str(page.institution)
parts.chart(
    charts.among_institutions(values, own, indicator, page.language),
    sentences.sentence_for_among_institutions(values, own, indicator, page.language),
)
name = "name_en" if page.language == "en" else "name_ja"
rows = [
    {
        "name": ("◇ " if row["institution"] == page.institution else "") + str(row[name]),
        "value": "x" if row["hidden"] else parts.number(row["value"]) or page.say(f"status.{row['status']}"),
        **{part: row[part] if isinstance(row[part], str) else "" for part in ("numerator", "denominator")},
    }
    for row in values.to_dict("records")
]
if not rows:
    st.info(page.say("empty.no_match"))
else:
    columns = {
        "name": page.say("ministry.column_name"),
        "value": page.say("indicator.value")
        + parts.bracket(page, parts.UNITS[indicator.unit][page.language].strip() or "－"),
        "numerator": page.say("indicator.numerator"),
        "denominator": page.say("indicator.denominator"),
    }
    parts.table(page, rows, name=f"comparison_{chosen}", numbers=("value", "numerator", "denominator"), columns=columns)
handbook_link(page, "indicators", chosen)
parts.purpose(page)
