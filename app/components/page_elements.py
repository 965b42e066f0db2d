"""Pieces that every page uses: frame, choices, demo mark, tables with download, legend of signs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from functools import lru_cache, partial
from html import escape
from numbers import Integral
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from app.charts.chart_rows import count_text
from app.charts.chart_rows import value_text as with_unit
from app.charts.page_script import page_script
from app.charts.theme import PAGE_CSS, PRINT_CSS, UPLOAD_CSS
from app.components import session
from app.components.people.logged_download import logged_download
from app.components.session import Page
from app.documents.export.safe_csv import csv_bytes
from app.results.definitions_of_foreign import definitions
from app.texts import say
from indicators.catalogue.declarations import Level
from schemas.dictionary.format_number import format_number

# The table's own CSV button would bypass ours, which guards against live formulas.
STYLE = f"""<style>{PAGE_CSS}{PRINT_CSS}
[data-testid="stVegaLiteChart"] {{ max-width: 100%; overflow-x: auto; }}
[data-testid="stElementToolbarButton"] button[aria-label*="CSV"] {{ display: none; }}
</style>"""
JAPAN = ZoneInfo("Asia/Tokyo")
LINE_HEIGHT = 21
SHORT_TABLE = 60  # rows that are drawn as a table of HTML, which prints and which a screen reader reads
SIDES_OF_CELL, NARROWEST, LONGEST_WORD, PAGE_WIDTH = 1.5, 3.0, 13.0, 64.0  # em
NAME_OF_ROW = 15.0  # em of a name of a row that stays on one line
WIDE, NARROW = 14, 7.8  # pixels of a sign of a table, Japanese or Latin
LONGEST_NAME, SHORT_WORDS = 590, 225  # pixels of the head of a row, and of words that are not cut on screen
BRIEF = 8  # signs of the head of a row, a year or a code, that is never broken
LONGEST_FIGURE = 8.7  # em; what is longer in a column of figures is words and may wrap
WIDE_SIGNS = 0x2000
WRAPPED = 66  # Streamlit breaks lines only in rows higher than 4 rem
LANGUAGE_NAMES = {"ja": "日本語", "en": "English"}


def frame(language: str) -> None:
    """Page language for assistive technology, and the few styles the theme lacks."""
    known = "en" if language == "en" else "ja"
    st.html(STYLE)
    st.html(f"<style>{UPLOAD_CSS % (say('upload.file', known), say('upload.limit', known))}</style>")
    script = page_script(known)
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def choices() -> None:
    """Institution, year and language above every page; the choice stays in the session and in the address."""
    language = st.session_state["lang"]
    actor = session.actor_now()
    known = {code: name for code, name in session.names(language).items() if actor.serves(code)}
    row = st.container(key="choices")  # named so that paper can leave it out
    left, middle, right = row.columns([5, 3, 2], vertical_alignment="bottom")
    right.segmented_control(
        say("app.language", language),
        list(LANGUAGE_NAMES),
        format_func=lambda code: LANGUAGE_NAMES[code],
        key="lang_choice",
        default=language,
        on_change=_switch_language,
    )
    if not known:
        # There is nothing to choose from, so each page says what to do first rather than that a choice is unknown.
        st.session_state["institution"] = None
        for key in ("institution", "year"):
            st.session_state.get("asked", {}).pop(key, None)
        return
    codes = list(known)
    is_unknown = session.refuse_unknown("institution", codes)
    if not is_unknown and st.session_state.get("institution") not in codes:
        st.session_state["institution"] = codes[0]
    searched = session.search_words(session.location(), session.stamp())
    left.selectbox(
        say("app.institution", language),
        codes,
        index=None if is_unknown else 0,
        # The field finds what its words hold: the code and short names stand beside the name.
        format_func=lambda code: "　".join([known[code], *searched.get(code, ())]),
        placeholder=say("unknown.choose", language),
        key="institution",
    )
    if is_unknown:
        # Pages over all institutions go on; which rounds there are is read from any of them.
        years = [str(year) for year in session.store().years(codes[0])]
        if str(st.session_state.get("year")) not in years:
            st.session_state["year"] = years[-1] if years else None
        return
    years = [str(year) for year in reversed(session.store().years(st.session_state["institution"]))]
    is_unknown = session.refuse_unknown("year", years)
    if years and not is_unknown and str(st.session_state.get("year")) not in years:
        st.session_state["year"] = years[0]
    if years:
        middle.selectbox(
            say("app.year", language),
            years,
            index=None if is_unknown else 0,
            format_func=lambda year: year_label(int(year), language),
            placeholder=say("unknown.choose", language),
            key="year",
        )


def _switch_language() -> None:
    chosen = st.session_state.get("lang_choice")
    if chosen in session.LANGUAGES:
        session.switch_language(chosen)


def year_label(year: int, language: str) -> str:
    """A round as people write it: 2026年度（令和8年度）."""
    return say("app.year_label", language, year=year, era=year - 2018)


def demo_mark(page: Page) -> None:
    """The demo mark on every page of a demo store."""
    if session.store().kind == "demo":
        st.warning(page.say("demo.banner"), icon=":material/science:")


def heading(page: Page, key: str, *, own: bool = True) -> None:
    """Title of a page, and whose page it is (names are drawn as plain text)."""
    st.title(page.say(key))
    if own and page.institution and page.year:
        name = session.names(page.language).get(page.institution, page.institution)
        st.text(f"{name}　{year_label(page.year, page.language)}　{page.say('app.as_of', year=page.year)}")


def choose_indicator(page: Page) -> str:
    """The indicator chosen on this page, kept in the address."""
    known = list(page.catalogue.indicators)
    is_unknown = session.refuse_unknown("indicator", known)
    if not is_unknown and st.session_state.get("indicator") not in known:
        st.session_state["indicator"] = known[0]
    chosen = st.selectbox(
        page.say("indicator.choose"),
        known,
        index=None if is_unknown else 0,
        format_func=lambda name: page.catalogue.indicators[name].label[page.language],
        placeholder=page.say("unknown.choose"),
        key="indicator",
    )
    session.remember()
    if chosen is None:
        session.show_unknown(page, "indicator")
        st.stop()
    return str(chosen)


def choose_definition(page: Page, options: Sequence[str] | None = None) -> str:
    """Who counts as foreign faculty, chosen here and kept in the address; the headline's until one is chosen."""
    known = list(options or definitions(page.catalogue))
    if st.session_state.get("definition") not in known:
        st.session_state["definition"] = known[0]
    chosen = st.segmented_control(
        page.say("definition.switch"),
        known,
        format_func=lambda name: page.say(f"definition.{name}"),
        key="definition",
        required=True,
    )
    session.remember()
    return str(chosen or known[0])


def choose_level(page: Page, levels: Sequence[Level], key: str) -> Level:
    """The level chosen among ``levels``; the first until one is chosen."""
    chosen: Level = st.segmented_control(
        page.say("comparison.level"),
        levels,
        format_func=lambda name: page.say(f"level.{name}"),
        default=levels[0],
        key=key,
        required=True,
    )
    return chosen


def table(
    page: Page,
    rows: pd.DataFrame | Sequence[Mapping[str, Any]],
    *,
    name: str,
    columns: Mapping[str, str],
    legend: bool = True,
    height: int | None = None,
    numbers: Sequence[str] = (),
    lines: int = 1,
    widths: Mapping[str, int] | None = None,
    is_whole: bool = False,
) -> None:
    """A table with its CSV download and the legend of signs.

    ``columns``: field -> heading; ``numbers``: fields that are set right, as figures are;
    ``lines``: how many lines of text a row has room for; ``widths``: fields with a fixed width in pixels;
    ``is_whole``: drawn to its end however long it is, with headings of several lines.
    """
    shown = pd.DataFrame(rows, columns=None if len(rows) else list(columns))[list(columns)]
    is_short = is_whole or len(shown) <= SHORT_TABLE
    if not is_short:
        first, given = next(iter(columns)), widths or {}
        config = {
            field: _column(shown[field], is_number=field in numbers)(
                label,
                alignment="right" if field in numbers else "left",
                width=given.get(field)
                if field in numbers or lines > 1  # which wrap
                else _width_on_screen(shown[field], label, given.get(field), is_head=field == first),
                pinned=field == first,
            )
            for field, label in columns.items()
        }
        more: dict[str, Any] = {"height": height} if height else {}
        if lines > 1:
            more["row_height"] = max(WRAPPED, LINE_HEIGHT * lines + 14)
        mixed = [field for field in numbers if field in shown and shown[field].dtype == object]
        drawn = shown.assign(**{field: [_cell_text(v, is_number=True) for v in shown[field]] for field in mixed})
        st.dataframe(drawn, hide_index=True, width="stretch", column_config=config, **more)
    st.html(whole_table(shown, columns, numbers, sort=page.say("table.sort") if is_short else None))
    # A machine reads the word; the sign x is explained under the table only.
    withheld = page.say("term.withheld")
    logged_download(
        page,
        page.say("app.download_csv"),
        lambda: csv_bytes(shown.replace("x", withheld).rename(columns=dict(columns))),
        file_name(page, name),
        mime="text/csv",
        key=f"csv_{name}",
    )
    if legend:
        st.caption(f"{page.say('signs.title')} {page.say('signs.text')}")


def _column(values: pd.Series, *, is_number: bool) -> Callable[..., Any]:
    """The kind of a column of a long table: figures are grouped by thousands as in a short one, and sort as numbers."""
    if is_number and pd.api.types.is_numeric_dtype(values):
        return partial(st.column_config.NumberColumn, format="localized")
    return st.column_config.Column


def _width_on_screen(texts: pd.Series, label: str, given: int | None, *, is_head: bool) -> int | None:
    """The width in pixels of a column of words in a long table: as given, or wider where short words would be cut."""
    longest = max(sum(WIDE if ord(sign) > WIDE_SIGNS else NARROW for sign in str(text)) for text in [label, *texts])
    if longest > SHORT_WORDS and not is_head:
        return given
    return max(given or 0, int(min(longest, LONGEST_NAME) + 2 * WIDE))


def whole_table(rows: pd.DataFrame, columns: Mapping[str, str], numbers: Sequence[str], sort: str | None = None) -> str:
    """A whole table as HTML: for paper alone, or with ``sort``, the words of its sorting buttons, for the screen too.

    A long table is drawn on screen only as far as it is scrolled, so its print is this one.
    """
    button = f' title="{escape(sort)}"' if sort else ""
    texts = {field: [_cell_text(value, is_number=field in numbers) for value in rows[field]] for field in columns}
    widths = _widths(
        [[label, *texts[field]] for field, label in columns.items()], [field in numbers for field in columns]
    )
    head = "".join(
        f'<th scope="col" data-field="{escape(field)}" class="{"figures" if field in numbers else "words"}" '
        f'style="min-width:{width:.1f}em">'
        + (f'<button type="button"{button}>{escape(label)}</button>' if sort else escape(label))
        + "</th>"
        for (field, label), width in zip(columns.items(), widths, strict=True)
    )
    first = next(iter(columns))
    body = "".join(
        "<tr>"
        + "".join(
            _cell(text, is_number=field in numbers, is_head=field == first)
            for field, text in zip(columns, row, strict=True)
        )
        + "</tr>"
        for row in zip(*texts.values(), strict=True)
    )
    kind = "short-table" if sort else "print-table"
    # A scrolled region has to be reached by keyboard.
    reach = ' tabindex="0" role="region"' if sort else ""
    return f'<div class="{kind}"{reach}><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell_text(value: Any, *, is_number: bool) -> str:
    if not isinstance(value, list | tuple) and pd.isna(value):
        return ""
    # Only a column of figures is grouped by thousands: a year or a code is not.
    return f"{value:,}" if is_number and isinstance(value, Integral) else str(value)


def _widths(columns: Sequence[Sequence[str]], are_numbers: Sequence[bool]) -> list[float]:
    """The least width of each column in em: short words on one line, long sentences in lines one can read.

    The room at both sides of a cell counts to it. Where all together would be wider than a page, each gives way in
    proportion to what it has beyond its least, so that no column has to be scrolled to. The first column names the
    rows: it keeps names of a usual length on one line. A Latin word is broken only
    where it is longer than LONGEST_WORD, or where there are more columns than the page has room for; a figure never.
    """
    longest = [max(_length(text) for text in texts) for texts in columns]
    words = [max(map(_length, re.findall(r"[!-~]+", " ".join(texts))), default=0.0) for texts in columns]
    figures = [
        max((_length(text) for text in texts[1:] if _is_figure(text)), default=0.0) if is_number else 0.0
        for texts, is_number in zip(columns, are_numbers, strict=True)
    ]
    sides = SIDES_OF_CELL * len(columns)
    least = [max(min(n, NARROWEST), min(word, LONGEST_WORD)) for n, word in zip(longest, words, strict=True)]
    if sum(least) + sides > PAGE_WIDTH:
        least = [low * (PAGE_WIDTH - sides) / sum(least) for low in least]
    least = [max(pair) for pair in zip(least, figures, strict=True)]
    wanted = [max(low, min(18.0, max(min(n, 6.0), n / 3))) for low, n in zip(least, longest, strict=True)]
    wanted[0] = max(wanted[0], min(longest[0], NAME_OF_ROW))
    beyond = sum(wanted) - sum(least)
    room = PAGE_WIDTH - sum(least) - sides
    part = min(1.0, max(0.0, room) / beyond) if beyond > 0 else 1.0
    return [low + part * (high - low) + SIDES_OF_CELL for low, high in zip(least, wanted, strict=True)]


def _is_figure(text: str) -> bool:
    return _length(text) <= LONGEST_FIGURE


@lru_cache(maxsize=20_000)
def _length(text: str) -> float:
    return sum(1.0 if ord(sign) > WIDE_SIGNS else 0.62 for sign in text)


def _cell(text: str, *, is_number: bool, is_head: bool) -> str:
    tag = "th" if is_head else "td"
    figure = ' class="brief"' if is_head and len(text) <= BRIEF else ""
    if is_number:
        figure = ' class="number"' if _is_figure(text) else ' class="number words"'
    return f"<{tag}{' scope=row' if is_head else ''}{figure}>{escape(text)}</{tag}>"


def file_name(page: Page, name: str) -> str:
    """Name of a download; demo data say so in the name."""
    mark = "_demo" if session.store().kind == "demo" else ""
    year = f"_{page.year}" if page.year else ""
    return f"{name}{year}{mark}.csv"


def span_words(page: Page, *ends: str) -> str:
    """From one number to another as the language of the page writes it; empty without numbers."""
    return (" – " if page.language == "en" else "～").join(ends)


def plain_notice(text: str) -> None:
    """A notice with words that a user or an address gave: plain text, so that nothing in it is drawn or fetched."""
    st.container(border=True).text(text)


def bracket(page: Page, text: str) -> str:
    """``text`` in the brackets of the page's language."""
    return f" ({text})" if page.language == "en" else f"（{text}）"


def japan_time(moment: str) -> str:
    """An ISO moment with its zone as people in Japan write it, to the minute."""
    return datetime.fromisoformat(moment).astimezone(JAPAN).strftime("%Y-%m-%d %H:%M")


def purpose(page: Page) -> None:
    """Purpose and limits of use."""
    st.caption(page.say("app.purpose"))


def number(value: float | Fraction | None, digits: int = 1) -> str:
    """A number rounded half up; empty for none."""
    return "" if value is None or pd.isna(float(value)) else format_number(float(value), digits)


def value_text(page: Page, row: Mapping[str, Any]) -> str:
    """The value of an indicator row with its unit, or the sign and words for why there is none."""
    if row["value"] is None:
        small = row.get("unscored_reason") == "small_denominator"
        return page.say("reason.small_denominator") if small else page.say(f"status.{row['status']}")
    unit = page.catalogue.indicators[row["id"]].unit
    return with_unit(row["value"], unit, page.language) + ("※" if row["small"] else "")


def formula_text(row: Mapping[str, Any]) -> str:
    """Numerator and denominator of an indicator row; empty where it has none."""
    if row["denominator"] is None:
        return ""
    return f"{count_text(row['numerator'])} / {count_text(row['denominator'])}"


def score_text(page: Page, row: Mapping[str, Any]) -> str:
    """Score with its kind and band, or why there is none."""
    if row["score"] is None:
        return page.say(f"reason.{row['unscored_reason']}") if row["unscored_reason"] else ""
    band = ""
    if row["band"]:
        first = row["band"].split("–")
        words = [page.say(f"band.{part}") for part in first]
        band = "　" + span_words(page, *words)
    return f"{page.say('kind.' + row['score_kind'])} {number(row['score'], 0)}{band}"


def main_gap(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The gap to the requirement or target of an indicator row, if it has one."""
    wanted = [gap for gap in row["gaps"] if gap["comparable"] and gap["kind"] in ("requirement", "target")]
    return wanted[0] if wanted else None


def gap_people(page: Page, gap: Mapping[str, Any] | None) -> str:
    """The gap in people, papers or items; empty where none is lacking or it cannot be counted."""
    if gap is None or gap["gap_people"] is None or not gap["gap_people"]["replace"]:
        return ""
    return page.say(f"people.{gap['gap_people']['of']}", k=f"{gap['gap_people']['replace']:,}")


WITHOUT_VERDICT = ("after_grant", "status_unknown", "one_of_hosts", "not_wpi")


def verdict_text(page: Page, gap: Mapping[str, Any]) -> str:
    """The verdict with its margin, or nothing where a benchmark gives only a direction."""
    if gap["verdict"] in ("met", "not_met"):
        of = (gap["gap_people"] or {}).get("of") or "people"
        margin = page.say(f"people.count_{of}", k=f"{abs(gap['margin'] or 0):,}")
        return page.say(f"verdict.{gap['verdict']}", margin=margin)
    if gap["verdict"]:
        return page.say(f"verdict.{gap['verdict']}")
    return page.say(f"centres.short_{gap['standing']}") if gap["standing"] in WITHOUT_VERDICT else ""
