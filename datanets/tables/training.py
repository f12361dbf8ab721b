"""What is trained on, the runs and what they cost, and who can carry them out."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from datanets.tables.columns import Base


class ReleaseRow(Base):
    """A frozen, numbered, hashed set."""

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("datanet_id", "number"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[str] = mapped_column(ForeignKey("communities.id"), index=True)
    datanet_id: Mapped[str] = mapped_column(ForeignKey("datanets.id"))
    number: Mapped[int]
    digest: Mapped[str]
    made_by: Mapped[str] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[datetime]


class ReleaseItemRow(Base):
    """A contribution's place in a release."""

    __tablename__ = "release_items"
    release_id: Mapped[str] = mapped_column(ForeignKey("releases.id"), primary_key=True)
    contribution_id: Mapped[str] = mapped_column(ForeignKey("contributions.id"), primary_key=True)
    position: Mapped[int]


class RunRow(Base):
    """One training; every write of a worker is fenced by (id, attempt, state)."""

    __tablename__ = "runs"
    __table_args__ = (
        Index("ix_runs_community_state", "community_id", "state"),
        UniqueConstraint("community_id", "model"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[str] = mapped_column(ForeignKey("communities.id"))
    datanet_id: Mapped[str] = mapped_column(ForeignKey("datanets.id"))
    release_id: Mapped[str] = mapped_column(ForeignKey("releases.id"))
    starter_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id"))
    family: Mapped[str]
    version: Mapped[int]
    model: Mapped[str]
    base_title: Mapped[str]
    recipe: Mapped[dict[str, Any]]
    state: Mapped[str]
    attempt: Mapped[int] = mapped_column(default=0)
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)
    progress_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None]
    has_model: Mapped[bool] = mapped_column(default=False)
    failure: Mapped[str] = mapped_column(default="")
    stop_requested: Mapped[bool] = mapped_column(default=False)
    estimate: Mapped[dict[str, Any] | None]
    minutes: Mapped[int] = mapped_column(default=0)
    day: Mapped[date]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class RunPoint(Base):
    """One point of a loss curve, keyed by step, so that a resumed run overwrites what it repeats."""

    __tablename__ = "run_points"
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    loss: Mapped[float | None]
    held_out_loss: Mapped[float | None]


class Budget(Base):
    """Training minutes that a community has spent on one UTC day."""

    __tablename__ = "budgets"
    community_id: Mapped[str] = mapped_column(ForeignKey("communities.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    minutes: Mapped[int] = mapped_column(default=0)


class WorkerRow(Base):
    """A worker's last heartbeat."""

    __tablename__ = "workers"
    id: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    offer: Mapped[dict[str, Any]]
    seen_at: Mapped[datetime]
