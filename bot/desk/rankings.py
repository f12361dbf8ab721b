"""Standing and credit."""

from dataclasses import dataclass

from datanets.facts import Caller, CreditView, StandingRow
from datanets.ledger import Credit
from datanets.members import Members
from datanets.standing import Standing


@dataclass(frozen=True)
class Rankings:
    """Joins the caller with the ledger."""

    members: Members
    standing: Standing
    ledger: Credit

    async def leaderboard(self, caller: Caller, *, season: bool = True) -> tuple[StandingRow, ...]:
        """Return the members of the community, first to last."""
        return await self.standing.board(await self.members.community(caller.place), season=season)

    async def place_of(self, caller: Caller, *, season: bool = True) -> StandingRow | None:
        """Return the caller's own row, or None before their first accepted contribution."""
        actor = await self.members.known(caller)
        if actor is None:
            return None
        board = await self.standing.board(actor.community, season=season)
        return next((row for row in board if row.member == actor.member), None)

    async def credit(self, caller: Caller) -> CreditView:
        """Return the caller's balance and latest lines."""
        actor = await self.members.known(caller)
        return await self.ledger.of(actor.community, actor.member) if actor else CreditView(0, ())
