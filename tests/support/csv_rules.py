"""The government's 30 rules for machine-readable data, applied to the bytes of a CSV file."""

import csv
import io

from app.documents.export.machine_readability import CheckedTable, RuleOutcome, outcomes_of

BOM = "\ufeff".encode()
SHEET_ONLY = frozenset({"L1-10", "L1-11", "L1-12", "L1-13"})  # rules of a sheet that no CSV file can break


def check_csv(data: bytes) -> list[RuleOutcome]:
    """One outcome for each of the 30 rules for the bytes of a CSV file."""
    text = data.decode("utf-8-sig")
    records = list(csv.reader(io.StringIO(text)))
    table = CheckedTable(records[0] if records else [], records[1:])
    lines = text.removesuffix("\n").split("\n") if text else []
    extra = {
        "L1-14": "" if len(lines) == len(records) else "1",
        "L1-15": next((str(n) for n, row in enumerate(records, 1) if len(row) != len(table.header)), ""),
        "L3-08": "" if data.startswith(BOM) else "1",
    }
    return outcomes_of(table, extra, SHEET_ONLY)
