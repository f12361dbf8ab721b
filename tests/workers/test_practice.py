"""A worker practises on a base and tells what it found; the estimate lays out an epoch as training does."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.orders import order_of
from benchmarks.tiny import TINY, Tiny, save_tiny, tokenizer
from datanets.blobs import Blobs
from datanets.epoch import dice_of
from datanets.estimate import parted, places
from datanets.recipe import Recipe
from workers.encode import Encoder
from workers.machine import Machine
from workers.offer import offers
from workers.paces import Paces
from workers.practice import measure
from workers.template import template_of
from workers.train.attempt import prepare
from workers.train.batches import batches
from workers.train.rows import lay_out

MACHINE = Machine("cpu", "float32", 1, 1 << 34, 1e11)


@pytest.mark.parametrize("tiny", TINY, ids=lambda tiny: tiny.model_type)
def test_every_family_can_be_practised_on(tiny: Tiny, tmp_path: Path) -> None:
    found = measure(save_tiny(tiny, tmp_path / "tiny"), MACHINE, ("lora",))
    (pace,) = found.paces
    assert pace.method == "lora"
    assert min(pace.ready, pace.answered, pace.batch + pace.token, pace.look + pace.looked) > 0
    # At least the inputs of attention and middle, of three layers of 64 numbers in four bytes.
    assert pace.kept > 3 * 2 * 64 * 4
    # One token a byte.
    assert found.spelling.characters == pytest.approx(1.0)
    assert found.spelling.template > found.spelling.shared >= 0


@pytest.mark.slow
async def test_what_was_practised_is_told_and_kept(tmp_path: Path) -> None:
    save_tiny(TINY[3], tmp_path / "bases" / "mine")
    (offer,) = (one for one in offers(tmp_path / "bases") if one.id == "mine")
    paces = Paces(tmp_path / "paces", tmp_path / "bases", MACHINE)
    assert not paces.told(offer).paces
    await paces.practise(offer)
    told = paces.told(offer)
    assert [pace.method for pace in told.paces] == ["lora", "qlora"]
    assert Paces(tmp_path / "paces", tmp_path / "bases", MACHINE).told(offer) == told
    other = Paces(tmp_path / "paces", tmp_path / "bases", replace(MACHINE, precision="bfloat16"))
    assert other.told(offer) == offer


async def test_a_base_that_cannot_be_practised_on_is_offered_without_a_pace(tmp_path: Path) -> None:
    base = save_tiny(TINY[3], tmp_path / "bases" / "mine")
    (offer,) = (one for one in offers(tmp_path / "bases") if one.id == "mine")
    (base / "tokenizer.json").unlink()
    (base / "config.json").write_text('{"model_type": "unheard-of"}')
    paces = Paces(tmp_path / "paces", tmp_path / "bases", MACHINE)
    await paces.practise(offer)
    assert paces.told(offer) == offer


@pytest.mark.parametrize("written", ["", '{"spelling": {', '{"spelling": {"unheard": 1}, "paces": []}'])
def test_a_measurement_that_cannot_be_read_is_as_good_as_none(written: str, tmp_path: Path) -> None:
    save_tiny(TINY[3], tmp_path / "bases" / "mine")
    (offer,) = (one for one in offers(tmp_path / "bases") if one.id == "mine")
    (tmp_path / "paces").mkdir()
    (tmp_path / "paces" / "mine.cpu.float32.json").write_text(written)
    assert Paces(tmp_path / "paces", tmp_path / "bases", MACHINE).told(offer) == offer


def test_the_estimate_lays_an_epoch_out_as_training_does(tmp_path: Path) -> None:
    recipe, dice = Recipe(base="tiny", batch_size=4), random.Random(2)
    pairs = [(f"Why {n}?", "so " * dice.randrange(1, 20)) for n in range(30)]
    made, blobs = tokenizer(), Blobs(str(tmp_path))
    encoder = Encoder(made, template_of(made), recipe.max_length)
    material = prepare(order_of(pairs, recipe, blobs), blobs, encoder)
    trained = batches(material.training, 4, seed=recipe.seed, epoch=1, sort=False)
    rows = [lay_out(batch, share_prefix=True) for batch in trained]
    lengths = [len(example.tokens) for example in material.training]
    dice_of(recipe.seed, 1).shuffle(lengths)
    said = [
        places(recipe, batch, row.shared) for batch, row in zip(parted(recipe, lengths), rows, strict=True)
    ]
    assert said == [row.tokens.shape[1] for row in rows]
