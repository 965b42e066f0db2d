"""A finding as the marked workbook shows it."""

from dataclasses import dataclass

from schemas.finding import Severity


@dataclass(frozen=True)
class MarkedFinding:
    """One finding as the marked workbook shows it; `cells` are addresses such as `B4` or `B4:B9`."""

    id: str
    rule: str
    severity: Severity
    sheet: str | None
    cells: tuple[str, ...]
    message_ja: str
    message_en: str
    remedy_ja: str
    remedy_en: str
