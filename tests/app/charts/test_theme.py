"""Tokens keep their contrast, lists their lengths, and the Streamlit configuration repeats them faithfully."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from app.charts import theme
from tests.support.contrast import contrast
from tests.support.each_case import for_each

ROOT = Path(theme.__file__).parents[2]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
LOOK: dict[str, Any] = CONFIG["theme"]
TEXT, MARK = 4.5, 3.0  # WCAG 2.2: 1.4.3 and 1.4.11


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)
    assert contrast("#0017c1", "#0017c1") == 1


@for_each("ink", [theme.TEXT, theme.HEADING, theme.QUIET_TEXT, theme.LINK, theme.OWN])
@for_each("ground", [theme.GROUND, theme.CARD, theme.TABLE_HEADER, theme.OWN_TINT])
def test_text_reads_on_every_ground(ink: str, ground: str) -> None:
    assert contrast(ink, ground) >= TEXT


@for_each("mark", [theme.OTHERS, theme.LINE, *theme.CATEGORICAL])
def test_marks_stand_out_from_the_ground(mark: str) -> None:
    assert contrast(mark, theme.GROUND) >= MARK


def test_each_level_has_a_readable_number() -> None:
    assert len(theme.LEVELS) == len(theme.LEVEL_TEXT) == 4
    for ground, ink in zip(theme.LEVELS, theme.LEVEL_TEXT, strict=True):
        assert contrast(ink, ground) >= TEXT


def test_levels_darken_step_by_step() -> None:
    steps = [contrast(colour, "#ffffff") for colour in theme.LEVELS]
    assert steps == sorted(steps) and len(set(steps)) == 4


@for_each("name", ["red", "yellow", "blue", "green", "orange"])
def test_coloured_text_reads_on_its_own_ground(name: str) -> None:
    assert contrast(LOOK[f"{name}TextColor"], LOOK[f"{name}BackgroundColor"]) >= TEXT


def test_configuration_repeats_the_tokens() -> None:
    assert LOOK["primaryColor"] == theme.OWN
    assert LOOK["textColor"] == theme.TEXT
    assert LOOK["linkColor"] == theme.LINK
    assert LOOK["backgroundColor"] == theme.GROUND
    assert LOOK["secondaryBackgroundColor"] == theme.CARD
    assert LOOK["dataframeHeaderBackgroundColor"] == theme.TABLE_HEADER
    assert (LOOK["redTextColor"], LOOK["redBackgroundColor"]) == (theme.FAULT_TEXT, theme.FAULT_GROUND)
    assert LOOK["font"] == theme.WEB_FONT
    lists = {"Categorical": theme.CATEGORICAL, "Sequential": theme.SEQUENTIAL, "Diverging": theme.DIVERGING}
    for name, colours in lists.items():
        assert tuple(LOOK[f"chart{name}Colors"]) == colours


def test_sequential_and_diverging_lists_have_the_ten_colours_streamlit_wants() -> None:
    assert len(theme.SEQUENTIAL) == len(theme.DIVERGING) == 10
    assert len(theme.CATEGORICAL) == 5


def test_every_option_is_known_to_this_streamlit() -> None:
    from streamlit import config

    for section in ("server", "browser", "runner", "client", "theme"):
        for option in CONFIG[section]:
            assert f"{section}.{option}" in config.get_config_options(), option


def test_server_is_local_quiet_and_bounded() -> None:
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["server"]["maxUploadSize"] == 20
    assert CONFIG["server"]["headless"] is True
    assert CONFIG["server"]["enableStaticServing"] is True
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["runner"]["postScriptGC"] is False


def test_fonts_are_ours_and_complete() -> None:
    faces = LOOK["fontFaces"]
    assert {face["weight"] for face in faces} == {"400", "700"}
    for face in faces:
        assert face["url"].startswith("app/static/")
        assert (ROOT / face["url"]).read_bytes()[:4] == b"wOF2"
    assert "SIL Open Font License" in (ROOT / "app" / "static" / "OFL.txt").read_text(encoding="utf-8")


def test_configuration_names_no_other_host() -> None:
    assert not re.search(r"https?://", (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def test_documents_have_static_regular_and_bold_faces() -> None:
    names = {path.name for folder in theme.print_fonts() for path in folder.glob("*.otf")}
    assert names == {"NotoSansCJKjp-Regular.otf", "NotoSansCJKjp-Bold.otf"}


def test_focus_ring_is_two_coloured() -> None:
    assert "#000000" in theme.PAGE_CSS and "#ffd43d" in theme.PAGE_CSS and "line-height: 1.7" in theme.PAGE_CSS
