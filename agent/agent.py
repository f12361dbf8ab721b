"""The agent's front door: a message of a thread in, a fact out."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from agent import memory as kept
from agent.facts import (
    Answer,
    Choice,
    Disagreement,
    Dropped,
    Greeting,
    NotInDocs,
    NotYours,
    Proposal,
    Reply,
    Source,
    Statement,
    StateWanted,
    ValueWanted,
)
from agent.notebook import Notebook
from agent.tools import Kit
from agent.turn import Turn

log = logging.getLogger(__name__)

Meanwhile = Callable[[], Awaitable[None]]
LONGEST = 2000


class Agent:
    """Hears messages; what a thread has said is kept in `memory`, a file or a postgresql:// address."""

    def __init__(self, memory: str | Path, notebook: Notebook, now: Callable[[], datetime]) -> None:
        self.notebook = notebook
        self._memory = memory
        self._now = now
        self._graph: Any = None
        self._opening = asyncio.Lock()
        self._stack = contextlib.AsyncExitStack()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def open(self) -> None:
        """Import LangGraph and open the memory; the first message does it if nobody did before."""
        async with self._opening:
            if self._graph is not None:
                return
            build = await asyncio.to_thread(_import_graph, isinstance(self._memory, str))
            self._graph = await asyncio.to_thread(build, await kept.opened(self._memory, self._stack))

    async def close(self) -> None:
        """Close the memory."""
        await self._stack.aclose()
        self.notebook.close()

    async def hear(
        self,
        text: str,
        kit: Kit,
        *,
        thread: str,
        community: str,
        member: str,
        docs_only: bool = False,
        meanwhile: Meanwhile | None = None,
    ) -> Reply:
        """Answer, show, propose or ask back. Messages of one thread are heard one after another."""
        await self.open()
        turn = Turn(kit, meanwhile, docs_only)
        async with self._turns.setdefault(thread, asyncio.Lock()):
            said = await self._run(text[:LONGEST], turn, thread, member)
        # The notebook waits for the disk, and nobody else should.
        return await asyncio.to_thread(self._fact, said, community, member)

    async def forget(self, member: str) -> None:
        """Delete what a member asked, and the threads in which they said anything."""
        await self.open()
        saver = self._graph.checkpointer
        for thread in await kept.threads_of(saver, member):
            await saver.adelete_thread(thread)
        await asyncio.to_thread(self.notebook.forget, member)

    async def prune(self, before: datetime) -> int:
        """Throw away threads untouched since then and what live ones need no more; return how many ended."""
        await self.open()
        saver, gone = self._graph.checkpointer, 0
        for thread in await kept.threads_before(saver, before):
            async with self._turns.setdefault(thread, asyncio.Lock()):
                gone += await kept.forget_before(saver, thread, before)
        return gone

    async def _run(self, text: str, turn: Turn, thread: str, member: str) -> dict[str, Any]:
        from langgraph.types import Command

        config = {
            "configurable": {"thread_id": thread},
            "metadata": {"member": member},
            "recursion_limit": 25,
        }
        waits = (await self._graph.aget_state(config)).interrupts and not turn.docs_only
        given: Any = Command(resume=text) if waits else {"text": text}
        state = await self._graph.ainvoke(given, config, context=turn, durability="exit")
        if state.get("__interrupt__"):
            return dict(state["__interrupt__"][0].value)
        return dict(state["reply"])

    def _fact(self, said: dict[str, Any], community: str, member: str) -> Reply:
        kind = said["kind"]
        if kind in {"answer", "not_in_docs"}:
            key = self.notebook.note_answer(
                community, member, said["question"], answered=kind == "answer", at=self._now()
            )
            return _answer(key, said) if kind == "answer" else _not_in_docs(key, said)
        if kind == "proposal":
            proposal = Proposal(said["id"], said["command"], dict(said["values"]), tuple(said["missing"]))
            self.notebook.propose(community, member, proposal, self._now(), replaces=said["replaces"])
            return proposal
        if kind == "dropped":
            self.notebook.take(said.get("proposal", ""))
        return _other(kind, said)


def amended(proposal: Proposal, name: str, value: str, required: tuple[str, ...]) -> Proposal:
    """Return the proposal with one value changed, or taken out when it is empty."""
    values = {key: old for key, old in proposal.values.items() if key != name}
    if value:
        values[name] = value
    return replace(proposal, values=values, missing=tuple(key for key in required if not values.get(key)))


def _other(kind: str, said: dict[str, Any]) -> Reply:
    match kind:
        case "value_wanted":
            choices = tuple(Choice(**choice) for choice in said["choices"])
            values = dict(said["values"])
            return ValueWanted(
                said["command"], values, said["parameter"], said["help"], choices, said["refused"]
            )
        case "state_wanted":
            return StateWanted(said["command"], dict(said["values"]))
        case "not_yours":
            return NotYours(said["command"])
        case "dropped":
            return Dropped(said["command"])
        case _:
            return Greeting(bool(said.get("thanks")))


def _answer(key: str, said: dict[str, Any]) -> Answer:
    return Answer(
        key,
        said["question"],
        tuple(_statement(row) for row in said["statements"]),
        tuple(Source(**row) for row in said["sources"]),
        tuple(
            Disagreement(_statement(row["first"]), _statement(row["second"])) for row in said["disagreements"]
        ),
        said["composed_by"],
        said["semantic"],
        said["checked_at"],
        said["stale_since"],
    )


def _not_in_docs(key: str, said: dict[str, Any]) -> NotInDocs:
    nearest = tuple(Source(**row) for row in said["nearest"])
    return NotInDocs(
        key,
        said["question"],
        nearest,
        said["pages"],
        said["semantic"],
        said["checked_at"],
        said["stale_since"],
    )


def _statement(row: dict[str, Any]) -> Statement:
    return Statement(row["text"], tuple(row["sources"]), row["is_code"], row.get("goes_on", False))


def _import_graph(is_postgres: bool) -> Callable[[Any], Any]:
    """Import everything heavy in the thread that this runs in."""
    import langgraph.types

    from agent.graph import build

    if is_postgres:
        import langgraph.checkpoint.postgres.aio
        import psycopg_pool  # noqa: F401
    else:
        import langgraph.checkpoint.sqlite.aio  # noqa: F401
    return build
