"""What strangers handed in is handed out so that no browser runs any of it."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.config import BotSettings
from bot.desk import Desk
from bot.playground.people import PEOPLE
from datanets.core import Core
from tests.playground.conftest import running

HOSTILE = b"# A page\n\n<script>document.title = 'taken over'</script>\n"


@pytest.fixture
async def page(settings: BotSettings) -> AsyncIterator[aiohttp.ClientSession]:
    address = f"http://127.0.0.1:{settings.port}"
    async with running(settings), aiohttp.ClientSession(address) as session:
        for act, values in (
            ("datanet-create", {"name": "island", "kind": "text"}),
            ("agree", {}),
        ):
            await session.post(f"/ana/do/{act}", json={"room": "contribute", **values})
        yield session


async def hand_in(page: aiohttp.ClientSession, name: str, content: bytes) -> list[dict[str, str]]:
    query = {"room": "contribute", "name": name, "values": json.dumps({"datanet": "island"})}
    async with page.post("/ana/hand-in", params=query, data=content) as answer:
        return list(await answer.json())


async def contribution(page: aiohttp.ClientSession) -> str:
    for _ in range(50):
        text = await (await page.get("/ben/review")).text()
        if "data-contribution" in text:
            return text.split('data-contribution="')[1].split('"')[0]
        await asyncio.sleep(0.1)
    raise AssertionError("no card appeared")


async def test_a_page_of_a_stranger_is_shown_as_plain_text(page: aiohttp.ClientSession) -> None:
    assert await hand_in(page, "page.md", HOSTILE) == []

    async with page.get(f"/ben/file/{await contribution(page)}") as file:
        assert file.content_type == "text/plain"
        assert file.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in file.headers["content-security-policy"]
        assert (await file.read()).strip() == HOSTILE.strip()


async def test_a_card_shows_hostile_words_as_words(page: aiohttp.ClientSession) -> None:
    await hand_in(page, "<b onmouseover=alert(1)>.md", HOSTILE)
    await contribution(page)

    text = await (await page.get("/ben/review")).text()
    assert "<script>document.title" not in text
    assert "<b onmouseover" not in text


async def test_a_release_is_downloaded_with_its_files(
    page: aiohttp.ClientSession, settings: BotSettings
) -> None:
    await hand_in(page, "page.md", HOSTILE)
    accepted = await contribution(page)
    core = Core.open(settings)
    desk = Desk.open(core, settings)
    for validator in ("ben", "chika", "dele"):
        await desk.reviewing.cast(PEOPLE[validator].caller, accepted, up=True)
    await desk.nets.release(PEOPLE["ana"].caller, "island")

    async with page.get("/ben/export/island") as answer:
        assert "island-r1.zip" in answer.headers["content-disposition"]
        with zipfile.ZipFile(io.BytesIO(await answer.read())) as packed:
            about = json.loads(packed.read("metadata.jsonl"))
            assert packed.read(about["file"]).strip() == HOSTILE.strip()
            assert "island, release 1" in packed.read("README.md").decode()
    await desk.ask.close()
    await core.close()


async def test_an_unknown_file_is_gone(page: aiohttp.ClientSession) -> None:
    assert (await page.get("/ben/file/nothing")).status == 404


async def test_a_refused_file_names_the_fix_and_costs_nothing(page: aiohttp.ClientSession) -> None:
    refused = await hand_in(page, "empty.md", b"")

    assert [change["op"] for change in refused] == ["no"]
    assert "20 of 20 left" in await (await page.get("/ana/workshop")).text()


async def test_an_unexpected_error_gives_a_ticket_that_the_operator_finds(
    page: aiohttp.ClientSession,
) -> None:
    async with page.post(
        "/ana/do/rate", json={"room": "help", "turn": "x", "way": "up", "line": "x"}
    ) as answer:
        refusal = await answer.json()
    assert refusal[0]["op"] == "no"

    async with page.post("/ana/say", data=b"not json") as answer:
        said = (await answer.json())[0]["text"]
    operator = await (await page.get("/ana/operator")).text()
    assert said.split("logged as ")[1].split(";")[0] in operator


async def test_an_unexpected_error_of_a_page_gives_a_ticket_too(
    page: aiohttp.ClientSession, settings: BotSettings
) -> None:
    await hand_in(page, "page.md", HOSTILE)
    key = await contribution(page)
    kept = next(path for path in (settings.data_dir / "blobs").rglob("*") if path.is_file())
    kept.unlink()
    kept.mkdir()

    async with page.get(f"/ben/file/{key}") as answer:
        said = await answer.text()
        assert (answer.status, answer.headers["referrer-policy"]) == (500, "no-referrer")
    ticket = said.split("logged as ")[1].split(";")[0]
    assert ticket in await (await page.get("/ana/operator")).text()
