"""`python -m workers.train`: one attempt, its reports, its end, whatever happens on the way."""

import json
import signal
from pathlib import Path

import pytest

from benchmarks.tiny import TINY
from datanets.database import Database
from datanets.facts import RunState
from datanets.recipe import Recipe
from tests.workers.training import School, open_school, pairs

LLAMA = next(tiny for tiny in TINY if tiny.model_type == "llama")


def recipe(**changes: object) -> Recipe:
    values = {"base": "tiny-llama", "epochs": 4, "batch_size": 2, "max_length": 128, "early_stop": False}
    return Recipe(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
async def school(sqlite_url: str, tmp_path: Path) -> School:
    database = Database.open(sqlite_url)
    school = await open_school(database, sqlite_url, tmp_path, pairs(20))
    school.place_base(LLAMA)
    yield school
    await database.close()


@pytest.mark.slow
async def test_a_run_leaves_its_adapter_its_result_and_no_checkpoints(school: School, tmp_path: Path) -> None:
    run = await school.order(recipe())
    code, log = await school.train(run)
    assert code == 0, log
    view = await school.view(run)
    assert view.state is RunState.SUCCEEDED
    assert view.result is not None
    assert view.result.loss_after < view.result.loss_before
    assert view.result.held_out_after < view.result.held_out_before
    assert view.result.examples == 18
    assert [point.step for point in view.curve] == list(range(37))
    folder = await school.blobs.fetch_folder(f"adapters/{run}", tmp_path / "adapter")
    notes = json.loads((folder / "potluck.json").read_text())
    assert notes["base"] == "tiny-llama"
    assert "<|im_start|>" in notes["template"]
    assert (folder / "adapter_model.safetensors").exists()
    assert "Ana: 20" in (folder / "README.md").read_text()
    assert not (tmp_path / "runs" / run).exists()


@pytest.mark.slow
async def test_a_killed_attempt_is_gone_on_with(school: School) -> None:
    run = await school.order(recipe(epochs=30))
    process = await school.process(run)
    await school.reaches(run, 25)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    code, log = await school.train(run)
    assert code == 0, log
    assert "going on from step" in log
    assert (await school.view(run)).state is RunState.SUCCEEDED


@pytest.mark.slow
async def test_stop_keeps_what_was_learned(school: School, tmp_path: Path) -> None:
    run = await school.order(recipe(epochs=20, batch_size=1))
    process = await school.process(run)
    await school.reaches(run, 5)
    await school.runs.stop(school.actor, run)
    await process.communicate()
    view = await school.view(run)
    assert (process.returncode, view.state) == (0, RunState.STOPPED)
    assert view.result is not None
    assert any("Stopped by hand" in note for note in view.result.notes)
    await school.blobs.fetch_folder(f"adapters/{run}", tmp_path / "adapter")


@pytest.mark.slow
async def test_an_attempt_that_lost_its_run_leaves_it_alone(school: School) -> None:
    run = await school.order(recipe(epochs=20, batch_size=1))
    process = await school.process(run)
    await school.reaches(run, 2)
    assert await school.runs.begin(run) == 2
    await process.communicate()
    assert process.returncode == 3
    assert (await school.view(run)).state is RunState.RUNNING


@pytest.mark.slow
async def test_a_next_version_starts_where_its_parent_ended(school: School) -> None:
    first = await school.order(recipe())
    await school.train(first)
    second = await school.order(recipe(), parent=first)
    code, log = await school.train(second)
    assert code == 0, log
    before, after = (await school.view(first)).result, (await school.view(second)).result
    assert before is not None
    assert after is not None
    assert after.loss_before == pytest.approx(before.loss_after, rel=0.02)


@pytest.mark.slow
async def test_data_that_teaches_nothing_ends_the_run_with_a_sentence(
    sqlite_url: str, tmp_path: Path
) -> None:
    database = Database.open(sqlite_url)
    school = await open_school(database, sqlite_url, tmp_path, [("csv", "colour,size\nred,3\n")])
    school.place_base(LLAMA)
    run = await school.order(recipe())
    code, log = await school.train(run)
    view = await school.view(run)
    assert (code, view.state) == (0, RunState.FAILED), log
    assert "nothing to learn from" in view.failure
    await database.close()
