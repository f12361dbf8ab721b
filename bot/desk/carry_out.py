"""A confirmed proposal becomes the use case that its command stands for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.desk.finetune import TrainingPlan
from datanets.facts import Caller, DatanetView, ReleaseView, RunView
from datanets.nets import DatanetEdit
from datanets.presets import Preset
from datanets.recipe import Method
from datanets.refusals import NoWorker

if TYPE_CHECKING:
    from bot.desk import Desk

_RECIPE = ("learning_rate", "epochs", "batch_size", "rank", "max_length")
_TRUE = {"yes", "true", "open", "on"}

# These go on in the platform's own form: a file to pick, a text to sign, a code to type.
BY_FORM = frozenset({"contribute", "setup", "link", "forget"})

Outcome = RunView | DatanetView | ReleaseView | None


async def carry_out(desk: "Desk", caller: Caller, command: str, values: Mapping[str, str]) -> Outcome:
    """Run the use case with the member's own rights; raises whatever refusal it raises.

    None means that the platform's own form goes on, with the values filled in.
    """
    match command:
        case "finetune":
            return await desk.finetune.start(caller, await _plan(desk, caller, values))
        case "run stop":
            return await desk.training.stop(caller, values["run"])
        case "datanet create":
            return await desk.nets.create(caller, values["name"], values["kind"], _edit(values))
        case "datanet edit":
            return await desk.nets.edit(caller, values["datanet"], _edit(values))
        case "datanet release":
            return await desk.nets.release(caller, values["datanet"])
        case _:
            return None


async def _plan(desk: "Desk", caller: Caller, values: Mapping[str, str]) -> TrainingPlan:
    base = values.get("base", "")
    parent = values.get("continue_from", "")
    if not base and parent:
        base = (await desk.training.model(caller, parent)).base
    if not base:
        offered = (await desk.finetune.choices(caller)).bases
        base = next((one.id for one in sorted(offered, key=lambda b: b.parameters) if one.ready), "")
    if not base:
        raise NoWorker
    changed = {name: values[name] for name in _RECIPE if values.get(name)}
    recipe = await desk.finetune.recipe(
        caller,
        values["datanet"],
        base,
        values.get("preset", Preset.NORMAL),
        values.get("method", Method.LORA),
        changed,
    )
    return TrainingPlan(values["datanet"], recipe, continue_from=parent)


def _edit(values: Mapping[str, str]) -> DatanetEdit:
    tags = values.get("tags")
    opened = values.get("open")
    return DatanetEdit(
        description=values.get("description"),
        rules=values.get("rules"),
        tags=tuple(tag.strip() for tag in tags.split(",") if tag.strip()) if tags else None,
        licence=values.get("licence"),
        is_open=opened.lower() in _TRUE if opened else None,
    )
