"""The rows of the core; they never leave this room.

Ids are short random texts (`datanets.ids`), times are aware UTC. Every row that belongs to a community
says so, or hangs on one that does.
"""

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime on every database; SQLite would hand it back without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the base class names it
        """Store UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the base class names it
        """Return aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Number = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """All tables, with names for every constraint so that one migration history serves both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        int: Number,
    }


class Community(Base):
    """A tenant."""

    __tablename__ = "communities"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime]


class PlaceRow(Base):
    """Where a community lives; linking two places is pointing both at one community."""

    __tablename__ = "places"
    __table_args__ = (UniqueConstraint("platform", "external_id"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    platform: Mapped[str]
    external_id: Mapped[str]
    community_id: Mapped[str] = mapped_column(ForeignKey("communities.id"), index=True)
    name: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class Member(Base):
    """A person; `merged_into` points to the member that a linked account was joined to."""

    __tablename__ = "members"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    locale: Mapped[str]
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("members.id"), index=True)
    consent_version: Mapped[int] = mapped_column(default=0)
    consent_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class AccountRow(Base):
    """One identity on one platform."""

    __tablename__ = "accounts"
    platform: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), index=True)
    created_at: Mapped[datetime]


class Membership(Base):
    """A member's roles at one place, as its platform last said; the votes that count are asked here."""

    __tablename__ = "memberships"
    place_id: Mapped[str] = mapped_column(ForeignKey("places.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)
    is_validator: Mapped[bool] = mapped_column(default=False)
    is_admin: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime]


class LinkCode(Base):
    """A short-lived code that joins two accounts (`member`) or two places (`place`)."""

    __tablename__ = "link_codes"
    code: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    community_id: Mapped[str] = mapped_column(ForeignKey("communities.id"))
    expires_at: Mapped[datetime]


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


class LedgerTransaction(Base):
    """A balanced set of entries; `key` names the event that caused it, so a replay posts nothing."""

    __tablename__ = "ledger_transactions"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    community_id: Mapped[str] = mapped_column(index=True)
    contribution_id: Mapped[str | None] = mapped_column(index=True)
    note: Mapped[str]
    at: Mapped[datetime]


class LedgerEntry(Base):
    """One side of a transaction: integer points on one account (`member:<id>`, `pool:<community>`)."""

    __tablename__ = "ledger_entries"
    __table_args__ = (CheckConstraint("amount <> 0", name="not_zero"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("ledger_transactions.id"), index=True)
    account: Mapped[str] = mapped_column(index=True)
    amount: Mapped[int]


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
    """Two answers to one question; `swapped` hides which model stands left."""

    __tablename__ = "comparisons"
    id: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[str] = mapped_column(ForeignKey("communities.id"), index=True)
    first_model: Mapped[str] = mapped_column(ForeignKey("runs.id"))
    second_model: Mapped[str] = mapped_column(ForeignKey("runs.id"))
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


class NewsRow(Base):
    """Something the outside must hear of; a change raises `revision`, so only the newest is shown."""

    __tablename__ = "news"
    __table_args__ = (UniqueConstraint("kind", "subject"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[str] = mapped_column(ForeignKey("communities.id"), index=True)
    kind: Mapped[str]
    subject: Mapped[str]
    revision: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime]


class PostingRow(Base):
    """Where a place shows a piece of news, and up to which revision."""

    __tablename__ = "postings"
    __table_args__ = (Index("ix_postings_message", "place_id", "channel", "message"),)
    news_id: Mapped[str] = mapped_column(ForeignKey("news.id"), primary_key=True)
    place_id: Mapped[str] = mapped_column(ForeignKey("places.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(default=0)
    channel: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    tries: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    at: Mapped[datetime]


class InboxRow(Base):
    """A platform's event kept before it is handled, so that a crash between loses nothing."""

    __tablename__ = "inbox"
    __table_args__ = (UniqueConstraint("platform", "event"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    platform: Mapped[str]
    event: Mapped[str]
    payload: Mapped[dict[str, Any]]
    tries: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    at: Mapped[datetime]


class Draft(Base):
    """A form that somebody is filling in over several messages or presses; `key` is the platform's."""

    __tablename__ = "drafts"
    id: Mapped[str] = mapped_column(primary_key=True)
    place_id: Mapped[str] = mapped_column(ForeignKey("places.id"))
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    use_case: Mapped[str]
    values: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime]


class RoomMessage(Base):
    """One message of the playground's own chat."""

    __tablename__ = "room_messages"
    __table_args__ = (Index("ix_room_messages_room", "place_id", "room", "at"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    place_id: Mapped[str] = mapped_column(ForeignKey("places.id"))
    room: Mapped[str]
    author: Mapped[str]
    text: Mapped[str]
    card: Mapped[dict[str, Any]] = mapped_column(default=dict)
    private_to: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


class Answer(Base):
    """A question to the library with its answer and how it was received."""

    __tablename__ = "answers"
    id: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[str] = mapped_column(ForeignKey("communities.id"), index=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    question: Mapped[str]
    answer: Mapped[str]
    sources: Mapped[list[Any]] = mapped_column(default=list)
    answered: Mapped[bool]
    up: Mapped[bool | None]
    at: Mapped[datetime]


class Fault(Base):
    """An unexpected error with the ticket that its user was given."""

    __tablename__ = "faults"
    ticket: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[str]
    where: Mapped[str]
    detail: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
