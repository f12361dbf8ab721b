"""Every platform offers every use case of the desk, or it says here why it has no need of one."""

import ast
from collections.abc import Iterator
from dataclasses import fields
from typing import get_type_hints

import pytest

from bot.desk import Desk
from tests.conftest import ROOT

PLATFORMS = ("discord", "telegram", "playground")

# What a platform does not call, and why that is no loss to its people.
NO_NEED = {
    "playground": {
        "people.accounts_of": "its people are reached on the page itself",
        "people.set_role_holders": "its roles come with each caller",
        "reviewing.shown_at": "a vote names its contribution",
        "reviewing.open_cards": "votes cannot be cast while it is away",
        "reviewing.reconcile": "votes cannot be cast while it is away",
        "reviewing.withdraw_all": "reactions are removed one by one",
        "reviewing.card": "a card is drawn without keeping who looked at it",
        "contribute.show": "a card draws the whole review",
        "people.terms": "consent is asked for when it is missing",
        "finetune.trainer": "the choices of the form ask it",
        "chat.at": "a thread names its conversation",
        "chat.get": "opening a thread returns its conversation",
        "setup.change": "its channels and roles stand from the start",
        "ask.run": "the bot runs it",
        "ask.close": "the bot closes it",
        "ask.forget": "forgetting a person asks it",
        "ask.prune": "the bot runs it",
        "ask.questions_of": "an export asks it",
    },
    "telegram": {
        "people.set_role_holders": "roles are asked of each person and kept fresh by updates",
        "reviewing.open_cards": "no method reads the reactions of a message",
        "reviewing.reconcile": "no method reads the reactions of a message",
        "reviewing.withdraw_all": "reactions are removed one by one",
        "finetune.trainer": "the choices of the form ask it",
        "ask.run": "the bot runs it",
        "ask.close": "the bot closes it",
        "ask.forget": "forgetting a person asks it",
        "ask.prune": "the bot runs it",
        "ask.questions_of": "an export asks it",
    },
    "discord": {
        "finetune.trainer": "the choices of the form ask it",
        "ask.run": "the bot runs it",
        "ask.close": "the bot closes it",
        "ask.state": "a refresh says what the library holds",
        "ask.forget": "forgetting a person asks it",
        "ask.prune": "the bot runs it",
        "ask.questions_of": "an export asks it",
    },
}


def offered() -> set[str]:
    """Every public use case, as `part.method`."""
    hints = get_type_hints(Desk)
    return {
        f"{field.name}.{name}"
        for field in fields(Desk)
        if field.name != "serving"
        for name, value in vars(hints[field.name]).items()
        if callable(value) and not name.startswith("_")
    }


def called(platform: str) -> Iterator[str]:
    """Every `….part.method` that a platform's code names."""
    for path in (ROOT / "bot" / platform).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
                yield f"{node.value.attr}.{node.attr}"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_offers_every_use_case(platform: str) -> None:
    missing = offered() - set(called(platform)) - set(NO_NEED[platform])
    assert not missing, f"{platform} does not offer {sorted(missing)}"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_exemption_is_out_of_date(platform: str) -> None:
    assert not set(NO_NEED[platform]) & set(called(platform))
    assert set(NO_NEED[platform]) <= offered()
