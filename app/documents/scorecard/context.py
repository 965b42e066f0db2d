"""Everything a scorecard prints, as one JSON of finished texts: the documents compute nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import altair as alt

from app.charts import captions, theme
from app.charts.centre_rows import COLUMNS, best_sentences, centre_rows
from app.charts.chart_elements import chart_svg
from app.charts.chart_rows import SHOWN_LEVELS
from app.charts.indicator_charts import gap_overview, position_breakdown
from app.charts.own_target_rows import OWN_TARGET_COLUMNS, own_target_rows
from app.documents.scorecard.card import Card, plain
from app.documents.scorecard.gaps import distances, first_gaps, none_lacking
from app.documents.scorecard.references import BenchmarkReferences
from app.documents.scorecard.table import indicator_tables
from app.edition import RESEARCHERS, catalogue
from app.rounds.moments import moment_text
from app.texts import say
from indicators.scoring.requirement_gaps import requirement_gaps
from schemas.form.guide import year_texts

PROFILE = (
    "foreign_researcher_share",
    "foreign_pi_share",
    "english_admin_score",
    "research_environment_score",
    "bilingual_staff_share",
    "intl_coauthored_share_full",
)
LEGEND = ("dash", "star", "definition", "direction", "reference", "bands", "interval")
LOOK = {
    "own": theme.OWN,
    "own_tint": theme.OWN_TINT,
    "heading": theme.HEADING,
    "text": theme.TEXT,
    "quiet": theme.QUIET_TEXT,
    "grid": theme.GRID,
    "card": theme.CARD,
    "table_header": theme.TABLE_HEADER,
    "font": theme.PRINT_FONT,
}
PURPOSE = ("purpose", "purpose_proposal", "purpose_interval", "purpose_round")


def scorecard_context(card: Card) -> dict[str, Any]:
    """All texts and pictures of a scorecard; pictures are SVG text with their alternative."""
    references = BenchmarkReferences(card)
    judged, others = indicator_tables(card, references)
    return {
        **_head(card),
        "answer": {"title": card.say("answer"), "text": answer(card)},
        "profile": _profile(card),
        "position": _position(card),
        "gaps": {"title": card.say("gaps_title"), "items": first_gaps(card), "none": none_lacking(card)},
        "distance": _distance(card),
        "purpose": {"title": card.say("purpose_title"), "lines": [card.say(line) for line in PURPOSE]},
        "table": {"title": card.say("table_title"), "note": card.say("table_note"), **judged},
        "others": {"title": card.say("others_title"), "note": card.say("others_note"), **others},
        "centres": centres(card),
        "own_targets": own_targets(card),
        "annex": _annex(card, references),
    }


def _head(card: Card) -> dict[str, Any]:
    values = [row for row in card.board["indicators"] if row["level"] in SHOWN_LEVELS]
    computed = sum(row["value"] is not None for row in values)
    submission = str(card.board["submission"])
    return {
        "look": LOOK,
        "language": card.language,
        "year": card.year,
        "document_title": card.say("document_title", name=card.name, year=card.year),
        "title": card.say("title"),
        "name": card.name,
        "second_name": card.second_name,
        "year_line": card.say("year", **year_texts(card.year)),
        "status": card.say(
            "status" if card.sign_off is None else "status_signed",
            total=len(values),
            ok=computed,
            submission=submission,
            **_sign_off_texts(card),
        ),
        "demo": {"mark": say("demo.mark", card.language), "line": card.say("demo_long")} if card.is_demo else None,
        "page": card.say("page", n="{n}", total="{total}"),
    }


def _sign_off_texts(card: Card) -> dict[str, str]:
    """Who signed off and when, in words; empty where nobody did."""
    if card.sign_off is None:
        return {}
    moment = moment_text(datetime.fromisoformat(card.sign_off["at"]), card.language)
    who = " ".join(plain(part) for part in (card.sign_off["office"], card.sign_off["name"]) if part)
    return {"who": who, "at": moment, "sha256": card.sign_off["sha256"][:16]}


def answer(card: Card) -> str:
    """The one sentence a president reads first."""
    return captions.sentence_for_gap_overview(card.rows, card.language, requirement_gaps(card.board))


def _profile(card: Card) -> dict[str, str] | None:
    rows = card.rows[card.rows["indicator"].isin(PROFILE)]
    if rows["value"].isna().all():
        return None
    return _picture(card, gap_overview(rows, card.language, counted=requirement_gaps(card.board)))


def _position(card: Card) -> dict[str, str] | None:
    is_position = (card.rows["position"] != "") | (card.rows["indicator"] == catalogue().headline(RESEARCHERS).id)
    rows = card.rows[is_position]
    return None if rows["value"].isna().all() else _picture(card, position_breakdown(rows, card.language))


def _picture(card: Card, chart: alt.LayerChart) -> dict[str, str]:
    return {"svg": chart_svg(chart), "alt": card.say("chart_alt", text=chart.description)}


def _distance(card: Card) -> dict[str, Any]:
    has_centre = bool((card.rows["level"] == "centre").any())
    rows = distances(card) if has_centre else []
    note = card.say("distance_note" if rows else "distance_none")
    return {"title": card.say("distance_title"), "rows": rows, "note": note}


def centres(card: Card) -> dict[str, Any]:
    """Each centre with its call, values and verdicts, and which of several stands best; no rows without a centre."""
    rows = centre_rows(card.every, card.catalogue, card.language)
    names = [name for name in COLUMNS if any(row[name] for row in rows)]
    return {
        "title": say("centres.title", card.language),
        "note": say("centres.intro", card.language),
        "head": [say(f"centres.column_{name}", card.language) for name in names],
        "rows": [[plain(row[name]) for name in names] for row in rows],
        "best": [plain(line) for line in best_sentences(card.every, card.catalogue, card.language)],
    }


def own_targets(card: Card) -> dict[str, Any]:
    """The institution's own targets as words, each with its score under their own name; no rows without a target."""
    rows = own_target_rows(card.every.get("own_targets", ()), card.catalogue, card.language)
    return {
        "title": say("own_target.title", card.language),
        "note": say("own_target.note", card.language),
        "head": [say(f"own_target.column_{name}", card.language) for name in OWN_TARGET_COLUMNS],
        "rows": [[plain(row[name]) for name in OWN_TARGET_COLUMNS] for row in rows],
        "best": [],
    }


def _annex(card: Card, references: BenchmarkReferences) -> dict[str, Any]:
    return {
        "title": card.say("annex_title"),
        "definitions": {"title": card.say("definitions_title"), "items": definitions(card)},
        "sources": {"title": card.say("sources_title"), "items": references.reference_lines()},
        "legend": {"title": card.say("legend_title"), "lines": [card.say(f"legend_{name}") for name in LEGEND]},
        "versions": {"title": card.say("versions_title"), "text": card.say("versions", **card.versions)},
    }


def definitions(card: Card) -> list[dict[str, str]]:
    """Label and definition of each indicator on the card."""
    shown_ids = dict.fromkeys(row["id"] for row in card.board["indicators"])
    chosen = [card.catalogue.indicators[name] for name in shown_ids]
    return [{"label": i.label[card.language], "text": i.definition[card.language]} for i in chosen]
