"""A preset fills what suits the release that will be trained on."""

from bot.desk import Desk
from datanets.facts import Context
from datanets.recipe import Recipe
from tests.desk.people import ANA, BEN, CEM, EVE, Words, hand_in


async def freeze(desk: Desk, one: str) -> None:
    for voter in (ANA, BEN, CEM):
        await desk.reviewing.cast(voter, one, True)
    await desk.nets.release(ANA, "recipes")


async def hand_in_rows(desk: Desk, count: int) -> str:
    rows = "".join(f'{{"question": "What is dish {n}?", "answer": "Soup {n * n}."}}\n' for n in range(count))
    taken = await desk.contribute.hand_in(EVE, Words(rows, "rows.jsonl"), "recipes", Context())
    return taken.contribution.id


async def normal(desk: Desk, release: int | None = None, **values: object) -> Recipe:
    return await desk.finetune.recipe(ANA, "recipes", "tiny", values=values, release=release)


def shape(of: Recipe) -> tuple[int, int, float, float]:
    return of.epochs, of.batch_size, of.learning_rate, of.validation


async def test_the_newest_release_decides_unless_another_is_named(desk: Desk) -> None:
    await freeze(desk, await hand_in(desk, "Boil the beans for an hour, then salt them."))
    await freeze(desk, await hand_in_rows(desk, 30))
    assert shape(await normal(desk)) == (5, 4, 1e-3, 0.05)
    assert shape(await normal(desk, release=1)) == (8, 2, 5e-4, 0.0)


async def test_one_long_text_counts_as_the_many_lessons_it_becomes(desk: Desk) -> None:
    long = " ".join(f"On day {n} the soup of the house was number {n * n}." for n in range(1200))
    await freeze(desk, await hand_in(desk, long))
    (release,) = await desk.nets.list_releases(ANA, "recipes")
    assert release.examples == 1
    assert 20 < release.lessons < 200
    assert shape(await normal(desk)) == (5, 4, 1e-3, 0.05)


async def test_a_value_that_somebody_gave_stays_whatever_the_size(desk: Desk) -> None:
    await freeze(desk, await hand_in(desk, "Boil the beans for an hour, then salt them."))
    given = {"epochs": 2, "batch_size": 16, "learning_rate": 3e-4, "validation": 0.3}
    assert shape(await normal(desk, **given)) == (2, 16, 3e-4, 0.3)
