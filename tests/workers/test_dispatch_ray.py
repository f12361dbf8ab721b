"""Ray jobs: an attempt is a job, found again by its name, left alone by a restart of the dispatcher."""

import asyncio

import aiohttp
import pytest

from tests.servers.ray import TOKEN, LoopbackRay
from workers.dispatch.ray import NoSuchResources, RayAttempts


def attempts(ray: LoopbackRay, entrypoint: str = "true", **changes: object) -> RayAttempts:
    settings = {"token": TOKEN, "poll_seconds": 0.05, "orphan_seconds": 0.1, **changes}
    return RayAttempts(ray.url, entrypoint=entrypoint, **settings)  # type: ignore[arg-type]


async def test_an_attempt_is_a_job_with_its_name_and_its_gpus() -> None:
    async with LoopbackRay() as ray:
        carried = attempts(ray, environment={"POTLUCK_DATABASE_URL": "x"})
        assert await carried.carry_out("run", 2) == "Ray says SUCCEEDED"
    (body,) = ray.submitted
    assert body["submission_id"] == "run-2"
    assert body["entrypoint"] == "true run 2"
    assert body["entrypoint_num_gpus"] == 1.0
    assert body["runtime_env"]["env_vars"] == {"POTLUCK_DATABASE_URL": "x"}


async def test_a_failed_job_is_said_to_have_failed() -> None:
    async with LoopbackRay() as ray:
        assert await attempts(ray, "false").carry_out("run", 1) == "Ray says FAILED"


async def test_a_restarted_dispatcher_joins_the_job_that_runs() -> None:
    async with LoopbackRay() as ray:
        carried = attempts(ray, "sh -c 'sleep 0.3' --")
        ends = await asyncio.gather(carried.carry_out("run", 1), carried.carry_out("run", 1))
        assert ends == ["Ray says SUCCEEDED"] * 2
        assert len(ray.submitted) == 1


async def test_a_job_outlives_its_dispatcher_and_can_be_ended() -> None:
    async with LoopbackRay() as ray:
        carried = attempts(ray, "sleep 1000; true")
        task = asyncio.create_task(carried.carry_out("run", 1))
        while not await carried.is_running("run", 1):
            await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.wait({task})
        assert await carried.is_running("run", 1)
        await carried.end("run", 1)
        await ray.jobs["run-1"].wait()
        assert not await carried.is_running("run", 1)


async def test_a_request_that_no_living_node_can_satisfy_is_refused_at_once() -> None:
    async with LoopbackRay(gpus=2) as ray:
        with pytest.raises(NoSuchResources, match="largest node has 2"):
            await attempts(ray, gpus=4).carry_out("run", 1)
        assert ray.submitted == []


async def test_a_job_that_the_head_forgot_has_ended() -> None:
    async with LoopbackRay() as ray:
        carried = attempts(ray, "sleep 1000; true")
        task = asyncio.create_task(carried.carry_out("run", 1))
        while not await carried.is_running("run", 1):
            await asyncio.sleep(0.02)
        process = ray.jobs["run-1"]
        ray.forget()
        assert await task == "the Ray head forgot the job"
        process.kill()


async def test_without_the_token_nothing_is_submitted() -> None:
    async with LoopbackRay() as ray:
        with pytest.raises(aiohttp.ClientResponseError, match="401"):
            await attempts(ray, token="wrong").carry_out("run", 1)
        assert ray.submitted == []


def test_the_token_is_not_in_its_representation() -> None:
    assert TOKEN not in repr(RayAttempts("http://head:8265", token=TOKEN))
