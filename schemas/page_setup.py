"""How a sheet stands on the screen and on A4: margins, frozen headings, print area, page breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.draft import Draft
from schemas.layout import LABEL_COLUMN, PlacedBlock
from schemas.page_plan import PagePlan

A4 = 9
SIDE_MARGIN, END_MARGIN = 0.4, 0.6  # inches
PAGE_WIDTH = 842 - 2 * 72 * SIDE_MARGIN  # points of a landscape page
PAGE_HEIGHT = (595 - 2 * 72 * END_MARGIN) * 0.98  # programs differ a little in how high they set a row
ROW = 15.0  # a row without a height of its own
MANY_ROWS = 20
TWO_PAGES = 1300  # a sheet of more points across is printed on two pages side by side


def set_up_page(draft: Draft, ws: Any, *, landscape: bool) -> None:
    """Paper, margins, header and footer."""
    ws.hide_gridlines(2)
    ws.set_paper(A4)
    if landscape:
        ws.set_landscape()
    ws.set_margins(left=SIDE_MARGIN, right=SIDE_MARGIN, top=END_MARGIN, bottom=END_MARGIN)
    name = draft.issue.institution.name_ja.replace("&", "&&")
    ws.set_header(f"&L{name}{draft.demo_mark}&R&A")
    ws.set_footer(f"&L{draft.guide.footer.ja} / {draft.guide.footer.en}&R&P／&N")


def set_up_print(ws: Any, blocks: list[PlacedBlock], plan: PagePlan, heights: Mapping[int, float]) -> None:
    """Print area, headings repeated on the screen and on every page, and pages cut between tables.

    ``heights`` are the heights of rows (0-based) in points.
    """
    ws.print_area(0, 0, blocks[-1].last - 1, plan.last - 1)
    first = blocks[0]
    if first.block.kind != "form" and len(first.rows) > MANY_ROWS:
        ws.freeze_panes(first.header, LABEL_COLUMN if first.block.kind == "grid" else 0)
        ws.repeat_rows(first.header - 1)
    points = sum((7 * width + 5) * 0.75 for width in plan.widths)
    if points > TWO_PAGES:
        ws.repeat_columns(0, LABEL_COLUMN - 1)
        ws.fit_to_pages(2, 0)
        return
    page = PAGE_HEIGHT / min(1, PAGE_WIDTH / points)
    breaks = list(_breaks(blocks, page, heights))
    is_one_page = sum(heights.get(row, ROW) for row in range(blocks[-1].last)) <= page
    ws.fit_to_pages(1, 1 if is_one_page else 0)
    ws.set_h_pagebreaks(breaks)


def _breaks(blocks: list[PlacedBlock], page: float, heights: Mapping[int, float]) -> Iterator[int]:
    """Rows before which a page of ``page`` points ends, so that no table that fits on a page is cut in two."""
    used = sum(heights.get(row, ROW) for row in range(blocks[0].top - 1))
    for index, placed in enumerate(blocks):
        end = blocks[index + 1].top - 1 if index + 1 < len(blocks) else placed.last
        size = sum(heights.get(row, ROW) for row in range(placed.top - 1, end))
        if index and used + size > page >= size:
            yield placed.top - 1
            used = 0
        used = (used + size) % page
