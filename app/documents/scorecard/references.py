"""Benchmarks numbered in the order in which a scorecard uses them, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from app.charts.chart_rows import line_shown
from app.documents.scorecard.card import Card


class BenchmarkReferences:
    """Hands out numbers for benchmark entries and lists what stands behind them."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self._numbers: dict[tuple[str, str, str], int] = {}

    def number(self, indicator: str, gap: Mapping[str, Any]) -> int:
        """The number of the entry a gap refers to."""
        return self._numbers.setdefault((indicator, gap["benchmark"], gap["entry"]), len(self._numbers) + 1)

    def reference_lines(self) -> list[dict[str, str]]:
        """Number, source and benchmark in words, and the address, in order."""
        return [self._line(number, *key) for key, number in self._numbers.items()]

    def _line(self, number: int, indicator: str, benchmark_id: str, entry_id: str) -> dict[str, str]:
        card, language = self.card, self.card.language
        benchmark = card.catalogue.benchmark(indicator, benchmark_id)
        entry = next(entry for entry in benchmark.entries if entry.id == entry_id)
        source = card.catalogue.sources[entry.source]
        unit = card.catalogue.indicators[indicator].unit
        value = line_shown(Fraction(entry.value), unit, language) if entry.value is not None else ""
        words = value or (entry.words[language] if entry.words else "")
        head = card.say(
            "source_line",
            producer=source.producer[language],
            title=source.title[language],
            published=source.published or card.say("no_date"),
            seen=card.say(f"seen_{entry.seen}"),
        )
        used = card.say(
            "source_entry",
            label=benchmark.label[language],
            value=words,
            since=entry.from_,
            confirmed=entry.last_confirmed,
        )
        name = card.catalogue.indicators[indicator].label[language]
        return {"number": f"[{number}]", "name": name, "source": head, "entry": used, "url": source.url or ""}
