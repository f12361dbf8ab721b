"""What is handed in, what was voted on it, and the quota that it took."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from datanets.tables.columns import Base


class DatanetRow(Base):
    """A named collection of one kind."""

    __tablename__ = "datanets"
    __table_args__ = (UniqueConstraint("community_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[str] = mapped_column(ForeignKey("communities.id"), index=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    name: Mapped[str]
    kind: Mapped[str]
    description: Mapped[str]
    rules: Mapped[str]
    tags: Mapped[list[Any]] = mapped_column(default=list)
    licence: Mapped[str]
    policy: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_open: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class ContributionRow(Base):
    """One file with its context; `digest` is of the bytes handed in, `clean_digest` of what is kept."""

    __tablename__ = "contributions"
    __table_args__ = (
        # The same bytes are held once a datanet, except after they were rejected, withdrawn or erased.
        Index(
            "uq_contributions_held",
            "datanet_id",
            "digest",
            unique=True,
            sqlite_where=text("state IN ('pending', 'escalated', 'accepted')"),
            postgresql_where=text("state IN ('pending', 'escalated', 'accepted')"),
        ),
        Index("ix_contributions_datanet_state", "datanet_id", "state"),
        Index("ix_contributions_author", "author_id", "created_at"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[str] = mapped_column(ForeignKey("communities.id"), index=True)
    datanet_id: Mapped[str] = mapped_column(ForeignKey("datanets.id"))
    author_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    state: Mapped[str]
    format: Mapped[str]
    name: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str]
    clean_digest: Mapped[str]
    clean_size: Mapped[int]
    examples: Mapped[int] = mapped_column(default=1)
    context: Mapped[dict[str, Any]]
    notes: Mapped[list[Any]] = mapped_column(default=list)
    excerpt: Mapped[str]
    signature: Mapped[str] = mapped_column(default="")
    near_duplicate_of: Mapped[str | None]
    consent_version: Mapped[int]
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    reason: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    score: Mapped[float | None]
    points: Mapped[int] = mapped_column(default=0)
    verdicts: Mapped[int] = mapped_column(default=0)


class BallotRow(Base):
    """One member's vote on one contribution; `via` tells a reaction, which can be removed, from a press."""

    __tablename__ = "ballots"
    contribution_id: Mapped[str] = mapped_column(ForeignKey("contributions.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)
    up: Mapped[bool]
    reason: Mapped[str | None]
    via: Mapped[str] = mapped_column(default="button")
    at: Mapped[datetime]


class Quota(Base):
    """What was used of one counter on one UTC day; `counter` is `member:<id>` or `datanet:<id>`."""

    __tablename__ = "quota"
    __table_args__ = (CheckConstraint("bytes >= 0 AND files >= 0", name="not_negative"),)
    counter: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    bytes: Mapped[int] = mapped_column(default=0)
    files: Mapped[int] = mapped_column(default=0)


class Reservation(Base):
    """Quota held for an upload on its way; swept when its process died."""

    __tablename__ = "reservations"
    id: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[str]
    datanet_id: Mapped[str]
    day: Mapped[date]
    bytes: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)
