"""The one door for updates: sorts them to handlers, and turns what goes wrong into words."""

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import Chat, Message, Update, User
from telegram.constants import ChatType
from telegram.error import Forbidden, TelegramError

from bot import wording
from bot.telegram import buttons
from bot.telegram.buttons import button, keyboard, link
from bot.telegram.cards.card import Card
from bot.telegram.crowd import Anonymous, NoCommunity
from bot.telegram.text import clip, safe
from bot.telegram.visit import Visit
from bot.telegram.words import Words
from datanets.refusals import Refusal

log = logging.getLogger(__name__)

Handler = Callable[[Visit], Awaitable[None]]
COMMAND = re.compile(r"/([a-z0-9_]{1,32})(?:@(\w+))?(?:\s+|$)", re.IGNORECASE)


class Front:
    """Knows every handler by its command or verb."""

    def __init__(
        self,
        room: Any,
        commands: dict[str, Handler],
        presses: dict[str, Handler],
        *,
        open_to_all: set[str],
        message: Handler,
        reaction: Callable[[Any, Update], Awaitable[None]],
        membership: Callable[[Any, Update], Awaitable[None]],
    ) -> None:
        self.room, self.commands, self.presses = room, commands, presses
        # Commands and verbs that work before it is known which community is meant.
        self.open_to_all = open_to_all
        self.message, self.reaction, self.membership = message, reaction, membership

    async def handle(self, update: Update) -> None:
        """Handle one update; never raises."""
        try:
            if update.callback_query:
                await self._press(update)
            elif update.message:
                await self._message(update.message)
            elif update.message_reaction:
                await self.reaction(self.room, update)
            elif update.my_chat_member or update.chat_member:
                await self.membership(self.room, update)
        except Exception as error:
            log.exception("update %s failed", update.update_id)
            await self.room.core.faults.record(_place(update), "telegram", error)

    # --- messages -------------------------------------------------------------------------------------
    async def _message(self, message: Message) -> None:
        if message.migrate_to_chat_id:
            await self.room.core.places.move(
                "telegram", str(message.chat.id), str(message.migrate_to_chat_id)
            )
            return
        if message.from_user is None or (message.from_user.is_bot and message.sender_chat is None):
            return
        handler, name, argument = self._chosen(message)
        if handler is None:
            return
        visit = Visit(self.room, message.from_user, message.chat, message, Words("en"), argument=argument)
        await self._serve(visit, handler, needs_caller=name not in self.open_to_all)

    def _chosen(self, message: Message) -> tuple[Handler | None, str, str]:
        text = message.text or message.caption or ""
        found = COMMAND.match(text)
        if found is None:
            return self.message, "", text
        name, mentioned = found.group(1).lower(), found.group(2)
        if mentioned and mentioned.lower() != self.room.client.username.lower():
            return None, name, ""
        return self.commands.get(name), name, text[found.end() :].strip()

    # --- presses --------------------------------------------------------------------------------------
    async def _press(self, update: Update) -> None:
        query = update.callback_query
        if query is None or query.message is None:
            return
        pressed = buttons.read(query.data)
        message = query.message if isinstance(query.message, Message) else None
        visit = Visit(
            self.room, query.from_user, query.message.chat, message, Words(None), query=query, pressed=pressed
        )
        visit.words = Words(await self._language(visit.user))
        handler = self.presses.get(pressed.verb) if pressed else None
        if handler is None or pressed is None:
            await visit.toast(visit.words("stale"), alert=True)
        elif pressed.owner and pressed.owner != visit.owner:
            await visit.toast(visit.words("not_yours"), alert=True)
        else:
            visit.answer_in_time()
            await self._serve(visit, handler, needs_caller=pressed.verb not in self.open_to_all)
            await visit.toast()

    # --- the boundary -----------------------------------------------------------------------------------
    async def _serve(self, visit: Visit, handler: Handler, *, needs_caller: bool) -> None:
        try:
            visit.words = Words(await self._language(visit.user))
            if visit.message and not visit.query and visit.message.sender_chat:
                raise Anonymous
            if needs_caller:
                visit.caller = await self.room.crowd.caller(visit.user, visit.chat)
            await handler(visit)
        except Exception as problem:  # noqa: BLE001 - the one boundary of the platform
            await self.explain(visit, problem)

    async def explain(self, visit: Visit, problem: Exception) -> None:
        """Tell the person what went wrong, and the log only what is a bug."""
        try:
            if isinstance(problem, NoCommunity):
                await visit.show(_choose(problem, visit.words, visit.owner, self.room.client.username))
            elif isinstance(problem, Anonymous):
                await visit.reply(Card(visit.words("anonymous_sender")))
            elif isinstance(problem, Refusal):
                await self._refuse(visit, problem)
            elif isinstance(problem, Forbidden):
                log.info("chat %s cannot be written to: %s", visit.chat.id, problem.message)
                await self._point_to_private(visit)
            else:
                log.error("a handler failed", exc_info=problem)
                ticket = await self.room.core.faults.record(str(visit.chat.id), "telegram", problem)
                await visit.reply(Card(visit.words("broken", ticket=ticket)))
        except TelegramError as silent:
            log.warning("chat %s could not be told: %s", visit.chat.id, silent.message)

    async def _refuse(self, visit: Visit, refusal: Refusal) -> None:
        text = wording.refusal(refusal, visit.words.locale)
        if visit.can_toast and len(text) <= 190:
            await visit.toast(text, alert=True)
        else:
            await visit.reply(Card(safe(clip(text, 1000))))

    async def _point_to_private(self, visit: Visit) -> None:
        if visit.is_private:
            return
        url = f"https://t.me/{self.room.client.username}?start=hello"
        keys = keyboard([link(visit.words("open_private"), url)])
        await visit.reply(Card(visit.words("start_first"), keys))

    async def _language(self, user: User) -> str:
        return str(await self.room.crowd.language(user))


def _choose(problem: NoCommunity, words: Words, owner: str, username: str) -> Card:
    if problem.choices:
        rows = [
            [button(place.name, "home", place.external_id, owner=owner)] for place in problem.choices[:10]
        ]
        return Card(words("which_community"), keyboard(*rows))
    add = link(words("add_group"), f"https://t.me/{username}?startgroup=true")
    return Card(words("no_community"), keyboard([add]))


def _place(update: Update) -> str:
    chat: Chat | None = update.effective_chat
    return str(chat.id) if chat and chat.type != ChatType.PRIVATE else "private"
