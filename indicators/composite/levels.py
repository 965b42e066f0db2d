"""Building one level of the tree from the level below, for one panel or for a block of draws."""

import math
from collections.abc import Sequence

import numpy as np

from indicators.composite.framework import Framework
from indicators.composite.methods import aggregate as mean
from indicators.composite.methods.array_types import Floats
from indicators.composite.methods.prepare import has_enough
from indicators.composite.methods.weights import optimised_weights, pca_weights
from indicators.composite.recipe.problems import PanelError, RecipeError, join_words, message, unknown_word
from indicators.composite.recipe.recipe import LevelRule
from schemas.dictionary.declaration import Text

NO_WEIGHT = -math.inf  # stands for a weight that is not given, so that weights can be told apart by ==


def build_level(x: Floats, matrix: Floats, rule: LevelRule, scopes: Sequence[slice]) -> Floats:
    """The level above ``x`` (…, rows, children): (…, rows, parents), without regard to ``min_available``.

    Copeland compares units within a scope only; the means do not look at other rows.
    """
    match rule.method:
        case "geometric":
            return mean.geometric(x, matrix)
        case "harmonic":
            return mean.harmonic(x, matrix)
        case "generalised_mean":
            return mean.generalised_mean(x, matrix, 1.0 if rule.power is None else rule.power)
        case "copeland":
            parts = [mean.copeland(x[..., rows, :], matrix) for rows in scopes]
            return np.concatenate(parts, axis=-2)
        case _:
            return mean.arithmetic(x, matrix)


def withhold(built: Floats, x: Floats, matrix: Floats, rule: LevelRule) -> Floats:
    """``built`` with NaN where fewer children are present than ``min_available`` asks for."""
    if rule.min_available is None:
        return built
    members = (matrix > 0).astype(np.float64)
    present = (~np.isnan(x)).astype(np.float64) @ members
    return np.where(has_enough(present, members.sum(axis=-2, keepdims=True), rule.min_available), built, np.nan)


def check_codes(framework: Framework, rule: LevelRule) -> None:
    """Refuse weights for codes that have no parent. Raises RecipeError with the nearest code."""
    if isinstance(rule.weights, dict):
        known = [code for code in framework.all_codes() if code not in framework.codes(len(framework.levels))]
        wrong = [code for code in rule.weights if code not in known]
        if wrong:
            what = message("code_of_weight")
            raise RecipeError([unknown_word(what, code, known) for code in wrong])


def weights_in_force(framework: Framework, level: int, rule: LevelRule, x: Floats) -> Floats:
    """The weights of the elements of ``level``, summing to 1 under each parent; ``x`` are their values.

    Raises PanelError or RecipeError naming each element whose weight is missing or not positive, or the
    parent for which the data give no weights.
    """
    elements, parents = framework.levels[level - 1], framework.parents(level)
    if rule.weights == "equal":
        raw = np.ones(len(elements))
    elif rule.weights in ("pca", "optimised"):
        raw = _from_data(framework, level, rule, x)
    else:
        given = rule.weights if isinstance(rule.weights, dict) else {}
        raw = framework.weights(level)
        for position in [position for position, e in enumerate(elements) if e.code in given] if given else []:
            raw[position] = given[elements[position].code]
        causes: dict[tuple[float, bool], list[str]] = {}
        for position in np.flatnonzero(~(raw > 0)).tolist():
            code, weight = elements[position].code, float(raw[position])
            causes.setdefault((NO_WEIGHT if np.isnan(weight) else weight, code in given), []).append(code)
        if causes:
            raise PanelError(_no_weight(codes, *cause) for cause, codes in causes.items())
    totals = np.bincount(parents, weights=raw)
    return np.asarray(raw / totals[parents], dtype=np.float64)


def _no_weight(codes: Sequence[str], weight: float, in_recipe: bool) -> Text:
    """What is wrong with the weight that some elements share, in one message."""
    code = join_words(codes)
    where = message("weights_in_recipe" if in_recipe else "weight_in_meta")
    if weight == NO_WEIGHT:
        return message("no_weight", code=code, where=where)
    return message("weight_not_positive", code=code, weight=weight, where=where)


def _from_data(framework: Framework, level: int, rule: LevelRule, x: Floats) -> Floats:
    elements, parents = framework.levels[level - 1], framework.parents(level)
    raw = np.empty(len(elements))
    problems: list[Text] = []
    for position, parent in enumerate(framework.codes(level + 1)):
        members = np.flatnonzero(parents == position)
        own = np.array([elements[i].weight or np.nan for i in members], dtype=np.float64)
        if rule.weights == "optimised" and not (own > 0).all():
            bad = [elements[i] for j, i in enumerate(members) if not own[j] > 0]
            problems += [_no_weight(e.code, e.weight or np.nan, in_recipe=False) for e in bad]
            continue
        try:
            if rule.weights == "pca":
                raw[members] = pca_weights(x[:, members])
            else:
                raw[members] = optimised_weights(x[:, members], own)
        except ValueError:
            problems.append(message("no_data_weights", parent=parent, method=rule.weights))
    if problems:
        raise PanelError(problems)
    return raw
