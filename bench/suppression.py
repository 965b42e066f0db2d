"""What an exact integer attacker makes of all that is printed about a nation of 740, and what is hidden beyond need.

``python -m bench.suppression`` prints and keeps the figures; it ends with 1 when a count of 1 to 4 is recovered or more
than one in a hundred is narrowed to two values. All rows of an institution's year are attacked together: institution
and centre, every definition, parts and wholes, with the sign "<5". Rounds join only in papers, whose years overlap:
tests/app/results/test_cell_suppression.py attacks several together.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from app.access import LOCAL
from app.results.cell_suppression import count_suppressed, suppress_small_counts
from app.results.institution_results import links
from tests.support.generated_nation import generated_nation
from tests.support.integer_attacker import attack

RESULTS = Path(__file__).parent / "suppression.json"
INSTITUTIONS = 740
MOST_NARROWED = 0.01
DRAWN = replace(links(), within=())  # the generated nation is drawn without what the form sends back


def suppression(institutions: int = INSTITUTIONS, seed: int = 1) -> dict[str, float]:
    """Hidden counts, how many are recovered or narrowed to two, rows hidden beyond need, and processor time."""
    before = generated_nation(institutions, seed, DRAWN)
    began = time.process_time()
    after = suppress_small_counts(before, LOCAL, None, DRAWN)
    used = time.process_time() - began
    left = Counter(one.candidates for one in attack(before, after, DRAWN))
    counted = count_suppressed(before, after["hidden"], DRAWN)
    return {
        "institutions": institutions,
        "rows": counted.rows,
        "hidden_rows": counted.hidden,
        "hidden_beyond_need": counted.beyond_need,
        "share_beyond_need": round(counted.beyond_need / max(1, counted.rows), 4),
        "small_counts": sum(left.values()),
        "recovered": left[1],
        "narrowed_to_two": left[2],
        "processor_s": round(used, 2),
    }


def main() -> int:
    """Prints and keeps the figures; 1 when too much can be told."""
    found = suppression()
    print(json.dumps(found, indent=1))
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return int(found["recovered"] > 0 or found["narrowed_to_two"] > MOST_NARROWED * found["small_counts"])


if __name__ == "__main__":
    sys.exit(main())
