"""Examples of unequal length laid end to end in one row, so that no token is spent on padding."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


@dataclass(frozen=True)
class Encoded:
    """One example as tokens; `learned[i]` tells whether token i is an answer's and counts in the loss."""

    contribution: str
    tokens: tuple[int, ...]
    learned: tuple[bool, ...]
    cut: bool = False

    @property
    def targets(self) -> int:
        """How many tokens count in the loss; the first token of an example has nothing before it."""
        return sum(self.learned[1:])

    @property
    def first_learned(self) -> int:
        """Index of the first token that counts."""
        return self.learned.index(True, 1) if self.targets else len(self.tokens)


@dataclass(frozen=True)
class Span:
    """Where one example lies in the row: its own part is [start, stop), after the shared prefix."""

    start: int
    stop: int


@dataclass(frozen=True)
class Row:
    """Several examples end to end; `tokens` and `positions` are 1 x length, `heads` and `targets` 1-D.

    The first `shared` places are the beginning that all examples have in common. It is computed once:
    attention is causal, so its states are the same in each of them. `heads` are the places that predict
    the tokens in `targets`; no other place is ever multiplied with the vocabulary.
    """

    tokens: "Tensor"
    positions: "Tensor"
    heads: "Tensor"
    targets: "Tensor"
    shared: int
    spans: tuple[Span, ...]
    real_tokens: int


def lay_out(examples: "Sequence[Encoded]", *, share_prefix: bool, multiple: int = 1) -> Row:
    """Put examples end to end, with the beginning they share written once.

    The row is filled up to a multiple of so many places; nobody learns from what fills it.
    """
    import torch

    shared = common_prefix(examples) if share_prefix else 0
    tokens = list(examples[0].tokens[:shared])
    positions = list(range(shared))
    heads: list[int] = []
    targets: list[int] = []
    spans: list[Span] = []
    for example in examples:
        start = len(tokens)
        offset = start - shared
        tokens += example.tokens[shared:]
        positions += range(shared, len(example.tokens))
        spans.append(Span(start, len(tokens)))
        for place in range(1, len(example.tokens)):
            if example.learned[place]:
                heads.append(offset + place - 1)
                targets.append(example.tokens[place])
    missing = -len(tokens) % multiple
    if missing:
        spans.append(Span(len(tokens), len(tokens) + missing))
        tokens += [0] * missing
        positions += range(missing)
    return Row(
        tokens=torch.tensor([tokens]),
        positions=torch.tensor([positions]),
        heads=torch.tensor(heads),
        targets=torch.tensor(targets),
        shared=shared,
        spans=tuple(spans),
        real_tokens=sum(len(example.tokens) for example in examples),
    )


def common_prefix(examples: "Sequence[Encoded]") -> int:
    """Length of the beginning that all share, short of the place that predicts a learned token.

    That place has another next token in each example, so it stays with the example.
    """
    longest = min(min(example.first_learned - 1, len(example.tokens) - 1) for example in examples)
    if len(examples) < 2:
        return 0
    first = examples[0].tokens
    for place in range(longest):
        if any(example.tokens[place] != first[place] for example in examples[1:]):
            return place
    return max(longest, 0)
