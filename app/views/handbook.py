"""Indicators and rules, generated from their declarations, with search."""

import streamlit as st

from app import session
from app.views import parts
from schemas.rule import load_rules

page = session.begin("view_handbook")
parts.heading(page, "handbook.title", own=False)
text = st.text_input(page.say("handbook.search"), key="handbook_search").strip().lower()
indicators, rules = st.tabs([page.say("handbook.indicators"), page.say("handbook.rules")])
with indicators:
    for indicator in page.catalogue.indicators.values():
        words = f"{indicator.id} {indicator.label[page.language]} {indicator.definition[page.language]}"
        if text and text not in words.lower():
            continue
        with st.expander(indicator.label[page.language] + parts.bracket(page, indicator.id)):
            st.write(indicator.definition[page.language])
            st.write(indicator.pitfalls[page.language])
            levels = "・".join(page.say(f"level.{level}") for level in indicator.levels)
            st.text(f"{page.say('handbook.levels')}：{levels}")
            if indicator.weight and indicator.weight_why:
                why = indicator.weight_why[page.language]
                st.text(page.say("handbook.weight", weight=indicator.weight, why=why))
            else:
                st.text(page.say("handbook.not_scored"))
            source = page.catalogue.sources[indicator.source]
            st.caption(f"{source.producer[page.language]}『{source.title[page.language]}』{source.published or ''}")
with rules:
    st.write(page.say("handbook.rules_intro"))
    rows = [
        {
            "rule": rule.id,
            "severity": page.say(f"severity.{rule.severity}"),
            "text": rule.text[page.language],
            "remedy": rule.remedy[page.language],
            "reason": rule.reason[page.language],
        }
        for rule in load_rules().values()
    ]
    rows = [row for row in rows if text in " ".join(row.values()).lower()]
    if rows:
        columns = {
            "rule": page.say("upload.column_rule"),
            "severity": page.say("upload.filter"),
            "text": page.say("handbook.column_text"),
            "remedy": page.say("upload.column_remedy"),
            "reason": page.say("handbook.column_reason"),
        }
        parts.table(page, rows, name="rules", columns=columns, legend=False, lines=3)
    else:
        st.info(page.say("empty.no_match"))
