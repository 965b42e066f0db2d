"""A long table on screen, whose figures read as those of a short one."""

from typing import Any

import pandas as pd
import pytest

from app.access import LOCAL
from app.components import page_elements
from app.components.session import Page


def test_figures_of_a_long_table_are_grouped_by_thousands(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[str, Any] = {}
    monkeypatch.setattr(page_elements.st, "dataframe", lambda rows, **given: drawn.update(given, rows=rows))
    monkeypatch.setattr(page_elements.st, "html", lambda text: None)
    monkeypatch.setattr(page_elements, "logged_download", lambda *given, **more: None)
    n = page_elements.SHORT_TABLE + 1
    rows = pd.DataFrame({"year": [2026] * n, "papers": [12345] * n, "held": [12345, "x"] + [1] * (n - 2)})
    columns = {name: name for name in rows}
    page_elements.table(
        Page("ja", LOCAL, None, None), rows, name="long", columns=columns, numbers=("papers", "held"), legend=False
    )
    kinds = {field: config.get("type_config") for field, config in drawn["column_config"].items()}
    assert kinds["papers"]["format"] == "localized" and drawn["rows"]["papers"].tolist() == [12345] * n
    assert kinds["year"] is None, "a year is not grouped"
    assert drawn["rows"]["held"].tolist()[:3] == ["12,345", "x", "1"]
