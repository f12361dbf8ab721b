"""What the panels of the workshop and of the operator's page show, drawn anew when something changes."""

import asyncio
import logging
import shutil
from functools import partial
from typing import Any

from agent.facts import Digest
from bot.playground.curve import curve
from bot.playground.hub import Change
from bot.playground.kitchen import Kitchen
from bot.playground.people import Person
from datanets.refusals import NotAllowed

log = logging.getLogger(__name__)

RUNS_SHOWN = 6
SECONDS_BETWEEN_LOOKS = 5.0
WORKSHOP = ("runs", "models", "datanets", "quota", "leaderboard", "files")
OPERATOR = ("queue", "faults", "workers", "library", "questions", "disk")


async def workshop_values(kitchen: Kitchen, person: Person) -> dict[str, Any]:
    """Collect what the workshop shows to one person."""
    desk, caller = kitchen.desk, person.caller
    listed = await desk.training.runs(caller, RUNS_SHOWN)
    runs = [await desk.training.run(caller, run.id) for run in listed]
    return {
        "runs": [(run, curve(run.curve, run.progress.steps, person.locale)) for run in runs],
        "models": await desk.training.models(caller),
        "datanets": await desk.nets.list(caller),
        "quota": await desk.contribute.quota(caller),
        "board": await desk.rankings.leaderboard(caller),
        "own": await desk.rankings.place_of(caller),
        "files": await desk.contribute.mine(caller),
    }


async def operator_values(kitchen: Kitchen, person: Person) -> dict[str, Any]:
    """Collect what the operator's page shows."""
    runs = await kitchen.desk.training.runs(person.caller, 50)
    return {
        "queue": [run for run in runs if not run.state.is_over],
        "faults": await kitchen.core.faults.latest(),
        "workers": await kitchen.core.workshop.all(),
        "now": kitchen.core.clock.now(),
        "library": kitchen.desk.ask.state(),
        "digest": await _digest(kitchen, person),
        "disk": await asyncio.to_thread(shutil.disk_usage, kitchen.data_dir),
    }


async def _digest(kitchen: Kitchen, person: Person) -> Digest | None:
    """Return what the docs did not answer, or None for whoever may not read it."""
    try:
        return await kitchen.desk.ask.digest(person.caller)
    except NotAllowed:
        return None


async def refresh(kitchen: Kitchen) -> None:
    """Draw the panels anew on the pages that show them."""
    for page, draw in PAGES.items():
        await kitchen.hub.tell(partial(draw, kitchen), page)


async def keep_fresh(kitchen: Kitchen) -> None:
    """Draw the panels anew every few seconds while somebody looks, until cancelled."""
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        try:
            await refresh(kitchen)
        except Exception:
            # The database may be away for a moment; the next look will find it.
            log.exception("the panels could not be drawn")


async def _workshop(kitchen: Kitchen, person: Person) -> list[Change]:
    return _draw(kitchen, person, WORKSHOP, await workshop_values(kitchen, person))


async def _operator(kitchen: Kitchen, person: Person) -> list[Change]:
    return _draw(kitchen, person, OPERATOR, await operator_values(kitchen, person))


def _draw(kitchen: Kitchen, person: Person, names: tuple[str, ...], values: dict[str, Any]) -> list[Change]:
    drawn = {name: kitchen.drawing.draw(f"panels/{name}.html", person.locale, **values) for name in names}
    return [{"op": "panel", "id": f"panel-{name}", "html": html} for name, html in drawn.items()]


PAGES = {"workshop": _workshop, "operator": _operator}
