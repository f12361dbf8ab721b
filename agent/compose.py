"""An answer out of passages alone: the piece that fits the question best, whole and with its lead-in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from agent.excerpt import Excerpt
from agent.facts import Statement
from agent.pieces import Piece, heading, pieces
from knowledge.facts import Passage
from knowledge.words import asked, terms

# Passages in which the best piece is looked for.
READ = 3
# Sentences of them whose sense is compared with the question's: more found nothing better.
COMPARED = 10
# The end of a long sentence seldom changes its sense.
MOST_COMPARED = 200
# What counts beside the passage's own score. On books that nobody tuned for, a few tenths changed little.
WORDS, SENSE, FIGURE, TAGLINE = 0.5, 1.2, 0.05, -0.35
# A word of the question in the heading counts less than one in the piece itself.
OF_HEADING = 0.6
# Who asks what, who or whether wants a fact; everybody else wants to be told what to do.
_FACT_WANTED = re.compile(
    r"^\W*(?:what|who|whom|whose|when|which|why|is|are|was|do|does|did|can|could|will|would|should|has|have"
    r"|how (?:much|many|long|often|big|large|far|hot|old|fast|soon|late))\b",
    re.IGNORECASE,
)
_FIGURE_WANTED = re.compile(
    r"\bwhen\b|\bhow (?:much|many|long|often|big|large|far|hot|old|fast|soon|late)\b"
    r"|\b(?:price|cost|limit|size|fee)s?\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\b\d")


def compose(
    question: str, passages: Sequence[Passage], manner: str = "", likeness: Mapping[str, float] | None = None
) -> tuple[Statement, ...]:
    """Find the piece that answers and give it with what it needs and what follows it.

    `manner` is the message itself where the question was joined with an earlier one: it says whether a
    fact or instructions are wanted. `likeness` tells how like the question each of `to_compare` is (-1 to 1).
    """
    wants_steps = not _FACT_WANTED.search(manner or question)
    best: Excerpt | None = None
    for number, passage in _whole(passages):
        found = pieces(passage, number)
        fits = _fits(asked(question), found, passage, likeness or {})
        if _FIGURE_WANTED.search(manner or question):
            fits = [
                fit + FIGURE * bool(_FIGURE.search(one.text)) for fit, one in zip(fits, found, strict=True)
            ]
        if found and (best is None or max(fits) > max(best.fits)):
            best = Excerpt(found, fits, heading(passage, number), wants_steps)
    chosen = best.pieces_shown() if best else []
    return tuple(
        Statement(piece.text, (piece.source,), piece.kind == "code", piece.continues(before))
        for before, piece in zip([None, *chosen], chosen, strict=False)
    )


def to_compare(question: str, passages: Sequence[Passage]) -> list[str]:
    """Return the headings of the best sections and the sentences that share most words with a question."""
    wanted = frozenset(asked(question))
    found = [piece for number, passage in _whole(passages) for piece in pieces(passage, number)]
    found = [piece for piece in found if piece.kind != "code"]
    found.sort(key=lambda piece: -len(wanted & piece.terms))
    headings = [_heading(passage) for _, passage in _whole(passages)]
    return list(dict.fromkeys([*headings, *(piece.said[:MOST_COMPARED] for piece in found[:COMPARED])]))


def _heading(passage: Passage) -> str:
    return ". ".join((passage.section.title, *passage.section.path))


def _whole(passages: Sequence[Passage]) -> Iterator[tuple[int, Passage]]:
    """Give the best passages by their number, parts of one section that follow each other as one."""
    taken: set[str] = set()
    for number, passage in enumerate(passages[:READ], 1):
        section = passage.section
        parts = {p.section.part: p.section for p in passages if p.section.url == section.url}
        first = last = section.part
        while first - 1 in parts:
            first -= 1
        while last + 1 in parts:
            last += 1
        if parts[first].id not in taken:
            taken.add(parts[first].id)
            text = "\n\n".join(parts[part].text for part in range(first, last + 1))
            yield number, replace(passage, section=replace(section, text=text))


def _fits(
    wanted: Sequence[str], found: Sequence[Piece], passage: Passage, likeness: Mapping[str, float]
) -> list[float]:
    """Return how well each piece of a passage fits the words that are wanted and the question's sense."""
    section = passage.section
    above = frozenset(terms(section.trail))
    like = likeness.get(_heading(passage), 0.0)
    label: frozenset[str] = frozenset()
    fits = []
    for piece in found:
        label = piece.terms if piece.kind == "label" else label
        said = sum(
            1 if term in piece.terms else OF_HEADING if term in above or term in label else 0
            for term in wanted
        )
        words = said / max(len(wanted), 1) / (1 + 0.01 * len(piece.terms))
        sense = 0.7 * likeness.get(piece.said[:MOST_COMPARED], 0.7 * like) + 0.3 * like
        fits.append(passage.score + WORDS * words + SENSE * sense)
    if found and not section.path and _is_tagline(found):
        fits[0] += TAGLINE
    if found and found[-1].opens:
        fits[-1] = 0.0
    return fits


def _is_tagline(found: Sequence[Piece]) -> bool:
    """Whether a page begins with one line of its own that says what it is about."""
    is_alone = len(found) == 1 or found[1].run != found[0].run
    return found[0].kind == "sentence" and is_alone and len(found[0].text.split()) < 13
