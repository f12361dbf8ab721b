"""The methods of the loopback Bot API, with the refusals of the real one."""
# ruff: noqa: N802, E501 - the names are the Bot API's own

import re
from collections.abc import Callable
from typing import Any

from tests.servers.telegram_state import BOT_ID, Chat, Json, Refused, World
from tests.servers.telegram_text import Unparsable, read, units
from tests.servers.telegram_updates import CALLBACK_RETENTION, Updates

EMOJI = set(
    "👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳❤‍🔥🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👨‍💻👀🎃🙈😇😨🤝✍🤗🫡🎅🎄☃💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾🤷😡"
)
MOST_DOWNLOAD = 20 << 20
SAME = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
OLD_QUERY = "Bad Request: query is too old and response timeout expired or query ID is invalid"
RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members", "can_promote_members",
    "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
)  # fmt: skip


def bad(description: str) -> Refused:
    """Return a 400."""
    return Refused(400, f"Bad Request: {description}")


class Methods:
    """One method of the Bot API each; parameters come decoded."""

    def __init__(self, world: World, updates: Updates) -> None:
        self.world, self.updates = world, updates
        self.by_name: dict[str, Callable[[Json], Any]] = {
            name.lower(): getattr(self, name) for name in dir(self) if re.match(r"[a-z]+[A-Z]", name)
        }

    # --- the bot itself ---------------------------------------------------------------------------
    def getMe(self, _: Json) -> Json:
        return self.world.me()

    def setMyCommands(self, params: Json) -> bool:
        for command in params["commands"]:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= units(command["description"]) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        scope = params.get("scope") or {"type": "default"}
        if "chat_id" in scope:
            self._chat(scope["chat_id"])
        key = ":".join(str(value) for value in [*scope.values(), params.get("language_code", "")])
        self.world.commands[key] = params["commands"]
        return True

    def deleteMyCommands(self, params: Json) -> bool:
        scope = params.get("scope") or {"type": "default"}
        key = ":".join(str(value) for value in [*scope.values(), params.get("language_code", "")])
        self.world.commands.pop(key, None)
        return True

    def getMyCommands(self, params: Json) -> list[Json]:
        scope = params.get("scope") or {"type": "default"}
        key = ":".join(str(value) for value in [*scope.values(), params.get("language_code", "")])
        return self.world.commands.get(key, [])

    def setMyDescription(self, _: Json) -> bool:
        return True

    def setMyShortDescription(self, _: Json) -> bool:
        return True

    def setChatMenuButton(self, _: Json) -> bool:
        return True

    def setMyDefaultAdministratorRights(self, _: Json) -> bool:
        return True

    def getWebhookInfo(self, _: Json) -> Json:
        info = {
            "url": self.updates.webhook,
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates.queue),
        }
        return info | (
            {"last_error_message": self.updates.webhook_error} if self.updates.webhook_error else {}
        )

    # --- sending ------------------------------------------------------------------------------------
    def sendMessage(self, params: Json) -> Json:
        return self._send(params, self._text(params, "text", 4096, required=True))

    def sendPhoto(self, params: Json) -> Json:
        data = self._media(params["photo"], "photos", 10 << 20)
        sizes = [
            {**self._file(data, "photos", ".jpg"), "width": side, "height": side} for side in (90, 320, 800)
        ]
        return self._send(params, {"photo": sizes, **self._text(params, "caption", 1024)})

    def sendDocument(self, params: Json) -> Json:
        return self._attachment(params, "document", {})

    def sendAudio(self, params: Json) -> Json:
        return self._attachment(params, "audio", {"duration": 1})

    def sendVoice(self, params: Json) -> Json:
        return self._attachment(params, "voice", {"duration": 1})

    def sendMediaGroup(self, params: Json) -> list[Json]:
        media = params["media"]
        if not 2 <= len(media) <= 10:
            raise bad("media group must include 2-10 items")
        group = str(len(self.world.files) + 1)
        sent = []
        for item in media:
            data = self._media(item["media"], "photos", 50 << 20)
            content: Json = {item["type"]: self._file(data, item["type"]), "media_group_id": group}
            if item["type"] == "photo":
                content["photo"] = [{**content["photo"], "width": 800, "height": 800}]
            sent.append(self._send(params, {**content, **self._text(item, "caption", 1024)}))
        return sent

    def sendMessageDraft(self, params: Json) -> bool:
        chat = self._reachable(params["chat_id"])
        if chat.type != "private":
            raise bad("message drafts can be sent only to private chats")
        if not int(params["draft_id"]):
            raise bad("DRAFT_ID_INVALID")
        chat.drafts.append(self._text(params, "text", 4096) | {"draft_id": params["draft_id"]})
        return True

    def sendChatAction(self, params: Json) -> bool:
        chat = self._reachable(params["chat_id"])
        self._thread(chat, params)
        chat.actions.append(params["action"])
        return True

    def copyMessage(self, params: Json) -> Json:
        source = self._chat(params["from_chat_id"])
        original = source.messages.get(int(params["message_id"]))
        if original is None:
            raise bad("message to copy not found")
        kept = {
            key: value for key, value in original.items() if key in {"text", "photo", "document", "caption"}
        }
        return {"message_id": self._send(params, kept)["message_id"]}

    # --- changing -----------------------------------------------------------------------------------
    def editMessageText(self, params: Json) -> Json:
        chat, message = self._own(params)
        if "text" not in message:
            raise bad("there is no text in the message to edit")
        return self._change(chat, message, params, self._text(params, "text", 4096, required=True))

    def editMessageCaption(self, params: Json) -> Json:
        chat, message = self._own(params)
        if not {"photo", "document", "audio", "voice"} & set(message):
            raise bad("there is no caption in the message to edit")
        return self._change(chat, message, params, self._text(params, "caption", 1024))

    def editMessageMedia(self, params: Json) -> Json:
        chat, message = self._own(params)
        item = params["media"]
        data = self._media(item["media"], "photos", 10 << 20)
        content: Json = {item["type"]: self._file(data, item["type"])}
        if item["type"] == "photo":
            content["photo"] = [{**content["photo"], "width": 800, "height": 450}]
        return self._change(chat, message, params, {**content, **self._text(item, "caption", 1024)})

    def editMessageReplyMarkup(self, params: Json) -> Json:
        chat, message = self._own(params)
        return self._change(chat, message, params, {})

    def deleteMessage(self, params: Json) -> bool:
        chat = self._reachable(params["chat_id"])
        message = chat.messages.get(int(params["message_id"]))
        if message is None:
            raise bad("message to delete not found")
        foreign = message["from"]["id"] != BOT_ID
        if self.world.hours.now() - message["date"] > 48 * 3600 or (
            foreign and chat.bot_status != "administrator"
        ):
            raise bad("message can't be deleted")
        del chat.messages[message["message_id"]]
        return True

    def pinChatMessage(self, params: Json) -> bool:
        chat = self._reachable(params["chat_id"])
        if chat.is_group and chat.bot_status != "administrator":
            raise bad("not enough rights to manage pinned messages in the chat")
        if int(params["message_id"]) not in chat.messages:
            raise bad("message to pin not found")
        return True

    def setMessageReaction(self, params: Json) -> bool:
        chat = self._reachable(params["chat_id"])
        message = int(params["message_id"])
        if message not in chat.messages:
            raise bad("message to react not found")
        reactions = params.get("reaction") or []
        if len(reactions) > 1:
            raise bad("REACTIONS_TOO_MANY")
        for reaction in reactions:
            emoji = reaction.get("emoji", "").replace("\ufe0f", "")
            restricted = chat.available_reactions is not None and emoji not in chat.available_reactions
            if reaction["type"] != "emoji" or not set(emoji) <= EMOJI or not emoji or restricted:
                raise bad("REACTION_INVALID")
        group = chat.messages[message].get("media_group_id")
        if group:
            message = min(key for key, item in chat.messages.items() if item.get("media_group_id") == group)
        chat.bot_reactions[message] = reactions
        return True

    def answerCallbackQuery(self, params: Json) -> bool:
        query = self.world.queries.get(str(params["callback_query_id"]))
        if query is None or query["answer"] is not None:
            raise bad(OLD_QUERY.removeprefix("Bad Request: "))
        if self.world.hours.now() - query["at"] > CALLBACK_RETENTION:
            raise bad(OLD_QUERY.removeprefix("Bad Request: "))
        if units(params.get("text", "")) > 200:
            raise bad("MESSAGE_TOO_LONG")
        query["answer"] = {key: value for key, value in params.items() if key != "callback_query_id"}
        return True

    # --- looking ------------------------------------------------------------------------------------
    def getFile(self, params: Json) -> Json:
        stored = self.world.files.get(params["file_id"])
        if stored is None:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if stored.size > MOST_DOWNLOAD:
            raise bad("file is too big")
        return {
            "file_id": stored.id,
            "file_unique_id": stored.unique_id,
            "file_size": stored.size,
            "file_path": stored.path,
        }

    def getChat(self, params: Json) -> Json:
        chat = self._reachable(params["chat_id"])
        full: Json = {**chat.to_json(), "accent_color_id": 1, "max_reaction_count": 11}
        full["accepted_gift_types"] = dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            False,
        )
        if chat.available_reactions is not None:
            full["available_reactions"] = [
                {"type": "emoji", "emoji": item} for item in chat.available_reactions
            ]
        return full

    def getChatMember(self, params: Json) -> Json:
        chat = self._reachable(params["chat_id"])
        user = int(params["user_id"])
        if user == BOT_ID:
            return self.member(chat, self.world.bot(), chat.bot_status)
        if user not in self.world.users:
            raise bad("user not found")
        return self.member(chat, self.world.users[user], chat.members.get(user, "left"))

    def getChatAdministrators(self, params: Json) -> list[Json]:
        chat = self._reachable(params["chat_id"])
        if not chat.is_group:
            raise bad("there are no administrators in the private chat")
        ruling = {
            user: status for user, status in chat.members.items() if status in {"creator", "administrator"}
        }
        shown = [self.member(chat, self.world.users[user], status) for user, status in ruling.items()]
        if chat.bot_status == "administrator":
            shown.append(self.member(chat, self.world.bot(), "administrator"))
        return shown

    def getChatMemberCount(self, params: Json) -> int:
        return len(self._reachable(params["chat_id"]).members) + 1

    def leaveChat(self, params: Json) -> bool:
        self._reachable(params["chat_id"]).bot_status = "left"
        return True

    # --- topics -------------------------------------------------------------------------------------
    def createForumTopic(self, params: Json) -> Json:
        chat = self._reachable(params["chat_id"])
        if not chat.is_forum:
            raise bad("the chat is not a forum")
        if chat.bot_status != "administrator":
            raise bad("not enough rights to create a topic")
        if not 1 <= units(params["name"]) <= 128:
            raise bad("topic name must be 1-128 characters long")
        service = self.world.add_message(chat, self.world.bot(), {})
        topic = {
            "message_thread_id": service["message_id"],
            "name": params["name"],
            "icon_color": params.get("icon_color", 0x6FB9F0),
        }
        service |= {"message_thread_id": service["message_id"], "is_topic_message": True}
        service["forum_topic_created"] = {"name": params["name"], "icon_color": topic["icon_color"]}
        chat.topics[topic["message_thread_id"]] = topic | {"closed": False}
        return topic

    def editForumTopic(self, params: Json) -> bool:
        self._topic(params)["name"] = params.get("name", "")
        return True

    def closeForumTopic(self, params: Json) -> bool:
        self._topic(params)["closed"] = True
        return True

    def reopenForumTopic(self, params: Json) -> bool:
        self._topic(params)["closed"] = False
        return True

    def deleteForumTopic(self, params: Json) -> bool:
        topic = self._topic(params)
        del self._chat(params["chat_id"]).topics[topic["message_thread_id"]]
        return True

    # --- what they share ------------------------------------------------------------------------------
    def member(self, chat: Chat, user: Json, status: str) -> Json:
        """Return a ChatMember object."""
        shown: Json = {"user": user, "status": status}
        anonymous = user["id"] in chat.anonymous
        if status == "creator":
            shown["is_anonymous"] = anonymous
        elif status == "administrator":
            shown |= {"can_be_edited": False, "is_anonymous": anonymous, **dict.fromkeys(RIGHTS, True)}
            shown["can_promote_members"] = False
            if chat.type == "supergroup":
                shown |= {"can_pin_messages": True, "can_manage_topics": True}
        elif status == "restricted":
            shown |= {"is_member": True, "until_date": 0}
        elif status == "kicked":
            shown["until_date"] = 0
        return shown

    def _chat(self, chat_id: Any) -> Chat:
        chat = self.world.chats.get(int(chat_id)) if re.fullmatch(r"-?\d+", str(chat_id)) else None
        if chat is None:
            raise bad("chat not found")
        if chat.migrated_to:
            raise Refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.migrated_to,
            )
        return chat

    def _reachable(self, chat_id: Any) -> Chat:
        chat = self._chat(chat_id)
        if chat.type == "private":
            if chat.blocked:
                raise Refused(403, "Forbidden: bot was blocked by the user")
            if not chat.started:
                raise Refused(403, "Forbidden: bot can't initiate conversation with a user")
        elif chat.bot_status == "kicked":
            raise Refused(403, f"Forbidden: bot was kicked from the {chat.type} chat")
        elif chat.bot_status == "left":
            raise Refused(403, f"Forbidden: bot is not a member of the {chat.type} chat")
        return chat

    def _thread(self, chat: Chat, params: Json) -> Json:
        thread = params.get("message_thread_id")
        if thread is None:
            return {}
        topic = chat.topics.get(int(thread))
        if topic is None:
            raise bad("message thread not found")
        if topic["closed"] and chat.bot_status != "administrator":
            raise bad("TOPIC_CLOSED")
        return {"message_thread_id": int(thread), "is_topic_message": True}

    def _topic(self, params: Json) -> Json:
        chat = self._reachable(params["chat_id"])
        if chat.bot_status != "administrator":
            raise bad("not enough rights to manage topics in the chat")
        topic = chat.topics.get(int(params["message_thread_id"]))
        if topic is None:
            raise bad("TOPIC_ID_INVALID")
        return topic

    def _text(self, params: Json, field: str, limit: int, *, required: bool = False) -> Json:
        raw = params.get(field) or ""
        try:
            visible, entities = read(str(raw), params.get("parse_mode"))
        except Unparsable as reason:
            raise bad(f"can't parse entities: {reason}") from None
        if required and not visible.strip():
            raise bad("message text is empty")
        if units(visible) > limit:
            raise bad("message is too long" if field == "text" else "message caption is too long")
        if len(entities) > 100:
            entities = entities[:100]
        marked = "entities" if field == "text" else "caption_entities"
        shown = {field: visible.strip()} if visible.strip() else {}
        return shown | ({marked: entities} if entities and shown else {})

    def _media(self, given: Any, folder: str, most: int) -> bytes:
        if isinstance(given, dict) and "data" in given:
            data: bytes = given["data"]
            if not data:
                raise bad("file must be non-empty")
            if len(data) > most:
                raise Refused(413, "Request Entity Too Large")
            return data
        stored = self.world.files.get(str(given))
        if stored is None:
            raise bad("wrong remote file identifier specified: Wrong string length")
        return stored.data

    def _file(self, data: bytes, folder: str, extension: str = "") -> Json:
        stored = self.world.keep(data, folder, extension)
        return {"file_id": stored.id, "file_unique_id": stored.unique_id, "file_size": stored.size}

    def _attachment(self, params: Json, field: str, more: Json) -> Json:
        given = params[field]
        data = self._media(given, field, 50 << 20)
        name = given.get("filename", "file") if isinstance(given, dict) else "file"
        content = {field: {**self._file(data, field + "s"), "file_name": name, **more}}
        return self._send(params, {**content, **self._text(params, "caption", 1024)})

    def _markup(self, params: Json) -> Json:
        markup = params.get("reply_markup")
        if not markup:
            return {}
        rows = markup.get("inline_keyboard")
        if rows is None:
            return {}
        if sum(len(row) for row in rows) > 100 or any(len(row) > 8 for row in rows):
            raise bad("too many buttons in the inline keyboard")
        for button in (item for row in rows for item in row):
            if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
                raise bad("BUTTON_DATA_INVALID")
            if not {"callback_data", "url", "copy_text", "web_app", "switch_inline_query"} & set(button):
                raise bad(
                    "can't parse inline keyboard button: Text buttons are not allowed in the inline keyboard"
                )
            if not button.get("text"):
                raise bad('can\'t parse inline keyboard button: Field "text" must be of type String')
        return {"reply_markup": {"inline_keyboard": rows}} if rows else {}

    def _send(self, params: Json, content: Json) -> Json:
        chat = self._reachable(params["chat_id"])
        thread = self._thread(chat, params)
        reply = params.get("reply_parameters") or (
            {"message_id": params["reply_to_message_id"]} if "reply_to_message_id" in params else None
        )
        answered: Json = {}
        if reply:
            original = chat.messages.get(int(reply["message_id"]))
            if original is None and not reply.get("allow_sending_without_reply"):
                raise bad("message to be replied not found")
            if original is not None:
                answered["reply_to_message"] = {k: v for k, v in original.items() if k != "reply_to_message"}
                if original.get("is_topic_message") and not thread:
                    thread = {"message_thread_id": original["message_thread_id"], "is_topic_message": True}
        silent = {"disable_notification": True} if params.get("disable_notification") else {}
        message = self.world.add_message(
            chat, self.world.bot(), {**content, **thread, **answered, **self._markup(params)}
        )
        return message if not silent else dict(message)

    def _own(self, params: Json) -> tuple[Chat, Json]:
        chat = self._reachable(params["chat_id"])
        message = chat.messages.get(int(params["message_id"]))
        if message is None:
            raise bad("message to edit not found")
        if message["from"]["id"] != BOT_ID:
            raise bad("message can't be edited")
        return chat, message

    def _change(self, chat: Chat, message: Json, params: Json, content: Json) -> Json:
        replaced = {"text", "entities", "caption", "caption_entities", "reply_markup"}
        if not content and "caption" not in params:
            replaced = {"reply_markup"}
        changed = {key: value for key, value in message.items() if key not in replaced}
        changed |= content | self._markup(params)
        watched = [*replaced, "photo", "document"]
        if all(changed.get(key) == message.get(key) for key in watched):
            raise bad(SAME.removeprefix("Bad Request: "))
        changed["edit_date"] = int(self.world.hours.now())
        chat.messages[message["message_id"]] = changed
        return changed
