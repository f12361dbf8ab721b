"""Everything is said in both languages, and nothing is translated that nobody says."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bot.desk.commands import COMMANDS
from bot.discord.cards import finetune, reviews, runs
from bot.discord.cogs import setup
from bot.discord.mentions import Mentions
from bot.languages import catalogue, tr, trn
from datanets.recipe import FIELDS
from tests.playground.test_language import LABELS, words_of_the_templates

ROOT = Path(__file__).resolve().parents[2]


@cache
def trees(folder: str) -> tuple[ast.Module, ...]:
    return tuple(ast.parse(path.read_text()) for path in (ROOT / folder).rglob("*.py"))


def constants(*folders: str) -> set[str]:
    nodes = (node for folder in folders for tree in trees(folder) for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def said() -> Iterator[str]:
    """Every sentence that a call translates, and those of the tables that calls take them from."""
    places = {"tr": slice(1, 2), "trn": slice(2, 4), "_": slice(0, 1), "add": slice(2, 3)}
    for tree in trees("bot/discord"):
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in places:
                for argument in call.args[places[call.func.id]]:
                    yield from (
                        node.value
                        for node in ast.walk(argument)
                        if isinstance(node, ast.Constant) and isinstance(node.value, str)
                    )
    for _, title, _ in [*reviews.STATES.values(), *runs.STATES.values()]:
        yield title
    for name, advice in reviews.REASONS.values():
        yield from (name, advice)
    for field in FIELDS.values():
        yield from (field.title, field.help)
    for _, title, text in finetune.PRESETS.values():
        yield from (title, text)
    for rights in setup.NEEDED.values():
        yield from (use for _, use in rights)
    for parameter in (one for command in COMMANDS for one in command.parameters):
        yield parameter.help
    yield from (text for _, text in finetune.METHODS.values())
    yield from (*setup.CHANNELS.values(), *setup.ROLES.values(), setup.NO_CONTENT, setup.NO_MEMBERS)


def test_every_sentence_has_its_german() -> None:
    german = catalogue("de")
    assert [one for one in said() if one not in german and f"name:{one}" not in german] == []


def test_no_german_is_kept_for_what_nobody_says() -> None:
    english = constants("bot", "datanets") | words_of_the_templates() | LABELS
    assert [one for one in catalogue("de") if one.removeprefix("name:") not in english] == []


def test_values_of_a_sentence_are_the_same_in_both_languages() -> None:
    def values(text: str) -> list[str]:
        return sorted(part.split("}")[0] for part in text.split("{")[1:])

    assert [english for english, german in catalogue("de").items() if values(english) != values(german)] == []


def test_one_and_many_are_told_apart() -> None:
    assert trn("en-US", 1, "{n} vote", "{n} votes") == "1 vote"
    assert trn("de", 3, "{n} vote", "{n} votes") == "3 Stimmen"
    assert tr("xx", "Accepted") == "Accepted"


def test_commands_in_a_text_can_be_pressed_and_nothing_else() -> None:
    mentions = Mentions()
    mentions.learn(
        [
            {"name": "quota", "id": "1"},
            {"name": "datanet", "id": "2", "options": [{"name": "list", "type": 1}]},
        ]
    )
    text = "/quota shows, /datanet list lists; not /datanet show, not `/quota`, not a/quota, not </quota:1>."
    assert mentions.within(text) == (
        "</quota:1> shows, </datanet list:2> lists; "
        "not /datanet show, not `/quota`, not a/quota, not </quota:1>."
    )
