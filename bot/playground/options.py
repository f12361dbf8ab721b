"""What the choices of the forms offer, as things stand now."""

from collections.abc import Awaitable, Callable, Sequence

from bot import wording
from bot.desk.commands import Values
from bot.languages import tr, trn
from bot.playground.drawing import begun
from bot.playground.kitchen import Kitchen
from bot.playground.people import Person
from bot.playground.sheets import Choice, Field
from datanets.facts import Kind, ReleaseView
from datanets.presets import Preset, size_of
from datanets.recipe import Method

Options = Callable[[Kitchen, Person], Awaitable[list[Choice]]]


def release(net: str, frozen: Sequence[ReleaseView], locale: str) -> Field:
    """Offer the releases of one datanet; asked for only while that datanet is chosen."""
    newest = frozen[0].number
    choices = tuple(
        Choice(
            "" if one.number == newest else str(one.number),
            f"{tr(locale, 'The newest' if one.number == newest else 'Release')} {one.number}: "
            + trn(locale, one.examples, "{n} example", "{n} examples"),
            size=size_of(one.lessons).name,
        )
        for one in frozen
    )
    return Field("release", "Release", "choice", choices=choices, fits=net)


async def datanets(kitchen: Kitchen, person: Person) -> list[Choice]:
    """Offer the datanets that take files."""
    nets = await kitchen.desk.nets.list(person.caller)
    return [
        Choice(net.name, f"{net.name} · {tr(person.locale, net.kind)}", kind=net.kind)
        for net in nets
        if net.is_open
    ]


async def models(kitchen: Kitchen, person: Person) -> list[Choice]:
    """Offer every model."""
    found = await kitchen.desk.training.models(person.caller)
    return [Choice(model.name, model.name) for model in found]


async def _runs(kitchen: Kitchen, person: Person) -> list[Choice]:
    runs = await kitchen.desk.training.runs(person.caller)
    return [Choice(run.id, f"{run.model}, {wording.state(run.state, person.locale)}") for run in runs]


async def _kinds(_: Kitchen, person: Person) -> list[Choice]:
    return [Choice(kind, begun(tr(person.locale, kind))) for kind in Kind]


async def _methods(_: Kitchen, __: Person) -> list[Choice]:
    return [Choice(Method.LORA, "LoRA"), Choice(Method.QLORA, "QLoRA")]


async def _seasons(_: Kitchen, person: Person) -> list[Choice]:
    return [
        Choice("season", tr(person.locale, "This season")),
        Choice("all", tr(person.locale, "All time")),
    ]


async def _yes_no(_: Kitchen, person: Person) -> list[Choice]:
    return [Choice(value, begun(tr(person.locale, value))) for value in ("yes", "no")]


async def _presets(_: Kitchen, person: Person) -> list[Choice]:
    return [Choice(preset, tr(person.locale, preset.capitalize())) for preset in Preset]


async def _bases(kitchen: Kitchen, person: Person) -> list[Choice]:
    offered = await kitchen.desk.finetune.choices(person.caller)
    return [Choice(base.id, base.title) for base in offered.bases if base.ready]


OPTIONS: dict[Values, Options] = {
    Values.PRESET: _presets,
    Values.BASE: _bases,
    Values.DATANET: datanets,
    Values.MODEL: models,
    Values.RUN: _runs,
    Values.KIND: _kinds,
    Values.METHOD: _methods,
    Values.SEASON: _seasons,
    Values.YES_NO: _yes_no,
}
