"""From plain words to a proposal: read the values, ask for what is missing one by one, propose."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from agent.facts import Choice
from agent.intents import command_in, is_of_its_own, takes_back
from agent.state import Thread
from agent.tools import Command, Kit, Parameter
from agent.turn import Turn
from agent.values import read_answer, read_values

# A file cannot be typed: the platform asks for it when the member confirms.
_BY_HAND = {"file"}
# What the member most likely means when they name none: their own run that is still going.
_OBVIOUS = {"run stop", "run show"}
MOST_CHOICES = 10


async def understand(state: Thread, runtime: Runtime[Turn]) -> Thread:
    """Read the values that the message states."""
    kit = runtime.context.kit
    command = kit.commands[state["command"]]
    names = await _names(command, kit)
    values = read_values(state["text"], command, names)
    if command.name in _OBVIOUS and "run" not in values:
        runs = names.get("run", ())
        if len(runs) == 1:
            values["run"] = runs[0].value
    return {"values": values}


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
    choices = list(await kit.member.names(str(parameter.values)))
    refused = str(state.get("found", {}).get("refused", ""))
    said = str(interrupt(_wanted(command, state["values"], parameter, choices, refused)))
    if takes_back(said):
        return {"command": "", "reply": {"kind": "dropped", "command": command.name}, "found": {}}
    is_new = _is_something_else(said, parameter, choices, kit)
    value = "" if is_new else read_answer(said, parameter, choices)
    if value:
        return {"values": {**state["values"], parameter.name: value}, "found": {}}
    if is_new or command_in(said, frozenset(kit.commands)):
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
    reply = {"kind": "proposal", "command": command.name, "values": values, "missing": left}
    return {"reply": reply}


def missing(command: Command, values: dict[str, str]) -> Parameter | None:
    """Return the first value that must still be asked for."""
    required = (p for p in command.parameters if p.required and str(p.values) not in _BY_HAND)
    return next((parameter for parameter in required if not values.get(parameter.name)), None)


def _is_something_else(said: str, parameter: Parameter, choices: Sequence[Choice], kit: Kit) -> bool:
    """Whether a reply starts something new; a question is a value only where a question is asked for."""
    if parameter.name == "question":
        return said.lstrip().startswith("/")
    if said.strip().casefold() in {word.casefold() for c in choices for word in (c.value, c.label)}:
        return False
    return is_of_its_own(said, frozenset(kit.commands))


async def _names(command: Command, kit: Kit) -> dict[str, Sequence[Choice]]:
    kinds = dict.fromkeys(str(parameter.values) for parameter in command.parameters)
    return {kind: await kit.member.names(kind) for kind in kinds}


def _wanted(
    command: Command, values: dict[str, str], parameter: Parameter, choices: list[Choice], refused: str
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
