"""Last year's value beside this year's."""

import pandas as pd
import streamlit as st

from app import charts, sentences, session
from app.views import parts

page = session.begin("view_own")
parts.heading(page, "change.title")
board = page.board()
session.needed(page, board)
before = page.board((page.year or 0) - 1)
if before is None:
    st.info(page.say("empty.no_previous"))
    st.stop()
rows = []
for row in board.scoreboard["indicators"]:
    if row["level"] == "unit":
        continue
    last = before.indicator(row["id"], row["level"])
    moved = None if last is None or None in (row["value"], last["value"]) else row["value"] - last["value"]
    rows.append(
        {
            "id": row["id"],
            "level_id": row["level"],
            "indicator": page.catalogue.indicators[row["id"]].label[page.language],
            "level": page.say(f"level.{row['level']}"),
            "before": parts.value_text(page, last) if last else "",
            "now": parts.value_text(page, row),
            "change": "" if moved is None else ("+" if moved > 0 else "") + parts.number(moved),
        }
    )
chosen = parts.choose_indicator(page)
indicator = page.catalogue.indicators[chosen]
history = pd.DataFrame(
    [
        {"year": int(year), **{key: found[key] for key in ("level", "value")}, "interval": found["interval"]}
        for year, source in (((page.year or 0) - 1, before), (page.year or 0, board))
        for found in source.scoreboard["indicators"]
        if found["id"] == chosen and found["level"] != "unit"
    ]
)
parts.chart(
    charts.trend(history, indicator, page.language), sentences.sentence_for_trend(history, indicator, page.language)
)
names = {"indicator": "indicator.choose", "level": "comparison.level"}
columns = {key: page.say(text) for key, text in names.items()}
columns |= {key: page.say(f"change.column_{key}") for key in ("before", "now", "change")}
parts.table(page, rows, name="change", numbers=("before", "now", "change"), columns=columns)
