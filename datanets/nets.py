"""Datanets: created, described, opened and closed by their owners."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from datanets.clock import Clock
from datanets.database import Database
from datanets.facts import Actor, DatanetView, Kind, ReviewPolicy
from datanets.ids import new_id
from datanets.refusals import BadValue, NameTaken, NotAllowed
from datanets.tables import DatanetRow
from datanets.views import datanet_row, datanet_views

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
DESCRIPTION_LENGTH = 1000
DEFAULT_LICENCE = "CC-BY-4.0"


@dataclass(frozen=True)
class DatanetEdit:
    """What an owner may change; None leaves a field as it is. The kind never changes."""

    description: str | None = None
    rules: str | None = None
    tags: tuple[str, ...] | None = None
    licence: str | None = None
    is_open: bool | None = None
    policy: ReviewPolicy | None = None


@dataclass(frozen=True)
class Datanets:
    """The datanets of a community."""

    db: Database
    clock: Clock

    async def create(
        self, actor: Actor, name: str, kind: Kind, edit: DatanetEdit | None = None
    ) -> DatanetView:
        """Open a datanet; raises BadValue for a name that cannot be typed, NameTaken, NotAllowed."""
        name = name.strip().lower().replace(" ", "-")
        if not NAME.fullmatch(name):
            raise BadValue("name", name, "Use 1 to 32 small letters, digits and dashes.")
        if not actor.is_validator:
            raise NotAllowed("validator", "create")
        row = DatanetRow(
            id=new_id(),
            community_id=actor.community,
            owner_id=actor.member,
            name=name,
            kind=kind,
            description="",
            rules="",
            tags=[],
            licence=DEFAULT_LICENCE,
            policy={},
            is_open=True,
            created_at=self.clock.now(),
        )
        _apply(row, edit or DatanetEdit())
        try:
            async with self.db.begin() as session:
                session.add(row)
                await session.flush()
                return (await datanet_views(session, [row]))[0]
        except IntegrityError:
            raise NameTaken(name) from None

    async def edit(self, actor: Actor, name: str, edit: DatanetEdit) -> DatanetView:
        """Change a datanet; its owner and admins may."""
        async with self.db.begin() as session:
            row = await datanet_row(session, actor.community, name)
            if actor.member != row.owner_id and not actor.is_admin:
                raise NotAllowed("owner", "edit")
            _apply(row, edit)
            await session.flush()
            return (await datanet_views(session, [row]))[0]

    async def show(self, community: str, name: str) -> DatanetView:
        """Return one datanet by name or id; raises NotFound with the names near it."""
        async with self.db.read() as session:
            return (await datanet_views(session, [await datanet_row(session, community, name)]))[0]

    async def list(self, community: str) -> Sequence[DatanetView]:
        """Return all datanets, those that take files first."""
        return await self.db.recent.get(("datanets", community), lambda: self._list(community))

    async def _list(self, community: str) -> Sequence[DatanetView]:
        query = select(DatanetRow).where(DatanetRow.community_id == community)
        async with self.db.read() as session:
            rows = list(await session.scalars(query.order_by(DatanetRow.is_open.desc(), DatanetRow.name)))
            return await datanet_views(session, rows)


def _apply(row: DatanetRow, edit: DatanetEdit) -> None:
    for field in ("description", "rules"):
        value = getattr(edit, field)
        if value is not None and len(value) > DESCRIPTION_LENGTH:
            raise BadValue(field, f"{len(value)} characters", f"Use at most {DESCRIPTION_LENGTH} characters.")
    if edit.policy is not None:
        _check(edit.policy)
        row.policy = asdict(edit.policy)
    if edit.tags is not None:
        row.tags = sorted({tag.strip().lower()[:32] for tag in edit.tags if tag.strip()})[:10]
    for field in ("description", "rules", "licence", "is_open"):
        value = getattr(edit, field)
        if value is not None:
            setattr(row, field, value)


def _check(policy: ReviewPolicy) -> None:
    """Refuse a policy that could never decide, or that is looser than the house rules."""
    if not 2 <= policy.quorum <= policy.most_ballots <= 25:
        raise BadValue(
            "quorum", str(policy.quorum), "Use a quorum from 2 up to the most ballots, at most 25."
        )
    if not 1 <= policy.lead <= policy.quorum:
        raise BadValue("lead", str(policy.lead), "Use a lead from 1 up to the quorum.")
    if not 1 <= policy.moderator_after_days < policy.expires_after_days <= 60:
        raise BadValue(
            "days",
            str(policy.expires_after_days),
            "Let a moderator decide before it expires, within 60 days.",
        )
