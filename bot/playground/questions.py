"""How it looks what the bot answers: words from the docs, and proposals that wait for a press."""

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
from bot.desk.commands import BY_NAME
from bot.playground.note import MAIN, Note, Press

Said = Answer | NotInDocs | Proposal | ValueWanted | NotYours | Dropped | Greeting


def note(heard: Said) -> Note:
    """Draw what the agent answered."""
    match heard:
        case Answer():
            return _answer(heard)
        case NotInDocs():
            return Note(
                words=wording.notice("nearest" if heard.nearest else "not_in_docs"),
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
            return Note(words=wording.notice("not_yours", command=heard.command), tone="refusal")
        case Dropped():
            return Note(words=wording.notice("dropped"))
        case Greeting(thanks=True):
            return Note(words=wording.notice("welcome"))
        case _:
            return Note(words=wording.notice("hello"))


def _answer(answer: Answer) -> Note:
    words = [_statement(one) for one in answer.statements]
    words += [
        wording.notice("disagree", first=_statement(pair.first), second=_statement(pair.second))
        for pair in answer.disagreements
    ]
    if answer.stale_since:
        words.append(f"_{wording.notice('docs_away', since=wording.clock(answer.stale_since))}_")
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
        words=wording.notice("proposal", command=proposal.command),
        pairs=values,
        buttons=(Press("Fill in the rest", form="proposal", words=proposal.id, look=MAIN),)
        if proposal.missing
        else (confirm, edit),
    )


def _wanted(wanted: ValueWanted) -> Note:
    refused = f"{wording.notice('unfit', value=wanted.refused)} " if wanted.refused else ""
    return Note(
        words=f"{refused}**{wanted.parameter.replace('_', ' ').capitalize()}**: {wanted.help}",
        buttons=tuple(
            Press(choice.label, "say-value", {"text": choice.value}) for choice in wanted.choices[:8]
        ),
    )
