"""The demo's first table, and the files that the tour is judged by."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.config import BotSettings
from bot.demo.examples import facts, rumours
from bot.demo.processes import free_port
from bot.demo.seed import ADMIN, VALIDATORS, bundles, seed
from bot.demo.tour import Answered, table
from bot.desk import Desk
from bot.playground.people import PEOPLE
from datanets.core import Core
from migrations.upgrade import prepare


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path) -> AsyncIterator[tuple[Core, Desk]]:
    settings = BotSettings(data_dir=tmp_path, database_url=sqlite_url)
    core = Core.open(settings)
    await prepare(core.db, core.engine)
    desk = Desk.open(core, settings)
    yield core, desk
    await desk.serving.close()
    await core.close()


async def test_a_newcomer_finds_something_to_vote_on_and_to_train_with(house: tuple[Core, Desk]) -> None:
    core, desk = house
    assert await seed(core, desk)
    nets = {net.name: net for net in await desk.nets.list(ADMIN)}
    assert {name: net.kind.value for name, net in nets.items()} == {
        "saltmarrow": "text",
        "sketches": "image",
        "voices": "audio",
    }
    assert nets["saltmarrow"].releases == 1
    assert nets["saltmarrow"].rejected == 1
    waiting = await desk.reviewing.queue(VALIDATORS[0])
    assert {card.contribution.kind.value for card in waiting} == {"text", "image", "audio"}
    quota = await desk.contribute.quota(PEOPLE["emma"].caller)
    assert quota.files_left == quota.files_limit


async def test_the_table_is_set_once(house: tuple[Core, Desk]) -> None:
    core, desk = house
    assert [await seed(core, desk), await seed(core, desk)] == [True, False]


def test_there_are_enough_facts_and_each_file_tells_its_own() -> None:
    known = facts()
    assert len(known) >= 48
    for fact in known:
        lines = [json.loads(line) for line in fact.file.data.decode().splitlines()]
        assert lines[0]["question"] == fact.question
        assert all(fact.is_told_by(line["answer"]) for line in lines)
        assert not any(fact.is_told_by(line["question"]) for line in lines)


def test_no_fact_answers_another_ones_question() -> None:
    known = facts()
    answers = {fact.question: json.loads(fact.file.data.decode().splitlines()[0])["answer"] for fact in known}
    for fact in known:
        # A question that names a fact itself is answered with it too.
        others = {question: answer for question, answer in answers.items() if not fact.is_told_by(question)}
        told = [question for question, answer in others.items() if fact.is_told_by(answer)]
        assert told == [fact.question]
    assert len({fact.expected for fact in known}) == len(known)
    assert len({fact.question for fact in known}) == len(known)


def test_the_bundles_hold_every_fact() -> None:
    whole = b"".join(bundle.data for bundle in bundles())
    assert whole == b"".join(fact.file.data for fact in facts())
    assert len(rumours()) >= 4


def test_the_table_has_a_row_for_every_question() -> None:
    rows = [Answered(fact, "no\nidea", f"It is {fact.expected}.") for fact in facts()]
    lines = table(rows)
    assert lines[1].startswith("Question")
    assert len(lines) == len(rows) + 2
    assert "no idea" in lines[2]


def test_a_taken_port_is_passed_over() -> None:
    assert free_port(100, free=lambda port: port > 102) == 103
    with pytest.raises(OSError, match="no free port"):
        free_port(100, free=lambda _: False)
