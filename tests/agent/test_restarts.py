"""A question asked back waits through restarts, on SQLite and on PostgreSQL."""

import contextlib
import sqlite3
from pathlib import Path

import psycopg
import pytest

from agent.facts import NotInDocs, Proposal, ValueWanted
from bot.config import BotSettings
from bot.desk import Desk
from datanets.core import Core
from datanets.refusals import NotFound
from tests.agent.conftest import ADA, EVE
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

    if database_url.startswith("postgresql"):
        with psycopg.connect(database_url.replace("+psycopg", "")) as memory:
            left = memory.execute("SELECT DISTINCT thread_id FROM checkpoints").fetchall()
    else:
        with contextlib.closing(sqlite3.connect(tmp_path / "agent" / "threads.db")) as file:
            left = file.execute("SELECT DISTINCT thread_id FROM checkpoints").fetchall()
    ada = (await desk.people.actor(ADA)).member
    assert {(row[0].split("/")[1], row[0].split("/")[2]) for row in left} == {(ada, "t"), (ada, "u")}


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
