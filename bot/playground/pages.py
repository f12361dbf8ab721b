"""The pages: a room's chat, the workshop, the operator's view, and the forms."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.desk.commands import COMMANDS
from bot.languages import tr
from bot.playground.kitchen import Kitchen
from bot.playground.panels import operator_values, workshop_values
from bot.playground.people import PEOPLE, Person, visitor
from bot.playground.rooms import CHANNELS


async def room(kitchen: Kitchen, request: Request) -> Response:
    """Draw a channel or a thread."""
    person = visitor(request)
    if person is None:
        return RedirectResponse("/")
    here = await kitchen.room(request.path_params["room"], person)
    if here is None:
        return RedirectResponse(f"/{person.key}/models")
    values = await _shell(kitchen, person, here.key, here.title, here.topic)
    return _page(
        kitchen,
        "chat.html",
        person,
        **values,
        messages=await kitchen.messages.page(here.key, person),
        placeholder=here.placeholder,
        empty=here.empty,
        commands=_typed(person.locale),
    )


async def workshop(kitchen: Kitchen, request: Request) -> Response:
    """Draw runs, models, standing and quota."""
    person = visitor(request)
    if person is None:
        return RedirectResponse("/")
    values = await _shell(kitchen, person, "workshop", "Workshop", "Everything that is cooking, live.")
    return _page(kitchen, "pages/workshop.html", person, **values, **await workshop_values(kitchen, person))


async def operator(kitchen: Kitchen, request: Request) -> Response:
    """Draw queue, workers, library, errors and disk."""
    person = visitor(request)
    if person is None:
        return RedirectResponse("/")
    values = await _shell(kitchen, person, "operator", "Operator", "Whether the machine is healthy.")
    return _page(kitchen, "pages/operator.html", person, **values, **await operator_values(kitchen, person))


async def _shell(kitchen: Kitchen, person: Person, key: str, title: str, topic: str) -> dict[str, Any]:
    return {
        "told": kitchen.hub.told,
        "people": list(PEOPLE.values()),
        "room": key,
        "title": title,
        "topic": topic,
        "channels": list(CHANNELS.values()),
        "threads": await kitchen.threads(person),
        "lasts": await kitchen.messages.counts(person),
    }


def _typed(locale: str) -> list[dict[str, Any]]:
    """A command without parameters is done at once, and so is one that changes nothing and has its words."""
    return [
        {
            "name": command.name,
            "about": tr(locale, command.help),
            "form": bool(command.parameters) or command.name == "forget",
            "quick": not command.changes,
        }
        for command in COMMANDS
    ]


def _page(kitchen: Kitchen, template: str, person: Person, **values: Any) -> Response:
    html = kitchen.drawing.draw(template, person.locale, person=person, **values)
    # The page is drawn from what is true now; going back must not show an old one.
    return HTMLResponse(html, headers={"cache-control": "no-store"})
