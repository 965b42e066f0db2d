"""Colours, type and chart look, once. Tokens are those of the Digital Agency's design system (values only).

``.streamlit/config.toml`` repeats some of them because Streamlit reads no Python; a test keeps both alike.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from schemas.dictionary.format_number import MINUS

OWN = "#0017c1"
OTHERS = "#949494"
LINE = "#333333"
TEXT = "#333333"
HEADING = "#1a1a1a"
QUIET_TEXT = "#626264"
LINK = "#00118f"
GROUND = "#ffffff"
CARD = "#f8f8fb"
GRID = "#e6e6e6"
TABLE_HEADER = "#f1f1f4"
OWN_TINT = "#e8f1fe"
BAND = "#d8d8db"
FAULT_TEXT, FAULT_GROUND = "#ce0000", "#fdeeee"

CATEGORICAL = ("#0017c1", "#fb5b01", "#008da6", "#620000", "#767676")
SEQUENTIAL = (
    "#d9e6ff", "#c5d7fb", "#9db7f9", "#7096f8", "#4979f5", "#3460fb", "#264af4", "#0031d8", "#0017c1", "#00118f",
)  # fmt: skip
DIVERGING = (
    "#8b3200", "#c74700", "#fb5b01", "#ff8d44", "#ffc199", "#c5d7fb", "#7096f8", "#3460fb", "#0031d8", "#00118f",
)  # fmt: skip
LEVELS = ("#ffffff", "#d9e6ff", "#7096f8", "#0031d8")
LEVEL_TEXT = (TEXT, TEXT, "#000060", "#ffffff")

WEB_FONT = "'Noto Sans JP', 'Noto Sans JP More', -apple-system, BlinkMacSystemFont, sans-serif"
PRINT_FONT = "Noto Sans CJK JP"

PAGE_CSS = """
.stApp p, .stApp li { line-height: 1.7; letter-spacing: 0.02em; }
.stApp a:focus-visible, .stApp button:focus-visible, .stApp input:focus-visible, .stApp [tabindex]:focus-visible {
  outline: 4px solid #000000; outline-offset: 2px; box-shadow: 0 0 0 2px #ffd43d;
}
[data-testid="stCaptionContainer"] { opacity: 1; }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p { color: #626264; }
[data-testid="stException"] { display: none; }
[data-testid="stMetricLabel"] p { white-space: normal; overflow: visible; }
@media (min-width: 800px) { .stMainBlockContainer { padding: 2.5rem 3rem 4rem; } }
.stApp h1 { padding-top: 0.25rem; }
[data-testid="stAlertContainer"] { padding-top: 0.6rem; padding-bottom: 0.6rem; }
@media screen { .stElementContainer:has(.print-table) { display: none; } }
.short-table { overflow: auto; border: 1px solid #949494; border-radius: 4px; }
.short-table:has(tbody tr:nth-child(31)) { max-height: 44rem; }
.short-table table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: 0.875rem; line-height: 1.5; }
.short-table th, .short-table td {
  padding: 6px 10px; border-bottom: 1px solid #e6e6e6; text-align: left; vertical-align: top; font-weight: normal;
  overflow-wrap: anywhere; hyphens: auto; white-space: pre-line;
}
.short-table .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.short-table .words { white-space: normal; }
.short-table .figures { text-align: right; }
.short-table .brief { white-space: nowrap; }
.short-table thead th { position: sticky; top: 0; z-index: 2; background: #f1f1f4; }
.short-table th:first-child { position: sticky; left: 0; z-index: 1; background: #ffffff; }
.short-table thead th:first-child { z-index: 3; background: #f1f1f4; }
.short-table thead button {
  all: unset; cursor: pointer; font-weight: bold; display: inline-block; overflow-wrap: anywhere;
}
.short-table thead button:focus-visible { outline: 4px solid #000000; box-shadow: 0 0 0 6px #ffd43d; }
.short-table th[aria-sort="ascending"] button::after { content: " ↑"; }
.short-table th[aria-sort="descending"] button::after { content: " ↓"; }
"""
# On paper: whole tables in place of the scrolled ones, no sidebar, no buttons, as many sheets as it takes.
PRINT_CSS = """
@media print {
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stToolbar"], [data-testid="stExpandSidebarButton"],
  [data-testid="stPopover"], .stElementContainer:has([data-testid="stPopover"]), [data-testid="stButton"],
  [data-testid="stExpander"]:has(details:not([open])),
  [data-testid="stDataFrame"], [data-testid="stDownloadButton"], .stElementContainer:has([data-testid="stDataFrame"]),
  .stElementContainer:has([data-testid="stDownloadButton"]) { display: none !important; }
  html, body, #root, .stApp, [data-testid="stAppViewContainer"], [data-testid="stMain"], .stMainBlockContainer {
    display: block !important; position: static !important; overflow: visible !important;
    height: auto !important; width: auto !important; max-width: none !important; padding: 0 !important;
  }
  [data-testid="stVerticalBlock"], [data-testid="stLayoutWrapper"] {
    display: block !important; height: auto !important;
  }
  .stApp .st-key-choices { display: none !important; }
  .short-table { overflow: visible !important; max-height: none !important; border: 0; }
  .print-table table, .short-table table { border-collapse: collapse; width: 100%; font-size: 8pt; }
  .print-table :is(th, td), .short-table :is(th, td) {
    border: 1px solid #949494; padding: 2px 4px; text-align: left; overflow-wrap: anywhere; vertical-align: top;
    position: static !important; min-width: 0; font-weight: normal;
  }
  .print-table .number, .short-table .number { text-align: right; }
  :is(.print-table, .short-table) thead { display: table-header-group; }
  :is(.print-table, .short-table) tr { break-inside: avoid; }
}
"""
# Sorts a short table by the column whose heading is pressed: numbers by size, words by the language of the page.
SORT_SCRIPT = """
if (!window.tablesSort) {
  window.tablesSort = true;
  const size = text => parseFloat(text.replaceAll(',', '').replace('\u2212', '-').replace(/^[^-0-9.]+/, ''));
  document.addEventListener('click', event => {
    const head = event.target.closest('.short-table thead button')?.closest('th');
    if (!head) return;
    const up = head.getAttribute('aria-sort') !== 'ascending', place = head.cellIndex;
    const body = head.closest('table').tBodies[0], rows = [...body.rows];
    for (const other of head.parentElement.children) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const order = (one, two) => {
      const [a, b] = [one, two].map(row => row.cells[place].textContent.trim());
      const [x, y] = [size(a), size(b)];
      if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1;
      return (isNaN(x) ? a.localeCompare(b, document.documentElement.lang) : x - y) * (up ? 1 : -1);
    };
    body.append(...rows.sort(order));
  });
}
"""
# Streamlit says in English only that an address leads nowhere; the dialog is given the words of the page.
# The box may stand before the script runs, so it is looked for once at the start.
ADDRESS_SCRIPT = """
if (!window.unknownAddress) {
  const reword = () => {
    const box = document.querySelector('[role="dialog"]');
    if (!box || !box.textContent.includes('Page not found')) return;
    const walk = document.createTreeWalker(box, NodeFilter.SHOW_TEXT), words = window.addressWords;
    for (let text = walk.nextNode(); text; text = walk.nextNode()) {
      if (text.data === 'Page not found') text.data = words[0];
      else if (text.data.includes('requested does not seem to exist')) text.data = words[1];
    }
  };
  reword();
  window.unknownAddress = new MutationObserver(reword);
  window.unknownAddress.observe(document.body, {childList: true, subtree: true});
}
"""
# What Streamlit words in English only, mostly for screen readers: names of its buttons, fields and lists of choices.
# Only what it draws itself is looked at, never a text of a page or of a user.
WORDS_SCRIPT = """
if (!window.rewords) {
  const names = ['aria-label', 'placeholder', 'title'], marked = names.map(name => `[${name}]`).join();
  const spoken = '[data-testid=stSkipToContent],[data-testid$=Dropdown],[data-testid^=stDataFrameColumn],[aria-live]';
  const foreign = '[data-testid=stHtml], [data-testid=stMarkdownContainer], [data-testid=stVegaLiteChart]';
  const other = text => {
    const number = text.match(/[0-9]+/)?.[0];
    const found = window.frameworkWords[text.replace(/[0-9]+/, '{n}')];
    if (found) return found.replace('{n}', number);
    for (const [mine, theirs] of Object.entries(window.frameworkWords)) {
      const [before, after] = mine.split('{name}');
      if (after !== undefined && text.startsWith(before) && text.endsWith(after))
        return theirs.replace('{name}', text.slice(before.length, text.length - after.length));
    }
  };
  const reword = root => {
    if (root.nodeType === 3) root = root.parentElement;
    if (root?.nodeType !== 1 || root.closest('[data-testid=stHtml], [data-testid=stVegaLiteChart]')) return;
    for (const one of [root, ...root.querySelectorAll(marked)]) {
      if (one.closest(foreign) && !one.closest('[data-testid=stHeaderActionElements], [role=img]')) continue;
      for (const name of names) {
        const found = one.hasAttribute(name) && other(one.getAttribute(name));
        if (found) one.setAttribute(name, found);
      }
    }
    for (const part of [...(root.closest(spoken) ? [root] : []), ...root.querySelectorAll(spoken)]) {
      const walk = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
      for (let text = walk.nextNode(); text; text = walk.nextNode()) {
        const found = other(text.data.trim());
        if (found) text.data = found;
      }
    }
  };
  window.rewords = new MutationObserver(changes => {
    for (const change of changes)
      for (const one of change.type === 'childList' ? change.addedNodes : [change.target]) reword(one);
  });
  window.rewords.observe(document.body,
    {childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: names});
  window.rewordAll = () => reword(document.body);
}
window.rewordAll();
"""
# Streamlit adds a step to the browser's history for each choice that the address keeps; one press goes back a page.
HISTORY_SCRIPT = """
if (!window.onePressBack) {
  window.onePressBack = true;
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const next = new URL(url ?? location.href, location.href);
    if (next.pathname === location.pathname) history.replaceState(state, title, url);
    else push(state, title, url);
  };
}
"""
# The words inside Streamlit's upload field, which it has in English only.
UPLOAD_CSS = """
[data-testid="stFileUploaderDropzone"] button p { font-size: 0; }
[data-testid="stFileUploaderDropzoneInstructions"] span { font-size: 0; }
[data-testid="stFileUploaderDropzone"] button p::after { content: "%s"; font-size: 1rem; }
[data-testid="stFileUploaderDropzoneInstructions"] span::after { content: "%s"; font-size: 0.875rem; }
"""


def chart_config(font: str = WEB_FONT) -> dict[str, Any]:
    """Vega-Lite's ``config`` for every chart, on screen and on paper; ``font`` names the family."""
    label = {"labelColor": TEXT, "labelFontSize": 12, "titleColor": TEXT, "titleFontSize": 12}
    return {
        "font": font,
        "background": GROUND,
        "locale": {
            "number": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""], "minus": MINUS}
        },
        "view": {"stroke": None},
        # A screen reader is told the chart's sentence and finds numbers in the table, not marks one by one in English.
        "mark": {"aria": False},
        "title": {
            "aria": False, "anchor": "start", "fontSize": 16, "fontWeight": "bold", "color": HEADING,
            "subtitleFontSize": 12, "subtitleColor": QUIET_TEXT, "offset": 10, "frame": "group",
        },
        "axis": {
            **label, "aria": False, "gridColor": GRID, "domain": False, "ticks": False, "title": None,
            "labelLimit": 320, "labelPadding": 6,
        },
        "legend": {
            **label, "aria": False, "orient": "bottom", "title": None, "symbolSize": 90, "labelLimit": 320,
            "titleLimit": 400, "offset": 8,
        },
        "range": {"category": list(CATEGORICAL), "ramp": list(SEQUENTIAL), "diverging": list(DIVERGING)},
        "line": {"strokeWidth": 2, "point": True},
        "text": {"color": TEXT, "fontSize": 12},
    }  # fmt: skip


def print_fonts() -> list[Path]:
    """The folders of the static Noto Sans CJK JP faces (regular and bold) for documents."""
    packages = ("noto_cjk_sans_jp_regular", "noto_cjk_sans_jp_bold")
    return [Path(str(files(package))) for package in packages]
