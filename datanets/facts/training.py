"""Releases, runs, models and the workers that make them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from datanets.facts.contributions import Context, Kind
from datanets.recipe import Recipe


@dataclass(frozen=True)
class ReleaseView:
    """A frozen, numbered, hashed set of accepted contributions; `examples` counts the rows in their files.

    `lessons` is about what training makes of them: a row each, and long prose in parts.
    """

    id: str
    community: str
    datanet_id: str
    datanet: str
    number: int
    digest: str
    items: int
    examples: int
    lessons: int
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
    examples: int = 1


class RunState(StrEnum):
    """The life of a run; `datanets.fence.MOVES` is the table of allowed moves.

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
class Spelling:
    """How a base writes an exchange: characters a token, and the template's own tokens around it.

    `shared` are the first of those, which are the same before every question.
    """

    characters: float = 4.0
    template: int = 10
    shared: int = 0


@dataclass(frozen=True)
class Pace:
    """How a worker trains a base by one method, as it measured on some of the base's layers.

    All but the last are seconds: `batch` and `token` make a step, `look` and `looked` are the same
    without learning, `answered` is a token of a few answers written together, `ready` is what passes
    before the first step. `kept` are bytes held for each token of a batch.
    """

    method: str
    batch: float
    token: float
    look: float
    looked: float
    answered: float
    ready: float
    kept: float


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
    spelling: Spelling = field(default_factory=Spelling)
    paces: tuple[Pace, ...] = ()


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
