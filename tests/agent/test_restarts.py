"""A question asked back waits through restarts, on SQLite and on PostgreSQL."""

import contextlib
import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from agent.facts import NotInDocs, Proposal, ValueWanted
from bot.config import BotSettings
from bot.desk import Desk
from bot.desk.ask import THREAD_LIVES
from datanets.core import Core
from datanets.refusals import NotFound
from tests.agent.conftest import ADA, EVE
from tests.conftest import HeldClock
from tests.servers import kilnroom


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> BotSettings:
    book = kilnroom.write(tmp_path / "book")
    return BotSettings(data_dir=tmp_path, database_url=database_url, gitbook_url=str(book), _env_file=None)


async def test_missing_values_are_asked_one_by_one_and_survive_a_restart(
    desk: Desk, core: Core, settings: BotSettings
) -> None:
    first = await desk.ask.hear(ADA, "t", "make a new datanet")
    assert isinstance(first, ValueWanted)
    assert first.parameter == "name"
    second = await desk.ask.hear(ADA, "t", "Soup Stories")
    assert isinstance(second, ValueWanted)
    assert (second.parameter, second.values) == ("kind", {"name": "soup-stories"})
    again = await desk.ask.hear(ADA, "t", "hmm")
    assert isinstance(again, ValueWanted)
    assert again.refused == "hmm"
    await desk.ask.close()

    reopened = Desk.open(core, settings)
    proposal = await reopened.ask.hear(ADA, "t", "pictures")
    assert isinstance(proposal, Proposal)
    assert proposal.values == {"name": "soup-stories", "kind": "image"}
    assert {net.name for net in await desk.nets.list(ADA)} == {"recipes", "bird-songs"}

    confirmed = await reopened.ask.confirm(ADA, proposal.id)
    assert confirmed.outcome is not None
    assert "soup-stories" in {net.name for net in await desk.nets.list(ADA)}
    with pytest.raises(NotFound):
        await reopened.ask.confirm(ADA, proposal.id)
    await reopened.ask.close()


async def test_forgetting_deletes_the_threads_of_a_member_and_of_nobody_else(
    desk: Desk, database_url: str, tmp_path: Path
) -> None:
    for who in (ADA, EVE):
        for thread in ("t", "u"):
            assert isinstance(await desk.ask.hear(who, thread, "how hot is the Xanadu kiln?"), NotInDocs)
    await desk.people.forget(EVE)
    await desk.ask.close()

    left = checkpoints(database_url, tmp_path)
    ada = (await desk.people.actor(ADA)).member
    assert {tuple(thread.split("/")[1:]) for thread in left} == {(ada, "t"), (ada, "u")}


async def test_a_thread_left_alone_is_forgotten_and_a_form_in_a_live_one_waits_on(
    desk: Desk, core: Core, settings: BotSettings, clock: HeldClock
) -> None:
    old, live = f"{await home(desk)}/old", f"{await home(desk)}/live"
    for thread in ("old", "live"):
        for _ in range(3):
            await desk.ask.hear(ADA, thread, "how hot is the Xanadu kiln?")
    clock.moment = datetime.now(UTC) + THREAD_LIVES
    assert isinstance(await desk.ask.hear(ADA, "live", "make a new datanet"), ValueWanted)
    assert isinstance(await desk.ask.hear(ADA, "live", "Soup Stories"), ValueWanted)

    await desk.ask.prune(THREAD_LIVES + timedelta(minutes=1))
    counts = checkpoints(settings.database_url, settings.data_dir)
    assert counts[old] == 3
    assert counts[live] > 3
    await desk.ask.prune()
    assert checkpoints(settings.database_url, settings.data_dir) == {live: 1}
    await desk.ask.close()

    reopened = Desk.open(core, settings)
    asked = await reopened.ask.hear(ADA, "live", "hmm")
    assert isinstance(asked, ValueWanted)
    assert asked.refused == "hmm"
    proposal = await reopened.ask.hear(ADA, "live", "pictures")
    assert isinstance(proposal, Proposal)
    assert proposal.values == {"name": "soup-stories", "kind": "image"}
    await reopened.people.forget(ADA)
    assert checkpoints(settings.database_url, settings.data_dir) == {}
    await reopened.ask.close()


async def home(desk: Desk) -> str:
    ada = await desk.people.actor(ADA)
    return f"{ada.community}/{ada.member}"


def checkpoints(database_url: str, folder: Path) -> Counter[str]:
    """Count what LangGraph keeps of each thread."""
    asked = "SELECT thread_id FROM checkpoints"
    if database_url.startswith("postgresql"):
        with psycopg.connect(database_url.replace("+psycopg", "")) as memory:
            return Counter(row[0] for row in memory.execute(asked))
    with contextlib.closing(sqlite3.connect(folder / "agent" / "threads.db")) as file:
        return Counter(row[0] for row in file.execute(asked))


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_connections_that_postgresql_cut_are_opened_anew(desk: Desk, database_url: str) -> None:
    assert isinstance(await desk.ask.hear(ADA, "t", "make a new datanet"), ValueWanted)
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    second = await desk.ask.hear(ADA, "t", "Soup Stories")
    assert isinstance(second, ValueWanted)
    assert second.values == {"name": "soup-stories"}
