"""A list of examples begins with words on every platform, never with the signs of its format."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.desk.excerpts import exchanges
from bot.discord.cards import reviews
from bot.telegram.cards.review import content
from bot.telegram.words import Words
from datanets.facts import Context, ContributionState, ContributionView, Kind

FILE = ContributionView(
    id="c",
    community="k",
    datanet_id="d",
    datanet="soups",
    kind=Kind.TEXT,
    author="a",
    author_name="Ana",
    state=ContributionState.PENDING,
    format="jsonl",
    name="soups.jsonl",
    size=1,
    digest="",
    context=Context(),
    notes=(),
    is_near_duplicate=False,
    excerpt="",
    created_at=datetime(2026, 11, 22, tzinfo=UTC),
)
ONE = {"question": "Who cooks?", "answer": "Mirel cooks."}
TALK = {"messages": [{"role": "user", "content": "Who cooks?"}, {"role": "assistant", "content": "Mirel."}]}


@pytest.mark.parametrize(
    ("excerpt", "read"),
    [
        (f"{json.dumps(ONE)}\n", (("Who cooks?", "Mirel cooks."),)),
        (json.dumps(TALK), (("Who cooks?", "Mirel."),)),
        (json.dumps(ONE)[:-6], (("Who cooks?", "Mirel co…"),)),
        (json.dumps(TALK)[:-6], (("Who cooks?", "Mire…"),)),
        (f"{json.dumps(ONE)}\n{json.dumps(ONE)[:-22]}", (("Who cooks?", "Mirel cooks."),)),
        ('{"text": "Soup."}', (("Soup.", ""),)),
        ('{"number": 7}', ()),
    ],
)
def test_examples_are_read_as_words(excerpt: str, read: tuple[tuple[str, str], ...]) -> None:
    assert exchanges(replace(FILE, excerpt=excerpt)) == read


def test_a_text_that_is_no_list_is_left_as_it_is() -> None:
    assert exchanges(replace(FILE, format="md", excerpt=json.dumps(ONE))) == ()


def test_every_chat_shows_them_alike() -> None:
    file = replace(FILE, excerpt=json.dumps(ONE) + "\n")

    assert reviews.excerpt(file) == "**Who cooks?**\n> Mirel cooks."
    assert "<blockquote><b>Who cooks?</b>\nMirel cooks.</blockquote>" in content(file, Words("en"))
