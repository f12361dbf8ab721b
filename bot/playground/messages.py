"""The lines of the chat: written, drawn for each who looks, changed in place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from bot.playground.cards import Cards
from bot.playground.drawing import Drawing, markdown
from bot.playground.hub import Change, Hub
from bot.playground.people import Person, person_of
from datanets.rooms import Line, Rooms


@dataclass(frozen=True)
class Messages:
    """What is said in the rooms of one place, and who sees it at once."""

    rooms: Rooms
    hub: Hub
    cards: Cards
    drawing: Drawing
    place: str

    async def say(
        self,
        room: str,
        *,
        author: str = "",
        text: str = "",
        card: Mapping[str, Any] | None = None,
        private_to: str = "",
    ) -> Line:
        """Write a line and show it to everybody who may see it."""
        line = await self.rooms.add(
            self.place, room, author=author, text=text, card=card, private_to=private_to
        )
        await self.show(line)
        await self._mark(room)
        return line

    async def change(self, line: str, *, text: str, card: Mapping[str, Any]) -> Line | None:
        """Rewrite a line in place, for everybody."""
        changed = await self.rooms.change(line, text=text, card=card)
        if changed is not None:
            await self.show(changed)
        return changed

    async def amend(self, line: str, amended: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Change a line's card from what it is now, for everybody."""
        changed = await self.rooms.amend(line, amended)
        if changed is not None:
            await self.show(changed)

    async def remove(self, line: str) -> None:
        """Take a line off every page."""
        await self.rooms.remove(line)

        async def draw(_: Person) -> list[Change]:
            return [{"op": "drop", "id": line}]

        await self.hub.tell(draw)

    async def redraw(self, line: str) -> None:
        """Draw a line anew because what its card shows has changed."""
        found = await self.rooms.find(line)
        if found is not None:
            await self.show(found)

    async def redraw_subject(self, subject: str) -> None:
        """Draw every line anew that shows a subject which has changed."""
        for line in await self.rooms.showing(self.place, subject):
            await self.show(line)

    async def show(self, line: Line) -> None:
        """Put a line on every page that has its room open."""

        async def draw(person: Person) -> list[Change]:
            if line.private_to not in ("", person.key):
                return []
            html = await self.draw(line, person)
            return [{"op": "put", "room": line.room, "id": line.id, "html": html}]

        await self.hub.tell(draw, line.room)

    async def page(self, room: str, person: Person) -> list[Markup]:
        """Draw the newest lines of a room for one person."""
        lines = await self.rooms.lines(self.place, room, viewer=person.key)
        return [await self.draw(line, person) for line in lines]

    async def puts(self, room: str, person: Person) -> list[Change]:
        """Draw the newest lines of a room as changes, for a page that missed some."""
        lines = await self.rooms.lines(self.place, room, viewer=person.key)
        return [
            {"op": "put", "room": room, "id": line.id, "html": await self.draw(line, person)}
            for line in lines
        ]

    async def draw(self, line: Line, person: Person) -> Markup:
        """Draw one line as one person sees it."""
        author = person_of(line.author) if line.author else None
        is_reply = line.card.get("draw") == "reply"
        return self.drawing.draw(
            "message.html",
            person.locale,
            line=line,
            author=author,
            speaker=author.name if author else line.card.get("speaker", "Potluck"),
            words=markdown(line.text) if line.text and not is_reply else "",
            card=await self.cards.draw(line, person) if "draw" in line.card else "",
            mine=line.author == person.key or line.private_to == person.key,
        )

    async def counts(self, person: Person) -> dict[str, int]:
        """Count each room's lines as one person sees them, for the unread marks."""
        return await self.rooms.counts(self.place, viewer=person.key)

    async def _mark(self, room: str) -> None:
        async def draw(person: Person) -> list[Change]:
            counts = await self.counts(person)
            return [{"op": "mark", "room": room, "last": counts.get(room, 0)}]

        await self.hub.tell(draw)
