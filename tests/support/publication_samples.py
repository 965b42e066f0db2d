"""Made-up records in the formats of bibliographic databases, each with the traps of its format."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TOKYO = ("https://ror.org/057zh3y96", "https://openalex.org/I74801974", "The University of Tokyo", "JP")
OXFORD = ("https://ror.org/052gg0110", "https://openalex.org/I40120149", "University of Oxford", "GB")
KYOTO = ("https://ror.org/02kpeqv85", "https://openalex.org/I22299242", "Kyoto University", "JP")
HOSPITAL = ("https://ror.org/022cvpj02", "https://openalex.org/I4210097001", "The University of Tokyo Hospital", "JP")


def institution(of: tuple[str, str, str, str], *above: str) -> dict[str, Any]:
    ror, identifier, name, country = of
    lineage = [identifier, *above]
    return {"id": identifier, "display_name": name, "ror": ror, "country_code": country, "lineage": lineage}


def authorship(
    *institutions: dict[str, Any], name: str = "Kenji Sato", raw: Sequence[str] = (), **more: Any
) -> dict[str, Any]:
    countries = list(dict.fromkeys(one["country_code"] for one in institutions))
    return {
        "author": {"display_name": name},
        "institutions": list(institutions),
        "countries": countries,
        "raw_affiliation_strings": list(raw),
        **more,
    }


def work(number: int, *authorships: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": f"https://openalex.org/W{number}",
        "doi": f"https://doi.org/10.5555/Made.{number}",
        "title": f"A made-up paper about the number {number} and others",
        "publication_year": 2023,
        "type": "article",
        "authorships": list(authorships),
        "primary_topic": {"field": {"id": "https://openalex.org/fields/31"}},
        "citation_normalized_percentile": {"value": 0.5, "is_in_top_10_percent": False},
        **more,
    }


def write_lines(path: Path, works: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in works), "utf-8")
    return path


SCOPUS_HEADINGS = (
    "Authors,Author full names,Author(s) ID,Title,Year,DOI,Affiliations,Authors with affiliations,"
    "Correspondence Address,Document Type,EID"
)
SCOPUS_ROWS = (
    # two authors, one of them at two addresses
    '"Sato K.; Smith J.","Sato, Kenji (1); Smith, Jane (2)","1; 2",First made-up title of a paper,2023,10.5555/S.1,'
    '"Department of Physics, The University of Tokyo, Tokyo, Japan; University of Oxford, Oxford, United Kingdom",'
    '"Sato K., Department of Physics, The University of Tokyo, Tokyo, Japan, University of Oxford, Oxford, '
    'United Kingdom; Smith J., University of Oxford, Oxford, United Kingdom",'
    '"K. Sato; Department of Physics, The University of Tokyo, Tokyo, Japan; email: k@example.ac.jp",Article,2-s2.0-1',
    # two departments of one university are one institution
    '"Abe A.","Abe, Aya (3)","3",Second made-up title of a paper,2022,10.5555/S.2,'
    '"Faculty of Science, Kyoto University, Kyoto, 606-8501, Japan; Faculty of Law, Kyoto University, Kyoto, Japan",'
    '"Abe A., Faculty of Science, Kyoto University, Kyoto, 606-8501, Japan, Faculty of Law, Kyoto University, Kyoto, '
    'Japan",,Conference Paper,2-s2.0-2',
    # no address
    '"Cho D.","Cho, Dai (4)","4",Third made-up title of a paper,2022,,,,,Review,2-s2.0-3',
    # an address whose country cannot be read
    '"Doi E.","Doi, Emi (5)","5",Fourth made-up title of a paper,2021,,"The University of Tokyo, Tokyo, Japan; Some '
    'Institute, Atlantis","Doi E., The University of Tokyo, Tokyo, Japan, Some Institute, Atlantis",,Article,2-s2.0-4',
)

WOS_TAGS = ("PT", "AU", "AF", "TI", "DT", "C1", "RP", "PY", "EA", "DI", "SC", "UT")
WOS_ROWS = (
    (
        "J",
        "Sato, K; Smith, J",
        "Sato, Kenji; Smith, Jane",
        "First made-up title of a paper",
        "Article; Proceedings Paper",
        "[Sato, Kenji; Smith, Jane] Univ Tokyo, Dept Phys, Tokyo, Japan; [Smith, Jane] Univ Calif Berkeley, Berkeley, "
        "CA 94720 USA.",
        "Smith, J (corresponding author), Univ Calif Berkeley, Berkeley, CA 94720 USA.",
        "2023",
        "",
        "10.5555/W.1",
        "Physics",
        "WOS:000000000000001",
    ),
    (
        "J",
        "Li, M; Nguyen, T; Ivanov, I",
        "Li, Mei; Nguyen, Thi; Ivanov, Ivan",
        "Second made-up title of a paper",
        "Review",
        "Tsinghua Univ, Beijing, Peoples R China; Vietnam Natl Univ, Hanoi, Viet Nam; Univ Leeds, Leeds, England; "
        "Moscow State Univ, Moscow, Russia",
        "Li, M (reprint author), Tsinghua Univ, Beijing, Peoples R China.; Ivanov, I (reprint author), Moscow State "
        "Univ, Moscow, Russia.",
        "",
        "JAN 2024",
        "",
        "Chemistry",
        "WOS:000000000000002",
    ),
    (
        "J",
        "Abe, A",
        "Abe, Aya",
        "Third made-up title of a paper",
        "Article",
        "",
        "",
        "2022",
        "",
        "",
        "",
        "WOS:000000000000003",
    ),
)


def wos_tab() -> str:
    return "".join("\t".join(cells) + "\r\n" for cells in (WOS_TAGS, *WOS_ROWS))


def wos_plain() -> str:
    lines = ["FN Clarivate Analytics Web of Science", "VR 1.0"]
    for cells in WOS_ROWS:
        for tag, cell in zip(WOS_TAGS, cells, strict=True):
            if not cell:
                continue
            entries = cell.split("; ") if tag in ("AU", "AF") else [cell]
            if tag == "C1":
                entries = [part + "." for part in cell.rstrip(".").replace("; [", "\n[").split("\n")]
                if not cell.startswith("["):
                    entries = [part + "." for part in cell.split("; ")]
            lines.append(f"{tag} {entries[0]}")
            lines.extend(f"   {entry}" for entry in entries[1:])
        lines.extend(["ER", ""])
    return "\n".join([*lines, "EF"])
