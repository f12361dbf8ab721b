"""A Telegram on the loopback: an honest Bot API for the unmodified client, and people to talk to it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote

from aiohttp import BodyPartReader, web

from tests.servers.telegram_flood import Faults, Flood, too_many
from tests.servers.telegram_methods import Methods
from tests.servers.telegram_people import Person
from tests.servers.telegram_state import Chat, Json, Refused, World
from tests.servers.telegram_updates import Updates, shown

TOKEN = "7000000001:AAloopback_token-for_tests_only_000000"
NOT_JSON = {
    "text",
    "caption",
    "name",
    "first_name",
    "description",
    "short_description",
    "url",
    "secret_token",
}


class TelegramServer:
    """`async with TelegramServer() as telegram`; the bot gets `api_url`, `file_url` and `TOKEN`."""

    def __init__(self, log: Path | None = None) -> None:
        self.world = World()
        self.updates = Updates(self.world.hours)
        self.methods = Methods(self.world, self.updates)
        self.flood = Flood(enabled=False)
        self.faults = Faults()
        self.log_path = log
        self.log: list[Json] = []
        # How many updates there had been when the bot last wrote each of its messages.
        self.written: dict[tuple[int, int], int] = {}
        self.token = TOKEN
        self.changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self.port = 0

    # --- life ---------------------------------------------------------------------------------------
    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=60 << 20)
        app.router.add_route("*", "/file/{rest:.*}", self._download)
        app.router.add_route("*", "/{rest:.*}", self._call)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.updates.set_webhook("", "")
        if self._runner:
            await self._runner.cleanup()
        if self.log_path and self.log:
            with self.log_path.open("a", encoding="utf-8") as out:
                out.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in self.log)

    @property
    def api_url(self) -> str:
        """What `POTLUCK_TELEGRAM_API_URL` is set to."""
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def file_url(self) -> str:
        """What `POTLUCK_TELEGRAM_FILE_URL` is set to."""
        return f"http://127.0.0.1:{self.port}/file/bot"

    # --- people and chats -----------------------------------------------------------------------------
    def person(self, name: str, *, language: str = "en", started: bool = True) -> Person:
        """Give somebody a phone; `started` says whether they have opened the bot's private chat."""
        number = 5_000_000_000 + len(self.world.users) + 1
        user = {"id": number, "is_bot": False, "first_name": name, "username": name.lower() + "_tg"}
        user["language_code"] = language
        self.world.users[number] = user
        self.world.chats[number] = Chat(number, "private", name, started=started, members={number: "member"})
        return Person(number, user, self.world, self.updates)

    def group(
        self,
        title: str,
        *,
        forum: bool = False,
        bot: str = "administrator",
        kind: str = "supergroup",
        **who: Person,
    ) -> Chat:
        """Open a group; keyword arguments `admin`, `owner` name those with a status."""
        number = -(1_001_000_000_000 + len(self.world.chats) + 1)
        number = number if kind == "supergroup" else -(4_000_000 + len(self.world.chats))
        chat = Chat(number, kind, title, is_forum=forum, bot_status=bot)
        for status, person in who.items():
            chat.members[person.id] = {"owner": "creator"}.get(status, "administrator")
        self.world.chats[number] = chat
        return chat

    def upgrade(self, group: Chat) -> Chat:
        """Turn a basic group into a supergroup: new id, old one refused."""
        new = self.group(group.title, bot=group.bot_status)
        new.members = group.members
        actor = next(iter(self.world.users.values()))
        told = self.world.add_message(group, actor, {"migrate_to_chat_id": new.id})
        group.migrated_to = new.id
        self.updates.put("message", told)
        arrived = self.world.add_message(new, actor, {"migrate_from_chat_id": group.id})
        self.updates.put("message", arrived)
        return new

    # --- looking ------------------------------------------------------------------------------------
    def said(self, chat: Chat, topic: int | None = None) -> list[Json]:
        """Return the bot's own messages of a chat, oldest first."""
        mine = [item for item in chat.messages.values() if item["from"].get("id") == self.world.bot()["id"]]
        return [item for item in mine if topic is None or item.get("message_thread_id") == topic]

    def calls(self, method: str) -> list[Json]:
        """Return the parameters of every call of a method."""
        return [line["params"] for line in self.log if line["method"].lower() == method.lower()]

    async def until(self, claim: Callable[[], Any], seconds: float = 10.0) -> Any:
        """Wait until `claim` gives something true, and return it."""
        try:
            async with asyncio.timeout(seconds), self.changed:
                while not (found := claim()):
                    await self.changed.wait()
                return found
        except TimeoutError:
            recent = [f"{line['method']} {line['params']}"[:160] for line in self.log[-8:]]
            raise AssertionError(f"never came true; the last calls were {recent}") from None

    async def heard(self, chat: Chat, *words: str, seconds: float = 10.0) -> Json:
        """Return the message in which the bot has said all these words since anybody last did anything."""

        def matching() -> Json | None:
            for message in reversed(self.said(chat)):
                text = str(message.get("text", message.get("caption", "")))
                is_new = self.written.get((chat.id, message["message_id"])) == self.updates.next_id
                if is_new and all(word in text for word in words):
                    return message
            return None

        try:
            found: Json = await self.until(matching, seconds)
        except AssertionError:
            texts = [message.get("text", message.get("caption")) for message in self.said(chat)]
            raise AssertionError(f"nobody said {words} in {chat.title}; the bot said {texts}") from None
        return found

    # --- HTTP ---------------------------------------------------------------------------------------
    async def _download(self, request: web.Request) -> web.StreamResponse:
        path = unquote(request.raw_path).partition("/file/bot")[2]
        token, _, name = path.partition("/")
        if token != self.token:
            return _failed(Refused(404, "Not Found"))
        fault = self.faults.next("download", {"path": name})
        if fault and fault.kind.startswith("cut"):
            return _cut(request)
        if fault:
            return web.Response(
                status=int(fault.kind), text="<html><h1>Bad Gateway</h1></html>", content_type="text/html"
            )
        stored = next((item for item in self.world.files.values() if item.path == name), None)
        if stored is None:
            return _failed(Refused(404, "Not Found"))
        return web.Response(body=stored.data, content_type="application/octet-stream")

    async def _call(self, request: web.Request) -> web.StreamResponse:
        token, _, method = unquote(request.path).removeprefix("/bot").partition("/")
        if token != self.token:
            return _failed(Refused(401, "Unauthorized"))
        params = await _parameters(request)
        line = {"ts": self.world.hours.now(), "method": method, "params": _loggable(params)}
        self.log.append(line)
        params = _attached(params)
        fault = self.faults.next(method, params)
        if fault:
            line["fault"] = fault.kind
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault and fault.kind == "cut":
            return _cut(request)
        if fault and fault.kind in {"500", "502"}:
            page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
            return web.Response(status=int(fault.kind), text=page, content_type="text/html")
        try:
            if fault and fault.kind in {"401", "404"}:
                raise Refused(int(fault.kind), {"401": "Unauthorized", "404": "Not Found"}[fault.kind])
            if fault and fault.kind == "429":
                raise too_many(int(fault.seconds))
            result = await self._answer(method, params)
            for one in result if isinstance(result, list) else [result]:
                if isinstance(one, dict) and "message_id" in one:
                    self.written[one["chat"]["id"], one["message_id"]] = self.updates.next_id
        except Refused as no:
            line |= {"error_code": no.code, "description": no.description}
            return _failed(no)
        except (KeyError, TypeError, ValueError) as missing:
            line |= {"error_code": 400, "description": repr(missing)}
            return _failed(Refused(400, f"Bad Request: parameter {missing} is missing or wrong"))
        finally:
            async with self.changed:
                self.changed.notify_all()
        if fault and fault.kind == "cut after":
            return _cut(request)
        return web.json_response({"ok": True, "result": result})

    async def _answer(self, method: str, params: Json) -> Any:
        name = method.lower()
        special: dict[str, Callable[[Json], Awaitable[Any]]] = {
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
        }
        if name in special:
            return await special[name](params)
        work = self.methods.by_name.get(name)
        if work is None:
            raise Refused(404, "Not Found: method not found")
        self.flood.admit(method, params, self.world.hours.now())
        return work(params)

    async def _get_updates(self, params: Json) -> list[Json]:
        self.updates.allow(params.get("allowed_updates"))
        seconds = float(params.get("timeout", 0))
        waiting = await self.updates.poll(
            int(params.get("offset", 0)), int(params.get("limit", 100)), seconds
        )
        return [shown(item) for item in waiting]

    async def _set_webhook(self, params: Json) -> bool:
        self.updates.allow(params.get("allowed_updates"))
        secret = params.get("secret_token", "")
        if secret and not all(character.isalnum() or character in "_-" for character in secret):
            raise Refused(400, "Bad Request: secret token contains unallowed characters")
        await self.updates.set_webhook(params.get("url", ""), secret)
        return True

    async def _delete_webhook(self, params: Json) -> bool:
        if params.get("drop_pending_updates"):
            self.updates.queue.clear()
        await self.updates.set_webhook("", "")
        return True


async def _parameters(request: web.Request) -> Json:
    given: Json = dict(request.query)
    if request.content_type == "application/json":
        given |= await request.json() if request.can_read_body else {}
        return given
    if request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            if part.filename is not None:
                given[part.name or ""] = {"filename": part.filename, "data": bytes(await part.read())}
            else:
                given[part.name or ""] = await part.text()
    else:
        given |= dict(await request.post())
    return {key: _decoded(key, value) for key, value in given.items()}


def _decoded(key: str, value: Any) -> Any:
    if not isinstance(value, str) or key in NOT_JSON or value[:1] not in {"{", "["}:
        return (
            {"true": True, "false": False}.get(value, value)
            if isinstance(value, str) and key not in NOT_JSON
            else value
        )
    try:
        return json.loads(value)
    except ValueError:
        return value


def _attached(params: Json) -> Json:
    """Put uploaded parts where `attach://NAME` points at them."""

    def resolve(value: Any) -> Any:
        if isinstance(value, str) and value.startswith("attach://"):
            return params.get(value.removeprefix("attach://"), value)
        if isinstance(value, dict) and "data" not in value:
            return {key: resolve(item) for key, item in value.items()}
        return [resolve(item) for item in value] if isinstance(value, list) else value

    return {key: resolve(value) for key, value in params.items()}


def _loggable(value: Any, key: str = "") -> Any:
    """Return the parameters as the request checker reads them: a file is `{"__file__": …}`."""
    if isinstance(value, dict) and "data" in value and isinstance(value["data"], bytes):
        return {"__file__": {"name": value["filename"], "size": len(value["data"])}}
    if isinstance(value, dict):
        return {name: _loggable(item, name) for name, item in value.items()}
    return [_loggable(item) for item in value] if isinstance(value, list) else value


def _failed(no: Refused) -> web.Response:
    body: Json = {"ok": False, "error_code": no.code, "description": no.description}
    if no.parameters:
        body["parameters"] = no.parameters
    return web.json_response(body, status=no.code)


def _cut(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()
