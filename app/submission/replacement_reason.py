"""Why an upload asks before it takes the place of another, in words."""

from __future__ import annotations

from datetime import datetime

from app.edition import catalogue
from app.rounds.admission import form_text
from app.rounds.round_errors import round_text
from app.storage.replacement import ReplacementWarning
from app.texts import texts
from schemas.dictionary.declaration import Text

NAMED = 8  # lost values that are named; the rest are counted


def loss_reason(warning: ReplacementWarning) -> Text:
    """The sentence of a warning that speaks of versions: what would be lost, voided, or come back."""
    if warning.kind == "older_version":
        return texts()["waiting.older_version"].format(id=warning.selected, current=warning.found)
    if warning.kind == "sign_off":
        name, at = warning.selected, datetime.fromisoformat(warning.found)
        if not warning.lost:
            return round_text("will_void", name=name, at=at)
        form, unit = warning.lost
        return round_text("will_void_beside", name=name, at=at, form=form_text((form, unit)))
    order = list(catalogue().indicators)
    lost = sorted(warning.lost, key=lambda name: order.index(name) if name in order else len(order))
    labels = [_label(warning, name) for name in lost]
    more = texts()["replace.more"].format(n=len(labels) - NAMED) if len(labels) > NAMED else Text(ja="", en="")
    separator = texts()["replace.separator"]
    ja, en = (separator[which].join(one[which] for one in labels[:NAMED]) + more[which] for which in ("ja", "en"))
    counts = {"before": warning.selected, "after": warning.found, "id": warning.submission}
    return texts()[f"replace.{warning.kind}"].format(names=Text(ja=ja, en=en), **counts)


def _label(warning: ReplacementWarning, name: str) -> Text:
    known = catalogue().dictionary.fields if warning.kind == "answers_lost" else catalogue().indicators
    return known[name].label if name in known else Text(ja=name, en=name)
