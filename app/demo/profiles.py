"""Who is in the invented nation: the thirty universities and three samples of ``demo_nation.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from app.demo.profile import Centre, Profile
from schemas.dictionary.declaration import read_yaml
from schemas.register import Institution

NATION_FILE = Path(__file__).parent / "nation.yaml"


@cache
def nation() -> tuple[Profile, ...]:
    """The profiles of the thirty invented universities, in order of their codes."""
    return tuple(_profile(declared) for declared in read_yaml(NATION_FILE)["universities"])


@cache
def samples() -> dict[str, Profile]:
    """The profiles of the three samples: ``strong``, ``average`` and ``faulty``."""
    declared = read_yaml(NATION_FILE)["samples"]
    return {name: _profile({**declared["average"], **own}) for name, own in declared.items()}


def _profile(declared: Mapping[str, Any]) -> Profile:
    """One profile; TypeError for a parameter that profiles lack."""
    centre = Centre(**declared["centre"]) if "centre" in declared else None
    more = declared["more"] | {name: declared[name] for name in ("narrative", "remark") if name in declared}
    more |= {"centres": tuple(Centre(**one) for one in declared.get("centres", ()))}
    return Profile(_institution(declared["institution"]), **declared["figures"], centre=centre, **more)


def _institution(who: Mapping[str, str]) -> Institution:
    names = f"{who['name_ja']}（架空）", f"{who['name_en']} (fictional)"
    return Institution(f"DEMO-{who['code']}", *names, who["founder"], who["prefecture"], is_demo=True)
