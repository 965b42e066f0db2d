"""``junkan catalogue`` and ``rules``: what is declared, listed or checked."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.exit_codes import (
    FINE,
    STDOUT,
    USAGE,
    UsageProblem,
    as_json,
    checked_ending,
    tell,
    warn,
    write_bytes,
    write_text,
)
from app.texts import say, texts

if TYPE_CHECKING:
    from app.storage.track_record import TrackRecord


def run_catalogue(options: argparse.Namespace, language: str) -> int:
    """Lists, shows, checks or exports the declared indicators; returns the exit code.

    Raises UsageProblem for an indicator that is not known, DeclarationError for declarations that do not hold; for
    ``check`` also for worked examples that do not hold and meanings changed without a new version.
    """
    if options.action == "export":
        return run_export(options, language)
    from app.documents.export.catalogue_json import catalogue_json, checked, show_indicator, show_list
    from indicators.catalogue.load_catalogue import load_catalogue
    from schemas.dictionary.declaration import nearest

    checked_ending("--json", options.json, ".json")
    catalogue = load_catalogue(options.path) if options.path else load_catalogue()
    if options.action == "check":
        checked(catalogue)
    if options.action == "show" and options.id not in catalogue.indicators:
        near = nearest(options.id or "", catalogue.indicators) or "－"
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


def run_export(options: argparse.Namespace, language: str) -> int:
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


def run_rules(options: argparse.Namespace, language: str) -> int:
    """Every rule with severity, text and remedy; with ``options.store`` also its track record there.

    2 for a store that is not there or cannot be used.
    """
    from app.documents.export.catalogue_json import rules_json, show_rules
    from app.storage.problems import StoreError

    checked_ending("--json", options.json, ".json")
    try:
        records = _records(options.store, options.files) if options.store else None
    except StoreError as error:
        warn(error.text[language])
        return USAGE
    if options.json:
        write_text(options.json, as_json({"rules": rules_json(records)}))
    else:
        show_rules(language, records)
    return FINE


def _records(place: str, files: Path | None) -> dict[str, TrackRecord]:
    """The track records in the store at ``place``. Raises StoreError where there is none."""
    from app.storage.files.folder import DATABASE
    from app.storage.problems import StoreError
    from app.storage.store import Store
    from app.storage.store_location import files_folder
    from app.storage.track_record import track_records

    if "://" not in place and not (Path(place) / DATABASE).is_file():
        raise StoreError(texts()["track.no_store"].format(store=place))
    store = Store.open(place, files=files or files_folder())
    try:
        return track_records(store)
    finally:
        store.close()
