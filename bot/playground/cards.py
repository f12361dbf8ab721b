"""Cards: a line keeps what to draw, this draws it from the facts of now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from bot import wording
from bot.desk.excerpts import exchanges
from bot.playground.curve import curve
from bot.playground.drawing import Drawing
from bot.playground.people import Person
from datanets.core import Core
from datanets.facts import Actor, Role
from datanets.refusals import NotFound
from datanets.rooms import Line


@dataclass(frozen=True)
class Cards:
    """Draws the card of a line for one person; reads facts, decides nothing.

    `writing` are the lines into which a reply is being streamed right now.
    """

    core: Core
    drawing: Drawing
    writing: dict[str, str] = field(default_factory=dict)

    async def draw(self, line: Line, person: Person) -> Markup:
        """Draw one card; one whose subject is gone says so."""
        try:
            return await DRAWN[line.card["draw"]](self, line, person)
        except NotFound:
            return self.drawing.draw("cards/note.html", note={**EMPTY_NOTE, "words": "This is gone."})

    async def onlooker(self, person: Person) -> Actor:
        """Return who looks; whoever only looks leaves no trace."""
        known = await self.core.members.known(person.caller)
        return known or await self.core.members.actor(person.caller)

    async def _review(self, line: Line, person: Person) -> Markup:
        looking = await self.onlooker(person)
        review = await self.core.review.card(looking.community, line.card["id"])
        verdict, member = review.contribution.verdict, looking.member
        mine = next(("up" if one.up else "down" for one in review.ballots if one.member == member), "")
        return self.drawing.draw(
            "cards/review.html",
            review=review,
            exchanges=exchanges(review.contribution),
            address=f"/{person.key}/file/{review.contribution.id}",
            mine=mine,
            is_author=review.contribution.author == member,
            is_admin=Role.ADMIN in person.roles,
            reason=wording.reason(verdict.reason) if verdict and verdict.reason else "",
        )

    async def _run(self, line: Line, person: Person) -> Markup:
        run = await self.core.runs.get((await self.onlooker(person)).community, line.card["id"])
        return self.drawing.draw("cards/run.html", run=run, curve=curve(run.curve, run.progress.steps))

    async def _model(self, line: Line, person: Person) -> Markup:
        model = await self.core.models.get((await self.onlooker(person)).community, line.card["id"])
        return self.drawing.draw("cards/model.html", model=model)

    async def _release(self, line: Line, person: Person) -> Markup:
        release = await self.core.releases.get((await self.onlooker(person)).community, line.card["id"])
        return self.drawing.draw("cards/release.html", release=release)

    async def _note(self, line: Line, _: Person) -> Markup:
        return self.drawing.draw("cards/note.html", note={**EMPTY_NOTE, **line.card})

    async def _comparison(self, line: Line, person: Person) -> Markup:
        seen: dict[str, Any] = line.card["seen"].get(person.key) or line.card["duel"]
        return self.drawing.draw("cards/comparison.html", id=line.id, duel=seen)

    async def _reply(self, line: Line, person: Person) -> Markup:
        live = line.id in self.writing
        opinions = line.card.get("opinions", {})
        return self.drawing.draw(
            "cards/reply.html",
            id=line.id,
            model=line.card["speaker"],
            text=self.writing.get(line.id, line.text) if live else line.text or "_Nothing was said._",
            live=live,
            turn=line.card.get("turn", ""),
            likes=sum(way == "up" for way in opinions.values()),
            dislikes=sum(way == "down" for way in opinions.values()),
            mine=opinions.get(person.key, ""),
            stopped=line.card.get("stopped", False),
            correction=line.card.get("correction", ""),
        )


EMPTY_NOTE: dict[str, Any] = {
    "title": "",
    "words": "",
    "chip": "",
    "tone": "",
    "pairs": (),
    "head": (),
    "rows": (),
    "numbers": (),
    "mine": -1,
    "links": (),
    "buttons": (),
}

Drawer = Callable[[Cards, Line, Person], Awaitable[Markup]]
DRAWN: dict[str, Drawer] = {
    "review": Cards._review,
    "run": Cards._run,
    "model": Cards._model,
    "release": Cards._release,
    "note": Cards._note,
    "comparison": Cards._comparison,
    "reply": Cards._reply,
}
