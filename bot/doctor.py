"""The doctor: looks at every part that a bot needs, and says what to do about what is missing."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot import wording
from bot.config import BotSettings
from bot.demo.processes import is_free
from bot.desk.asking import books_of
from bot.desk.serving import Serving
from datanets.blobs import Blobs
from datanets.core import Core
from datanets.figures import answers
from datanets.ids import new_id
from datanets.refusals import ModelsAway
from knowledge.facts import Unreadable
from knowledge.opening import close_books
from migrations.upgrade import is_newest

SECONDS = aiohttp.ClientTimeout(total=10)
WEIGHTS = ("smollm2-135m-instruct", "all-minilm-l6-v2")
# Nothing can be said about these before the database is mended.
ASK_THE_DATABASE = frozenset({"engine", "worker", "models"})
ROOM_BYTES = 5_000_000_000


@dataclass(frozen=True)
class Finding:
    """What is known about one part; `is_needed` when the bot cannot do without it."""

    part: str
    is_well: bool
    found: str
    advice: str = ""
    is_needed: bool = True


async def examine(settings: BotSettings) -> list[Finding]:
    """Look at everything and change nothing; a part that cannot be looked at is a finding too."""
    core = Core.open(settings)
    looks: dict[str, Callable[[], Awaitable[Finding]]] = {
        "data folder": lambda: _folder(settings),
        "database": lambda: _database(core),
        "engine": lambda: _engine(core),
        "files": lambda: _files(settings),
        "worker": lambda: _worker(core),
        "models": lambda: _models(core, settings),
        "weights": lambda: _weights(settings.bases),
        "Discord": lambda: _discord(settings),
        "Telegram": lambda: _telegram(settings),
        "library": lambda: _library(settings),
        "language model": lambda: _llm(settings),
        "port": lambda: _port(settings),
    }
    findings: dict[str, Finding] = {}
    try:
        for part, look in looks.items():
            if part not in ASK_THE_DATABASE or findings["database"].is_well:
                findings[part] = await _look(part, look)
        return list(findings.values())
    finally:
        await core.close()


async def _look(part: str, look: Callable[[], Awaitable[Finding]]) -> Finding:
    try:
        return await look()
    except Exception as error:  # noqa: BLE001 - whatever it is, the operator wants to read it
        return Finding(part, False, f"{type(error).__name__}: {error}", "Mend this first, then look again.")


async def _folder(settings: BotSettings) -> Finding:
    free = shutil.disk_usage(settings.data_dir).free
    found = f"{settings.data_dir.resolve()}, {free / 1e9:.0f} GB free"
    if free < ROOM_BYTES:
        return Finding("data folder", False, found, "Make room, or set POTLUCK_DATA_DIR to a larger disk.")
    return Finding("data folder", True, found)


async def _database(core: Core) -> Finding:
    await answers(core.db)
    name = core.db.writer.dialect.name
    if not await is_newest(core.db):
        return Finding("database", False, f"{name} answers, not in the newest form", "Run: potluck migrate")
    return Finding("database", True, f"{name} answers, newest form")


async def _engine(core: Core) -> Finding:
    ours, theirs = await core.runs.unfinished(), await core.engine.unfinished()
    lost = [run for run in ours if run not in theirs]
    if lost:
        advice = "A running worker puts them back within a minute: potluck worker"
        return Finding("engine", False, f"{len(lost)} runs are not in its queue", advice)
    return Finding("engine", True, f"{len(ours)} runs unfinished, all of them in its queue")


async def _files(settings: BotSettings) -> Finding:
    blobs, probe = Blobs(settings.blobs), settings.data_dir / f"doctor-{new_id()}.txt"
    await asyncio.to_thread(probe.write_text, probe.name)
    try:
        digest = await blobs.keep(probe)
        written = await blobs.read(digest)
        await blobs.delete(digest)
    finally:
        await asyncio.to_thread(probe.unlink, missing_ok=True)
    if written.decode() != probe.name:
        return Finding("files", False, f"{settings.blobs} gives other bytes back", "Check the store.")
    return Finding("files", True, settings.blobs)


async def _worker(core: Core) -> Finding:
    workers = await core.workshop.online()
    if not workers:
        advice = "Start one beside the bot, or on a machine with a graphics card: potluck worker"
        return Finding("worker", False, "none has reported in the last two minutes", advice, False)
    names = ", ".join(f"{one.id} ({one.device}, {sum(b.ready for b in one.bases)} bases)" for one in workers)
    return Finding("worker", True, names)


async def _models(core: Core, settings: BotSettings) -> Finding:
    serving = Serving.open(core.workshop, settings)
    try:
        client = await serving.find()
        return Finding("models", True, f"the inference server names {len(await client.models())} models")
    except ModelsAway as away:
        advice = "A worker starts one; or set POTLUCK_INFERENCE_URL to an OpenAI-compatible server."
        return Finding("models", False, away.detail or "nobody answers", advice, False)
    finally:
        await serving.close()


async def _weights(bases: Path) -> Finding:
    missing = [name for name in WEIGHTS if not (bases / name / "weights.json").is_file()]
    if missing:
        advice = "Bring them: python -m workers.weights (make demo does it by itself)"
        return Finding("weights", False, f"not in {bases}: {', '.join(missing)}", advice, False)
    return Finding("weights", True, f"{', '.join(WEIGHTS)} in {bases}")


async def _discord(settings: BotSettings) -> Finding:
    if settings.discord_token is None:
        return Finding("Discord", False, "no token", "To use it, set POTLUCK_DISCORD_TOKEN.", False)
    headers = {"Authorization": f"Bot {settings.discord_token.get_secret_value()}"}
    api = settings.discord_api_url
    async with aiohttp.ClientSession(headers=headers, timeout=SECONDS) as session:
        async with session.get(f"{api}/applications/@me") as answer:
            if answer.status == 401:
                advice = "Copy the bot's token again from the developer portal, page Bot."
                return Finding("Discord", False, "the token is refused", advice)
            answer.raise_for_status()
            application = await answer.json()
        async with session.get(f"{api}/users/@me/guilds") as answer:
            servers = await answer.json() if answer.status == 200 else None
    invite = f"Invite it: {INVITE.format(id=application['id'], rights=sum(RIGHTS.values()))}"
    if servers == []:
        return Finding("Discord", False, "it is in no server yet", invite, False)
    lacking = [f"{one['name']} ({', '.join(names)})" for one in servers or () if (names := _lacking(one))]
    if lacking:
        return Finding("Discord", False, f"rights are missing in {'; '.join(lacking)}", invite, False)
    flags = int(application.get("flags", 0))
    missing = [name for name, bits in INTENTS.items() if not flags & bits]
    if missing:
        advice = (
            "Switch them on in the developer portal, page Bot; the bot works with less comfort until then."
        )
        return Finding("Discord", False, f"intents are off: {', '.join(missing)}", advice, False)
    return Finding(
        "Discord", True, f"application {application.get('name', '')}, rights and intents are there"
    )


def _lacking(server: dict[str, Any]) -> list[str]:
    """The rights that the bot lacks in a server; channels may still differ, which /setup tests."""
    held = int(server.get("permissions", ADMINISTRATOR))
    return [] if held & ADMINISTRATOR else [name for name, bit in RIGHTS.items() if not held & bit]


# Each intent has one bit for verified applications and one for small ones.
INTENTS = {"Server Members": 1 << 14 | 1 << 15, "Message Content": 1 << 18 | 1 << 19}
INVITE = (
    "https://discord.com/oauth2/authorize?client_id={id}&scope=bot%20applications.commands"
    "&permissions={rights}"
)
ADMINISTRATOR = 1 << 3
RIGHTS = {
    "Add Reactions": 1 << 6,
    "View Channels": 1 << 10,
    "Send Messages": 1 << 11,
    "Manage Messages": 1 << 13,
    "Embed Links": 1 << 14,
    "Attach Files": 1 << 15,
    "Read Message History": 1 << 16,
    "Manage Threads": 1 << 34,
    "Create Public Threads": 1 << 35,
    "Send Messages in Threads": 1 << 38,
}


async def _telegram(settings: BotSettings) -> Finding:
    if settings.telegram_token is None:
        return Finding("Telegram", False, "no token", "To use it, set POTLUCK_TELEGRAM_TOKEN.", False)
    url = f"{settings.telegram_api_url}{settings.telegram_token.get_secret_value()}/getMe"
    async with aiohttp.ClientSession(timeout=SECONDS) as session, session.get(url) as answer:
        body = await answer.json()
    if not body.get("ok"):
        return Finding("Telegram", False, "the token is refused", "Ask @BotFather for it again: /token")
    me = body["result"]
    if not me.get("can_read_all_group_messages"):
        advice = "It sees commands and replies only. To see files in a marked topic: @BotFather /setprivacy."
        return Finding("Telegram", True, f"@{me['username']}, privacy mode is on", advice)
    return Finding("Telegram", True, f"@{me['username']}")


async def _library(settings: BotSettings) -> Finding:
    """List the books, which reads no page; what was indexed of them answers in any case."""
    books, found, advice = books_of(settings), [], []
    try:
        for book in books:
            try:
                pages = await asyncio.wait_for(book.pages(), SECONDS.total)
                found.append(f"{book.name} ({len(pages)} pages)")
            except (Unreadable, TimeoutError) as problem:
                reason = problem.reason if isinstance(problem, Unreadable) else "slow"
                found.append(f"{book.name} ({reason})")
                advice.append(wording.trouble(reason))
    finally:
        await close_books(books)
    return Finding("library", not advice, ", ".join(found) or "no book", " ".join(advice), is_needed=False)


async def _llm(settings: BotSettings) -> Finding:
    if not settings.llm_url:
        found = "none, answers are put together from passages of the docs"
        return Finding("language model", True, found)
    key = settings.llm_key.get_secret_value() if settings.llm_key else ""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    url = f"{settings.llm_url.rstrip('/')}/models"
    async with aiohttp.ClientSession(headers=headers, timeout=SECONDS) as session, session.get(url) as answer:
        if answer.status >= 400:
            advice = "Check POTLUCK_LLM_URL (it ends in /v1) and POTLUCK_LLM_KEY."
            return Finding("language model", False, f"answers with {answer.status}", advice)
    return Finding("language model", True, f"{settings.llm_model} at {settings.llm_url}")


async def _port(settings: BotSettings) -> Finding:
    if is_free(settings.port, settings.host):
        return Finding("port", True, f"{settings.port} is free")
    found = f"{settings.port} is in use"
    return Finding("port", False, found, "Fine when the bot runs already; else set PORT.", False)
