"""Asks a source of advisories about every pinned package; where none can be reached it says so and fails nothing."""

import json
import os
import re
import sys
import urllib.request
from http.client import HTTPException
from pathlib import Path

SOURCE = os.environ.get("ADVISORY_SOURCE", "https://api.osv.dev/v1/querybatch")  # OSV, https://osv.dev
PINS = Path(__file__).parent.parent / "requirements" / "run.txt"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
PATIENCE_S = 10


def advisories(pins: list[tuple[str, str]]) -> list[str]:
    """``name version: id, …`` of each package with an advisory. Raises OSError where the source is not reached."""
    asked = [{"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in pins]
    body = json.dumps({"queries": asked}).encode()
    request = urllib.request.Request(SOURCE, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        found = json.load(answer)["results"]
    return [
        f"{name} {version}: {', '.join(one['id'] for one in result['vulns'])}"
        for (name, version), result in zip(pins, found, strict=True)
        if result.get("vulns")
    ]


def main() -> int:
    """0 where no advisory is known or none could be asked for, 1 where there are some."""
    pins = PINNED.findall(PINS.read_text("utf-8"))
    try:
        found = advisories(pins)
    except (OSError, HTTPException, ValueError, KeyError) as error:
        sys.stdout.write(f"dependency audit NOT RUN: no advisory source could be reached ({type(error).__name__})\n")
        return 0
    sys.stdout.write(f"dependency audit: {len(pins)} packages, {len(found)} with an advisory\n")
    sys.stdout.writelines(f"  {one}\n" for one in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
