"""Accounts and the members behind them: roles, consent, linking."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from cachetools import TTLCache
from sqlalchemy import and_, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.clock import Clock
from datanets.database import Database, insert
from datanets.facts import Account, Actor, Caller, Place, Role
from datanets.ids import new_id
from datanets.places import settle
from datanets.refusals import ConsentNeeded, LinkExpired
from datanets.tables import (
    AccountRow,
    BallotRow,
    ComparisonRow,
    ContributionRow,
    DatanetRow,
    Feedback,
    LinkCode,
    Member,
    Membership,
    Pick,
    PlaceRow,
    ReleaseRow,
    RunRow,
    TurnRow,
)

TERMS_VERSION = 1
CODE_MINUTES = 10
# Another process may change what is remembered here; nobody waits longer than this for it to show.
SEEN_SECONDS = 30

_AT_PLACE = and_(PlaceRow.platform == bindparam("place_platform"), PlaceRow.external_id == bindparam("place"))
PLACE = select(PlaceRow.community_id).where(_AT_PLACE)
CALLER = (
    select(
        Member.id,
        Member.name,
        PlaceRow.community_id,
        PlaceRow.id.label("place_id"),
        Membership.is_validator,
        Membership.is_admin,
    )
    .select_from(AccountRow)
    .join(Member, Member.id == AccountRow.member_id)
    .join(PlaceRow, _AT_PLACE)
    .outerjoin(Membership, and_(Membership.member_id == Member.id, Membership.place_id == PlaceRow.id))
    .where(
        AccountRow.platform == bindparam("account_platform"), AccountRow.external_id == bindparam("account")
    )
)


@dataclass(frozen=True)
class Members:
    """Who is who, and what they agreed to."""

    db: Database
    clock: Clock
    seen: TTLCache[tuple[Account, str, str], tuple[Caller, Actor]] = field(
        default_factory=lambda: TTLCache(maxsize=10_000, ttl=SEEN_SECONDS)
    )
    settled: TTLCache[tuple[str, str], str] = field(
        default_factory=lambda: TTLCache(maxsize=10_000, ttl=SEEN_SECONDS)
    )

    async def actor(self, caller: Caller) -> Actor:
        """Find the member and the community of a caller and remember their roles of this moment.

        A caller who was here a moment ago with the same name and roles costs no transaction.
        """
        seen = self._seen(caller)
        if seen is not None:
            return seen
        async with self.db.begin() as session:
            place = await settle(session, caller.place, self.clock)
            member = await self._member(session, caller.account, caller.name, caller.locale)
            await self._remember_roles(session, place.id, member.id, caller.roles)
            actor = Actor(member.id, place.community_id, place.id, caller.roles, member.name)
        self.seen[_key(caller)] = (caller, actor)
        return actor

    async def known(self, caller: Caller) -> Actor | None:
        """Find a caller who only wants to look; None for a stranger, of whom nothing is kept.

        Whoever has another name or other roles than last time, or a role for the first time, is remembered.
        """
        seen = self._seen(caller)
        if seen is not None:
            return seen
        account, place = caller.account, caller.place
        names = {"account_platform": account.platform, "account": account.id}
        found = await self.db.one(CALLER, {**names, "place_platform": place.platform, "place": place.id})
        held = (Role.VALIDATOR in caller.roles, Role.ADMIN in caller.roles)
        if found is None:
            return await self.actor(caller) if any(held) else None
        stored = (bool(found.is_validator), bool(found.is_admin))
        if stored != held or caller.name not in ("", found.name):
            return await self.actor(caller)
        actor = Actor(found.id, found.community_id, found.place_id, caller.roles, found.name)
        self.seen[_key(caller)] = (caller, actor)
        return actor

    async def community(self, place: Place) -> str:
        """Return the community of a place, founding it when nobody has spoken there yet."""
        key = (place.platform, place.id)
        if key not in self.settled:
            found = await self.db.one(PLACE, {"place_platform": place.platform, "place": place.id})
            if found is None:
                async with self.db.begin() as session:
                    found = await settle(session, place, self.clock)
            self.settled[key] = found.community_id
        return self.settled[key]

    def look_again(self) -> None:
        """Ask the database about everybody anew: somebody was linked, moved or deleted."""
        self.seen.clear()
        self.settled.clear()

    def _seen(self, caller: Caller) -> Actor | None:
        seen = self.seen.get(_key(caller))
        if seen is None or (seen[0].roles, seen[0].name) != (caller.roles, caller.name):
            return None
        return seen[1]

    async def accounts(self, member: str) -> tuple[Account, ...]:
        """Return every account of a member, e.g. to write to them."""
        async with self.db.read() as session:
            rows = await session.scalars(select(AccountRow).where(AccountRow.member_id == member))
            return tuple(Account(row.platform, row.external_id) for row in rows)

    async def consented(self, member: str) -> bool:
        """Whether the member agreed to the terms in force."""
        async with self.db.read() as session:
            row = await session.get(Member, member)
        return row is not None and row.consent_version >= TERMS_VERSION

    async def agree(self, member: str) -> None:
        """Record that the member agrees to the terms in force."""
        values = {"consent_version": TERMS_VERSION, "consent_at": self.clock.now()}
        async with self.db.begin() as session:
            await session.execute(update(Member).where(Member.id == member).values(values))

    async def link_code(self, actor: Actor, purpose: str = "member") -> str:
        """Give out a code that joins another account (`member`) or place (`place`) for ten minutes."""
        code = new_id(8)
        row = LinkCode(
            code=code,
            purpose=purpose,
            member_id=actor.member,
            community_id=actor.community,
            expires_at=self.clock.now() + timedelta(minutes=CODE_MINUTES),
        )
        async with self.db.begin() as session:
            session.add(row)
        return code

    async def redeem(self, code: str, purpose: str = "member") -> LinkCode:
        """Use a code up; raises LinkExpired when it is unknown, used or too old."""
        async with self.db.begin() as session:
            row = await session.get(LinkCode, code.strip().lower())
            if row is None or row.purpose != purpose or row.expires_at < self.clock.now():
                raise LinkExpired(code)
            await session.delete(row)
            return row

    async def link(self, actor: Actor, code: str) -> None:
        """Make the caller and the giver of the code one member: one quota, one ballot, one standing."""
        keeper = (await self.redeem(code)).member_id
        if keeper != actor.member:
            async with self.db.begin() as session:
                await _merge(session, actor.member, keeper)
        self.look_again()

    async def set_role_holders(
        self, place: str, validators: Iterable[Account], admins: Iterable[Account]
    ) -> None:
        """Replace the roles at a place by the full lists that its platform gives."""
        roles: dict[Account, set[Role]] = {}
        for account in validators:
            roles.setdefault(account, set()).add(Role.VALIDATOR)
        for account in admins:
            roles.setdefault(account, set()).add(Role.ADMIN)
        async with self.db.begin() as session:
            none = {"is_validator": False, "is_admin": False}
            await session.execute(update(Membership).where(Membership.place_id == place).values(none))
            for account, held in roles.items():
                member = await self._member(session, account, "", "")
                await self._remember_roles(session, place, member.id, frozenset(held))
        self.look_again()

    async def _member(self, session: AsyncSession, account: Account, name: str, locale: str) -> Member:
        row = await session.get(AccountRow, (account.platform, account.id))
        if row is None:
            member = Member(
                id=new_id(), name=name or account.id, locale=locale or "en", created_at=self.clock.now()
            )
            session.add(member)
            await session.flush()
            values = {
                "platform": account.platform,
                "external_id": account.id,
                "member_id": member.id,
                "created_at": self.clock.now(),
            }
            await session.execute(insert(session, AccountRow).values(values).on_conflict_do_nothing())
            row = await session.get(AccountRow, (account.platform, account.id), populate_existing=True)
        assert row is not None  # noqa: S101 - inserted two lines above
        found = await session.get(Member, row.member_id)
        assert found is not None  # noqa: S101 - a foreign key says so
        if name and found.name != name:
            found.name = name
        return found

    async def _remember_roles(
        self, session: AsyncSession, place: str, member: str, roles: frozenset[Role]
    ) -> None:
        values = {
            "is_validator": Role.VALIDATOR in roles,
            "is_admin": Role.ADMIN in roles,
            "seen_at": self.clock.now(),
        }
        statement = insert(session, Membership).values(place_id=place, member_id=member, **values)
        await session.execute(
            statement.on_conflict_do_update(index_elements=["place_id", "member_id"], set_=values)
        )


def _key(caller: Caller) -> tuple[Account, str, str]:
    return (caller.account, caller.place.platform, caller.place.id)


async def require_consent(session: AsyncSession, member: str) -> int:
    """Return the version that the member agreed to; raises ConsentNeeded."""
    row = await session.get(Member, member)
    if row is None or row.consent_version < TERMS_VERSION:
        raise ConsentNeeded(TERMS_VERSION)
    return row.consent_version


async def validators(session: AsyncSession, community: str) -> set[str]:
    """Return the members whose ballots count in a community, as their platforms say at this moment."""
    query = (
        select(Membership.member_id)
        .join(PlaceRow, PlaceRow.id == Membership.place_id)
        .where(PlaceRow.community_id == community, Membership.is_validator | Membership.is_admin)
    )
    return set(await session.scalars(query))


async def _merge(session: AsyncSession, gone: str, keeper: str) -> None:
    """Move everything of one member to another; where both voted, the keeper's ballot stays.

    The ledger is append-only and keeps the old account name; who reads it follows `merged_into`.
    """
    for table, columns in (
        (BallotRow, ("contribution_id",)),
        (Membership, ("place_id",)),
        (Feedback, ("turn_id",)),
        (Pick, ("comparison_id",)),
    ):
        keys = [getattr(table, column) for column in columns]
        mine = select(*keys).where(table.member_id == keeper)
        await session.execute(delete(table).where(table.member_id == gone, keys[0].in_(mine)))
        await session.execute(update(table).where(table.member_id == gone).values(member_id=keeper))
    for column in (
        AccountRow.member_id,
        ContributionRow.author_id,
        DatanetRow.owner_id,
        ReleaseRow.made_by,
        RunRow.starter_id,
        TurnRow.member_id,
        ComparisonRow.asker_id,
    ):
        await session.execute(update(column.class_).where(column == gone).values({column.key: keeper}))
    own = select(ContributionRow.id).where(ContributionRow.author_id == keeper)
    pending = ContributionRow.state.in_(("pending", "escalated"))
    await session.execute(
        delete(BallotRow).where(
            BallotRow.member_id == keeper, BallotRow.contribution_id.in_(own.where(pending))
        )
    )
    await session.execute(update(Member).where(Member.merged_into == gone).values(merged_into=keeper))
    await session.execute(update(Member).where(Member.id == gone).values(merged_into=keeper))
