"""What a run is said to need follows the release, the recipe and what the worker measured."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from datanets.estimate import Text, estimate, lengths_of, places, texts_of
from datanets.facts import BaseOffer, Context, Kind, Pace, ReleaseItem, Spelling, WorkerView
from datanets.recipe import Method, Recipe

LORA = Pace("lora", batch=0.1, token=0.002, look=0.05, looked=0.001, answered=0.02, ready=5.0, kept=700_000)
QLORA = replace(LORA, method="qlora", batch=0.4)
BASE = BaseOffer(
    id="small",
    family="llama",
    title="Small",
    licence="MIT",
    gated=False,
    ready=True,
    parameters=134_000_000,
    layers=30,
    hidden=576,
    intermediate=1536,
    vocab=49152,
    context=8192,
    methods=("lora", "qlora"),
    spelling=Spelling(characters=4.0, template=10, shared=6),
    paces=(LORA, QLORA),
)
WORKER = WorkerView("w", "", datetime.now(UTC), "cpu", 16 << 30, 2.5e11, "bfloat16", (BASE,))
RECIPE = Recipe(base="small", epochs=1, validation=0.0)


def item(kind: Kind = Kind.TEXT, format_: str = "jsonl", size: int = 428, **context: str) -> ReleaseItem:
    return ReleaseItem("c", "d", kind, format_, "f", size, Context(**context), "m", "Ana", "CC0")


def texts(count: int, characters: float = 400) -> list[Text]:
    return [Text(f"c{number}", characters) for number in range(count)]


def test_an_image_counts_with_its_caption_and_a_recording_with_its_transcript() -> None:
    image = item(Kind.IMAGE, "png", 4_000_000, caption="A red boat.")
    sound = item(Kind.AUDIO, "wav", 9_000_000, transcript="Good morning!")
    assert [text.characters for text in texts_of([image, sound, item(Kind.IMAGE, "png")])] == [11, 13]


def test_the_rows_of_a_file_spread_about_their_mean() -> None:
    found = [text.characters for text in texts_of([replace(item(size=14_000), examples=14)])]
    assert len(found) == 14
    assert sum(found) == pytest.approx(14_000 - 14 * 28, rel=0.01)
    assert max(found) > 2 * sum(found) / 14


def test_a_long_text_goes_on_as_more_examples_and_a_long_conversation_is_cut() -> None:
    told = [Text("a", 8000, is_prose=True)], [Text("a", 8000)]
    prose, talk = (lengths_of(RECIPE, BASE.spelling, text) for text in told)
    assert prose == [512, 512, 512, 465]
    assert talk == [512]


def test_what_all_examples_begin_with_is_computed_once() -> None:
    assert places(RECIPE, [20, 30, 40], shared=6) == 78
    assert places(replace(RECIPE, dropout=0.1), [20, 30, 40], shared=6) == 90
    assert places(replace(RECIPE, packing=False), [20, 30, 40], shared=6) == 120


def test_twice_the_examples_take_twice_the_steps_and_no_more_memory() -> None:
    once, twice = (estimate(RECIPE, BASE, WORKER, texts(count)) for count in (64, 128))
    assert (once.steps, twice.steps) == (8, 16)
    assert once.memory_bytes == twice.memory_bytes
    # 8 batches of 110 - 6 tokens and one time 6.
    more = 8 * (0.1 + 0.002 * (8 * 104 + 6))
    assert twice.seconds - once.seconds == pytest.approx(more, rel=0.1)


def test_a_larger_batch_needs_more_memory_and_4_bits_need_less() -> None:
    small, large = (estimate(replace(RECIPE, batch_size=size), BASE, WORKER, texts(64)) for size in (8, 32))
    packed = estimate(replace(RECIPE, method=Method.QLORA), BASE, WORKER, texts(64))
    assert large.memory_bytes > small.memory_bytes > packed.memory_bytes
    assert packed.seconds > small.seconds
    assert not estimate(RECIPE, BASE, replace(WORKER, memory_bytes=1 << 20), texts(64)).fits


def test_a_base_that_nobody_practised_on_has_an_estimate_all_the_same() -> None:
    practised = estimate(RECIPE, BASE, WORKER, texts(64))
    guessed = estimate(RECIPE, replace(BASE, paces=()), WORKER, texts(64))
    assert guessed.steps == practised.steps
    assert 0.2 < guessed.seconds / practised.seconds < 5
    assert 0.5 < guessed.memory_bytes / practised.memory_bytes < 2


@pytest.mark.parametrize("count", [0, 1, 2])
def test_next_to_nothing_has_an_estimate_too(count: int) -> None:
    assert estimate(replace(RECIPE, validation=0.1), BASE, WORKER, texts(count)).steps == 1


def test_a_precision_that_nobody_knows_is_taken_for_the_widest() -> None:
    bare = replace(BASE, paces=())
    memory = {
        name: estimate(RECIPE, bare, replace(WORKER, precision=name), texts(20)).memory_bytes
        for name in ("float32", "bfloat16", "float16", "float8_e5m2")
    }
    assert memory["float16"] == memory["bfloat16"] < memory["float32"] == memory["float8_e5m2"]
