"""Short answers while a run is on its way: shown live, and for little of its time."""

from pathlib import Path

import torch

from benchmarks.tiny import TINY, tokenizer
from datanets.facts import Point, Progress
from datanets.recipe import Recipe
from workers.dataset import Lesson, Turn
from workers.encode import Encoder, encode_all
from workers.template import template_of
from workers.train.attempt import said_on_the_way
from workers.train.checkpoints import Checkpoints
from workers.train.loop import End, Loop
from workers.train.prepare import attach, learner
from workers.train.samples import SHARE_ON_THE_WAY, OnTheWay, noted, questions

LLAMA = next(tiny for tiny in TINY if tiny.family == "llama")
RECIPE = Recipe(base="tiny", epochs=2, batch_size=2, learning_rate=2e-3)


class Silence:
    def stop_requested(self) -> bool:
        return False

    def interrupted(self) -> bool:
        return False


def trained(folder: Path, *, with_answers: bool, holds_out: bool = True) -> tuple[Loop, list[Progress]]:
    torch.manual_seed(9)
    model = attach(LLAMA.build().requires_grad_(False), RECIPE, None)
    made = tokenizer()
    encoder = Encoder(made, template_of(made), 96)
    lessons = [
        Lesson("c", (Turn("user", f"What follows {n}?"), Turn("assistant", f"{n + 1}."))) for n in range(8)
    ]
    encoded, _ = encode_all(encoder, lessons)
    heard: list[Progress] = []

    def tell(progress: Progress, points: tuple[Point, ...]) -> None:
        del points
        heard.append(progress)

    pupil = learner(model, RECIPE, checkpoint_layers=False, device="cpu")
    way = OnTheWay(lambda: said_on_the_way(model, encoder, questions(encoder, lessons)))
    held_out = encoded[:2] if holds_out else ()
    loop = Loop(pupil, RECIPE, encoded, held_out, Checkpoints(folder, 1), tell)
    if with_answers:
        loop.on_the_way = way.note
    assert loop.run(Silence()) is End.DONE
    return loop, heard


def test_what_the_model_says_by_now_is_told_with_the_progress_and_changes_nothing(tmp_path: Path) -> None:
    loop, heard = trained(tmp_path / "with", with_answers=True)
    plain, silent = trained(tmp_path / "without", with_answers=False)
    assert heard[-1].note.startswith("“What follows 0?” → “")
    assert not any(progress.note for progress in silent)
    assert all(torch.equal(parameter, plain.trainable[name]) for name, parameter in loop.trainable.items())


def test_a_run_that_holds_nothing_out_answers_one_of_its_own_questions(tmp_path: Path) -> None:
    loop, heard = trained(tmp_path, with_answers=True, holds_out=False)
    assert heard[-1].note.startswith("“What follows 0?” → “")
    assert heard[-1].held_out_loss is None
    assert not loop.best


def test_answers_on_the_way_take_little_of_the_time() -> None:
    way, asked = OnTheWay(lambda: "said", expected=2.0), []
    for minute in range(1, 61):
        before = way.spent
        said = way.note(trained=60.0 * minute)
        # The clock of this test: each answer takes two seconds.
        if said:
            way.spent, way.expected = before + 2.0, 2.0
            asked.append(minute)
        assert way.spent <= SHARE_ON_THE_WAY * 60.0 * minute
    assert len(asked) > 30


def test_a_note_is_one_short_line() -> None:
    assert noted("Who?\n", " Ana.\n\nOr Bo. ") == "“Who?” → “Ana. Or Bo.”"
    assert len(noted("w" * 500, "a" * 500)) <= 120
