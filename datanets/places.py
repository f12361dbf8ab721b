"""Communities and the places where they live; what `/setup` chose there."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from datanets.clock import Clock
from datanets.database import Database, insert
from datanets.facts import Place, PlaceView
from datanets.ids import new_id
from datanets.refusals import BadValue, NotFound
from datanets.tables import Community, DatanetRow, PlaceRow


def place_view(row: PlaceRow) -> PlaceView:
    """Show a row as a fact."""
    return PlaceView(
        id=row.id,
        platform=row.platform,
        external_id=row.external_id,
        community=row.community_id,
        name=row.name,
        settings=row.settings,
    )


async def settle(session: AsyncSession, place: Place, clock: Clock) -> PlaceRow:
    """Find the row of a place, or found a community for it; two callers at once found one."""
    query = select(PlaceRow).where(PlaceRow.platform == place.platform, PlaceRow.external_id == place.id)
    found = (await session.execute(query)).scalar_one_or_none()
    if found is not None:
        return found
    community, row, now = new_id(), new_id(), clock.now()
    session.add(Community(id=community, name=place.name or place.id, created_at=now))
    await session.flush()
    values = {
        "id": row,
        "platform": place.platform,
        "external_id": place.id,
        "community_id": community,
        "name": place.name or place.id,
        "settings": {},
        "created_at": now,
    }
    await session.execute(insert(session, PlaceRow).values(values).on_conflict_do_nothing())
    settled = (await session.execute(query)).scalar_one()
    if settled.id != row:
        await session.execute(delete(Community).where(Community.id == community))
    return settled


@dataclass(frozen=True)
class Places:
    """Looks places up and keeps their settings."""

    db: Database
    clock: Clock

    async def find(self, place: Place) -> PlaceView:
        """Return the place, founding its community when nobody has spoken there yet."""
        async with self.db.begin() as session:
            return place_view(await settle(session, place, self.clock))

    async def all(self, platform: str) -> tuple[PlaceView, ...]:
        """Return every place of a platform."""
        async with self.db.read() as session:
            rows = await session.scalars(select(PlaceRow).where(PlaceRow.platform == platform))
            return tuple(place_view(row) for row in rows)

    async def get(self, place: str) -> PlaceView:
        """Return a place by its own id; raises NotFound."""
        async with self.db.read() as session:
            row = await session.get(PlaceRow, place)
        if row is None:
            raise NotFound("place", place)
        return place_view(row)

    async def set(self, place: str, values: dict[str, Any]) -> PlaceView:
        """Change some settings of a place; a value of None takes the setting away."""
        async with self.db.begin() as session:
            row = await session.get(PlaceRow, place, with_for_update=True)
            if row is None:
                raise NotFound("place", place)
            merged = {**row.settings, **values}
            row.settings = {name: value for name, value in merged.items() if value is not None}
            return place_view(row)

    async def move(self, platform: str, old: str, new: str) -> None:
        """The platform gave a place a new id (a Telegram group became a supergroup)."""
        where = (PlaceRow.platform == platform, PlaceRow.external_id == old)
        taken = select(PlaceRow.id).where(PlaceRow.platform == platform, PlaceRow.external_id == new)
        async with self.db.begin() as session:
            if (await session.execute(taken)).first() is None:
                await session.execute(update(PlaceRow).where(*where).values(external_id=new))

    async def join(self, place: str, community: str) -> None:
        """Point a place at another community; refused when its own holds data already."""
        async with self.db.begin() as session:
            row = await session.get(PlaceRow, place, with_for_update=True)
            if row is None:
                raise NotFound("place", place)
            held = select(func.count()).where(DatanetRow.community_id == row.community_id)
            if row.community_id != community and (await session.scalar(held) or 0) > 0:
                raise BadValue("community", row.name, "Link a place that has no datanets of its own yet.")
            row.community_id = community
