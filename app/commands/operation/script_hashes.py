"""The hashes of the scripts that a page carries, for the Content-Security-Policy of a proxy."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import streamlit

from app.charts.page_script import page_script

LANGUAGES = ("ja", "en")
INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def script_hashes() -> list[str]:
    """Hashes in the form of a policy: of the framework's own page, then of the page script in each language."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    scripts = [*INLINE.findall(page), *map(page_script, LANGUAGES)]
    return [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts]


if __name__ == "__main__":
    print(" ".join(script_hashes()))
