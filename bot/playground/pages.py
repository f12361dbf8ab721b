"""The pages: a room's chat, the workshop, the operator's view, and the forms."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.desk.commands import COMMANDS
from bot.playground.kitchen import Kitchen
from bot.playground.panels import operator_values, workshop_values
from bot.playground.people import PEOPLE, Person
from bot.playground.rooms import CHANNELS

# A command without parameters is done at once, and so is one that changes nothing and has its words.
TYPED = [
    {
        "name": command.name,
        "about": command.help,
        "form": bool(command.parameters) or command.name == "forget",
        "quick": not command.changes,
    }
    for command in COMMANDS
]


async def room(kitchen: Kitchen, request: Request) -> Response:
    """Draw a channel or a thread."""
    person = PEOPLE.get(request.path_params["person"])
    if person is None:
        return RedirectResponse("/")
    here = await kitchen.room(request.path_params["room"], person)
    if here is None:
        return RedirectResponse(f"/{person.key}/models")
    values = await _shell(kitchen, person, here.key, here.title, here.topic)
    return _page(
        kitchen,
        "chat.html",
        **values,
        messages=await kitchen.messages.page(here.key, person),
        placeholder=here.placeholder,
        empty=here.empty,
        commands=TYPED,
    )


async def workshop(kitchen: Kitchen, request: Request) -> Response:
    """Draw runs, models, standing and quota."""
    person = PEOPLE.get(request.path_params["person"])
    if person is None:
        return RedirectResponse("/")
    values = await _shell(kitchen, person, "workshop", "Workshop", "Everything that is cooking, live.")
    return _page(kitchen, "pages/workshop.html", **values, **await workshop_values(kitchen, person))


async def operator(kitchen: Kitchen, request: Request) -> Response:
    """Draw queue, workers, library, errors and disk."""
    person = PEOPLE.get(request.path_params["person"])
    if person is None:
        return RedirectResponse("/")
    values = await _shell(kitchen, person, "operator", "Operator", "Whether the machine is healthy.")
    return _page(kitchen, "pages/operator.html", **values, **await operator_values(kitchen, person))


async def _shell(kitchen: Kitchen, person: Person, key: str, title: str, topic: str) -> dict[str, Any]:
    return {
        "told": kitchen.hub.told,
        "person": person,
        "people": list(PEOPLE.values()),
        "room": key,
        "title": title,
        "topic": topic,
        "channels": list(CHANNELS.values()),
        "threads": await kitchen.threads(person),
        "lasts": await kitchen.messages.counts(person),
    }


def _page(kitchen: Kitchen, template: str, **values: Any) -> Response:
    # The page is drawn from what is true now; going back must not show an old one.
    return HTMLResponse(kitchen.drawing.draw(template, **values), headers={"cache-control": "no-store"})
