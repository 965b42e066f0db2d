"""For those who recompute: what to download, how to cite it, the shapes of the files, commands and Python to copy."""

from importlib import resources

import streamlit as st

from app.components import page_elements, session
from app.components.handbook_link import handbook_link
from app.components.people.logged_download import open_download

SAMPLE = "templates/xlsx/sample-average.xlsx"
COMMANDS = {
    "validate": f"junkan validate {SAMPLE} --json findings.json --marked marked.xlsx",
    "score": f"junkan score {SAMPLE} --json score.json --csv values",
    "catalogue": "junkan catalogue list\njunkan catalogue show foreign_researcher_share --json",
    "export": "junkan catalogue export --out open_files",
    "composite": "junkan composite --data iData.csv --meta iMeta.csv --recipe recipe.yaml \\\n"
    "  --out composite --robustness 1000",
    "verify": f"junkan scorecard {SAMPLE} --format bundle --out bundles\njunkan verify bundles/*.zip",
}
PYTHON = f"""import pandas as pd
from pathlib import Path
from app.submission.process_workbook import process

result = process(Path("{SAMPLE}").read_bytes())
values = pd.DataFrame(result.header["score"]["scoreboards"][0]["indicators"])
print(values[["id", "level", "numerator", "denominator", "value", "score"]])
"""
SCHEMAS = {
    "findings": ("schemas.rules", "findings.schema.json"),
    "scoreboard": ("indicators.engine", "scoreboard.schema.json"),
}

page = session.begin("view_handbook")
page_elements.heading(page, "analyst.title", own=False)
st.write(page.say("analyst.intro"))
st.subheader(page.say("analyst.files"))
st.write(page.say("analyst.files_note"))
session.offer_page(page, "exports")
st.subheader(page.say("analyst.commands"))
st.caption(page.say("analyst.commands_note"))
for name, command in COMMANDS.items():
    st.text(page.say(f"analyst.do_{name}"))
    st.code(command, language=None)
st.subheader(page.say("analyst.python"))
st.text(page.say("analyst.python_note"))
st.code(PYTHON, language=None)
st.subheader(page.say("analyst.schemas"))
st.caption(page.say("analyst.schemas_note"))
for name, (package, file) in SCHEMAS.items():
    data = (resources.files(package) / file).read_bytes()
    words = f"{page.say(f'analyst.schema_{name}')}　{file}"
    open_download(words, data, file, mime="application/schema+json", key=f"schema_{name}")
handbook_link(page, "methods", "chance", page.say("analyst.methods"))
page_elements.purpose(page)
