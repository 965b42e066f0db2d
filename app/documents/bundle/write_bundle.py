"""Writes the bundle of a judged workbook."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from app.documents.bundle.archive import (
    BESIDES,
    CATALOGUE,
    MANIFEST,
    PARAMETERS,
    RESULTS,
    WORKBOOK,
    archive_of,
    json_bytes,
    manifest_of,
)
from app.documents.export.catalogue_json import catalogue_json
from app.edition import catalogue, versions_of_software
from app.submission.result import Result
from indicators.catalogue.load_catalogue import Catalogue
from schemas.dictionary.counting_day import counting_day


def bundle_of(result: Result, workbook: bytes, beside: Sequence[bytes] = ()) -> bytes:
    """The bundle of a workbook: its bytes, the catalogue in force, the parameters and the results, as an archive.

    ``beside`` are the workbooks of the forms that it was judged beside. The same input gives the same bytes.
    """
    versions = versions_of_software()
    parts = {
        WORKBOOK: workbook,
        **dict(zip(BESIDES, beside, strict=False)),
        CATALOGUE: json_bytes(catalogue_document(catalogue())),
        PARAMETERS: json_bytes(parameters_of(result)),
        RESULTS: json_bytes(results_of(result)),
    }
    return archive_of({MANIFEST: manifest_of(parts, versions), **parts})


def catalogue_document(one: Catalogue) -> dict[str, Any]:
    """Every indicator with formula, version, goalposts and benchmarks, and the sources they name."""
    indicators = [
        {**catalogue_json(indicator, one), "formula": indicator.measure.model_dump(mode="json", exclude_none=True)}
        for indicator in one.indicators.values()
    ]
    sources = {key: json.loads(source.model_dump_json()) for key, source in one.sources.items()}
    document: dict[str, Any] = json.loads(
        json.dumps({"hash": one.hash, "indicators": indicators, "sources": sources}, default=str)
    )
    return document


def parameters_of(result: Result) -> dict[str, Any]:
    """Whose form of which round it is, and the day on which benchmarks are looked up."""
    header = result.header
    names = ("institution", "year", "form", "unit", "is_demo", "beside")
    return {
        **{name: header.get(name, "") for name in names},
        "institution_row": dict(header["institution_row"]),
        "benchmarks_on": counting_day(header["year"]).isoformat(),
    }


def results_of(result: Result) -> dict[str, Any]:
    """Values, gaps and scores as ``junkan score --json`` gives them."""
    return dict(result.header["score"])
