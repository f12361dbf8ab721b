"""What every handler of the page needs, in one hand."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from bot.desk import Desk
from bot.playground.cards import Cards
from bot.playground.drawing import Drawing
from bot.playground.hub import Change, Hub
from bot.playground.messages import Messages
from bot.playground.people import PEOPLE, PLACE, Person
from bot.playground.rooms import CHANNELS, Room, thread_room
from datanets.core import Core


@dataclass(frozen=True)
class Kitchen:
    """The desk, the messages and the open pages. `replies` are the answers being written, by line."""

    core: Core
    desk: Desk
    messages: Messages
    cards: Cards
    hub: Hub
    drawing: Drawing
    data_dir: Path
    replies: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    @classmethod
    async def open(cls, core: Core, desk: Desk, data_dir: Path) -> "Kitchen":
        """Set the table: make the place and its cast known, so that their votes count from the start."""
        for person in PEOPLE.values():
            await core.members.actor(person.caller)
        place = await core.places.find(PLACE)
        drawing, hub = Drawing(), Hub()
        cards = Cards(core, drawing)
        messages = Messages(core.rooms, hub, cards, drawing, place.id)
        return cls(core, desk, messages, cards, hub, drawing, data_dir)

    async def threads(self, person: Person) -> list[Room]:
        """Return the threads of all models, the newest first."""
        models = await self.desk.training.models(person.caller)
        return [thread_room(thread_key(model.id), model.name, person.locale) for model in models]

    async def room(self, key: str, person: Person) -> Room | None:
        """Look a channel or a thread up."""
        if key in CHANNELS:
            return CHANNELS[key]
        return next((thread for thread in await self.threads(person) if thread.key == key), None)

    async def person(self, member: str) -> Person | None:
        """Return who of the cast is a member, or None for people of other platforms."""
        for account in await self.core.members.accounts(member):
            if account.platform == PLACE.platform and account.id in PEOPLE:
                return PEOPLE[account.id]
        return None

    async def close(self) -> None:
        """End the replies that are being written; what is there is kept."""
        writing = list(self.replies.values())
        for reply in writing:
            reply.cancel()
        await asyncio.gather(*writing, return_exceptions=True)

    async def refresh_threads(self) -> None:
        """Draw the list of threads anew on every page."""

        async def draw(person: Person) -> list[Change]:
            threads, lasts = await self.threads(person), await self.messages.counts(person)
            html = self.drawing.draw(
                "threads.html", person.locale, person=person, threads=threads, lasts=lasts, room=""
            )
            return [{"op": "rooms", "html": html}]

        await self.hub.tell(draw)


def thread_key(model: str) -> str:
    """Name the room of a model's thread."""
    return f"t-{model}"
