"""Checks of the list of units: which centre is compared, and what is said about the calls and hosts of WPI centres."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from schemas.checks.check_context import CheckContext
from schemas.checks.registration import function_check
from schemas.dictionary.declaration import Text
from schemas.dictionary.match_key import match_key
from schemas.reading.answer import Answer
from schemas.register import ClosedInstitution, UnknownInstitution
from schemas.register.centres import CentreRegister, WpiCentre, load_centres, read_hosts
from schemas.rules.finding import Finding
from schemas.rules.rule import Rule

WPI = "wpi_centre"
CALL_COLUMNS = ("call_year", "call_type", "status")
MULTI_HOST = "multi_host"
NOTHING = "－"


# which centre is compared ----------------------------------------------------------------------------------------


def _chosen_units(context: CheckContext) -> list[Answer]:
    """The answers that choose a unit as the centre for comparison; none where there is no centre."""
    if context.submission.value("profile.has_centre") != "yes":
        return []
    return [a for a in context.submission.answers if a.field.id == "units.is_centre" and a.value == "yes" and a.applies]


@function_check("tables")
def centre_not_chosen(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """No unit chosen as the centre for comparison although there is one."""
    if context.submission.value("profile.has_centre") == "yes" and not _chosen_units(context):
        first = [a for a in context.submission.answers if a.field.id == "units.is_centre"][:1]
        cell_ref = {"field": "units.is_centre", "sheet": first[0].sheet if first else None}
        blocks = tuple((a.field.id, a.row_key) for a in first)
        yield rule.finding({}, cells=tuple(a.cell for a in first), blocks=blocks, **cell_ref)


@function_check("tables")
def several_chosen(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Several units chosen as the centre for comparison: the first is used, and named."""
    chosen = _chosen_units(context)
    if len(chosen) > 1:
        names = [_name(context, answer.row_key) for answer in chosen]
        params = {"count": len(chosen), "used": names[0], "others": "、".join(names[1:])}
        cell_ref = {"field": "units.is_centre", "sheet": chosen[0].sheet, "value": str(len(chosen))}
        yield rule.finding(params, cells=tuple(a.cell for a in chosen), blocks=(), **cell_ref)


def _name(context: CheckContext, row_key: str) -> str:
    """Code and name of a unit, as far as they are given."""
    said = (context.submission.value(f"units.{column}", row_key) for column in ("unit", "name_ja"))
    return " ".join(str(part) for part in said if part is not None) or NOTHING


# calls -----------------------------------------------------------------------------------------------------------


def _wpi_rows(context: CheckContext) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Row key and answers of every unit that is a WPI centre; what is not answered is None."""
    frame = context.table("units")
    if frame.empty or "kind" not in frame:
        return
    for key, row in frame[frame["kind"] == WPI].iterrows():
        yield str(key), {str(name): None if pd.isna(value) else value for name, value in row.items()}


def _finding(
    rule: Rule, context: CheckContext, column: str, key: str, params: Mapping[str, object], value: object = ""
) -> Finding:
    """A finding about one cell of the list of units; an error blocks the answer in it."""
    cell_ref = context.cell_ref("units", [column], key)
    blocks = {} if rule.severity == "error" else {"blocks": ()}
    own = {"cell": context.address("units", column, key), "name": _name(context, key), **params}
    return rule.finding(own, value=str(value), **{**cell_ref, **blocks})


def _years(years: list[int]) -> Text:
    return Text(
        ja="と".join(f"{year}年度" for year in years) or NOTHING,
        en=" and ".join(f"FY{year}" for year in years) or NOTHING,
    )


@function_check("tables")
def no_such_call(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A fiscal year in which the programme had no call."""
    known = load_centres()
    for key, row in _wpi_rows(context):
        year = row.get("call_year")
        if year is not None and year <= known.last_year and not known.types_of(year):
            yield _finding(
                rule, context, "call_year", key, {"value": year, "near": _years(known.years_near(year))}, year
            )


@function_check("tables")
def call_not_known(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A call later than those that are known."""
    known = load_centres()
    for key, row in _wpi_rows(context):
        year = row.get("call_year")
        if year is not None and year > known.last_year:
            yield _finding(rule, context, "call_year", key, {"value": year, "last": known.last_year}, year)


@function_check("tables")
def no_such_type(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A type that the call of the year did not have."""
    known, labels = load_centres(), context.dictionary.labels("wpi_call_types")
    for key, row in _wpi_rows(context):
        year, given = row.get("call_year"), row.get("call_type")
        types = known.types_of(year) if year is not None else ()
        if given is not None and types and given not in types:
            near = _join_texts([labels[one] for one in types])
            params = {"year": year, "value": labels[given], "near": near}
            yield _finding(rule, context, "call_type", key, params, given)


def _join_texts(texts: list[Text]) -> Text:
    return Text(ja="、".join(text.ja for text in texts), en=", ".join(text.en for text in texts))


@function_check("tables")
def call_not_stated(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A WPI centre whose call or status is not told, so that no requirement of a call can be judged."""
    known, fields = load_centres(), context.dictionary.fields
    for key, row in _wpi_rows(context):
        year = row.get("call_year")
        is_open = year is not None and len(known.types_of(year)) < 2  # the type of a year with one call is known
        asked = [c for c in CALL_COLUMNS if c in row]  # a form issued before these questions has none of them
        lacking = [c for c in asked if row[c] is None and not (c == "call_type" and is_open)]
        if row.get("name_ja") is not None and lacking:
            labels = _join_texts([fields[f"units.{column}"].label for column in lacking])
            yield _finding(rule, context, lacking[0], key, {"missing": labels})


# the register ----------------------------------------------------------------------------------------------------


def registered_centre(known: CentreRegister, row: Mapping[str, Any]) -> WpiCentre | None:
    """The adopted centre that a unit is, by one of its names or else its code."""
    for column in ("name_ja", "name_en", "unit"):
        found = known.find(str(row[column])) if row.get(column) is not None else None
        if found is not None:
            return found
    return None


@function_check("tables")
def call_differs(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Call, type or status of a WPI centre other than the register's."""
    if context.submission.is_demo:
        return
    known, fields = load_centres(), context.dictionary.fields
    for key, row in _wpi_rows(context):
        centre = registered_centre(known, row)
        if centre is None:
            continue
        right = (centre.call_year, centre.call_type, centre.status_in(context.submission.year))
        for column, wanted in zip(CALL_COLUMNS, right, strict=True):
            given = row.get(column)
            if given is not None and given != wanted:
                labels = context.dictionary.labels(fields[f"units.{column}"].code_list or "yes_no")
                params = {
                    "label": fields[f"units.{column}"].label,
                    "value": labels.get(str(given), str(given)),
                    "near": labels.get(str(wanted), str(wanted)),
                }
                yield _finding(rule, context, column, key, params, given)


@function_check("tables")
def not_adopted(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A WPI centre that the register of adopted centres does not know."""
    if context.submission.is_demo:
        return
    known = load_centres()
    for key, row in _wpi_rows(context):
        if row.get("name_ja") is None or registered_centre(known, row) is not None:
            continue
        near = known.near(str(row["name_ja"]))
        params = {"value": row["name_ja"], "near": f"{near.short_name} {near.name_ja}" if near else ""}
        yield _finding(rule, context, "name_ja", key, params, row["name_ja"])


# hosts -----------------------------------------------------------------------------------------------------------


def _hosts(context: CheckContext) -> Iterator[tuple[str, Mapping[str, Any], list[str]]]:
    """Row key, answers and hosts of every unit that names hosts."""
    frame = context.table("units")
    for key, row in frame.iterrows():
        given = {str(name): None if pd.isna(value) else value for name, value in row.items()}
        if given.get("hosts") is not None:
            yield str(key), given, read_hosts(str(given["hosts"]))


@function_check("tables")
def unknown_hosts(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Hosts whose code the register does not know, or that no longer exist in the round."""
    for key, _, hosts in _hosts(context):
        for host in hosts if not context.submission.is_demo else ():
            if host == context.submission.institution:
                continue
            try:
                context.register.get(host, context.submission.year)
            except (UnknownInstitution, ClosedInstitution) as unknown:
                near = f"{unknown.near.code} {unknown.near.name_ja}" if unknown.near else ""
                yield _finding(rule, context, "hosts", key, {"value": host, "near": near}, host)


@function_check("tables")
def own_host_missing(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Hosts of a centre among which the institution itself is not."""
    own, year = context.submission.institution, context.submission.year
    for key, _, hosts in _hosts(context):
        later = [context.register.successor(host, year) for host in hosts]
        if own not in hosts and own not in [one.code for one in later if one]:
            yield _finding(rule, context, "hosts", key, {"value": ";".join(hosts), "own": own}, ";".join(hosts))


@function_check("tables")
def hosts_differ(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A WPI centre that the register places at other institutions."""
    if context.submission.is_demo:
        return
    known, own, year = load_centres(), context.submission.institution, context.submission.year
    for key, row in _wpi_rows(context):
        centre = registered_centre(known, row)
        hosts = centre.hosts_in(year, context.register) if centre else ()
        if centre is not None and own not in hosts and own in context.register.institutions:
            names = "、".join(f"{code} {context.register.institutions[code].name_ja}" for code in hosts)
            column = "name_ja" if row.get("name_ja") is not None else "unit"
            yield _finding(rule, context, column, key, {"centre": centre.short_name, "near": names}, centre.code)


@function_check("tables")
def single_host(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """A centre of several hosts for which fewer than two are named."""
    for key, row in _wpi_rows(context):
        if row.get("call_type") == MULTI_HOST and len(read_hosts(str(row.get("hosts") or ""))) < 2:
            yield _finding(rule, context, "hosts", key, {})


# names -----------------------------------------------------------------------------------------------------------


@function_check("tables")
def english_name_twice(rule: Rule, context: CheckContext) -> Iterator[Finding]:
    """Two units with one English name, whatever letter case and spaces they are written with."""
    frame = context.table("units")
    if frame.empty or "name_en" not in frame:
        return
    seen: dict[str, str] = {}
    for key, name in frame["name_en"].dropna().items():
        first = seen.setdefault(match_key(str(name)), str(key))
        if first != str(key):
            earlier = context.address("units", "name_en", first)
            yield _finding(rule, context, "name_en", str(key), {"value": name, "earlier": earlier}, name)
