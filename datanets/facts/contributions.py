"""Datanets, contributions and their reviews."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What a datanet collects; never changes."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"


@dataclass(frozen=True)
class ReviewPolicy:
    """When a review ends: ballots needed, lead needed, ballots and days until a moderator decides."""

    quorum: int = 3
    lead: int = 2
    most_ballots: int = 9
    moderator_after_days: int = 7
    expires_after_days: int = 14


@dataclass(frozen=True)
class DatanetView:
    """A datanet with its counts."""

    id: str
    name: str
    kind: Kind
    description: str
    rules: str
    tags: tuple[str, ...]
    licence: str
    owner: str
    owner_name: str
    policy: ReviewPolicy
    is_open: bool
    pending: int
    accepted: int
    rejected: int
    releases: int
    accepted_since_release: int
    created_at: datetime


@dataclass(frozen=True)
class Context:
    """What a file needs beside its bytes."""

    caption: str = ""
    transcript: str = ""
    source: str = ""
    licence: str = ""
    language: str = ""
    question: str = ""


class Upload(Protocol):
    """A file that somebody offers; nothing is fetched before `stream` is called."""

    @property
    def name(self) -> str:
        """The name the sender gave; shown, never trusted."""
        ...

    @property
    def size(self) -> int | None:
        """The size the sender claims, in bytes, or None."""
        ...

    def stream(self) -> AsyncIterator[bytes]:
        """Fetch the bytes, piece by piece."""
        ...


class ContributionState(StrEnum):
    """The life of a contribution; `datanets.moves.MOVES` is the table of allowed moves.

    PENDING: its review is open and ballots count.
    ESCALATED: too many ballots or too many days without a verdict; a moderator decides.
    ACCEPTED: part of the next release; its points are earned.
    REJECTED: not taken, with a reason; costs nothing.
    EXPIRED: nobody decided in time; counts for nothing.
    WITHDRAWN: its author took it back before the verdict.
    REVOKED: a moderator took an accepted one back, with a reason.
    ERASED: its author deleted it; the bytes are gone.
    """

    PENDING = "pending"
    ESCALATED = "escalated"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    ERASED = "erased"


class Reason(StrEnum):
    """Why a contribution was rejected; each has a sentence that the contributor can act on."""

    OFF_TOPIC = "off_topic"
    LOW_QUALITY = "low_quality"
    DUPLICATE = "duplicate"
    WRONG_CONTEXT = "wrong_context"
    RIGHTS = "rights"
    UNSAFE = "unsafe"
    UNSTATED = "unstated"


@dataclass(frozen=True)
class Verdict:
    """How a review ended. `score` is 0 to 1, `points` what it earned."""

    accepted: bool
    score: float
    points: int
    reason: Reason | None
    note: str
    decided_by: str
    at: datetime


@dataclass(frozen=True)
class ContributionView:
    """One file with its context and what became of it."""

    id: str
    community: str
    datanet_id: str
    datanet: str
    kind: Kind
    author: str
    author_name: str
    state: ContributionState
    format: str
    name: str
    size: int
    digest: str
    context: Context
    notes: tuple[str, ...]
    is_near_duplicate: bool
    excerpt: str
    created_at: datetime
    verdict: Verdict | None = None


@dataclass(frozen=True)
class QuotaLeft:
    """What a member may still hand in today (UTC)."""

    files_left: int
    files_limit: int
    bytes_left: int
    bytes_limit: int
    renews_at: datetime


@dataclass(frozen=True)
class Submitted:
    """The receipt of a contribution; `again` when the same member handed in the same bytes before."""

    contribution: ContributionView
    quota: QuotaLeft
    again: bool = False


@dataclass(frozen=True)
class Ballot:
    """One validator's vote."""

    member: str
    name: str
    up: bool
    at: datetime


@dataclass(frozen=True)
class ReviewCard:
    """Everything a review card shows."""

    contribution: ContributionView
    up: int
    down: int
    quorum: int
    lead: int
    closes_at: datetime
    ballots: tuple[Ballot, ...]

    @property
    def is_open(self) -> bool:
        """Whether ballots still count."""
        return self.contribution.state is ContributionState.PENDING
