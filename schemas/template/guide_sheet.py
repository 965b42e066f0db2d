"""Writes the first sheet: purpose and limits of use, steps, status, dates, codes and the version."""

from __future__ import annotations

from typing import Any

from schemas.dictionary.declaration import Text
from schemas.form.column_widths import height
from schemas.form.headings import two_lines
from schemas.form.options import option_text
from schemas.register import AS_OF
from schemas.template.page_setup import set_up_page
from schemas.template.workbook_builder import BLUE, INK_PALE, LINE, LINK, MISSING, OFF, OUTSIDE, WorkbookBuilder

WIDTHS = (26, 56)
WHITE = "#ffffff"
GROUNDS = {"missing": MISSING, "off": OFF}
SAMPLE = "9,999,999"
SAMPLES: dict[str, dict[str, Any]] = {"outside": {"font_color": OUTSIDE, "bold": True, "align": "right"}}


def write_guide(builder: WorkbookBuilder, ws: Any) -> None:
    """Fills the guide sheet; the other sheets must be written, for it links to their status."""
    guide = builder.guide
    set_up_page(builder, ws)
    ws.fit_to_pages(1, 0)
    for at, width in enumerate(WIDTHS):
        ws.set_column(at, at, width)
    row = _head(builder, ws)
    steps = [Text(ja=f"{n}. {step.ja}", en=f"{n}. {step.en}") for n, step in enumerate(guide.steps, 1)]
    row = _section(builder, ws, row, None, guide.purpose)
    row = _section(builder, ws, row, guide.steps_label, steps)
    row = _status(builder, ws, row)
    row = _colours(builder, ws, row)
    row = _section(builder, ws, row, guide.dates_label, [text.format(**builder.dates) for text in guide.dates])
    row = _section(builder, ws, row, guide.codes_label, [guide.blank_rule, *_code_lines(builder)])
    fixed, follow_up = builder.dictionary.burden(builder.issue.form, builder.issue.year)
    register = guide.register_note.format(as_of=AS_OF)
    burden = guide.burden.format(fixed=fixed, follow_up=follow_up)
    row = _section(
        builder, ws, row, guide.about_label, [burden, guide.macros, guide.extra, guide.routing.about, register]
    )
    _version(builder, ws, row)
    ws.protect("", {"format_rows": True, "format_columns": True})


def _head(builder: WorkbookBuilder, ws: Any) -> int:
    guide, institution = builder.guide, builder.issue.institution
    ws.write_string(
        0, 0, option_text(guide.title) + builder.demo_mark, builder.look(bold=True, font_size=16, font_color=BLUE)
    )
    ws.set_row(0, 30)
    bold = builder.look(bold=True)
    form = f"{option_text(guide.forms[builder.issue.form])}　{option_text(guide.round.format(**builder.dates))}"
    ws.write_string(1, 0, form, bold)
    name = f"{institution.name_ja} / {institution.name_en}"
    ws.write_string(2, 0, f"{institution.code}　{name}" if institution.code else name, bold)
    return 4


def _section(builder: WorkbookBuilder, ws: Any, row: int, label: Text | None, lines: list[Text]) -> int:
    if label:
        look = builder.look(bold=True, font_size=12, font_color=BLUE, bottom=2, bottom_color=BLUE)
        ws.merge_range(row, 0, row, 1, f"■ {option_text(label)}", look)
        ws.set_row(row, 22)
        row += 1
    wrapped = builder.look(text_wrap=True)
    for line in lines:
        ws.merge_range(row, 0, row, 1, two_lines(line), wrapped)
        ws.set_row(row, height([(two_lines(line), sum(WIDTHS), 10)]))
        row += 1
    return row + 1


def _status(builder: WorkbookBuilder, ws: Any, row: int) -> int:
    row = _section(builder, ws, row, builder.guide.status_label, []) - 1
    link = builder.look(font_color=LINK, underline=1)
    look = builder.look(num_format=builder.status_number, align="left")
    for status in builder.statuses:
        ws.write_url(row, 0, f"internal:'{status.sheet}'!A1", link, status.sheet)
        ws.write_formula(row, 1, f"='{status.sheet}'!{status.cell}", look, status.unanswered)
        ws.set_row(row, 20)
        row += 1
    total = "+".join(f"'{status.sheet}'!{status.cell}" for status in builder.statuses)
    ws.write_string(row, 0, option_text(builder.guide.all_sheets), builder.look(bold=True, top=1, top_color=LINE))
    bold = builder.look(bold=True, num_format=builder.status_number, align="left", top=1, top_color=LINE)
    ws.write_formula(row, 1, f"={total}", bold, sum(status.unanswered for status in builder.statuses))
    ws.set_row(row, 20)
    return row + 2


def _colours(builder: WorkbookBuilder, ws: Any, row: int) -> int:
    row = _section(builder, ws, row, builder.guide.colours_label, []) - 1
    for name, text in builder.guide.colours.items():
        look = builder.look(bg_color=GROUNDS.get(name, WHITE), border=1, border_color=LINE, **SAMPLES.get(name, {}))
        ws.write_string(row, 0, SAMPLE if name in SAMPLES else "", look)
        ws.write_string(row, 1, option_text(text), builder.look(indent=1))
        ws.set_row(row, 20)
        row += 1
    return row + 1


def _code_lines(builder: WorkbookBuilder) -> list[Text]:
    items = [item for item in builder.dictionary.code_lists["answer_codes"].items if item.offered]
    return [
        Text(
            ja=f"{item.code} {item.label.ja}：{item.help.ja if item.help else ''}",
            en=f"{item.code} {item.label.en}: {item.help.en if item.help else ''}",
        )
        for item in items
    ]


def _version(builder: WorkbookBuilder, ws: Any, row: int) -> None:
    pale = builder.look(font_color=INK_PALE)
    ws.write_string(row, 0, option_text(builder.guide.version_label), pale)
    ws.write_string(row, 1, builder.issue.version, pale)
    builder.name("form_version_stamp", builder.guide.sheet, row, 1)
