"""Two to ten institutions side by side on every indicator; small counts hidden; not a ranking."""

import pandas as pd
import streamlit as st

from app.charts.chart_rows import SHOWN_LEVELS, value_text
from app.charts.nation import nation_charts
from app.components import page_elements, session
from app.components.chart_section import chart
from app.components.handing_in.round_place import show_population
from app.results.definitions_of_foreign import panel_by

FEWEST, MOST = 2, 10

page = session.begin("view_ministry")
page_elements.heading(page, "side.title", own=False)
every = page.panel()
if every.empty:
    st.info(page.say("empty.no_institutions"))
    session.offer_page(page, "upload")
    st.stop()
name_column = "name_en" if page.language == "en" else "name_ja"
names = dict(zip(every["institution"], every[name_column].fillna(every["name_ja"]), strict=True))
chosen = st.multiselect(
    page.say("side.choose"),
    list(names),
    default=list(names)[:3],
    max_selections=MOST,
    format_func=lambda code: str(names[code]),
    key="side_institutions",
)
level = page_elements.choose_level(page, SHOWN_LEVELS, "side_level")
if len(chosen) < FEWEST:
    st.info(page.say("side.few"))
    st.stop()
values = panel_by(every[(every["level"] == level) & every["institution"].isin(chosen)], page.catalogue, "")
found = {(row["indicator"], row["institution"]): row for row in values.to_dict("records")}
rows, drawn = [], []
for indicator in page.catalogue.indicators.values():
    here = {code: found[indicator.id, code] for code in chosen if (indicator.id, code) in found}
    if not any(row["hidden"] or pd.notna(row["value"]) for row in here.values()):
        continue
    cells = {}
    for code, row in here.items():
        is_shown = not row["hidden"] and pd.notna(row["value"])
        cells[code] = "x" if row["hidden"] else page.say(f"status.{row['status']}")
        if is_shown:
            cells[code] = value_text(row["value"], indicator.unit, page.language)
        if is_shown and indicator.weight and indicator.unit in ("percent", "score"):
            label = indicator.label[page.language]
            drawn.append({"label": label, "name": names[code], "value": float(row["value"]), "shown": cells[code]})
    rows.append({"indicator": indicator.label[page.language], **{code: cells.get(code, "") for code in chosen}})
by_label = pd.DataFrame(drawn, columns=["label", "value"]).groupby("label", sort=False)["value"]
ranges = (by_label.max() - by_label.min())[by_label.size() > 1]
if len(ranges):
    label = str(ranges.idxmax())
    ends = sorted((row for row in drawn if row["label"] == label), key=lambda row: row["value"])
    words = {
        "low": ends[0]["shown"],
        "low_name": ends[0]["name"],
        "high": ends[-1]["shown"],
        "high_name": ends[-1]["name"],
    }
    sentence = page.say("side.sentence", n=len(chosen), k=len(ranges), label=label, **words)
    chart(nation_charts.side_by_side(pd.DataFrame(drawn), page.language, sentence), sentence)
if rows:
    columns = {"indicator": page.say("indicator.choose")} | {code: str(names[code]) for code in chosen}
    page_elements.table(page, rows, name="side_by_side", columns=columns, numbers=chosen, is_whole=True)
else:
    st.info(page.say("empty.no_match"))
st.caption(page.say("side.intro"))
show_population(page, every["institution"].nunique())
page_elements.purpose(page)
