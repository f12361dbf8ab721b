"""Handing files in, and seeing what became of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from datanets.blobs import Blobs
from datanets.contributions import Contributions
from datanets.facts import Caller, Context, ContributionView, QuotaLeft, Submitted, Upload
from datanets.intake import Intake
from datanets.members import Members
from datanets.quota import Quotas


@dataclass(frozen=True)
class FileUpload:
    """Bytes at hand that are offered under a name."""

    name: str
    data: bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield all of it."""
        yield self.data


@dataclass(frozen=True)
class Contribute:
    """Joins the caller with intake, quota and their own contributions."""

    members: Members
    intake: Intake
    quotas: Quotas
    contributions: Contributions
    blobs: Blobs

    async def hand_in(self, caller: Caller, upload: Upload, datanet: str, context: Context) -> Submitted:
        """Take one file; raises a Refusal, with nothing kept and no quota spent."""
        actor = await self.members.actor(caller)
        return await self.intake.submit(upload, actor=actor, datanet=datanet, context=context)

    async def mine(self, caller: Caller, limit: int = 10, skip: int = 0) -> tuple[ContributionView, ...]:
        """Return the caller's contributions, newest first."""
        actor = await self.members.known(caller)
        return await self.contributions.of(actor, limit, skip) if actor else ()

    async def show(self, caller: Caller, contribution: str) -> ContributionView:
        """Return one contribution of the community; raises NotFound."""
        return await self.contributions.get(await self.members.community(caller.place), contribution)

    async def content(self, caller: Caller, contribution: str) -> tuple[ContributionView, bytes]:
        """Return a contribution with its cleaned bytes, to be looked at before voting."""
        view = await self.show(caller, contribution)
        return view, await self.blobs.read(view.digest)

    async def withdraw(self, caller: Caller, contribution: str) -> ContributionView:
        """Take one's own contribution back before the verdict."""
        return await self.contributions.withdraw(await self.members.actor(caller), contribution)

    async def quota(self, caller: Caller) -> QuotaLeft:
        """Return what the caller may still hand in today."""
        actor = await self.members.known(caller)
        return await self.quotas.left(actor.member) if actor else self.quotas.whole()
