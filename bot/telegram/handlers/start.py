"""The first screen, deep links, the group of a private chat, the language."""

from bot import wording
from bot.telegram.buttons import button, keyboard, link
from bot.telegram.cards import runs as run_cards
from bot.telegram.cards.card import Card
from bot.telegram.crowd import NoCommunity
from bot.telegram.front import Handler
from bot.telegram.handlers import contribute, votes
from bot.telegram.text import safe
from bot.telegram.visit import Visit


async def start(visit: Visit) -> None:
    """`/start [payload]`: a deep link into a review, a model, a consent or a group; else the first screen.

    A payload is `kind-id-group`; whoever follows it into a group that they are not in sees the first screen.
    """
    kind, _, rest = visit.argument.partition("-")
    # A name may hold dashes; the group's number is the last part.
    item, _, group = rest.rpartition("-") if "-" in rest else (rest, "", "")
    if visit.is_private and group.isdigit() and await visit.room.crowd.belongs(-int(group), visit.user.id):
        await visit.room.crowd.settle(visit.user.id, f"-{group}")
    if kind in {"r", "m", "c"} and item:
        visit.caller = await visit.room.crowd.caller(visit.user, visit.chat)
        await _follow(visit, kind, item)
        return
    await welcome(visit)


async def _follow(visit: Visit, kind: str, item: str) -> None:
    if kind == "r":
        visit.argument = item
        await votes.review(visit)
    elif kind == "m":
        await visit.show(run_cards.model(await visit.desk.training.model(visit.who, item), visit.words))
    else:
        visit.argument = item
        await contribute.contribute(visit)


async def welcome(visit: Visit) -> None:
    """One line what it is, two lines value, a few buttons."""
    words, owner = visit.words, visit.owner
    text = words.either(
        "<b>Potluck</b>: your group makes its own language models.\n"
        "Bring files, validators taste them, what is accepted is served to a model, and you talk to it.",
        "<b>Potluck</b>: eure Gruppe macht ihre eigenen Sprachmodelle.\n"
        "Bringt Dateien mit, Validatoren prüfen sie, Angenommenes lernt ein Modell, und ihr redet mit ihm.",
    )
    place = ""
    if visit.is_private:
        try:
            home = await visit.room.crowd.home(visit.user)
            place = "\n" + words("in_community", name=safe(home.name))
        except NoCommunity as which:
            if not which.choices:
                add = link(words("add_group"), f"https://t.me/{visit.client.username}?startgroup=true")
                await visit.show(Card(f"{text}\n{words('no_community')}", keyboard([add])))
                return
            rows = [[button(one.name, "home", one.external_id, owner=owner)] for one in which.choices[:10]]
            await visit.show(Card(f"{text}\n{words('which_community')}", keyboard(*rows)))
            return
    keys = keyboard(
        [button(words("contribute"), "give", owner=owner, style="primary")],
        [button(words("mine"), "mine", owner=owner), button(words("quota"), "quota", owner=owner)],
        [button(words("models"), "models", owner=owner), button(words("datanets"), "nets", owner=owner)],
        [button(words("leaderboard"), "board", owner=owner), button(words("language"), "lang", owner=owner)],
    )
    await visit.show(Card(text + place, keys))


async def show_help(visit: Visit) -> None:
    """What there is to do."""
    keys = keyboard(
        [
            button(visit.words("contribute"), "give", owner=visit.owner),
            button(visit.words("datanets"), "nets", owner=visit.owner),
        ]
    )
    await visit.show(Card(safe(wording.help_text(visit.words.locale)), keys))


async def home(visit: Visit) -> None:
    """Choose the group of the private chat."""
    group = visit.pressed.args[0] if visit.pressed else ""
    if await visit.room.crowd.belongs(int(group), visit.user.id):
        await visit.room.crowd.settle(visit.user.id, group)
    await welcome(visit)


async def language(visit: Visit) -> None:
    """Choose the language: of oneself in private, of the group by its admins."""
    chosen = visit.pressed.args[0] if visit.pressed and visit.pressed.args else ""
    if chosen not in {"en", "de"}:
        row = [
            button(name, "lang", code, owner=visit.owner)
            for code, name in (("en", "English"), ("de", "Deutsch"))
        ]
        await visit.show(Card("🌐", keyboard(row)))
        return
    await visit.room.crowd.change_own(visit.user.id, {"language": chosen})
    visit.words = type(visit.words)(chosen)
    await welcome(visit)


COMMANDS: dict[str, Handler] = {"help": show_help}
EXTRA: dict[str, Handler] = {"start": start}
PRESSES: dict[str, Handler] = {"home": home, "lang": language, "help": show_help, "hello": welcome}
