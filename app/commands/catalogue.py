"""``junkan catalogue`` and ``rules``: what is declared, listed or checked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

from app.commands.exit_codes import (
    FINE,
    STDOUT,
    Options,
    UsageProblem,
    as_json,
    checked_ending,
    tell,
    warn,
    write_bytes,
    write_text,
)
from app.commands.spoken_command import nearest_words
from app.commands.terminal import show_heading, show_table
from app.documents.export.catalogue_json import record_of
from app.documents.handbook.catalogue_chapters import benchmark_chapter, indicator_chapter
from app.texts import say
from indicators.catalogue.declarations import Indicator
from indicators.catalogue.load_catalogue import Catalogue
from indicators.plausibility.plausibility_rules import all_rules

if TYPE_CHECKING:
    from app.storage.track_record import TrackRecord


def run_catalogue(options: Options, language: str) -> int:
    """Lists, shows, checks or exports the declared indicators; returns the exit code.

    Raises UsageProblem for an indicator that is not known, DeclarationError for declarations that do not hold; for
    ``check`` also for worked examples that do not hold and meanings changed without a new version.
    """
    if options.action == "export":
        return run_export(options, language)
    if options.action == "schema":
        return show_schema(options)
    from app.documents.export.catalogue_json import catalogue_json, check_catalogue
    from indicators.catalogue.load_catalogue import load_catalogue

    checked_ending("--json", options.json, ".json")
    catalogue = load_catalogue(options.path) if options.path else load_catalogue()
    if options.action == "check":
        check_catalogue(catalogue)
    if options.action == "show" and options.id is None:
        raise UsageProblem("missing", what="ID")
    if options.action == "show" and options.id not in catalogue.indicators:
        near = nearest_words(options.id, catalogue.indicators)
        raise UsageProblem("unknown_indicator", id=options.id, near=near)
    chosen = [catalogue.indicators[options.id]] if options.action == "show" else list(catalogue.indicators.values())
    if options.json:
        write_text(options.json, as_json({"indicators": [catalogue_json(i, catalogue) for i in chosen]}))
    elif options.action == "list":
        show_list(catalogue, language)
    elif options.action == "show":
        show_indicator(chosen[0], catalogue, language)
    if options.action == "check":
        fine = say("cli.catalogue_fine", language, count=len(catalogue.indicators), hash=catalogue.hash)
        (warn if options.json == STDOUT else tell)(fine)
    return FINE


def show_schema(options: Options) -> int:
    """``junkan catalogue schema TABLE [--json FILE]``: the schema of a clean table as JSON.

    Raises UsageProblem without a table, or for one that no question belongs to, naming the nearest.
    """
    from indicators.catalogue.load_catalogue import load_catalogue
    from schemas.checks.table_schema import schema_json

    checked_ending("--json", options.json, ".json")
    if options.id is None:
        raise UsageProblem("missing", what="TABLE")
    dictionary = (load_catalogue(options.path) if options.path else load_catalogue()).dictionary
    tables = sorted({f.table for f in dictionary.fields.values()})
    if options.id not in tables:
        raise UsageProblem("unknown_table", table=options.id, near=nearest_words(options.id, tables))
    write_text(options.json or STDOUT, as_json(schema_json(options.id, dictionary)))
    return FINE


def run_export(options: Options, language: str) -> int:
    """``junkan catalogue export --out DIR [--path DIR]``; raises UsageProblem without a folder."""
    from app.documents.export.data_package import export_files
    from indicators.catalogue.load_catalogue import load_catalogue

    if options.out is None:
        raise UsageProblem("export_needs_out")
    catalogue = load_catalogue(options.path) if options.path else load_catalogue()
    for name, data in export_files(catalogue, date.today(), language).items():
        write_bytes(options.out / name, data)
        warn(say("cli.written", language, file=options.out / name))
    return FINE


def run_rules(options: Options, language: str) -> int:
    """Every rule with severity, text and remedy; with ``options.store`` also its track record there.

    Raises StoreError for a store that is not there or cannot be used.
    """
    from app.documents.export.catalogue_json import rules_json

    checked_ending("--json", options.json, ".json")
    records = _records(options) if options.store else None
    if options.json:
        write_text(options.json, as_json({"rules": rules_json(records)}))
    else:
        show_rules(language, records)
    return FINE


def _records(options: Options) -> dict[str, TrackRecord]:
    """The track records in a store."""
    from app.commands.operation.admin import opened_store
    from app.storage.track_record import track_records

    with closing(opened_store(options)) as store:
        return track_records(store)


# tables of the command line


def show_list(catalogue: Catalogue, language: str) -> None:
    """Indicators by pillar."""
    headings = ["id", say("cli.indicator", language), say("cli.level", language)]
    show_table(headings, [(i.id, i.label[language], ", ".join(i.levels)) for i in catalogue.indicators.values()])


def show_indicator(indicator: Indicator, catalogue: Catalogue, language: str) -> None:
    """One indicator in full: its texts, facts, examples, and its benchmarks with source and last confirmation."""
    show_heading(indicator.id, indicator.label[language])
    for text in (indicator.definition, indicator.official, indicator.pitfalls):
        if text is not None:
            tell(text[language])
    section = indicator_chapter(catalogue, language).section(indicator.id)
    benchmarks = [s for s in benchmark_chapter(catalogue, language).sections if s.id.startswith(f"{indicator.id}.")]
    for position, one in enumerate([section, *benchmarks]):
        if one is None:
            continue
        if position:
            tell("")
            show_heading(one.title)
        for fact in one.facts:
            tell(fact)
        for table in one.tables:
            show_table(table.head, table.rows, title=table.title)
    newest = max(
        (e.last_confirmed for b in catalogue.benchmarks.get(indicator.id, []) for e in b.entries), default=None
    )
    if newest is not None:
        tell(say("indicator.latest_confirmed", language, date=newest.isoformat()))


def show_rules(language: str, records: Mapping[str, TrackRecord] | None = None) -> None:
    """The rules as a table; with ``records`` also how often each fired, was mended and explained, and which to regrade.

    ``records``: track records by rule; a rule without one never fired.
    """
    counted: tuple[str, ...] = ()
    if records is not None:
        from app.storage.track_record import COUNTS

        counted = COUNTS
    headings = [say(f"cli.{key}", language) for key in ("head_rule", "head_severity", "head_text")]
    headings += [say(f"track.{key}", language) for key in counted]
    rows = [
        (
            rule.id,
            say(f"severity.{rule.severity}", language),
            rule.text.format()[language],
            *(f"{getattr(record_of(rule.id, records or {}), key):,}" for key in counted),
        )
        for rule in all_rules().values()
    ]
    show_table(headings, rows, right=len(counted))
    if again := [record.rule for record in (records or {}).values() if record.is_for_regrading]:
        tell(say("track.for_regrading", language, rules=" ".join(again)))
