"""Open pages are told what happens, each as its own person."""

from bot.playground.hub import MOST_WAITING, Change, Hub
from bot.playground.people import PEOPLE, Person


async def test_each_person_is_drawn_for_once_however_many_pages_they_have() -> None:
    hub, drawn = Hub(), []

    async def draw(person: Person) -> list[Change]:
        drawn.append(person.key)
        return [{"op": "said", "text": person.name}]

    ana, ben = PEOPLE["ana"], PEOPLE["ben"]
    with hub.open(ana, "review") as one, hub.open(ana, "review") as two, hub.open(ben, "help") as three:
        await hub.tell(draw, "review")

        assert drawn == ["ana"]
        assert one.waiting.qsize() == two.waiting.qsize() == 1
        assert three.waiting.empty()


async def test_a_page_that_stopped_reading_is_let_go() -> None:
    hub = Hub()
    with hub.open(PEOPLE["ana"], "review") as window:
        for _ in range(MOST_WAITING + 1):
            window.tell({"op": "said", "text": "x"})

        assert [changes async for changes in window.changes()] == []
