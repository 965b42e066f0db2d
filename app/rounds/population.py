"""Whom a round asks: the bodies of the register of some kinds, with exceptions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from app.rounds.round_errors import RoundError
from app.rounds.round_record import Body
from app.storage.store import Store
from schemas.dictionary.counting_day import counting_day
from schemas.register import DEGREE_KINDS, KINDS, ClosedInstitution, Institution, UnknownInstitution, load_register

ALL_KINDS = "all"
INVENTED = re.compile(r"DEMO-[A-Z0-9]{1,12}")  # codes of invented institutions, whose names come with their first form


def words_in(given: Iterable[str] | str | None) -> tuple[str, ...]:
    """Words, such as codes, given apart by commas or blanks, or several times over."""
    parts = [given] if isinstance(given, str) else given or ()
    return tuple(word for part in parts for word in re.split(r"[\s,，、]+", part) if word)


def choose_population(
    store: Store, year: int, kinds: Collection[str], without: Collection[str], besides: Collection[str]
) -> list[Body]:
    """The bodies asked in the round of ``year``, by code.

    Of the register those of ``kinds`` that exist on 1 May of that year, with the name they bear then; of a store with
    demo data the invented ones in it. ``without`` are left out and ``besides`` asked too, by code. Raises RoundError
    for an unknown kind or code, and for a population of nobody.
    """
    unknown = sorted(set(kinds) - set(KINDS) - {ALL_KINDS})
    if unknown:
        raise RoundError("unknown_kind", kind=", ".join(unknown), known=", ".join((ALL_KINDS, *KINDS)))
    found = {body.institution: body for body in _of_kinds(store, year, kinds)}
    for code in without:
        if code not in found:
            raise RoundError("unknown_exception", code=code)
        del found[code]
    found |= {body.institution: body for body in (body_of_code(store, code, year) for code in besides)}
    if not found:
        raise RoundError("nobody")
    return [found[code] for code in sorted(found)]


def _of_kinds(store: Store, year: int, kinds: Collection[str]) -> list[Body]:
    if store.kind == "demo":
        return _in_store(store)
    register = load_register()
    return [
        _body(register.get(code, year))
        for code, one in register.institutions.items()
        if (ALL_KINDS in kinds or one.kind in kinds) and _exists(one, year) and register.closure_of(code, year) is None
    ]


def _exists(one: Institution, year: int) -> bool:
    """Whether a body exists on 1 May of a year, as far as the register gives dates."""
    day = counting_day(year).isoformat()
    begins, ends = one.valid_from, one.valid_until
    return (not begins or begins <= day[: len(begins)]) and (not ends or ends >= day[: len(ends)])


def body_of_code(store: Store, code: str, year: int | None = None) -> Body:
    """One body by its code, as of a round, out of the register or the store.

    In a demo store any invented code is one, named by its code until its first form comes. Raises RoundError with the
    nearest code.
    """
    known = {body.institution: body for body in _in_store(store)}
    try:
        return _body(load_register().get(code, year))
    except ClosedInstitution as closed:
        after = f"{closed.near.code} {closed.near.name_ja}" if closed.near else ""
        raise RoundError("closed_body", what=closed.change.sentence, after=after) from None
    except UnknownInstitution as unknown:
        if code in known:
            return known[code]
        if store.kind == "demo" and INVENTED.fullmatch(code):
            return Body(code, "university", code, code, "", "")
        raise RoundError("unknown_body", code=code, near=unknown.near.code if unknown.near else "") from None


def _in_store(store: Store) -> list[Body]:
    rows = store.institutions().fillna("").to_dict("records")
    words = ("name_ja", "name_en", "founder", "prefecture")
    return [
        Body(str(row["code"]), str(row["kind"]) or "university", name_ja, name_en, founder, prefecture)
        for row in rows
        for name_ja, name_en, founder, prefecture in [[str(row[name]) for name in words]]
    ]


def _body(one: Institution) -> Body:
    return Body(one.code, one.kind, one.name_ja, one.name_en, one.founder, one.prefecture)


DEFAULT_KINDS = tuple(kind for kind in KINDS if kind in DEGREE_KINDS)
