"""What an admin chose for a place: channels, roles, policy."""

from dataclasses import dataclass
from typing import Any

from datanets.facts import Caller, PlaceView
from datanets.members import Members
from datanets.places import Places
from datanets.refusals import NotAllowed


@dataclass(frozen=True)
class Setup:
    """Reads and changes the settings of the caller's place; their keys are the platform's own."""

    members: Members
    places: Places

    async def show(self, caller: Caller) -> PlaceView:
        """Return the place with its settings."""
        return await self.places.get((await self.members.actor(caller)).place)

    async def change(self, caller: Caller, values: dict[str, Any]) -> PlaceView:
        """Change some settings; None takes one away. Raises NotAllowed."""
        actor = await self.members.actor(caller)
        if not actor.is_admin:
            raise NotAllowed("admin", "setup")
        return await self.places.set(actor.place, values)
