"""A message that goes on with the last command of its thread: an answer, a change of mind, one more value."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.facts import Choice
from agent.followups import opens_as_follow_up
from agent.moods import is_question, says_yes
from agent.numbers import number_in, units_in
from agent.tools import Command, Parameter
from agent.values import read_answer, read_values
from knowledge.words import STOP, words

# A file cannot be typed: the platform asks for it when the member confirms.
_BY_HAND = {"file"}
# More words of their own than these tell something, even where they happen to name a value.
MOST_WORDS = 7
SHORT_NAME = 3


def continued(
    text: str, going: dict[str, Any], command: Command, names: Mapping[str, Sequence[Choice]]
) -> dict[str, str] | None:
    """Return the values of the command that is going on with what the message adds, or None."""
    held: dict[str, str] = going["values"]
    is_asked = is_question(text) or text.rstrip().endswith("?")
    if is_asked and not (going["is_last"] and opens_as_follow_up(text)):
        return None
    own = [word for word in words(text) if word not in STOP]
    if len(own) > MOST_WORDS:
        return None
    wanted = missing(command, held)
    # Free text fits everything, so only what is as short as a name is taken for one.
    fits = wanted is not None and (names.get(str(wanted.values)) or len(own) <= SHORT_NAME)
    if wanted and fits and (given := answered(text, wanted, command, names, held)):
        return given
    if new := read_values(text, command, names):
        return held | new
    if says_yes(text):
        return held
    topic, number = going.get("topic", ""), number_in(text)
    return held | {topic: number} if topic and number and len(own) <= SHORT_NAME else None


def answered(
    text: str,
    wanted: Parameter,
    command: Command,
    names: Mapping[str, Sequence[Choice]],
    held: dict[str, str],
) -> dict[str, str]:
    """Return what is held with the value asked for, and what else a reply names; nothing if it misfits."""
    kind = str(wanted.values)
    value = read_answer(text, wanted, names.get(kind, ()))
    also = read_values(text, command, names) if value and kind != "text" else {}
    return also | held | {wanted.name: value} if value else {}


def topic_of(text: str, command: Command, before: str = "") -> str:
    """Return the numeric value that was spoken of last: "make it 16" means that one."""
    known = {parameter.name for parameter in command.parameters}
    return next((unit for unit in reversed(units_in(text)) if unit in known), before)


def missing(command: Command, values: dict[str, str]) -> Parameter | None:
    """Return the first value that must still be asked for."""
    required = (p for p in command.parameters if p.required and str(p.values) not in _BY_HAND)
    return next((parameter for parameter in required if not values.get(parameter.name)), None)
