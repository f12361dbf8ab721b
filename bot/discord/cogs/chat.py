"""Talking to a model in its thread; /chat, and what people think of the answers."""

import contextlib
import logging
from collections import deque
from datetime import timedelta

import discord
from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot.discord import convert, suggestions
from bot.discord.answering import Shown
from bot.discord.cards import chat as cards
from bot.discord.cards import contributions
from bot.discord.forms import Filled
from bot.discord.house import House, Interaction
from bot.discord.replying import Replies
from bot.discord.rooms import open_thread, reopened
from bot.discord.routing import picked, pressed, submitted
from bot.languages import tr
from datanets.facts import Caller, ConversationView

log = logging.getLogger(__name__)
RECENT = timedelta(hours=24)


class Chat(commands.Cog):
    """Opens threads, streams replies, takes opinions and corrections."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.replies = Replies(house)
        # Messages that an event brought or a look into the thread found; the other way must leave them.
        self.heard: deque[int] = deque(maxlen=1000)
        pressed("chat", self.press_chat)
        pressed("chat_pick", self.pick_chat)
        pressed("stop_reply", self.stop)
        pressed("again", self.again)
        pressed("rate", self.rate)
        pressed("correct", self.open_correction)
        submitted("correct", self.take_correction)

    async def cog_unload(self) -> None:
        """The connection ends, and replies on their way with it."""
        await self.replies.break_off()

    # --- opening

    @app_commands.command(name=_("chat"), description=_("Talk to a model"))
    @app_commands.guild_only()
    @app_commands.describe(model=_("Which model"))
    @app_commands.autocomplete(model=suggestions.models)
    async def chat(self, interaction: Interaction, model: str) -> None:
        """Open a model's thread, or find the one that is there."""
        await self.house.answering.reply(interaction, self._open(interaction, model))

    async def press_chat(self, interaction: Interaction, model: str) -> None:
        """Open the thread from a card."""
        await self.house.answering.reply(interaction, self._open(interaction, model))

    async def pick_chat(self, interaction: Interaction) -> None:
        """Open the thread of a model picked from the list."""
        await self.house.answering.reply(interaction, self._open(interaction, picked(interaction)))

    async def _open(self, interaction: Interaction, name: str) -> Shown:
        caller = await self.house.caller(interaction)
        model = await self.house.desk.training.model(caller, name)
        actor = await self.house.desk.people.actor(caller)
        for held in await self.house.desk.chat.conversations.of_model(actor.place, model.id):
            thread = await reopened(self.house.client, int(held.channel))
            if thread is not None:
                return Shown(
                    tr(
                        caller.locale,
                        "Talk to **{model}** in {thread}.",
                        model=model.name,
                        thread=thread.mention,
                    )
                )
        settings = await self.house.settings(interaction.guild, interaction.user)
        locale = self.house.locale(interaction.guild, settings)
        thread = await open_thread(interaction.guild, interaction.channel, model, settings, locale)
        await self.house.desk.chat.open(caller, model.id, str(thread.id))
        await thread.send(cards.welcome(model, locale))
        return Shown(
            tr(caller.locale, "Talk to **{model}** in {thread}.", model=model.name, thread=thread.mention)
        )

    # --- talking

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer what is said in a model's thread."""
        if message.author.bot or message.guild is None or not isinstance(message.channel, discord.Thread):
            return
        self.heard.append(message.id)
        await self._take(message, message.channel, message.author, message.guild)

    async def _take(
        self, message: discord.Message, thread: discord.Thread, author: convert.Person, guild: discord.Guild
    ) -> None:
        text = self.house.without_mention(message.content)
        if not text:
            return
        caller = await self.house.caller_of(author, guild)
        held = await self.house.desk.chat.at(caller, str(thread.id))
        if held is not None:
            pieces = self.house.desk.chat.say(caller, held.id, text)
            await self.replies.answer(thread, held, caller, pieces, message)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """A session began: answer what was said in models' threads while nobody listened."""
        await self.replies.settled.wait()
        for guild in self.house.client.guilds:
            for thread in guild.threads:
                with contextlib.suppress(discord.Forbidden, discord.NotFound):
                    await self._catch_up(guild, thread)

    async def _catch_up(self, guild: discord.Guild, thread: discord.Thread) -> None:
        """Answer the newest message of the last day, unless the bot has spoken since."""
        since = discord.utils.utcnow() - RECENT
        last = thread.last_message_id
        if last is None or discord.utils.snowflake_time(last) < since:
            return
        place = (await self.house.place(convert.place_of_guild(guild))).id
        if await self.house.desk.chat.conversations.at(place, str(thread.id)) is None:
            return
        async for message in thread.history(limit=10):
            if self.house.is_me(message.author.id) or message.created_at < since:
                return
            if message.id in self.heard:
                return
            author = None if message.author.bot else await self.house.member(guild, message.author.id)
            if author is not None and self.house.without_mention(message.content):
                self.heard.append(message.id)
                await self._take(message, thread, author, guild)
                return

    async def stop(self, interaction: Interaction, conversation: str) -> None:
        """Stop the reply that is being written."""

        async def work() -> None:
            caller = await self.house.caller(interaction)
            held = await self.house.desk.chat.get(caller, conversation)
            self.house.desk.chat.stop(held.id)

        await self.house.answering.update(interaction, work())

    async def again(self, interaction: Interaction, conversation: str) -> None:
        """Give the latest reply again."""
        held: list[tuple[Caller, ConversationView]] = []

        async def work() -> None:
            caller = await self.house.caller(interaction)
            held.append((caller, await self.house.desk.chat.get(caller, conversation)))

        await self.house.answering.update(interaction, work())
        for caller, found in held:
            room = self.house.client.get_partial_messageable(
                int(found.channel), guild_id=interaction.guild_id
            )
            await self.replies.answer(room, found, caller, self.house.desk.chat.again(caller, found.id), None)

    # --- opinions

    async def rate(self, interaction: Interaction, turn: str, how: str) -> None:
        """Take 👍 or 👎 on a reply."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            await self.house.desk.chat.rate(caller, turn, how == "up")
            return Shown(tr(caller.locale, "Thank you, the next version learns from it."))

        await self.house.answering.reply(interaction, work())

    async def open_correction(self, interaction: Interaction, turn: str) -> None:
        """Open the form for a better answer, with the present one filled in."""

        async def work() -> None:
            caller = await self.house.caller(interaction)
            text = interaction.message.content if interaction.message else ""
            await cards.correction(turn, text.rsplit("\n-# ", 1)[0], caller.locale).open(interaction)

        await self.house.answering.run(interaction, work())

    async def take_correction(self, interaction: Interaction, filled: Filled, turn: str) -> None:
        """Keep the better answer; it goes through review."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            facts = await self.house.desk.chat.correct(caller, turn, filled.text("answer"))
            if facts is None:
                return Shown(tr(caller.locale, "Thank you, the next version learns from it."))
            return contributions.receipts([facts], [], caller.locale)

        await self.house.answering.reply(interaction, work(), slow=True)
