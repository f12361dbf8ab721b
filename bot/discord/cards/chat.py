"""Replies of a model, comparisons, and what can be done with them."""

import discord
from discord import ui

from bot.discord.answering import Shown
from bot.discord.cards.pieces import BLUE, GREEN, card, cut, plain, quote
from bot.discord.forms import Form
from bot.discord.routing import button, key, view
from bot.languages import tr, trn
from datanets.facts import Comparison, ModelView

ANSWER_ROOM = 1700


def writing(conversation: str, locale: str) -> ui.View:
    """While a reply is being written it can be stopped."""
    return view(button(tr(locale, "Stop"), "stop_reply", conversation, emoji="⏹️"))


def written(conversation: str, turn: str, locale: str) -> ui.View:
    """What can be done with a reply."""
    items = [button(tr(locale, "Again"), "again", conversation, emoji="🔁")]
    if turn:
        items = [
            button("", "rate", turn, "up", emoji="👍"),
            button("", "rate", turn, "down", emoji="👎"),
            button(tr(locale, "Correct"), "correct", turn, emoji="✏️"),
            *items,
        ]
    return view(*items)


def signed(text: str, model: ModelView) -> str:
    """A reply with the model's name below it."""
    return f"{text}\n-# {model.name}"


def welcome(of: ModelView, locale: str) -> str:
    """The first words in a model's thread."""
    return tr(
        locale,
        "This thread talks to **{model}** ({base}, trained on {datanet} r{release}). Just write. "
        "👍 and 👎 teach the next version, ✏️ shows it the right answer.",
        model=of.name,
        base=of.base_title,
        datanet=of.datanet,
        release=of.release,
    )


def correction(turn: str, reply: str, locale: str) -> Form:
    """The form for a better answer."""
    built = Form(tr(locale, "The right answer"), key("correct", turn))
    hint = tr(locale, "It goes through review like any contribution.")
    return built.text("answer", tr(locale, "Answer"), value=reply, help_text=hint, long=True, most=1800)


def compare_form(model: str, locale: str) -> Form:
    """The form for a comparison that began at one model's card."""
    built = Form(tr(locale, "Compare"), key("compare", model))
    built.text("second", tr(locale, "The other model"), most=60)
    return built.text("question", tr(locale, "What to ask both"), long=True, most=1000)


def comparison(of: Comparison, locale: str) -> Shown:
    """Two answers, blind."""
    text = (
        f"{quote(of.question, 400)}\n\n**A**\n{plain(cut(of.left, ANSWER_ROOM))}"
        f"\n\n**B**\n{plain(cut(of.right, ANSWER_ROOM))}"
    )
    better = discord.ButtonStyle.primary
    return Shown(
        embed=card(f"⚖️ {tr(locale, 'Which answer is better?')}", text, BLUE),
        view=view(
            button(tr(locale, "A is better"), "pick", of.id, "left", style=better),
            button(tr(locale, "B is better"), "pick", of.id, "right", style=better),
        ),
    )


def picked(of: Comparison, locale: str) -> Shown:
    """Who was who, and how others chose."""
    left, right = of.names or ("?", "?")
    text = "\n".join(
        f"**{letter}** · **{plain(name)}** · {trn(locale, picks, 'chosen once', 'chosen {n} times')}"
        for letter, name, picks in (("A", left, of.picks[0]), ("B", right, of.picks[1]))
    )
    low, high = (f"{100 * share:.0f}" for share in of.odds)
    text += "\n" + tr(
        locale,
        "A is preferred {low} to {high} % of the time, as far as these picks tell.",
        low=low,
        high=high,
    )
    return Shown(embed=card(tr(locale, "Thank you. These were:"), text, GREEN))
