"""Where a message goes: to the docs, to a state, to a command, or nowhere."""

import json
import logging
from typing import Any, Literal

from langgraph.runtime import Runtime

from agent.continuing import continued, topic_of
from agent.followups import is_follow_up, joined
from agent.intents import Names, wish_in
from agent.moods import (
    asks_leave,
    is_courtesy,
    is_general,
    is_question,
    lets_go,
    says_do,
    says_yes,
    small_talk,
    takes_back,
)
from agent.state import Thread
from agent.tools import Kit, WriterAway
from agent.turn import Turn
from agent.values import read_values
from agent.writer import prompt

log = logging.getLogger(__name__)

ASK = "ask"
# Somebody who names so many values of a recipe wants it cooked, whatever the verb.
ENOUGH_VALUES = 3


async def route(state: Thread, runtime: Runtime[Turn]) -> Thread:
    """Decide what a message wants."""
    kit = runtime.context.kit
    fresh = Thread(command="", values={}, suggested={}, question="", reply={}, found={}, replaces="")
    if runtime.context.docs_only:
        return {**fresh, **_to_docs(state, kit)}
    return {**fresh, **(_in_passing(state) or await _to_command(state, kit) or _to_docs(state, kit))}


def after_route(state: Thread) -> Literal["stand_alone", "understand", "__end__"]:
    """Follow the decision."""
    match state["route"]:
        case "command":
            return "understand"
        case "greet":
            return "__end__"
        case _:
            return "stand_alone"


async def stand_alone(state: Thread, runtime: Runtime[Turn]) -> Thread:
    """Make a follow-up question understandable without the thread."""
    text, before = state["text"], state.get("before", "")
    if not before or not is_follow_up(text):
        return {"question": text, "before": text}
    question, writer = joined(text, before), runtime.context.kit.writer
    if writer is not None:
        try:
            asked = f"<previous>\n{before}\n</previous>\n\n<message>\n{text}\n</message>"
            question = (await writer.write(prompt("stand_alone"), asked, most_tokens=80)).strip() or question
        except WriterAway:
            log.info("the language model is away; joining the questions")
    return {"question": question[:1000], "before": question[:1000]}


def _in_passing(state: Thread) -> Thread | None:
    """Answer what is no more than a hello, a thank you, or a word taken back."""
    text, going = state["text"], state.get("going") or {}
    if takes_back(text) and (going or lets_go(text)):
        return _drop(going)
    leans = says_yes(text) and (going or state.get("before"))
    return _greet(said) if (said := small_talk(text)) and not leans else None


async def _to_command(state: Thread, kit: Kit) -> Thread | None:
    """Go to the command that a message asks for or goes on with, if there is one."""
    text, going = state["text"], state.get("going") or {}
    names = {kind: await kit.member.names(kind) for kind in ("datanet", "model")}
    wish = wish_in(text, frozenset(kit.commands), names)
    if wish.refused:
        return None if is_general(text) or "?" in text else _drop({"command": wish.command})
    if wish.command == ASK:
        return None
    if wish.command:
        return await _open(wish.command, kit)
    if going:
        command = kit.commands[going["command"]]
        every = await kit.names_for(command)
        if (values := continued(text, going, command, every)) is not None:
            return {**await _open(command.name, kit, values), "replaces": going.get("proposal", "")}
    if named := await _by_context(state, kit, names):
        return await _open(named, kit)
    named, suggested = await _by_model(text, kit)
    if named and not (is_question(text) and kit.commands[named].changes):
        return {**await _open(named, kit), "suggested": suggested}
    return _greet(small_talk(text)) if small_talk(text) or is_courtesy(text) else None


async def _open(command: str, kit: Kit, values: dict[str, str] | None = None) -> Thread:
    """Go on with a command, if it is the member's to use."""
    if not await kit.member.may(command):
        return {"route": "greet", "reply": {"kind": "not_yours", "command": command}}
    return {"route": "command", "command": command, "values": values or {}}


def _to_docs(state: Thread, kit: Kit) -> Thread:
    """Look it up; a command that is going on waits meanwhile."""
    if not (going := state.get("going")):
        return {"route": ASK}
    topic = topic_of(state["text"], kit.commands[going["command"]], going.get("topic", ""))
    return {"route": ASK, "going": going | {"topic": topic, "is_last": False}}


def _greet(said: str) -> Thread:
    return {"route": "greet", "reply": {"kind": "greeting", "thanks": said == "thanks"}}


def _drop(what: dict[str, Any]) -> Thread:
    reply = {"kind": "dropped", "command": what.get("command", ""), "proposal": what.get("proposal", "")}
    return {"route": "greet", "reply": reply, "going": {}}


async def _by_context(state: Thread, kit: Kit, names: Names) -> str:
    """Return the command that was asked about and is agreed to, or whose values are listed without a verb."""
    text = state["text"]
    if says_do(text):
        return wish_in(state.get("before", ""), frozenset(kit.commands) - {ASK}, names, anywhere=True).command
    if "finetune" not in kit.commands or (is_question(text) and not asks_leave(text)):
        return ""
    listed = read_values(text, kit.commands["finetune"], await kit.names_for(kit.commands["finetune"]))
    return "finetune" if len(listed) >= ENOUGH_VALUES and "datanet" in listed else ""


async def _by_model(text: str, kit: Kit) -> tuple[str, dict[str, str]]:
    """Ask the model which command is meant; its word is only a suggestion that the table must know."""
    table = "\n".join(
        f"- {command.name}: {', '.join(parameter.name for parameter in command.parameters) or 'no values'}"
        for command in kit.commands.values()
    )
    if kit.writer is None:
        return "", {}
    try:
        asked = f"<commands>\n{table}\n</commands>\n\n<message>\n{text}\n</message>"
        written = await kit.writer.write(prompt("command"), asked, most_tokens=120)
        chosen = json.loads(written[written.index("{") : written.rindex("}") + 1])
    except (WriterAway, ValueError):
        return "", {}
    name, values = (chosen.get("command"), chosen.get("values")) if isinstance(chosen, dict) else ("", {})
    if not isinstance(name, str) or name not in kit.commands or name == ASK:
        return "", {}
    given = values if isinstance(values, dict) else {}
    return name, {str(key): str(value)[:200] for key, value in given.items()}
