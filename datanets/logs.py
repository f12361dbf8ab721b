"""Logging for every process: one line an event on standard error, and never a secret in it."""

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

HIDDEN = "[secret]"

# Shapes of secrets that libraries write into messages: Telegram's in its URLs, Discord's, bearer headers,
# and passwords in database URLs. The secrets that we know ourselves are added word for word.
SHAPES = (
    r"\d{6,12}:[A-Za-z0-9_-]{30,}",
    r"[A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,}",
    r"(?<=Bearer )[^\s'\"]+",
    r"(?<=Bot )[A-Za-z0-9_.-]{40,}",
    r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)",
)

# These libraries write a line a request at INFO, which says nothing that our own lines do not.
LOUD = ("httpx", "httpcore", "aiohttp.access", "alembic", "discord.gateway", "dbos")


class Lines(logging.Formatter):
    """Formats a record as one JSON object or as one line for people, with every secret hidden."""

    def __init__(self, secrets: Iterable[str], *, as_json: bool) -> None:
        super().__init__()
        known = [re.escape(secret) for secret in secrets if len(secret) > 3]
        self._secret = re.compile("|".join([*known, *SHAPES]))
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; the traceback of an error follows it, hidden likewise."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        text = record.getMessage()
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        if self._as_json:
            event = {"at": moment, "level": record.levelname.lower(), "from": record.name, "text": text}
            line = json.dumps({**event, "trace": trace} if trace else event, ensure_ascii=False)
        else:
            line = f"{moment[11:19]} {record.levelname:<7} {record.name}: {text}"
            line = f"{line}\n{trace}" if trace else line
        return self._secret.sub(HIDDEN, line)


def set_up(secrets: Iterable[str], *, level: str = "INFO", file: Path | None = None) -> None:
    """Send all logging to standard error, as JSON unless somebody watches a terminal, or to a file."""
    if file is None:
        handler: logging.Handler = logging.StreamHandler(sys.stderr)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(file)
    handler.setFormatter(Lines(secrets, as_json=file is not None or not sys.stderr.isatty()))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
