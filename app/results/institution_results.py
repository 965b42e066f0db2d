"""What pages read: the stored results of one institution as the JSON of ``score``, and panels over institutions."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from app.access import Actor
from app.edition import catalogue, versions_of_software
from app.results.cell_suppression import SuppressedRows, count_suppressed, suppress_small_counts
from app.results.linked_counts import Links, links_of
from app.results.nation.kept_results import edition, rows_of_nation
from app.results.nation.national_values import national_values, values_as_seen
from app.rounds.submission_states import sign_off_of
from app.storage.database.kept_frames import keep_rows, read_kept, state_of_institution
from app.storage.store import Store
from indicators.comparison.context_variables import context_variables
from indicators.engine.centre_results import ListedCentre, about_compared, centres_of
from indicators.engine.evaluate import Scoreboard
from indicators.engine.scoreboard import number, scoreboards
from indicators.scoring.own_targets import with_own_targets
from schemas.form.guide import load_guide
from schemas.reading.clean_tables import counted_level

THOUSAND = 1000
CONTEXT, SUPPRESSED = "context", "suppressed"  # kinds of kept rows
Positions = npt.NDArray[np.intp]
NOWHERE: Positions = np.array([], dtype=np.intp)


@dataclass(frozen=True)
class Board:
    """The current results of one institution and round: the JSON of ``score`` for it, and who it is."""

    submission: str
    score: dict[str, Any]
    institution_row: dict[str, str]
    received_at: Any
    status: str

    @property
    def scoreboard(self) -> dict[str, Any]:
        """The one scoreboard, with the results about the centre that the institution compares."""
        return about_compared(self.of_all_centres)

    @property
    def of_all_centres(self) -> dict[str, Any]:
        """The one scoreboard with the results about every centre."""
        found: dict[str, Any] = self.score["scoreboards"][0]
        return found

    @property
    def centres(self) -> list[dict[str, Any]]:
        """The centres of the institution in the JSON of ``score``, in the order in which it lists them."""
        found: list[dict[str, Any]] = self.of_all_centres["centres"]
        return found

    def indicator(self, name: str, level: str) -> dict[str, Any] | None:
        """The headline row of an indicator at a level."""
        rows = [row for row in self.scoreboard["indicators"] if row["id"] == name and row["level"] == level]
        return rows[0] if rows else None


def board_of(store: Store, institution: str, year: int, submission: str | None = None) -> Board | None:
    """The stored results of a submission of an institution, by default of the one that speaks for it in the year.

    None when it has none for the year.
    """
    of_record = store.submission_of_record(institution, year)
    submission = submission or of_record
    if submission is None:
        return None
    row = store.submission(submission)
    assert row is not None
    known = store.institutions().set_index("code").loc[institution]
    names = {key: str(known[key] or "") for key in ("name_ja", "name_en", "founder", "prefecture")}
    signed = sign_off_of(store.engine, submission)
    found = _kept_scoreboards if submission == of_record else _scoreboards
    return Board(
        submission,
        {
            "scoreboards": found(store, institution, year, submission),
            "versions": {
                **versions_of_software(),
                "form": f"{row['form']}-{year}-{load_guide().form_version}",
                "catalogue": str(row["catalogue_hash"]),
                "software": str(row["software"]),
            },
            "sign_off": None if signed is None else signed.as_json(),
        },
        {"code": institution, **names},
        row["received_at"],
        str(row["status"]),
    )


def values_of_rounds(store: Store, institution: str) -> list[dict[str, Any]]:
    """The values of an institution and of the centre that it compares in every round, as its scoreboards have them.

    Each with ``year`` and of a row of the scoreboard: id, level, value, interval, status and small.
    """
    of_record = store.submissions(institution, of_record_only=True)
    centre = dict(zip(of_record["id"], of_record["centre"], strict=True))
    values = store.values(institution=institution)
    columns = ("submission", "year", "indicator", "level", "unit", "value", "lower", "upper", "status", "small")
    found = []
    for row in zip(*(values[name].astype(object) for name in columns), strict=True):
        submission, year, indicator, level, unit, value, lower, upper, status, small = row
        if level == "unit" or (level == "centre" and unit not in ("", centre[submission])):
            continue
        ends = [number(lower), number(upper)]
        interval = ends if status == "ok" and None not in ends else None
        told = {"year": int(year), "id": indicator, "level": level, "value": number(value), "interval": interval}
        found.append({**told, "status": status, "small": bool(small)})
    return found


def _kept_scoreboards(store: Store, institution: str, year: int, submission: str) -> list[dict[str, Any]]:
    """The scoreboards of the submission of record, worked out once from its values and kept until they change."""
    state = {institution: state_of_institution(store.engine, institution, year)}
    key = (store.engine, f"scoreboards {institution}", year, edition())
    kept = read_kept(*key)
    if kept is None or kept.states != state:
        text = json.dumps(_scoreboards(store, institution, year, submission), ensure_ascii=False)
        kept = keep_rows(*key, state, zlib.compress(text.encode()))
    found: list[dict[str, Any]] = json.loads(zlib.decompress(kept.rows))
    return found


def _scoreboards(store: Store, institution: str, year: int, submission: str) -> list[dict[str, Any]]:
    """The scoreboards of a submission in the JSON of ``score``, from its stored values."""
    answers = store.answers(submission)
    board = Scoreboard(
        _with_integers(_with_words(store.values(submission=submission))),
        _with_words(store.gaps(submission=submission)),
        _with_words(store.scores(submission=submission)),
        cells := store.value_cells(submission),
    )
    addresses = {
        (submission, field, row_key): f"{sheet}!{cell}"
        for field, row_key, sheet, cell in zip(
            *(cells[name].tolist() for name in ("field", "row_key", "sheet", "cell")), strict=True
        )
        if cell
    }
    rounds = pd.DataFrame([{"submission": submission, "institution": institution, "year": year}])
    centres = {submission: centres_in_store(store, submission, answers)}
    found = scoreboards(board, catalogue(), rounds, addresses, centres)
    return [with_own_targets(one, answers, catalogue()) for one in found]


def centres_in_store(store: Store, submission: str, answers: pd.DataFrame | None = None) -> list[ListedCentre]:
    """The centres that a kept form lists or is about, each with whether its own form has been handed in.

    ``answers``: those of the submission, where they have been read already.
    """
    row = store.submission(submission)
    if row is None:
        return []
    forms = store.current_forms(str(row["institution"]))
    with_form = {unit for year, form, unit in forms if (year, form) == (row["year"], "centre")}
    listed = listed_units(store.answers(submission) if answers is None else answers).get(submission)
    return centres_of(listed, str(row["centre"]), with_form)


def listed_units(answers: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The list of units of every submission in answers, one row a unit."""
    own = answers[answers["field"].str.startswith("units.") & (answers["normalised"].fillna("") != "")]
    if own.empty:
        return {}
    said: dict[tuple[str, float], dict[str, str]] = {}
    columns = (own["submission"], pd.to_numeric(own["row_key"]), own["field"], own["normalised"])
    for submission, place, field, text in zip(*columns, strict=True):
        said.setdefault((submission, place), {}).setdefault(field.removeprefix("units."), text)
    index = pd.MultiIndex.from_tuples(said, names=["submission", "place"])
    wide = pd.DataFrame(list(said.values()), index).sort_index()
    if "unit" not in wide:
        return {}
    named = wide[wide["unit"].notna()]
    return {
        str(key): rows.droplevel(0).dropna(axis="columns", how="all").reset_index()
        for key, rows in named.groupby(level=0)
    }


def _with_words(rows: pd.DataFrame) -> pd.DataFrame:
    """Stored lists as the words in one text that the engine gives."""
    words = [column for column in ("flags", "dropped") if column in rows]
    return rows.assign(**{column: [" ".join(listed or ()) for listed in rows[column]] for column in words})


def _exact(text: str | None) -> int | Fraction:
    return int(text) if text and text.isdecimal() else Fraction(text or 0)


def _with_integers(values: pd.DataFrame) -> pd.DataFrame:
    """Stored values with numerator and denominator as integers over a scale again."""
    exact = {column: list(map(_exact, values[column])) for column in ("numerator", "denominator")}
    whole = all(number.denominator == 1 for numbers in exact.values() for number in numbers)
    scale = 1 if whole else THOUSAND
    columns = {column: [int(number * scale) for number in numbers] for column, numbers in exact.items()}
    order = {name: index for index, name in enumerate(catalogue().indicators)}
    levels = {"institution": 0, "centre": 1, "unit": 2}
    keyed = values.assign(**columns, scale=scale, _i=values["indicator"].map(order), _l=values["level"].map(levels))
    return keyed.sort_values(["_i", "_l", "unit"], kind="stable").drop(columns=["_i", "_l"])


def panel(store: Store, actor: Actor, year: int) -> pd.DataFrame:
    """Values of all institutions in a year with names, founder and prefecture, small counts hidden."""
    return panel_of(store, national_values(store, year, links()), actor)


def panel_of(store: Store, every: pd.DataFrame, actor: Actor) -> pd.DataFrame:
    """The panel of ``every``, the ``national_values`` of a year."""
    return _add_names(store, values_as_seen(every, actor))


def suppressed_rows(store: Store, year: int) -> SuppressedRows:
    """How many rows of a year are hidden, and how many of them only to protect others, as kept."""

    def work_out(_: str | None) -> pd.DataFrame:
        every = national_values(store, year, links())
        return pd.DataFrame([asdict(count_suppressed(every, every["hidden"], links()))])

    (kept,) = rows_of_nation(store, SUPPRESSED, year, work_out, ()).frame().to_dict("records")
    return SuppressedRows(**{str(name): int(count) for name, count in kept.items()})


@dataclass(frozen=True)
class Panel:
    """The rows of a panel, and where those of an indicator or an institution stand among them."""

    rows: pd.DataFrame
    by_indicator: Mapping[str, Positions]
    by_institution: Mapping[str, Positions]

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Panel:
        """The panel with its positions."""
        if rows.empty:
            return cls(rows, {}, {})
        groups = (rows.groupby(name, sort=False).indices for name in ("indicator", "institution"))
        return cls(rows, *({str(key): np.asarray(at) for key, at in found.items()} for found in groups))

    def narrowed(self, indicators: Collection[str] | None, institutions: Collection[str] | None) -> pd.DataFrame:
        """The rows of some indicators and institutions, None: of all; in the order of the panel."""
        wanted = [
            np.sort(np.concatenate([NOWHERE, *(known[name] for name in dict.fromkeys(names) if name in known)]))
            for names, known in ((indicators, self.by_indicator), (institutions, self.by_institution))
            if names is not None
        ]
        if not wanted:
            return self.rows
        positions = wanted[0]
        for others in wanted[1:]:
            positions = positions[np.isin(positions, others, assume_unique=True)]
        return self.rows.take(positions)


def own_values(store: Store, actor: Actor, year: int, institution: str) -> pd.DataFrame:
    """The rows of a panel about ``institution`` as they stand on its own page."""
    return _add_names(store, _suppress_values(store.values(year=year, institution=institution), actor, institution))


def with_own_values(every: pd.DataFrame, own: pd.DataFrame, institution: str) -> pd.DataFrame:
    """Rows of a panel as they stand on the page of ``institution``: with ``own`` in place of its rows."""
    at = (every["institution"] == institution).to_numpy().nonzero()[0]
    if not len(at):
        return pd.concat([every, own]).sort_values("institution", kind="stable", ignore_index=True)
    return pd.concat([every.iloc[: at[0]], own, every.iloc[at[-1] + 1 :]], ignore_index=True)


def _suppress_values(values: pd.DataFrame, actor: Actor, page_institution: str | None) -> pd.DataFrame:
    values = values[values["level"] != "unit"].reset_index(drop=True)  # units are shown on the own page alone
    values = values.assign(flags=[" ".join(flags or ()) for flags in values["flags"]])
    return values if values.empty else suppress_small_counts(values, actor, page_institution, links())


def _add_names(store: Store, values: pd.DataFrame) -> pd.DataFrame:
    if values.empty:
        return values
    names = store.institutions()[["code", "name_ja", "name_en", "founder", "prefecture"]]
    return values.merge(names, left_on="institution", right_on="code", how="left")


@cache
def links() -> Links:
    """How the counts of the catalogue in force give each other away."""
    return links_of(catalogue())


def context_of_year(store: Store, year: int) -> pd.DataFrame:
    """The context variables of all institutions of a year, by code (docs/methods.md 8)."""
    kept = rows_of_nation(store, CONTEXT, year, lambda institution: _context_rows(store, year, institution))
    frame = kept.frame()
    if frame.empty:
        return pd.DataFrame()
    return frame.set_index("institution").astype({"founder": object})


def _context_rows(store: Store, year: int, institution: str | None) -> pd.DataFrame:
    """The context variables of all institutions of a year, or of one, with the column ``institution``."""
    answers = store.answers_of_year(year, "profile", institution)
    if answers.empty:
        return pd.DataFrame({"institution": pd.Series(dtype="str")})
    fields = catalogue().dictionary.fields
    wide = answers.assign(column=answers["field"].str.removeprefix("profile.")).pivot_table(
        index=["submission", "institution"], columns="column", values="normalised", aggfunc="first"
    )
    codes = answers.assign(column=answers["field"].str.removeprefix("profile.") + "__code").pivot_table(
        index=["submission", "institution"], columns="column", values="code", aggfunc="first"
    )
    numeric = [name for name in wide.columns if fields[f"profile.{name}"].type in ("count", "year")]
    wide = wide.assign(**{name: pd.to_numeric(wide[name], errors="coerce").astype("Int64") for name in numeric})
    profile = wide.join(codes).reset_index()
    founders = store.institutions().set_index("code")["founder"]
    rounds = profile[["submission", "institution"]].assign(year=year)
    rounds["founder"] = rounds["institution"].map(founders)
    kept = [name for name in profile.columns if name not in ("institution", "founder", "code", "round")]
    return context_variables({"profile": profile[kept]}, rounds).reset_index()


def items_of(store: Store, submission: str) -> pd.DataFrame:
    """The 45 items of a submission: declared and counted level at the centre and the institution, with details."""
    answers = store.answers(submission)
    levels = answers[answers["field"] == "checklist.declared"]
    details = answers[answers["field"].str.startswith("checklist_details.")]
    by_item: dict[str, dict[str, str]] = {}
    for row in details.to_dict("records"):
        by_item.setdefault(str(row["row_key"]), {})[str(row["field"]).split(".")[1]] = row["normalised"]
    rows = []
    for item in catalogue().dictionary.checklist.items:
        detail = by_item.get(item.code, {})
        given = {column: text for column, text in detail.items() if text}
        record: dict[str, Any] = {"item": item.code, "group": item.group, **given}
        for scope in ("centre", "institution"):
            found = levels[levels["row_key"] == f"{item.code}/{scope}"]
            text = found["normalised"].iloc[0] if len(found) else ""
            declared = int(text) if text else None
            record[f"{scope}_declared"] = declared
            record[f"{scope}_counted"] = None if declared is None else counted_level(declared, scope, detail)
            record[f"{scope}_code"] = found["code"].iloc[0] if len(found) else ""
        rows.append(record)
    return pd.DataFrame(rows)
