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

STATIC = Path(__file__).parent.parent / "static"
PAGE_CSS, PRINT_CSS = ((STATIC / f"{name}.css").read_text("utf-8") for name in ("page", "print"))
UPLOAD_CSS = (STATIC / "upload.css").read_text("utf-8")  # the words inside Streamlit's upload field, English only


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
