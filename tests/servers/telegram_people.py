"""The person's side of the loopback Telegram: what people tap, write, send and react."""

from dataclasses import dataclass
from typing import Any

from tests.servers.telegram_state import BOT_ID, Chat, Json, World
from tests.servers.telegram_text import marks
from tests.servers.telegram_updates import Updates

GROUP_ANONYMOUS_BOT = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}


class Press:
    """One tap on a button; `answer` is what answerCallbackQuery showed, or None while it spins."""

    def __init__(self, record: Json) -> None:
        self.record = record

    @property
    def answer(self) -> Json | None:
        """The bot's answer."""
        found: Json | None = self.record["answer"]
        return found


@dataclass(frozen=True)
class Person:
    """Somebody with a phone."""

    id: int
    user: Json
    world: World
    updates: Updates

    @property
    def chat(self) -> Chat:
        """Their private chat with the bot."""
        return self.world.chats[self.id]

    # --- writing ------------------------------------------------------------------------------------
    def says(self, text: str, chat: Chat | None = None, **where: Any) -> Json:
        """Write a message; `topic`, `reply_to` say where."""
        return self._post(chat, {"text": text, **self._marked(text, "entities")}, **where)

    def sends_document(
        self,
        name: str,
        data: bytes,
        chat: Chat | None = None,
        *,
        mime: str = "",
        size: int | None = None,
        **where: Any,
    ) -> Json:
        """Send a file as it is; `size` lies about its length on the server."""
        extension = "." + name.rpartition(".")[2] if "." in name else ""
        stored = self.world.keep(data, "documents", extension, size)
        document = {"file_id": stored.id, "file_unique_id": stored.unique_id, "file_size": stored.size}
        document |= ({"file_name": name} if name else {}) | ({"mime_type": mime} if mime else {})
        return self._post(chat, {"document": document}, **where)

    def sends_photo(self, data: bytes, chat: Chat | None = None, **where: Any) -> Json:
        """Send a picture, which arrives as JPEG in three sizes."""
        return self._post(chat, {"photo": self._sizes(data)}, **where)

    def sends_voice(self, data: bytes, chat: Chat | None = None, **where: Any) -> Json:
        """Send a voice note."""
        stored = self.world.keep(data, "voice", ".oga")
        voice = {"file_id": stored.id, "file_unique_id": stored.unique_id, "duration": 2}
        return self._post(
            chat, {"voice": voice | {"mime_type": "audio/ogg", "file_size": stored.size}}, **where
        )

    def sends_audio(self, name: str, data: bytes, chat: Chat | None = None, **where: Any) -> Json:
        """Send a piece for the music player."""
        stored = self.world.keep(data, "music", ".mp3")
        audio = {"file_id": stored.id, "file_unique_id": stored.unique_id, "duration": 2, "file_name": name}
        return self._post(chat, {"audio": audio | {"file_size": stored.size}}, **where)

    def sends_album(
        self, files: list[tuple[str, bytes]], chat: Chat | None = None, **where: Any
    ) -> list[Json]:
        """Send several files at once: as many updates, one media_group_id, the caption on the first."""
        group = str(900_000 + len(self.world.files))
        sent = []
        for name, data in files:
            if name.endswith((".jpg", ".jpeg")):
                content: Json = {"photo": self._sizes(data)}
            else:
                stored = self.world.keep(data, "documents", "." + name.rpartition(".")[2])
                content = {
                    "document": {
                        "file_id": stored.id,
                        "file_unique_id": stored.unique_id,
                        "file_size": stored.size,
                        "file_name": name,
                    }
                }
            sent.append(self._post(chat, {**content, "media_group_id": group}, **where))
            where.pop("caption", None)
        return sent

    def edits(self, message: Json, text: str) -> None:
        """Change one's own message afterwards."""
        message |= {"text": text, "edit_date": int(self.world.hours.now()), **self._marked(text, "entities")}
        self.updates.put("edited_message", message)

    # --- tapping ------------------------------------------------------------------------------------
    def presses(self, message: Json, button: str) -> Press:
        """Tap the button with that label (or its beginning, or its callback data)."""
        chat = self.world.chats[message["chat"]["id"]]
        current = chat.messages[message["message_id"]]
        rows = current.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = [item for row in rows for item in row if "callback_data" in item]
        chosen = next((item for item in buttons if button in (item["text"], item["callback_data"])), None)
        chosen = chosen or next((item for item in buttons if button in item["text"]), None)
        if chosen is None:
            raise LookupError(f"no button {button!r} among {[item['text'] for row in rows for item in row]}")
        return self.presses_data(current, chosen["callback_data"])

    def presses_data(self, message: Json, data: str) -> Press:
        """Tap a button that is perhaps no longer there."""
        query = {
            "id": str(10**15 + len(self.world.queries)),
            "from": self.user,
            "chat_instance": "1",
            "data": data,
        }
        record: Json = {"at": self.world.hours.now(), "answer": None}
        self.world.queries[str(query["id"])] = record
        self.updates.put("callback_query", {**query, "message": message})
        return Press(record)

    def follows(self, message: Json, button: str) -> str:
        """Return the address behind a link button."""
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        return next(
            str(item["url"]) for row in rows for item in row if button in item["text"] and "url" in item
        )

    def starts(self, payload: str = "") -> Json:
        """Open the private chat by its Start button or by a deep link."""
        self.chat.started, self.chat.blocked = True, False
        return self.says(f"/start {payload}".strip())

    def blocks(self) -> None:
        """Block the bot."""
        self.chat.blocked = True
        self._my_chat_member(self.chat, "member", "kicked")

    # --- reacting -----------------------------------------------------------------------------------
    def reacts(self, message: Json, *emoji: str, anonymously: bool = False) -> None:
        """Set this person's reactions to exactly `emoji`; none takes them away."""
        chat = self.world.chats[message["chat"]["id"]]
        key = (message["message_id"], self.id)
        old = chat.reactions.get(key, [])
        new: list[Json] = [{"type": "emoji", "emoji": item} for item in emoji]
        chat.reactions[key] = new
        if chat.is_group and chat.bot_status != "administrator":
            return
        content: Json = {
            "chat": chat.to_json(),
            "message_id": message["message_id"],
            "date": int(self.world.hours.now()),
        }
        content |= {"actor_chat": chat.to_json()} if anonymously else {"user": self.user}
        self.updates.put("message_reaction", content | {"old_reaction": old, "new_reaction": new})

    # --- groups -------------------------------------------------------------------------------------
    def joins(self, chat: Chat, status: str = "member") -> None:
        """Enter a group, or get another status in it."""
        old = chat.members.get(self.id, "left")
        chat.members[self.id] = status
        if chat.bot_status == "administrator":
            self.updates.put(
                "chat_member",
                {
                    "chat": chat.to_json(),
                    "from": self.user,
                    "date": int(self.world.hours.now()),
                    "old_chat_member": {
                        "user": self.user,
                        "status": "left" if old == "left" else old,
                        **_until(old),
                    },
                    "new_chat_member": {"user": self.user, "status": status, **_until(status)},
                },
            )

    def adds_bot(self, chat: Chat, status: str = "member") -> None:
        """Add the bot to a group, change its rights, or kick it."""
        old, chat.bot_status = chat.bot_status, status
        self._my_chat_member(chat, old, status)

    # --- what they share ------------------------------------------------------------------------------
    def _my_chat_member(self, chat: Chat, old: str, new: str) -> None:
        content = {"chat": chat.to_json(), "from": self.user, "date": int(self.world.hours.now())}
        bot = self.world.bot()
        content["old_chat_member"] = {"user": bot, "status": old, **_until(old)}
        content["new_chat_member"] = {"user": bot, "status": new, **_until(new)}
        self.updates.put("my_chat_member", content)

    def _sizes(self, data: bytes) -> list[Json]:
        sizes = []
        for width in (90, 320, 1280):
            stored = self.world.keep(data, "photos", ".jpg", len(data) if width == 1280 else width)
            ids = {"file_id": stored.id, "file_unique_id": stored.unique_id, "file_size": stored.size}
            sizes.append({**ids, "width": width, "height": width * 3 // 4})
        return sizes

    def _marked(self, text: str, field: str) -> Json:
        found = marks(text)
        return {field: found} if found else {}

    def _post(
        self,
        chat: Chat | None,
        content: Json,
        *,
        topic: int | None = None,
        reply_to: Json | None = None,
        caption: str = "",
        anonymously: bool = False,
    ) -> Json:
        chat = chat or self.chat
        if caption:
            content |= {"caption": caption, **self._marked(caption, "caption_entities")}
        if reply_to:
            content["reply_to_message"] = {k: v for k, v in reply_to.items() if k != "reply_to_message"}
            if topic is None and reply_to.get("is_topic_message"):
                topic = reply_to["message_thread_id"]
        if topic:
            content |= {"message_thread_id": topic, "is_topic_message": True}
        if anonymously:
            content["sender_chat"] = chat.to_json()
        message = self.world.add_message(chat, GROUP_ANONYMOUS_BOT if anonymously else self.user, content)
        if self._is_heard(chat, message):
            self.updates.put("message", message)
        return message

    def _is_heard(self, chat: Chat, message: Json) -> bool:
        """Privacy mode: a bot that is no admin hears commands, replies to it and mentions of it."""
        if not chat.is_group or chat.bot_status == "administrator" or self.world.reads_all_messages:
            return chat.bot_status not in {"left", "kicked"}
        if chat.bot_status in {"left", "kicked"}:
            return False
        written = str(message.get("text", message.get("caption", "")))
        reply = message.get("reply_to_message", {}).get("from", {}).get("id") == BOT_ID
        return reply or written.startswith("/") or f"@{self.world.username}" in written


def _until(status: str) -> Json:
    if status == "kicked":
        return {"until_date": 0}
    if status == "administrator":
        from tests.servers.telegram_methods import RIGHTS

        return {"can_be_edited": False, "is_anonymous": False, **dict.fromkeys(RIGHTS, True)}
    return {"is_anonymous": False} if status == "creator" else {}
