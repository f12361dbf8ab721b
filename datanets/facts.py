"""What leaves the core: frozen facts, in the words of the glossary."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from datanets.recipe import Recipe


# --- people and places -------------------------------------------------------------------------------
class Role(StrEnum):
    """What a member may do in one community, as its platform says at this moment."""

    VALIDATOR = "validator"
    TRAINER = "trainer"
    ADMIN = "admin"


@dataclass(frozen=True)
class Account:
    """One identity on one platform; `platform` is `discord`, `telegram` or `playground`."""

    platform: str
    id: str


@dataclass(frozen=True)
class Place:
    """One Discord server, Telegram group or playground: where a community lives."""

    platform: str
    id: str
    name: str = ""


@dataclass(frozen=True)
class Caller:
    """Who asks, where, and with which roles the platform vouches for them right now."""

    account: Account
    place: Place
    roles: frozenset[Role] = frozenset()
    name: str = ""
    locale: str = "en"


@dataclass(frozen=True)
class Actor:
    """A caller whose member and community are known."""

    member: str
    community: str
    place: str
    roles: frozenset[Role]
    name: str

    @property
    def is_validator(self) -> bool:
        """Admins validate too."""
        return bool(self.roles & {Role.VALIDATOR, Role.ADMIN})

    @property
    def is_admin(self) -> bool:
        """Whether the platform calls them an administrator."""
        return Role.ADMIN in self.roles


@dataclass(frozen=True)
class PlaceView:
    """A place as the announcer sees it; `settings` is what `/setup` chose there."""

    id: str
    platform: str
    external_id: str
    community: str
    name: str
    settings: dict[str, Any]


# --- datanets and contributions ----------------------------------------------------------------------
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
    """The life of a contribution; `datanets.review.MOVES` is the table of allowed moves.

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


# --- releases, runs, models --------------------------------------------------------------------------
@dataclass(frozen=True)
class ReleaseView:
    """A frozen, numbered, hashed set of accepted contributions; `examples` counts the rows in their files."""

    id: str
    community: str
    datanet_id: str
    datanet: str
    number: int
    digest: str
    items: int
    examples: int
    bytes: int
    contributors: int
    made_by: str
    created_at: datetime


@dataclass(frozen=True)
class ReleaseItem:
    """One contribution of a release, as training reads it; `digest` addresses the cleaned bytes."""

    contribution: str
    digest: str
    kind: Kind
    format: str
    name: str
    size: int
    context: Context
    author: str
    author_name: str
    licence: str


class RunState(StrEnum):
    """The life of a run; `datanets.runs.MOVES` is the table of allowed moves.

    QUEUED: paid for and waiting for a worker.
    RUNNING: an attempt holds the lease.
    SUCCEEDED: it made a model.
    FAILED: no attempt could finish; `failure` says why and what to do.
    STOPPED: somebody stopped it; it made a model if a checkpoint was worth keeping.
    """

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self in {RunState.SUCCEEDED, RunState.FAILED, RunState.STOPPED}


@dataclass(frozen=True)
class Point:
    """One point of a loss curve; either loss may be missing at a step."""

    step: int
    loss: float | None = None
    held_out_loss: float | None = None


@dataclass(frozen=True)
class Progress:
    """Where a run stands; written by the worker, read by everybody."""

    stage: str = "waiting"
    step: int = 0
    steps: int = 0
    epoch: float = 0.0
    loss: float | None = None
    held_out_loss: float | None = None
    tokens_per_second: float | None = None
    memory_bytes: int | None = None
    seconds_left: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Sample:
    """One held-out question before and after training."""

    question: str
    before: str
    after: str
    expected: str = ""


@dataclass(frozen=True)
class Result:
    """What a finished run has to show."""

    loss_before: float | None = None
    loss_after: float | None = None
    held_out_before: float | None = None
    held_out_after: float | None = None
    examples: int = 0
    truncated: int = 0
    tokens: int = 0
    seconds: float = 0.0
    peak_memory_bytes: int = 0
    trainable_parameters: int = 0
    contaminated: int = 0
    samples: tuple[Sample, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Estimate:
    """What a run will need: bytes at the peak and seconds, and how many steps."""

    memory_bytes: int
    seconds: float
    steps: int
    fits: bool
    note: str = ""


@dataclass(frozen=True)
class RunView:
    """One training of a recipe on a release."""

    id: str
    community: str
    datanet: str
    release_id: str
    release: int
    recipe: Recipe
    base_title: str
    state: RunState
    attempt: int
    progress: Progress
    result: Result | None
    failure: str
    model: str
    starter: str
    starter_name: str
    stop_requested: bool
    estimate: Estimate | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    curve: tuple[Point, ...] = ()


@dataclass(frozen=True)
class RunOrder:
    """What a worker needs to train: read once by the child process of an attempt.

    `parent` is the run id of the model to continue from, or empty; `pairs` are preferences
    (question, better, worse) when the recipe's objective is preference training.
    """

    run: str
    attempt: int
    model: str
    community: str
    datanet: str
    release: ReleaseView
    items: tuple[ReleaseItem, ...]
    recipe: Recipe
    parent: str = ""
    pairs: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Lease:
    """The answer to a worker's report: whether it still owns the run, and whether it should stop."""

    held: bool
    stop_requested: bool = False


@dataclass(frozen=True)
class ModelView:
    """What a run made: an adapter with its card. `id` is the run's id and the adapter's name in serving."""

    id: str
    community: str
    name: str
    family: str
    version: int
    base: str
    base_title: str
    datanet: str
    release: int
    recipe: Recipe
    result: Result
    owner: str
    owner_name: str
    parent: str
    likes: int
    dislikes: int
    wins: int
    comparisons: int
    created_at: datetime


@dataclass(frozen=True)
class BaseOffer:
    """One base model that a worker can train, as it reports it. Counts are of the model's own shape."""

    id: str
    family: str
    title: str
    licence: str
    gated: bool
    ready: bool
    parameters: int
    layers: int
    hidden: int
    intermediate: int
    vocab: int
    context: int
    methods: tuple[str, ...]
    attribution: str = ""
    note: str = ""


@dataclass(frozen=True)
class WorkerView:
    """A worker as its last heartbeat described it; rates are measured, in operations and bytes a second."""

    id: str
    url: str
    seen_at: datetime
    device: str
    memory_bytes: int
    training_flops: float
    precision: str
    bases: tuple[BaseOffer, ...]
    notes: tuple[str, ...] = ()


# --- conversations -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Turn:
    """One message of a conversation; `author` is empty when the model speaks."""

    id: str
    author: str
    author_name: str
    text: str
    at: datetime
    likes: int = 0
    dislikes: int = 0
    correction: str = ""


@dataclass(frozen=True)
class ConversationView:
    """A thread in which a model answers; `channel` is its key on the platform."""

    id: str
    model: ModelView
    place: str
    channel: str
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True)
class ReplyPiece:
    """A piece of a streamed reply; the last one has `done` and the id of the kept turn."""

    text: str
    done: bool = False
    turn: str = ""
    stopped: bool = False


@dataclass(frozen=True)
class Comparison:
    """Two answers, blind: `left` and `right` hide which model spoke until somebody picks."""

    id: str
    question: str
    left: str
    right: str
    names: tuple[str, str] | None = None
    picks: tuple[int, int] = (0, 0)


# --- standing ----------------------------------------------------------------------------------------
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


# --- news --------------------------------------------------------------------------------------------
class NewsKind(StrEnum):
    """What the announcer shows; the subject is a contribution, run, model or release."""

    REVIEW = "review"
    VERDICT = "verdict"
    RUN = "run"
    RUN_OVER = "run_over"
    MODEL = "model"
    RELEASE = "release"


@dataclass(frozen=True)
class Posting:
    """Where something was shown: the platform's own channel and message, and what it needs to edit it."""

    channel: str
    message: str
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class News:
    """Something to show at a place: `revision` grows with every change, only the newest is shown."""

    id: str
    kind: NewsKind
    subject: str
    revision: int
    place: PlaceView
    posted: Posting | None
