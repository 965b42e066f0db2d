"""The log of a process as JSON lines: what was done and in which role, without names of people, files or cells.

Whoever acted stands as a short hash; the entry's number leads to the log of the store (``junkan admin log``), which
names the user and is shown to those it concerns.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

LOG_VARIABLE = "JUNKAN_LOG"  # the file that a process writes its log to; one for each process
LOGGER = "junkan"
LARGEST, KEPT = 10 * 2**20, 9  # bytes of a file, and how many older ones are kept
OWN_MODE = 0o600


class JsonLines(logging.Formatter):
    """One JSON object a line: ``at`` and ``level``, then the act, or what the program has to say."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record; of an exception its kind and places, since its message may hold what a cell says."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        act = getattr(record, "act", None)
        line |= act if isinstance(act, dict) else {"text": record.getMessage()}
        if record.exc_info and record.exc_info[1] is not None:
            fault = record.exc_info[1]
            frames = traceback.extract_tb(fault.__traceback__)
            line["fault"] = type(fault).__name__
            line["where"] = [f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in frames]
        return json.dumps(line, ensure_ascii=False)


def set_up_log(path: str | None, *, largest: int = LARGEST, kept: int = KEPT) -> logging.Handler:
    """Sends the log of this process to a file that rotates by size, readable by its owner only, else to stderr."""
    handler: logging.Handler
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWN_MODE))
        handler = OwnFile(path, maxBytes=largest, backupCount=kept, encoding="utf-8")
    else:
        handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    log = logging.getLogger(LOGGER)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    return handler


class OwnFile(RotatingFileHandler):
    """A file that rotates, each readable by its owner only."""

    def doRollover(self) -> None:
        """Begins a new file."""
        super().doRollover()
        os.chmod(self.baseFilename, OWN_MODE)
