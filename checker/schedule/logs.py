"""The log of the service: a JSON line an event on stderr, with counts and names of folders, no value of a row."""

from __future__ import annotations

import logging
import sys

from pythonjsonlogger.json import JsonFormatter

_FIELDS = ("timestamp", "levelname", "name", "message")

LOG = logging.getLogger("checker")


def log_in_json() -> None:
    """Send every log line of this process, the libraries' warnings too, to stderr as JSON with its time in UTC."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            " ".join(f"%({name})s" for name in _FIELDS if name != "timestamp"),
            rename_fields={"levelname": "level", "message": "event", "name": "part"},
            timestamp="time",
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for library in ("alembic", "apscheduler"):
        logging.getLogger(library).setLevel(logging.WARNING)
    logging.captureWarnings(True)
