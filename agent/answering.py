"""From a question to an answer with sources: look up, judge, ask the site itself, write, check."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any, Literal

from langgraph.runtime import Runtime

from agent.citing import cited, sources_of
from agent.compose import compose, to_compare
from agent.disputes import disagreements
from agent.facts import Disagreement, Source, Statement
from agent.plain import plain
from agent.state import Thread
from agent.tools import WriterAway
from agent.turn import Turn
from agent.writer import passages_for_prompt, prompt, supported
from knowledge.facts import Found

log = logging.getLogger(__name__)

PASSAGES = 8
MOST_SOURCES = 5
ASK_SECONDS = 45.0
MEANWHILE_SECONDS = 2.0
_NOT_THERE = "NOT IN THE DOCS"


async def look_up(state: Thread, runtime: Runtime[Turn]) -> Thread:
    """Fetch the passages that bear on the question."""
    turn = runtime.context
    turn.found = await turn.kit.library.search(state["question"], PASSAGES)
    return {}


def judge(state: Thread, runtime: Runtime[Turn]) -> Literal["answer", "ask_gitbook"]:  # noqa: ARG001
    """Answer only from passages that seem to answer; otherwise ask the site itself."""
    found = runtime.context.found
    return "answer" if found is not None and found.answers else "ask_gitbook"


async def ask_gitbook(state: Thread, runtime: Runtime[Turn]) -> Thread:
    """Ask the book's own assistant, where it has one; say so when that takes a while."""
    turn = runtime.context
    asking = asyncio.create_task(turn.kit.library.ask_books(state["question"]))
    try:
        done, _ = await asyncio.wait({asking}, timeout=MEANWHILE_SECONDS)
        if not done and turn.meanwhile is not None:
            await turn.meanwhile()
        turn.asked = await asyncio.wait_for(asking, ASK_SECONDS)
    except TimeoutError:
        log.info("the book did not answer in time")
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
    return {}


def after_gitbook(state: Thread, runtime: Runtime[Turn]) -> Literal["relay", "admit"]:  # noqa: ARG001
    """Relay what the book said, or admit that the docs do not say."""
    return "relay" if runtime.context.asked is not None else "admit"


async def relay(state: Thread, runtime: Runtime[Turn]) -> Thread:
    """Give the book's own answer with the book's own sources."""
    asked = runtime.context.asked
    if asked is None:
        return await admit(state, runtime)
    sources = [
        Source(number, plain(title), plain(title), url, None, None)
        for number, (title, url) in enumerate(asked.sources[:MOST_SOURCES], 1)
    ]
    numbers = tuple(source.number for source in sources)
    lines = [plain(line) for line in asked.text.splitlines() if plain(line)]
    statements = [Statement(line, numbers) for line in lines[:8]]
    return _answer(state, runtime, statements, sources, "gitbook", ())


async def answer(state: Thread, runtime: Runtime[Turn]) -> Thread:
    """Write the answer from the passages: by the model if there is one and it keeps to them."""
    turn = runtime.context
    found = turn.found
    if found is None:
        return await admit(state, runtime)
    statements, composed_by = await _by_model(state["question"], found, turn), "model"
    if not statements:
        texts = to_compare(state["question"], found.passages) if found.semantic else []
        likeness = await turn.kit.library.likeness(state["question"], texts)
        statements = compose(state["question"], found.passages, state["text"], likeness)
        composed_by = "passages"
    if not statements:
        return await admit(state, runtime)
    disputed = disagreements(statements, found.passages)
    said, pairs, sources = cited(statements, disputed, found.passages)
    return _answer(state, runtime, said, sources, composed_by, pairs)


async def admit(state: Thread, runtime: Runtime[Turn]) -> Thread:
    """Say that the docs do not say, and what came closest."""
    found = runtime.context.found
    nearest = _one_a_page(sources_of(found.passages))[:3] if found else []
    reply = {
        "kind": "not_in_docs",
        "question": state["question"],
        "nearest": [asdict(source) for source in nearest],
    }
    return {"reply": reply | _freshness(runtime.context, found)}


async def _by_model(question: str, found: Found, turn: Turn) -> tuple[Statement, ...]:
    if turn.kit.writer is None:
        return ()
    try:
        asked = passages_for_prompt(question, found.passages)
        written = await turn.kit.writer.write(prompt("answer"), asked)
    except WriterAway:
        log.info("the language model is away; composing from passages")
        return ()
    return () if _NOT_THERE in written else supported(written, found.passages)


def _answer(
    state: Thread,
    runtime: Runtime[Turn],
    statements: Sequence[Statement],
    sources: Sequence[Source],
    composed_by: str,
    disputed: Sequence[Disagreement],
) -> Thread:
    reply = {
        "kind": "answer",
        "question": state["question"],
        "statements": [asdict(statement) for statement in statements],
        "sources": [asdict(source) for source in sources],
        "disagreements": [asdict(pair) for pair in disputed],
        "composed_by": composed_by,
    }
    return {"reply": reply | _freshness(runtime.context, runtime.context.found, cited=True)}


def _freshness(turn: Turn, found: Found | None, *, cited: bool = False) -> dict[str, Any]:
    """Say how fresh the library is, or, of an answer, the books that it is `cited` from."""
    library = turn.kit.library.state()
    named = {passage.book for passage in found.passages} if found and cited else set()
    books = [book for book in library.books if not named or book.name in named]
    checked = [book.checked_at for book in books if book.checked_at is not None]
    failing = [book.failing_since for book in books if book.failing_since is not None]
    return {
        "semantic": found.semantic if found is not None else library.semantic,
        "pages": library.pages,
        "checked_at": min(checked, default=None),
        "stale_since": min(failing, default=None),
    }


def _one_a_page(sources: tuple[Source, ...]) -> list[Source]:
    kept: dict[str, Source] = {}
    for source in sources:
        kept.setdefault(source.url.partition("#")[0], source)
    return [replace(source, number=number) for number, source in enumerate(kept.values(), 1)]
