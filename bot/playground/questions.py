"""How it looks what the bot answers: words from the docs, and proposals that wait for a press."""

import re
from collections.abc import Mapping, Sequence
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
from bot.playground.note import MAIN, Note, Press

_ITEM = re.compile(r"(?:[•◦]|\d+\.) ")
Said = Answer | NotInDocs | Proposal | ValueWanted | NotYours | Dropped | Greeting


def note(heard: Said, locale: str) -> Note:
    """Draw what the agent answered."""
    match heard:
        case Answer():
            return _answer(heard, locale)
        case NotInDocs():
            return Note(
                words="\n\n".join(
                    [
                        wording.notice("not_in_docs", locale),
                        *_how_found(heard, locale),
                        *([wording.notice("nearest", locale)] if heard.nearest else []),
                    ]
                ),
                links=_links(heard.nearest),
                buttons=(_gap(heard.id, locale),),
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
    words = [
        wording.notice("disagree", locale, first=_statement(pair.first), second=_statement(pair.second))
        for pair in answer.disagreements
    ]
    return Note(
        words="\n\n".join([_text(answer.paragraphs), *words, *_how_found(answer, locale)]),
        links=_links(answer.sources),
        buttons=(
            Press(tr(locale, "Helpful"), "rate-answer", {"answer": answer.id, "rating": "good"}),
            Press(tr(locale, "Not helpful"), "rate-answer", {"answer": answer.id, "rating": "bad"}),
            _gap(answer.id, locale),
        ),
    )


def _gap(answer: str, locale: str) -> Press:
    return Press(tr(locale, "Not answered"), "rate-answer", {"answer": answer, "rating": "not_answered"})


def _how_found(found: Answer | NotInDocs, locale: str) -> list[str]:
    return [f"_{note}_" for note in wording.how_found(found.stale_since, found.semantic, locale)]


def _text(paragraphs: Sequence[Statement]) -> str:
    """Write what is said as Markdown, the items of a list close together."""
    said, was_item = "", False
    for one in paragraphs:
        is_item = not one.is_code and bool(_ITEM.match(one.text))
        line = _statement(one)
        if is_item:
            line = line.replace("• ", "- ", 1).replace("◦ ", "    - " if was_item else "- ", 1)
        said += ("\n" if is_item and was_item else "\n\n") + line
        was_item = is_item
    return said.strip()


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
            f"[{source.number}] {source.trail or source.title}{_age(source)}",
            source.url if source.url.startswith(("https://", "http://")) else "",
        )
        for source in sources
    )


def _age(source: Source) -> str:
    return f" · {wording.day(source.updated_at)}" if source.updated_at else ""


def _proposal(proposal: Proposal, locale: str) -> Note:
    say = partial(tr, locale)
    rest = Press(say("Fill in the rest"), form="proposal", words=proposal.id, look=MAIN)
    edit = Press(say("Change"), form="proposal", words=proposal.id)
    confirm = Press(say("Do it"), "confirm", {"proposal": proposal.id}, look=MAIN)
    return Note(
        title=say(BY_NAME[proposal.command].help),
        chip=say("Waits for you"),
        words=wording.notice("proposal", locale, command=proposal.command),
        pairs=_understood(proposal.values, locale),
        buttons=(rest,) if proposal.missing else (confirm, edit),
    )


def _wanted(wanted: ValueWanted, locale: str) -> Note:
    refused = f"{wording.notice('unfit', locale, value=wanted.refused)} " if wanted.refused else ""
    return Note(
        title=tr(locale, BY_NAME[wanted.command].help),
        words=f"{refused}**{wording.asked_for(wanted.parameter, wanted.help, locale)}**",
        pairs=_understood(wanted.values, locale),
        buttons=tuple(
            Press(choice.label, "say-value", {"text": choice.value}) for choice in wanted.choices[:8]
        ),
    )


def _understood(values: Mapping[str, str], locale: str) -> tuple[tuple[str, str], ...]:
    return tuple((tr(locale, wording.label(name)), value) for name, value in values.items())
