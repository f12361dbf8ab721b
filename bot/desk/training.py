"""Runs and the models that they made."""

from collections.abc import Sequence
from dataclasses import dataclass

from datanets.facts import Caller, ModelView, RunView
from datanets.members import Members
from datanets.models import Models
from datanets.runs import Runs


@dataclass(frozen=True)
class Training:
    """Joins the caller with the runs and models of their community."""

    members: Members
    runs_of: Runs
    models_of: Models

    async def runs(self, caller: Caller, limit: int = 10) -> Sequence[RunView]:
        """Return the newest runs."""
        return await self.runs_of.list(await self.members.community(caller.place), limit)

    async def run(self, caller: Caller, run: str) -> RunView:
        """Return a run with its loss curve, by id or model name; raises NotFound."""
        return await self.runs_of.get(await self.members.community(caller.place), run)

    async def stop(self, caller: Caller, run: str) -> RunView:
        """Stop a run and keep its best; raises NotAllowed, RunOver, NotFound."""
        return await self.runs_of.stop(await self.members.actor(caller), run)

    async def models(self, caller: Caller) -> Sequence[ModelView]:
        """Return every model, newest first."""
        return await self.models_of.list(await self.members.community(caller.place))

    async def model(self, caller: Caller, name: str) -> ModelView:
        """Return a model by name or id; raises NotFound."""
        return await self.models_of.get(await self.members.community(caller.place), name)
