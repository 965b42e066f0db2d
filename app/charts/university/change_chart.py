"""The account of a change as a waterfall, its sentence, and the rows of the table beside it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import accumulate, pairwise

import altair as alt
import pandas as pd

from app.charts.chart_elements import FULL, WIDTH, finish_chart, layered, title_params
from app.charts.theme import GROUND, OTHERS, OWN, OWN_TINT
from app.texts import say
from indicators.change.score_decomposition import CAUSES, Account
from schemas.dictionary.declaration import Text
from schemas.dictionary.format_number import difference_shown, format_number, parts_shown, signed_number

SCORES = ("last", "this")
STEPS = (1.0, 2.0, 5.0, 10.0)  # of points, to which the ends of an axis around small steps are rounded


def account_rows(account: Account, language: str) -> pd.DataFrame:
    """The steps from last round's score to this round's: step, name, start, end, points, shown.

    The first and the last row are the two scores, which start at 0; the others are the causes in their order.
    Empty where the change has no account.
    """
    if not account.comparable or account.last is None or account.this is None:
        return pd.DataFrame(columns=["step", "name", "start", "end", "points", "shown"])
    told = parts_shown(account.parts, difference_shown(account.last, account.this))
    reached = list(accumulate([account.last, *(account.parts[cause] for cause in CAUSES)]))
    spans = [("last", 0.0, account.last), *zip(CAUSES, *zip(*pairwise(reached), strict=True), strict=True)]
    spans.append(("this", 0.0, account.this))
    return pd.DataFrame(
        {
            "step": step,
            "name": say(f"account.{step}", language),
            "start": start,
            "end": end,
            "points": end - start,
            "shown": format_number(end) if step in SCORES else signed_number(told[step]),
        }
        for step, start, end in spans
    )


def axis_ends(rows: pd.DataFrame) -> tuple[float, float]:
    """The ends of the axis of points: 0 and 100, or close around the steps where those are small.

    ``rows`` as ``account_rows`` gives them.
    """
    low, high = rows["end"].min(), rows["end"].max()
    for step in STEPS:
        if high - low <= 2.5 * step:
            return max(0.0, (low - step / 2) // step * step), min(FULL, -(-(high + step / 2) // step) * step)
    return 0.0, FULL


def waterfall(account: Account, label: Text, language: str) -> alt.LayerChart:
    """The two scores as grey lines; between them each cause as a bar from where the one before it ended.

    A rise is a filled blue bar, a fall an outlined one, and every step has its number. The axis shows the part of
    the scale around small steps, and the subtitle says which. ``label`` names the score. Raises ValueError for a
    change without an account.
    """
    rows = account_rows(account, language)
    if rows.empty:
        raise ValueError("a change without an account has no waterfall")
    low, high = axis_ends(rows)
    is_score = rows["step"].isin(SCORES)
    falls = ~is_score & (rows["points"] < 0)
    data = rows.assign(
        fill=pd.Series(OWN, index=rows.index).mask(falls, OWN_TINT),
        top=rows[["start", "end"]].max(axis=1).mask(is_score, rows["end"]),
        next=rows["name"].shift(-1).fillna(""),
    )
    names = list(data["name"])
    axis = alt.Axis(labelAngle=0, grid=False, labelLimit=110, labelLineHeight=14)
    place = alt.X("name:N", sort=names, scale=alt.Scale(domain=names), axis=axis)
    points = alt.Y("end:Q", scale=alt.Scale(domain=[low, high], zero=False), axis=alt.Axis(tickCount=6))
    base = alt.Chart(data).encode(x=place)
    # A step ends where the next one begins.
    joins = alt.Chart(data[data["next"] != ""]).mark_rule(stroke=OTHERS, strokeDash=[2, 2], aria=False)
    scores = alt.Chart(data[is_score]).mark_tick(size=46, thickness=4, color=OTHERS).encode(x=place, y=points)
    bars = (
        alt.Chart(data[~is_score])
        .mark_bar(size=38, strokeWidth=1.5, stroke=OWN)
        .encode(x=place, y=points, y2=alt.Y2("start:Q"), fill=alt.Fill("fill:N", scale=None))
    )
    ground = base.mark_text(dy=-9, stroke=GROUND, strokeWidth=4, aria=False).encode(
        y=alt.Y("top:Q"), text=alt.Text("shown:N")
    )
    numbers = base.mark_text(dy=-9).encode(y=alt.Y("top:Q"), text=alt.Text("shown:N"))
    shown = say("account.axis", language, low=format_number(low, 0), high=format_number(high, 0))
    title = title_params(say("account.title", language, label=label), [f"{say('account.subtitle', language)}{shown}"])
    drawn = layered(joins.encode(x=place, x2=alt.X2("next:N"), y=points), bars, scores, ground, numbers)
    return finish_chart(
        drawn.properties(width=WIDTH + 240, height=260), title, sentence_for_account(account, label, language)
    )


def sentence_for_account(account: Account, label: Text, language: str) -> str:
    """From where to where the score went, and what moved it; or why there is no account."""
    if account.reason is not None or account.last is None or account.this is None:
        words = {key: _score(value, language) for key, value in (("last", account.last), ("this", account.this))}
        reason = account.reason[language] if account.reason is not None else ""
        return say("account.none", language, label=label, reason=reason, **words)
    words = {"last": format_number(account.last), "this": format_number(account.this)}
    moved = difference_shown(account.last, account.this)
    words["change"] = signed_number(moved)
    parts = parts_shown(account.parts, moved)
    if not any(parts.values()):
        return say("account.still", language, label=label, **words)
    lead = say("account.lead", language, label=label, **words)
    return say("account.joined", language, lead=lead, causes=_causes(parts, language))


def _score(value: float | None, language: str) -> str:
    return say("account.no_score", language) if value is None else format_number(value)


def _causes(parts: Mapping[str, Fraction], language: str) -> str:
    moved = [cause for cause in CAUSES if parts[cause]]
    if moved == ["performance"]:
        return say("account.only_performance", language)
    named = (
        say("account.cause", language, name=say(f"account.{c}", language), points=signed_number(parts[c]))
        for c in moved
    )
    return say("account.of_which", language, causes=say("account.comma", language).join(named))
