"""The JSON Schema of the JSON of ``score``, as the tests judge by it."""

import json
from pathlib import Path
from typing import Any

import indicators.engine

FILE = Path(indicators.engine.__file__).with_name("scoreboard.schema.json")
SCORE_SCHEMA: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
