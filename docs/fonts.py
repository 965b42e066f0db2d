"""Rebuilds the web fonts of rare Japanese characters: ``pip install fonttools brotli``, then ``python docs/fonts.py``.

The faces ``noto-sans-jp-*.woff2`` hold the characters of everyday text. Names need more: 髙 﨑 𠮷 濵 德 ㈱ ①. The faces
``noto-sans-jp-more-*.woff2`` hold what JIS X 0213 (2004) and Windows code page 932 name and the former lack, taken from
the Noto Sans CJK JP of the packages that the scorecards print with (SIL Open Font License 1.1, app/static/OFL.txt).
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
STATIC = ROOT / "app" / "static"
CHARACTER_SETS = ("euc_jis_2004", "cp932", "euc_jisx0213")
MARKS = "𠮷～〜―‖−～￠￡￢①②③④⑤⑥⑦⑧⑨⑩▲△▼▽◆◇■□●○★☆※→←↑↓"
WEIGHTS = {"400": "regular", "700": "bold"}


def wanted() -> set[int]:
    """Code points that one of the character sets names."""
    found = {ord(mark) for mark in MARKS}
    for code in range(0x80, 0x30000):
        for name in CHARACTER_SETS:
            try:
                chr(code).encode(name)
            except UnicodeEncodeError:
                continue
            found.add(code)
            break
    return found


def build(weight: str, face: Path) -> list[int]:
    """Writes the face of a weight; returns its code points."""
    have = set(TTFont(STATIC / f"noto-sans-jp-{weight}.woff2").getBestCmap())
    font = TTFont(face)
    codes = sorted((wanted() - have) & set(font.getBestCmap()))
    options = Options(layout_features=[], hinting=False, desubroutinize=True, notdef_outline=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    font.flavor = "woff2"
    written = io.BytesIO()
    font.save(written)
    (STATIC / f"noto-sans-jp-more-{weight}.woff2").write_bytes(written.getvalue())
    return codes


def main() -> None:
    """Builds both weights."""
    from app.charts.theme import print_fonts

    for weight, folder in zip(WEIGHTS, print_fonts(), strict=True):
        codes = build(weight, next(folder.glob("*.otf")))
        sys.stdout.write(f"{weight}: {len(codes)} characters\n")


if __name__ == "__main__":
    main()
