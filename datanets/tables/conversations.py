"""What is said to models, and what people think of the replies."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from datanets.tables.columns import Base


class ConversationRow(Base):
    """A thread in which a model answers."""

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("place_id", "channel"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[str] = mapped_column(ForeignKey("communities.id"), index=True)
    place_id: Mapped[str] = mapped_column(ForeignKey("places.id"))
    model_id: Mapped[str] = mapped_column(ForeignKey("runs.id"))
    channel: Mapped[str]
    created_at: Mapped[datetime]


class TurnRow(Base):
    """One message of a conversation; `member_id` is empty when the model speaks."""

    __tablename__ = "turns"
    __table_args__ = (Index("ix_turns_conversation", "conversation_id", "at"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    member_id: Mapped[str | None] = mapped_column(ForeignKey("members.id"))
    answers: Mapped[str | None]
    model_id: Mapped[str | None]
    text: Mapped[str]
    dropped: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]


class Feedback(Base):
    """One member's opinion of one reply."""

    __tablename__ = "feedback"
    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), primary_key=True)
    up: Mapped[bool | None]
    correction: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


class ComparisonRow(Base):
    """Two answers to one question of `asker_id`; `swapped` hides which model stands left."""

    __tablename__ = "comparisons"
    id: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[str] = mapped_column(ForeignKey("communities.id"), index=True)
    first_model: Mapped[str] = mapped_column(ForeignKey("runs.id"))
    second_model: Mapped[str] = mapped_column(ForeignKey("runs.id"))
    asker_id: Mapped[str | None]
    question: Mapped[str]
    first_answer: Mapped[str] = mapped_column(default="")
    second_answer: Mapped[str] = mapped_column(default="")
    swapped: Mapped[bool]
    created_at: Mapped[datetime]


class Pick(Base):
    """One member's blind choice in a comparison."""

    __tablename__ = "picks"
    comparison_id: Mapped[str] = mapped_column(ForeignKey("comparisons.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), primary_key=True)
    first: Mapped[bool]
    at: Mapped[datetime]
