"""What a thread remembers: plain values only, so that any checkpoint can be read again."""

from typing import Any, TypedDict


class Thread(TypedDict, total=False):
    """The state of one conversation.

    text: the message of this turn. before: the last question that went to the docs.
    question: the message as it stands alone. route: where the message goes. command, values: what was
    understood so far. found: the last reply that did not fit the value asked for, as `refused`.
    reply: what the turn gives, `kind` says which fact.
    """

    text: str
    before: str
    question: str
    route: str
    command: str
    values: dict[str, str]
    found: dict[str, Any]
    reply: dict[str, Any]
