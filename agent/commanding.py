"""From plain words to a proposal: read the values, ask for what is missing one by one, propose."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal
from uuid import uuid4

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from agent.continuing import answered, missing, topic_of
from agent.facts import Choice
from agent.intents import Names, is_of_its_own, wish_in
from agent.moods import small_talk, takes_back
from agent.numbers import figures
from agent.state import Thread
from agent.tools import Command, Kit, Parameter
from agent.turn import Turn
from agent.values import read_values

# What the member most likely means when they name none: their own run that is still going.
_OBVIOUS = {"run stop", "run show"}
# Where there is nothing to choose from, the list says so.
_LISTS = {"run": "runs", "model": "models", "datanet": "datanet list"}
MOST_CHOICES = 10


async def understand(state: Thread, runtime: Runtime[Turn]) -> Thread:
    """Read the values that the message states; what went on already has them."""
    kit, text = runtime.context.kit, state["text"]
    command, values = kit.commands[state["command"]], state["values"]
    if not values:
        names = await kit.names_for(command)
        values = _checked(state["suggested"], text, command, names) | read_values(text, command, names)
        runs = names.get("run", ())
        if command.name in _OBVIOUS and len(runs) == 1:
            values = {"run": runs[0].value} | values
    held = state.get("going") or {}
    if _leaves_room(command, held, kit):
        return {"values": values, "before": text, "going": held | {"is_last": False}}
    topic = topic_of(text, command, held.get("topic", "") if held.get("command") == command.name else "")
    going = {"command": command.name, "values": values, "topic": topic, "is_last": True}
    return {"values": values, "before": text, "going": going}


async def fill(state: Thread, runtime: Runtime[Turn]) -> Thread:
    """Ask for the first missing value and wait; the next message of the thread resumes here.

    LangGraph runs this node from its beginning when it resumes, so it does nothing before the interrupt
    that must not happen twice.
    """
    kit = runtime.context.kit
    command = kit.commands[state["command"]]
    parameter = missing(command, state["values"])
    if parameter is None:
        return {}
    names = await kit.names_for(command)
    choices, instead = names[str(parameter.values)], _LISTS.get(str(parameter.values), "")
    if not choices and instead in kit.commands:
        return {"command": instead, "values": {}}
    refused = str(state.get("found", {}).get("refused", ""))
    said = str(interrupt(_wanted(command, state["values"], parameter, choices, refused)))
    if takes_back(said):
        return {
            "command": "",
            "route": "",
            "going": {},
            "reply": {"kind": "dropped", "command": command.name},
        }
    is_new = _is_something_else(said, parameter, choices, kit, names)
    values = {} if is_new else answered(said, parameter, command, names, state["values"])
    if values:
        return {"values": values, "found": {}, "going": _noted(state, values)}
    if is_new or wish_in(said, frozenset(kit.commands), names).command:
        return {"command": "", "text": said, "route": "again", "found": {}}
    return {"found": {"refused": said[:100]}}


def after_fill(state: Thread, runtime: Runtime[Turn]) -> Literal["fill", "propose", "route", "__end__"]:
    """Ask on while something is missing."""
    if not state["command"]:
        return "route" if state["route"] == "again" else "__end__"
    command = runtime.context.kit.commands[state["command"]]
    return "propose" if missing(command, state["values"]) is None else "fill"


async def propose(state: Thread, runtime: Runtime[Turn]) -> Thread:
    """Show a state at once; propose whatever spends or changes something, to be confirmed by a button."""
    command = runtime.context.kit.commands[state["command"]]
    values = state["values"]
    if not command.changes:
        return {"reply": {"kind": "state_wanted", "command": command.name, "values": values}}
    left = [p.name for p in command.parameters if p.required and p.name not in values]
    said = {"id": uuid4().hex, "command": command.name, "values": values, "missing": left}
    reply = {"kind": "proposal", "replaces": state.get("replaces", ""), **said}
    return {"reply": reply, "going": _noted(state, values) | {"proposal": said["id"]}}


def _noted(state: Thread, values: dict[str, str]) -> dict[str, Any]:
    """Return what the thread goes on with; a state shown in between leaves it as it is."""
    going = state.get("going") or {}
    return going | {"values": values} if going.get("command") == state["command"] else going


def _leaves_room(command: Command, held: dict[str, Any], kit: Kit) -> bool:
    """Whether a state is shown in the midst of a command that goes on afterwards."""
    if command.changes or not held or held["command"] == command.name:
        return False
    return not command.parameters or missing(kit.commands[held["command"]], held["values"]) is not None


def _checked(
    suggested: dict[str, str], text: str, command: Command, names: dict[str, Sequence[Choice]]
) -> dict[str, str]:
    """Keep what a language model suggested where it exists, or where the message has it."""
    said = figures(text).casefold()
    kept: dict[str, str] = {}
    for parameter in command.parameters:
        value, choices = suggested.get(parameter.name, ""), names.get(str(parameter.values), ())
        fits = value in {choice.value for choice in choices} if choices else value.casefold() in said
        if value and fits:
            kept[parameter.name] = value
    return kept


def _is_something_else(
    said: str, parameter: Parameter, choices: Sequence[Choice], kit: Kit, names: Names
) -> bool:
    """Whether a reply starts something new; a question is a value only where a question is asked for."""
    if parameter.name == "question":
        return said.lstrip().startswith("/")
    if said.strip().casefold() in {word.casefold() for c in choices for word in (c.value, c.label)}:
        return False
    return is_of_its_own(said, frozenset(kit.commands), names) or (not choices and bool(small_talk(said)))


def _wanted(
    command: Command, values: dict[str, str], parameter: Parameter, choices: Sequence[Choice], refused: str
) -> dict[str, Any]:
    return {
        "kind": "value_wanted",
        "command": command.name,
        "values": values,
        "parameter": parameter.name,
        "help": parameter.help,
        "choices": [asdict(choice) for choice in choices[:MOST_CHOICES]],
        "refused": refused,
    }
