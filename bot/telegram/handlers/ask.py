"""Plain language and `/ask`: the agent answers from the library, shows a state, or proposes a command."""

from collections.abc import Awaitable, Callable

from agent.facts import Answer, Dropped, Greeting, NotInDocs, NotYours, Proposal, ValueWanted
from bot.desk.ask import Shown
from bot.desk.commands import BY_NAME
from bot.telegram.cards import answers as cards
from bot.telegram.cards import nets as net_cards
from bot.telegram.cards import runs as run_cards
from bot.telegram.cards.card import Card
from bot.telegram.front import Handler
from bot.telegram.handlers import start
from bot.telegram.lanes import afterwards
from bot.telegram.text import safe
from bot.telegram.visit import Visit
from datanets.facts import DatanetView, ReleaseView, RunView
from datanets.inbox import DraftView
from datanets.refusals import NotFound

DRAFT = "ask"


async def ask(visit: Visit) -> None:
    """`/ask question`: answer from the docs alone."""
    if visit.argument:
        afterwards(_from_docs(visit, visit.argument))
        return
    question = visit.words.either("What do you want to know?", "Was möchtest du wissen?")
    await _want_text(visit, f"💬 {question} {visit.words('write_reply')}", {})


async def plain(visit: Visit) -> None:
    """Hear a message in plain words."""
    if not visit.argument:
        await start.show_help(visit)
        return
    afterwards(_hear(visit, visit.argument))


async def continue_with_text(visit: Visit, draft: DraftView) -> None:
    """The question, or a value of a proposal, was written."""
    if not await visit.room.core.drafts.close(draft.id):
        return
    key = draft.values.get("proposal")
    if key:
        changed = await visit.desk.ask.amend(visit.who, key, {draft.values["name"]: visit.argument})
        await visit.reply(cards.proposal(changed, visit.words, visit.owner))
    else:
        await ask(visit)


async def confirm(visit: Visit) -> None:
    """Carry a proposal out, once."""
    key = visit.pressed.args[0] if visit.pressed else ""
    try:
        done = await visit.desk.ask.confirm(visit.who, key)
    except NotFound:
        await visit.toast(visit.words("stale"), alert=True)
        return
    outcome = done.outcome
    if isinstance(outcome, RunView):
        await visit.show(run_cards.run(outcome, visit.words))
    elif isinstance(outcome, DatanetView):
        await visit.show(net_cards.net(outcome, visit.words, visit.owner))
    elif isinstance(outcome, ReleaseView):
        await visit.show(net_cards.release(outcome, visit.words))
    else:
        await _run_own(visit, done.proposal.command, done.proposal.values)


async def change(visit: Visit) -> None:
    """Ask for another value of a proposal."""
    key, number = visit.pressed.args if visit.pressed else ("", "0")
    held = await visit.desk.ask.proposal(visit.who, key)
    name = BY_NAME[held.command].parameters[int(number)].name
    await visit.toast()
    await _want_text(
        visit, f"<b>{safe(name)}</b>: {visit.words('write_reply')}", {"proposal": key, "name": name}
    )


async def rate(visit: Visit) -> None:
    """Say whether an answer helped."""
    answer, rating = visit.pressed.args if visit.pressed else ("", "good")
    await visit.desk.ask.rate(visit.who, answer, rating)
    await visit.toast(visit.words("thanks"))


async def pick(visit: Visit) -> None:
    """One of the offered values was chosen by button."""
    number = int(visit.pressed.args[0]) if visit.pressed else 0
    if visit.message and visit.message.reply_markup:
        label = visit.message.reply_markup.inline_keyboard[number][0].text
        await visit.toast()
        afterwards(_hear(visit, label))


async def _from_docs(visit: Visit, question: str) -> None:
    try:
        found = await visit.desk.ask.ask(visit.who, _thread(visit), question, _waiting(visit))
        await visit.reply(cards.answer(found, visit.words))
    except Exception as problem:  # noqa: BLE001 - explained like any other handler's
        await visit.room.front.explain(visit, problem)


async def _hear(visit: Visit, text: str) -> None:
    try:
        heard = await visit.desk.ask.hear(visit.who, _thread(visit), text, _waiting(visit))
        if isinstance(heard, Shown):
            await _run_own(visit, heard.command, heard.values)
        else:
            await visit.reply(_drawn(visit, heard))
    except Exception as problem:  # noqa: BLE001 - explained like any other handler's
        await visit.room.front.explain(visit, problem)


def _drawn(
    visit: Visit, heard: Answer | NotInDocs | Proposal | ValueWanted | NotYours | Dropped | Greeting
) -> Card:
    words = visit.words
    if isinstance(heard, Answer | NotInDocs):
        return cards.answer(heard, words)
    if isinstance(heard, Proposal):
        return cards.proposal(heard, words, visit.owner)
    if isinstance(heard, ValueWanted):
        return cards.wanted(heard, words, visit.owner)
    if isinstance(heard, NotYours):
        no = words.either("You may not use", "Nicht für dich:")
        return Card(f"{no} <code>/{safe(heard.command)}</code>.")
    if isinstance(heard, Dropped):
        return Card(words("cancelled"))
    hello = words.either("Hello! /help shows what I can do.", "Hallo! /help zeigt, was ich kann.")
    return Card(words("thanks") if heard.thanks else hello)


async def _run_own(visit: Visit, command: str, values: dict[str, str]) -> None:
    """Run this platform's own command with the values that were understood."""
    from bot.telegram.handlers import COMMANDS

    group, _, rest = command.partition(" ")
    given = [values[one.name] for one in BY_NAME[command].parameters if values.get(one.name)]
    visit.argument = " ".join(([rest] if rest else []) + given)
    visit.query, visit.pressed = None, None
    await COMMANDS[group](visit)


async def _want_text(visit: Visit, text: str, values: dict[str, str]) -> None:
    actor = await visit.desk.people.actor(visit.who)
    draft = await visit.room.core.drafts.open(actor.place, actor.member, DRAFT, {**values, "awaits": "text"})
    sent = await visit.reply(Card(text), ask=True)
    await visit.room.core.drafts.change(draft.id, {"prompt": sent.message_id})


def _thread(visit: Visit) -> str:
    return f"telegram:{visit.chat.id}:{visit.thread or 0}"


def _waiting(visit: Visit) -> Callable[[], Awaitable[None]]:
    async def show_typing() -> None:
        await visit.client.send_chat_action(visit.chat.id, "typing", message_thread_id=visit.thread)

    return show_typing


COMMANDS: dict[str, Handler] = {"ask": ask}
PRESSES: dict[str, Handler] = {"yes": confirm, "value": change, "liked": rate, "choice": pick}
