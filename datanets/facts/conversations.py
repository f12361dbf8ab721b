"""Conversations, replies and blind comparisons."""

from dataclasses import dataclass
from datetime import datetime

from datanets.facts.training import ModelView


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
    """Two answers, blind: `left` and `right` hide which model spoke until somebody picks.

    `odds` is the 95 % interval of how often `left` would be picked.
    """

    id: str
    question: str
    left: str
    right: str
    names: tuple[str, str] | None = None
    picks: tuple[int, int] = (0, 0)
    odds: tuple[float, float] = (0.0, 1.0)
