"""``junkan count``: every institution of a country counted from OpenAlex's partitions in one run."""

from __future__ import annotations

from functools import partial

import pandas as pd

from app.commands.exit_codes import FINE, UNREADABLE, Options, UsageProblem, checked_ending, tell, warn
from app.commands.publications.import_command import day_of, years_of
from app.commands.publications.import_scope import find_country
from app.documents.export.safe_csv import as_text
from app.texts import say
from indicators.publications.engines import NoSpark, UnreadableTable, count_table
from indicators.publications.national_counts import COLUMNS, KEYS, count_institutions
from schemas.register import load_register


def run_count(options: Options, language: str) -> int:
    """Counts ``options.works`` by institution, year and field into ``options.out``.

    Returns 0, 10 where the partitions cannot be read. Raises UsageProblem.
    """
    checked_ending("--out", options.out, ".csv")
    years = years_of(options.years)
    if years is None:
        raise UsageProblem("bad_years", given="")
    country = find_country(options.country)
    count = partial(
        count_institutions,
        country=country,
        first_year=years[0],
        last_year=years[-1],
        document_types=options.types,
    )
    try:
        counts = count_table(options.engine, options.works, count, KEYS, COLUMNS)
    except NoSpark:
        raise UsageProblem("no_spark") from None
    except UnreadableTable as error:
        warn(say("publications.unreadable_partitions", language, works=options.works, reason=str(error)[:300]))
        return UNREADABLE
    options.out.parent.mkdir(parents=True, exist_ok=True)
    named = with_register(counts)
    day = day_of(options.extracted_on)
    named["database"], named["retrieved_on"] = "openalex", day.isoformat() if day else ""
    named["document_types"] = options.types
    named.map(as_text).to_csv(options.out, index=False, lineterminator="\n")
    tell(say("publications.counted", language, institutions=counts["institution"].nunique(), rows=len(counts)))
    warn(say("cli.written", language, file=options.out))
    return FINE


def with_register(counts: pd.DataFrame) -> pd.DataFrame:
    """The counts with school code and name before them; blank for institutions that the register lacks."""
    known = {one.ror: (one.code, one.name_ja) for one in load_register().institutions.values() if one.ror}
    found = [known.get(ror, ("", "")) for ror in counts["institution"]]
    named = counts.copy()
    named.insert(0, "name_ja", [name for _, name in found])
    named.insert(0, "school_code", [code for code, _ in found])
    return named.drop(columns=[name for name in named.columns if "corresponding" in str(name)])
