"""Files of one kind, one after the other, as a stream of publication records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from schemas.bibliography.openalex import read_openalex
from schemas.bibliography.publication_list import read_publication_list
from schemas.bibliography.read_problems import ProblemLog
from schemas.bibliography.record import PublicationRecord
from schemas.bibliography.scopus import read_scopus
from schemas.bibliography.wos import read_wos

READERS: dict[str, Callable[[Path, ProblemLog], Iterator[PublicationRecord]]] = {
    "openalex": read_openalex,
    "scopus": read_scopus,
    "wos": read_wos,
    "list": read_publication_list,
}
KINDS = tuple(READERS)
ENDINGS = {
    "openalex": (".json", ".jsonl", ".ndjson", ".gz", ".parquet"),
    "scopus": (".csv", ".tsv", ".txt", ".gz"),
    "wos": (".txt", ".tsv", ".csv", ".gz"),
    "list": (".xlsx",),
}


def read_publications(kind: str, paths: Iterable[Path], problems: ProblemLog) -> Iterator[PublicationRecord]:
    """The records of all files in order, never more than a few of them in memory; what cannot be read is noted.

    A folder stands for the files in it, in order of their names, as in the partitions of OpenAlex's snapshot.
    """
    for path in paths:
        for file in files_of(kind, path):
            if file.is_file():
                yield from READERS[kind](file, problems)
            else:
                problems.add(file.name, 0, "no_such_file")


def files_of(kind: str, path: Path) -> list[Path]:
    """The files that a path stands for: itself, or those of a folder with a fitting ending."""
    if not path.is_dir():
        return [path]
    inside = sorted(file for file in path.rglob("*") if file.is_file())
    kept = [file for file in inside if file.name.lower().endswith(ENDINGS[kind]) and file.name[0] not in "._"]
    return [file for file in kept if file.name not in ("manifest", "asked.json")]
