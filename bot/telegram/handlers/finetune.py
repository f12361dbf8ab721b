"""`/finetune`: one message that changes in place up to the start; the draft lies in the database."""

from typing import Any

from bot.desk.finetune import CheckedPlan, TrainingPlan
from bot.telegram.cards import finetune as cards
from bot.telegram.cards import runs as run_cards
from bot.telegram.cards.card import Card
from bot.telegram.front import Handler
from bot.telegram.visit import Visit
from datanets.facts import BaseOffer
from datanets.inbox import DraftView
from datanets.presets import Preset
from datanets.recipe import Method, Recipe
from datanets.refusals import NotFound, Refusal

DRAFT = "finetune"


async def finetune(visit: Visit) -> None:
    """`/finetune [datanet]`: open the form."""
    words = visit.argument.split()
    values: dict[str, Any] = {"stage": "net"}
    if words:
        values |= {"net": (await visit.desk.nets.show(visit.who, words[0])).name, "stage": "base"}
    await _open(visit, values)


async def tune(visit: Visit) -> None:
    """Open the form from a model (to go on from it) or from a datanet."""
    args = visit.pressed.args if visit.pressed else ()
    values: dict[str, Any] = {"stage": "net"}
    if args and args[0]:
        model = await visit.desk.training.model(visit.who, args[0])
        values = {"stage": "preset", "net": model.datanet, "base": model.base, "parent": model.name}
    elif len(args) > 1:
        values = {"stage": "base", "net": (await visit.desk.nets.show(visit.who, args[1])).name}
    await _open(visit, values)


async def step(visit: Visit) -> None:
    """One press in the form."""
    draft_id, action, *rest = visit.pressed.args if visit.pressed else ("", "")
    draft = await visit.room.core.drafts.get(draft_id)
    if draft is None:
        await visit.toast(visit.words("stale"), alert=True)
        return
    value = rest[0] if rest else ""
    if action == "go":
        await _start(visit, draft)
        return
    if action == "drop":
        await visit.room.core.drafts.close(draft.id)
        await visit.show(Card(visit.words("cancelled")))
        return
    changed = await visit.room.core.drafts.change(draft.id, await _change(visit, draft, action, value))
    await _draw(visit, changed or draft)


async def _change(visit: Visit, draft: DraftView, action: str, value: str) -> dict[str, Any]:
    """Return what a press changes in the draft."""
    values = draft.values
    if action == "net":
        return {"net": (await visit.desk.nets.show(visit.who, value)).name, "release": None, "stage": "base"}
    if action == "base":
        bases = await _bases(visit)
        return {"base": bases[int(value)].id, "stage": "preset"}
    if action == "preset":
        return {"preset": Preset(value).value, "values": {}, "stage": "plan"}
    if action == "method":
        other = Method.LORA if values.get("method") == Method.QLORA else Method.QLORA
        return {"method": other.value}
    if action == "release":
        return {"release": int(value), "stage": "plan"}
    if action == "field":
        return {"field": value, "stage": "field"}
    if action == "set":
        name = values["field"]
        chosen = cards.ladder(name, getattr(await _recipe(visit, draft), name))[int(value)]
        if name == "method":
            return {"method": chosen}
        return {"values": {**values.get("values", {}), name: chosen}}
    return {"stage": value}


async def _draw(visit: Visit, draft: DraftView) -> None:
    stage, words, owner = draft.values["stage"], visit.words, visit.owner
    if stage == "net":
        choices = await visit.desk.finetune.choices(visit.who)
        await visit.show(cards.nets(draft.id, choices.datanets, words, owner))
    elif stage == "base":
        await visit.show(cards.bases(draft.id, draft.values, await _bases(visit), words, owner))
    elif stage == "preset":
        filled = {preset: await _recipe(visit, draft, preset) for preset in Preset}
        await visit.show(cards.presets(draft.id, draft.values, filled, words, owner))
    elif stage == "release":
        found = await visit.desk.nets.list_releases(visit.who, draft.values["net"])
        await visit.show(cards.releases(draft.id, draft.values, found, words, owner))
    elif stage == "fields":
        await visit.show(cards.fields(draft.id, await _recipe(visit, draft), words, owner))
    elif stage == "field":
        recipe = await _recipe(visit, draft)
        await visit.show(cards.field(draft.id, draft.values["field"], recipe, words, owner))
    else:
        await _draw_plan(visit, draft)


async def _draw_plan(visit: Visit, draft: DraftView) -> None:
    plan = await _plan(visit, draft)
    checked: CheckedPlan | Refusal
    try:
        checked = await visit.desk.finetune.check(visit.who, plan)
    except Refusal as no:
        checked = no
    await visit.show(cards.plan(draft.id, plan, checked, visit.words, visit.owner))


async def _start(visit: Visit, draft: DraftView) -> None:
    """Queue the run once; the form's message becomes its progress."""
    plan = await _plan(visit, draft)
    await visit.desk.finetune.check(visit.who, plan)
    async with visit.room.handing_over:
        if not await visit.room.core.drafts.close(draft.id):
            await visit.toast(visit.words("stale"), alert=True)
            return
        try:
            view = await visit.desk.finetune.start(visit.who, plan)
        except Refusal:
            actor = await visit.desk.people.actor(visit.who)
            again = await visit.room.core.drafts.open(actor.place, actor.member, DRAFT, draft.values)
            await _draw_plan(visit, again)
            raise
        if visit.message and not visit.is_private:
            visit.room.forms[view.id] = (visit.chat.id, visit.message.message_id)
    await visit.show(run_cards.run(view, visit.words))


async def _open(visit: Visit, values: dict[str, Any]) -> None:
    await visit.desk.finetune.choices(visit.who)
    actor = await visit.desk.people.actor(visit.who)
    draft = await visit.room.core.drafts.open(actor.place, actor.member, DRAFT, values)
    await _draw(visit, draft)


async def _bases(visit: Visit) -> tuple[BaseOffer, ...]:
    found: tuple[BaseOffer, ...] = (await visit.desk.finetune.choices(visit.who)).bases
    return found


async def _recipe(visit: Visit, draft: DraftView, preset: Preset | None = None) -> Recipe:
    """Return the draft's recipe, or what another preset would fill."""
    values = draft.values
    if "base" not in values:
        raise NotFound("base", "")
    filled: Recipe = await visit.desk.finetune.recipe(
        visit.who,
        values["net"],
        values["base"],
        preset or values.get("preset", Preset.NORMAL),
        values.get("method", Method.LORA),
        {} if preset else values.get("values", {}),
        release=values.get("release"),
    )
    return filled


async def _plan(visit: Visit, draft: DraftView) -> TrainingPlan:
    return TrainingPlan(
        datanet=draft.values["net"],
        recipe=await _recipe(visit, draft),
        release=draft.values.get("release"),
        continue_from=draft.values.get("parent", ""),
    )


COMMANDS: dict[str, Handler] = {"finetune": finetune}
PRESSES: dict[str, Handler] = {"tune": tune, "ft": step}
