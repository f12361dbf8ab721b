"""How a contributed text begins, as people read it."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from datanets.facts import ContributionView

# The excerpt may end inside its last example: these close what a cut leaves open.
ENDS = ("", '…"}', '…"}]}')
WHO_SPEAKS = ("role", "from")


def exchanges(of: ContributionView) -> tuple[tuple[str, str], ...]:
    """Return what is said first and what follows in each example of a list; empty when it is no list."""
    lines = of.excerpt.split("\n") if of.format == "jsonl" else []
    return tuple(words for line in lines if (words := _exchange(line)))


def _exchange(line: str) -> tuple[str, str] | None:
    for end in ENDS:
        with contextlib.suppress(ValueError):
            first, *rest = _words(json.loads(line + end))
            return first, "\n".join(rest)
    return None


def _words(example: Any) -> Iterator[str]:
    if isinstance(example, dict):
        example = [value for name, value in example.items() if name not in WHO_SPEAKS]
    if isinstance(example, list):
        for part in example:
            yield from _words(part)
    elif isinstance(example, str) and example.strip():
        yield example.strip()
