"""The typed recipe: which steps of the OECD/JRC Handbook (2008) are done, in which order."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic_core import PydanticCustomError

from indicators.composite.recipe.problems import message, unknown_word
from schemas.dictionary.declaration import Text

ImputeMethod = Literal[
    "mean",
    "median",
    "group_mean",
    "group_median",
    "row_mean",
    "row_median",
    "latest",
    "linear",
    "constant",
]
NormaliseMethod = Literal[
    "min_max",
    "z_score",
    "rank",
    "borda",
    "percentile_rank",
    "distance_to_max",
    "distance_to_reference",
    "distance_to_target",
    "goalposts",
    "fraction_of_max",
    "scaled",
]
AggregateMethod = Literal["arithmetic", "geometric", "harmonic", "generalised_mean", "copeland"]
NamedWeights = Literal["original", "equal", "pca", "optimised"]
# Beyond it a decimal is no number that a float could hold, and its exact fraction would fill the memory.
LARGEST_EXPONENT = 300

Scope = Literal["each_year", "all_years"]


def _refuse(why: Text) -> PydanticCustomError:
    return PydanticCustomError("recipe", "{en}", why.model_dump())


def _as_written(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal | Fraction):
        raise _refuse(message("write_number"))
    text = repr(value) if isinstance(value, float) else str(value)
    try:
        if "/" in text:
            return Fraction(text.replace(" ", ""))
        number = Decimal(text)
        if number.is_finite() and abs(number.adjusted()) > LARGEST_EXPONENT:
            raise ValueError(text)
        return Fraction(number)
    except (ValueError, InvalidOperation, ZeroDivisionError, OverflowError):
        raise _refuse(message("unread_number", text=text)) from None


def _share(value: object) -> Fraction:
    """A share as an exact fraction; ``none`` asks for nothing, which is 0."""
    share = Fraction(0) if value == "none" else _as_written(value)
    if not 0 <= share <= 1:
        raise _refuse(message("not_a_share", share=share))
    return share


def _number(value: object) -> float:
    try:
        return float(_as_written(value))
    except OverflowError:
        raise _refuse(message("write_finite_number")) from None


def _code(value: object) -> object:
    """A code or column name that looks like a number, as text."""
    return str(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else value


def _codes(value: object) -> object:
    if isinstance(value, str | int):
        raise _refuse(message("write_list"))
    if isinstance(value, Iterable) and not isinstance(value, Mapping):
        return tuple(str(code) for code in value)
    return value


def _weights(value: object) -> object:
    names = ("original", "equal", "pca", "optimised")
    if isinstance(value, Mapping):
        return {str(code): _number(weight) for code, weight in value.items()}
    if value in names:
        return value
    raise _refuse(unknown_word(message("weights"), str(value), names))


Share = Annotated[Fraction, BeforeValidator(_share), PlainSerializer(str, return_type=str)]
Number = Annotated[float, BeforeValidator(_number)]
Code = Annotated[str, BeforeValidator(_code)]
Codes = Annotated[tuple[str, ...], BeforeValidator(_codes)]
Weights = Annotated[NamedWeights | dict[str, float], BeforeValidator(_weights)]


class Step(BaseModel):
    """A step of a recipe; a key it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Screen(Step):
    """Keep the units that have enough values; forced in or out wins over the count."""

    min_available: Share | None = None
    force_in: Codes = ()
    force_out: Codes = ()


class Denominate(Step):
    """Divide each indicator by the denominator its metadata name."""


class Impute(Step):
    """Fill gaps; ``group`` is the column of the group methods."""

    method: ImputeMethod
    group: Code | None = None


class Treat(Step):
    """Pass if |skew| < max_skew or kurtosis < max_kurtosis, else winsorise, else transform."""

    winsorise_max: int = Field(default=5, ge=0)
    then: Literal["log", "box_cox", "none"] = "none"
    max_skew: Number = 2.0
    max_kurtosis: Number = 3.5


class Normalise(Step):
    """Bring the indicators to one scale on which more is better."""

    method: NormaliseMethod
    lower: Number = 0.0
    upper: Number = 100.0
    over: Scope = "each_year"
    reference: Code | None = None
    cap: bool = False


class LevelRule(Step):
    """What one level does differently."""

    method: AggregateMethod | None = None
    power: Number | None = None
    weights: Weights | None = None
    min_available: Share | None = None


class Aggregate(Step):
    """Build every level from the one below; ``by_level`` names the level that is built."""

    method: AggregateMethod
    power: Number | None = None
    weights: Weights = "original"
    min_available: Share | None = None
    by_level: dict[int, LevelRule] = {}

    def rule(self, level: int) -> "LevelRule":
        """The rule in force for the level that is built: its own keys, the general ones elsewhere."""
        general = LevelRule.model_construct(
            method=self.method, power=self.power, weights=self.weights, min_available=self.min_available
        )
        own = self.by_level.get(level)
        return general.model_copy(update=_given_keys(own)) if own else general


STEPS: dict[str, type[Step]] = {
    "screen": Screen,
    "denominate": Denominate,
    "impute": Impute,
    "treat": Treat,
    "normalise": Normalise,
    "aggregate": Aggregate,
}


class Recipe(BaseModel):
    """Steps in the order in which they are done."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: tuple[Screen | Denominate | Impute | Treat | Normalise | Aggregate, ...]

    def document(self) -> dict[str, list[dict[str, Any]]]:
        """The recipe as plain data with its defaults written out; ``parse_recipe`` reads it back."""
        return {"steps": [{step_name(step): step.model_dump(mode="json", exclude_none=True)} for step in self.steps]}


def step_name(step: Step) -> str:
    """The key under which a step stands in a recipe."""
    return next(name for name, model in STEPS.items() if type(step) is model)


def _given_keys(step: Step) -> dict[str, object]:
    given = {name: getattr(step, name) for name in step.model_fields_set}
    return {name: value for name, value in given.items() if value is not None}
