"""A loopback Ray head: the part of its job API that a dispatcher uses, running entrypoints for real."""

import asyncio
import os
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "sesame-sesame-sesame"


@dataclass
class LoopbackRay:
    """Answers as Ray 2.60 does: 401 without the token, 404 for unknown jobs, 500 for a second submission."""

    gpus: float = 1.0
    jobs: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    claimed: set[str] = field(default_factory=set)
    submitted: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    async def __aenter__(self) -> "LoopbackRay":
        app = web.Application(middlewares=[_needs_token])
        app.add_routes(
            [
                web.get("/nodes", self._nodes),
                web.post("/api/jobs/", self._submit),
                web.get("/api/jobs/{job}", self._status),
                web.post("/api/jobs/{job}/stop", self._stop),
            ]
        )
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self.jobs.values():
            if process.returncode is None:
                process.kill()
            await process.wait()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The address that `POTLUCK_ENGINE=ray+…` names."""
        return f"http://127.0.0.1:{self.port}"

    def forget(self) -> None:
        """Lose every job, as a restarted head does."""
        self.jobs.clear()
        self.claimed.clear()

    async def _nodes(self, _: web.Request) -> web.Response:
        dead = {"raylet": {"state": "DEAD", "resourcesTotal": {"GPU": 8.0}}}
        node = {"raylet": {"state": "ALIVE", "resourcesTotal": {"CPU": 2.0, "GPU": self.gpus}}}
        return web.json_response({"result": True, "data": {"summary": [dead, node]}})

    async def _submit(self, request: web.Request) -> web.Response:
        body = await request.json()
        job = body["submission_id"]
        if job in self.claimed:
            return web.Response(status=500, text=f"Job with submission_id {job} already exists.")
        self.claimed.add(job)
        self.submitted.append(body)
        environment = {**os.environ, **body["runtime_env"]["env_vars"]}
        self.jobs[job] = await asyncio.create_subprocess_shell(f"exec {body['entrypoint']}", env=environment)
        return web.json_response({"job_id": job, "submission_id": job})

    async def _status(self, request: web.Request) -> web.Response:
        job = request.match_info["job"]
        if job not in self.jobs:
            return web.Response(status=404, text=f"Job {job} does not exist")
        code = self.jobs[job].returncode
        ended = "STOPPED" if job in self.stopped else "SUCCEEDED" if code == 0 else "FAILED"
        return web.json_response({"submission_id": job, "status": "RUNNING" if code is None else ended})

    async def _stop(self, request: web.Request) -> web.Response:
        job = request.match_info["job"]
        if job not in self.jobs:
            return web.Response(status=404)
        self.stopped.add(job)
        self.jobs[job].terminate()
        return web.json_response({"stopped": True})


@web.middleware
async def _needs_token(request: web.Request, handler: Any) -> web.StreamResponse:
    if request.headers.get("Authorization") != f"Bearer {TOKEN}":
        return web.Response(status=401, text="Unauthorized")
    return await handler(request)
