"""How collector and publisher log: one JSON object a line on stdout, for each event of note.

A line is made of a fixed text and of ``name=%s`` fields that our own code chose: ids, counts, bytes, errnos. What a
client sent, keys and addresses are never among them. An exception gives its type and its place, never its text,
which may quote what was being read. ``granian_log.json`` has Granian use the same form.
"""

import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

import msgspec

GRANIAN_CONFIG = Path(__file__).with_name("granian_log.json")
OURS = ("ingest_api", "tracking_pipeline", "__main__")
MAX_FRAMES = 8
_FIELD = re.compile(r"\s*\b(\w+)=%[sdrf]")


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON: ``at``, ``level``, ``logger``, ``event``, and the record's fields."""

    def format(self, record: logging.LogRecord) -> str:
        event, fields = _taken_apart(record)
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "pid": record.process,
            "event": event,
            **fields,
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])[-MAX_FRAMES:]
            line["where"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        return msgspec.json.encode(line, enc_hook=str).decode()


def log_to_stdout() -> None:
    """Send our INFO and everybody's WARNING to stdout as JSON. Called once, by a process's ``main``."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)


def _taken_apart(record: logging.LogRecord) -> tuple[str, dict[str, object]]:
    """Split our own ``text name=%s …`` into its text and fields; any other message is its text."""
    names = _FIELD.findall(record.msg) if isinstance(record.msg, str) else []
    values = record.args if isinstance(record.args, tuple) else ()
    if not names or len(names) != len(values):
        return record.getMessage(), {}
    return _FIELD.sub("", record.msg).strip(), dict(zip(names, values, strict=True))
