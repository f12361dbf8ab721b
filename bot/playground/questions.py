"""Plain words to the bot: answers from the docs, states, and proposals that wait for a press."""

import asyncio
import re

from agent.facts import (
    Answer,
    Dropped,
    Greeting,
    NotInDocs,
    NotYours,
    Proposal,
    Source,
    Statement,
    ValueWanted,
)
from bot import wording
from bot.desk.ask import Heard, Shown
from bot.desk.commands import BY_NAME
from bot.playground import commands, talk
from bot.playground.ask import Ask
from bot.playground.note import MAIN, Note, Press
from datanets.refusals import Refusal


def hear(ask: Ask, text: str, *, docs_only: bool = False) -> None:
    """Begin to answer; the answer comes as a line of its own when it is there."""
    task = asyncio.create_task(_hear(ask, text, docs_only))
    key = f"question-{id(task)}"
    ask.kitchen.replies[key] = task
    task.add_done_callback(lambda _: ask.kitchen.replies.pop(key, None))


async def _hear(ask: Ask, text: str, docs_only: bool) -> None:
    desk, waiting = ask.kitchen.desk.ask, _Waiting(ask)
    try:
        if docs_only:
            heard: Heard = await desk.ask(ask.caller, ask.room, text, waiting.begin)
        else:
            heard = await desk.hear(ask.caller, ask.room, text, waiting.begin)
        note = await _shown(ask, heard) if isinstance(heard, Shown) else _note(heard)
        is_private = not isinstance(heard, Answer | NotInDocs | Greeting)
    except Refusal as refusal:
        note, is_private = Note(words=wording.refusal(refusal), tone="refusal"), True
    except Exception as error:  # noqa: BLE001 - the boundary: whatever it is gets a ticket
        note, is_private = await talk.fault(ask.kitchen, "question", error), True
    await waiting.end(note, is_private=is_private)


class _Waiting:
    """A line that says that an answer is on its way, once it takes longer than a moment."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._line = ""

    async def begin(self) -> None:
        """Show that somebody is looking."""
        note = Note(words="Looking it up…")
        said = await self._ask.kitchen.messages.say(
            self._ask.room, card=note.card(), private_to=self._ask.person.key
        )
        self._line = said.id

    async def end(self, note: Note | None, *, is_private: bool) -> None:
        """Put the answer in its place."""
        if self._line:
            await self._ask.kitchen.messages.remove(self._line)
        if note:
            private_to = self._ask.person.key if is_private else ""
            await self._ask.kitchen.messages.say(self._ask.room, card=note.card(), private_to=private_to)


async def _shown(ask: Ask, shown: Shown) -> Note | None:
    """Run the page's own command, which knows how such a state looks here."""
    wanted = Ask(ask.kitchen, ask.person, ask.room, dict(shown.values))
    return await commands.run(BY_NAME[shown.command], wanted)


def _note(heard: Heard) -> Note:
    match heard:
        case Answer():
            return _answer(heard)
        case NotInDocs():
            return Note(
                words="The docs do not say." + (" Closest to it:" if heard.nearest else ""),
                links=_links(heard.nearest),
                buttons=(
                    Press("That is a gap", "rate-answer", {"answer": heard.id, "rating": "not_answered"}),
                ),
            )
        case Proposal():
            return _proposal(heard)
        case ValueWanted():
            return _wanted(heard)
        case NotYours():
            return Note(words=f"`/{heard.command}` is not open to you here.", tone="refusal")
        case Dropped():
            return Note(words="Fine, nothing happens.")
        case Greeting(thanks=True):
            return Note(words="You are welcome.")
        case _:
            return Note(words="Hello! Ask me anything about Potluck, or say what you would like to do.")


def _answer(answer: Answer) -> Note:
    words = [_statement(one) for one in answer.statements]
    words += [
        f"Two pages disagree: {_statement(pair.first)} But: {_statement(pair.second)}"
        for pair in answer.disagreements
    ]
    if answer.stale_since:
        words.append(f"_The docs could not be reached since {wording.clock(answer.stale_since)}._")
    return Note(
        words="\n\n".join(words),
        links=_links(answer.sources),
        buttons=(
            Press("Helpful", "rate-answer", {"answer": answer.id, "rating": "good"}),
            Press("Not helpful", "rate-answer", {"answer": answer.id, "rating": "bad"}),
        ),
    )


def _statement(statement: Statement) -> str:
    """Write a piece of an answer; its text is plain, so nothing in it may act as markup."""
    if statement.is_code:
        return f"```\n{statement.text.replace('```', '')}\n```"
    cited = "".join(f" \\[{number}\\]" for number in statement.sources)
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", statement.text) + cited


def _links(sources: tuple[Source, ...]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"[{source.number}] {source.trail or source.title}", source.url)
        for source in sources
        if source.url.startswith(("https://", "http://"))
    )


def _proposal(proposal: Proposal) -> Note:
    values = tuple((name.replace("_", " ").capitalize(), value) for name, value in proposal.values.items())
    edit = Press("Change", form="proposal", words=proposal.id)
    confirm = Press("Do it", "confirm", {"proposal": proposal.id}, look=MAIN)
    return Note(
        title=BY_NAME[proposal.command].help,
        chip="Waits for you",
        words=f"`/{proposal.command}` with these values. Nothing happens before you press.",
        pairs=values,
        buttons=(Press("Fill in the rest", form="proposal", words=proposal.id, look=MAIN),)
        if proposal.missing
        else (confirm, edit),
    )


def _wanted(wanted: ValueWanted) -> Note:
    refused = f"“{wanted.refused}” does not fit. " if wanted.refused else ""
    return Note(
        words=f"{refused}**{wanted.parameter.replace('_', ' ').capitalize()}**: {wanted.help}",
        buttons=tuple(
            Press(choice.label, "say-value", {"text": choice.value}) for choice in wanted.choices[:8]
        ),
    )
