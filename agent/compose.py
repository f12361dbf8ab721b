"""An answer out of passages alone: the sentences that fit the question, short, with their sources."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.facts import Disagreement, Source, Statement
from agent.plain import plain, still
from knowledge.facts import Passage
from knowledge.sentences import bits
from knowledge.words import asked, terms

MOST_STATEMENTS = 4
MOST_LETTERS = 700
MOST_CODE_LINES = 12
_NUMBER = re.compile(r"\b\d+(?:[.,]\d+)?")
_HOW = re.compile(r"^\s*(?:how|where|steps?|guide|show me)\b|\bhow (?:do|can|to|does)\b", re.IGNORECASE)
_FIGURE_WANTED = re.compile(
    r"\bwhen\b|\bhow (?:much|many|long|often|big|large|far|hot|old|fast|soon|late)\b"
    r"|\b(?:price|cost|limit|size|fee)s?\b",
    re.IGNORECASE,
)
SAME_SUBJECT = 0.6
TAGLINE_WORDS = 8


@dataclass(frozen=True)
class Piece:
    """A sentence, list item, table row or code block of a passage."""

    text: str
    source: int
    is_code: bool
    terms: frozenset[str]


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


def compose(question: str, passages: Sequence[Passage], manner: str = "") -> tuple[Statement, ...]:
    """Pick the pieces that answer; the best passage leads, another adds only what the first lacks.

    `manner` is the message itself where the question was joined with an earlier one: it says whether a
    figure or instructions are wanted.
    """
    manner = manner or question
    if not passages:
        return ()
    wanted = frozenset(asked(question))
    lead = _lead(manner, wanted, _best_of_page(manner, wanted, passages))
    heard = frozenset(term for piece in lead for term in piece.terms)
    heard |= frozenset(terms(passages[0].section.trail))
    missing = wanted - heard
    # The runner-up speaks only when it knows what the first does not.
    for number, passage in enumerate(passages[1:4], 2):
        extra = [piece for piece in _pieces(passage, number) if missing & piece.terms and not piece.is_code]
        best = max(extra, key=lambda piece: len(wanted & piece.terms), default=None)
        if best is not None and passage.score > 0.8 and len(wanted & best.terms) * 2 >= len(wanted):
            lead.append(best)
            break
    return tuple(Statement(piece.text, (piece.source,), piece.is_code) for piece in _short(lead))


def disagreements(statements: Sequence[Statement], passages: Sequence[Passage]) -> tuple[Disagreement, ...]:
    """Find pages that say the same sentence with other numbers."""
    found: list[Disagreement] = []
    for statement in statements:
        numbers = set(_NUMBER.findall(statement.text))
        if not numbers or statement.is_code or not statement.sources:
            continue
        own = passages[statement.sources[0] - 1]
        subject = _subject(statement.text)
        for number, passage in enumerate(passages, 1):
            if passage.section.page == own.section.page or passage.variant != own.variant:
                continue
            for piece in _pieces(passage, number):
                others = set(_NUMBER.findall(piece.text))
                if others and others != numbers and _alike(subject, _subject(piece.text)) >= SAME_SUBJECT:
                    found.append(Disagreement(statement, Statement(piece.text, (number,))))
                    break
    return tuple(found[:2])


def _best_of_page(question: str, wanted: frozenset[str], passages: Sequence[Passage]) -> list[Piece]:
    """Return the pieces of that section of the best page which holds the fittest piece."""
    page = passages[0].section.page
    runs = [list(_pieces(p, n)) for n, p in enumerate(passages, 1) if p.section.page == page]
    named = [frozenset(terms(" ".join(p.section.path))) for p in passages if p.section.page == page]
    fits = [max((_fit(question, wanted, piece) for piece in run), default=0.0) for run in runs]
    best = max(range(len(runs)), key=lambda n: (fits[n] + len(wanted & named[n]), -n))
    return runs[best]


def _fit(question: str, wanted: frozenset[str], piece: Piece) -> float:
    """Return how well a piece fits: its share of the question's words; a figure where one is asked for."""
    fit = len(wanted & piece.terms) / (1 + 0.02 * len(piece.terms))
    return fit + 0.75 if _FIGURE_WANTED.search(question) and _NUMBER.search(piece.text) else fit


def _lead(question: str, wanted: frozenset[str], pieces: list[Piece]) -> list[Piece]:
    """Choose the run of pieces around the one that fits best; instructions are kept in order."""
    if not pieces:
        return []
    if len(pieces) > 1 and _is_tagline(pieces[0], wanted):
        pieces = pieces[1:]
    fits = [_fit(question, wanted, piece) for piece in pieces]
    best = max(range(len(pieces)), key=lambda place: (round(fits[place], 2), -place))
    whole = sum(len(piece.text) for piece in pieces)
    if whole <= MOST_LETTERS and len(pieces) <= MOST_STATEMENTS:
        return pieces
    if _HOW.search(question) or fits[best] == 0:
        return pieces[max(0, best - 1) : best + MOST_STATEMENTS]
    start = max(0, best - 1)
    return pieces[start : best + 3]


def _is_tagline(piece: Piece, wanted: frozenset[str]) -> bool:
    """Whether a first piece is the page's one-line description, which says nothing that was asked."""
    return len(piece.text.split()) < TAGLINE_WORDS and not piece.is_code and len(wanted & piece.terms) < 2


def _short(pieces: Sequence[Piece]) -> list[Piece]:
    kept: list[Piece] = []
    letters = 0
    for piece in pieces:
        if kept and (letters + len(piece.text) > MOST_LETTERS or len(kept) == MOST_STATEMENTS + 1):
            break
        if all(piece.text != other.text for other in kept):
            kept.append(piece)
            letters += len(piece.text)
    return kept


def _pieces(passage: Passage, number: int) -> Iterator[Piece]:
    for bit in bits(passage.section.text):
        text = _code(bit.text) if bit.kind == "code" else plain(bit.text)
        # What is shorter than three letters is a mark that was left over.
        if len(text) > 2 or (text and bit.kind != "sentence"):
            shown = f"• {text}" if bit.kind == "item" else text
            yield Piece(shown, number, bit.kind == "code", frozenset(terms(shown)))


def _code(block: str) -> str:
    lines = block.strip().splitlines()[1:]
    lines = lines[:-1] if lines and lines[-1].strip().startswith(("```", "~~~")) else lines
    return still("\n".join(lines[:MOST_CODE_LINES])).strip("\n")


def _subject(text: str) -> frozenset[str]:
    return frozenset(term for term in terms(text) if not term[0].isdigit())


def _alike(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / len(first | second) if first and second else 0.0
