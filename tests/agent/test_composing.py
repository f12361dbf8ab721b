"""What is shown of a page reads well on its own: whole lists, numbered steps, rows with their heads."""

import tomllib
from pathlib import Path

import pytest

from agent.citing import cited
from agent.compose import compose
from agent.disputes import disagreements
from agent.excerpt import MOST_LETTERS
from agent.facts import Answer, Statement
from agent.pieces import LONGEST
from knowledge.facts import Passage
from knowledge.sections import cut
from knowledge.sentences import bits
from tests.conftest import HeldClock

CASES = tomllib.loads(Path(__file__).with_name("excerpts.toml").read_text("utf-8"))["case"]


def passages(clock: HeldClock, *pages: str, variant: str = "") -> list[Passage]:
    """Return the sections of pages as they would be found, best first."""
    sections = [section for n, page in enumerate(pages) for section in cut(page, f"page-{n}.md", "Page")]
    return [
        Passage(section, 1 - n / 20, clock.now(), clock.now(), variant) for n, section in enumerate(sections)
    ]


@pytest.mark.parametrize("case", CASES, ids=[case["rule"] for case in CASES])
def test_an_excerpt_can_be_read_alone(case: dict[str, str], clock: HeldClock) -> None:
    answer = Answer("", "", compose(case["question"], passages(clock, case["page"])), ())
    assert "\n".join(one.text for one in answer.paragraphs) == case["shown"].strip()


def test_the_sentence_closest_in_meaning_leads(clock: HeldClock) -> None:
    near = "The battery gives the same power until it is empty."
    filler = "Teams bring several of them and charge them between the matches. " * 5
    found = passages(clock, f"The bot has one battery.\n\n{filler}\n\n{near}\n\nLast words about a slow bot.")
    asked = "does the bot get slow on a low battery"
    assert compose(asked, found)[0].text != near
    assert compose(asked, found, likeness={near: 0.7})[0].text == near


def test_parts_of_one_section_are_one_source_and_sources_count_from_one(clock: HeldClock) -> None:
    steps = "\n\n".join(
        f"{n}. Step number {n} of the long way to a kiln{' that is hot' * 12}." for n in range(1, 31)
    )
    found = passages(clock, "About ovens.", f"## Kilns\n\nThe way to a kiln:\n\n{steps}")[1:]
    assert len(found) > 3
    said, _, sources = cited(compose("how do I get to a kiln", found[::-1]), (), found[::-1])
    assert said[0].text == "The way to a kiln:"
    assert said[1].text.startswith("1. ")
    assert said[-1].text.endswith(" …")
    assert [source.number for source in sources] == [1]
    assert {number for one in said for number in one.sources} == {1}


@pytest.mark.parametrize(
    "piece", ["word " * 400, "* item\n" * 300, "1. step that is long\n" * 90, "| a | b |\n" * 200]
)
def test_no_page_makes_an_answer_too_long(piece: str, clock: HeldClock) -> None:
    said = compose("how does it work", passages(clock, f"All of it:\n\n{piece}"))
    assert said
    assert sum(len(one.text) for one in said) < MOST_LETTERS + LONGEST


@pytest.mark.parametrize(
    ("mine", "other"),
    [
        ("Default: 2 hours", "Default: 72 hours"),
        ("Each page holds 3 photos of the kiln.", "Each page holds 40 words of the kiln."),
        ("The new kiln fires for 9 hours at night.", "A member may open 4 shelves."),
    ],
)
def test_figures_of_different_things_are_no_contradiction(mine: str, other: str, clock: HeldClock) -> None:
    assert disagreements([Statement(mine, (1,))], passages(clock, mine, other)) == ()


def test_code_stays_as_it_can_be_copied(clock: HeldClock) -> None:
    code = "<match **>\n  @type forward\n</match>"
    said = compose(
        "how do I forward", passages(clock, f"Forward it:\n\n```\n{code}\n```\n\nWrite to ops@example.org.")
    )
    assert [one.text for one in said if one.is_code] == [code]
    assert said[-1].text == "Write to ops@example.org."


def test_an_abbreviation_ends_no_sentence() -> None:
    said = bits("Use a browser, e.g. Chrome or i.e. Firefox vs. Opera. Then go on.")
    assert [bit.text for bit in said] == [
        "Use a browser, e.g. Chrome or i.e. Firefox vs. Opera.",
        "Then go on.",
    ]
