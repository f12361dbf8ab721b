"""What is registered: once, with rights, in two languages, and the same as everywhere else."""

from bot.desk.commands import COMMANDS
from bot.discord.routing import PRESSES, SUBMITS
from bot.discord.splitting import split
from datanets.facts import Role
from tests.discord.conftest import Kitchen
from tests.servers.discord_shapes import Json


def registered(kitchen: Kitchen) -> dict[str, Json]:
    """Slash commands by their full names."""
    found = {}
    for command in kitchen.server.world.commands[None]:
        if command["type"] == 1:
            subs = [o for o in command.get("options") or [] if o["type"] == 1]
            for sub in subs:
                found[f"{command['name']} {sub['name']}"] = sub | {
                    "default_member_permissions": command["default_member_permissions"]
                }
            if not subs:
                found[command["name"]] = command
    return found


async def test_discord_offers_every_command_of_the_table_with_its_values(kitchen: Kitchen) -> None:
    offered = registered(kitchen)
    assert set(offered) == {command.name for command in COMMANDS}
    for command in COMMANDS:
        names = {option["name"] for option in offered[command.name].get("options") or []}
        wanted = {parameter.name for parameter in command.parameters}
        assert wanted <= names, command.name
        if command.role is Role.ADMIN or command.name == "review":
            assert offered[command.name]["default_member_permissions"] not in (None, "0")


async def test_commands_are_registered_only_when_they_changed(kitchen: Kitchen) -> None:
    assert len(kitchen.server.rest.syncs) == 1
    await kitchen.restart()
    assert len(kitchen.server.rest.syncs) == 1
    kitchen.server.world.commands[None][0]["description"] = "Something older"
    await kitchen.restart()
    assert len(kitchen.server.rest.syncs) == 2


async def test_commands_speak_german_too(kitchen: Kitchen) -> None:
    contribute = registered(kitchen)["contribute"]
    assert contribute["name_localizations"]["de"] == "beitragen"
    assert contribute["description_localizations"]["de"] == "Eine Datei beitragen"
    ben = kitchen.person("Ben", locale="de")
    quota = await ben.slash("quota", kitchen.general)
    await quota.until(lambda a: "20 von 20 übrig" in a.text)


async def test_help_names_commands_that_can_be_pressed(kitchen: Kitchen) -> None:
    answer = await kitchen.person("Ana").slash("help", kitchen.general)
    await answer.until(lambda a: "</contribute:" in a.text)


async def test_setup_keeps_choices_and_names_every_missing_right(kitchen: Kitchen) -> None:
    owner = kitchen.server.owner(kitchen.guild)
    shown = await owner.slash("setup", kitchen.general)
    await shown.until(lambda a: "Nothing is missing" in a.text)
    quiet = kitchen.server.channel(kitchen.guild, "quiet")
    everyone = kitchen.guild["id"]
    quiet["permission_overwrites"] = [
        {"id": everyone, "type": 0, "allow": "0", "deny": str((1 << 15) | (1 << 6))}
    ]
    kitchen.server.world.tell("CHANNEL_UPDATE", quiet, quiet)
    picked = await owner.choose(shown.message, "Channel for reviews", quiet)
    await picked.until(lambda a: "Add Reactions" in a.text and "Attach Files" in a.text)
    role = kitchen.server.role(kitchen.guild, "Tasters")
    await owner.choose(shown.message, "Role of validators", role)
    place = (await kitchen.core.places.all("discord"))[0]
    assert place.settings == {"review_channel": quiet["id"], "validator_role": role["id"]}
    stranger = kitchen.person("Stranger")
    kitchen.server.world.hidden.pop(shown.message["id"])
    refused = await stranger.choose(shown.message, "Role of validators", role)
    assert "an admin" in refused.text


async def test_privacy_exports_and_forget_deletes_after_a_tick(kitchen: Kitchen) -> None:
    await kitchen.net()
    ana = kitchen.person("Ana")
    await kitchen.card(ana, "A robin.")
    export = await ana.slash("privacy", kitchen.general)
    await export.until(lambda a: a.message and a.message["attachments"])
    asked = await ana.slash("forget", kitchen.general)
    kept = await ana.submit(asked, {})
    await kept.until(lambda a: "Nothing was deleted" in a.text)
    asked = await ana.slash("forget", kitchen.general)
    gone = await ana.submit(asked, {"sure": True})
    await gone.until(lambda a: "Deleted: 1 file, 0 messages" in a.text)


async def test_two_accounts_become_one_member(kitchen: Kitchen) -> None:
    code = await kitchen.person("Ana").slash("link", kitchen.general)
    await code.until(lambda a: "Your code is" in a.text)
    typed = code.text.split("`")[1]
    linked = await kitchen.person("Ana's phone").slash("link", kitchen.general, code=typed)
    await linked.until(lambda a: "Linked" in a.text)


async def test_every_button_and_form_has_its_handler(kitchen: Kitchen) -> None:
    assert {"vote", "decide", "agree", "stop_run", "rate", "correct", "setup", "confirm"} <= set(PRESSES)
    assert {"contribute", "reject", "ft_fields", "correct", "forget", "amend"} <= set(SUBMITS)


def test_long_texts_are_split_between_paragraphs_and_never_lost() -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "word " * 60 for n in range(20))
    parts = split(text)
    assert all(len(part) <= 1900 for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert split("```py\n" + "x = 1\n" * 500 + "```")[1].startswith("```py")
