"""A normalise step on a whole panel: which rows it looks at together, and where its parameters come from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indicators.composite.framework import Framework
from indicators.composite.methods import normalise as scale
from indicators.composite.methods.array_types import Bools, Floats
from indicators.composite.methods.prepare import is_empty
from indicators.composite.recipe.problems import Text, join_words
from indicators.composite.recipe.recipe import Normalise


@dataclass(frozen=True)
class Yardstick:
    """Direction, target and goalposts for each indicator, and the reference unit's row in each scope."""

    direction: Floats
    target: Floats
    goal_lower: Floats
    goal_upper: Floats
    references: tuple[int, ...] = ()


def yardstick(framework: Framework, direction: Floats, references: Sequence[int] = ()) -> Yardstick:
    """The yardstick in the metadata, with the direction the values have now."""
    return Yardstick(
        direction,
        framework.column("target"),
        framework.column("goal_lower"),
        framework.column("goal_upper"),
        tuple(references),
    )


def normalise_values(x: Floats, step: Normalise, with_: Yardstick, scopes: Sequence[slice]) -> Floats:
    """``x`` (…, rows, indicators) on the step's scale, scope by scope; NaN where the method is undefined."""
    if len(scopes) == 1:
        return _one_scope(x, step, with_, 0)
    result = np.empty_like(x)
    for number, rows in enumerate(scopes):
        part = x[..., rows, :]
        result[..., rows, :] = _one_scope(part, step, with_, number, x)
    return result


def _one_scope(x: Floats, step: Normalise, with_: Yardstick, number: int, whole: Floats | None = None) -> Floats:
    direction = with_.direction
    match step.method:
        case "min_max":
            return scale.min_max(x, direction, step.lower, step.upper)
        case "distance_to_reference":
            row = with_.references[number]
            reference = (x if whole is None else whole)[..., row : row + 1, :]
            return scale.distance_to_reference(x, direction, reference, step.cap)
        case "distance_to_target":
            return scale.distance_to_target(x, direction, with_.target, step.cap)
        case "goalposts":
            return scale.goalposts(x, direction, with_.goal_lower, with_.goal_upper)
        case "scaled":
            return scale.scale_between(x, direction, with_.goal_lower, with_.goal_upper)
        case "rank":
            return scale.rank_from_bottom(x, direction)
        case _:
            return PLAIN[step.method](x, direction)


PLAIN = {
    "z_score": scale.z_score,
    "borda": scale.borda,
    "percentile_rank": scale.percentile_rank,
    "distance_to_max": scale.distance_to_max,
    "fraction_of_max": scale.fraction_of_max,
}


def undefined_columns(before: Floats, after: Floats, scopes: Sequence[slice]) -> Bools:
    """Columns, (scopes, …, indicators), that had values and have none after normalising."""
    empty = np.stack([is_empty(after[..., rows, :]) for rows in scopes])
    # Nearly always nothing is empty, and then the values before need no look.
    return empty & ~np.stack([is_empty(before[..., rows, :]) for rows in scopes]) if empty.any() else empty


def why_undefined(step: Normalise, codes: Sequence[str], when: str) -> Text:
    """What stands in the way of a step for the indicators named, all for the same cause, and what to do."""
    which = join_words(codes)
    place_ja = f"指標 {which}{when}"
    place_en = f"Indicator {which}{when}" if len(codes) == 1 else f"Each of the {len(codes)} indicators {which}{when}"
    match step.method:
        case "goalposts" | "scaled":
            return {
                "ja": f"{place_ja} を {step.method} で正規化できません。iMeta の GoalLower と GoalUpper を、"
                "GoalLower < GoalUpper となるように入れてください。",
                "en": f"{place_en} cannot be normalised by {step.method}. "
                "Please give GoalLower and GoalUpper in iMeta, with GoalLower < GoalUpper.",
            }
        case "distance_to_target":
            return {
                "ja": f"{place_ja} には、最も悪い値より良い Target が必要です。iMeta の Target を直すか、"
                "goalposts を使ってください。",
                "en": f"{place_en} needs a Target better than its worst value. "
                "Please put the Target in iMeta right, or use goalposts.",
            }
        case "distance_to_reference":
            return {
                "ja": f"{place_ja} では、基準単位 {step.reference} の値がないか、最も悪い値と同じです。"
                "別の基準単位か、別の方法を選んでください。",
                "en": f"{place_en}: the reference unit {step.reference} has no value or the worst one. "
                "Please choose another reference unit or another method.",
            }
        case "fraction_of_max":
            return {
                "ja": f"{place_ja} は fraction_of_max で正規化できません（大きいほど良く、"
                "最大値が正の指標だけに使えます）。"
                "min_max などを使ってください。",
                "en": f"{place_en} cannot be normalised by fraction_of_max, which is for higher-is-better "
                "indicators with a positive maximum. Please use min_max or another method.",
            }
        case _:
            return {
                "ja": f"{place_ja} は値がすべて同じか、値が一つだけのため、{step.method} で正規化できません。"
                "goalposts などを使うか、over: all_years にするか、iMeta から外してください。",
                "en": f"{place_en} has the same value everywhere, or a single value, so that {step.method} "
                "is not defined. Please use goalposts, set 'over: all_years', or take it out of iMeta.",
            }
