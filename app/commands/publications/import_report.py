"""What an import met: ``report.json``, and its problems in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.commands.publications.import_scope import ImportScope
from app.commands.publications.name_mapping import unused_strings
from app.texts import texts
from indicators.publications.duplicates import Duplicate
from indicators.publications.publication_row import PublicationRow
from schemas.bibliography.address_country import address_end
from schemas.bibliography.own_addresses import InstitutionAddresses, NameStrings
from schemas.bibliography.read_problems import ProblemLog, ReadProblem
from schemas.bibliography.record import PublicationRecord
from schemas.dictionary.declaration import Text

LISTED = 1_000  # entries of a list in the report; all are counted


def problem_text(problem: ReadProblem) -> Text:
    """What the problem is, where, and what to do."""
    line = {"line": problem.line, "file": problem.file}
    where = texts()["publications.at_line" if problem.line else "publications.at_file"].format(**line)
    what = texts()[f"publications.{problem.kind}"].format(**problem.params)
    return Text(ja=where.ja + what.ja, en=where.en + what.en)


@dataclass
class ImportTally:
    """What is counted while records pass by; of lists only the first thousand entries are kept."""

    records_read: int = 0
    by_file: Counter[str] = field(default_factory=Counter)
    outside_years: int = 0
    outside_years_records: list[dict[str, object]] = field(default_factory=list)
    own: int = 0
    international: int = 0
    unknown: int = 0
    own_by_type: Counter[str] = field(default_factory=Counter)
    without_address: int = 0
    without_address_records: list[dict[str, object]] = field(default_factory=list)
    own_fraction_by_organisations: int = 0
    cut_author_lists: int = 0
    unreadable: NameStrings = field(default_factory=NameStrings)
    unreadable_at: dict[str, dict[str, object]] = field(default_factory=dict)
    first_year: int | None = None
    last_year: int | None = None

    def add_outside_years(self, record: PublicationRecord) -> None:
        """Counts one paper of another year than those asked for."""
        self.outside_years += 1
        if len(self.outside_years_records) < LISTED:
            whose = {"record_id": record.record_id, "file": record.file, "line": record.line, "year": record.year}
            self.outside_years_records.append(whose)

    def add(self, record: PublicationRecord, row: PublicationRow) -> None:
        """Counts one paper that is kept."""
        whose: dict[str, object] = {"record_id": row.record_id, "file": row.file, "line": row.line}
        if not record.countries and record.stated is None:
            self.without_address += 1
            if len(self.without_address_records) < LISTED:
                self.without_address_records.append(whose)
        for text in record.unreadable:
            end = address_end(text)
            self.unreadable.add(end)
            if len(self.unreadable_at) < LISTED:
                self.unreadable_at.setdefault(end, {"address": text[:300], **whose})
        self.cut_author_lists += record.is_author_list_cut
        if row.own:
            self._add_own(record, row)

    def _add_own(self, record: PublicationRecord, row: PublicationRow) -> None:
        self.own += 1
        self.international += row.international or 0
        self.unknown += row.international is None
        self.own_by_type[row.type or "-"] += 1
        self.own_fraction_by_organisations += record.authors is None and record.stated is None
        self.first_year = min(row.year, self.first_year or row.year)
        self.last_year = max(row.year, self.last_year or row.year)


def report_of(
    kind: str,
    scope: ImportScope,
    tally: ImportTally,
    problems: ProblemLog,
    duplicates: Iterable[Duplicate],
    document_types: str,
) -> dict[str, Any]:
    """The content of ``report.json``."""
    listed = list(duplicates)
    code = scope.institution.code if scope.institution else None
    own = scope.own
    return {
        "kind": kind,
        "own": {"label": scope.label, "identifier": scope.identifier, "code": code},
        "files": [{"file": name, "records": count} for name, count in tally.by_file.items()],
        "records_read": tally.records_read,
        "records_kept": tally.records_read - tally.outside_years,
        "outside_years": tally.outside_years,
        "records_outside_years": tally.outside_years_records,
        "own_papers": tally.own,
        "own_international": tally.international,
        "own_unknown": tally.unknown,
        "own_by_type": dict(tally.own_by_type.most_common()),
        "document_types_counted": document_types,
        "without_address": tally.without_address,
        "records_without_address": tally.without_address_records,
        "cut_author_lists": tally.cut_author_lists,
        "own_fraction_by_organisations": tally.own_fraction_by_organisations,
        "unreadable_countries": [
            {"text": text, "count": count, **tally.unreadable_at.get(text, {})}
            for text, count in tally.unreadable.counts.most_common(LISTED)
        ],
        "duplicate_count": sum(len(one.left_out) for one in listed),
        "duplicates": [_duplicate(one) for one in listed[:LISTED]],
        **(_strings(own) if isinstance(own, InstitutionAddresses) else _NO_STRINGS),
        "problem_count": sum(problems.counts.values()),
        "problems": [
            {"file": one.file, "line": one.line, "kind": one.kind, "message": problem_text(one).model_dump()}
            for one in problems.listed
        ],
        "problem_counts": [
            {"file": file, "kind": kind_, "count": count} for (file, kind_), count in problems.counts.items()
        ],
    }


_NO_STRINGS: dict[str, Any] = {"name_strings_used": [], "name_strings_not_used": [], "names_of_several": []}


def _strings(own: InstitutionAddresses) -> dict[str, Any]:
    return {
        "name_strings_used": [
            {"string": string, "count": count} for string, count in own.used.counts.most_common(LISTED)
        ],
        "name_strings_not_used": [
            {"string": string, "count": count, "resembles": resembles}
            for string, count, resembles in unused_strings(own)
        ],
        "names_of_several": sorted(own.ambiguous),
    }


def _duplicate(one: Duplicate) -> dict[str, Any]:
    def whose(record: Any) -> dict[str, object]:
        return {"record_id": record.record_id, "file": record.file, "line": record.line}

    return {"rule": one.rule, "counted": whose(one.counted), "left_out": [whose(record) for record in one.left_out]}
