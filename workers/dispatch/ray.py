"""Carries out an attempt as a Ray job, over the REST API of a Ray head; Ray itself is not installed here."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

log = logging.getLogger(__name__)

OVER = frozenset({"STOPPED", "SUCCEEDED", "FAILED"})
# An orphan of a lost head lives this long without its database lease; only then may its job start again.
ORPHAN_SECONDS = 75.0
PATIENCE_SECONDS = 60.0


class NoSuchResources(Exception):
    """No node of the cluster could ever satisfy the request."""


@dataclass(frozen=True)
class RayAttempts:
    """One Ray job an attempt; the name of the job is fixed, so a restarted dispatcher finds it again.

    `head` is `http://host:8265`. `gpus` is what one job asks for. https://docs.ray.io/en/latest/cluster/running-applications/job-submission/rest.html
    """

    head: str
    token: str = field(default="", repr=False)
    entrypoint: str = "python -m workers.train"
    gpus: float = 1.0
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    poll_seconds: float = 2.0
    orphan_seconds: float = ORPHAN_SECONDS

    async def carry_out(self, run: str, attempt: int) -> str:
        """Train until the job ends; returns how it ended. Cancelling leaves the job to the next dispatcher.

        Raises NoSuchResources when the cluster has no node that is big enough.
        """
        job = job_name(run, attempt)
        async with self._session() as session:
            status = await self._status(session, job)
            if status is None:
                await self._check_room(session)
                await self._submit(session, job, run, attempt)
            return await self._wait(session, job)

    async def end(self, run: str, attempt: int) -> None:
        """Stop the job of an attempt: Ray sends SIGTERM first and SIGKILL later."""
        async with self._session() as session:
            await self._stop(session, job_name(run, attempt))

    async def is_running(self, run: str, attempt: int) -> bool:
        """Whether the job of this attempt lives, for instance after a restart of the dispatcher."""
        async with self._session() as session:
            status = await self._status(session, job_name(run, attempt))
        return status is not None and status not in OVER

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[aiohttp.ClientSession]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(self.head, headers=headers, timeout=timeout) as session:
            yield session

    async def _check_room(self, session: aiohttp.ClientSession) -> None:
        # Ray would let a job that fits nowhere wait for ever and say nothing.
        async with session.get("/nodes", params={"view": "summary"}) as answer:
            answer.raise_for_status()
            nodes = (await answer.json())["data"]["summary"]
        most = max((_gpus(node) for node in nodes if _is_alive(node)), default=0.0)
        if most < self.gpus:
            raise NoSuchResources(f"a run asks for {self.gpus:g} GPU, the largest node has {most:g}")

    async def _submit(self, session: aiohttp.ClientSession, job: str, run: str, attempt: int) -> None:
        body = {
            "entrypoint": f"{self.entrypoint} {run} {attempt}",
            "submission_id": job,
            "entrypoint_num_gpus": self.gpus,
            "runtime_env": {"env_vars": dict(self.environment)},
            "metadata": {"run": run, "attempt": str(attempt)},
        }
        async with session.post("/api/jobs/", json=body) as answer:
            # A second submission of one name is answered with 500; the job is there, which is all we want.
            if answer.status >= 400 and await self._status(session, job) is None:
                raise aiohttp.ClientResponseError(
                    answer.request_info, answer.history, status=answer.status, message=await answer.text()
                )

    async def _wait(self, session: aiohttp.ClientSession, job: str) -> str:
        loop = asyncio.get_running_loop()
        heard = loop.time()
        while True:
            try:
                status = await self._status(session, job)
            except (aiohttp.ClientError, TimeoutError) as error:
                if loop.time() - heard > PATIENCE_SECONDS:
                    return f"the Ray head was away for {PATIENCE_SECONDS:.0f} s: {error}"
            else:
                heard = loop.time()
                if status is None:
                    log.warning("job %s is unknown to the head, waiting until its orphan is gone", job)
                    await asyncio.sleep(self.orphan_seconds)
                    return "the Ray head forgot the job"
                if status in OVER:
                    return f"Ray says {status}"
            await asyncio.sleep(self.poll_seconds)

    async def _status(self, session: aiohttp.ClientSession, job: str) -> str | None:
        async with session.get(f"/api/jobs/{job}") as answer:
            if answer.status == 404:
                return None
            answer.raise_for_status()
            found: dict[str, Any] = await answer.json()
        return str(found["status"])

    async def _stop(self, session: aiohttp.ClientSession, job: str) -> None:
        async with session.post(f"/api/jobs/{job}/stop") as answer:
            if answer.status >= 400:
                log.warning("job %s could not be stopped: %s", job, answer.status)


def job_name(run: str, attempt: int) -> str:
    """The name under which Ray knows an attempt."""
    return f"{run}-{attempt}"


def _is_alive(node: Mapping[str, Any]) -> bool:
    return node.get("raylet", {}).get("state", "ALIVE") == "ALIVE"


def _gpus(node: Mapping[str, Any]) -> float:
    resources = node.get("raylet", {}).get("resourcesTotal", {})
    return float(resources.get("GPU", 0.0))
