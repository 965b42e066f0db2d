"""The handbook: everything declared, with search over all chapters and an address for every entry."""

import streamlit as st

from app.access import may
from app.components import page_elements, session
from app.components.session import Page
from app.documents.handbook.build_handbook import CHAPTERS, handbook
from app.documents.handbook.chapter import Chapter, Section, search_sections
from app.documents.handbook.markdown_pages import facts_text, kept_effects, markup, table_text
from app.documents.handbook.screen_chapter import PICTURES
from app.edition import ROUND, catalogue
from app.storage.track_record import COUNTS, TrackRecord, track_records
from indicators.plausibility.plausibility_rules import all_rules

WHOLE = ("methods",)  # short enough to be read from top to bottom
TABLE_STYLE = "<style>[data-testid='stMarkdownContainer'] th { min-width: 4em; }</style>"
SHOWN_HITS = 30
WIDTHS = {"id": 160, "group": 110, "title": 200, "text": 420}
RECORDS_S = 60  # an explanation changes no mark of the store


@st.cache_data(show_spinner=False, max_entries=4)
def chapters_of(language: str, edition: str) -> tuple[Chapter, ...]:
    """The chapters in a language; ``edition`` is the catalogue's hash."""
    return handbook(catalogue(), all_rules(), language, ROUND, kept_effects())


def open_entry(chapter: str, entry: str) -> None:
    """Chooses an entry and ends the search."""
    st.session_state["section"], st.session_state["id"] = chapter, entry
    st.session_state["handbook_search"] = ""


def show_hits(page: Page, chapters: tuple[Chapter, ...], text: str) -> None:
    """The entries that contain the words searched for, each with a button that opens it."""
    hits = search_sections(chapters, text)
    if not hits:
        page_elements.plain_notice(page.say("book.no_hits", text=text))
        return
    st.text(page.say("book.hits", text=text, n=len(hits)))
    if len(hits) > SHOWN_HITS:
        st.caption(page.say("book.hits_first", n=SHOWN_HITS))
    for chapter, section in hits[:SHOWN_HITS]:
        st.button(
            markup(page.say("book.colon", name=chapter.title, value=heading(section))),
            key=f"hit_{chapter.id}_{section.id}",
            on_click=open_entry,
            args=(chapter.id, section.id),
            type="tertiary",
        )


def heading(section: Section) -> str:
    """Title of an entry, with its group in front where it has one."""
    return f"{section.group} › {section.title}" if section.group else section.title


def show_section(section: Section) -> None:
    """One entry: title, paragraphs, tables."""
    st.subheader(markup(section.title), anchor=False)
    if section.group:
        st.caption(markup(section.group))
    for paragraph in section.paragraphs:
        st.markdown(markup(paragraph))
    if section.picture and (PICTURES / section.picture).is_file():
        st.image(str(PICTURES / section.picture), caption=section.title, width="stretch")
    if section.facts:
        st.markdown(facts_text(section))
    for table in section.tables:
        if table.title != section.title:
            st.markdown(f"**{markup(table.title)}**")
        st.markdown(table_text(table))


@st.cache_data(show_spinner=False, max_entries=4, ttl=RECORDS_S)
def cached_records(location: str, mark: str) -> dict[str, TrackRecord]:
    """The track records of all rules in the store."""
    return track_records(session.open_store(location))


def show_track_record(page: Page, rule: str) -> None:
    """How often a rule fired, was mended and was explained, in the whole store."""
    if not may(page.actor, "view_comparison"):
        return
    record = cached_records(session.location(), session.stamp()).get(rule, TrackRecord(rule))
    counts = {name: f"{getattr(record, name):,}" for name in COUNTS}
    st.markdown(f"**{page.say('track.title')}**")
    st.text(page.say("track.told", **counts) if record.fired else page.say("track.never"))
    if record.is_for_regrading:
        st.info(page.say("track.regrading"))


def choose(page: Page, chapters: tuple[Chapter, ...]) -> tuple[Chapter, Section | None]:
    """The chapter and entry chosen or asked for by the address; an unknown entry is said to be one."""
    if st.session_state.get("section") not in CHAPTERS:
        st.session_state["section"] = CHAPTERS[0]
    titles = {chapter.id: chapter.title for chapter in chapters}
    name = st.radio(
        page.say("book.chapter"), CHAPTERS, format_func=lambda chosen: titles[chosen], key="section", horizontal=True
    )
    chapter = chapters[CHAPTERS.index(name)]
    asked = st.session_state.get("id")
    if asked and chapter.section(asked) is None:
        # Coming from another chapter the entry simply does not belong here; only an address can ask for it.
        if st.session_state.get("handbook_chapter", name) == name:
            page_elements.plain_notice(page.say("book.no_entry", id=asked))
        st.session_state["id"] = None
    st.session_state["handbook_chapter"] = name
    entry = st.selectbox(
        page.say("book.entry"),
        [section.id for section in chapter.sections],
        index=None,
        format_func=lambda chosen: heading(chapter.section(chosen) or Section(chosen, chosen)),
        placeholder=page.say("book.overview"),
        key="id",
    )
    return chapter, chapter.section(entry) if entry else None


def show_overview(page: Page, chapter: Chapter) -> None:
    """All entries of a chapter: in full where it is short, else as a table."""
    for line in chapter.intro:
        st.markdown(markup(line))
    if chapter.id in WHOLE:
        for section in chapter.sections:
            show_section(section)
        return
    if chapter.id == "burden":
        show_section(chapter.sections[0])
    rows = [
        {"id": s.id, "group": s.group, "title": s.title, "text": next(iter((*s.paragraphs, *s.facts)), "")}
        for s in chapter.sections
    ]
    columns = {"id": page.say("book_label.id"), "group": page.say("book_label.group")}
    columns |= {"title": page.say("book_label.label"), "text": page.say("book_label.help")}
    shown = {key: label for key, label in columns.items() if key != "group" or any(row["group"] for row in rows)}
    page_elements.table(
        page, rows, name=f"handbook_{chapter.id}", columns=shown, legend=False, lines=3, height=600, widths=WIDTHS
    )


page = session.begin("view_handbook")
page_elements.heading(page, "book.title", own=False)
st.html(TABLE_STYLE)
st.markdown(page.say("book.intro"))
text = st.text_input(page.say("book.search"), key="handbook_search", help=page.say("book.search_help")).strip()
chapters = chapters_of(page.language, page.catalogue.hash)
if text:
    show_hits(page, chapters, text)
else:
    chapter, section = choose(page, chapters)
    session.remember()
    if section is not None:
        show_section(section)
        if chapter.id == "rules":
            show_track_record(page, section.id)
    else:
        show_overview(page, chapter)
