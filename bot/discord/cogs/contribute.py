"""/contribute and the other explicit ways in: form, menu on one's own message, the marked channel."""

from dataclasses import dataclass, replace

import discord
from discord import app_commands
from discord.app_commands import locale_str as _
from discord.ext import commands

from bot import wording
from bot.discord import convert, suggestions
from bot.discord.answering import Shown
from bot.discord.cards import contributions as cards
from bot.discord.cards.pieces import card
from bot.discord.forms import Filled
from bot.discord.house import House, Interaction
from bot.discord.routing import Live, button, key, picked, pressed, submitted, view
from bot.discord.waiting import Waiting
from bot.languages import tr
from datanets.facts import Caller, Context, DatanetView, Kind, Submitted, Upload
from datanets.refusals import ConsentNeeded, NotAllowed, Refusal

ANY = "-"


@dataclass(frozen=True)
class Offer:
    """What somebody wants to hand in, while a question about it is open."""

    uploads: tuple[Upload, ...]
    datanet: str
    context: Context


class Contribute(commands.Cog):
    """Hands files to the desk; asks for consent first."""

    def __init__(self, house: House) -> None:
        self.house = house
        # Files that wait for a press; after a restart the person is asked for them again.
        self.waiting: Waiting[Offer] = Waiting()
        self.menu = app_commands.ContextMenu(name=_("Contribute this"), callback=self.contribute_this)
        pressed("contribute", self.open_form)
        pressed("agree", self.agree)
        pressed("into", self.choose_datanet)
        pressed("take", self.take_message)
        submitted("contribute", self.take_form)

    async def cog_load(self) -> None:
        """Register the menu."""
        self.house.tree.add_command(self.menu)

    async def cog_unload(self) -> None:
        """Take the menu away."""
        self.house.tree.remove_command(self.menu.name, type=self.menu.type)

    # --- the command

    @app_commands.command(name=_("contribute"), description=_("Hand in a file"))
    @app_commands.guild_only()
    @app_commands.describe(
        datanet=_("Which datanet"),
        file=_("The file; without one a form opens"),
        caption=_("What the picture shows"),
        transcript=_("What is said in the recording"),
        source=_("Where it comes from"),
        licence=_("Under which licence, if not the datanet's"),
        file2=_("One more file"),
        file3=_("One more file"),
        file4=_("One more file"),
        file5=_("One more file"),
        file6=_("One more file"),
        file7=_("One more file"),
        file8=_("One more file"),
        file9=_("One more file"),
        file10=_("One more file"),
    )
    @app_commands.autocomplete(datanet=suggestions.datanets)
    async def contribute(
        self,
        interaction: Interaction,
        datanet: str,
        file: discord.Attachment | None = None,
        caption: str = "",
        transcript: str = "",
        source: str = "",
        licence: str = "",
        file2: discord.Attachment | None = None,
        file3: discord.Attachment | None = None,
        file4: discord.Attachment | None = None,
        file5: discord.Attachment | None = None,
        file6: discord.Attachment | None = None,
        file7: discord.Attachment | None = None,
        file8: discord.Attachment | None = None,
        file9: discord.Attachment | None = None,
        file10: discord.Attachment | None = None,
    ) -> None:
        """Hand in one to ten files; without one a form opens."""
        offered = (file, file2, file3, file4, file5, file6, file7, file8, file9, file10)
        files = [one for one in offered if one is not None]
        if not files:
            await self.house.answering.run(interaction, self._form(interaction, datanet))
            return
        context = Context(caption=caption, transcript=transcript, source=source, licence=licence)
        offer = Offer(tuple(map(self.house.upload, files)), datanet, context)
        await self.house.answering.reply(interaction, self._hand_in(interaction, offer), slow=True)

    async def _hand_in(self, interaction: Interaction, offer: Offer) -> Shown:
        """Hand everything in, or ask for consent first."""
        caller = await self.house.caller(interaction)
        if not (await self.house.desk.people.terms(caller)).agreed:
            return self._ask_consent(offer, caller.locale)
        done, failed = await self._submit(caller, offer)
        return cards.receipts(done, failed, caller.locale)

    async def _submit(self, caller: Caller, offer: Offer) -> tuple[list[Submitted], list[str]]:
        """Hand files in one after the other; what is refused says why and holds up nothing else."""
        done: list[Submitted] = []
        failed: list[str] = []
        for upload in offer.uploads:
            try:
                facts = await self.house.desk.contribute.hand_in(caller, upload, offer.datanet, offer.context)
                done.append(facts)
            except ConsentNeeded:
                raise
            except Refusal as no:
                failed.append(f"**{upload.name}**: {self.house.say(no, caller.locale)}")
            except Exception as error:  # noqa: BLE001 - one odd file must not lose the others
                failed.append(f"**{upload.name}**: {await self.house.ticket(error, caller)}")
        return done, failed

    def _ask_consent(self, offer: Offer, locale: str) -> Shown:
        name = self.waiting.keep(offer)
        agree = tr(locale, "I agree – hand it in")
        yes = button(agree, "agree", offer.datanet or ANY, name, style=discord.ButtonStyle.success)
        return Shown(embed=card("📜 Potluck", wording.terms(locale)), view=view(yes))

    async def agree(self, interaction: Interaction, datanet: str, name: str) -> None:
        """Record consent and hand in what waited for it; without it (after a restart) the form opens."""
        offer = self.waiting.take(name)

        async def consent() -> None:
            await self.house.desk.people.agree(await self.house.caller(interaction))

        if offer is None:
            await self.house.answering.run(interaction, consent())
            await self.house.answering.run(interaction, self._form(interaction, datanet))
            return

        async def work() -> Shown:
            await consent()
            if offer.datanet in ("", ANY):
                return await self._ask_datanet(interaction, offer)
            return await self._hand_in(interaction, offer)

        await self.house.answering.update(interaction, work())

    # --- the form

    async def open_form(self, interaction: Interaction, datanet: str) -> None:
        """Open the form from a card."""
        await self.house.answering.run(interaction, self._form(interaction, datanet))

    async def _form(self, interaction: Interaction, datanet: str) -> None:
        caller = await self.house.caller(interaction)
        net = await self.house.desk.nets.show(caller, datanet)
        agreed = (await self.house.desk.people.terms(caller)).agreed
        await cards.form(net, agreed=agreed, locale=caller.locale).open(interaction)

    async def take_form(self, interaction: Interaction, filled: Filled, datanet: str) -> None:
        """Take a filled-in form."""
        context = Context(
            caption=filled.text("caption"), transcript=filled.text("transcript"), source=filled.text("source")
        )
        uploads = tuple(map(self.house.upload, filled.files.get("files", [])))

        async def work() -> Shown:
            if filled.ticked("consent"):
                await self.house.desk.people.agree(await self.house.caller(interaction))
            return await self._hand_in(interaction, Offer(uploads, datanet, context))

        await self.house.answering.reply(interaction, work(), slow=True)

    # --- one's own message

    async def contribute_this(self, interaction: Interaction, message: discord.Message) -> None:
        """Hand in one's own message: its files, or its text."""

        async def work() -> Shown:
            if message.author.id != interaction.user.id:
                raise NotAllowed("author", "contribute")
            offer = Offer(self._uploads_of(message), "", Context())
            return await self._ask_datanet(interaction, offer)

        await self.house.answering.reply(interaction, work())

    def _uploads_of(self, message: discord.Message) -> tuple[Upload, ...]:
        if message.attachments:
            return tuple(map(self.house.upload, message.attachments))
        return (convert.written(message.content),)

    async def _ask_datanet(self, interaction: Interaction, offer: Offer) -> Shown:
        caller = await self.house.caller(interaction)
        nets = [net for net in await self.house.desk.nets.list(caller) if net.is_open]
        if not nets:
            return Shown(
                tr(caller.locale, "There is no datanet yet. A validator opens one with /datanet create.")
            )
        if len(nets) == 1:
            return await self._hand_in(interaction, replace(offer, datanet=nets[0].id))
        name = self.waiting.keep(offer)
        options = [
            discord.SelectOption(label=net.name, value=net.id, description=net.kind) for net in nets[:25]
        ]
        select = discord.ui.Select[discord.ui.View](
            custom_id=key("into", name), placeholder=tr(caller.locale, "Which datanet?"), options=options
        )
        return Shown(tr(caller.locale, "Where does it belong?"), view=view(Live(select)))

    async def choose_datanet(self, interaction: Interaction, name: str) -> None:
        """Hand in what waited for a datanet."""
        offer = self.waiting.take(name)

        async def work() -> Shown:
            if offer is None:
                locale = (await self.house.caller(interaction)).locale
                return Shown(
                    tr(locale, "That took too long and the file is gone from memory; please begin again.")
                )
            return await self._hand_in(interaction, replace(offer, datanet=picked(interaction)))

        await self.house.answering.update(interaction, work())

    # --- the marked channel

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Take files from the channel that the admins marked, once their author has consented."""
        if message.author.bot or message.guild is None or not message.attachments:
            return
        settings = await self.house.settings(message.guild, message.author)
        if str(message.channel.id) != str(settings.get(convert.INBOX_CHANNEL, "")):
            return
        caller = await self.house.caller_of(message.author, message.guild)
        await self.house.answering.speak(message, self._from_channel(message, caller), caller)

    async def _from_channel(self, message: discord.Message, caller: Caller) -> Shown:
        agreed = (await self.house.desk.people.terms(caller)).agreed
        net = await self._meant(message, caller)
        if not agreed or net is None:
            offer = button(
                tr(caller.locale, "Hand it in"), "take", message.channel.id, message.id, emoji="📥"
            )
            why = (
                "Which datanet is it for? Press to choose."
                if agreed
                else "Before your first file, press and read what becomes of it."
            )
            return Shown(tr(caller.locale, why), view=view(offer))
        context = (
            Context(caption=message.content, transcript=message.content) if message.content else Context()
        )
        if net.kind is Kind.TEXT:
            context = Context(source=message.content)
        done, failed = await self._submit(caller, Offer(self._uploads_of(message), net.id, context))
        return cards.receipts(done, failed, caller.locale)

    async def _meant(self, message: discord.Message, caller: Caller) -> DatanetView | None:
        """The datanet that the message names, or the only one that is open."""
        nets = [net for net in await self.house.desk.nets.list(caller) if net.is_open]
        words = message.content.lower().replace("#", " ").split()
        named = [net for net in nets if net.name in words]
        return named[0] if named else nets[0] if len(nets) == 1 else None

    async def take_message(self, interaction: Interaction, channel: str, message: str) -> None:
        """Hand in a message of the marked channel after a press; its files are fetched by a fresh address."""

        async def work() -> Shown:
            place = self.house.client.get_partial_messageable(int(channel))
            found = await place.fetch_message(int(message))
            if found.author.id != interaction.user.id:
                raise NotAllowed("author", "contribute")
            caller = await self.house.caller(interaction)
            offer = Offer(self._uploads_of(found), "", Context())
            if not (await self.house.desk.people.terms(caller)).agreed:
                return self._ask_consent(offer, caller.locale)
            return await self._ask_datanet(interaction, offer)

        await self.house.answering.reply(interaction, work())
