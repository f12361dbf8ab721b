"""Talking to the agent: questions to the docs, states, proposals, feedback, the admins' digest."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from agent.agent import Agent, amended
from agent.facts import (
    Answer,
    Digest,
    Dropped,
    Greeting,
    NotInDocs,
    NotYours,
    Proposal,
    StateWanted,
    ValueWanted,
)
from agent.tools import Kit, Writer
from bot.desk.carry_out import BY_FORM, Outcome, carry_out
from bot.desk.commands import BY_NAME
from bot.desk.eyes import Eyes
from datanets.clock import Clock
from datanets.facts import Caller
from datanets.refusals import NotAllowed, NotFound
from knowledge.facts import LibraryState, Refreshed
from knowledge.library import Library
from knowledge.opening import close_books

if TYPE_CHECKING:
    from bot.desk import Desk

log = logging.getLogger(__name__)

# Somebody who left a form half filled in may be back from a holiday.
THREAD_LIVES = timedelta(days=30)


@dataclass(frozen=True)
class Shown:
    """A state that the member asked for; `facts` is what the command's own use case gives.

    It is None for commands that open something instead (help, review, chat, compare, exports): the platform
    runs its own command with `values` then.
    """

    command: str
    values: dict[str, str]
    facts: object = None


@dataclass(frozen=True)
class Confirmed:
    """A proposal that was carried out; with no `outcome` the platform's own form goes on with the values."""

    proposal: Proposal
    outcome: Outcome


Heard = Answer | NotInDocs | Proposal | ValueWanted | Shown | NotYours | Dropped | Greeting
Meanwhile = Callable[[], Awaitable[None]]


class Ask:
    """Joins the caller with the library and the agent."""

    def __init__(
        self, desk: "Callable[[], Desk]", library: Library, agent: Agent, writer: Writer | None, clock: Clock
    ) -> None:
        self._desk = desk
        self.library = library
        self._agent = agent
        self._writer = writer
        self._clock = clock

    async def run(self, every: timedelta) -> None:
        """Load the library, then keep it fresh for ever. Heavy imports happen in here, off the loop."""
        try:
            await self.library.open()
            await self._agent.open()
        except Exception:
            # Everything else of the bot works without its library; the first question tries again.
            log.exception("the library could not be opened")
        await self.library.keep_fresh(every.total_seconds())

    async def close(self) -> None:
        """Close the agent's memory and the library."""
        await self._agent.close()
        await close_books(self.library.books)
        self.library.close()

    async def hear(self, caller: Caller, thread: str, text: str, meanwhile: Meanwhile | None = None) -> Heard:
        """Answer a message in plain words; `thread` is any stable name of the place where it was said.

        `meanwhile` is called when the answer takes longer than two seconds.
        """
        return await self._hear(caller, thread, text, meanwhile, docs_only=False)

    async def ask(
        self, caller: Caller, thread: str, question: str, meanwhile: Meanwhile | None = None
    ) -> Answer | NotInDocs:
        """Answer a question from the docs alone, as `/ask` does."""
        heard = await self._hear(caller, thread, question, meanwhile, docs_only=True)
        if not isinstance(heard, Answer | NotInDocs):
            raise TypeError(f"the docs gave a {type(heard).__name__}")
        return heard

    async def rate(self, caller: Caller, answer: str, rating: str | None) -> None:
        """Take `good`, `bad` or `not_answered` on an answer, or None to withdraw it; raises NotFound."""
        actor = await self._desk().people.actor(caller)
        notebook = self._agent.notebook
        if not await asyncio.to_thread(notebook.rate, actor.community, actor.member, answer, rating):
            raise NotFound("answer", answer)

    async def proposal(self, caller: Caller, key: str) -> Proposal:
        """Return the caller's own proposal while it lives; raises NotFound."""
        actor = await self._desk().people.actor(caller)
        notebook, now = self._agent.notebook, self._clock.now()
        found = await asyncio.to_thread(notebook.proposal, actor.community, actor.member, key, now)
        if found is None:
            raise NotFound("proposal", key)
        return found

    async def amend(self, caller: Caller, key: str, values: dict[str, str]) -> Proposal:
        """Change values of a proposal; an empty text takes one out; raises NotFound."""
        changed = await self.proposal(caller, key)
        command = BY_NAME[changed.command]
        known = {parameter.name for parameter in command.parameters}
        required = tuple(parameter.name for parameter in command.parameters if parameter.required)
        for name in values.keys() & known:
            changed = amended(changed, name, values[name].strip(), required)
        await asyncio.to_thread(self._agent.notebook.amend, changed)
        return changed

    async def confirm(self, caller: Caller, key: str) -> Confirmed:
        """Carry a proposal out, once, with the caller's own rights.

        Raises NotFound, and whatever the use case raises; after a refusal it can be confirmed again.
        """
        proposal = await self.proposal(caller, key)
        if proposal.command in BY_FORM:
            return Confirmed(proposal, None)
        if not await asyncio.to_thread(self._agent.notebook.take, key):
            raise NotFound("proposal", key)
        try:
            return Confirmed(
                proposal, await carry_out(self._desk(), caller, proposal.command, proposal.values)
            )
        except Exception:
            await asyncio.to_thread(self._agent.notebook.give_back, key)
            raise

    async def digest(self, caller: Caller, days: int = 7) -> Digest:
        """Tell admins what the docs did not answer; raises NotAllowed."""
        community = await self._admin(caller, "digest")
        since = self._clock.now() - timedelta(days=days)
        return await asyncio.to_thread(self._agent.notebook.digest, community, since)

    async def refresh(self, caller: Caller) -> list[Refreshed]:
        """Read the books again now, for an admin; raises NotAllowed."""
        await self._admin(caller, "index")
        return await self.library.refresh()

    def state(self) -> LibraryState:
        """Say what the library holds and how fresh it is."""
        return self.library.state()

    async def questions_of(self, member: str) -> list[dict[str, str]]:
        """Return what a member asked and when."""
        return await asyncio.to_thread(self._agent.notebook.questions_of, member)

    async def forget(self, member: str) -> None:
        """Delete what a member asked and said."""
        await self._agent.forget(member)

    async def prune(self, keeps: timedelta = THREAD_LIVES) -> int:
        """Throw away what was asked, and the threads untouched, too long ago; return how many questions."""
        await self._agent.prune(self._clock.now() - keeps)
        return await asyncio.to_thread(self._agent.notebook.prune, self._clock.now())

    async def _hear(
        self, caller: Caller, thread: str, text: str, meanwhile: Meanwhile | None, *, docs_only: bool
    ) -> Heard:
        desk = self._desk()
        actor = await desk.people.actor(caller)
        eyes = Eyes(caller, actor, desk.nets, desk.finetune, desk.training)
        heard = await self._agent.hear(
            text,
            Kit(self.library, eyes, dict(BY_NAME), self._writer),
            thread=f"{actor.community}/{actor.member}/{thread}",
            community=actor.community,
            member=actor.member,
            docs_only=docs_only,
            meanwhile=meanwhile,
        )
        return await self._show(caller, heard) if isinstance(heard, StateWanted) else heard

    async def _show(self, caller: Caller, wanted: StateWanted) -> Shown:
        return Shown(wanted.command, wanted.values, await self._state(caller, wanted))

    async def _state(self, caller: Caller, wanted: StateWanted) -> object:
        desk, values = self._desk(), wanted.values
        match wanted.command:
            case "quota":
                return await desk.contribute.quota(caller)
            case "mine":
                return await desk.contribute.mine(caller)
            case "runs":
                return await desk.training.runs(caller)
            case "run show":
                return await desk.training.run(caller, values["run"])
            case "models":
                return await desk.training.models(caller)
            case "leaderboard":
                return await desk.rankings.leaderboard(caller, season=values.get("season") != "all")
            case "credit":
                return await desk.rankings.credit(caller)
            case "datanet list":
                return await desk.nets.list(caller)
            case "datanet show":
                return await desk.nets.show(caller, values["datanet"])
            case _:
                return None

    async def _admin(self, caller: Caller, what: str) -> str:
        actor = await self._desk().people.actor(caller)
        if not actor.is_admin:
            raise NotAllowed("admin", what)
        return actor.community
