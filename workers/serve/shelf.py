"""What earlier turns left behind, so that a conversation is never read twice."""

from collections import OrderedDict
from dataclasses import dataclass

from workers.serve.rows import Kept


@dataclass(frozen=True)
class Turn:
    """The tokens that one row held, for which adapter, with their keys and values."""

    adapter: str
    tokens: list[int]
    kept: Kept

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return sum(keys.nbytes + values.nbytes for keys, values in self.kept)


class Shelf:
    """Keeps the newest turns within a budget of bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._turns: OrderedDict[object, Turn] = OrderedDict()

    def put(self, turn: Turn, conversation: str | None) -> None:
        """Keep a turn; it takes the place of an earlier one of its conversation, or that it continues."""
        for name, old in list(self._turns.items()):
            if old.adapter == turn.adapter and common(old.tokens, turn.tokens) == len(old.tokens):
                del self._turns[name]
        name = (turn.adapter, conversation) if conversation else object()
        self._turns[name] = turn
        self._turns.move_to_end(name)
        while self._turns and sum(one.size for one in self._turns.values()) > self._most:
            self._turns.popitem(last=False)

    def longest(self, adapter: str, tokens: list[int]) -> tuple[Kept, int] | None:
        """The turn that shares most of these tokens' beginning, and how many; None if no turn shares any.

        At least the last token is left to be read, since its logits are what the reply starts from.
        """
        best, shared = None, 0
        for name, turn in self._turns.items():
            length = min(common(turn.tokens, tokens), len(tokens) - 1) if turn.adapter == adapter else 0
            if length > shared:
                best, shared = name, length
        if best is None:
            return None
        self._turns.move_to_end(best)
        return self._turns[best].kept, shared


def common(first: list[int], second: list[int]) -> int:
    """How many tokens two lists begin with in common."""
    most = min(len(first), len(second))
    if first[:most] == second[:most]:
        return most
    return next(place for place in range(most) if first[place] != second[place])
