"""How a sheet stands on the screen and on paper: A4 or A3, orientation, frozen headings, print areas, page breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_range_abs

from schemas.form.column_widths import DIGIT, LEAST_SCALE, PagePlan
from schemas.form.layout import LABEL_COLUMN, PlacedBlock
from schemas.template.workbook_builder import WorkbookBuilder

A4, A3 = 9, 8  # as Excel numbers the sizes of paper
SIDES = {A4: (595, 842), A3: (842, 1191)}  # points
SIDE_MARGIN, END_MARGIN = 0.4, 0.6  # inches
SAFE = 0.98  # programs differ a little in how high they set a row
ROW = 15.0  # a row without a height of its own
MANY_ROWS = 20


@dataclass(frozen=True)
class Paper:
    """A sheet of A4 or A3 in one orientation, seen from a worksheet that is shrunk to it.

    The worksheet is at least ``narrowest`` and at most ``widest`` points wide, as the fonts of the program go.
    """

    size: int
    is_landscape: bool
    narrowest: float
    widest: float

    def scale(self, points: float) -> float:
        """Size on paper of a worksheet of this width over its size on the screen, at most 1."""
        side = SIDES[self.size][self.is_landscape]
        return min(1, (side - 2 * 72 * SIDE_MARGIN) / points)

    @property
    def page(self) -> float:
        """Points of rows that a page holds at the least."""
        side = SIDES[self.size][not self.is_landscape]
        return (side - 2 * 72 * END_MARGIN) * SAFE / self.scale(self.narrowest)

    @property
    def is_legible(self) -> bool:
        """Whether the smallest letters come out in 8 points or more."""
        return self.scale(self.widest) >= LEAST_SCALE


@dataclass(frozen=True)
class Flow:
    """How rows run over pages: number of pages, rows (0-based) that begin one, and the longest table cut in two."""

    pages: int
    breaks: tuple[int, ...]
    split: PlacedBlock | None


def set_up_page(builder: WorkbookBuilder, ws: Any) -> None:
    """Paper, margins, header and footer; upright."""
    ws.hide_gridlines(2)
    ws.set_paper(A4)
    ws.set_portrait()
    ws.set_margins(left=SIDE_MARGIN, right=SIDE_MARGIN, top=END_MARGIN, bottom=END_MARGIN)
    name = builder.issue.institution.name_ja.replace("&", "&&")
    ws.set_header(f"&L{name}{builder.demo_mark}&R&A")
    ws.set_footer(f"&L{builder.guide.footer.ja} / {builder.guide.footer.en}&R&P／&N")


def set_up_print(
    builder: WorkbookBuilder, ws: Any, blocks: list[PlacedBlock], plan: PagePlan, heights: Mapping[int, float]
) -> None:
    """Orientation, print areas, headings repeated on the screen and on every page, pages cut between tables.

    ``heights`` are the heights of rows (0-based) in points.
    """
    first = blocks[0]
    if first.block.kind != "form" and len(first.rows) > MANY_ROWS:
        ws.freeze_panes(first.header, LABEL_COLUMN if first.block.kind == "grid" else 0)
    paper, flow = best_paper(blocks, plan, heights)
    ws.set_paper(paper.size)
    if paper.is_landscape:
        ws.set_landscape()
    if flow.split is not None:
        ws.repeat_rows(flow.split.header - 1)
    ws.set_h_pagebreaks(list(flow.breaks))
    ws.fit_to_pages(1, 1 if flow.pages == 1 and not plan.cut else 0)
    _print_areas(builder, ws, blocks, plan)


def _print_areas(builder: WorkbookBuilder, ws: Any, blocks: list[PlacedBlock], plan: PagePlan) -> None:
    """The whole sheet; of a sheet too wide for a page, first its left columns, then the rest of its tables."""
    end = blocks[-1].bottom - 1
    if not plan.cut:
        ws.print_area(0, 0, end, plan.last - 1)
        return
    ws.repeat_columns(0, LABEL_COLUMN - 1)
    areas = [(0, 0, end, plan.cut - 1)]
    for placed in blocks:
        last = placed.first_column + len(placed.columns) - 1
        if placed.block.kind != "form" and last > plan.cut:
            areas.append((placed.header - 1, plan.cut, placed.bottom - 1, last - 1))
    # XlsxWriter's own call takes one area only.
    sheet = blocks[0].sheet.name
    formula = ",".join(f"'{sheet}'!{xl_range_abs(*area)}" for area in areas)
    builder.book.define_name(f"'{sheet}'!_xlnm.Print_Area", f"={formula}")


def best_paper(blocks: list[PlacedBlock], plan: PagePlan, heights: Mapping[int, float]) -> tuple[Paper, Flow]:
    """The smallest paper on which all letters are legible, with the fewest pages, and how the rows run."""
    choices = [(paper, flow_of(blocks, paper.page, heights)) for paper in _papers(plan)]
    legible = [choice for choice in choices if choice[0].is_legible] or choices
    return min(legible, key=lambda choice: (choice[0].size == A3, choice[1].pages))


def _papers(plan: PagePlan) -> Iterator[Paper]:
    for size in (A4, A3):
        for is_landscape in (False, True):
            yield Paper(size, is_landscape, plan.points(DIGIT), plan.points())


def flow_of(blocks: list[PlacedBlock], page: float, heights: Mapping[int, float]) -> Flow:
    """The rows on pages of ``page`` points, so that no table that fits on a page is cut in two.

    The headings of the longest table that is cut are printed again on every later page.
    """
    flow = _flow(blocks, page, heights, None)
    return flow if flow.split is None else _flow(blocks, page, heights, flow.split)


def _flow(blocks: list[PlacedBlock], page: float, heights: Mapping[int, float], title: PlacedBlock | None) -> Flow:
    """The same with the headings of ``title`` repeated."""
    used, pages, breaks, split = 0.0, 1, [], title
    for index, placed in enumerate(blocks):
        start = placed.top - 1 if index else 0
        end = blocks[index + 1].top - 1 if index + 1 < len(blocks) else placed.bottom
        rows = [heights.get(row, ROW) for row in range(start, end)]
        repeated = heights.get(title.header - 1, ROW) if title is not None and start >= title.header else 0.0
        size = sum(rows[: placed.bottom - start])
        if index and used + size > page >= repeated + size:
            breaks.append(start)
            pages, used = pages + 1, repeated
        for row, points in enumerate(rows, start):
            if used + points > page:
                is_cut = placed.block.kind != "form" and placed.header <= row < placed.bottom
                if title is None and is_cut and (split is None or len(placed.rows) > len(split.rows)):
                    split = placed
                pages, used = pages + 1, heights.get(title.header - 1, ROW) if title and row >= title.header else 0.0
            used += points
    return Flow(pages, tuple(breaks), split)
