"""The tables of a driven page, as a reader of the page gets them."""

from html.parser import HTMLParser

import pandas as pd


class _Table(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: list[str] = []
        self.rows: list[list[str]] = []
        self.is_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        field = dict(attrs).get("data-field")
        if field is not None:
            self.fields.append(field)
        elif tag == "tr" and self.fields:
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self.is_cell = True

    def handle_endtag(self, tag: str) -> None:
        self.is_cell = self.is_cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.is_cell:
            self.rows[-1][-1] += data


def page_tables(app) -> list[pd.DataFrame]:
    """The tables of a page in order, every cell as the text that stands there; columns by field."""
    found = []
    for element in app.get("html"):
        if "data-field" in element.proto.body:
            table = _Table()
            table.feed(element.proto.body)
            found.append(pd.DataFrame(table.rows, columns=table.fields))
    return found


def table_with(app, field: str) -> pd.DataFrame:
    """The first table of a page that has the column ``field``."""
    return next(table for table in page_tables(app) if field in table)
