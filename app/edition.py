"""The edition in force: catalogue, rules, software and round."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version

from indicators.catalogue.load_catalogue import Catalogue, load_catalogue
from indicators.plausibility.plausibility_rules import RULES_FILE as VALUE_RULES_FILE
from schemas.rules.rule import RULES_FILE

RESEARCHERS = "researchers"  # the pillar whose headline is the share that the page on hiring and positions explains
ROUND = 2026  # forms are issued for it unless another is asked for


def catalogue() -> Catalogue:
    """The catalogue that ships."""
    return load_catalogue()


@cache
def versions_of_software() -> dict[str, str]:
    """Versions that do not depend on the form."""
    rules = hashlib.sha256(RULES_FILE.read_bytes() + VALUE_RULES_FILE.read_bytes()).hexdigest()[:16]
    return {"catalogue": catalogue().hash, "rules": rules, "software": version("junkan")}
