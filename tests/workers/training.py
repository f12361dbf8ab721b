"""A community with a release of pairs and a tiny base, and the process that trains on them."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.tiny import Tiny, save_tiny
from datanets.blobs import Blobs
from datanets.clock import SystemClock
from datanets.database import Database
from datanets.engine import Engine
from datanets.facts import Account, Actor, Caller, ContributionState, Estimate, Place, Role, RunView
from datanets.members import Members
from datanets.recipe import Recipe
from datanets.runs import RunPlan, Runs
from datanets.tables import ContributionRow, DatanetRow, ReleaseItemRow, ReleaseRow
from tests.conftest import ROOT


@dataclass
class School:
    """Where runs are ordered and their processes started."""

    url: str
    folder: Path
    runs: Runs
    blobs: Blobs
    actor: Actor

    async def order(self, recipe: Recipe, parent: str = "") -> str:
        """Queue a run on the release; returns its id."""
        estimate = Estimate(1, 60.0, 1, fits=True)
        plan = RunPlan("release", recipe, "Tiny", "tiny", estimate, parent)
        return (await self.runs.start(self.actor, plan)).id

    async def process(self, run: str) -> asyncio.subprocess.Process:
        """Begin the next attempt and start its process."""
        attempt = await self.runs.begin(run)
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "workers.train",
            run,
            str(attempt),
            env={
                **os.environ,
                "POTLUCK_DATABASE_URL": self.url,
                "POTLUCK_DATA_DIR": str(self.folder),
                "POTLUCK_BASES_DIR": str(self.folder / "bases"),
                "POTLUCK_THREADS": "1",
                "PYTHONPATH": str(ROOT),
                "OMP_WAIT_POLICY": "PASSIVE",
            },
            cwd=ROOT,
            stderr=asyncio.subprocess.PIPE,
        )

    async def train(self, run: str) -> tuple[int, str]:
        """Carry out one attempt; returns the exit code and the log."""
        process = await self.process(run)
        _, log = await asyncio.wait_for(process.communicate(), 120)
        return process.returncode or 0, log.decode()

    async def view(self, run: str) -> RunView:
        """The run as people see it."""
        return await self.runs.get(self.actor.community, run)

    async def reaches(self, run: str, step: int) -> None:
        """Wait until a step is reported."""
        for _ in range(1200):
            if (await self.runs.standing(run)).step >= step:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"step {step} was never reported")

    def place_base(self, tiny: Tiny) -> str:
        """Put a tiny base where the worker looks; returns its name."""
        name = f"tiny-{tiny.model_type}"
        save_tiny(tiny, self.folder / "bases" / name)
        return name


async def open_school(database: Database, url: str, folder: Path, files: list[tuple[str, str]]) -> School:
    """A release of files given as (format, words), each a contribution of Ana's."""
    clock, engine = SystemClock(), Engine(url)
    await engine.prepare()
    caller = Caller(Account("playground", "ana"), Place("playground", "here"), frozenset({Role.ADMIN}), "Ana")
    actor = await Members(database, clock).actor(caller)
    blobs = Blobs(str((folder / "blobs").resolve()))
    digests = []
    for number, (_, words) in enumerate(files):
        path = folder / f"arriving-{number}"
        path.write_text(words)
        digests.append(await blobs.keep(path))
    async with database.begin() as session:
        session.add(
            DatanetRow(
                id="net",
                community_id=actor.community,
                name="facts",
                kind="text",
                owner_id=actor.member,
                created_at=clock.now(),
                description="",
                rules="",
                tags=[],
                licence="CC-BY-4.0",
                policy={},
            )
        )
        await session.flush()
        session.add(
            ReleaseRow(
                id="release",
                community_id=actor.community,
                datanet_id="net",
                number=1,
                digest="0" * 64,
                made_by=actor.member,
                created_at=clock.now(),
            )
        )
        for number, ((format_, words), digest) in enumerate(zip(files, digests, strict=True)):
            session.add(
                ContributionRow(
                    id=f"c{number}",
                    community_id=actor.community,
                    datanet_id="net",
                    author_id=actor.member,
                    state=ContributionState.ACCEPTED,
                    format=format_,
                    name=f"{number}.{format_}",
                    size=len(words),
                    digest=digest,
                    clean_digest=digest,
                    clean_size=len(words),
                    context={},
                    notes=[],
                    excerpt=words[:40],
                    consent_version=1,
                    created_at=clock.now(),
                )
            )
        await session.flush()
        for number in range(len(files)):
            row = ReleaseItemRow(release_id="release", contribution_id=f"c{number}", position=number)
            session.add(row)
    return School(url, folder, Runs(database, clock, engine, 99, 9999), blobs, actor)


def pairs(count: int) -> list[tuple[str, str]]:
    """So many files with a question and an answer each."""
    return [
        ("jsonl", json.dumps({"question": f"What follows {n}?", "answer": f"{n + 1} follows it."}))
        for n in range(count)
    ]
