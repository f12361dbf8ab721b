"""What is registered: once, with rights, in two languages, and the same as everywhere else."""

import ast

from bot.desk.commands import COMMANDS
from bot.discord.routing import PRESSES, SUBMITS
from bot.discord.splitting import split
from datanets.facts import Role
from tests.conftest import ROOT
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
    await kitchen.net()
    ana, phone = kitchen.person("Ana"), kitchen.person("Ana's phone")
    await kitchen.card(ana, "A robin.")
    before = await phone.slash("quota", kitchen.general)
    await before.until(lambda a: "20 of 20" in a.text)
    code = await ana.slash("link", kitchen.general)
    await code.until(lambda a: "Your code is" in a.text)
    typed = code.text.split("`")[1]
    linked = await phone.slash("link", kitchen.general, code=typed)
    await linked.until(lambda a: "Linked" in a.text)
    after = await phone.slash("quota", kitchen.general)
    await after.until(lambda a: "19 of 20" in a.text)


def shown() -> tuple[set[str], set[str]]:
    """The verbs of every button or select, and of every form, that the code can show."""
    presses: set[str] = set()
    submits: set[str] = set()
    for path in (ROOT / "bot" / "discord").rglob("*.py"):
        tree = ast.parse(path.read_text())
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and hasattr(node.func, "id")]
        forms = [call for call in calls if call.func.id in {"Form", "_reason_form"}]
        within = {inner for form in forms for inner in ast.walk(form)}
        for call in calls:
            place = {"button": 1, "key": 0}.get(call.func.id)
            verb = call.args[place] if place is not None and len(call.args) > place else None
            if isinstance(verb, ast.Constant):
                (submits if call in within else presses).add(verb.value)
    return presses, submits


async def test_every_button_and_form_has_its_handler_and_no_handler_waits_for_nothing(
    kitchen: Kitchen,
) -> None:
    presses, submits = shown()
    # The number between the arrows of a list cannot be pressed.
    assert presses - {"mine_page"} == set(PRESSES)
    assert submits == set(SUBMITS)


def test_long_texts_are_split_between_paragraphs_and_never_lost() -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "word " * 60 for n in range(20))
    parts = split(text)
    assert all(len(part) <= 1900 for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert split("```py\n" + "x = 1\n" * 500 + "```")[1].startswith("```py")
