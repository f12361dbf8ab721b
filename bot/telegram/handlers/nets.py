"""Datanets: `/datanet create|list|show|edit|release|export`, and the same by buttons."""

from bot.desk.export import pack
from bot.telegram.buttons import button, keyboard
from bot.telegram.cards import nets as cards
from bot.telegram.cards.card import Card
from bot.telegram.front import Handler
from bot.telegram.text import safe
from bot.telegram.visit import Visit
from datanets.inbox import DraftView
from datanets.nets import DatanetEdit

NEW, EDIT = "datanet create", "datanet edit"
FIELDS = ("description", "rules", "tags", "licence")


async def datanet(visit: Visit) -> None:
    """Read the word after the command; alone, show the list."""
    word, _, rest = visit.argument.partition(" ")
    steps: dict[str, Handler] = {
        "create": create,
        "list": show_all,
        "show": show,
        "edit": edit,
        "release": release,
        "export": export,
    }
    step = steps.get(word.lower())
    if step is None:
        step, rest = (show, visit.argument) if word else (show_all, "")
    visit.argument = rest.strip()
    await step(visit)


async def create(visit: Visit) -> None:
    """`/datanet create name [kind] [description]`; what is missing is asked for."""
    name, _, rest = visit.argument.partition(" ")
    kind, _, description = rest.strip().partition(" ")
    if not name:
        draft = await _keep(visit, NEW, {"awaits": "text"})
        question = visit.words.either(
            "What is it called? Small letters, digits and dashes.",
            "Wie heißt es? Kleine Buchstaben, Ziffern und Striche.",
        )
        sent = await visit.reply(Card(f"{question}\n{visit.words('write_reply')}"), ask=True)
        await visit.room.core.drafts.change(draft.id, {"prompt": sent.message_id})
    elif kind.lower() in {"text", "image", "audio"}:
        made = await visit.desk.nets.create(
            visit.who, name, kind, DatanetEdit(description=description.strip() or None)
        )
        await visit.reply(cards.net(made, visit.words, visit.owner))
    else:
        draft = await _keep(visit, NEW, {"name": name, "description": rest.strip()})
        await visit.reply(cards.kinds(name, draft.id, visit.words, visit.owner))


async def kind_chosen(visit: Visit) -> None:
    """The kind of a new datanet was chosen by button."""
    draft_id, kind = visit.pressed.args if visit.pressed else ("", "")
    draft = await visit.room.core.drafts.get(draft_id)
    if draft is None or not await visit.room.core.drafts.close(draft_id):
        await visit.toast(visit.words("stale"), alert=True)
        return
    edited = DatanetEdit(description=draft.values.get("description") or None)
    made = await visit.desk.nets.create(visit.who, draft.values["name"], kind, edited)
    await visit.show(cards.net(made, visit.words, visit.owner))


async def show_all(visit: Visit) -> None:
    """List the datanets."""
    await visit.show(cards.nets(await visit.desk.nets.list(visit.who), visit.words, visit.owner))


async def show(visit: Visit) -> None:
    """Show one datanet."""
    if not _name(visit):
        await show_all(visit)
        return
    await visit.show(cards.net(await visit.desk.nets.show(visit.who, _name(visit)), visit.words, visit.owner))


async def edit(visit: Visit) -> None:
    """`/datanet edit name field: value`, a line a field; alone, the fields as buttons."""
    name, _, lines = " ".join(_name(visit).split(maxsplit=1)[:1]), "", _name(visit).partition("\n")[2]
    if not name:
        await show_all(visit)
        return
    values = dict(_fields(lines or " ".join(_name(visit).split(maxsplit=1)[1:])))
    if values:
        made = await visit.desk.nets.edit(visit.who, name, _edit(values))
        await visit.reply(cards.net(made, visit.words, visit.owner))
        return
    view = await visit.desk.nets.show(visit.who, name)
    rows = [[button(field, "netfield", view.id, field, owner=visit.owner)] for field in FIELDS]
    back = [button(visit.words("back"), "net", view.id, owner=visit.owner)]
    await visit.show(Card(f"<b>{safe(view.name)}</b>", keyboard(*rows, back)))


async def field_chosen(visit: Visit) -> None:
    """Ask for the new value of one field."""
    net, field = visit.pressed.args if visit.pressed else ("", "")
    draft = await _keep(visit, EDIT, {"net": net, "field": field, "awaits": "text"})
    await visit.toast()
    sent = await visit.reply(Card(f"<b>{field}</b>: {visit.words('write_reply')}"), ask=True)
    await visit.room.core.drafts.change(draft.id, {"prompt": sent.message_id})


async def gate(visit: Visit) -> None:
    """Open or close a datanet."""
    net, is_open = visit.pressed.args if visit.pressed else ("", "1")
    made = await visit.desk.nets.edit(visit.who, net, DatanetEdit(is_open=is_open == "1"))
    await visit.show(cards.net(made, visit.words, visit.owner))


async def release(visit: Visit) -> None:
    """Freeze what was accepted."""
    if not _name(visit):
        await show_all(visit)
        return
    made = await visit.desk.nets.release(visit.who, _name(visit))
    await visit.show(cards.release(made, visit.words))


async def export(visit: Visit) -> None:
    """Send the newest release as one file."""
    made, items = await visit.desk.nets.newest_release(visit.who, _name(visit))
    packed = await pack(made, items, visit.room.core.blobs, visit.room.most_upload)
    community = (await visit.desk.people.actor(visit.who)).community
    await visit.reply_file(packed.data, packed.name, cards.exported(made, packed, community, visit.words))


async def continue_with_text(visit: Visit, draft: DraftView) -> None:
    """A name or a field's value was written."""
    if not await visit.room.core.drafts.close(draft.id):
        return
    if draft.use_case == NEW:
        visit.argument = visit.argument.split("\n")[0].strip().lower().replace(" ", "-")
        await create(visit)
    else:
        values = {draft.values["field"]: visit.argument}
        made = await visit.desk.nets.edit(visit.who, draft.values["net"], _edit(values))
        await visit.reply(cards.net(made, visit.words, visit.owner))


def _fields(lines: str) -> list[tuple[str, str]]:
    found = []
    for line in lines.splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() in (*FIELDS, "open"):
            found.append((name.strip().lower(), value.strip()))
    return found


def _edit(values: dict[str, str]) -> DatanetEdit:
    return DatanetEdit(
        description=values.get("description"),
        rules=values.get("rules"),
        tags=tuple(values["tags"].split(",")) if "tags" in values else None,
        licence=values.get("licence"),
        is_open=values["open"].lower() in {"yes", "true", "on", "ja"} if "open" in values else None,
    )


def _name(visit: Visit) -> str:
    return visit.pressed.args[0] if visit.pressed and visit.pressed.args else visit.argument


async def _keep(visit: Visit, use_case: str, values: dict[str, object]) -> DraftView:
    actor = await visit.desk.people.actor(visit.who)
    kept: DraftView = await visit.room.core.drafts.open(actor.place, actor.member, use_case, values)
    return kept


COMMANDS: dict[str, Handler] = {"datanet": datanet}
PRESSES: dict[str, Handler] = {
    "nets": show_all,
    "net": show,
    "netnew": create,
    "netkind": kind_chosen,
    "netedit": edit,
    "netfield": field_chosen,
    "netgate": gate,
    "netrel": release,
}
