"""What stands between the core and the platforms: outbox, inbox, drafts, the page's chat, faults."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from datanets.tables.columns import Base


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


class Fault(Base):
    """An unexpected error with the ticket that its user was given."""

    __tablename__ = "faults"
    ticket: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[str]
    where: Mapped[str]
    detail: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
