"""Standing and credit."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class StandingRow:
    """A member's place. `best` orders; the rate is shown and orders nothing."""

    rank: int
    member: str
    name: str
    best: int
    days: int
    points: int
    accepted: int
    decided: int
    rate_low: float
    rate_high: float


@dataclass(frozen=True)
class CreditEntry:
    """One line of a member's credit."""

    at: datetime
    kind: str
    amount: int
    contribution: str
    note: str


@dataclass(frozen=True)
class CreditView:
    """A member's balance with its latest lines."""

    balance: int
    entries: tuple[CreditEntry, ...]
