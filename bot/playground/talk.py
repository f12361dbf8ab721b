"""Plain words in a room: commands, questions to the docs, and talk with a model."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import aclosing

from bot import wording
from bot.desk.commands import BY_NAME
from bot.playground import commands, hearing
from bot.playground.ask import Ask
from bot.playground.drawing import markdown
from bot.playground.faults import fault
from bot.playground.hub import Change
from bot.playground.kitchen import Kitchen
from bot.playground.people import Person
from datanets.facts import ConversationView, ReplyPiece
from datanets.refusals import Busy, Refusal

# Faster than this the eye sees no difference, and every page is told each time.
SECONDS_BETWEEN_PIECES = 0.08


async def said(kitchen: Kitchen, person: Person, room: str, text: str) -> None:
    """Show what somebody said and answer it where an answer is due."""
    name, words = _command(text)
    if name:
        await commands.typed(kitchen, person, room, BY_NAME[name], words)
        return
    await kitchen.messages.say(room, author=person.key, text=text)
    if room.startswith("t-"):
        await ask_model(kitchen, person, room, text)
    elif room == "help" or "@potluck" in text.lower():
        hearing.hear(Ask(kitchen, person, room, {}), text)


async def ask_model(kitchen: Kitchen, person: Person, room: str, text: str) -> None:
    """Let the model of a thread answer, line by line as it writes."""
    held = await conversation(kitchen, person, room)
    if held.id in kitchen.desk.chat.writing:
        raise Busy
    await stream(kitchen, held, room, kitchen.desk.chat.say(person.caller, held.id, text))


async def ask_again(kitchen: Kitchen, person: Person, line: str) -> None:
    """Let the model answer the latest question once more, in the same line."""
    found = await kitchen.core.rooms.find(line)
    if found is None:
        return
    held = await conversation(kitchen, person, found.room)
    await stream(kitchen, held, found.room, kitchen.desk.chat.again(person.caller, held.id), line)


async def conversation(kitchen: Kitchen, person: Person, room: str) -> ConversationView:
    """Return the conversation of a thread, opened when it is the first word."""
    return await kitchen.desk.chat.open(person.caller, room.removeprefix("t-"), room)


async def stream(
    kitchen: Kitchen, held: ConversationView, room: str, pieces: AsyncIterator[ReplyPiece], line: str = ""
) -> None:
    """Start writing a reply; returns at once, the reply goes on in a task of its own."""
    card: dict[str, object] = {"draw": "reply", "speaker": held.model.name, "conversation": held.id}
    if not line:
        line = (await kitchen.messages.say(room, card=card)).id
    kitchen.cards.writing[line] = ""
    await kitchen.messages.redraw(line)
    writing = asyncio.create_task(_write(kitchen, room, line, card, pieces))
    kitchen.replies[line] = writing
    writing.add_done_callback(lambda _: kitchen.replies.pop(line, None))


async def _write(
    kitchen: Kitchen, room: str, line: str, card: dict[str, object], pieces: AsyncIterator[ReplyPiece]
) -> None:
    text, turn, stopped, shown = "", "", False, 0.0
    try:
        async with aclosing(pieces) as coming:  # type: ignore[type-var]
            async for piece in coming:
                text += piece.text
                kitchen.cards.writing[line] = text
                turn, stopped = piece.turn, piece.stopped
                if time.monotonic() - shown > SECONDS_BETWEEN_PIECES:
                    shown = time.monotonic()
                    await _show(kitchen, room, line, text)
    except Refusal as refusal:
        text = text or f"_{wording.refusal(refusal)}_"
    except Exception as error:  # noqa: BLE001 - the boundary: whatever it is gets a ticket
        text = text or f"_{(await fault(kitchen, 'reply', error)).words}_"
    finally:
        kitchen.cards.writing.pop(line, None)
        with contextlib.suppress(asyncio.CancelledError):
            await kitchen.messages.change(line, text=text, card={**card, "turn": turn, "stopped": stopped})


async def _show(kitchen: Kitchen, room: str, line: str, text: str) -> None:
    html = markdown(text)

    async def draw(_: Person) -> list[Change]:
        return [{"op": "part", "id": f"{line}-text", "html": html}]

    await kitchen.hub.tell(draw, room)


def _command(text: str) -> tuple[str, str]:
    """Split `/datanet show birds` into the command's name and the words after it."""
    if not text.startswith("/"):
        return "", ""
    words = text[1:].split()
    for length in (2, 1):
        name = " ".join(words[:length]).lower()
        if name in BY_NAME:
            return name, " ".join(words[length:])
    return "", ""
