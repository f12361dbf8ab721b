"""The three paths: alive always, ready only when every part is, figures in Prometheus' form."""

import socket

import aiohttp

from bot.health import Health, serve


async def fine() -> str:
    return ""


async def broken() -> str:
    return "no answer from the database"


async def crashing() -> str:
    raise ConnectionError("host")


async def test_a_bot_without_its_database_is_alive_but_not_ready() -> None:
    health = Health({"database": broken, "discord": fine})
    alive, ready = await health.page("/healthz"), await health.page("/readyz")
    assert alive is not None
    assert alive.status == 200
    assert ready is not None
    assert ready.status == 503
    assert ready.body == b"database: no answer from the database\ndiscord: ready\n"


async def test_a_check_that_crashes_counts_as_not_ready() -> None:
    ready = await Health({"database": crashing}).page("/readyz")
    assert ready is not None
    assert ready.status == 503
    assert b"ConnectionError" in ready.body


async def test_metrics_tell_parts_and_figures() -> None:
    async def figures() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        return {("runs", (("state", "queued"),)): 2.0, ("runs", (("state", "running"),)): 1.0}

    page = await Health({"database": fine}, figures).page("/metrics")
    assert page is not None
    text = page.body.decode()
    assert 'potluck_ready{part="database"} 1.0' in text
    assert 'potluck_runs{state="queued"} 2.0' in text
    assert "process_resident_memory_bytes" in text


async def test_the_paths_answer_over_http() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    runner = await serve(Health({"database": fine}), "127.0.0.1", port)
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            statuses = {}
            for path in ("/healthz", "/readyz", "/metrics", "/secret"):
                async with session.get(path) as answer:
                    statuses[path] = answer.status
    finally:
        await runner.cleanup()
    assert statuses == {"/healthz": 200, "/readyz": 200, "/metrics": 200, "/secret": 404}
