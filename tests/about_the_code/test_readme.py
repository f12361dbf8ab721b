"""README says what is there: its command table is the table of commands, its links and targets exist."""

import re

from bot.desk.commands import COMMANDS, Command
from tests.conftest import ROOT

ROLES = {None: "everybody", "validator": "validators", "admin": "admins", "trainer": "trainers"}


def readme() -> str:
    return (ROOT / "README.md").read_text()


def command_table() -> str:
    """The table as README has to have it; optional values stand in brackets."""
    return "\n".join(["| command | what it does | who |", "|---|---|---|", *map(row, COMMANDS)])


def row(command: Command) -> str:
    values = [one.name if one.required else f"[{one.name}]" for one in command.parameters]
    usage = " ".join([f"/{command.name}", *values])
    return f"| `{usage}` | {command.help} | {ROLES[command.role and command.role.value]} |"


def test_the_command_table_is_the_table_of_commands() -> None:
    found = re.search(r"<!-- commands -->\n(.*?)\n<!-- /commands -->", readme(), re.DOTALL)
    assert found
    assert found[1].splitlines() == command_table().splitlines()


def test_every_file_that_readme_points_at_exists() -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", readme())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_make_target_in_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", readme()))
    assert named
    assert named <= targets
