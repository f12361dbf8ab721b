"""Plain words into the command they ask for; a question about how things are done goes to the docs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.facts import Choice
from agent.intent_lines import Line, covered, lines, vocabulary, words_for
from agent.moods import (
    ASKED_ABOUT,
    LIGHT,
    OTHERS,
    OWNED,
    REFUSES,
    RULED_OUT,
    SHOWS,
    WISHES,
    asks_leave,
    is_general,
    is_question,
    without_quotes,
)
from agent.names import places_of
from knowledge.words import STOP, mend, stem, words

Names = Mapping[str, Sequence[Choice]]
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+|\s-+\s")
_CLAUSE = re.compile(r"[,:()]+(?!\d)|\b(?:but|so|then|because|cause)\b")
_SHOW = re.compile(r"^\W*(?:please|pls|i (?:want|would|need|wish)|i'd|let'?s?|show|list|give|tell)\b", re.I)
_AT_ONCE = re.compile(r"\b(fine|re|set)[ -](tun|train|up\b)", re.IGNORECASE)
# "I want it trained".
_DONE = frozenset(["want", "need", "like", "mind", "consider"])
_THINGS = frozenset(["datanet", "dataset", "collect", "model", "run", "file"])
_PLACES = frozenset(["on", "for", "with", "from", "using", "in", "at", "of"])
# More words before its verb tell something else than an order.
MOST_BEFORE = 3


@dataclass(frozen=True)
class Wish:
    """The command that a message asks for: `ordered` in so many words, or `refused` when it says not to."""

    command: str = ""
    ordered: bool = False
    refused: bool = False


@dataclass
class _Word:
    """A word in its clause of its sentence, and everything that it may be read as."""

    said: str
    sentence: int
    clause: int
    marks: set[str] = field(default_factory=set)


def wish_in(text: str, known: frozenset[str], names: Names | None = None, *, anywhere: bool = False) -> Wish:
    """Return what a message asks for: an order, a wish without a verb, or a state to be shown.

    `known` are the commands of this desk, `names` what exists, by kind. `anywhere` takes a verb wherever it
    stands, for what was asked about before and is agreed to now.
    """
    if typed := re.search(r"/.*" if anywhere else r"^\s*/.*", text, re.DOTALL):
        return Wish(_typed(typed.group(0), known))
    text = _AT_ONCE.sub(r"\1\2", without_quotes(text))
    sentences = [part for part in _SENTENCE.split(text) if part.strip()]
    said = _words_of(sentences, names or {})
    order = _order(said, sentences, known, anywhere)
    if order.ordered:
        return order
    shown = (_shown(number, sentence, said, known) for number, sentence in enumerate(sentences))
    return next((Wish(command) for command in shown if command), order)


def command_in(text: str, known: frozenset[str], names: Names | None = None) -> str:
    """Return the name of the command that a message asks for, or nothing: then it is for the docs."""
    wish = wish_in(text, known, names)
    return "" if wish.refused else wish.command


def is_of_its_own(text: str, known: frozenset[str], names: Names) -> bool:
    """Whether a message is plainly a question or a wish of its own, and no value that was asked for."""
    if text.lstrip().startswith("/") or is_question(text) or text.rstrip().endswith("?"):
        return True
    wish = wish_in(text, known, names)
    return wish.ordered or bool(wish.command and _SHOW.match(text))


def _words_of(sentences: Sequence[str], names: Names) -> list[_Word]:
    """Return the words of a message; what no line knows may be a typo of what one knows."""
    verbs = frozenset[str]().union(*(line.verbs for line in lines()["orders"]))
    found: list[_Word] = []
    clause = 0
    for number, sentence in enumerate(sentences):
        here: list[_Word] = []
        for part in _CLAUSE.split(sentence):
            clause += 1
            for word in words(part):
                if here and here[-1].said == "and" and word in verbs:
                    clause += 1
                here.append(_Word(word, number, clause, {word, stem(word)}))
        for one in here:
            if len(one.said) > 3 and one.marks.isdisjoint(vocabulary() | STOP):
                # Too many words of four letters are a letter away from another: only a lost one is found.
                known = sorted(word for word in vocabulary() if len(one.said) > 4 or len(word) > 4)
                mended = mend(one.said, known)
                one.marks |= {mended, stem(mended)}
        for kind, choices in names.items():
            for place in places_of([one.said for one in here], choices):
                here[place].marks.add(f"<{kind}>")
        found += here
    return found


def _shown(number: int, sentence: str, said: Sequence[_Word], known: frozenset[str]) -> str:
    """Return the state that a sentence asks to see, or what it wishes for without a verb, by its clauses."""
    inside = [word for word in said if word.sentence == number]
    if is_general(sentence) or any(word.said in RULED_OUT for word in inside):
        return ""
    asks = is_question(sentence) or sentence.rstrip().endswith("?")
    parts = [
        [word.marks for word in inside if word.clause == clause] for clause in {w.clause for w in inside}
    ]
    for line in (*(() if asks else lines()["wishes"]), *lines()["states"]):
        for marks in (*parts, [word.marks for word in inside]):
            fits = line.command in known and covered(line.groups, line.never, marks)
            if fits and (asks or _tells_little(line, marks)):
                return line.command
    return ""


def _tells_little(line: Line, marks: Sequence[set[str]]) -> bool:
    """Whether what is no question says little beside the words of a line: it names what to show."""
    every = set[str]().union(*marks)
    known = LIGHT.union(STOP, SHOWS, _THINGS, words_for(line.command))
    more = sum(mark.isdisjoint(known) for mark in marks if all(word.isalpha() for word in mark))
    most = len(line.groups) - 1 if line in lines()["wishes"] else 2 if every & SHOWS else 0
    return not every.isdisjoint(ASKED_ABOUT) or more <= most


def _order(said: Sequence[_Word], sentences: Sequence[str], known: frozenset[str], anywhere: bool) -> Wish:
    """Return the order of the first clause that has one; what is ruled out stands behind what is not."""
    wishes: list[Wish] = []
    clause = 0
    for place, word in enumerate(said):
        if word.clause == clause:
            continue
        if not anywhere and not _may_order(place, said, sentences[word.sentence]):
            continue
        refused = any(other.said in RULED_OUT for other in said[:place] if other.clause == word.clause)
        fits = [
            (at, line.command)
            for line in lines()["orders"]
            if line.command in known and _is_verb(place, said, line.verbs, anywhere)
            for at in _objects_at(line, said, place)
        ]
        if fits:
            clause = word.clause
            nearest = min(fits, key=lambda fit: fit[0])[1]
            wishes.append(Wish(nearest, not refused, refused))
    return next((wish for wish in wishes if wish.ordered), wishes[0] if wishes else Wish())


def _may_order(place: int, said: Sequence[_Word], sentence: str) -> bool:
    """Whether a word stands where the verb of an order does."""
    word = said[place]
    before = [other.said for other in said[:place] if other.clause == word.clause]
    if not ASKED_ABOUT.isdisjoint(before) or (before and before[-1] in OWNED):
        return False
    if [other.said for other in said[place + 1 : place + 2] if other.said in RULED_OUT]:
        return False
    heavy = [one for one in before if one not in LIGHT | REFUSES and not one.isdigit()]
    if not RULED_OUT.isdisjoint(before):
        return not heavy
    named = any(other.marks & {"<datanet>", "<model>"} for other in said if other.sentence == word.sentence)
    if is_question(sentence) and not (named and asks_leave(sentence)):
        return False
    if not WISHES.isdisjoint((*before, word.said)):
        return True
    if before and (before[-1] in OTHERS or (not OWNED.isdisjoint(before) and before[0] not in _PLACES)):
        return False
    return len(heavy) <= MOST_BEFORE


def _is_verb(place: int, said: Sequence[_Word], verbs: frozenset[str], anywhere: bool) -> bool:
    """Whether a word is one of the verbs as an order has it: "trained" only where that is wished for."""
    word = said[place]
    stems = {stem(verb) for verb in verbs}
    if verbs & (word.marks - {stem(word.said)}) or word.said in verbs | stems:
        return True
    wished = any(other.said in _DONE for other in said[:place] if other.clause == word.clause)
    return (anywhere or wished) and stem(word.said) in stems


def _objects_at(line: Line, said: Sequence[_Word], place: int) -> list[int]:
    """Return how far behind its verb the first object of an order stands; nothing when one is missing."""
    groups = line.groups[1:]
    if not groups:
        return [1]
    clause = [other for other in said[place + 1 :] if other.clause == said[place].clause]
    is_bare = all(other.said in LIGHT for other in clause)
    if is_bare and "<nothing>" in groups[0]:
        return [1]
    # "Can you stop? My run is broken": the object may stand in what follows.
    after = clause if not is_bare else said[place + 1 :]
    around = [other.marks for other in said if other.sentence == said[place].sentence]
    if any(not marks.isdisjoint(line.never) for marks in around):
        return []
    if not covered(groups, (), [other.marks for other in after]):
        return []
    return [next(at for at, other in enumerate(after, 1) if other.marks & groups[0])]


def _typed(text: str, known: frozenset[str]) -> str:
    parts = words(text.strip()[1:])
    names = (" ".join(parts[:size]) for size in (2, 1))
    return next((name for name in names if name in known), "")
