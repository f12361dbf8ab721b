"""What a thread remembers: plain values only, so that any checkpoint can be read again."""

from typing import Any, TypedDict


class Thread(TypedDict, total=False):
    """The state of one conversation.

    text: the message of this turn. before: the last question that went to the docs, or the last order.
    question: the message as it stands alone. route: where the message goes. command, values: what was
    understood so far. suggested: what a language model read from the message. found: the last reply that did
    not fit the value asked for, as `refused`. going: the last command with its values, which the next
    message may go on with: `proposal` is its id, `topic` the number spoken of last, `is_last` whether nothing
    else was said since. replaces: the proposal that a changed one takes the place of.
    reply: what the turn gives, `kind` says which fact.
    """

    text: str
    before: str
    question: str
    route: str
    command: str
    values: dict[str, str]
    suggested: dict[str, str]
    found: dict[str, Any]
    going: dict[str, Any]
    replaces: str
    reply: dict[str, Any]
