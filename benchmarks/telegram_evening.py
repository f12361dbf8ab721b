"""An evening of thirty minutes in one Telegram group with topics, on a virtual clock and over real sockets.

Forty members, 120 contributions, 300 votes, two runs, three conversations. The loopback server keeps the real
flood limits. Printed: the fullest minute of the group, calls refused by flood control, the worst wait of an
answer, and whether every final state arrived.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from benchmarks.virtual_time import BEGIN, LoopClock, VirtualLoop
from bot.announcements import Announcements
from bot.config import BotSettings
from bot.desk import Desk
from bot.telegram.start import TelegramPlatform
from datanets.core import Core
from datanets.facts import Place, Point, Progress, Result
from migrations.upgrade import prepare
from tests.servers.chat_models import Models
from tests.servers.telegram import TOKEN, TelegramServer
from tests.servers.worker import WORKER

MINUTES = 30
MEMBERS, CONTRIBUTIONS, VALIDATORS = 40, 120, 4


class Queue:
    """Stands in for the engine: the benchmark plays the worker."""

    def __init__(self) -> None:
        self.runs: list[str] = []

    async def enqueue(self, _: object, run: str) -> None:
        """Note a run."""
        self.runs.append(run)


class Evening:
    """The people, what they do, and how long they wait."""

    def __init__(self, telegram: TelegramServer, core: Core, queue: Queue, seed: int) -> None:
        self.telegram, self.core, self.queue = telegram, core, queue
        self.dice = random.Random(seed)
        self.members = [telegram.person(f"Member{number}") for number in range(MEMBERS)]
        self.validators = self.members[:VALIDATORS]
        self.group = telegram.group("Kitchen", forum=True, owner=self.members[0])
        for person in self.members[1:]:
            self.group.members[person.id] = "administrator" if person in self.validators else "member"
        self.waits: dict[str, list[float]] = {"command": [], "press": [], "reply": []}

    async def heard(self, *words: str, seconds: float = 600.0, after: int = 0) -> dict[str, Any]:
        """Wait for a message of the bot, by its words."""

        def found() -> dict[str, Any] | None:
            for message in reversed(self.telegram.said(self.group)):
                text = str(message.get("text", message.get("caption", "")))
                if message["message_id"] > after and all(word in text for word in words):
                    return message
            return None

        message: dict[str, Any] = await self.telegram.until(found, seconds)
        return message

    async def contribute(self, number: int) -> None:
        """Hand a recipe in and let validators vote on its card."""
        await asyncio.sleep(self.dice.uniform(0, (MINUTES - 6) * 60))
        author = self.dice.choice(self.members[VALIDATORS:])
        data = f"Recipe {number}: {self.dice.random()} spoons of salt.".encode()
        author.sends_document(f"r{number:03d}.txt", data, self.group, caption="/contribute soups")
        card = await self.heard(f"r{number:03d}.txt")
        wanted = "👍" if number % 2 else "👎"
        for person in self.dice.sample(self.validators, 3 if number % 2 else 2):
            await asyncio.sleep(self.dice.uniform(2, 60))
            if self.dice.random() < 0.7:
                person.reacts(card, wanted)
            else:
                await self.press(person, card, wanted)

    async def press(self, person: Any, card: dict[str, Any], button: str) -> None:
        """Tap a button and measure how long it spins; one that is gone was too late."""
        begun = asyncio.get_running_loop().time()
        try:
            pressed = person.presses(card, button)
        except LookupError:
            return
        await self.telegram.until(lambda: pressed.answer, 120)
        self.waits["press"].append(asyncio.get_running_loop().time() - begun)

    async def command(self) -> None:
        """Ask for something small and measure the wait."""
        await asyncio.sleep(self.dice.uniform(0, (MINUTES - 2) * 60))
        begun = asyncio.get_running_loop().time()
        asked = self.dice.choice(self.members).says(
            self.dice.choice(["/quota", "/leaderboard", "/models"]), self.group
        )

        def answered() -> bool:
            replies = (one.get("reply_to_message", {}) for one in self.telegram.said(self.group))
            return any(one.get("message_id") == asked["message_id"] for one in replies)

        await self.telegram.until(answered, 600)
        self.waits["command"].append(asyncio.get_running_loop().time() - begun)

    async def train(self, minute: float) -> None:
        """Start a run through the form and play its worker for five minutes."""
        await asyncio.sleep(minute * 60)
        owner = self.validators[0]
        owner.says("/datanet release soups", self.group)
        await asyncio.sleep(20)
        asked = owner.says("/finetune soups", self.group)
        form = await self.heard("Which base", after=asked["message_id"])
        for button, words in (("Tiny", "Taste"), ("Taste", "≈"), ("Start", "queued")):
            await self.press(owner, form, button)
            await self.shows(form["message_id"], words)
        run = self.queue.runs[-1]
        attempt = await self.core.runs.begin(run) or 1
        for step in range(100):
            await asyncio.sleep(3)
            progress = Progress("training", step + 1, 100, loss=3.0 / (step + 1), seconds_left=300 - 3 * step)
            await self.core.runs.report(run, attempt, progress, [Point(step, 3.0 / (step + 1))])
        await self.core.runs.finish(
            run, attempt, Result(loss_before=3.0, loss_after=0.03, examples=20, seconds=300)
        )

    async def shows(self, message: int, words: str) -> None:
        """Wait until a message has these words."""
        await self.telegram.until(lambda: words in self.group.messages[message].get("text", ""), 300)

    async def converse(self, thread: int, turns: int) -> None:
        """Talk with a model in its topic."""
        for number in range(turns):
            await asyncio.sleep(self.dice.uniform(10, 60))
            asked = self.dice.choice(self.members).says(
                f"What about soup {number}?", self.group, topic=thread
            )
            begun = asyncio.get_running_loop().time()

            def answered(asked: dict[str, Any] = asked) -> bool:
                replies = (one.get("reply_to_message", {}) for one in self.telegram.said(self.group, thread))
                return any(one.get("message_id") == asked["message_id"] for one in replies)

            await self.telegram.until(answered, 600)
            self.waits["reply"].append(asyncio.get_running_loop().time() - begun)

    async def talks(self) -> None:
        """Three conversations, once there is a model to talk to."""
        await self.telegram.until(lambda: self.group.topics, MINUTES * 60)
        thread = min(self.group.topics)
        await asyncio.gather(*(self.converse(thread, 6) for _ in range(3)))


def main(argv: list[str]) -> int:
    """Simulate; the exit code is 1 when a limit was broken or a final state is missing."""
    options = argparse.ArgumentParser(prog="telegram-evening")
    options.add_argument("--seed", type=int, default=7)
    wanted = options.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=VirtualLoop) as runner:
        summary = runner.run(_simulate(Path(folder), wanted.seed))
    print(json.dumps(summary))
    return 0 if summary["ok"] else 1


async def _simulate(folder: Path, seed: int) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    queue = Queue()
    async with TelegramServer() as telegram, Models() as models:
        telegram.flood.enabled = True
        telegram.world.hours.now = lambda: BEGIN.timestamp() + loop.time()  # type: ignore[method-assign]
        models.says[""], models.pause = " ".join(["soup"] * 60), 0.15
        settings = BotSettings(
            _env_file=None,
            data_dir=folder,
            telegram_token=SecretStr(TOKEN),
            telegram_api_url=telegram.api_url,
            telegram_file_url=telegram.file_url,
            inference_url=models.url,
        )
        core = Core.open(settings, clock=LoopClock(), queue=queue)
        await prepare(core.db, core.engine)
        desk = Desk.open(core, settings)
        platform = TelegramPlatform(core, desk, settings)
        evening = Evening(telegram, core, queue, seed)
        await _prepare(evening, platform, desk)
        tasks = [
            asyncio.create_task(platform.run()),
            asyncio.create_task(Announcements(core, [platform.announcer]).run()),
            asyncio.create_task(_heartbeat(core)),
        ]
        work = [evening.contribute(number) for number in range(CONTRIBUTIONS)]
        work += [evening.command() for _ in range(30)] + [
            evening.train(8),
            evening.train(18),
            evening.talks(),
        ]
        await asyncio.gather(*work)
        await _settled(core)
        summary = _judged(evening)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await desk.serving.close()
        await core.close()
    return summary


async def _prepare(evening: Evening, platform: TelegramPlatform, desk: Desk) -> None:
    place = Place("telegram", str(evening.group.id), "Kitchen")
    await evening.core.places.find(place)
    for person in evening.members:
        status = evening.group.members[person.id]
        platform.room.crowd.remember(evening.group.id, person.id, status)
        caller = await platform.room.crowd.caller(_User(person), evening.group)  # type: ignore[arg-type]
        await desk.people.agree(caller)
        if person is evening.members[0]:
            await desk.nets.create(caller, "soups", "text")


async def _heartbeat(core: Core) -> None:
    while True:
        await core.workshop.beat(WORKER)
        await asyncio.sleep(30)


async def _settled(core: Core) -> None:
    """Wait until everything is handled and shown; not longer than ten virtual minutes."""
    for _ in range(600):
        if not await core.inbox.open("telegram") and not await core.newsroom.pending("telegram"):
            return
        await asyncio.sleep(1)


def _judged(evening: Evening) -> dict[str, Any]:
    group, log = str(evening.group.id), evening.telegram.log
    times = [line["ts"] for line in log if _counts(line, group)]
    texts = [str(one.get("text", one.get("caption", ""))) for one in evening.telegram.said(evening.group)]
    cards = [text for text in texts if text.startswith("r") and ".txt → soups" in text]
    decided = sum("accepted" in text or "rejected" in text for text in cards)
    done = sum(
        f"soups-{number}</b>" in text or f"soups-{number} · done" in text
        for text in texts
        for number in (1, 2)
    )
    fullest = max(_in_a_minute(times), default=0)
    waits = [wait for kind in ("command", "reply") for wait in evening.waits[kind]]
    summary = {
        "name": "telegram-evening",
        "messages_and_edits": len(times),
        "fullest_minute": fullest,
        "refused_by_flood_control": evening.telegram.flood.refused,
        "cards": len(cards),
        "verdicts_shown": decided,
        "runs_shown_done": done,
        "answers": len(waits),
        "worst_wait_of_an_answer_s": round(max(waits, default=0.0), 1),
        "median_wait_of_an_answer_s": round(sorted(waits)[len(waits) // 2], 1) if waits else 0.0,
        "worst_wait_of_a_press_s": round(max(evening.waits["press"], default=0.0), 1),
        "virtual_minutes": round(asyncio.get_running_loop().time() / 60, 1),
    }
    for kind, values in evening.waits.items():
        print(json.dumps({"kind": kind, "count": len(values), "worst_s": round(max(values, default=0.0), 1)}))
    summary["ok"] = fullest < 20 and decided == len(cards) == CONTRIBUTIONS and done == 2
    print(f"{summary}", file=sys.stderr)
    return summary


def _counts(line: dict[str, Any], group: str) -> bool:
    method = line["method"].lower()
    sends = method.startswith(("send", "edit", "copy", "forward"))
    uncounted = method in {"sendchataction", "sendmessagedraft", "editforumtopic"}
    return sends and not uncounted and str(line["params"].get("chat_id")) == group


def _in_a_minute(times: list[float]) -> Iterator[int]:
    first = 0
    for last, at in enumerate(times):
        while at - times[first] >= 60:
            first += 1
        yield last - first + 1


class _User:
    """A person as the library's User shows one."""

    def __init__(self, person: Any) -> None:
        self.id, self.full_name, self.language_code = person.id, person.user["first_name"], "en"
