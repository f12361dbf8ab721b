"""The sources of an answer, numbered as they are read."""

from collections.abc import Sequence
from dataclasses import replace

from agent.facts import Disagreement, Source, Statement
from agent.plain import plain
from knowledge.facts import Passage


def sources_of(passages: Sequence[Passage]) -> tuple[Source, ...]:
    """Number the passages' sections from 1."""
    return tuple(
        Source(
            number,
            plain(passage.section.title),
            plain(passage.section.trail),
            passage.section.url,
            passage.updated_at,
            passage.read_at,
            passage.variant,
        )
        for number, passage in enumerate(passages, 1)
    )


def cited(
    statements: Sequence[Statement], disputed: Sequence[Disagreement], passages: Sequence[Passage]
) -> tuple[list[Statement], list[Disagreement], list[Source]]:
    """Number what is cited from 1 in the order of reading, a section that was cut in parts once."""
    held = sources_of(passages)
    said = [*statements, *(one for pair in disputed for one in (pair.first, pair.second))]
    urls = list(dict.fromkeys(held[number - 1].url for one in said for number in one.sources))
    now = {source.number: urls.index(source.url) + 1 for source in held if source.url in urls}

    def renumbered(one: Statement) -> Statement:
        return replace(one, sources=tuple(dict.fromkeys(now[number] for number in one.sources)))

    first = {now[source.number]: source for source in reversed(held) if source.url in urls}
    return (
        [renumbered(one) for one in statements],
        [Disagreement(renumbered(pair.first), renumbered(pair.second)) for pair in disputed],
        [replace(first[number], number=number) for number in sorted(first)],
    )
