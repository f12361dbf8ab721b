"""/finetune as a panel, one progress message through its whole life, and the thread of the model."""

import asyncio
import io
import json
import zipfile
from datetime import UTC, datetime

import pytest

from datanets.facts import BaseOffer, Point, Progress, Result, RunView, Sample, WorkerView
from tests.discord.conftest import Kitchen
from tests.servers.discord import Person, text_of
from tests.servers.discord_shapes import Json
from tests.servers.discord_world import Denied

SMALL = BaseOffer(
    id="smollm2-135m",
    family="LLaMA",
    title="SmolLM2 135M Instruct",
    licence="Apache-2.0",
    gated=False,
    ready=True,
    parameters=134_515_008,
    layers=30,
    hidden=576,
    intermediate=1536,
    vocab=49152,
    context=2048,
    methods=("lora", "qlora"),
)


def worker(url: str = "") -> WorkerView:
    return WorkerView("w1", url, datetime.now(UTC), "cpu", 16 << 30, 5e10, "float32", (SMALL,))


async def released(kitchen: Kitchen) -> Person:
    """A datanet with a release and a worker that could train on it; returns its owner."""
    await kitchen.core.workshop.beat(worker())
    await kitchen.net()
    voters = [kitchen.validator(name) for name in ("Vera", "Viktor", "Vito")]
    card = await kitchen.card(kitchen.person("Ana"), "Robins sing at dawn. " * 20)
    for voter in voters:
        await voter.click(card, "Accept")
    await kitchen.server.until(lambda: "Accepted" in text_of(card))
    owner = kitchen.server.owner(kitchen.guild)
    answer = await owner.slash("datanet release", kitchen.general, datanet="birds")
    await answer.until(lambda a: "birds r1" in a.text)
    return owner


async def started(kitchen: Kitchen) -> tuple[Person, Json]:
    """A queued run; returns who started it and its progress message."""
    owner = await released(kitchen)
    panel = await owner.slash("finetune", kitchen.general, datanet="birds", preset="taste")
    await panel.until(lambda a: "Estimate" in a.text)
    done = await owner.click(panel.message, "Start")
    await done.until(lambda a: "is on its way" in a.text)
    message = await kitchen.server.until(lambda: progress(kitchen))
    return owner, message


def progress(kitchen: Kitchen) -> Json | None:
    found = [
        m for m in kitchen.server.by_bot(kitchen.models) if "birds-1" in text_of(m) and "Recipe" in text_of(m)
    ]
    return found[0] if found else None


async def the_run(kitchen: Kitchen) -> RunView:
    place = await kitchen.core.places.all("discord")
    return (await kitchen.core.runs.list(place[0].community))[0]


async def finished(kitchen: Kitchen) -> None:
    run = await the_run(kitchen)
    attempt = await kitchen.core.runs.begin(run.id)
    sample = Sample("When do robins sing?", "No idea.", "At dawn.")
    result = Result(loss_before=3.0, loss_after=0.5, examples=1, tokens=100, seconds=61.0, samples=(sample,))
    assert attempt is not None
    assert await kitchen.core.runs.finish(run.id, attempt, result, has_model=True)


async def test_the_panel_takes_choices_and_fields_and_names_what_clashes(kitchen: Kitchen) -> None:
    owner = await released(kitchen)
    panel = await owner.slash("finetune", kitchen.general, datanet="birds", base="smollm2-135m")
    await panel.until(lambda a: "Estimate" in a.text)
    assert panel.private
    picked = await owner.choose(panel.message, "Preset", "Thorough")
    # The release holds one small file, and Thorough reads so little twelve times.
    await picked.until(lambda a: "Estimate" in a.text and "Epochs **12**" in a.text)
    form = await owner.click(panel.message, "Learning")
    saved = await owner.submit(form, {"epochs": "99"})
    await saved.until(lambda a: "Epochs cannot be 99" in a.text)
    form = await owner.click(panel.message, "Learning")
    saved = await owner.submit(form, {"epochs": "2"})
    await kitchen.restart()
    form = await owner.click(panel.message, "Adapter")
    saved = await owner.submit(form, {"rank": "4"})
    await saved.until(lambda a: "Epochs **2**" in a.text and "LoRA rank **4**" in a.text)
    form = await owner.click(panel.message, "More")
    saved = await owner.submit(form, {"switches": ["DoRA", "Packing"], "seed": "7"})
    await saved.until(lambda a: "Packing · DoRA" in a.text)
    gone = await owner.click(panel.message, "Cancel")
    assert "Nothing was started" in gone.text


async def test_one_message_shows_the_whole_run_across_a_restart(kitchen: Kitchen) -> None:
    owner, message = await started(kitchen)
    run = await the_run(kitchen)
    attempt = await kitchen.core.runs.begin(run.id)
    assert attempt == 1
    points = [Point(step, 3.0 - step / 10) for step in range(1, 11)]
    at = Progress("training", 10, 40, 0.5, 2.0, None, 350.0, 1 << 30, 90.0)
    await kitchen.core.runs.report(run.id, attempt, at, points)
    await kitchen.server.until(lambda: "10/40" in text_of(message) and "image" in message["embeds"][0])
    first = message["embeds"][0]["image"]["url"]
    await kitchen.restart()
    await kitchen.core.runs.report(run.id, attempt, Progress("training", 20, 40, 1.0, 1.0), [Point(20, 1.0)])
    await kitchen.server.until(lambda: "20/40" in text_of(message))
    assert message["embeds"][0]["image"]["url"] != first
    assert len([m for m in kitchen.server.by_bot(kitchen.models) if "birds-1" in text_of(m)]) == 1
    stranger = kitchen.person("Stranger")
    refused = await stranger.click(message, "Stop")
    await refused.until(lambda a: "You need to be" in a.text)
    stopped = await owner.click(message, "Stop")
    await stopped.until(lambda a: "stops" in a.text)
    await kitchen.server.until(lambda: "Stopping" in text_of(message))


async def test_the_progress_message_goes_on_when_its_interaction_died_and_when_it_is_old(
    kitchen: Kitchen,
) -> None:
    world, interactions = kitchen.server.world, kitchen.server.interactions
    world.lead = -2 * 3600
    _, message = await started(kitchen)
    run = await the_run(kitchen)
    attempt = await kitchen.core.runs.begin(run.id)
    assert attempt == 1
    await kitchen.core.runs.report(run.id, attempt, Progress("training", 1, 40, 0.1, 3.0))
    await kitchen.server.until(lambda: "1/40" in text_of(message))
    world.lead += 16 * 60
    for token in interactions.by_token:
        with pytest.raises(Denied):
            interactions.webhook(token)
    by_token = len(kitchen.server.calls("PATCH /webhooks"))
    await kitchen.core.runs.report(run.id, attempt, Progress("training", 2, 40, 0.1, 3.0))
    await kitchen.server.until(lambda: "2/40" in text_of(message))
    world.lead = 0
    for step in range(3, 13):
        await kitchen.core.runs.report(run.id, attempt, Progress("training", step, 40, 0.2, 2.0))
        await asyncio.sleep(0.3)
    await kitchen.server.until(lambda: "12/40" in text_of(message))
    assert not kitchen.server.limits.exceeded
    assert len(kitchen.server.calls("PATCH /webhooks")) == by_token
    assert len([m for m in kitchen.server.by_bot(kitchen.models) if "birds-1" in text_of(m)]) == 1


@pytest.mark.parametrize("what", [429, 502, 503, "cut", "cut-after"])
async def test_the_end_of_a_run_is_shown_whatever_happens_to_the_call(
    kitchen: Kitchen, what: int | str
) -> None:
    _, message = await started(kitchen)
    kitchen.server.faults.order(rf"PATCH /channels/{kitchen.models['id']}", what, times=2)
    await finished(kitchen)
    await kitchen.server.until(lambda: "Done" in text_of(message), 20)
    await kitchen.server.until(lambda: [m for m in kitchen.server.by_bot(kitchen.models) if m["mentions"]])
    assert kitchen.server.faults.struck == 2
    assert len([m for m in kitchen.server.by_bot(kitchen.models) if "Recipe" in text_of(m)]) == 1


async def test_pressing_start_twice_queues_one_run(kitchen: Kitchen) -> None:
    owner = await released(kitchen)
    panel = await owner.slash("finetune", kitchen.general, datanet="birds", preset="taste")
    await panel.until(lambda a: "Estimate" in a.text)
    twice = [dict(panel.message or {}), dict(panel.message or {})]
    answers = await asyncio.gather(*(owner.click(message, "Start") for message in twice))
    for answer in answers:
        await answer.until(lambda a: "is on its way" in a.text or "used up" in a.text)
    place = await kitchen.core.places.all("discord")
    assert len(await kitchen.core.runs.list(place[0].community)) == 1


async def test_a_model_gets_a_thread_and_its_starter_one_word(kitchen: Kitchen) -> None:
    owner, message = await started(kitchen)
    await finished(kitchen)
    await kitchen.server.until(lambda: "Done" in text_of(message))
    assert "0.500" in text_of(message)
    threads = await kitchen.server.until(lambda: kitchen.server.world.threads_of(kitchen.guild["id"]))
    assert threads[0]["name"] == "birds-1"
    await kitchen.server.until(lambda: kitchen.server.by_bot(threads[0]["id"]))
    pings = await kitchen.server.until(
        lambda: [m for m in kitchen.server.by_bot(kitchen.models) if m["mentions"]]
    )
    assert [u["id"] for u in pings[0]["mentions"]] == [owner.id]
    runs = await owner.slash("runs", kitchen.general)
    await runs.until(lambda a: "birds-1" in a.text)
    models = await owner.slash("models", kitchen.general)
    await models.until(lambda a: "birds-1" in a.text)
    opened = await owner.choose(models.message, "Talk to", "birds-1")
    await opened.until(lambda a: f"<#{threads[0]['id']}>" in a.text)
    assert len(kitchen.server.world.threads_of(kitchen.guild["id"])) == 1
    shown = await owner.slash("run show", kitchen.general, run="birds-1")
    await shown.until(lambda a: "At dawn." in a.text)


async def test_a_release_is_exported_as_a_file(kitchen: Kitchen) -> None:
    owner = await released(kitchen)
    answer = await owner.slash("datanet export", kitchen.general, datanet="birds")
    await answer.until(lambda a: a.message and a.message["attachments"])
    with zipfile.ZipFile(io.BytesIO(kitchen.server.shelf.bytes_of(answer.message["attachments"][0]))) as held:
        about = json.loads(held.read("metadata.jsonl"))
        assert held.read(about["file"]).decode().startswith("Robins sing at dawn.")
        assert "Ana" in held.read("README.md").decode()
    assert answer.private


async def test_a_release_too_big_for_discord_is_exported_without_its_files(kitchen: Kitchen) -> None:
    owner = await released(kitchen)
    kitchen.server.interactions.file_limit = 700
    answer = await owner.slash("datanet export", kitchen.general, datanet="birds")
    await answer.until(lambda a: "potluck export release birds" in a.text)
    with zipfile.ZipFile(io.BytesIO(kitchen.server.shelf.bytes_of(answer.message["attachments"][0]))) as held:
        assert set(held.namelist()) == {"metadata.jsonl", "README.md"}


async def test_run_stop_ends_ones_own_run_and_nobody_elses(kitchen: Kitchen) -> None:
    owner, message = await started(kitchen)
    run = await the_run(kitchen)
    assert await kitchen.core.runs.begin(run.id) == 1
    refused = await kitchen.person("Ana").slash("run stop", kitchen.general, run="birds-1")
    await refused.until(lambda a: "You need to be" in a.text)
    stopped = await owner.slash("run stop", kitchen.general, run="birds-1")
    await stopped.until(lambda a: "stops" in a.text)
    await kitchen.server.until(lambda: "Stopping" in text_of(message))


async def test_credit_shows_what_accepted_work_earned(kitchen: Kitchen) -> None:
    ana = kitchen.person("Ana")
    before = await ana.slash("credit", kitchen.general)
    await before.until(lambda a: a.text and "100" not in a.text)
    await released(kitchen)
    after = await ana.slash("credit", kitchen.general)
    await after.until(lambda a: "100" in a.text)
    assert after.private
