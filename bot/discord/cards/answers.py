"""What the agent says: answers with their sources, proposals, questions back."""

from collections.abc import Mapping, Sequence

import discord
from discord import ui

from agent.facts import Answer, NotInDocs, Proposal, Source, Statement, ValueWanted
from bot import wording
from bot.discord.answering import Shown
from bot.discord.cards.pieces import AMBER, BLUE, GREEN, GREY, card, cut, plain, soon
from bot.discord.forms import Form
from bot.discord.routing import Live, button, key, view
from bot.languages import tr, trn


def answer(of: Answer, locale: str) -> Shown:
    """An answer, every statement with the numbers of its sources."""
    lines = [_statement(one) for one in of.paragraphs]
    for pair in of.disagreements:
        said = tr(locale, "The docs disagree:")
        lines.append(f"⚠️ {said}\n• {_statement(pair.first)}\n• {_statement(pair.second)}")
    embed = card(cut(of.question, 250), cut("\n".join(lines), 3000), GREEN)
    _sources(embed, tr(locale, "Sources"), of.sources, numbered=True)
    _freshness(embed, of, locale)
    return Shown(embed=embed, view=_opinion(of.id, locale))


def not_in_docs(of: NotInDocs, locale: str) -> Shown:
    """The docs do not say; the nearest pages may help."""
    text = tr(locale, "The docs do not say.") + " "
    if of.pages:
        text += trn(locale, of.pages, "I looked through {n} page.", "I looked through {n} pages.")
    else:
        text += tr(locale, "The library is empty; an admin reads the docs in with /setup.")
    embed = card(cut(of.question, 250), text, GREY)
    _sources(embed, tr(locale, "Closest pages"), of.nearest, numbered=False)
    _freshness(embed, of, locale)
    return Shown(embed=embed, view=_opinion(of.id, locale))


def _statement(of: Statement) -> str:
    marks = "".join(f"[{number}]" for number in of.sources)
    if of.is_code:
        return f"```\n{of.text.replace('```', '')}\n```{marks}".rstrip()
    return f"{plain(of.text)} {marks}".rstrip()


def _sources(embed: discord.Embed, name: str, sources: Sequence[Source], *, numbered: bool) -> None:
    lines = []
    for one in sources[:6]:
        title = plain(cut(one.trail or one.title, 90))
        link = f"[{title}]({one.url})" if one.url.startswith("http") else title
        age = f" · {soon(one.updated_at)}" if one.updated_at else ""
        lines.append(f"{f'[{one.number}]' if numbered else '•'} {link}{age}")
    text = ""
    for line in lines:
        if len(text) + len(line) < 1000:
            text += line + "\n"
    if text:
        embed.add_field(name=name, value=text, inline=False)


def _freshness(embed: discord.Embed, of: Answer | NotInDocs, locale: str) -> None:
    if notes := wording.how_found(of.stale_since, of.semantic, locale):
        embed.set_footer(text=" ".join(notes))


def _opinion(key_of: str, locale: str) -> ui.View | None:
    if not key_of:
        return None
    return view(
        button("", "rate_answer", key_of, "good", emoji="👍"),
        button("", "rate_answer", key_of, "bad", emoji="👎"),
        button(tr(locale, "Not answered"), "rate_answer", key_of, "not_answered"),
    )


def proposal(of: Proposal, locale: str) -> Shown:
    """A command with what was understood; nothing happens before the press."""
    lines = _understood(of.values)
    if of.missing:
        lines.append("⚠️ " + tr(locale, "Still missing: {names}", names=", ".join(of.missing)))
    embed = card(f"/{of.command}", "\n".join(lines) or tr(locale, "As it is."), AMBER)
    embed.set_footer(text=tr(locale, "Nothing happens before you press."))
    go = discord.ButtonStyle.success
    return Shown(
        embed=embed,
        view=view(
            button(tr(locale, "Do it"), "confirm", of.id, style=go, disabled=bool(of.missing)),
            button(tr(locale, "Change"), "amend", of.id),
            button(tr(locale, "Leave it"), "drop"),
        ),
    )


def _understood(values: Mapping[str, str]) -> list[str]:
    return [f"**{name}**: {plain(cut(value, 200))}" for name, value in values.items()]


def amend_form(of: Proposal, names: Sequence[tuple[str, str]], locale: str) -> Form:
    """A form with up to five of the proposal's values."""
    built = Form(cut(f"/{of.command}", 45), key("amend", of.id))
    for name, help_text in names[:5]:
        value = of.values.get(name, "")
        built.text(name, name, value=value, help_text=tr(locale, help_text), required=False, most=1000)
    return built


def value_wanted(of: ValueWanted, locale: str) -> Shown:
    """A question for one value, with what can be picked."""
    lines = [f"**/{of.command}**", *_understood(of.values)]
    if of.refused:
        lines.append("⚠️ " + wording.notice("unfit", locale, value=plain(of.refused)))
    text = "\n".join([*lines, wording.asked_for(of.parameter, of.help, locale)])
    if not of.choices:
        return Shown(text)
    options = [
        discord.SelectOption(label=cut(one.label, 100), value=one.value[:100]) for one in of.choices[:25]
    ]
    select = ui.Select[ui.View](custom_id=key("say"), placeholder=of.parameter[:100], options=options)
    return Shown(text, view=view(Live(select)))


def plain_card(text: str) -> Shown:
    """A sentence on a card."""
    return Shown(embed=card("🍲 Potluck", text, BLUE))
