"""News: what the announcer shows, and where it was shown."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from datanets.facts.people import PlaceView


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
