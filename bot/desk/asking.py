"""Puts library, agent and language model together from the settings."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from agent.agent import Agent
from agent.notebook import Notebook
from agent.writer import ModelWriter
from bot.config import BotSettings
from bot.desk.ask import Ask
from bot.desk.serving import Serving
from datanets.clock import Clock
from knowledge.facts import Book
from knowledge.library import Library
from knowledge.opening import open_books

if TYPE_CHECKING:
    from bot.desk import Desk

EMBEDDING_MODEL = "all-minilm-l6-v2"
# Without GITBOOK_URL the library is this project's own guide.
OWN_GUIDE = Path(__file__).resolve().parents[2] / "docs"


def books_of(settings: BotSettings) -> list[Book]:
    """Return the books of GITBOOK_URL."""
    places = settings.gitbook_url or (str(OWN_GUIDE) if OWN_GUIDE.is_dir() else "")
    return open_books(places, allow_private=settings.gitbook_private_addresses)


def open_library(settings: BotSettings, serving: Serving, clock: Clock) -> Library:
    """Return the library of GITBOOK_URL, with embeddings from whichever worker is there."""
    path = settings.data_dir / "library" / "library.db"
    return Library(
        path, books_of(settings), serving.embed, serving.read, model=EMBEDDING_MODEL, now=clock.now
    )


def open_ask(desk: "Callable[[], Desk]", clock: Clock, serving: Serving, settings: BotSettings) -> Ask:
    """Return the use cases of the agent; the heavy parts load when `run` starts."""
    folder = settings.data_dir / "agent"
    database = settings.database_url
    memory = database.replace("+psycopg", "") if database.startswith("postgresql") else folder / "threads.db"
    agent = Agent(memory, Notebook(folder / "notebook.db"), clock.now)
    key = settings.llm_key.get_secret_value() if settings.llm_key else ""
    writer = ModelWriter(settings.llm_url, settings.llm_model, key) if settings.llm_url else None
    return Ask(desk, open_library(settings, serving, clock), agent, writer, clock)
