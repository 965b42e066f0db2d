"""A plain .docx (Office Open XML, ECMA-376): one paragraph after another, nothing else."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

from app.documents.scorecard.card import plain

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
TYPES = (
    f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>'
)
PAGE = (  # A4 with 25 mm margins, in twentieths of a point
    '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1417" w:right="1417" w:bottom="1417" w:left="1417" w:header="0" w:footer="0" w:gutter="0"/>'
    "</w:sectPr>"
)
EPOCH = (1980, 1, 1, 0, 0, 0)
Alignment = Literal["left", "right", "center"]


@dataclass(frozen=True)
class Paragraph:
    """A line of a letter: its text and where it stands."""

    text: str
    alignment: Alignment = "left"
    is_bold: bool = False


def docx_bytes(paragraphs: Sequence[Paragraph], language: str) -> bytes:
    """The letter as a file; the same paragraphs always give the same bytes."""
    body = "".join(_paragraph(one, language) for one in paragraphs)
    document = f'{HEAD}<w:document xmlns:w="{WORD}"><w:body>{body}{PAGE}</w:body></w:document>'
    parts = {"[Content_Types].xml": TYPES, "_rels/.rels": RELATIONS, "word/document.xml": document}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(zipfile.ZipInfo(name, EPOCH), text.encode(), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _paragraph(one: Paragraph, language: str) -> str:
    tongue = '<w:lang w:val="en-GB"/>' if language == "en" else '<w:lang w:eastAsia="ja-JP"/>'
    font = '<w:rFonts w:ascii="Noto Sans JP" w:hAnsi="Noto Sans JP" w:eastAsia="Noto Sans JP"/>'
    bold = "<w:b/>" if one.is_bold else ""
    look = f'<w:pPr><w:spacing w:after="120"/><w:jc w:val="{one.alignment}"/></w:pPr>'
    run = f'<w:rPr>{font}{bold}<w:sz w:val="21"/>{tongue}</w:rPr>'
    return f'<w:p>{look}<w:r>{run}<w:t xml:space="preserve">{escape(plain(one.text))}</w:t></w:r></w:p>'
