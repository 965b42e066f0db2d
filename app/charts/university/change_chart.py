"""The account of a change as a waterfall, its sentence, and the rows of the table beside it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate, pairwise

import altair as alt
import pandas as pd

from app.charts.chart_elements import WIDTH, finish_chart, layered, title_params
from app.charts.theme import GROUND, OTHERS, OWN, OWN_TINT
from app.texts import say
from indicators.change.score_decomposition import CAUSES, Account
from schemas.dictionary.declaration import Text
from schemas.dictionary.format_number import format_number

NOTHING = 0.05  # a part that would be written as 0.0


def account_rows(account: Account, language: str) -> pd.DataFrame:
    """The steps from last round's score to this round's: step, name, start, end, points, shown.

    The first and the last row are the two scores, which start at 0; the others are the causes in their order.
    Empty where the change has no account.
    """
    if not account.comparable or account.last is None or account.this is None:
        return pd.DataFrame(columns=["step", "name", "start", "end", "points", "shown"])
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
            "shown": format_number(end) if step in ("last", "this") else signed_points(end - start),
        }
        for step, start, end in spans
    )


def signed_points(points: float) -> str:
    """Points with their sign, a real minus; no sign where they would be written as zero."""
    if abs(points) < NOTHING:
        return format_number(0.0)
    return f"+{format_number(points)}" if points > 0 else format_number(points)


def waterfall(account: Account, label: Text, language: str) -> alt.LayerChart:
    """The two scores as grey bars from 0; between them each cause from where the one before it ended.

    A rise is a filled blue bar, a fall an outlined one, and every bar has its number. ``label`` names the
    score. Raises ValueError for a change without an account.
    """
    rows = account_rows(account, language)
    if rows.empty:
        raise ValueError("a change without an account has no waterfall")
    is_score = rows["step"].isin(["last", "this"])
    falls = ~is_score & (rows["points"] < 0)
    fill = pd.Series(OWN, index=rows.index).mask(is_score, OTHERS).mask(falls, OWN_TINT)
    data = rows.assign(
        fill=fill,
        stroke=pd.Series(OWN, index=rows.index).mask(is_score, OTHERS),
        top=rows[["start", "end"]].max(axis=1),
    )
    names = list(data["name"])
    base = alt.Chart(data).encode(
        x=alt.X("name:N", sort=names, axis=alt.Axis(labelAngle=0, grid=False, labelLimit=110, labelLineHeight=14))
    )
    bars = base.mark_bar(size=38, strokeWidth=1.5).encode(
        y=alt.Y("start:Q", scale=alt.Scale(domain=[0, 100]), axis=alt.Axis(tickCount=6)),
        y2="end:Q",
        fill=alt.Fill("fill:N", scale=None),
        stroke=alt.Stroke("stroke:N", scale=None),
    )
    ground = base.mark_text(dy=-9, stroke=GROUND, strokeWidth=4, aria=False).encode(y="top:Q", text="shown:N")
    numbers = base.mark_text(dy=-9).encode(y="top:Q", text="shown:N")
    title = title_params(say("account.title", language, label=label), [say("account.subtitle", language)])
    chart = layered(bars, ground, numbers).properties(width=WIDTH + 240, height=260)
    return finish_chart(chart, title, sentence_for_account(account, label, language))


def sentence_for_account(account: Account, label: Text, language: str) -> str:
    """From where to where the score went, and what moved it; or why there is no account."""
    if account.reason is not None or account.last is None or account.this is None:
        words = {key: _score(value, language) for key, value in (("last", account.last), ("this", account.this))}
        reason = account.reason[language] if account.reason is not None else ""
        return say("account.none", language, label=label, reason=reason, **words)
    words = {"last": format_number(account.last), "this": format_number(account.this)}
    words["change"] = signed_points(account.this - account.last)
    lead = say("account.lead", language, label=label, **words)
    return say("account.joined", language, lead=lead, causes=_causes(account.parts, language))


def _score(value: float | None, language: str) -> str:
    return say("account.no_score", language) if value is None else format_number(value)


def _causes(parts: Mapping[str, float], language: str) -> str:
    moved = [cause for cause in CAUSES if abs(parts[cause]) >= NOTHING]
    if not moved:
        return say("account.still", language)
    if moved == ["performance"]:
        return say("account.only_performance", language)
    named = (
        say("account.cause", language, name=say(f"account.{c}", language), points=signed_points(parts[c]))
        for c in moved
    )
    return say("account.of_which", language, causes=say("account.comma", language).join(named))
