"""The presets suit the size of a release."""

from itertools import pairwise

import pytest

from datanets.presets import SIZES, Preset
from datanets.recipe import Method, Recipe


def filled(preset: Preset, lessons: int) -> Recipe:
    return Recipe.preset(preset, "small", lessons=lessons)


@pytest.mark.parametrize("preset", Preset)
def test_fewer_lessons_are_read_more_often_in_smaller_and_gentler_steps(preset: Preset) -> None:
    for fewer, more in pairwise(filled(preset, lessons) for lessons in (5, 60, 600, 6000)):
        assert fewer.epochs >= more.epochs
        assert fewer.learning_rate <= more.learning_rate
        assert fewer.batch_size < more.batch_size
    assert filled(preset, 5).epochs > filled(preset, 6000).epochs


def test_very_few_lessons_are_all_trained_on_and_of_more_some_are_held_out() -> None:
    held = [filled(Preset.NORMAL, lessons).validation for lessons in (1, 19, 20, 200, 2000)]
    assert held == [0.0, 0.0, 0.05, 0.1, 0.05]


def test_normal_makes_the_80_steps_that_64_facts_were_seen_to_need() -> None:
    recipe = filled(Preset.NORMAL, 64)
    assert (recipe.epochs * 64 // recipe.batch_size, recipe.learning_rate) == (80, 1e-3)


@pytest.mark.parametrize("lessons", [0, 1, 19, 20, 199, 200, 1999, 2000, 10**7])
@pytest.mark.parametrize("method", Method)
def test_every_preset_of_every_size_can_be_started(lessons: int, method: Method) -> None:
    for preset in Preset:
        Recipe.preset(preset, "small", method=method, lessons=lessons).check()


def test_a_thorough_run_reads_more_often_than_a_normal_one_and_that_more_than_a_taste() -> None:
    for size in SIZES:
        taste, normal, thorough = size.epochs
        assert taste < normal < thorough
