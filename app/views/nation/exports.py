"""Files to take away: every open file with what it holds, as of when, its columns, and how to cite it."""

import io
import zipfile
from datetime import date
from functools import partial

import pandas as pd
import streamlit as st

from app.components import page_elements, session
from app.components.people.logged_download import ZIP, open_download
from app.documents.export.data_package import export_files
from app.edition import catalogue, versions_of_software
from app.storage.versions import software

DESCRIPTOR = "datapackage.json"
ICON = ":material/download:"


@st.cache_data(show_spinner=False, max_entries=4)
def cached_files(catalogue_hash: str, language: str, day: date) -> dict[str, bytes]:
    """Name -> bytes of every open file."""
    return export_files(catalogue(), day, language)


def kind_of(name: str) -> str:
    """What a file is, by its name: the key of its description."""
    stem = name.split(".")[0]
    return "imeta" if stem.startswith("imeta") else stem


def pack(files: dict[str, bytes]) -> bytes:
    """All files as one archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


page = session.begin("view_handbook")
page_elements.heading(page, "exports.title", own=False)
today = date.today()
files = cached_files(catalogue().hash, page.language, today)
st.text(page.say("exports.lead", n=len(files), date=today.isoformat()))
st.caption(page.say("exports.intro"))
rows = []
for name, data in files.items():
    frame = pd.read_csv(io.BytesIO(data), encoding="utf-8-sig", dtype=str) if name.endswith(".csv") else None
    rows.append(
        {
            "file": name,
            "what": page.say(f"exports.what_{kind_of(name)}"),
            "rows": page.say("exports.no_table") if frame is None else f"{len(frame):,}",
            "columns": page.say("exports.no_table")
            if frame is None
            else page.say("chart.list_comma").join(frame.columns),
        }
    )
columns = {name: page.say(f"exports.column_{name}") for name in rows[0]}
page_elements.table(page, rows, name="exports", columns=columns, numbers=("rows",), legend=False)
open_download(page.say("exports.all"), partial(pack, files), "junkan_open_files.zip", mime=ZIP, key="exports_all")
slots = st.columns(3)
for position, (name, data) in enumerate(files.items()):
    with slots[position % len(slots)]:
        open_download(name, data, name, key=f"export_{name}", type="tertiary", icon=ICON)
st.subheader(page.say("exports.cite"))
versions = {"software": software(), "catalogue": str(versions_of_software().get("catalogue", catalogue().hash))}
st.text(page.say("exports.citation", file=DESCRIPTOR, date=today.isoformat(), **versions))
st.caption(page.say("exports.more"))
