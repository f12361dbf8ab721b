"""The tour: the whole loop through the desk, on real weights, without a browser."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from time import monotonic

from bot.demo.examples import Fact, facts, rumours
from bot.desk import Desk
from bot.desk.finetune import TrainingPlan
from datanets.facts import Account, Caller, Context, ContributionState, Place, Reason, Role, RunState, RunView
from datanets.nets import DatanetEdit
from datanets.refusals import ModelsAway, NoWorker

PLACE = Place("playground", "tour", "The tour")
NET = "saltmarrow"
BASE = "smollm2-135m-instruct"
RECIPE = {
    "learning_rate": 2e-3,
    "epochs": 5,
    "batch_size": 4,
    "max_length": 128,
    "validation": 0,
    "early_stop": False,
}
LEARNED, GUESSED = 0.7, 0.1
REPLY_TOKENS = 40
AT_ONCE = 8
PATIENCE_SECONDS = 180


def person(name: str, *roles: Role) -> Caller:
    """Somebody of the tour."""
    return Caller(Account(PLACE.platform, f"tour-{name.lower()}"), PLACE, frozenset(roles), name)


HOST = person("Ana", Role.ADMIN, Role.TRAINER)
VALIDATORS = tuple(person(name, Role.VALIDATOR) for name in ("Ben", "Chika", "Dele"))
MEMBERS = tuple(person(name) for name in ("Emma", "Farid", "Grete", "Hugo"))


@dataclass(frozen=True)
class Answered:
    """One row of the table at the end."""

    fact: Fact
    base: str
    model: str


@dataclass(frozen=True)
class Tour:
    """Walks through every station; `say` gets one line at a time."""

    desk: Desk
    say: Callable[[str], None]
    began: float = field(default_factory=monotonic)

    async def walk(self) -> bool:
        """Walk the whole loop; whether the model learned what the base did not know."""
        known = facts()
        await self._hand_in(known)
        await self._vote()
        await self._wait_for_worker()
        before = await self._ask_base(known)
        run = await self._train()
        if run.state is not RunState.SUCCEEDED:
            self._tell(f"the run {run.state}: {run.failure}")
            return False
        after = await self._ask_model(known, run.model)
        await self._rank()
        rows = [Answered(fact, *pair) for fact, *pair in zip(known, before, after, strict=True)]
        return self._judge(rows)

    async def _hand_in(self, known: Sequence[Fact]) -> None:
        for caller in (HOST, *VALIDATORS, *MEMBERS):
            await self.desk.people.agree(caller)
        edit = DatanetEdit(
            description="Facts about the island of Saltmarrow",
            rules="One fact a file, in two wordings. No rumours.",
            licence="CC0-1.0",
        )
        await self.desk.nets.create(HOST, NET, "text", edit)
        members = cycle(MEMBERS)
        files = [fact.file for fact in known] + list(rumours())
        for file in files:
            await self.desk.contribute.hand_in(next(members), file, NET, Context(source="own knowledge"))
        self._tell(f"{len(files)} files handed in by {len(MEMBERS)} members")
        left = await self.desk.contribute.quota(MEMBERS[0])
        self._tell(f"{MEMBERS[0].name} may hand in {left.files_left} of {left.files_limit} files more today")

    async def _vote(self) -> None:
        bad = {file.name for file in rumours()}
        ended = {ContributionState.ACCEPTED: 0, ContributionState.REJECTED: 0}
        for caller in VALIDATORS:
            while cards := await self.desk.reviewing.queue(caller):
                for card in cards:
                    good = card.contribution.name not in bad
                    reason = None if good else Reason.LOW_QUALITY
                    card = await self.desk.reviewing.cast(caller, card.contribution.id, good, reason)
                    if not card.is_open:
                        ended[card.contribution.state] += 1
        self._tell(
            f"{ended[ContributionState.ACCEPTED]} accepted, {ended[ContributionState.REJECTED]} rejected "
            f"by {len(VALIDATORS)} validators"
        )
        release = await self.desk.nets.release(HOST, NET)
        self._tell(f"{NET} release {release.number}: {release.items} files, digest {release.digest[:12]}")

    async def _wait_for_worker(self) -> None:
        until = monotonic() + PATIENCE_SECONDS
        while True:
            try:
                choices = await self.desk.finetune.choices(HOST)
                if await (await self.desk.serving.find()).ready():
                    ready = ", ".join(base.title for base in choices.bases if base.ready)
                    return self._tell(f"a worker is there and offers {ready}")
            except (NoWorker, ModelsAway):
                if monotonic() > until:
                    raise
            await asyncio.sleep(0.5)

    async def _ask_base(self, known: Sequence[Fact]) -> list[str]:
        client, line = await self.desk.serving.find(), asyncio.Semaphore(AT_ONCE)

        async def ask(fact: Fact, caller: Caller) -> str:
            message = {"role": "user", "content": fact.question}
            async with line:
                pieces = client.chat(
                    f"base:{BASE}", [message], user=caller.account.id, max_tokens=REPLY_TOKENS
                )
                return "".join([piece.text async for piece in pieces])

        answers = await asyncio.gather(*map(ask, known, cycle(MEMBERS)))
        self._tell(f"the base answered {len(answers)} questions")
        return list(answers)

    async def _train(self) -> RunView:
        recipe = await self.desk.finetune.recipe(HOST, NET, BASE, values=RECIPE)
        plan = TrainingPlan(NET, recipe, name="islander")
        checked = await self.desk.finetune.check(HOST, plan)
        self._tell(
            f"estimate: {checked.estimate.steps} steps, {checked.estimate.seconds:.0f} s, "
            f"{checked.estimate.memory_bytes / 1e9:.1f} GB"
        )
        run = await self.desk.finetune.start(HOST, plan)
        shown = -1
        while not run.state.is_over:
            await asyncio.sleep(1)
            run = await self.desk.training.run(HOST, run.id)
            tenth = 10 * run.progress.step // max(1, run.progress.steps)
            if run.progress.step and tenth > shown:
                shown = tenth
                self._tell(_progress(run))
        return run

    async def _ask_model(self, known: Sequence[Fact], model: str) -> list[str]:
        self._tell(f"{model} is trained")
        line = asyncio.Semaphore(AT_ONCE)

        async def ask(fact: Fact, caller: Caller) -> str:
            async with line:
                held = await self.desk.chat.open(caller, model, f"thread-{fact.file.name}")
                said = self.desk.chat.say(caller, held.id, fact.question)
                return "".join([piece.text async for piece in said])

        answers = await asyncio.gather(*map(ask, known, cycle(MEMBERS)))
        self._tell(f"{model} answered {len(answers)} questions, each in a thread of its own")
        return list(answers)

    async def _rank(self) -> None:
        board = await self.desk.rankings.leaderboard(HOST)
        places = ", ".join(f"{row.rank}. {row.name} {row.points}" for row in board[:4])
        self._tell(f"leaderboard: {places}")

    def _judge(self, rows: Sequence[Answered]) -> bool:
        for row in table(rows):
            self.say(row)
        guessed = sum(row.fact.is_told_by(row.base) for row in rows)
        learned = sum(row.fact.is_told_by(row.model) for row in rows)
        self.say("")
        self._tell(f"the base knew {guessed} of {len(rows)}, the model knows {learned} of {len(rows)}")
        return learned >= LEARNED * len(rows) and guessed <= GUESSED * len(rows)

    def _tell(self, text: str) -> None:
        self.say(f"{monotonic() - self.began:6.1f} s  {text}")


def table(rows: Sequence[Answered]) -> list[str]:
    """Lay the answers out: question | base | model | expected."""
    head = ("Question", "Base", "Model", "Expected")
    widths = (44, 36, 46, 20)
    lines = [head, *((row.fact.question, row.base, row.model, row.fact.expected) for row in rows)]
    return ["", *(" | ".join(map(_fit, line, widths)).rstrip() for line in lines)]


def _fit(text: str, width: int) -> str:
    line = " ".join(text.split())
    return (line if len(line) <= width else f"{line[: width - 1]}…").ljust(width)


def _progress(run: RunView) -> str:
    progress = run.progress
    loss = f", loss {progress.loss:.3f}" if progress.loss is not None else ""
    speed = f", {progress.tokens_per_second:.0f} tokens/s" if progress.tokens_per_second else ""
    left = f", {progress.seconds_left:.0f} s left" if progress.seconds_left else ""
    return f"training {run.model}: step {progress.step} of {progress.steps}{loss}{speed}{left}"
