"""What a recipe must not combine, and settings that have no effect."""

from collections.abc import Sequence

from indicators.composite.recipe.problems import message
from indicators.composite.recipe.recipe import (
    Aggregate,
    Impute,
    LevelRule,
    Normalise,
    Screen,
    Step,
    step_name,
)
from schemas.dictionary.declaration import Text

# Beyond this a power mean equals the minimum or maximum to many digits, and intermediate values overflow.
LARGEST_POWER = 30


def wrong_settings(steps: Sequence[Step]) -> list[Text]:
    """One message for each step that stands after aggregate or whose settings do not go together."""
    problems: list[Text] = []
    after = False
    for number, step in enumerate(steps, start=1):
        if after and not isinstance(step, Aggregate):
            name = step_name(step)
            problems.append(message("after_aggregate", number=number, name=name))
        after = after or isinstance(step, Aggregate)
        problems.extend(_wrong_step(number, step))
    return problems


def _wrong_step(number: int, step: Step) -> list[Text]:
    if isinstance(step, Normalise):
        return _wrong_normalise(number, step)
    if isinstance(step, Impute) and step.method.startswith("group_") and step.group is None:
        return [message("needs_group", number=number, method=step.method)]
    if isinstance(step, Screen) and set(step.force_in) & set(step.force_out):
        both = ", ".join(sorted(set(step.force_in) & set(step.force_out)))
        return [message("forced_both_ways", number=number, both=both)]
    if isinstance(step, Aggregate):
        return [text for level in (0, *step.by_level) for text in _wrong_rule(number, step.rule(level))]
    return []


def _wrong_normalise(number: int, step: Normalise) -> list[Text]:
    if step.method == "min_max" and not step.lower < step.upper:
        return [message("lower_above_upper", number=number)]
    if step.method == "distance_to_reference" and step.reference is None:
        return [message("names_no_reference", number=number)]
    return []


def _wrong_rule(number: int, rule: LevelRule) -> list[Text]:
    if rule.method == "generalised_mean" and rule.power is None:
        return [message("needs_power", number=number)]
    if rule.power is not None and abs(rule.power) > LARGEST_POWER:
        return [message("power_beyond", number=number, most=LARGEST_POWER)]
    if rule.weights == "optimised" and rule.method != "arithmetic":
        return [message("optimised_only_arithmetic", number=number)]
    return []


def idle_settings(step: Step) -> list[str]:
    """Settings that were written but have no effect with the chosen method; they are reported.

    Those of a level stand with it, as in ``by_level.2.power``.
    """
    uses: dict[str, bool] = {}
    if isinstance(step, Normalise):
        distance = step.method in ("distance_to_reference", "distance_to_target")
        uses = {
            "lower": step.method == "min_max",
            "upper": step.method == "min_max",
            "reference": step.method == "distance_to_reference",
            "cap": distance,
        }
        if step.method in ("goalposts", "scaled"):
            uses["over"] = False
    elif isinstance(step, Impute):
        uses = {"group": step.method.startswith("group_")}
    elif isinstance(step, Aggregate):
        methods = {step.method, *(rule.method for rule in step.by_level.values())}
        uses = {"power": "generalised_mean" in methods}
    idle = [name for name in step.model_fields_set if not uses.get(name, True)]
    return idle + (_idle_powers(step) if isinstance(step, Aggregate) else [])


def _idle_powers(step: Aggregate) -> list[str]:
    """Powers that a level gives although it is not built by the generalised mean."""
    return [
        f"by_level.{level}.power"
        for level, rule in step.by_level.items()
        if rule.power is not None and step.rule(level).method != "generalised_mean"
    ]
