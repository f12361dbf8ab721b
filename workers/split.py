"""What is held back from training, and whether training saw it all the same."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from datanets.epoch import held_out
from workers.dataset import Lesson

WORDS = re.compile(r"\w+")
# A run of so many words in common is no accident; half of such runs in common is the same text.
RUN = 8
SAME = 0.5


@dataclass(frozen=True)
class Split:
    """Lessons to train on and lessons held out; `by_contribution` unless there was only one."""

    training: tuple[Lesson, ...]
    held_out: tuple[Lesson, ...]
    by_contribution: bool = True


def split(lessons: Sequence[Lesson], share: float, seed: int) -> Split:
    """Hold out whole contributions, or single lessons where all come from one."""
    if share <= 0 or len(lessons) < 2:
        return Split(tuple(lessons), ())
    contributions = {lesson.contribution for lesson in lessons}
    by_contribution = len(contributions) > 1
    keys = [lesson.contribution if by_contribution else f"{n}" for n, lesson in enumerate(lessons)]
    held = held_out(keys, share, seed)
    return Split(
        tuple(lesson for key, lesson in zip(keys, lessons, strict=True) if key not in held),
        tuple(lesson for key, lesson in zip(keys, lessons, strict=True) if key in held),
        by_contribution,
    )


def contaminated(training: Iterable[Lesson], held_out: Iterable[Lesson]) -> int:
    """How many held-out lessons training has seen: the same words, or half of their runs of words."""
    wholes: set[str] = set()
    runs: set[str] = set()
    for lesson in training:
        words = _words(lesson)
        wholes.add(" ".join(words))
        runs.update(_runs(words))
    return sum(_is_known(_words(lesson), wholes, runs) for lesson in held_out)


def _is_known(words: list[str], wholes: set[str], runs: set[str]) -> bool:
    own = list(_runs(words))
    return " ".join(words) in wholes or (bool(own) and sum(run in runs for run in own) >= SAME * len(own))


def _words(lesson: Lesson) -> list[str]:
    said = " ".join(turn.text for turn in lesson.turns) or lesson.text
    return WORDS.findall(said.lower())


def _runs(words: list[str]) -> Iterator[str]:
    return (" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1))
