"""Cards: a line keeps what to draw, this draws it from the facts of now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from bot import wording
from bot.desk.excerpts import exchanges
from bot.languages import tr
from bot.playground.curve import curve
from bot.playground.drawing import Drawing, markdown
from bot.playground.note import Note, Press
from bot.playground.people import Person
from datanets.core import Core
from datanets.facts import Actor, ContributionState, ContributionView, Role
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
            return self._drawn(Note(words=tr(person.locale, "This is gone.")), person)

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
            person.locale,
            review=review,
            exchanges=exchanges(review.contribution),
            address=f"/{person.key}/file/{review.contribution.id}",
            mine=mine,
            is_author=review.contribution.author == member,
            is_admin=Role.ADMIN in person.roles,
            reason=wording.reason(verdict.reason, person.locale) if verdict and verdict.reason else "",
        )

    async def _run(self, line: Line, person: Person) -> Markup:
        run = await self.core.runs.get((await self.onlooker(person)).community, line.card["id"])
        return self.drawing.draw(
            "cards/run.html",
            person.locale,
            run=run,
            curve=curve(run.curve, run.progress.steps, person.locale),
        )

    async def _model(self, line: Line, person: Person) -> Markup:
        model = await self.core.models.get((await self.onlooker(person)).community, line.card["id"])
        return self.drawing.draw("cards/model.html", person.locale, model=model)

    async def _release(self, line: Line, person: Person) -> Markup:
        release = await self.core.releases.get((await self.onlooker(person)).community, line.card["id"])
        return self.drawing.draw("cards/release.html", person.locale, release=release)

    async def _note(self, line: Line, person: Person) -> Markup:
        return self.drawing.draw("cards/note.html", person.locale, note={**Note().card(), **line.card})

    async def _verdict(self, line: Line, person: Person) -> Markup:
        review = await self.core.review.card((await self.onlooker(person)).community, line.card["id"])
        return self._drawn(verdict(review.contribution, person.locale), person)

    async def _greeting(self, line: Line, person: Person) -> Markup:
        model = await self.core.models.get((await self.onlooker(person)).community, line.card["id"])
        return markdown(
            wording.notice(
                "i_am",
                person.locale,
                model=model.name,
                base=model.base_title,
                datanet=model.datanet,
                release=model.release,
            )
        )

    def _drawn(self, note: Note, person: Person) -> Markup:
        return self.drawing.draw("cards/note.html", person.locale, note=note.card())

    async def _comparison(self, line: Line, person: Person) -> Markup:
        seen: dict[str, Any] = line.card["seen"].get(person.key) or line.card["duel"]
        return self.drawing.draw("cards/comparison.html", person.locale, id=line.id, duel=seen)

    async def _reply(self, line: Line, person: Person) -> Markup:
        live = line.id in self.writing
        opinions = line.card.get("opinions", {})
        return self.drawing.draw(
            "cards/reply.html",
            person.locale,
            id=line.id,
            model=line.card["speaker"],
            text=self.writing.get(line.id, line.text)
            if live
            else line.text or f"_{tr(person.locale, 'Nothing was said.')}_",
            live=live,
            turn=line.card.get("turn", ""),
            likes=sum(way == "up" for way in opinions.values()),
            dislikes=sum(way == "down" for way in opinions.values()),
            mine=opinions.get(person.key, ""),
            stopped=line.card.get("stopped", False),
            correction=line.card.get("correction", ""),
        )


def verdict(file: ContributionView, locale: str) -> Note:
    """Say to a contributor how the review of a file ended, and for a rejection what to do about it."""
    if file.verdict is None:
        return Note(words=wording.notice("undecided", locale, file=file.name))
    if file.state is ContributionState.ACCEPTED:
        values = {"file": file.name, "datanet": file.datanet, "points": file.verdict.points}
        return Note(words=wording.notice("accepted", locale, **values))
    if file.state is not ContributionState.REJECTED:
        became = f"**{file.name}**: {wording.state(file.state, locale)}."
        return Note(words=" ".join(filter(None, (became, file.verdict.note))))
    why = wording.reason(file.verdict.reason, locale) if file.verdict.reason else ""
    said = " ".join(filter(None, (why, file.verdict.note))).rstrip(".")
    another = Press(tr(locale, "Hand in another"), form="contribute")
    return Note(words=wording.notice("rejected", locale, file=file.name, why=said), buttons=(another,))


Drawer = Callable[[Cards, Line, Person], Awaitable[Markup]]
DRAWN: dict[str, Drawer] = {
    "review": Cards._review,
    "run": Cards._run,
    "model": Cards._model,
    "release": Cards._release,
    "note": Cards._note,
    "verdict": Cards._verdict,
    "greeting": Cards._greeting,
    "comparison": Cards._comparison,
    "reply": Cards._reply,
}
