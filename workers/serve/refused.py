"""What a caller of the server is told when it cannot be served, in OpenAI's terms."""

from dataclasses import dataclass


@dataclass(eq=False)
class Refused(Exception):
    """An answer that is a no: HTTP status, OpenAI's type and code, a sentence, the parameter at fault."""

    status: int
    kind: str
    code: str | None
    message: str
    param: str | None = None
    retry_after: int | None = None


def bad_request(message: str, param: str | None = None, code: str | None = None) -> Refused:
    """The request itself is at fault."""
    return Refused(400, "invalid_request_error", code, message, param)


def unknown_model(name: str) -> Refused:
    """No base and no adapter has that name."""
    return Refused(
        404, "invalid_request_error", "model_not_found", f"The model {name!r} does not exist.", "model"
    )


def too_long(tokens: int, context: int) -> Refused:
    """The prompt leaves no room for a reply."""
    return bad_request(
        f"The messages have {tokens} tokens; this model reads at most {context - 1}.",
        "messages",
        "context_length_exceeded",
    )


def busy(message: str) -> Refused:
    """A queue is full; it moves within seconds."""
    return Refused(429, "rate_limit_error", "rate_limit_exceeded", message, retry_after=2)


def away(message: str) -> Refused:
    """The server itself is at fault or not ready."""
    return Refused(503, "server_error", "unavailable", message, retry_after=5)
