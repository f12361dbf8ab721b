"""What is asked of the engine and what comes back; light enough to be imported before torch."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workers.serve.adapters import Adapter


@dataclass(frozen=True)
class Limits:
    """What the engine may hold. Tokens, rows, requests, bytes; threads, 0 for as many as torch takes."""

    rows: int = 32
    context: int = 4096
    chunk: int = 128
    waiting: int = 64
    waiting_each: int = 4
    rows_each: int = 8
    shelf_bytes: int = 512 << 20
    threads: int = 0


@dataclass(frozen=True)
class Taste:
    """How a reply is drawn: temperature 0 takes the likeliest token, `top_p` keeps that share of mass."""

    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None


@dataclass(frozen=True)
class Order:
    """One reply that is wanted. `deadline` is on time.monotonic's clock."""

    tokens: list[int]
    adapter: "Adapter | None"
    most: int
    taste: Taste
    stops: tuple[str, ...]
    deadline: float
    member: str = ""
    conversation: str | None = None
    ignores_ends: bool = False

    @property
    def adapter_id(self) -> str:
        """Empty for the plain base."""
        return self.adapter.id if self.adapter else ""


@dataclass(frozen=True)
class Piece:
    """Text that was added to a reply; the last piece has a reason: `stop`, `length` or `deadline`."""

    text: str
    ended: str | None = None
    tokens: int = 0
    reused: int = 0


@dataclass(eq=False)
class Reply:
    """One reply on its way; whoever reads it lives on `loop`."""

    order: Order
    loop: asyncio.AbstractEventLoop
    pieces: "asyncio.Queue[Piece | Exception]" = field(default_factory=asyncio.Queue)
    cancelled: bool = False

    @property
    def member(self) -> str:
        """Whose turn it takes."""
        return self.order.member
