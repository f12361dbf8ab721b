"""Secrets never reach a log, whoever writes them and however."""

import io
import json
import logging

import pytest

from datanets.logs import HIDDEN, Lines

TELEGRAM = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
DISCORD = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"


def written(*secrets: str, as_json: bool = True) -> tuple[logging.Logger, io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines(secrets, as_json=as_json))
    log = logging.getLogger("test_logs")
    log.handlers, log.propagate = [handler], False
    return log, stream


@pytest.mark.parametrize(
    "message",
    [
        f"HTTP Request: POST https://api.telegram.org/bot{TELEGRAM}/getMe",
        f"Authorization: Bot {DISCORD}",
        f"logging in with {DISCORD}",
        "Authorization: Bearer sk-live-0123456789abcdef",
        "postgresql+psycopg://potluck:hunter2-hunter2@db/potluck refused",
    ],
)
def test_the_shapes_of_secrets_are_hidden(message: str) -> None:
    log, stream = written()
    log.error(message)
    for secret in (TELEGRAM, DISCORD, "sk-live-0123456789abcdef", "hunter2-hunter2"):
        assert secret not in stream.getvalue()
    assert HIDDEN in stream.getvalue()


def test_a_secret_in_an_argument_or_a_traceback_is_hidden() -> None:
    log, stream = written("correct horse battery")
    try:
        raise ValueError("cannot log in with correct horse battery")
    except ValueError:
        log.exception("failed with %s", "correct horse battery")
    assert "correct horse" not in stream.getvalue()
    assert "ValueError" in stream.getvalue()


def test_an_event_is_one_json_line() -> None:
    log, stream = written()
    log.warning("run %s ended\nbadly", "r1")
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["text"] == "run r1 ended\nbadly"
