"""Plain words in a room: commands, questions to the docs, and talk with a model."""

import asyncio
import contextlib
import re
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
from bot.playground.note import Note
from bot.playground.people import Person
from datanets.facts import ConversationView, ReplyPiece
from datanets.refusals import Busy, Refusal
from datanets.rooms import Line

# Faster than this the eye sees no difference, and every page is told each time.
SECONDS_BETWEEN_PIECES = 0.08
_TO_US = re.compile(r"@potluck\b[,:]?", re.IGNORECASE)


async def said(kitchen: Kitchen, person: Person, room: str, text: str) -> None:
    """Show what somebody said and answer it where an answer is due."""
    name, words = _command(text)
    if name:
        await commands.typed(kitchen, person, room, BY_NAME[name], words)
        return
    await kitchen.messages.say(room, author=person.key, text=text)
    if room.startswith("t-"):
        await ask_model(kitchen, person, room, text)
    elif room == "help" or _TO_US.search(text):
        hearing.hear(Ask(kitchen, person, room, {}), _TO_US.sub("", text).strip())


async def ask_model(kitchen: Kitchen, person: Person, room: str, text: str) -> None:
    """Let the model of a thread answer, line by line as it writes."""
    held = await conversation(kitchen, person, room)
    if held.id in kitchen.desk.chat.writing:
        raise Busy
    await stream(kitchen, person, held, kitchen.desk.chat.say(person.caller, held.id, text))


async def ask_again(kitchen: Kitchen, person: Person, line: str) -> None:
    """Let the model answer the latest question once more, in the same line."""
    found = await kitchen.core.rooms.find(line)
    if found is None:
        return
    held = await conversation(kitchen, person, found.room)
    if held.id in kitchen.desk.chat.writing:
        raise Busy
    await stream(kitchen, person, held, kitchen.desk.chat.again(person.caller, held.id), found)


async def conversation(kitchen: Kitchen, person: Person, room: str) -> ConversationView:
    """Return the conversation of a thread, opened when it is the first word."""
    return await kitchen.desk.chat.open(person.caller, room.removeprefix("t-"), room)


async def stream(
    kitchen: Kitchen,
    person: Person,
    held: ConversationView,
    pieces: AsyncIterator[ReplyPiece],
    instead_of: Line | None = None,
) -> None:
    """Start writing a reply; returns at once, the reply goes on in a task of its own."""
    card: dict[str, object] = {"draw": "reply", "speaker": held.model.name, "conversation": held.id}
    line = instead_of or await kitchen.messages.say(held.channel, card=card)
    kitchen.cards.writing[line.id] = ""
    await kitchen.messages.redraw(line.id)
    writing = asyncio.create_task(_write(kitchen, person, line, card, pieces))
    kitchen.replies[line.id] = writing
    writing.add_done_callback(lambda _: kitchen.replies.pop(line.id, None))


async def _write(
    kitchen: Kitchen, person: Person, line: Line, card: dict[str, object], pieces: AsyncIterator[ReplyPiece]
) -> None:
    text, turn, stopped, shown = "", "", False, 0.0
    trouble = ""
    try:
        async with aclosing(pieces) as coming:  # type: ignore[type-var]
            async for piece in coming:
                text += piece.text
                kitchen.cards.writing[line.id] = text
                turn, stopped = piece.turn, piece.stopped
                if time.monotonic() - shown > SECONDS_BETWEEN_PIECES:
                    shown = time.monotonic()
                    await _show(kitchen, line, text)
    except Refusal as refusal:
        trouble = wording.refusal(refusal, person.locale)
    except Exception as error:  # noqa: BLE001 - the boundary: whatever it is gets a ticket
        trouble = (await fault(kitchen, "reply", error, person.locale)).words
    finally:
        kitchen.cards.writing.pop(line.id, None)
        with contextlib.suppress(asyncio.CancelledError):
            if line.text and trouble and not text:
                # Nothing came instead: the reply that stood here is still the latest.
                await kitchen.messages.redraw(line.id)
                note = Note(words=trouble, tone="refusal")
                await kitchen.messages.say(line.room, card=note.card(), private_to=person.key)
            else:
                ended = {**card, "turn": turn, "stopped": stopped}
                await kitchen.messages.change(line.id, text=text or (trouble and f"_{trouble}_"), card=ended)


async def _show(kitchen: Kitchen, line: Line, text: str) -> None:
    html = markdown(text)

    async def draw(_: Person) -> list[Change]:
        return [{"op": "part", "id": f"{line.id}-text", "html": html}]

    await kitchen.hub.tell(draw, line.room)


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
