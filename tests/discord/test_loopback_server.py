"""The loopback Discord behaves towards two client libraries as Discord does."""

import asyncio
import io

import discord
import hikari
import pytest
import yarl
from discord import app_commands

from tests.servers.discord import TOKEN, DiscordServer, File


class Echo(discord.AutoShardedClient):
    """A small bot with one of everything."""

    def __init__(self) -> None:
        intents = discord.Intents.default()
        intents.message_content = True
        super().__init__(intents=intents, guild_ready_timeout=0, max_messages=10)
        self.tree = app_commands.CommandTree(self)
        self.votes: list[tuple[str, int]] = []
        self.heard: list[str] = []
        self.started = asyncio.Event()
        self.ready_count = 0

        @self.tree.command()
        async def echo(
            interaction: discord.Interaction, text: str, file: discord.Attachment | None = None
        ) -> None:
            """Say it again."""
            await interaction.response.defer(ephemeral=True, thinking=True)
            size = len(await file.read()) if file else 0
            await interaction.edit_original_response(content=f"{text} {size}")

        @echo.autocomplete("text")
        async def complete(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=typed + "!", value=typed + "!")]

        @self.tree.command()
        async def form(interaction: discord.Interaction) -> None:
            """Open a form."""
            await interaction.response.send_modal(Form())

        @self.tree.context_menu(name="Quote this")
        async def quote(interaction: discord.Interaction, message: discord.Message) -> None:
            await interaction.response.send_message(message.content, ephemeral=True)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_ready(self) -> None:
        self.ready_count += 1
        self.started.set()

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        self.votes.append((str(payload.emoji), payload.user_id))

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message.content)


class Form(discord.ui.Modal, title="A form"):
    """A text and some files."""

    words = discord.ui.Label(text="Words", component=discord.ui.TextInput())
    files = discord.ui.Label(text="Files", component=discord.ui.FileUpload(max_values=3))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        assert isinstance(self.words.component, discord.ui.TextInput)
        assert isinstance(self.files.component, discord.ui.FileUpload)
        sizes = [len(await f.read()) for f in self.files.component.values]
        await interaction.followup.send(f"{self.words.component.value} {sizes}")


@pytest.fixture
async def echo(server: DiscordServer, monkeypatch: pytest.MonkeyPatch):
    """The bot, connected."""
    monkeypatch.setattr(discord.http.Route, "BASE", server.api_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
    guild = server.guild()
    server.channel(guild, "general")
    bot = Echo()
    task = asyncio.create_task(bot.start(TOKEN))
    await asyncio.wait_for(bot.started.wait(), 10)
    yield bot
    await bot.close()
    await asyncio.wait([task])


def places(server: DiscordServer):
    guild = next(iter(server.world.guilds.values()))
    return guild, server.world.channels_of(guild["id"])[0]


async def test_commands_forms_and_menus_go_both_ways(server: DiscordServer, echo: Echo) -> None:
    guild, channel = places(server)
    ana = server.person("Ana", guild)
    answer = await ana.slash("echo", channel, text="hi", file=File("a.txt", b"12345"))
    await answer.until(lambda a: "hi 5" in a.text)
    assert answer.private
    assert (await ana.suggest("echo", channel, "text", "so"))[0]["value"] == "so!"
    opened = await ana.slash("form", channel)
    done = await ana.submit(opened, {"Words": "w", "Files": [File("b.bin", b"xy"), File("c.bin", b"z")]})
    await done.until(lambda a: "w [2, 1]" in a.text)
    said = await ana.say(channel, "quotable")
    assert "quotable" in (await ana.menu("Quote this", channel, said)).text


async def test_a_cut_connection_resumes_and_replays(server: DiscordServer, echo: Echo) -> None:
    guild, channel = places(server)
    ana = server.person("Ana", guild)
    said = await ana.say(channel, "first")
    await server.gateway.cut_all()
    await ana.say(channel, "while away")
    await ana.react(said, "👍")
    await server.until(lambda: "while away" in echo.heard and echo.votes)
    assert server.gateway.resumes == 1
    assert echo.ready_count == 1


async def test_a_lost_session_starts_anew_and_the_vote_is_never_told(
    server: DiscordServer, echo: Echo
) -> None:
    guild, channel = places(server)
    ana = server.person("Ana", guild)
    said = await ana.say(channel, "first")
    server.gateway.forget_sessions()
    await ana.react(said, "👍")
    await server.gateway.close_all()
    await server.until(lambda: echo.ready_count == 2, 20)
    assert not echo.votes
    found = await echo.get_partial_messageable(int(channel["id"])).fetch_message(int(said["id"]))
    assert [r.count for r in found.reactions] == [1]
    assert [u.id async for u in found.reactions[0].users()] == [int(ana.id)]


async def test_limits_are_answered_as_discord_does(server: DiscordServer, echo: Echo) -> None:
    _, channel = places(server)
    server.limits.strict = True
    place = echo.get_partial_messageable(int(channel["id"]))
    with pytest.raises(discord.HTTPException) as refused:
        await place.send("x" * 2001)
    assert refused.value.code == 50035
    with pytest.raises(discord.HTTPException) as refused:
        await place.send(file=discord.File(io.BytesIO(bytes((10 << 20) + 1)), "big.bin"))
    assert refused.value.code == 40005
    server.faults.order("POST /channels", 429, retry_after=0.05)
    server.faults.order("POST /channels", 502)
    await place.send("gets through")
    assert server.messages(channel)[-1]["content"] == "gets through"
    server.record.requests = [r for r in server.record.requests if r["status"] not in (400, 413)]


async def test_a_nonce_sends_once(server: DiscordServer, echo: Echo) -> None:
    _, channel = places(server)
    place = echo.get_partial_messageable(int(channel["id"]))
    first = await place.send("once", nonce="n1")
    second = await place.send("once", nonce="n1")
    assert first.id == second.id
    assert len(server.messages(channel)) == 1


async def test_a_second_library_gets_along_with_it(server: DiscordServer) -> None:
    guild = server.guild()
    channel = server.channel(guild, "general")
    ana = server.person("Ana", guild)
    heard: asyncio.Queue[str] = asyncio.Queue()
    bot = hikari.GatewayBot(
        TOKEN,
        rest_url=server.api_url,
        banner=None,
        logs=None,
        force_color=False,
        intents=hikari.Intents.ALL_UNPRIVILEGED | hikari.Intents.MESSAGE_CONTENT,
    )

    @bot.listen(hikari.GuildMessageCreateEvent)
    async def listen(event: hikari.GuildMessageCreateEvent) -> None:
        if event.is_human:
            await event.message.respond(f"{event.content}!", reply=True)
            await event.message.add_reaction("👍")
            heard.put_nowait(event.content or "")

    @bot.listen(hikari.InteractionCreateEvent)
    async def interact(event: hikari.InteractionCreateEvent) -> None:
        assert isinstance(event.interaction, hikari.CommandInteraction)
        await event.interaction.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, "from hikari")

    await bot.start(check_for_updates=False)
    try:
        me = bot.get_me()
        assert me is not None
        await bot.rest.set_application_commands(me.id, [bot.rest.slash_command_builder("ping", "Ping")])
        await ana.say(channel, "hello")
        assert await asyncio.wait_for(heard.get(), 10) == "hello"
        assert server.by_bot(channel)[0]["content"] == "hello!"
        answer = await ana.slash("ping", channel)
        assert answer.text == "from hikari"
    finally:
        await bot.close()
