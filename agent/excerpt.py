"""What of a section is shown: the piece that fits best, what it needs to be understood, what follows."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, takewhile

from agent.pieces import LIST, Piece, letters

# An excerpt goes on until it has enough letters; a remark shorter than the least brings its list along.
LEAST_LETTERS = 120
ENOUGH_LETTERS = 320
MOST_LETTERS = 700
MOST_PIECES = 5
MOST_OF_LIST = 12
# A section so short is given whole; a paragraph is begun so many letters before the piece that fits.
SHORT_SECTION = 380
BEFORE = 200
# So much less fit is another matter.
FAR = 0.3
_STEPS = re.compile(r"\bsteps?\b", re.IGNORECASE)
# How near the fittest (1) to the least fit (0) what is shown of a long list lies; a table is looked up in.
NEAR, NEAR_IN_TABLE = 0.6, 0.8


@dataclass(frozen=True)
class Excerpt:
    """The pieces of a section, how well each fits, and its heading; a run is a paragraph, list or table."""

    pieces: list[Piece]
    fits: list[float]
    heading: Piece
    wants_steps: bool

    def pieces_shown(self) -> list[Piece]:
        """Return the pieces to show, in order."""
        best = self._fittest(range(len(self.pieces)))
        at = next(number for number, run in enumerate(self._runs) if best in run)
        instructs = self.wants_steps and any(piece.kind in {"step", "code"} for piece in self.pieces)
        short = MOST_LETTERS if instructs else SHORT_SECTION
        has_table = any(piece.kind == "row" for piece in self.pieces)
        if letters(self.pieces) <= short and len(self.pieces) <= MOST_OF_LIST and not has_table:
            is_off = at > 0 and self.fits[0] < self.fits[best] - FAR
            start = self._runs[1 if is_off else 0][0]
            return _ended([*self._lead_in(1 if is_off else 0), *self.pieces[start:]])
        chosen = self._from(at, best)
        is_remark = at > 0 and letters(chosen) < LEAST_LETTERS and self._is_block(at - 1)
        more = self._from(at - 1) if is_remark else chosen
        return more if self.pieces[best] in more else chosen

    @cached_property
    def _runs(self) -> list[list[int]]:
        places = range(len(self.pieces))
        return [list(run) for _, run in groupby(places, lambda place: self.pieces[place].run)]

    def _from(self, at: int, best: int | None = None) -> list[Piece]:
        """Begin with a run, in a paragraph near its best sentence, and go on until it is enough."""
        chosen = self._lead_in(at)
        for number in range(at, len(self._runs)):
            run = self._runs[number]
            is_led = number > at and self._opens(number - 1)
            if number > at and not is_led and (self._is_block(number) or self.pieces[run[0]].kind == "label"):
                break
            if self._is_block(number):
                chosen += self._of_list(run, chosen)
            else:
                chosen += self._of_paragraph(run[self._begin(run, best) if number == at else 0 :], chosen)
            ends = _is_enough(chosen) or self.pieces[run[0]].kind in LIST
            if ends and not (chosen[-1] is self.pieces[run[-1]] and self._opens(number)):
                break
        return _ended(chosen)

    def _lead_in(self, at: int) -> list[Piece]:
        """Return the last sentence of each run before without which the next cannot be understood."""
        first = at
        while first and self._leans(first):
            first -= 1
        if first == at and self.pieces[self._runs[at][0]].kind in LIST:
            return [self.heading]
        return [self.pieces[run[-1]] for run in self._runs[first:at]]

    def _is_block(self, number: int) -> bool:
        """Whether a run is a list, a table or code, which a sentence introduces."""
        kind = self.pieces[self._runs[number][0]].kind
        return kind in LIST or kind == "code"

    def _opens(self, number: int) -> bool:
        """Whether the end of a run promises the run after it."""
        last = self.pieces[self._runs[number][-1]]
        if (
            number + 1 == len(self._runs)
            or last.opens
            or self._is_block(number)
            or not self._is_block(number + 1)
        ):
            return last.opens
        return last.announces or self.pieces[self._runs[number + 1][0]].kind == "code"

    def _leans(self, number: int) -> bool:
        """Whether a run cannot be understood without the one before it."""
        if self._is_block(number):
            return self._opens(number - 1)
        before = self.pieces[self._runs[number - 1][-1]]
        return self.pieces[self._runs[number][0]].points_back and before.kind == "sentence"

    def _begin(self, run: Sequence[int], best: int | None) -> int:
        """Return how many sentences of a paragraph to leave out: none unless the best one is far."""
        before = run[: run.index(best)] if best in run else []
        if len(before) < 2 or letters(self.pieces[place] for place in before) <= BEFORE:
            return 0
        return len(before) - (best is not None and self.pieces[best].points_back)

    def _of_paragraph(self, run: Iterable[int], chosen: Sequence[Piece]) -> Iterator[Piece]:
        taken = list(chosen)
        for place in run:
            if _is_enough(taken):
                return
            taken.append(self.pieces[place])
            yield self.pieces[place]

    def _of_list(self, run: list[int], chosen: Sequence[Piece]) -> list[Piece]:
        """Take a list whole where it is short; of long steps the beginning, of others the fittest."""
        kind, best = self.pieces[run[0]].kind, self._fittest(run)
        are_steps = self.wants_steps or any(_STEPS.search(piece.text) for piece in chosen[-1:])
        most = min(MOST_LETTERS - letters(chosen), MOST_LETTERS if are_steps else ENOUGH_LETTERS)
        if letters(self.pieces[place] for place in run) > most:
            # Between steps the first sentence says what to do; warnings and asides are left to the source.
            run = [n for n in run if self.pieces[n].kind != "sentence" or self.pieces[n - 1].kind == "step"]
        kept = list(self._while_short(run, most))
        if kind != "row" and len(kept) == len(run):
            return [self.pieces[place] for place in kept]
        low, high = min(self.fits[place] for place in run), self.fits[best]
        least = low + (high - low) * (NEAR_IN_TABLE if kind == "row" else NEAR)
        near = sorted((place for place in run if self.fits[place] >= least), key=lambda n: -self.fits[n])
        is_early = max(self.fits[place] for place in kept) >= high - FAR
        if len(near) == len(run) or (kind == "step" and are_steps and is_early):
            *shown, last = [self.pieces[place] for place in kept]
            return [*shown, replace(last, text=f"{last.text} …")]
        under = dict.fromkeys(other for place in near for other in self._family(run, place))
        kept = list(self._while_short(list(under)[: MOST_PIECES - 1], most))
        return [self.pieces[place] for place in sorted(kept)]

    def _family(self, run: Sequence[int], place: int) -> list[int]:
        """Return an item after the one under which it stands in, before those that it promises."""
        item = self.pieces[place]
        above = [n for n in run if n < place and self.pieces[n].depth < item.depth]
        below = takewhile(lambda n: self.pieces[n].depth > item.depth, (n for n in run if n > place))
        return [*above[-1:], place, *(below if item.opens else ())]

    def _while_short(self, run: Sequence[int], most: int) -> Iterator[int]:
        """Give the first pieces that stay within `most` letters, at least one."""
        for number, place in enumerate(run):
            most -= len(self.pieces[place].text)
            if number and (most < 0 or number == MOST_OF_LIST):
                return
            yield place

    def _fittest(self, run: Iterable[int]) -> int:
        return max(run, key=lambda place: (round(self.fits[place], 3), -place))


def _is_enough(chosen: Sequence[Piece]) -> bool:
    return letters(chosen) >= ENOUGH_LETTERS or len(chosen) >= MOST_PIECES


def _ended(chosen: list[Piece]) -> list[Piece]:
    """Leave out what promises something that does not follow."""
    while len(chosen) > 1 and chosen[-1].opens:
        chosen.pop()
    return chosen
