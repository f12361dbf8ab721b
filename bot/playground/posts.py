"""What the page sends: words, acts and files; and the one boundary where errors end."""

import json
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot import wording
from bot.languages import tr
from bot.playground import acts, forms, talk
from bot.playground.ask import Ask
from bot.playground.drawing import plain
from bot.playground.faults import fault
from bot.playground.hub import Change
from bot.playground.kitchen import Kitchen
from bot.playground.people import Person, visitor
from bot.playground.uploads import BodyUpload, UploadBroken
from datanets.refusals import ConsentNeeded, Refusal

MOST_WORDS = 8000


async def say(kitchen: Kitchen, request: Request) -> Response:
    """Take a line of chat."""

    async def work(person: Person) -> list[Change]:
        values = await _values(request)
        text = values.get("text", "").strip()[:MOST_WORDS]
        if text:
            await talk.said(kitchen, person, values["room"], text)
        return []

    return await _answer(kitchen, request, "say", work)


async def do(kitchen: Kitchen, request: Request) -> Response:
    """Take the press of a button or a form."""
    name = request.path_params["act"]

    async def work(person: Person) -> list[Change]:
        values = await _values(request)
        ask = Ask(kitchen, person, values.pop("room", ""), values)
        return await acts.do(name, ask)

    return await _answer(kitchen, request, name, work)


async def form(kitchen: Kitchen, request: Request) -> Response:
    """Give out a form as a dialog."""

    async def work(person: Person) -> list[Change]:
        words = request.query_params.get("words", "")
        asked = await forms.sheet(kitchen, person, request.path_params["form"], words)
        return [{"op": "sheet", "html": kitchen.drawing.draw("sheet.html", person.locale, sheet=asked)}]

    return await _answer(kitchen, request, "form", work)


async def hand_in(kitchen: Kitchen, request: Request) -> Response:
    """Take one file, which is the body of the request."""

    async def work(person: Person) -> list[Change]:
        values = json.loads(request.query_params.get("values", "{}"))
        room = request.query_params.get("room", "contribute")
        ask = Ask(kitchen, person, room, values)
        return await acts.hand_in(ask, BodyUpload(request))

    return await _answer(kitchen, request, "hand-in", work)


async def _values(request: Request) -> dict[str, str]:
    return {str(name): str(value) for name, value in (await request.json()).items()}


async def _answer(
    kitchen: Kitchen, request: Request, where: str, work: Callable[[Person], Awaitable[list[Change]]]
) -> Response:
    """Work, and turn what went wrong into something to read."""
    person = visitor(request)
    if person is None:
        return JSONResponse([{"op": "go", "to": "/"}], 404)
    try:
        return JSONResponse(await work(person))
    except ConsentNeeded:
        terms = wording.terms(person.locale)
        html = kitchen.drawing.draw("consent.html", person.locale, terms=terms)
        return JSONResponse([{"op": "consent", "html": html}])
    except Refusal as refusal:
        return JSONResponse([{"op": "no", "text": plain(wording.refusal(refusal, person.locale))}])
    except UploadBroken:
        return JSONResponse(
            [{"op": "no", "text": tr(person.locale, "The file broke off on its way. Send it again.")}]
        )
    except Exception as error:  # noqa: BLE001 - the boundary: whatever it is gets a ticket
        return JSONResponse([{"op": "no", "text": (await fault(kitchen, where, error, person.locale)).words}])
