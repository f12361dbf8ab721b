"""/review and the buttons of its cards: votes, reasons, what a moderator decides and takes back."""

import discord
from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot.discord.answering import Shown
from bot.discord.cards import reviews as cards
from bot.discord.forms import Filled, Form
from bot.discord.house import House, Interaction
from bot.discord.previews import preview
from bot.discord.routing import key, pressed, submitted
from bot.languages import tr
from datanets.facts import Caller, Reason, ReviewCard
from datanets.refusals import NotFound


class Review(commands.Cog):
    """Brings votes to the desk and takes away reactions that do not count."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.menu = app_commands.ContextMenu(name=_("Reject with reason"), callback=self.reject_with_reason)
        self.menu.default_permissions = discord.Permissions(manage_messages=True)
        self.undo = app_commands.ContextMenu(name=_("Take back"), callback=self.open_take_back)
        self.undo.default_permissions = discord.Permissions(manage_guild=True)
        pressed("vote", self.press_vote)
        pressed("decide", self.press_decide)
        pressed("open_file", self.open_file)
        pressed("next_review", self.press_next)
        submitted("reject", self.take_reason)
        submitted("revoke", self.take_back)
        submitted("decide", self.take_decision)

    async def cog_load(self) -> None:
        """Register the menus."""
        self.house.tree.add_command(self.menu)
        self.house.tree.add_command(self.undo)

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
        picture = await preview(self.house.core.blobs, queue[0].contribution)
        return cards.review(queue[0], caller.locale, picture, queue=True)

    # --- buttons

    async def press_vote(self, interaction: Interaction, contribution: str, how: str) -> None:
        """Vote by button; the card shows the new tally at once."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            async with self.house.posted.lock(contribution):
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
        shown = cards.review(facts, locale, queue=not public)
        if message is not None and message.embeds and message.embeds[0].image.url and shown.embed:
            # The picture stays attached; only the card around it is drawn anew.
            shown.embed.set_image(url="attachment://preview.png")
        return shown

    async def press_decide(self, interaction: Interaction, contribution: str, how: str) -> None:
        """Decide what the ballots could not; a rejection asks for its reason."""
        if how == "down":
            locale = (await self.house.caller(interaction)).locale
            built = _reason_form(key("decide", contribution), locale, note=True)
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
            found = await self._card_of(interaction, message, caller)
            await _reason_form(key("reject", found), caller.locale).open(interaction)

        await self.house.answering.run(interaction, work())

    async def _card_of(self, interaction: Interaction, message: discord.Message, caller: Caller) -> str:
        """The contribution that a message shows; raises NotFound."""
        guild, ours = interaction.guild, self.house.is_me(message.author.id)
        found = await self.house.posted.at(guild, message.channel.id, message.id, wait=ours)
        if found is None:
            raise NotFound("review", tr(caller.locale, "this message"))
        return found

    async def take_reason(self, interaction: Interaction, filled: Filled, contribution: str) -> None:
        """Vote down with a reason."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            async with self.house.posted.lock(contribution):
                facts = await self.house.desk.reviewing.cast(
                    caller, contribution, False, Reason(filled.text("reason"))
                )
            return cards.review(facts, caller.locale)

        await self.house.answering.reply(interaction, work())

    # --- a verdict that was wrong

    async def open_take_back(self, interaction: Interaction, message: discord.Message) -> None:
        """Ask a moderator why an accepted contribution goes."""

        async def work() -> None:
            caller = await self.house.caller(interaction)
            found = await self._card_of(interaction, message, caller)
            built = Form(tr(caller.locale, "Take back"), key("revoke", found))
            why = tr(caller.locale, "The author reads it.")
            built.text("note", tr(caller.locale, "Reason"), help_text=why, long=True, most=300)
            await built.open(interaction)

        await self.house.answering.run(interaction, work())

    async def take_back(self, interaction: Interaction, filled: Filled, contribution: str) -> None:
        """Take an accepted contribution back; its points go with it."""

        async def work() -> Shown:
            caller = await self.house.caller(interaction)
            facts = await self.house.desk.reviewing.revoke(caller, contribution, filled.text("note"))
            return cards.review(facts, caller.locale)

        await self.house.answering.reply(interaction, work())


def _reason_form(custom_id: str, locale: str, *, note: bool = False) -> Form:
    built = Form(tr(locale, "Reject with reason"), custom_id)
    options = [
        (reason.value, tr(locale, name), tr(locale, advice))
        for reason, (name, advice) in cards.REASONS.items()
    ]
    built.choice("reason", tr(locale, "Reason"), options, help_text=tr(locale, "The author reads it."))
    if note:
        built.text("note", tr(locale, "Note"), required=False, long=True, most=300)
    return built
