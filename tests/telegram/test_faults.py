"""What goes wrong between the bot and Telegram loses nothing and doubles nothing."""

import asyncio
import os
import sys

from bot.telegram.client import WANTED
from tests.conftest import ROOT
from tests.servers.telegram import TelegramServer
from tests.servers.telegram_flood import Fault
from tests.telegram.conftest import QUICK, House, TickingClock
from tests.telegram.scenes import Kitchen, jpeg, kitchen


async def _decided(house: House, scene: Kitchen, count: int) -> None:
    """Let Ana hand in some files and three people accept each of them, all by real updates."""
    for number in range(count):
        scene.ana.sends_document(
            f"f{number}.txt", f"Recipe {number}".encode(), scene.group, caption="/contribute soups"
        )
    for number in range(count):
        card = await scene.telegram.heard(scene.group, f"f{number}.txt", "needs", seconds=60)
        for person in scene.validators:
            person.reacts(card, "👍")
    await house.settled(60)
    for number in range(count):
        shown = [
            one["text"] for one in scene.telegram.said(scene.group) if f"f{number}.txt" in one.get("text", "")
        ]
        assert len(shown) == 1
        assert "accepted" in shown[0]


async def test_a_fifth_of_all_calls_meets_429(house) -> None:
    scene = await kitchen(house)
    scene.telegram.faults.plan = lambda method, params, number: Fault("429", 1) if number % 5 == 0 else None
    await _decided(house, scene, 4)
    assert scene.telegram.faults.struck > 5


async def test_error_pages_and_cut_sockets_before_the_work(house) -> None:
    scene = await kitchen(house)
    kinds = ("502", "cut", "500")
    scene.telegram.faults.plan = lambda method, params, number: (
        Fault(kinds[number % 3]) if number % 4 == 0 else None
    )
    await _decided(house, scene, 4)


async def test_a_refused_token_in_the_middle_does_not_end_polling(house) -> None:
    scene = await kitchen(house)
    scene.telegram.faults.order("getUpdates", Fault("401"), Fault("401"), Fault("404"))
    scene.telegram.faults.order("sendMessage", Fault("401"))
    scene.ana.says("/quota", scene.group)
    await scene.telegram.heard(scene.group, "20/20", seconds=20)
    assert await house.platform.trouble() == ""


async def test_a_second_poller_is_outlived(house) -> None:
    scene = await kitchen(house)
    rival = asyncio.create_task(scene.telegram.updates.poll(0, 1, 1.0))
    await asyncio.sleep(0.2)
    assert house.platform.poller.trouble == "Conflict"
    scene.ana.says("/quota", scene.group)
    await scene.telegram.heard(scene.group, "20/20", seconds=20)
    await asyncio.gather(rival, return_exceptions=True)


async def test_an_update_that_cannot_be_read_is_set_aside(house) -> None:
    scene = await kitchen(house)
    scene.telegram.updates.put("message", "garbage")
    scene.ana.says("/quota", scene.group)
    await scene.telegram.heard(scene.group, "20/20")
    await house.settled()


async def test_updates_delivered_twice_are_handled_once(house) -> None:
    scene = await kitchen(house)
    before = len(scene.telegram.said(scene.group))
    scene.ana.says("/quota", scene.group)
    scene.telegram.updates.again()
    await scene.telegram.heard(scene.group, "20/20")
    await house.settled()
    assert len(scene.telegram.said(scene.group)) == before + 1


async def test_a_download_that_breaks_goes_on(house) -> None:
    scene = await kitchen(house)
    scene.telegram.faults.order("download", Fault("cut"), Fault("502"))
    await scene.card()


async def test_what_was_kept_and_not_handled_is_handled_after_a_restart(
    telegram: TelegramServer, bot_settings
) -> None:
    clock = TickingClock()
    async with House(telegram, bot_settings, clock, QUICK) as first:
        scene = await kitchen(first)
        await first.settled()
        # The moment between update and handler: stored and confirmed, then the process is gone.
        first.platform.handling._start = lambda letter, payload: None
        scene.ana.sends_document("soup.txt", b"Boil water.", scene.group, caption="/contribute soups")
        async with asyncio.timeout(5):
            while telegram.updates.queue:
                await asyncio.sleep(0.02)
        scene.ana.says("/quota", scene.group)
        await asyncio.sleep(0.3)
    async with House(telegram, bot_settings, clock, QUICK) as second:
        await telegram.heard(scene.group, "soup.txt", "needs")
        await telegram.heard(scene.group, "/20")
        await second.settled()
    cards = [one for one in telegram.said(scene.group) if "soup.txt" in one.get("text", "")]
    assert len(cards) == 1


async def test_a_process_killed_between_update_and_handler_loses_nothing(
    telegram: TelegramServer, bot_settings
) -> None:
    clock = TickingClock()
    async with House(telegram, bot_settings, clock, QUICK) as first:
        scene = await kitchen(first)
        await first.settled()
    telegram.faults.order("getFile", Fault("slow", 2.5))
    process = await _bot_process(bot_settings)
    try:
        scene.ana.sends_document("soup.txt", b"Boil water.", scene.group, caption="/contribute soups")
        async with asyncio.timeout(20):
            while not telegram.faults.struck:
                await asyncio.sleep(0.02)
        # The second one waits for the first of the same person: kept, and not begun.
        scene.ana.says("/quota", scene.group)
        async with asyncio.timeout(10):
            while telegram.updates.queue:
                await asyncio.sleep(0.02)
    finally:
        process.kill()
        await process.wait()
    assert not any("soup.txt" in str(one) for one in telegram.said(scene.group))
    async with House(telegram, bot_settings, clock, QUICK) as second:
        await telegram.heard(scene.group, "soup.txt", "needs")
        await telegram.heard(scene.group, "19/20")
        await second.settled()
    cards = [one for one in telegram.said(scene.group) if "soup.txt" in one.get("text", "")]
    quotas = [one for one in telegram.said(scene.group) if "/20" in one.get("text", "")]
    assert (len(cards), len(quotas)) == (1, 1)


async def _bot_process(settings) -> asyncio.subprocess.Process:
    """Start the bot as operators do, in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POTLUCK_")}
    environment |= {
        "POTLUCK_DATA_DIR": str(settings.data_dir),
        "POTLUCK_DATABASE_URL": settings.database_url,
        "POTLUCK_TELEGRAM_TOKEN": settings.telegram_token.get_secret_value(),
        "POTLUCK_TELEGRAM_API_URL": settings.telegram_api_url,
        "POTLUCK_TELEGRAM_FILE_URL": settings.telegram_file_url,
        "PORT": "0",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "bot", "bot"]
    return await asyncio.create_subprocess_exec(
        *command, env=environment, cwd=settings.data_dir.parent, stderr=asyncio.subprocess.DEVNULL
    )


async def test_the_bot_waits_for_a_server_that_is_down(telegram: TelegramServer, bot_settings) -> None:
    telegram.faults.order("getMe", Fault("cut"), Fault("502"), Fault("cut"))
    async with House(telegram, bot_settings, TickingClock(), QUICK) as house:
        assert await house.platform.trouble() == ""


async def test_a_webhook_needs_the_secret(telegram: TelegramServer, bot_settings) -> None:
    import socket

    import aiohttp

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = bot_settings.model_copy(
        update={
            "telegram_webhook_url": f"http://127.0.0.1:{port}/telegram",
            "telegram_webhook_secret": type(bot_settings.telegram_token)("s3cret_A-Z"),
            "telegram_webhook_port": port,
        }
    )
    async with House(telegram, settings, TickingClock(), QUICK) as house:
        scene = await kitchen(house)
        async with aiohttp.ClientSession() as stranger:
            update = {"update_id": 1, "message": {"message_id": 1}}
            answer = await stranger.post(f"http://127.0.0.1:{port}/telegram", json=update)
            assert answer.status == 403
        scene.ana.says("/quota", scene.group)
        await telegram.heard(scene.group, "20/20")
        assert telegram.updates.allowed == set(WANTED)


async def test_a_group_that_becomes_a_supergroup_keeps_its_community(house) -> None:
    telegram = house.telegram
    owner = telegram.person("Owner")
    group = await house.group("Kitchen", owner=owner, kind="group")
    owner.says("/datanet create soups text Soups", group)
    await telegram.heard(group, "soups")
    new = telegram.upgrade(group)
    await house.settled()
    owner.says("/datanet list", new)
    await telegram.heard(new, "soups")


async def test_a_blocked_bot_and_a_kicked_bot_stay_quiet(house) -> None:
    scene = await kitchen(house)
    card = await scene.card()
    scene.ana.blocks()
    for person in scene.validators:
        person.reacts(card, "👍")
    await house.settled()
    scene.owner.adds_bot(scene.group, "kicked")
    await house.settled()
    assert (await house.core.faults.latest()) == ()


async def test_albums_that_come_twice_and_mixed_up_are_one(house) -> None:
    scene = await kitchen(house, net=False)
    await scene.net("plates", "image")
    files = [(f"{name}.jpg", jpeg(name)) for name in ("red", "green", "blue")]
    scene.ana.sends_album(files, scene.group, caption="/contribute plates Plates")
    scene.telegram.updates.queue[-3:] = reversed(scene.telegram.updates.queue[-3:])
    scene.telegram.updates.again(3)
    await scene.telegram.heard(scene.group, "3 files", "3 received")
    await house.settled()
    assert sum("photo" in one for one in scene.telegram.said(scene.group)) == 3


async def test_no_token_reaches_the_log(house, caplog) -> None:
    scene = await kitchen(house)
    scene.telegram.faults.order("download", *[Fault("cut")] * 9)
    scene.ana.sends_document("soup.txt", b"Boil water.", scene.group, caption="/contribute soups")
    await scene.telegram.heard(scene.group, "ticket", seconds=20)
    assert scene.telegram.token not in caplog.text
    assert all(scene.telegram.token not in one.detail for one in await house.core.faults.latest())
