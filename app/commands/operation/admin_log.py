"""``junkan admin log``: the log of a store as a table for people, CSV or JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from app.commands.exit_codes import FINE, Options, as_json, checked_ending, tell, write_bytes, write_text
from app.documents.export.safe_csv import csv_bytes
from app.storage.audit import entries
from app.storage.store import Store

COLUMNS = ("sequence", "at", "by", "role", "act", "subject", "institution", "submission", "facts", "before", "hash")


def show_log(store: Store, options: Options, _language: str) -> int:
    """Writes the rows of the log; without an output one line each, oldest first."""
    checked_ending("--csv", options.csv, ".csv")
    checked_ending("--json", options.json, ".json")
    rows = entries(store.engine, institution=options.institution)
    if options.json is not None:
        write_text(options.json, as_json(rows))
    if options.csv is not None:
        write_bytes(Path(options.csv), log_csv(rows))
    if options.json is None and options.csv is None:
        for row in rows:
            told = (row["sequence"], row["at"], row["role"], row["by"], row["act"], row["subject"], row["institution"])
            tell("  ".join(str(word) for word in told if word not in (None, "")))
    return FINE


def log_csv(rows: list[dict[str, object]]) -> bytes:
    """Rows of the log as CSV, facts as JSON in one cell."""
    flat = [{**row, "facts": json.dumps(row["facts"], ensure_ascii=False, sort_keys=True)} for row in rows]
    return csv_bytes(pd.DataFrame(flat, columns=list(COLUMNS)))
