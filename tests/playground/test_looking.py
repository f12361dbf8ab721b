"""Whoever only looks leaves no trace in the database."""

from pathlib import Path

from sqlalchemy import event

from bot.demo.examples import facts
from bot.desk import Desk
from bot.desk.contribute import FileUpload
from bot.playground.kitchen import Kitchen
from bot.playground.people import PEOPLE
from datanets.core import Core
from datanets.facts import Context


async def test_drawing_a_card_writes_nothing(settings, tmp_path: Path) -> None:
    core = Core.open(settings)
    desk = Desk.open(core, settings)
    ana, ben = PEOPLE["ana"], PEOPLE["ben"]
    kitchen = await Kitchen.open(core, desk, tmp_path)
    await desk.people.agree(ana.caller)
    await desk.nets.create(ana.caller, "island", "text")
    upload = FileUpload("fact.jsonl", facts()[0].file.data)
    taken = await desk.contribute.hand_in(ana.caller, upload, "island", Context())
    line = await kitchen.messages.say("review", card={"draw": "review", "id": taken.contribution.id})
    core.members.look_again()

    written: list[str] = []
    event.listen(core.db.writer.sync_engine, "before_cursor_execute", lambda *told: written.append(told[2]))
    assert "fact.jsonl" in await kitchen.messages.draw(line, ben)
    assert not written

    await desk.people.agree(ben.caller)
    assert written
    await desk.ask.close()
    await core.close()
