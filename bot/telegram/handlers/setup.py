"""`/setup`: what the bot may do here and what is missing; intake topic, validators, trainers, language."""

from telegram import ChatMemberAdministrator
from telegram.error import TelegramError

from bot.telegram.buttons import Row, button, keyboard
from bot.telegram.cards.card import Card
from bot.telegram.front import Handler
from bot.telegram.text import safe
from bot.telegram.visit import Visit
from bot.telegram.words import Words
from datanets.facts import PlaceView
from datanets.refusals import NotAllowed


async def setup(visit: Visit) -> None:
    """Show the self-test and the choices; `/setup validator` in answer to somebody makes them one."""
    word = visit.argument.split()[0].lower() if visit.argument else ""
    if word in {"validator", "member"}:
        await _name_validator(visit, add=word == "validator")
        return
    if "admin" not in visit.who.roles:
        raise NotAllowed("admin", "setup")
    await visit.show(await _card(visit, await visit.desk.setup.show(visit.who)))


async def choose(visit: Visit) -> None:
    """Change one setting."""
    field, value = visit.pressed.args if visit.pressed else ("", "")
    values: dict[str, object] = {
        "trainers": {"trainers": value},
        "lang": {"language": value},
        "intake": {"intake": visit.thread or 0} if value == "1" else {"intake": None},
        "cards": {"cards": visit.thread} if value == "1" else {"cards": None},
        "net": {"intake_datanet": value},
    }[field]  # type: ignore[assignment]
    await visit.show(await _card(visit, await visit.desk.setup.change(visit.who, values)))


async def _name_validator(visit: Visit, *, add: bool) -> None:
    replied = visit.message.reply_to_message if visit.message else None
    if replied is None or replied.from_user is None or replied.from_user.is_bot:
        how = visit.words.either(
            "Answer a message of the person with /setup validator (or /setup member).",
            "Antworte auf eine Nachricht der Person mit /setup validator (oder /setup member).",
        )
        await visit.reply(Card(how))
        return
    held = set((await visit.desk.setup.show(visit.who)).settings.get("validators", []))
    held = held | {replied.from_user.id} if add else held - {replied.from_user.id}
    await visit.desk.setup.change(visit.who, {"validators": sorted(held)})
    await visit.reply(Card(f"<b>{safe(replied.from_user.full_name)}</b>: {'validator' if add else 'member'}"))


async def _card(visit: Visit, place: PlaceView) -> Card:
    words, owner, settings = visit.words, visit.owner, place.settings
    lines = [f"⚙ <b>{safe(place.name)}</b>", *await missing(visit), ""]
    trainers = settings.get("trainers", "admins")
    lines.append(f"{words.either('Who may train', 'Wer trainieren darf')}: {trainers}")
    marked = settings.get("intake")
    where = words.either("every file here counts as handed in", "jede Datei hier gilt als eingereicht")
    lines.append(
        where
        if marked is not None
        else words.either("files count with /contribute", "Dateien zählen mit /contribute")
    )
    if settings.get("intake_datanet"):
        lines.append(f"→ {safe(str(settings['intake_datanet']))}")
    people: Row = [
        button(("• " if trainers == one else "") + one, "set", "trainers", one, owner=owner)
        for one in ("admins", "validators", "everybody")
    ]
    nets = [net for net in await visit.desk.nets.list(visit.who) if net.is_open][:6]
    chosen: Row = [button(f"→ {net.name}", "set", "net", net.name, owner=owner) for net in nets]
    here = words.either("Take files in here", "Dateien hier annehmen")
    stop = words.either("Only /contribute", "Nur /contribute")
    cards = words.either("Cards in this topic", "Karten in dieses Thema")
    return Card(
        "\n".join(lines),
        keyboard(
            people,
            [button(here if marked is None else stop, "set", "intake", int(marked is None), owner=owner)],
            *([chosen[:3], chosen[3:]] if marked is not None else []),
            [button(cards, "set", "cards", 1, owner=owner)] if visit.thread else [],
            [
                button("English", "set", "lang", "en", owner=owner),
                button("Deutsch", "set", "lang", "de", owner=owner),
            ],
            [button(words("library"), "library", owner=owner)],
        ),
    )


async def missing(visit: Visit) -> list[str]:
    """Return a line for each right, with what to do about a missing one."""
    words = visit.words
    if visit.is_private:
        return []
    try:
        me = await visit.client.get_chat_member(visit.chat.id, visit.client.id)
    except TelegramError:
        return ["⚠ ?"]
    return rights(me, words, is_forum=bool(visit.chat.is_forum))


def rights(me: object, words: Words, *, is_forum: bool) -> list[str]:
    """Say what the bot may do in a group."""
    if not isinstance(me, ChatMemberAdministrator):
        return [
            words.either(
                "⚠ I am not an administrator. Make me one (no special rights needed), or reactions on cards "
                "and files without a command do not reach me; the buttons work.",
                "⚠ Ich bin kein Administrator. Mach mich dazu (ohne besondere Rechte), sonst erreichen mich "
                "Reaktionen auf Karten und Dateien ohne Befehl nicht; die Knöpfe gehen.",
            )
        ]
    lines = [words.either("✅ reactions and files reach me", "✅ Reaktionen und Dateien erreichen mich")]
    if is_forum and not me.can_manage_topics:
        lines.append(
            words.either(
                "⚠ I may not manage topics: models answer in reply chains instead of topics of their own.",
                "⚠ Ich darf keine Themen verwalten: Modelle antworten in Antwortketten statt in Themen.",
            )
        )
    elif is_forum:
        lines.append(words.either("✅ topics for models", "✅ Themen für Modelle"))
    return lines


COMMANDS: dict[str, Handler] = {"setup": setup}
PRESSES: dict[str, Handler] = {"set": choose}
