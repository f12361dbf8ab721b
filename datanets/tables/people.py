"""Communities, the places where they live, and the people in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from datanets.tables.columns import Base


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
