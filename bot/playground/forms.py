"""The form of every command, made from the desk's table of commands, and those of a few buttons."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from bot import wording
from bot.desk.carry_out import BY_FORM
from bot.desk.commands import BY_NAME, Command, Parameter
from bot.languages import tr, trn
from bot.playground import options
from bot.playground.drawing import begun
from bot.playground.kitchen import Kitchen
from bot.playground.people import Person
from bot.playground.sheets import Choice, Field, Sheet
from datanets.facts import Reason
from datanets.presets import SIZES, Preset, size_of
from datanets.recipe import FIELDS, Recipe

LONG = frozenset({"description", "rules", "question"})
SUBMITS = {
    "datanet create": "Open it",
    "datanet edit": "Save",
    "datanet release": "Freeze it",
    "forget": "Delete it all",
    "run stop": "Stop",
    "chat": "Open the thread",
    "compare": "Ask both",
    "ask": "Ask",
}
ABOUTS = {
    "forget": "Your files, words and corrections are deleted for good. Later releases leave them out; "
    "a model that has learned from them cannot unlearn.",
    "datanet release": "A release is frozen, numbered and hashed. Training reads releases and nothing else.",
    "link": "Leave the code empty to get one for your other account, or type the one you got there.",
    "compare": "Both answer without their names. You pick, then they show themselves.",
}


async def sheet(kitchen: Kitchen, person: Person, name: str, words: str) -> Sheet:
    """Make the dialog of a command or a button; `words` fill its first fields."""
    if name in SPECIAL:
        return await SPECIAL[name](kitchen, person, words)
    command = BY_NAME[name.replace("-", " ")]
    return await _filled_sheet(kitchen, person, command, read_words(command, words))


async def proposal(kitchen: Kitchen, person: Person, key: str) -> Sheet:
    """Show what the agent understood, every value open to change."""
    proposed = await kitchen.desk.ask.proposal(person.caller, key)
    if proposed.command in BY_FORM:
        words = " ".join(proposed.values.values())
        return await sheet(kitchen, person, proposed.command.replace(" ", "-"), words)
    made = await _filled_sheet(kitchen, person, BY_NAME[proposed.command], proposed.values)
    hidden = Field("proposal", "", "hidden", value=key)
    return replace(made, act="confirm", submit="Do it", fields=(hidden, *made.fields))


async def _filled_sheet(
    kitchen: Kitchen, person: Person, command: Command, filled: Mapping[str, str]
) -> Sheet:
    fields = [
        await _field(kitchen, person, parameter, filled.get(parameter.name, ""))
        for parameter in command.parameters
    ]
    return Sheet(
        act=command.name.replace(" ", "-"),
        title=command.help,
        submit=SUBMITS.get(command.name, "Go ahead"),
        fields=tuple(fields),
        about=ABOUTS.get(command.name, ""),
        danger=command.name == "forget",
    )


async def contribute(kitchen: Kitchen, person: Person, words: str) -> Sheet:
    """Ask for files, a datanet, and the context that its kind needs."""
    nets = await options.datanets(kitchen, person)
    if not nets:
        none = "No datanet takes files yet. Somebody who validates opens one with `/datanet create`."
        return Sheet("", "Hand in files", "", about=none)
    left = await kitchen.desk.contribute.quota(person.caller)
    return Sheet(
        act="contribute",
        title="Hand in files",
        submit="Hand in",
        about=tr(
            person.locale,
            "Left today: {files}, {size}.",
            files=trn(person.locale, left.files_left, "{n} file", "{n} files"),
            size=wording.size(left.bytes_left),
        ),
        fields=(
            Field("files", "Choose files, or drop them here", "files", "Text, pictures or recordings"),
            Field("datanet", "Datanet", "choice", value=words, choices=tuple(nets), steers=True),
            Field("caption", "Caption", "area", "What the picture shows", fits="image"),
            Field("transcript", "Transcript", "area", "What is said in the recording", fits="audio"),
            Field("source", "Source", help="Where it comes from", optional=True),
            Field("licence", "Licence", help="If it is not the datanet's", optional=True),
        ),
    )


async def finetune(kitchen: Kitchen, person: Person, words: str) -> Sheet:
    """Ask what to train on what, with presets and every field of the recipe."""
    offered = await kitchen.desk.finetune.choices(person.caller)
    found = {
        net.name: await kitchen.desk.nets.list_releases(person.caller, net.name) for net in offered.datanets
    }
    if not found:
        none = "No datanet has a release yet: accept some files, then freeze them with `/datanet release`."
        return Sheet("", "Train a model", "", about=none)
    nets = [
        Choice(
            name,
            tr(person.locale, "{datanet}, release {number}", datanet=name, number=newest.number),
            kind=name,
            size=size_of(newest.lessons).name,
        )
        for name, (newest, *_) in found.items()
    ]
    releases = [
        options.release(name, frozen, person.locale) for name, frozen in found.items() if len(frozen) > 1
    ]
    bases = [Choice(base.id, f"{base.title} · {base.licence}") for base in offered.bases if base.ready]
    models = [Choice("", tr(person.locale, "A model of its own")), *await options.models(kitchen, person)]
    newest = (found.get(words) or next(iter(found.values())))[0]
    normal = Recipe.preset(Preset.NORMAL, bases[0].value if bases else "", lessons=newest.lessons)
    presets = tuple(
        Choice(
            preset,
            tr(person.locale, preset.capitalize()),
            about,
            fills={size.name: size.fills(preset) for size in SIZES},
        )
        for preset, about in (
            (Preset.TASTE, "To see it work"),
            (Preset.NORMAL, "For most"),
            (Preset.THOROUGH, "Learns by heart"),
        )
    )
    return Sheet(
        act="finetune",
        title="Train a model",
        submit="Start training",
        estimates=True,
        fields=(
            Field("datanet", "Datanet", "choice", value=words, choices=tuple(nets), steers=True),
            *releases,
            Field("base", "Base model", "choice", choices=tuple(bases)),
            Field("preset", "How thorough", "picks", value=Preset.NORMAL, choices=presets),
            Field("continue_from", "Go on from", "choice", choices=tuple(models)),
            Field("name", "Name", help="Empty: the datanet's. Versions are counted.", optional=True),
        ),
        more=tuple(_recipe_field(normal, name) for name in FIELDS),
    )


async def compare(kitchen: Kitchen, person: Person, words: str) -> Sheet:
    """Ask for two models, another one at first in each place."""
    command = BY_NAME["compare"]
    made = await _filled_sheet(kitchen, person, command, read_words(command, words))
    first, second, *rest = made.fields
    given = first.value or next((choice.value for choice in first.choices), "")
    other = next((choice.value for choice in second.choices if choice.value != given), "")
    return replace(made, fields=(first, replace(second, value=second.value or other), *rest))


async def reason(_: Kitchen, person: Person, contribution: str) -> Sheet:
    """Ask why somebody voted against a file."""
    return Sheet(
        act="say-why",
        title="Say why",
        submit="Keep",
        about="Its author reads the reason and can act on it.",
        fields=(Field("contribution", "", "hidden", value=contribution), _reasons(person.locale)),
    )


async def decide(_: Kitchen, person: Person, contribution: str) -> Sheet:
    """Ask a moderator for the verdict."""
    verdicts = (
        Choice("accept", tr(person.locale, "Accept")),
        Choice("reject", tr(person.locale, "Reject")),
    )
    return Sheet(
        act="decide",
        title="Decide this review",
        submit="Decide",
        fields=(
            Field("contribution", "", "hidden", value=contribution),
            Field("verdict", "Verdict", "picks", value="accept", choices=verdicts),
            _reasons(person.locale, "Only shown when it is rejected"),
            Field("note", "Note to its author", optional=True),
        ),
    )


async def revoke(_: Kitchen, __: Person, contribution: str) -> Sheet:
    """Ask why an accepted file is taken back."""
    return Sheet(
        act="revoke",
        title="Take this file back",
        submit="Take it back",
        about="It leaves later releases, and its points go back.",
        danger=True,
        fields=(
            Field("contribution", "", "hidden", value=contribution),
            Field("note", "Reason", "area", "Its author reads this"),
        ),
    )


async def join_place(_: Kitchen, __: Person, code: str) -> Sheet:
    """Ask for the code of the community to join."""
    return Sheet(
        act="join-place",
        title="Join another community",
        submit="Join it",
        about="This page shows that community's datanets, reviews and models then. It works as long as "
        "no datanet was opened here.",
        fields=(Field("code", "Code", help="From the other place: `/link community`", value=code),),
    )


async def correct(kitchen: Kitchen, _: Person, line: str) -> Sheet:
    """Ask for a better answer, beginning with the one that was given."""
    found = await kitchen.core.rooms.find(line)
    return Sheet(
        act="correct",
        title="What should it have said?",
        submit="Hand in the correction",
        about="It goes through review like any file; the next version learns from it.",
        fields=(
            Field("line", "", "hidden", value=line),
            Field("answer", "Better answer", "area", value=found.text if found else ""),
        ),
    )


SPECIAL: dict[str, Callable[[Kitchen, Person, str], Awaitable[Sheet]]] = {
    "contribute": contribute,
    "finetune": finetune,
    "compare": compare,
    "reason": reason,
    "decide": decide,
    "revoke": revoke,
    "join-place": join_place,
    "correct": correct,
    "proposal": proposal,
}


def read_words(command: Command, words: str) -> dict[str, str]:
    """Give typed words to the parameters in their order; the last required one takes the rest."""
    names = [parameter.name for parameter in command.parameters]
    required = len([parameter for parameter in command.parameters if parameter.required])
    return dict(zip(names, words.split(maxsplit=max(0, required - 1)), strict=False))


def _reasons(locale: str, help_: str = "") -> Field:
    choices = tuple(Choice(one, begun(wording.reason(one, locale))) for one in Reason)
    return Field("reason", "Reason", "choice", help_, choices=choices)


def _recipe_field(recipe: Recipe, name: str) -> Field:
    known, value = FIELDS[name], getattr(recipe, name)
    if known.type is bool:
        return Field(name, known.title, "check", known.help, value=str(value).lower())
    if known.choices:
        choices = tuple(Choice(choice, choice) for choice in known.choices)
        return Field(name, known.title, "choice", known.help, value=str(value), choices=choices)
    return Field(name, known.title, "number", known.help, value=f"{value:g}")


async def _field(kitchen: Kitchen, person: Person, parameter: Parameter, value: str) -> Field:
    offered = options.OPTIONS.get(parameter.values)
    if offered is None:
        kind = "area" if parameter.name in LONG else "text"
        return Field(
            parameter.name,
            wording.label(parameter.name),
            kind,
            parameter.help,
            value,
            optional=not parameter.required,
        )
    choices = await offered(kitchen, person)
    if not parameter.required:
        choices = [Choice("", tr(person.locale, "As it is now")), *choices]
    return Field(
        parameter.name, wording.label(parameter.name), "choice", parameter.help, value, choices=tuple(choices)
    )
