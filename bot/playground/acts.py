"""What every button and form of the page does; a command's form does the command."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from markupsafe import escape

from bot import wording
from bot.desk.commands import BY_NAME
from bot.languages import tr, trn
from bot.playground import commands, cooking, forms, panels, talk
from bot.playground.ask import Ask
from bot.playground.drawing import begun, plain
from bot.playground.hub import Change
from bot.playground.kitchen import thread_key
from bot.playground.note import Note, Press
from bot.playground.uploads import BodyUpload
from datanets.facts import Context, Reason, ReviewCard
from datanets.rooms import Line

Act = Callable[[Ask], Awaitable[list[Change]]]


async def do(name: str, ask: Ask) -> list[Change]:
    """Do what a button or a form says; an unknown name is an old page."""
    if name in ACTS:
        return await ACTS[name](ask)
    command = BY_NAME.get(name.replace("-", " "))
    if command is None:
        return [{"op": "no", "text": tr(ask.locale, "This page is out of date. Reload it.")}]
    note = await commands.run(command, ask)
    if note:
        if ask.room in ("workshop", "operator"):
            return [{"op": "done"}, {"op": "said", "text": plain(note.words)}]
        await commands.tell(ask, note)
    return [{"op": "done"}]


async def hand_in(ask: Ask, upload: BodyUpload) -> list[Change]:
    """Hand one file in and show the receipt to whoever sent it."""
    context = Context(**{name: ask.value(name) for name in Context.__dataclass_fields__ if ask.value(name)})
    receipt = await ask.kitchen.desk.contribute.hand_in(ask.caller, upload, ask.value("datanet"), context)
    file, left = receipt.contribution, receipt.quota
    said = "again" if receipt.again else "received"
    words = wording.notice(said, ask.locale, file=file.name, datanet=file.datanet)
    notes = "".join(f"\n\n{begun(wording.note(note, ask.locale))}" for note in file.notes)
    files = trn(ask.locale, left.files_left, "{n} file", "{n} files")
    note = Note(
        words=words + notes,
        pairs=(
            (tr(ask.locale, "Left today"), f"{files}, {wording.size(left.bytes_left)}"),
            (tr(ask.locale, "Renews"), wording.clock(left.renews_at)),
        ),
        buttons=(Press(tr(ask.locale, "See its card"), act="open-room", values={"to": "review"}),),
    )
    room = ask.room if not ask.room.startswith(("workshop", "operator")) else "contribute"
    await ask.kitchen.messages.say(room, card=note.card(), private_to=ask.person.key)
    await panels.refresh(ask.kitchen)
    return []


async def agree(ask: Ask) -> list[Change]:
    """Record consent; the page then repeats what was refused without it."""
    await ask.kitchen.desk.people.agree(ask.caller)
    return []


async def vote(ask: Ask) -> list[Change]:
    """Cast, change or withdraw a ballot; the card changes for everybody at once."""
    desk, contribution = ask.kitchen.desk, ask.value("contribution")
    if ask.value("way") == "none":
        card = await desk.reviewing.withdraw(ask.caller, contribution)
    else:
        reason = Reason(ask.value("reason")) if ask.value("reason") else None
        card = await desk.reviewing.cast(ask.caller, contribution, ask.value("way") == "up", reason)
    return await _shown(ask, card)


async def say_why(ask: Ask) -> list[Change]:
    """Give one's own 👎 its reason."""
    ask.values["way"] = "down"
    return [*await vote(ask), {"op": "done"}]


async def decide(ask: Ask) -> list[Change]:
    """Settle an escalated review."""
    accept = ask.value("verdict") == "accept"
    card = await ask.kitchen.desk.reviewing.decide(
        ask.caller,
        ask.value("contribution"),
        accept,
        None if accept else Reason(ask.value("reason")),
        ask.value("note"),
    )
    return [*await _shown(ask, card), {"op": "done"}]


async def revoke(ask: Ask) -> list[Change]:
    """Take an accepted contribution back."""
    card = await ask.kitchen.desk.reviewing.revoke(ask.caller, ask.value("contribution"), ask.value("note"))
    return [*await _shown(ask, card), {"op": "done"}]


async def withdraw(ask: Ask) -> list[Change]:
    """Take one's own contribution back before the verdict."""
    await ask.kitchen.desk.contribute.withdraw(ask.caller, ask.value("contribution"))
    return []


async def stop_run(ask: Ask) -> list[Change]:
    """Stop a run; its card says so as soon as the worker has heard it."""
    await ask.kitchen.desk.training.stop(ask.caller, ask.value("run"))
    return [{"op": "said", "text": tr(ask.locale, "It stops after this step and keeps its best.")}]


async def open_room(ask: Ask) -> list[Change]:
    """Go to a room."""
    return [{"op": "go", "to": f"/{ask.person.key}/{ask.value('to')}"}]


async def open_thread(ask: Ask) -> list[Change]:
    """Go to a model's thread."""
    model = await ask.kitchen.desk.training.model(ask.caller, ask.value("model"))
    return [{"op": "go", "to": f"/{ask.person.key}/{thread_key(model.id)}"}]


async def stop_reply(ask: Ask) -> list[Change]:
    """End a reply that is being written; what is there stays."""
    line = await _line(ask)
    ask.kitchen.desk.chat.stop(line.card["conversation"])
    return []


async def again(ask: Ask) -> list[Change]:
    """Have the latest question answered once more."""
    await talk.ask_again(ask.kitchen, ask.person, ask.value("line"))
    return []


async def rate(ask: Ask) -> list[Change]:
    """Keep an opinion of a reply, or take it back."""
    way = ask.value("way")
    await ask.kitchen.desk.chat.rate(ask.caller, ask.value("turn"), {"up": True, "down": False}.get(way))
    await ask.kitchen.messages.amend(ask.value("line"), lambda card: _with_opinion(card, ask, way))
    return []


async def correct(ask: Ask) -> list[Change]:
    """Keep a better answer; it goes through review like any contribution."""
    line = await _line(ask)
    receipt = await ask.kitchen.desk.chat.correct(ask.caller, line.card["turn"], ask.value("answer"))
    await ask.kitchen.messages.amend(
        line.id, lambda card: {**_with_opinion(card, ask, "down"), "correction": ask.value("answer")}
    )
    said = "Thank you. It is in review now." if receipt else "Thank you, it is kept."
    return [{"op": "done"}, {"op": "said", "text": tr(ask.locale, said)}]


async def pick(ask: Ask) -> list[Change]:
    """Choose the better of two answers; the names show themselves to whoever has chosen."""
    duel = await ask.kitchen.desk.compare.pick(
        ask.caller, ask.value("comparison"), ask.value("side") == "left"
    )
    seen = {ask.person.key: asdict(duel)}
    await ask.kitchen.messages.amend(
        ask.value("line"), lambda card: {**card, "seen": {**card["seen"], **seen}}
    )
    return []


async def estimate(ask: Ask) -> list[Change]:
    """Say what the recipe in the form would need."""
    return [{"op": "part", "id": "estimate", "html": str(escape(await cooking.estimate(ask)))}]


async def rate_answer(ask: Ask) -> list[Change]:
    """Keep an opinion of an answer from the docs."""
    await ask.kitchen.desk.ask.rate(ask.caller, ask.value("answer"), ask.value("rating"))
    return [{"op": "said", "text": tr(ask.locale, "Thank you. That helps whoever writes the docs.")}]


async def refresh_library(ask: Ask) -> list[Change]:
    """Read the books again now."""
    books = await ask.kitchen.desk.ask.refresh(ask.caller)
    await panels.refresh(ask.kitchen)
    words = wording.notice("refreshed", ask.locale, read=sum(book.read for book in books), books=len(books))
    troubles = [wording.trouble(book.problem, ask.locale) for book in books if book.problem]
    return [{"op": "said", "text": " ".join([words, *troubles])}]


async def place_code(ask: Ask) -> list[Change]:
    """Give an admin a code that joins another place to this community."""
    code = await ask.kitchen.desk.people.place_code(ask.caller)
    await commands.tell(ask, Note(words=wording.notice("place_code", ask.locale, code=code)))
    return []


async def join_place(ask: Ask) -> list[Change]:
    """Join this page to the community that a code came from; everything is drawn from there then."""
    await ask.kitchen.desk.people.link_place(ask.caller, ask.value("code"))
    await commands.tell(ask, Note(words=wording.notice("place_joined", ask.locale)))
    return [{"op": "done"}, {"op": "go", "to": f"/{ask.person.key}/{ask.room}"}]


async def say_value(ask: Ask) -> list[Change]:
    """Answer the bot's question by one of the values that it offers."""
    await talk.said(ask.kitchen, ask.person, ask.room, ask.value("text"))
    return []


async def confirm(ask: Ask) -> list[Change]:
    """Carry a proposal out with the values of its form; some commands go on in a form of their own."""
    key = ask.values.pop("proposal")
    if ask.values:
        await ask.kitchen.desk.ask.amend(ask.caller, key, ask.values)
    confirmed = await ask.kitchen.desk.ask.confirm(ask.caller, key)
    proposal, outcome = confirmed.proposal, confirmed.outcome
    if outcome is None:
        words = " ".join(proposal.values.values())
        asked = await forms.sheet(ask.kitchen, ask.person, proposal.command.replace(" ", "-"), words)
        return [{"op": "sheet", "html": ask.kitchen.drawing.draw("sheet.html", ask.locale, sheet=asked)}]
    await commands.tell(ask, Note(words=tr(ask.locale, "Done: `/{command}`.", command=proposal.command)))
    return [{"op": "done"}]


async def _shown(ask: Ask, card: ReviewCard) -> list[Change]:
    """Draw a review's card anew wherever it stands, without waiting for the announcer."""
    await ask.kitchen.messages.redraw_subject(card.contribution.id)
    return []


async def _line(ask: Ask) -> Line:
    line = await ask.kitchen.core.rooms.find(ask.value("line"))
    if line is None:
        raise LookupError("a button of a line that is gone")
    return line


def _with_opinion(card: dict[str, Any], ask: Ask, way: str) -> dict[str, Any]:
    return {**card, "opinions": {**card.get("opinions", {}), ask.person.key: way}}


ACTS: dict[str, Act] = {
    "agree": agree,
    "vote": vote,
    "say-why": say_why,
    "decide": decide,
    "revoke": revoke,
    "withdraw": withdraw,
    "stop-run": stop_run,
    "open-room": open_room,
    "open-thread": open_thread,
    "stop-reply": stop_reply,
    "again": again,
    "rate": rate,
    "correct": correct,
    "pick": pick,
    "estimate": estimate,
    "rate-answer": rate_answer,
    "refresh-library": refresh_library,
    "place-code": place_code,
    "join-place": join_place,
    "say-value": say_value,
    "confirm": confirm,
}
