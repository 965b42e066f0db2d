"""What a JSON document breaks of its schema."""

import json
from typing import Any

from jsonschema import Draft202012Validator


def as_read_back(document: object) -> Any:
    """What a reader gets; a number that JSON does not know is refused."""
    return json.loads(json.dumps(document, allow_nan=False, ensure_ascii=False))


def problems(validator: Draft202012Validator, document: object) -> list[str]:
    return [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(as_read_back(document))]
