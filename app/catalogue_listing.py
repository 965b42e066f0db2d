"""Indicators and rules as JSON and as tables on the terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.texts import say
from indicators.catalogue import Catalogue
from indicators.indicator import Benchmark, Indicator
from indicators.plausibility import all_rules


def benchmark_json(benchmark: Benchmark) -> list[dict[str, Any]]:
    """Every entry of a benchmark with what it is, of whom, and its source."""
    return [
        {
            "id": benchmark.id,
            "entry": entry.id,
            "kind": benchmark.kind,
            "level": benchmark.level,
            "value": entry.text or None,
            "comparison": benchmark.comparison,
            "unit": benchmark.unit,
            "population": benchmark.population.model_dump(),
            "definition": benchmark.definition,
            "counting": benchmark.counting,
            "from": entry.from_.isoformat(),
            "until": entry.until.isoformat() if entry.until else None,
            "last_confirmed": entry.last_confirmed.isoformat(),
            "source": entry.source,
            "seen": entry.seen,
            "authority": benchmark.authority,
            "why": entry.why.model_dump(),
        }
        for entry in benchmark.entries
    ]


def catalogue_json(indicator: Indicator, catalogue: Catalogue) -> dict[str, Any]:
    """An indicator with its benchmarks (issue C, item 3)."""
    benchmarks = catalogue.benchmarks.get(indicator.id, [])
    return {
        "id": indicator.id,
        "version": indicator.version,
        "pillar": indicator.pillar,
        "label": indicator.label.model_dump(),
        "definition": indicator.definition.model_dump(),
        "levels": list(indicator.levels),
        "unit": indicator.unit,
        "direction": indicator.better,
        "scored": indicator.scored,
        "weight": indicator.weight,
        "source": indicator.source,
        "benchmarks": [entry for benchmark in benchmarks for entry in benchmark_json(benchmark)],
    }


def show_list(catalogue: Catalogue, language: str) -> None:
    """Indicators by pillar."""
    table = Table(expand=True)
    for heading in ("id", say("cli.indicator", language), say("cli.level", language)):
        table.add_column(heading, overflow="fold")
    for indicator in catalogue.indicators.values():
        table.add_row(indicator.id, escape(indicator.label[language]), ", ".join(indicator.levels))
    Console(highlight=False).print(table)


def show_indicator(indicator: Indicator, catalogue: Catalogue, language: str) -> None:
    """One indicator in full."""
    console = Console(highlight=False)
    console.print(f"[bold]{indicator.id}[/bold]  {escape(indicator.label[language])}")
    console.print(escape(indicator.definition[language]))
    console.print(escape(indicator.pitfalls[language]))
    for benchmark in catalogue.benchmarks.get(indicator.id, []):
        for entry in benchmark.entries:
            value = entry.text or (entry.words[language] if entry.words else "")
            line = f"{benchmark.label[language]}  {benchmark.comparison} {value}  {entry.id}  {entry.source}"
            console.print(escape(line))


def rules_json() -> list[dict[str, Any]]:
    """Every rule without its test examples."""
    return [
        {
            "id": rule.id,
            "severity": rule.severity,
            "scope": rule.scope,
            "status": rule.status,
            "since": rule.since,
            "text": rule.text.model_dump(),
            "remedy": rule.remedy.model_dump(),
            "reason": rule.reason.model_dump(),
        }
        for rule in all_rules().values()
    ]


def show_rules(language: str) -> None:
    """The rules as a table."""
    table = Table(expand=True)
    for key in ("head_rule", "head_severity", "head_text"):
        table.add_column(say(f"cli.{key}", language), overflow="fold")
    for rule in all_rules().values():
        table.add_row(rule.id, say(f"severity.{rule.severity}", language), escape(rule.text[language]))
    Console(highlight=False).print(table)
