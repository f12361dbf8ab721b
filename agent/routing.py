"""Where a message goes: to the docs, to a state, to a command, or nowhere."""

import json
import logging
from typing import Literal

from langgraph.runtime import Runtime

from agent.followups import is_follow_up, joined
from agent.intents import command_in, greeting, is_question
from agent.state import Thread
from agent.tools import Kit, WriterAway
from agent.turn import Turn
from agent.writer import prompt

log = logging.getLogger(__name__)

ASK = "ask"


async def route(state: Thread, runtime: Runtime[Turn]) -> Thread:
    """Decide what a message wants."""
    text, turn = state["text"], runtime.context
    fresh = Thread(command="", values={}, question="", reply={})
    if turn.docs_only:
        return {**fresh, "route": ASK}
    if said := greeting(text):
        return {**fresh, "route": "greet", "reply": {"kind": "greeting", "thanks": said == "thanks"}}
    command = command_in(text, frozenset(turn.kit.commands))
    if not command and turn.kit.writer is not None:
        command = await _command_by_model(text, turn.kit)
        if command and is_question(text) and turn.kit.commands[command].changes:
            command = ASK
    if command in ("", ASK):
        return {**fresh, "route": ASK}
    if not await turn.kit.member.may(command):
        return {**fresh, "route": "greet", "reply": {"kind": "not_yours", "command": command}}
    return {**fresh, "route": "command", "command": command}


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


async def _command_by_model(text: str, kit: Kit) -> str:
    """Ask the model which command is meant; its word is only a suggestion that the table must know."""
    table = "\n".join(
        f"- {command.name}: {', '.join(parameter.name for parameter in command.parameters) or 'no values'}"
        for command in kit.commands.values()
    )
    if kit.writer is None:
        return ""
    try:
        asked = f"<commands>\n{table}\n</commands>\n\n<message>\n{text}\n</message>"
        written = await kit.writer.write(prompt("command"), asked, most_tokens=120)
        chosen = json.loads(written[written.index("{") : written.rindex("}") + 1])
    except (WriterAway, ValueError):
        return ""
    name = chosen.get("command") if isinstance(chosen, dict) else ""
    return name if isinstance(name, str) and name in kit.commands else ""
