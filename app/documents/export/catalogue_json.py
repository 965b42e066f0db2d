"""Indicators and rules as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.texts import text_faults
from indicators.catalogue.declarations import Benchmark, Goalpost, Indicator
from indicators.catalogue.load_catalogue import Catalogue
from indicators.catalogue.released_editions import released_faults
from indicators.engine.worked_examples import example_faults
from indicators.plausibility.plausibility_rules import RULES_FILE as VALUE_RULES_FILE
from indicators.plausibility.plausibility_rules import all_rules, value_rules
from schemas.checks.registration import NAMED, mechanism_of
from schemas.checks.table_schema import CHECK_MODULES
from schemas.dictionary.declaration import DeclarationError, Fault
from schemas.register.groups import FILE as GROUPS_FILE
from schemas.register.groups import group_faults
from schemas.rules.rule import RULES_FILE, load_rules
from schemas.rules.rule_integrity import RuleNames, rule_faults

if TYPE_CHECKING:
    from app.storage.track_record import TrackRecord


def benchmark_json(benchmark: Benchmark) -> list[dict[str, Any]]:
    """Every entry of a benchmark with what it is, of whom, and its source; ``value`` is null for words."""
    return [
        {
            "id": benchmark.id,
            "entry": entry.id,
            "kind": benchmark.kind,
            "level": benchmark.level,
            "label": benchmark.label.model_dump(),
            "value": entry.text or None,
            "words": entry.words.model_dump() if entry.words else None,
            "comparison": benchmark.comparison,
            "unit": benchmark.unit,
            "centre": entry.centre.model_dump() if entry.centre else None,
            "mean_of": entry.mean_of,
            "population": benchmark.population.model_dump(),
            "definition": benchmark.definition,
            "counting": benchmark.counting,
            "scope": benchmark.scope.model_dump() if benchmark.scope else None,
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
    """An indicator with its goalposts, variants and benchmarks. Exact numbers are text."""
    benchmarks = catalogue.benchmarks.get(indicator.id, [])
    return {
        "id": indicator.id,
        "version": indicator.version,
        "pillar": indicator.pillar,
        "label": indicator.label.model_dump(),
        "definition": indicator.definition.model_dump(),
        "official": indicator.official.model_dump() if indicator.official else None,
        "pitfalls": indicator.pitfalls.model_dump(),
        "levels": list(indicator.levels),
        "unit": indicator.unit,
        "direction": indicator.better,
        "population": indicator.population,
        "definition_key": indicator.definition_key,
        "counting": indicator.counting,
        "window": list(indicator.window) if indicator.window else None,
        "minimum": indicator.minimum,
        "measure": indicator.measure.kind,
        "scored": indicator.scored,
        "weight": indicator.weight,
        "weight_why": indicator.weight_why.model_dump() if indicator.weight_why else None,
        "goalposts": {level: _goalpost_json(post) for level, post in indicator.goalposts.items()},
        "variants": [
            variant.model_dump(include={"definition_key", "label", "definition"}) for variant in indicator.variants
        ],
        "source": indicator.source,
        "benchmarks": [entry for benchmark in benchmarks for entry in benchmark_json(benchmark)],
    }


def _goalpost_json(post: Goalpost) -> dict[str, Any]:
    end = post.target.scale_end
    return {
        "floor": str(post.floor),
        "benchmark": post.target.benchmark,
        "scale_end": None if end is None else str(end),
        "kind": post.kind,
        "why": post.why.model_dump(),
    }


def check_catalogue(catalogue: Catalogue) -> None:
    """Raises DeclarationError for worked examples that do not hold, meanings changed under a released version, rules
    whose mechanism, function, table, field or indicator does not exist, text keys that stand twice, and groups of
    institutions that name a code the register does not know (also in a ``groups.csv`` beside the catalogue).
    """
    faults = [
        *example_faults(catalogue), *released_faults(catalogue), *_faults_of_rules(catalogue), *text_faults(),
        *group_faults(), *_faults_of_own_groups(catalogue),
    ]  # fmt: skip
    if faults:
        raise DeclarationError(sorted(faults, key=lambda fault: (fault.file, fault.line)))


def _faults_of_own_groups(catalogue: Catalogue) -> list[Fault]:
    path = catalogue.folder / GROUPS_FILE
    return group_faults(path) if path.is_file() else []


def _faults_of_rules(catalogue: Catalogue) -> list[Fault]:
    assert CHECK_MODULES, "checks register themselves when their modules are imported"
    declared = RuleNames(catalogue.dictionary, NAMED, mechanism_of, catalogue.indicators)
    homes = ((load_rules(), RULES_FILE), (value_rules(), VALUE_RULES_FILE))
    return [fault for rules, path in homes for fault in rule_faults(rules, declared, path)]


def rules_json(records: Mapping[str, TrackRecord] | None = None) -> list[dict[str, Any]]:
    """Every rule without its test examples; with ``records`` also its ``track_record``."""
    return [
        {
            "id": rule.id,
            "severity": rule.severity,
            "scope": rule.scope,
            "mechanism": rule.mechanism,
            "status": rule.status,
            "since": rule.since,
            "text": rule.text.format().model_dump(),
            "remedy": rule.remedy.format().model_dump(),
            "reason": rule.reason.model_dump(),
            **({} if records is None else {"track_record": record_of(rule.id, records).as_json()}),
        }
        for rule in all_rules().values()
    ]


def record_of(rule: str, records: Mapping[str, TrackRecord]) -> TrackRecord:
    """The track record of a rule; a rule without one never fired."""
    from app.storage.track_record import TrackRecord  # of a store, which most commands never open

    return records.get(rule) or TrackRecord(rule)
