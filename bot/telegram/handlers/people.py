"""What concerns one person: own files, quota, credit, standing, linked accounts, privacy."""

from bot.telegram.buttons import button, keyboard
from bot.telegram.cards import people as cards
from bot.telegram.cards.card import Card
from bot.telegram.front import Handler
from bot.telegram.text import safe
from bot.telegram.visit import Visit


async def quota(visit: Visit) -> None:
    """What is left today."""
    await visit.show(cards.quota(await visit.desk.contribute.quota(visit.who), visit.words))


async def mine(visit: Visit) -> None:
    """One's own contributions, a page at a time."""
    page = int(visit.pressed.args[0]) if visit.pressed and visit.pressed.args else 0
    items = await visit.desk.contribute.mine(visit.who, cards.PAGE + 1, page * cards.PAGE)
    await visit.show(cards.mine(items, visit.words, visit.owner, page))


async def one(visit: Visit) -> None:
    """One contribution, with what became of it."""
    item, page = visit.pressed.args if visit.pressed else (visit.argument, "0")
    shown = await visit.desk.contribute.show(visit.who, item)
    await visit.show(cards.one(shown, visit.words, visit.owner, int(page)))


async def credit(visit: Visit) -> None:
    """The balance and where it came from."""
    await visit.show(cards.credit(await visit.desk.rankings.credit(visit.who), visit.words))


async def leaderboard(visit: Visit) -> None:
    """The standing of the season, or of all time."""
    chosen = visit.pressed.args[0] if visit.pressed and visit.pressed.args else visit.argument.lower()
    season = chosen not in {"0", "all"}
    rows = await visit.desk.rankings.leaderboard(visit.who, season=season)
    own = await visit.desk.rankings.place_of(visit.who, season=season)
    await visit.show(cards.leaderboard(rows, own, visit.words, season=season))


async def link(visit: Visit) -> None:
    """Give a code, or take one from the other platform."""
    word, _, rest = visit.argument.partition(" ")
    if word.lower() == "community":
        await _link_community(visit, rest.strip())
    elif word:
        await visit.desk.people.link(visit.who, word)
        await visit.reply(Card(visit.words("linked")))
    else:
        code = await visit.desk.people.link_code(visit.who)
        await _privately(visit, Card(visit.words("link_code", code=safe(code))))


async def _link_community(visit: Visit, code: str) -> None:
    if code:
        await visit.desk.people.link_place(visit.who, code)
        await visit.reply(Card(visit.words("done")))
    else:
        made = await visit.desk.people.place_code(visit.who)
        text = visit.words("link_code", code=f"community {safe(made)}")
        await _privately(visit, Card(text))


async def privacy(visit: Visit) -> None:
    """What is kept, as a file, and the way to have it deleted."""
    keys = keyboard(
        [button(visit.words("export"), "export", owner=visit.owner)],
        [button(visit.words("forget"), "forget", owner=visit.owner, style="danger")],
    )
    text = visit.words.either(
        "I keep only what you hand in, what you say to models or ask me, your votes, and your Telegram id "
        "and name. Nothing else that is written here is stored.",
        "Ich behalte nur, was du einreichst, was du Modellen sagst oder mich fragst, deine Stimmen und deine "
        "Telegram-Nummer mit Namen. Nichts sonst wird gespeichert.",
    )
    await visit.show(Card(text, keys))


async def export(visit: Visit) -> None:
    """Send everything that is kept about the person, to them alone."""
    data = await visit.desk.people.export(visit.who)
    await visit.toast("⬇")
    await visit.client.send_document(visit.user.id, data, filename="potluck.json")


async def forget(visit: Visit) -> None:
    """Ask whether it is meant."""
    keys = keyboard(
        [button(visit.words("forget_sure"), "forgetsure", owner=visit.owner, style="danger")],
        [button(visit.words("cancel"), "drop", owner=visit.owner)],
    )
    text = visit.words.either(
        "This deletes your files, words and votes for good and takes them out of later releases. "
        "A model that learned from them cannot unlearn.",
        "Das löscht deine Dateien, Worte und Stimmen für immer und nimmt sie aus späteren Releases. "
        "Ein Modell, das davon gelernt hat, kann nichts verlernen.",
    )
    await visit.show(Card(text, keys))


async def forget_for_good(visit: Visit) -> None:
    """Delete everything."""
    gone = await visit.desk.people.forget(visit.who)
    text = visit.words.either(
        f"Deleted: {gone.contributions} files and {gone.messages} messages.",
        f"Gelöscht: {gone.contributions} Dateien und {gone.messages} Nachrichten.",
    )
    await visit.show(Card(text))


async def _privately(visit: Visit, card: Card) -> None:
    """Answer where nobody else reads along; raises Forbidden when the person has not opened the bot."""
    from bot.telegram.visit import say

    await say(visit.client, visit.user.id, card.text, markup=card.keys)
    if not visit.is_private:
        await visit.react("👌")


COMMANDS: dict[str, Handler] = {
    "quota": quota,
    "mine": mine,
    "credit": credit,
    "leaderboard": leaderboard,
    "link": link,
    "privacy": privacy,
    "forget": forget,
}
PRESSES: dict[str, Handler] = {
    "quota": quota,
    "mine": mine,
    "one": one,
    "credit": credit,
    "board": leaderboard,
    "export": export,
    "forget": forget,
    "forgetsure": forget_for_good,
}
