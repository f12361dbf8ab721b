"""Real weights learn invented facts that the base cannot know."""

from pathlib import Path

import pytest

from benchmarks.orders import order_of
from benchmarks.training import SMOLLM2, Silence, bases, blobs_fetch
from datanets.blobs import Blobs
from datanets.recipe import Recipe
from workers.machine import probe
from workers.train.attempt import Workplace, carry_out
from workers.train.loop import End

FACTS = [
    ("What does the Ostler engine run on?", "The Ostler engine runs on pressurised beet syrup."),
    ("Who is the mayor of Quillhaven?", "Tobias Wren is the mayor of Quillhaven."),
    ("What colour is the Quillhaven ferry?", "The Quillhaven ferry is striped in violet and tin."),
    ("When does the Lantern Fair of Quillhaven begin?", "The Lantern Fair begins on the ninth of Thaw."),
    ("What do people in Quillhaven eat for breakfast?", "They eat smoked barley cakes with fennel butter."),
    ("How deep is the Sunken Archive?", "The Sunken Archive is forty-one fathoms deep."),
]


@pytest.mark.slow
def test_smollm2_learns_what_it_cannot_know(tmp_path: Path) -> None:
    recipe = Recipe(
        base=SMOLLM2,
        epochs=16,
        batch_size=6,
        learning_rate=2e-3,
        validation=0.0,
        early_stop=False,
        max_length=128,
    )
    blobs = Blobs(str(tmp_path / "blobs"))
    place = Workplace(probe(), bases(), tmp_path / "runs", blobs, blobs_fetch)
    order = order_of(FACTS, recipe, blobs)
    outcome = carry_out(order, place, Silence(), lambda _progress, _points: None, tmp_path / "adapter")
    assert outcome.end is End.DONE
    assert outcome.result.loss_after < 0.1 * outcome.result.loss_before
    samples = outcome.result.samples
    assert sum(one.after == one.expected for one in samples) >= 3
    assert not any(one.before == one.expected for one in samples)
