"""`/compare`: two models answer blind, each person picks, names are told to those who picked."""

from bot.telegram.buttons import Row, button, keyboard
from bot.telegram.cards.card import Card
from bot.telegram.front import Handler
from bot.telegram.lanes import afterwards
from bot.telegram.text import clip, safe
from bot.telegram.visit import Visit
from datanets.facts import Comparison
from datanets.inbox import DraftView

DRAFT = "compare"


async def compare(visit: Visit) -> None:
    """`/compare first second question`; what is missing is asked for by buttons."""
    words = visit.argument.split(maxsplit=2)
    if len(words) == 3:
        afterwards(_run(visit, *words))
    elif len(words) == 2:
        await _ask_question(visit, words[0], words[1])
    else:
        await _choose(visit, words[0] if words else "")


async def begin(visit: Visit) -> None:
    """A first or a second model was chosen by button."""
    args = visit.pressed.args if visit.pressed else ()
    first = (await visit.desk.training.model(visit.who, args[0])).name
    if len(args) == 2:
        await visit.toast()
        await _ask_question(visit, first, (await visit.desk.training.model(visit.who, args[1])).name)
    else:
        await _choose(visit, first)


async def pick(visit: Visit) -> None:
    """One side was picked: tell the names to whoever picked."""
    item, left = visit.pressed.args if visit.pressed else ("", "1")
    made = await visit.desk.compare.pick(visit.who, item, left == "1")
    first, second = made.names or ("?", "?")
    low, high = (f"{100 * share:.0f}" for share in made.odds)
    text = f"👈 {first}: {made.picks[0]}\n👉 {second}: {made.picks[1]}\n\n" + visit.words.either(
        f"👈 is preferred {low} to {high} % of the time, as far as these picks tell.",
        f"👈 wird zu {low} bis {high} % vorgezogen, so weit diese Stimmen es sagen.",
    )
    await visit.toast(text, alert=True)
    if visit.is_private:
        drawn = _card(visit, made)
        await visit.show(Card(f"{drawn.text}\n\n{safe(text)}", drawn.keys))


async def continue_with_text(visit: Visit, draft: DraftView) -> None:
    """The question was written."""
    if await visit.room.core.drafts.close(draft.id):
        afterwards(_run(visit, draft.values["first"], draft.values["second"], visit.argument))


async def _choose(visit: Visit, first: str) -> None:
    models = [one for one in await visit.desk.training.models(visit.who) if one.name != first]
    before = ((await visit.desk.training.model(visit.who, first)).id,) if first else ()
    rows: list[Row] = [[button(one.name, "cmp", *before, one.id, owner=visit.owner)] for one in models[:8]]
    title = f"⚖ <b>{safe(first)}</b> : …" if first else "⚖ … : …"
    await visit.show(Card(title if models else visit.words("nothing_here"), keyboard(*rows)))


async def _ask_question(visit: Visit, first: str, second: str) -> None:
    actor = await visit.desk.people.actor(visit.who)
    values = {"first": first, "second": second, "awaits": "text"}
    draft = await visit.room.core.drafts.open(actor.place, actor.member, DRAFT, values)
    question = visit.words.either("What shall I ask both?", "Was soll ich beide fragen?")
    sent = await visit.reply(Card(f"⚖ {question} {visit.words('write_reply')}"), ask=True)
    await visit.room.core.drafts.change(draft.id, {"prompt": sent.message_id})


async def _run(visit: Visit, first: str, second: str, question: str) -> None:
    try:
        made = await visit.desk.compare.ask(visit.who, first, second, question)
        await visit.reply(_card(visit, made))
    except Exception as problem:  # noqa: BLE001 - explained like any other handler's
        await visit.room.front.explain(visit, problem)


def _card(visit: Visit, made: Comparison) -> Card:
    text = (
        f"⚖ <b>{safe(clip(made.question, 300))}</b>\n\n"
        f"👈 {safe(clip(made.left, 1500))}\n\n"
        f"👉 {safe(clip(made.right, 1500))}"
    )
    row = [
        button(visit.words("left"), "pick", made.id, 1),
        button(visit.words("right"), "pick", made.id, 0),
    ]
    return Card(text, keyboard(row))


COMMANDS: dict[str, Handler] = {"compare": compare}
PRESSES: dict[str, Handler] = {"cmp": begin, "pick": pick}
