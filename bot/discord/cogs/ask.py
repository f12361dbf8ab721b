"""/ask and plain language: the agent answers, shows a state, or proposes a command to be confirmed."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from agent.facts import Answer, Dropped, Greeting, NotInDocs, NotYours, Proposal, ValueWanted
from bot.desk.ask import Confirmed, Heard
from bot.desk.ask import Shown as State
from bot.desk.commands import BY_NAME
from bot.discord.answering import Shown
from bot.discord.cards import answers as cards
from bot.discord.cards import contributions, nets, runs, standing
from bot.discord.forms import Filled
from bot.discord.house import House, Interaction
from bot.discord.routing import picked, pressed, submitted
from bot.languages import tr
from datanets.facts import Caller, DatanetView, ReleaseView, RunView

EVERYWHERE = {"guilds": True, "dms": True, "private_channels": False}


class Ask(commands.Cog):
    """Lets people talk to the agent."""

    def __init__(self, house: House) -> None:
        self.house = house
        pressed("rate_answer", self.rate)
        pressed("confirm", self.confirm)
        pressed("amend", self.open_amend)
        pressed("drop", self.drop)
        pressed("say", self.say)
        submitted("amend", self.take_amend)

    @app_commands.command(name=_("ask"), description=_("Ask the docs"))
    @app_commands.allowed_contexts(**EVERYWHERE)
    @app_commands.describe(question=_("What you want to know"))
    async def ask(self, interaction: Interaction, question: app_commands.Range[str, 1, 500]) -> None:
        """Answer from the docs."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            heard = await self.house.desk.ask.ask(caller, thread_of(interaction.channel_id), question)
            return self._drawn(heard, caller)

        await self.house.answering.reply(interaction, work(), private=False)

    # --- plain language

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Hear what is said to the bot: a mention, a reply to it, a direct message."""
        if message.author.bot or not self._is_meant(message):
            return
        text = self.house.without_mention(message.content)
        if not text:
            return
        caller = await self.house.caller_of(message.author, message.guild)
        if isinstance(message.channel, discord.Thread) and await self._is_chat(caller, message.channel):
            return
        work = self._hear(caller, message.channel.id, text, message)
        await self.house.answering.speak(message, work, caller)

    def _is_meant(self, message: discord.Message) -> bool:
        me = self.house.client.user
        return message.guild is None or (me is not None and any(one.id == me.id for one in message.mentions))

    async def _is_chat(self, caller: Caller, thread: discord.Thread) -> bool:
        return await self.house.desk.chat.at(caller, str(thread.id)) is not None

    async def _hear(self, caller: Caller, channel: int, text: str, message: discord.Message) -> Shown:
        async with message.channel.typing():
            heard = await self.house.desk.ask.hear(caller, thread_of(channel), text)
        return self._drawn(heard, caller)

    async def say(self, interaction: Interaction) -> None:
        """Take a value picked from a question's choices as if it had been said."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            heard = await self.house.desk.ask.hear(
                caller, thread_of(interaction.channel_id), picked(interaction)
            )
            return self._drawn(heard, caller)

        await self.house.answering.update(interaction, work())

    def _drawn(self, heard: Heard, caller: Caller) -> Shown:
        locale = caller.locale
        match heard:
            case Answer():
                return cards.answer(heard, locale)
            case NotInDocs():
                return cards.not_in_docs(heard, locale)
            case Proposal():
                return cards.proposal(heard, locale)
            case ValueWanted():
                return cards.value_wanted(heard, locale)
            case State():
                return self._state(heard, locale)
            case NotYours():
                return Shown(tr(locale, "You may not use /{command} here.", command=heard.command))
            case Dropped():
                return Shown(tr(locale, "All right, never mind."))
            case Greeting():
                hello = "You are welcome!" if heard.thanks else "Hello! Ask me something, or try /help."
                return Shown(self.house.explainer.mentions.within(tr(locale, hello)))

    def _state(self, of: State, locale: str) -> Shown:
        facts: Any = of.facts
        match of.command:
            case "quota":
                return standing.quota(facts, locale)
            case "mine":
                return contributions.mine(facts, 0, False, locale)
            case "runs":
                return runs.runs(facts, locale)
            case "run show":
                return runs.run(facts, locale)
            case "models":
                return runs.models(facts, locale)
            case "leaderboard":
                return standing.leaderboard(facts, None, of.values.get("season") != "all", locale)
            case "credit":
                return standing.credit(facts, locale)
            case "datanet list":
                return nets.datanets(facts, locale)
            case "datanet show":
                return nets.datanet(facts, (), locale)
            case _:
                here = self.house.explainer.mentions.within(f"/{of.command}")
                return Shown(tr(locale, "That opens here: {command}", command=here))

    # --- opinions and proposals

    async def rate(self, interaction: Interaction, answer: str, rating: str) -> None:
        """Take an opinion on an answer."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            await self.house.desk.ask.rate(caller, answer, rating)
            return Shown(tr(caller.locale, "Thank you, the admins read it."))

        await self.house.answering.reply(interaction, work())

    async def confirm(self, interaction: Interaction, proposal: str) -> None:
        """Carry a proposal out with the rights of whoever it was made for."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            return self._outcome(await self.house.desk.ask.confirm(caller, proposal), caller.locale)

        await self.house.answering.update(interaction, work())

    def _outcome(self, done: Confirmed, locale: str) -> Shown:
        match done.outcome:
            case RunView():
                return runs.run(done.outcome, locale)
            case DatanetView():
                return nets.datanet(done.outcome, (), locale)
            case ReleaseView():
                return nets.release(done.outcome, locale)
            case _:
                here = self.house.explainer.mentions.within(f"/{done.proposal.command}")
                return Shown(tr(locale, "That opens here: {command}", command=here))

    async def open_amend(self, interaction: Interaction, proposal: str) -> None:
        """Open a form with the proposal's values."""

        async def work() -> None:
            caller = await self.house.caller(interaction)
            found = await self.house.desk.ask.proposal(caller, proposal)
            names = _names(found)
            await cards.amend_form(found, names, caller.locale).open(interaction)

        await self.house.answering.run(interaction, work())

    async def take_amend(self, interaction: Interaction, filled: Filled, proposal: str) -> None:
        """Take changed values over."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            found = await self.house.desk.ask.proposal(caller, proposal)
            values = {name: filled.text(name) for name, _help in _names(found)[:5]}
            return cards.proposal(await self.house.desk.ask.amend(caller, proposal, values), caller.locale)

        await self.house.answering.update(interaction, work())

    async def drop(self, interaction: Interaction) -> None:
        """Leave a proposal."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            return Shown(tr(caller.locale, "All right, never mind."))

        await self.house.answering.update(interaction, work())


def thread_of(channel: int | None) -> str:
    """The name under which the agent remembers a channel."""
    return f"discord:{channel}"


def _names(of: Proposal) -> Sequence[tuple[str, str]]:
    """The proposal's parameters: those that are missing first, then those that have a value."""
    listed = [(one.name, one.help) for one in BY_NAME[of.command].parameters]
    return sorted(listed, key=lambda pair: (pair[0] not in of.missing, pair[0] not in of.values))
