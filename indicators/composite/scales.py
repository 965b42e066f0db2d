"""A normalise step on a whole panel: which rows it looks at together, and where its parameters come from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indicators.composite.framework import Framework
from indicators.composite.methods import normalise as scale
from indicators.composite.methods.array_types import Bools, Floats
from indicators.composite.methods.prepare import is_empty
from indicators.composite.recipe.problems import join_words, message
from indicators.composite.recipe.recipe import Normalise
from schemas.dictionary.declaration import Text


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
    key = "indicator" if len(codes) == 1 else "indicators"
    subject = message(key, n=len(codes), which=join_words(codes), when=when)
    match step.method:
        case "goalposts" | "scaled":
            return message("needs_goalposts", subject=subject, method=step.method)
        case "distance_to_target":
            return message("needs_target", subject=subject)
        case "distance_to_reference":
            return message("needs_reference", subject=subject, reference=step.reference)
        case "fraction_of_max":
            return message("no_fraction_of_max", subject=subject)
        case _:
            return message("no_spread", subject=subject, method=step.method)
