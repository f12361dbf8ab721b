"""Every refusal has a sentence in every language, with nothing left unfilled."""

import dataclasses
import re
import tomllib
import typing
from datetime import UTC, datetime

import pytest

from bot import wording
from datanets import refusals
from datanets.facts import ContributionState, Kind, Reason, RunState
from datanets.formats import Note, Why
from tests.conftest import ROOT

ALL = [one for one in vars(refusals).values() if isinstance(one, type) and issubclass(one, refusals.Refusal)]
EXAMPLES = {str: "x", int: 7, datetime: datetime(2026, 11, 20, tzinfo=UTC), tuple[str, ...]: ("a", "b")}
SPECIAL = {
    refusals.QuotaSpent: [{"limit": one} for one in ("member_bytes", "member_files", "datanet_bytes")],
    refusals.UnreadableFile: [{"why": one} for one in Why],
    refusals.RecipeClash: [{"first": "alpha", "second": "rank"}],
}


def examples() -> list[refusals.Refusal]:
    made = []
    for kind in ALL:
        if kind is refusals.Refusal:
            continue
        hints = typing.get_type_hints(kind) if dataclasses.is_dataclass(kind) else {}
        values = {name: "Do this." if name == "fix" else EXAMPLES[hint] for name, hint in hints.items()}
        made += [kind(**{**values, **special}) for special in SPECIAL.get(kind, [{}])]
    return made


@pytest.mark.parametrize("locale", wording.LANGUAGES)
@pytest.mark.parametrize("why", examples(), ids=lambda why: f"{type(why).__name__}")
def test_every_refusal_has_a_whole_sentence(why: refusals.Refusal, locale: str) -> None:
    sentence = wording.refusal(why, locale)
    assert sentence.strip().endswith((".", "?"))
    assert "{" not in sentence


def test_both_languages_have_the_same_sentences() -> None:
    def keys(name: str) -> set[str]:
        tables = tomllib.loads((ROOT / "bot" / "words" / f"{name}.toml").read_text())
        return {f"{table}.{key}" for table, entries in tables.items() for key in entries}

    assert keys("en") == keys("de")


def test_every_reason_state_and_kind_has_words() -> None:
    for locale in wording.LANGUAGES:
        assert all(wording.reason(one, locale) for one in Reason)
        assert all(wording.state(one, locale) for one in (*ContributionState, *RunState))
        assert all(wording.kind(one, locale) for one in Kind)
        assert all(wording.note(one, locale) != one for one in Note)


def test_every_trouble_of_the_library_has_words() -> None:
    text = "".join(path.read_text() for path in (ROOT / "knowledge").glob("*.py"))
    reasons = set(re.findall(r'(?:Unreadable\(|super\(\).__init__\(|reason = )"([a-z ]+)"', text))
    reasons |= {"pages", "slow", "down"}
    of_one_page = {"binary", "unreadable"}
    assert {"private", "shrunk", "incomplete", "fault"} <= reasons
    for locale in wording.LANGUAGES:
        assert all(wording.trouble(one, locale) != one for one in reasons - of_one_page)


@pytest.mark.parametrize(
    ("count", "said"),
    [(950, "950 bytes"), (12_000, "12 kB"), (3_400_000, "3.4 MB"), (1_200_000_000, "1.2 GB")],
)
def test_sizes_read_as_people_say_them(count: int, said: str) -> None:
    assert wording.size(count) == said


def test_an_unknown_language_falls_back_to_english() -> None:
    assert wording.refusal(refusals.OwnContribution(), "xx") == wording.refusal(
        refusals.OwnContribution(), "en"
    )
