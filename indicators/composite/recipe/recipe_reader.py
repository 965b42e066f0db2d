"""Reading a recipe: what is not understood is named with the nearest known word."""

from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from indicators.composite.recipe.problems import RecipeError, message, unknown_word
from indicators.composite.recipe.recipe import STEPS, LevelRule, Recipe, Step
from indicators.composite.recipe.recipe_checks import wrong_settings
from schemas.dictionary.declaration import Text


def parse_recipe(document: object) -> Recipe:
    """The recipe written in ``document`` (mappings, lists, text and numbers as a YAML reader gives them).

    Raises RecipeError with one message for each key, method or value that is not understood.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("steps"), list):
        raise RecipeError([message("no_steps")])
    problems = [unknown_word(message("key_of_recipe"), str(key), ["steps"]) for key in document if key != "steps"]
    steps: list[Step] = []
    for number, entry in enumerate(document["steps"], start=1):
        step, found = _parse_step(number, entry)
        steps.extend([] if step is None else [step])
        problems.extend(found)
    problems = problems or wrong_settings(steps)
    if problems:
        raise RecipeError(problems)
    return Recipe.model_validate({"steps": tuple(steps)})


def _parse_step(number: int, entry: object) -> tuple[Step | None, list[Text]]:
    if isinstance(entry, str):
        entry = {entry: None}
    if not isinstance(entry, Mapping) or len(entry) != 1:
        return None, [message("one_name", number=number)]
    ((name, settings),) = entry.items()
    if name not in STEPS:
        return None, [unknown_word(message("name_of_step", number=number), str(name), STEPS)]
    model = STEPS[name]
    try:
        return model.model_validate({} if settings is None else settings), []
    except ValidationError as refused:
        step = f"{number} ({name})"
        return None, [_explain(step, model, problem) for problem in refused.errors()]


def _explain(step: str, model: type[Step], problem: ErrorDetails) -> Text:
    path = [str(part) for part in problem["loc"] if part != "[key]"]
    key = ".".join(path)
    if not path:
        return message("settings_as_table", step=step)
    if problem["type"] == "extra_forbidden":
        owner = LevelRule if path[0] == "by_level" else model
        return unknown_word(message("key_of_step", step=step), path[-1], owner.model_fields)
    if problem["type"] == "literal_error":
        choices = [word.strip("' ") for word in problem["ctx"]["expected"].replace(" or ", ",").split(",")]
        what = message("value_of_key", step=step, key=key)
        return unknown_word(what, str(problem["input"]), choices)
    if problem["type"] == "missing":
        return message("lacks_key", step=step, key=key)
    if problem["type"] == "recipe":
        return message("bad_value", step=step, key=key, reason=Text(**problem["ctx"]))
    return message("unusable_value", step=step, key=key, given=problem["input"])
