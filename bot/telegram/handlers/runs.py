"""Runs and models: lists, one of them, Stop with a question before it."""

from bot.telegram.cards import runs as cards
from bot.telegram.curve import draw
from bot.telegram.front import Handler
from bot.telegram.visit import Visit


async def runs(visit: Visit) -> None:
    """The latest runs."""
    await visit.show(cards.runs(await visit.desk.training.runs(visit.who), visit.words, visit.owner))


async def run(visit: Visit) -> None:
    """`/run show|stop name`."""
    word, _, rest = visit.argument.partition(" ")
    name = rest.strip() if word.lower() in {"show", "stop"} else visit.argument
    if visit.pressed:
        name = visit.pressed.args[0]
        await visit.show(cards.run(await visit.desk.training.run(visit.who, name), visit.words))
    elif not name:
        await runs(visit)
    elif word.lower() == "stop":
        await visit.reply(cards.run(await visit.desk.training.stop(visit.who, name), visit.words))
    else:
        await _show(visit, name)


async def _show(visit: Visit, name: str) -> None:
    view = await visit.desk.training.run(visit.who, name)
    drawn = cards.run(view, visit.words)
    if not view.curve:
        await visit.reply(drawn)
        return
    await visit.client.send_photo(
        visit.chat.id,
        draw(view.curve, view.model),
        caption=drawn.text,
        reply_markup=drawn.keys,
        message_thread_id=visit.thread,
    )


async def halt(visit: Visit) -> None:
    """Ask before a run is stopped, then stop it."""
    name, sure = visit.pressed.args if visit.pressed else ("", "0")
    if sure == "1":
        await visit.show(cards.run(await visit.desk.training.stop(visit.who, name), visit.words))
    else:
        await visit.show(cards.run(await visit.desk.training.run(visit.who, name), visit.words, sure=True))


async def models(visit: Visit) -> None:
    """Every model of the community."""
    await visit.show(cards.models(await visit.desk.training.models(visit.who), visit.words, visit.owner))


async def model(visit: Visit) -> None:
    """One model."""
    name = visit.pressed.args[0] if visit.pressed else visit.argument
    await visit.show(cards.model(await visit.desk.training.model(visit.who, name), visit.words))


COMMANDS: dict[str, Handler] = {"runs": runs, "run": run, "models": models}
PRESSES: dict[str, Handler] = {"run": run, "halt": halt, "models": models, "model": model, "runs": runs}
