"""Every expected "no", with the data that its sentence needs.

A refusal is raised, so the transaction rolls back; it is an answer and never logged as an error.
`bot/wording.py` has one sentence for each.
"""

from dataclasses import dataclass
from datetime import datetime


class Refusal(Exception):
    """The base of all expected answers that are a no."""


# --- rights and people -------------------------------------------------------------------------------
@dataclass(eq=False)
class NotAllowed(Refusal):
    """The caller lacks a role; `needs` is its name and `action` what was tried."""

    needs: str
    action: str


@dataclass(eq=False)
class ConsentNeeded(Refusal):
    """The member has not agreed to `version` of the terms yet."""

    version: int


@dataclass(eq=False)
class NotFound(Refusal):
    """Nothing of that `what` and `name` exists in this community; `close` are names near it."""

    what: str
    name: str
    close: tuple[str, ...] = ()


@dataclass(eq=False)
class NameTaken(Refusal):
    """A datanet of that name exists already."""

    name: str


@dataclass(eq=False)
class BadValue(Refusal):
    """A form field cannot have that value; `fix` says what would do."""

    field: str
    value: str
    fix: str


@dataclass(eq=False)
class LinkExpired(Refusal):
    """The code of `/link` is unknown, used, or too old."""

    code: str


# --- intake ------------------------------------------------------------------------------------------
@dataclass(eq=False)
class QuotaSpent(Refusal):
    """One of the daily limits is reached; `limit` is `member_bytes`, `member_files` or `datanet_bytes`."""

    limit: str
    left: int
    wanted: int
    renews_at: datetime


@dataclass(eq=False)
class TooBig(Refusal):
    """The file is larger than the most that is taken, in bytes."""

    size: int
    most: int


@dataclass(eq=False)
class WrongKind(Refusal):
    """The bytes are of another kind than the datanet collects."""

    found: str
    wanted: str
    fits: tuple[str, ...]


@dataclass(eq=False)
class UnreadableFile(Refusal):
    """The bytes cannot be taken; `why` is a code of `datanets.formats`, `detail` is e.g. a line number."""

    found: str
    why: str
    detail: str = ""


@dataclass(eq=False)
class AlreadyHeld(Refusal):
    """Somebody else's file with the same bytes is held already."""

    datanet: str


@dataclass(eq=False)
class RejectedBefore(Refusal):
    """The same member's same bytes were rejected before."""

    contribution: str


@dataclass(eq=False)
class DatanetClosed(Refusal):
    """The datanet takes nothing at the moment."""

    datanet: str


# --- review ------------------------------------------------------------------------------------------
@dataclass(eq=False)
class OwnContribution(Refusal):
    """Nobody votes on their own contribution."""


@dataclass(eq=False)
class ReviewClosed(Refusal):
    """The verdict is in; ballots are frozen."""

    state: str


@dataclass(eq=False)
class NothingToRelease(Refusal):
    """No contribution was accepted since the last release."""

    datanet: str


# --- runs --------------------------------------------------------------------------------------------
@dataclass(eq=False)
class RecipeOutOfBounds(Refusal):
    """A field of the recipe has a value outside its bounds."""

    field: str
    value: str
    low: str
    high: str


@dataclass(eq=False)
class RecipeClash(Refusal):
    """Two fields of the recipe contradict each other."""

    first: str
    second: str
    fix: str


@dataclass(eq=False)
class NoWorker(Refusal):
    """No worker has reported lately, so nothing can be trained."""


@dataclass(eq=False)
class BaseAway(Refusal):
    """The base is unknown, gated or not on any worker; `fix` says what to do."""

    base: str
    fix: str


@dataclass(eq=False)
class DoesNotFit(Refusal):
    """The estimate exceeds the worker's memory, in bytes."""

    needs: int
    has: int
    fix: str


@dataclass(eq=False)
class TooManyRuns(Refusal):
    """The community has as many unfinished runs as the operator allows."""

    limit: int


@dataclass(eq=False)
class BudgetSpent(Refusal):
    """The GPU-minutes of today are spent."""

    left: int
    wanted: int
    renews_at: datetime


@dataclass(eq=False)
class RunOver(Refusal):
    """The run is over; there is nothing to stop."""

    state: str


# --- conversations -----------------------------------------------------------------------------------
@dataclass(eq=False)
class ModelsAway(Refusal):
    """No inference worker answers at the moment."""

    detail: str = ""


@dataclass(eq=False)
class Busy(Refusal):
    """The model is answering in this conversation already, or its queue is full."""


@dataclass(eq=False)
class TooLong(Refusal):
    """The text is longer than what fits, in characters."""

    length: int
    most: int


@dataclass(eq=False)
class NotEnoughPairs(Refusal):
    """Preference training needs more pairs of better and worse answers."""

    have: int
    need: int
