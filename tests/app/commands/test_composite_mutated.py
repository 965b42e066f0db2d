"""Files damaged at random: a result, or an error with sentences in both languages; never anything else."""

import random
import re
import warnings
from pathlib import Path

import pytest

from app.commands.composite_files import run_composite
from indicators.composite import CompositeError

DATA = """uCode,uName,Time,Region,D,A,B,C
b,ビー,2021,x,10,1,2,0.1
a,エー,2020,x,10,1,9,3
a,エー,2021,y,10,4,,7
b,ビー,2020,y,10,3,5,1
c,シー,2020,y,10,9,1,4
c,シー,2021,y,10,8,3,4
"""
META = """Level,iCode,iName,Direction,Weight,Parent,Type,Target,GoalLower,GoalUpper,Denominator
1,A,,1,1,P,Indicator,8,0,10,
1,B,,-1,2.5,P,Indicator,1,0,10,
1,C,,1,1,Q,Indicator,6,0,10,D
2,P,,1,1,T,Aggregate,,,,
2,Q,,1,1,T,Aggregate,,,,
3,T,,1,,,Aggregate,,,,
,Region,,,,,Group,,,,
,D,,,,,Denominator,,,,
"""
RECIPES = (
    """steps:
  - screen: {min_available: 2/3, force_in: [a], force_out: [b]}
  - denominate: {}
  - impute: {method: group_mean, group: Region}
  - treat: {winsorise_max: 1, then: log, max_skew: 1, max_kurtosis: 1}
  - normalise: {method: min_max, lower: 1, upper: 100, over: all_years}
  - aggregate: {method: geometric, min_available: 1/2, by_level: {3: {method: generalised_mean, power: 2}}}
""",
    """steps:
  - impute: {method: linear}
  - normalise: {method: distance_to_reference, reference: a, cap: true}
  - aggregate: {method: arithmetic, weights: {A: 2, P: 3}}
""",
    "steps:\n  - normalise: {method: goalposts}\n  - aggregate: {method: copeland, weights: pca}\n",
)
# fmt: off
PIECES = [
    "", "0", "-1", "nan", "inf", "1e308", "1e400", "1e999999999", "9" * 30, "１２", "1,5", "1.5", "-0", "1e-400",
    "0x10", "1_0", "2/3", "0/0", '"', "'", "{", "}", "[", "]", "{}", "[]", ":", "#", "&a", "*a", "!!python/object",
    "null", "true", "~", "|", ">", "%", "@", "`", "?", "-", "--", " ", "\t", "\n", "\r", "\0", "\ufeff", "大学",
    "uCode", "Time", "A", "T", "Indicator", "Aggregate", "Group",
]
# fmt: on


def damaged(text: str, draw: random.Random) -> str:
    """The text with one to three pieces put in, replaced or left out, or lines doubled or removed."""
    for _ in range(draw.randint(1, 3)):
        place, words = draw.randrange(len(text)), list(re.finditer(r"[^,\s{}\[\]:]+", text))
        lines = text.split("\n")
        match draw.randrange(5):
            case 0:
                text = text[:place] + draw.choice(PIECES) + text[place:]
            case 1 if words:
                word = draw.choice(words)
                text = text[: word.start()] + draw.choice(PIECES) + text[word.end() :]
            case 2:
                text = "\n".join([*lines, draw.choice(lines)])
            case 3:
                text = "\n".join(line for line in lines if line != draw.choice(lines))
            case _:
                text = text[:place] + text[place + draw.randint(1, 6) :]
        text = text or "x"
    return text


@pytest.mark.parametrize("seed", range(150))
def test_damaged_files_give_a_result_or_sentences(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    texts = [DATA, META, draw.choice(RECIPES)]
    hit = draw.sample(range(3), draw.randint(1, 2))
    paths = [tmp_path / name for name in ("iData.csv", "iMeta.csv", "recipe.yaml")]
    for number, path in enumerate(paths):
        text = damaged(texts[number], draw) if number in hit else texts[number]
        path.write_text(text, encoding="utf-8", newline="")
    out = tmp_path / "out"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            run_composite(*paths, out, robustness=3, sobol=None, seed=0, progress=lambda *_: None)
    except CompositeError as refused:
        assert refused.messages and not out.exists()
        assert all(message.ja and message.en for message in refused.messages)
    else:
        assert (out / "scores.csv").is_file() and (out / "report.json").is_file()
