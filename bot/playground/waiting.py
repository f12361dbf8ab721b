"""Answers that take a moment: each comes as a line of its own when it is there."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot import wording
from bot.desk.ask import Meanwhile
from bot.playground.ask import Ask
from bot.playground.faults import fault
from bot.playground.note import Note
from datanets.refusals import Refusal


@dataclass(frozen=True)
class Found:
    """An answer; without a note it has shown itself already. Everybody reads it unless it is private."""

    note: Note | None
    is_private: bool = True


def answer(ask: Ask, find: Callable[[Meanwhile], Awaitable[Found]]) -> None:
    """Begin to look for an answer and return at once; `find` is given what to call when it takes long."""
    task = asyncio.create_task(_answer(ask, find))
    key = f"question-{id(task)}"
    ask.kitchen.replies[key] = task
    task.add_done_callback(lambda _: ask.kitchen.replies.pop(key, None))


async def _answer(ask: Ask, find: Callable[[Meanwhile], Awaitable[Found]]) -> None:
    waiting = _Waiting(ask)
    try:
        found = await find(waiting.begin)
    except Refusal as refusal:
        found = Found(Note(words=wording.refusal(refusal, ask.locale), tone="refusal"))
    except Exception as error:  # noqa: BLE001 - the boundary: whatever it is gets a ticket
        found = Found(await fault(ask.kitchen, "question", error, ask.locale))
    await waiting.end(found)


class _Waiting:
    """A line that says that an answer is on its way, once it takes longer than a moment."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._line = ""

    async def begin(self) -> None:
        """Show that somebody is looking."""
        note = Note(words=wording.notice("looking", self._ask.locale))
        said = await self._ask.kitchen.messages.say(
            self._ask.room, card=note.card(), private_to=self._ask.person.key
        )
        self._line = said.id

    async def end(self, found: Found) -> None:
        """Put the answer in its place."""
        if self._line:
            await self._ask.kitchen.messages.remove(self._line)
        if found.note:
            private_to = self._ask.person.key if found.is_private else ""
            await self._ask.kitchen.messages.say(
                self._ask.room, card=found.note.card(), private_to=private_to
            )
