"""Votes: by reaction, by button, with a reason; and what was cast while the bot was away."""

import asyncio
import logging
import weakref

import discord
from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot.discord import convert
from bot.discord.answering import Shown
from bot.discord.cards import reviews as cards
from bot.discord.cards.reviews import DOWN, UP
from bot.discord.forms import Filled, Form
from bot.discord.house import House, Interaction
from bot.discord.language import tr
from bot.discord.previews import preview
from bot.discord.routing import key, pressed, submitted
from datanets.facts import Caller, Reason, ReviewCard
from datanets.refusals import NotFound, Refusal, ReviewClosed

log = logging.getLogger(__name__)
VOTES = {UP: True, DOWN: False}
JUST_POSTED = (0.3, 0.6, 1.1)


class Review(commands.Cog):
    """Brings votes to the desk and takes away reactions that do not count."""

    def __init__(self, house: House) -> None:
        self.house = house
        # Votes on one card are taken in one after the other, so that a look at all of them misses none.
        self.locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self.menu = app_commands.ContextMenu(name=_("Reject with reason"), callback=self.reject_with_reason)
        self.menu.default_permissions = discord.Permissions(manage_messages=True)
        pressed("vote", self.press_vote)
        pressed("decide", self.press_decide)
        pressed("open_file", self.open_file)
        pressed("next_review", self.press_next)
        submitted("reject", self.take_reason)
        submitted("decide", self.take_decision)

    async def cog_load(self) -> None:
        """Register the menu."""
        self.house.tree.add_command(self.menu)

    def lock(self, contribution: str) -> asyncio.Lock:
        """The lock of one card."""
        return self.locks.setdefault(contribution, asyncio.Lock())

    # --- the queue

    @app_commands.command(name=_("review"), description=_("The next files that wait for your vote"))
    @app_commands.default_permissions(manage_messages=True)
    @app_commands.guild_only()
    async def review(self, interaction: Interaction) -> None:
        """Show what waits for one's vote."""
        await self.house.answering.reply(interaction, self._next(interaction))

    async def press_next(self, interaction: Interaction) -> None:
        """Go on to the next one."""
        await self.house.answering.update(interaction, self._next(interaction))

    async def _next(self, interaction: Interaction) -> Shown:
        caller = await self.house.caller(interaction)
        queue = await self.house.desk.reviewing.queue(caller, limit=1)
        if not queue:
            return Shown(tr(caller.locale, "Nothing waits for your vote. Thank you!"))
        return await self._drawn(queue[0], caller.locale)

    async def _drawn(self, facts: ReviewCard, locale: str) -> Shown:
        return cards.review(facts, locale, await preview(self.house.core.blobs, facts.contribution))

    # --- buttons

    async def press_vote(self, interaction: Interaction, contribution: str, how: str) -> None:
        """Vote by button; the card shows the new tally at once."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            async with self.lock(contribution):
                if how == "none":
                    facts = await self.house.desk.reviewing.withdraw(caller, contribution)
                else:
                    facts = await self.house.desk.reviewing.cast(caller, contribution, how == "up")
            return await self._redrawn(interaction, facts, caller)

        await self.house.answering.update(interaction, work())

    async def _redrawn(self, interaction: Interaction, facts: ReviewCard, caller: Caller) -> Shown:
        message = interaction.message
        public = message is not None and not message.flags.ephemeral
        settings = await self.house.settings(interaction.guild, interaction.user)
        locale = self.house.locale(interaction.guild, settings) if public else caller.locale
        shown = cards.review(facts, locale)
        if message is not None and message.embeds and message.embeds[0].image.url and shown.embed:
            # The picture stays attached; only the card around it is drawn anew.
            shown.embed.set_image(url="attachment://preview.png")
        return shown

    async def press_decide(self, interaction: Interaction, contribution: str, how: str) -> None:
        """Decide what the ballots could not; a rejection asks for its reason."""
        if how == "down":
            locale = (await self.house.caller(interaction)).locale
            built = _reason_form(key("decide", contribution), locale)
            await self.house.answering.run(interaction, built.open(interaction))
            return

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            facts = await self.house.desk.reviewing.decide(caller, contribution, True)
            return await self._redrawn(interaction, facts, caller)

        await self.house.answering.update(interaction, work())

    async def take_decision(self, interaction: Interaction, filled: Filled, contribution: str) -> None:
        """Reject as a moderator, with a reason."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            reason, note = Reason(filled.text("reason")), filled.text("note")
            facts = await self.house.desk.reviewing.decide(caller, contribution, False, reason, note)
            return cards.review(facts, caller.locale)

        await self.house.answering.reply(interaction, work())

    async def open_file(self, interaction: Interaction, contribution: str) -> None:
        """Send the cleaned file to whoever wants to look before voting."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            item, data = await self.house.desk.contribute.content(caller, contribution)
            if len(data) > (interaction.filesize_limit or 10 << 20):
                return Shown(tr(caller.locale, "The file is too big for Discord."))
            return Shown(picture=data, picture_name=f"{item.id}.{item.format.lstrip('.')}")

        await self.house.answering.reply(interaction, work(), slow=True)

    # --- a reason

    async def reject_with_reason(self, interaction: Interaction, message: discord.Message) -> None:
        """Vote a card down and say why."""

        async def work() -> None:
            caller = await self.house.caller(interaction)
            found = await self.house.desk.reviewing.shown_at(
                caller.place, str(message.channel.id), str(message.id)
            )
            if found is None and interaction.guild_id and self._is_me(message.author.id):
                found = await self._just_posted(interaction.guild_id, message.channel.id, message.id)
            if found is None:
                raise NotFound("review", tr(caller.locale, "this message"))
            await _reason_form(key("reject", found), caller.locale).open(interaction)

        await self.house.answering.run(interaction, work())

    async def take_reason(self, interaction: Interaction, filled: Filled, contribution: str) -> None:
        """Vote down with a reason."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            async with self.lock(contribution):
                facts = await self.house.desk.reviewing.cast(
                    caller, contribution, False, Reason(filled.text("reason"))
                )
            return cards.review(facts, caller.locale)

        await self.house.answering.reply(interaction, work())

    # --- reactions

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """Take a reaction on a card as a vote."""
        up = VOTES.get(str(event.emoji))
        member = event.member
        if up is None or member is None or member.bot or event.guild_id is None or event.burst:
            return
        contribution = await self._card_at(event.guild_id, event.channel_id, event.message_id)
        if contribution is None and self._is_me(event.message_author_id):
            contribution = await self._just_posted(event.guild_id, event.channel_id, event.message_id)
        if contribution is None:
            return
        caller = await self.house.caller_of(member, member.guild)
        try:
            async with self.lock(contribution):
                await self.house.desk.reviewing.cast(caller, contribution, up, via="reaction")
        except Refusal as no:
            log.info("a reaction on %s does not count: %s", contribution, type(no).__name__)
            await self._remove(event.channel_id, event.message_id, str(event.emoji), member)
            return
        other = DOWN if up else UP
        await self._remove(event.channel_id, event.message_id, other, member, quietly=True)

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        """Take the vote back that the reaction was."""
        up = VOTES.get(str(event.emoji))
        if up is None or event.guild_id is None or self._is_me(event.user_id):
            return
        contribution = await self._card_at(event.guild_id, event.channel_id, event.message_id)
        guild = self.house.client.get_guild(event.guild_id)
        if contribution is None or guild is None:
            return
        member = await self.house.member(guild, event.user_id)
        if member is None or member.bot:
            return
        caller = await self.house.caller_of(member, guild)
        try:
            async with self.lock(contribution):
                await self._withdraw(caller, contribution, up)
        except ReviewClosed:
            return

    async def _withdraw(self, caller: Caller, contribution: str, up: bool) -> None:
        """Withdraw the ballot if it is still the one that the reaction stood for."""
        actor = await self.house.desk.people.actor(caller)
        facts = await self.house.desk.reviewing.card(caller, contribution)
        if any(ballot.member == actor.member and ballot.up == up for ballot in facts.ballots):
            await self.house.desk.reviewing.withdraw(caller, contribution)

    @commands.Cog.listener()
    async def on_raw_reaction_clear(self, event: discord.RawReactionClearEvent) -> None:
        """Somebody removed all reactions: the votes that they were are gone."""
        await self._cleared(event.guild_id, event.channel_id, event.message_id)

    @commands.Cog.listener()
    async def on_raw_reaction_clear_emoji(self, event: discord.RawReactionClearEmojiEvent) -> None:
        """Somebody removed all of one emoji: look at what is left."""
        if str(event.emoji) in VOTES and event.guild_id is not None:
            contribution = await self._card_at(event.guild_id, event.channel_id, event.message_id)
            guild = self.house.client.get_guild(event.guild_id)
            if contribution is not None and guild is not None:
                await self.house.reconciler.look(
                    guild, contribution, event.channel_id, event.message_id, self.lock(contribution)
                )

    async def _cleared(self, guild_id: int | None, channel: int, message: int) -> str | None:
        """Withdraw every vote that was a reaction on a card; returns what the card was about."""
        if guild_id is None:
            return None
        contribution = await self._card_at(guild_id, channel, message)
        guild = self.house.client.get_guild(guild_id)
        if contribution is None or guild is None:
            return None
        async with self.lock(contribution):
            await self.house.desk.reviewing.withdraw_all(convert.place_of_guild(guild), contribution)
        return contribution

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """A card was deleted: its reactions are gone with it, and it is shown again."""
        await self._deleted(event.guild_id, event.channel_id, event.message_id)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """Many messages were deleted, perhaps cards among them."""
        for message in event.message_ids:
            await self._deleted(event.guild_id, event.channel_id, message)

    async def _deleted(self, guild_id: int | None, channel: int, message: int) -> None:
        guild = self.house.client.get_guild(guild_id or 0)
        if guild is None:
            return
        await self._cleared(guild_id, channel, message)
        place = await self.house.place(convert.place_of_guild(guild))
        self.house.reposted.add(str(message))
        await self.house.core.newsroom.forget_posting(place.id, str(channel), str(message))

    # --- who validates

    @commands.Cog.listener()
    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        """Roles changed: whose ballots count is asked of the core, so it must know."""
        if before.roles != after.roles:
            await self._remember_roles(after)

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Somebody may come back with the roles that they had."""
        await self._remember_roles(member, only_with=True)

    async def _remember_roles(self, member: discord.Member, *, only_with: bool = False) -> None:
        if not member.bot:
            caller = await self.house.caller_of(member, member.guild)
            if caller.roles or not only_with:
                await self.house.desk.people.actor(caller)

    # --- help

    async def _just_posted(self, guild_id: int, channel: int, message: int) -> str | None:
        """A card may be voted on in the moment between its posting and the note where it was posted."""
        for pause in JUST_POSTED:
            await asyncio.sleep(pause)
            found = await self._card_at(guild_id, channel, message)
            if found is not None:
                return found
        return None

    async def _card_at(self, guild_id: int, channel: int, message: int) -> str | None:
        guild = self.house.client.get_guild(guild_id)
        if guild is None:
            return None
        place = convert.place_of_guild(guild)
        return await self.house.desk.reviewing.shown_at(place, str(channel), str(message))

    def _is_me(self, user_id: int | None) -> bool:
        return self.house.client.user is not None and user_id == self.house.client.user.id

    async def _remove(
        self, channel_id: int, message_id: int, emoji: str, member: discord.Member, *, quietly: bool = False
    ) -> None:
        """Take a reaction away where the bot may."""
        channel = self.house.client.get_channel(channel_id)
        if not isinstance(channel, discord.TextChannel | discord.Thread):
            return
        if not channel.permissions_for(member.guild.me).manage_messages:
            return
        try:
            await channel.get_partial_message(message_id).remove_reaction(emoji, member)
        except discord.HTTPException as failed:
            if not quietly:
                log.info("a reaction could not be removed: %s", failed.code)


def _reason_form(custom_id: str, locale: str) -> Form:
    built = Form(tr(locale, "Reject with reason"), custom_id)
    options = [
        (reason.value, tr(locale, name), tr(locale, advice))
        for reason, (name, advice) in cards.REASONS.items()
    ]
    built.choice("reason", tr(locale, "Reason"), options, help_text=tr(locale, "The author reads it."))
    return built.text("note", tr(locale, "Note"), required=False, long=True, most=300)
