"""Datanets as people use them: create, list, show, edit, release."""

from collections.abc import Sequence
from dataclasses import dataclass

from datanets.facts import Caller, DatanetView, Kind, ReleaseItem, ReleaseView
from datanets.members import Members
from datanets.nets import DatanetEdit, Datanets
from datanets.refusals import BadValue, NotFound
from datanets.releases import Releases


@dataclass(frozen=True)
class Nets:
    """Joins the caller with the datanets of their community."""

    members: Members
    datanets: Datanets
    releases: Releases

    async def create(
        self, caller: Caller, name: str, kind: str, edit: DatanetEdit | None = None
    ) -> DatanetView:
        """Open a datanet; raises BadValue, NameTaken, NotAllowed."""
        try:
            wanted = Kind(kind.strip().lower())
        except ValueError:
            raise BadValue("kind", kind, "Choose text, image or audio.") from None
        return await self.datanets.create(await self.members.actor(caller), name, wanted, edit)

    async def list(self, caller: Caller) -> Sequence[DatanetView]:
        """Return the datanets of the caller's community."""
        return await self.datanets.list(await self.members.community(caller.place))

    async def show(self, caller: Caller, name: str) -> DatanetView:
        """Return one datanet; raises NotFound."""
        return await self.datanets.show(await self.members.community(caller.place), name)

    async def edit(self, caller: Caller, name: str, edit: DatanetEdit) -> DatanetView:
        """Change a datanet; raises NotFound, NotAllowed, BadValue."""
        return await self.datanets.edit(await self.members.actor(caller), name, edit)

    async def release(self, caller: Caller, name: str) -> ReleaseView:
        """Freeze what was accepted; raises NothingToRelease, NotAllowed, NotFound."""
        return await self.releases.make(await self.members.actor(caller), name)

    async def list_releases(self, caller: Caller, name: str) -> Sequence[ReleaseView]:
        """Return a datanet's releases, newest first."""
        return await self.releases.list(await self.members.community(caller.place), name)

    async def newest_release(self, caller: Caller, name: str) -> tuple[ReleaseView, tuple[ReleaseItem, ...]]:
        """Return the newest release with its items, for an export; raises NotFound when there is none."""
        found = await self.list_releases(caller, name)
        if not found:
            raise NotFound("release", name)
        return found[0], await self.releases.items(found[0].id)
