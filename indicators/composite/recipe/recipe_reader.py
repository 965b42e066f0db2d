"""Reading a recipe: what is not understood is named with the nearest known word."""

from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from indicators.composite.recipe.problems import RecipeError, Text, unknown_word
from indicators.composite.recipe.recipe import STEPS, LevelRule, Recipe, Step
from indicators.composite.recipe.recipe_checks import wrong_settings


def parse_recipe(document: object) -> Recipe:
    """The recipe written in ``document`` (mappings, lists, text and numbers as a YAML reader gives them).

    Raises RecipeError with one message for each key, method or value that is not understood.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("steps"), list):
        raise RecipeError(
            [
                {
                    "ja": "レシピは「steps:」で始め、手順を一覧で書いてください。",
                    "en": "Please begin the recipe with 'steps:' followed by a list of steps.",
                }
            ]
        )
    problems = [unknown_word(_key("レシピ", "recipe"), str(key), ["steps"]) for key in document if key != "steps"]
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
        return None, [
            {
                "ja": f"手順 {number} は「- normalise: {{…}}」のように、名前を一つだけ書いてください。",
                "en": f"Please give step {number} exactly one name, as in '- normalise: {{…}}'.",
            }
        ]
    ((name, settings),) = entry.items()
    if name not in STEPS:
        return None, [unknown_word({"ja": f"手順 {number} の名前", "en": f"Name of step {number}"}, str(name), STEPS)]
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
        return {
            "ja": f"手順 {step} の設定は {{key: value}} の形で書いてください。",
            "en": f"Please write the settings of step {step} as {{key: value}}.",
        }
    if problem["type"] == "extra_forbidden":
        owner = LevelRule if path[0] == "by_level" else model
        return unknown_word(_key(f"手順 {step}", f"step {step}"), path[-1], owner.model_fields)
    if problem["type"] == "literal_error":
        choices = [word.strip("' ") for word in problem["ctx"]["expected"].replace(" or ", ",").split(",")]
        what = {"ja": f"手順 {step} の {key} の値", "en": f"Value of {key} in step {step}"}
        return unknown_word(what, str(problem["input"]), choices)
    if problem["type"] == "missing":
        return {
            "ja": f"手順 {step} に {key} がありません。{key}: を書き加えてください。",
            "en": f"Step {step} has no {key}. Please add '{key}:'.",
        }
    if problem["type"] == "recipe":
        reason = problem["ctx"]
        return {
            "ja": f"手順 {step} の {key}：{reason['ja']}",
            "en": f"Step {step}, {key}: {reason['en']}",
        }
    return {
        "ja": f"手順 {step} の {key} に「{problem['input']}」は使えません。文書の表にある書き方に直してください。",
        "en": f"Step {step}, {key}: '{problem['input']}' cannot be used. Please write it as the table in "
        "the guide shows.",
    }


def _key(ja: str, en: str) -> Text:
    return {"ja": f"{ja} のキー", "en": f"Key of {en}"}
