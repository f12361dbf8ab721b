"""What the page answers about runs, models and talking to them."""

import asyncio
from dataclasses import asdict
from functools import partial

from bot import wording
from bot.desk.finetune import TrainingPlan
from bot.languages import tr, trn
from bot.playground.ask import Ask
from bot.playground.faults import fault
from bot.playground.note import MAIN, Note, Press
from datanets.facts import Comparison, RunView
from datanets.presets import Preset
from datanets.recipe import FIELDS, Method
from datanets.refusals import Refusal


async def plan(ask: Ask) -> TrainingPlan:
    """Read the form of /finetune; raises RecipeOutOfBounds."""
    values = {name: ask.value(name) for name in FIELDS if name != "method" and ask.value(name)}
    release = int(ask.value("release")) if ask.value("release").isdecimal() else None
    recipe = await ask.kitchen.desk.finetune.recipe(
        ask.caller,
        ask.value("datanet"),
        ask.value("base"),
        ask.value("preset") or Preset.NORMAL,
        ask.value("method") or Method.LORA,
        values,
        release=release,
    )
    return TrainingPlan(
        ask.value("datanet"),
        recipe,
        release=release,
        name=ask.value("name"),
        continue_from=ask.value("continue_from"),
    )


async def finetune(ask: Ask) -> Note:
    """Queue a run; its card appears in #models and stays up to date there."""
    run = await ask.kitchen.desk.finetune.start(ask.caller, await plan(ask))
    words = tr(ask.locale, "**{model}** is queued. Its card is in #models.", model=run.model)
    if run.estimate:
        time = wording.duration(run.estimate.seconds)
        words += " " + tr(ask.locale, "It should take about {time}.", time=time)
    watch = tr(ask.locale, "Watch it")
    return Note(words=words, buttons=(Press(watch, act="open-room", values={"to": "models"}, look=MAIN),))


async def estimate(ask: Ask) -> str:
    """Say what a run would need, or what stands in its way."""
    try:
        checked = await ask.kitchen.desk.finetune.check(ask.caller, await plan(ask))
    except Refusal as refusal:
        return wording.refusal(refusal, ask.locale)
    expected = checked.estimate
    words = tr(
        ask.locale,
        "About {time}, {steps} and {memory} of memory, on {examples}.",
        time=wording.duration(expected.seconds),
        steps=trn(ask.locale, expected.steps, "{n} step", "{n} steps"),
        memory=wording.size(expected.memory_bytes),
        examples=trn(ask.locale, checked.release.examples, "{n} example", "{n} examples"),
    )
    left = trn(
        ask.locale,
        checked.minutes_left,
        "{n} minute of training is left today",
        "{n} minutes of training are left today",
    )
    return f"{words} {left}. {expected.note}"


async def runs(ask: Ask) -> Note:
    """List the latest runs."""
    say, found = partial(tr, ask.locale), await ask.kitchen.desk.training.runs(ask.caller)
    train = (Press(say("Train a model"), form="finetune", look=MAIN),)
    if not found:
        return Note(words=say("Nothing has been trained yet."), buttons=train)
    return Note(
        title=say("Runs"),
        head=(say("Model"), say("State"), say("Trained on"), say("Base"), say("By")),
        rows=tuple(_run(run, ask.locale) for run in found),
        buttons=train,
    )


async def run_show(ask: Ask) -> None:
    """Show a run's live card again, here."""
    run = await ask.kitchen.desk.training.run(ask.caller, ask.value("run"))
    await ask.kitchen.messages.say(ask.room, card={"draw": "run", "id": run.id}, private_to=ask.person.key)


async def run_stop(ask: Ask) -> Note:
    """Stop a run."""
    run = await ask.kitchen.desk.training.stop(ask.caller, ask.value("run"))
    stops = tr(ask.locale, "**{model}** stops; its best checkpoint is kept.", model=run.model)
    return Note(words=stops)


async def models(ask: Ask) -> Note:
    """List every model."""
    say, found = partial(tr, ask.locale), await ask.kitchen.desk.training.models(ask.caller)
    if not found:
        train = Press(say("Train a model"), form="finetune", look=MAIN)
        return Note(words=say("There is no model yet."), buttons=(train,))
    return Note(
        title=say("Models"),
        head=(say("Model"), say("Base"), say("Trained on"), "👍", "👎"),
        numbers=(3, 4),
        rows=tuple(
            (
                model.name,
                model.base_title,
                f"{model.datanet} {model.release}",
                str(model.likes),
                str(model.dislikes),
            )
            for model in found
        ),
        buttons=tuple(
            Press(say("Talk to {model}", model=model.name), act="open-thread", values={"model": model.name})
            for model in found[:4]
        ),
    )


async def chat(ask: Ask) -> Note:
    """Point at the thread of a model."""
    model = await ask.kitchen.desk.training.model(ask.caller, ask.value("model"))
    return Note(
        words=tr(ask.locale, "**{model}** waits in its thread.", model=model.name),
        buttons=(
            Press(tr(ask.locale, "Open it"), act="open-thread", values={"model": model.name}, look=MAIN),
        ),
    )


async def compare(ask: Ask) -> None:
    """Let two models answer blind; the answers take seconds, so they come when they are there."""
    working = Note(
        words=tr(ask.locale, "Both are thinking about: {question}", question=ask.value("question"))
    )
    line = await ask.kitchen.messages.say(ask.room, card=working.card(), private_to=ask.person.key)
    task = asyncio.create_task(_compare(ask, line.id))
    ask.kitchen.replies[line.id] = task
    task.add_done_callback(lambda _: ask.kitchen.replies.pop(line.id, None))


async def _compare(ask: Ask, line: str) -> None:
    values = (ask.value("first"), ask.value("second"), ask.value("question"))
    try:
        duel = await ask.kitchen.desk.compare.ask(ask.caller, *values)
        card = {"draw": "comparison", "duel": duel_card(duel), "seen": {}}
    except Refusal as refusal:
        card = Note(words=wording.refusal(refusal, ask.locale), tone="refusal").card()
    except Exception as error:  # noqa: BLE001 - the boundary: whatever it is gets a ticket
        card = (await fault(ask.kitchen, "compare", error, ask.locale)).card()
    await ask.kitchen.messages.change(line, text="", card=card)


def duel_card(duel: Comparison) -> dict[str, object]:
    """Return what the line of a comparison keeps."""
    return asdict(duel)


def _run(run: RunView, locale: str) -> tuple[str, ...]:
    return (
        run.model,
        wording.state(run.state, locale),
        f"{run.datanet} {run.release}",
        run.base_title,
        run.starter_name,
    )
