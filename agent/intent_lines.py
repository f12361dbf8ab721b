"""The table of how people ask for commands, read from `intents.txt`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from agent.moods import LIGHT
from knowledge.words import stem

_TABLE = Path(__file__).with_name("intents.txt")
_OWN = frozenset(["my", "mine", "i", "ive", "im", "id", "me", "we", "our", "us", "myself"])
_DEFINITE = [
    "the",
    "this",
    "that",
    "these",
    "those",
    "it",
    "current",
    "latest",
    "last",
    "right",
    "now",
    "hows",
]
_THE = _OWN | frozenset(_DEFINITE)
_NOTHING = frozenset(["<nothing>"])


@dataclass(frozen=True)
class Line:
    """One way of asking for a command: a word of every group must be there, and none of `never`."""

    command: str
    groups: tuple[frozenset[str], ...]
    never: frozenset[str] = frozenset()

    @property
    def verbs(self) -> frozenset[str]:
        """The first group of an order."""
        return self.groups[0]


@lru_cache(maxsize=1)
def lines() -> dict[str, tuple[Line, ...]]:
    """Read the table, once: the lines of each section."""
    read: dict[str, list[Line]] = {}
    section = ""
    for row in _TABLE.read_text("utf-8").splitlines():
        if row.startswith("["):
            section = row.strip("[]")
        elif row and not row.startswith("#"):
            command, *groups = (part.strip() for part in row.split("|"))
            sets = [_group(group, verbs=section == "orders" and not at) for at, group in enumerate(groups)]
            never = frozenset[str]().union(*(one for one in sets if "-" in one))
            kept = tuple(one for one in sets if "-" not in one and "*" not in one)
            read.setdefault(section, []).append(Line(command, kept, never - {"-"}))
    return {name: tuple(found) for name, found in read.items()}


@lru_cache(maxsize=1)
def vocabulary() -> frozenset[str]:
    """Every word of the table, for the mending of typos."""
    every = (
        word for section in lines().values() for line in section for group in line.groups for word in group
    )
    return frozenset(word for word in every if word.isalpha())


@cache
def words_for(command: str) -> frozenset[str]:
    """Every word with which a command is asked for."""
    own = (line for section in lines().values() for line in section if line.command == command)
    return frozenset[str]().union(*(group for line in own for group in line.groups))


def covered(groups: Sequence[Collection[str]], never: Collection[str], marks: Sequence[set[str]]) -> bool:
    """Whether each group has a word of its own among those of a message, and no word must not be there."""
    if any(not mark.isdisjoint(never) for mark in marks):
        return False
    if groups[-1] == _NOTHING:
        left = [mark for mark in marks if mark.isdisjoint(LIGHT)]
        return len(left) <= len(groups) - 1 and _each(groups[:-1], marks, frozenset())
    return _each(groups, marks, frozenset())


def _each(groups: Sequence[Collection[str]], marks: Sequence[set[str]], taken: frozenset[int]) -> bool:
    if not groups:
        return True
    free = (at for at, mark in enumerate(marks) if at not in taken and not mark.isdisjoint(groups[0]))
    return any(_each(groups[1:], marks, taken | {at}) for at in free)


def _group(group: str, *, verbs: bool) -> frozenset[str]:
    found: set[str] = set()
    for word in group.split():
        found |= _OWN if word == "<own>" else _THE if word == "<the>" else {word if verbs else stem(word)}
    return frozenset(found)
