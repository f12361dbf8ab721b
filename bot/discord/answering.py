"""One way to answer for every command, button and form: in time, in private, and never with silence."""

import asyncio
import contextlib
import io
import logging
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

import discord
from discord import ui

from bot.languages import tr
from datanets.facts import Caller
from datanets.refusals import Refusal

log = logging.getLogger(__name__)

#: An answer that is ready by then goes out at once; Discord allows three seconds, one call is spared.
PROMPT_SECONDS = 0.8
LATE = 10062
EXPIRED = 50027
UNKNOWN_WEBHOOK = 10015
GONE = (LATE, EXPIRED, UNKNOWN_WEBHOOK)
TOO_LATE = "Discord did not let me answer in time. Nothing was done; please send that again."


@dataclass
class Shown:
    """What an answer looks like."""

    text: str = ""
    embed: discord.Embed | None = None
    view: ui.View | None = None
    picture: bytes | None = None
    picture_name: str = "loss.png"

    def fresh(self) -> dict[str, Any]:
        """Arguments of a new message."""
        sent: dict[str, Any] = {}
        if self.text:
            sent["content"] = self.text
        if self.embed is not None:
            sent["embed"] = self.embed
        if self.view is not None:
            sent["view"] = self.view
        if self.picture is not None:
            sent["file"] = self._file()
        return sent

    def edited(self) -> dict[str, Any]:
        """Arguments of an edit; what the answer lacks disappears, a new picture takes the old one's place."""
        sent: dict[str, Any] = {"content": self.text or None, "embed": self.embed, "view": self.view}
        if self.picture is not None:
            sent["attachments"] = [self._file()]
        return sent

    def _file(self) -> discord.File:
        # A file is closed once it was sent, so every try gets its own.
        return discord.File(io.BytesIO(self.picture or b""), self.picture_name)


class Explainer(Protocol):
    """Turns an exception into words; the application gives tickets to what nobody expected."""

    async def explain(self, error: Exception, interaction: discord.Interaction[Any]) -> Shown:
        """Return what the person is told."""
        ...

    def pressable(self, shown: Shown) -> Shown:
        """Make the commands that an answer names ones that can be pressed."""
        ...

    def refusal(self, no: Refusal, locale: str) -> str:
        """Return the sentence of a refusal."""
        ...

    async def ticket(self, error: BaseException, place: str, where: str, locale: str) -> str:
        """Keep an unexpected error and return what is said about it."""
        ...


@dataclass(frozen=True)
class Answering:
    """Runs work for an interaction and shows what came of it."""

    explainer: Explainer

    async def reply(
        self,
        interaction: discord.Interaction[Any],
        work: Coroutine[Any, Any, Shown | None],
        *,
        private: bool = True,
        slow: bool = False,
    ) -> None:
        """Answer with a message of its own; `slow` work is announced before it starts."""
        if slow and not await self._announce(interaction, private):
            # Discord has told the person that nothing came; doing it all the same could do it twice.
            work.close()
            await self._write_to(interaction, Shown(tr(interaction.locale, TOO_LATE)))
            return
        task = asyncio.ensure_future(self._outcome(interaction, work))
        if not slow:
            done, _ = await asyncio.wait({task}, timeout=PROMPT_SECONDS)
            if not done and not interaction.response.is_done():
                await self._announce(interaction, private)
        shown = await task
        if shown is not None:
            await self._show(interaction, shown, private)

    async def update(
        self, interaction: discord.Interaction[Any], work: Coroutine[Any, Any, Shown | None]
    ) -> None:
        """Answer a press by changing the message that carries it; a refusal comes as a private message."""
        task = asyncio.ensure_future(work)
        done, _ = await asyncio.wait({task}, timeout=PROMPT_SECONDS)
        if not done:
            # Too late for Discord or not: the work is under way, and its outcome is told below.
            with contextlib.suppress(discord.NotFound):
                await interaction.response.defer()
        try:
            shown = await task
        except Exception as error:  # noqa: BLE001 - the one boundary of components
            await self._aside(interaction, await self.explainer.explain(error, interaction))
            return
        if shown is not None:
            shown = self.explainer.pressable(shown)
        try:
            if shown is None:
                if not interaction.response.is_done():
                    await interaction.response.defer()
            elif interaction.response.is_done():
                await interaction.edit_original_response(**shown.edited())
            else:
                await interaction.response.edit_message(**shown.edited())
        except discord.HTTPException as failed:
            if failed.code not in GONE:
                raise
            if shown is not None:
                await self._write_to(interaction, shown)

    async def speak(self, message: discord.Message, work: Coroutine[Any, Any, Shown], caller: Caller) -> None:
        """Answer a message; a failure is told there too."""
        try:
            shown = await work
        except Refusal as no:
            shown = Shown(f"⚠️ {self.explainer.refusal(no, caller.locale)}")
        except Exception as error:  # noqa: BLE001 - the one boundary of messages
            place = f"discord:{caller.place.id}"
            shown = Shown(await self.explainer.ticket(error, place, "message", caller.locale))
        await message.reply(**self.explainer.pressable(shown).fresh())

    async def tell(self, interaction: discord.Interaction[Any], error: Exception) -> None:
        """Answer an error that came from outside of our handlers, such as a value that does not convert."""
        await self._aside(interaction, await self.explainer.explain(error, interaction))

    async def run(self, interaction: discord.Interaction[Any], work: Awaitable[None]) -> None:
        """Run work that answers by itself, such as opening a form; only its failure is answered here."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - the one boundary of forms
            await self._aside(interaction, await self.explainer.explain(error, interaction))

    async def _outcome(
        self, interaction: discord.Interaction[Any], work: Coroutine[Any, Any, Shown | None]
    ) -> Shown | None:
        try:
            return await work
        except Exception as error:  # noqa: BLE001 - the one boundary of commands
            return await self.explainer.explain(error, interaction)

    async def _announce(self, interaction: discord.Interaction[Any], private: bool) -> bool:
        """Say that the answer takes a moment; False when it was too late even for that."""
        try:
            await interaction.response.defer(ephemeral=private, thinking=True)
        except discord.NotFound as gone:
            if gone.code != LATE:
                raise
            log.warning("interaction %s was acknowledged too late", interaction.id)
            return False
        return True

    async def _show(self, interaction: discord.Interaction[Any], shown: Shown, private: bool) -> None:
        shown = self.explainer.pressable(shown)
        try:
            if interaction.response.is_done():
                await interaction.edit_original_response(**shown.edited())
            else:
                await interaction.response.send_message(**shown.fresh(), ephemeral=private)
        except discord.HTTPException as failed:
            if failed.code not in GONE:
                raise
            # Too late for the interaction: the person still hears of it.
            await self._write_to(interaction, shown)

    async def _aside(self, interaction: discord.Interaction[Any], shown: Shown) -> None:
        """Tell the person alone, beside the message that was pressed."""
        shown = self.explainer.pressable(shown)
        try:
            if interaction.response.is_done():
                await interaction.followup.send(**shown.fresh(), ephemeral=True)
            else:
                await interaction.response.send_message(**shown.fresh(), ephemeral=True)
        except discord.HTTPException as failed:
            if failed.code not in GONE:
                raise
            await self._write_to(interaction, shown)

    async def _write_to(self, interaction: discord.Interaction[Any], shown: Shown) -> None:
        try:
            await interaction.user.send(**shown.fresh())
        except discord.HTTPException:
            log.warning("interaction %s could not be answered at all", interaction.id)
