"""How it looks what the bot answers: words from the docs, and proposals that wait for a press."""

import re
from functools import partial

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
from bot.languages import tr
from bot.playground.forms import label
from bot.playground.note import MAIN, Note, Press

Said = Answer | NotInDocs | Proposal | ValueWanted | NotYours | Dropped | Greeting


def note(heard: Said, locale: str) -> Note:
    """Draw what the agent answered."""
    match heard:
        case Answer():
            return _answer(heard, locale)
        case NotInDocs():
            return Note(
                words=wording.notice("nearest" if heard.nearest else "not_in_docs", locale),
                links=_links(heard.nearest),
                buttons=(
                    Press(
                        tr(locale, "That is a gap"),
                        "rate-answer",
                        {"answer": heard.id, "rating": "not_answered"},
                    ),
                ),
            )
        case Proposal():
            return _proposal(heard, locale)
        case ValueWanted():
            return _wanted(heard, locale)
        case NotYours():
            return Note(words=wording.notice("not_yours", locale, command=heard.command), tone="refusal")
        case Dropped():
            return Note(words=wording.notice("dropped", locale))
        case Greeting(thanks=True):
            return Note(words=wording.notice("welcome", locale))
        case _:
            return Note(words=wording.notice("hello", locale))


def _answer(answer: Answer, locale: str) -> Note:
    words = [_statement(one) for one in answer.statements]
    words += [
        wording.notice("disagree", locale, first=_statement(pair.first), second=_statement(pair.second))
        for pair in answer.disagreements
    ]
    if answer.stale_since:
        words.append(f"_{wording.notice('docs_away', locale, since=wording.clock(answer.stale_since))}_")
    return Note(
        words="\n\n".join(words),
        links=_links(answer.sources),
        buttons=(
            Press(tr(locale, "Helpful"), "rate-answer", {"answer": answer.id, "rating": "good"}),
            Press(tr(locale, "Not helpful"), "rate-answer", {"answer": answer.id, "rating": "bad"}),
        ),
    )


def _statement(statement: Statement) -> str:
    """Write a piece of an answer; its text is plain, so nothing in it may act as markup."""
    if statement.is_code:
        return f"```\n{statement.text.replace('```', '')}\n```"
    cited = "".join(f" \\[{number}\\]" for number in statement.sources)
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", statement.text) + cited


def _links(sources: tuple[Source, ...]) -> tuple[tuple[str, str], ...]:
    # A page of a folder has no address that a browser opens; it is named all the same.
    return tuple(
        (
            f"[{source.number}] {source.trail or source.title}",
            source.url if source.url.startswith(("https://", "http://")) else "",
        )
        for source in sources
    )


def _proposal(proposal: Proposal, locale: str) -> Note:
    say = partial(tr, locale)
    values = tuple((say(label(name)), value) for name, value in proposal.values.items())
    rest = Press(say("Fill in the rest"), form="proposal", words=proposal.id, look=MAIN)
    edit = Press(say("Change"), form="proposal", words=proposal.id)
    confirm = Press(say("Do it"), "confirm", {"proposal": proposal.id}, look=MAIN)
    return Note(
        title=say(BY_NAME[proposal.command].help),
        chip=say("Waits for you"),
        words=wording.notice("proposal", locale, command=proposal.command),
        pairs=values,
        buttons=(rest,) if proposal.missing else (confirm, edit),
    )


def _wanted(wanted: ValueWanted, locale: str) -> Note:
    refused = f"{wording.notice('unfit', locale, value=wanted.refused)} " if wanted.refused else ""
    return Note(
        words=f"{refused}**{tr(locale, label(wanted.parameter))}**: {tr(locale, wanted.help)}",
        buttons=tuple(
            Press(choice.label, "say-value", {"text": choice.value}) for choice in wanted.choices[:8]
        ),
    )
