"""All institutions as a table by prefecture and founder; small counts hidden; not a ranking."""

import pandas as pd
import streamlit as st

from app import session
from app.definition_rows import is_marked, panel_by
from app.views import parts
from app.views.handbook_link import handbook_choice
from schemas.register import PREFECTURES

FOUNDERS = ("national", "public", "private")
SHOWN_FIRST = ("foreign_researcher_share", "english_admin_score", "intl_coauthored_share_full", "rollout_rate")

page = session.begin("view_ministry")
parts.heading(page, "ministry.title", own=False)
parts.purpose(page)
st.write(page.say("ministry.intro"))
every = page.panel()
if every.empty:
    st.info(page.say("empty.no_institutions"))
    st.stop()
founders = page.catalogue.dictionary.labels("founders")
left, middle, right = st.columns(3)
chosen = left.multiselect(
    page.say("ministry.indicator"),
    list(page.catalogue.indicators),
    default=[name for name in SHOWN_FIRST if name in page.catalogue.indicators],
    format_func=lambda name: page.catalogue.indicators[name].label[page.language],
    key="ministry_indicators",
)
of_founder = middle.multiselect(
    page.say("ministry.founder"),
    FOUNDERS,
    format_func=lambda code: founders[code][page.language],
    placeholder=page.say("app.all"),
    key="ministry_founder",
)
here = [name for name in PREFECTURES if name in set(every["prefecture"])]
of_prefecture = right.multiselect(
    page.say("ministry.prefecture"), here, placeholder=page.say("app.all"), key="ministry_prefecture"
)
level = st.segmented_control(
    page.say("ministry.level"),
    ["institution", "centre"],
    format_func=lambda name: page.say(f"level.{name}"),
    default="institution",
    key="ministry_level",
)
is_switched = any(page.catalogue.indicators[name].variants for name in chosen)
definition = parts.choose_definition(page) if is_switched else ""
values = panel_by(every[every["level"] == (level or "institution")], page.catalogue, definition)
if of_founder:
    values = values[values["founder"].isin(of_founder)]
if of_prefecture:
    values = values[values["prefecture"].isin(of_prefecture)]
if values.empty or not chosen:
    st.info(page.say("empty.no_match"))
    st.stop()
ordered = values.assign(
    _p=values["prefecture"].map({name: index for index, name in enumerate(PREFECTURES)}).fillna(99),
    _f=values["founder"].map({name: index for index, name in enumerate(FOUNDERS)}).fillna(9),
).sort_values(["_p", "_f", "institution"], kind="stable")
name = "name_en" if page.language == "en" else "name_ja"
status = session.store().submissions(year=page.year).set_index("institution")["status"]
rows = {}
# One row of each institution names it; of the others only those of chosen indicators are shown.
drawn = ordered[ordered["indicator"].isin(chosen) | ~ordered["institution"].duplicated()]
for row in drawn.to_dict("records"):
    record = rows.setdefault(
        row["institution"],
        {
            "prefecture": row["prefecture"],
            "founder": founders[row["founder"]][page.language] if row["founder"] in founders else "",
            "name": row[name],
            "submission": page.say(
                "ministry.with_errors" if status.get(row["institution"]) == "error" else "ministry.received"
            ),
        },
    )
    if row["indicator"] in chosen:
        plain = parts.number(row["value"]) or page.say(f"status.{row['status']}")
        mark = page.say("definition.short") if is_marked(row) else ""
        record[row["indicator"]] = "x" if row["hidden"] else f"{plain}{mark}"
for indicator in chosen:
    own = values[(values["indicator"] == indicator) & ~values["hidden"].astype(bool)]["value"].dropna()
    label = page.catalogue.indicators[indicator].label[page.language]
    if len(own) >= 5:
        lead = page.say("ministry.lead", n=len(rows), k=len(own), median=parts.number(float(own.median())))
        st.text(f"{label}：{lead}")
    else:
        st.text(f"{label}：{page.say('ministry.few')}")
columns = {
    "prefecture": page.say("ministry.prefecture"),
    "founder": page.say("ministry.founder"),
    "name": page.say("ministry.column_name"),
    "submission": page.say("ministry.column_status"),
    **{i: page.catalogue.indicators[i].label[page.language] for i in chosen},
}
shown = pd.DataFrame(list(rows.values())).reindex(columns=list(columns)).fillna("")
parts.table(page, shown, name="ministry", numbers=chosen, columns=columns, height=min(700, 80 + 35 * len(shown)))
if is_switched:
    st.caption(page.say("definition.depends_note"))
handbook_choice(page, chosen)
