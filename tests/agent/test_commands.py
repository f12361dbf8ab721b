"""Plain words become the right command with its values, and nothing happens before the button."""

import pytest

from agent.facts import Answer, Choice, Dropped, Greeting, NotInDocs, NotYours, Proposal, ValueWanted
from agent.intents import command_in
from agent.values import read_values
from bot.desk import Desk
from bot.desk.ask import Shown
from bot.desk.commands import BY_NAME
from datanets.facts import QuotaLeft
from datanets.refusals import NotFound, NothingToRelease
from tests.agent.conftest import ADA, ANA, EVE

NAMES = {
    "datanet": [Choice("recipes", "recipes"), Choice("bird-songs", "bird-songs")],
    "base": [
        Choice("smollm2-135m-instruct", "SmolLM2 135M"),
        Choice("qwen2.5-0.5b-instruct", "Qwen2.5 0.5B"),
    ],
    "model": [Choice("chef-2", "chef-2"), Choice("chef-1", "chef-1")],
    "run": [Choice("a1b2", "chef, running")],
}


@pytest.mark.parametrize(
    ("said", "command", "values"),
    [
        (
            "train qwen on the recipes with a small rank, three epochs",
            "finetune",
            {"base": "qwen2.5-0.5b-instruct", "datanet": "recipes", "rank": "4", "epochs": "3"},
        ),
        ("trian a modle on recepies plz", "finetune", {"datanet": "recipes"}),
        (
            "Could you fine-tune smollm on bird songs quickly with qlora?",
            "finetune",
            {"base": "smollm2-135m-instruct", "datanet": "bird-songs", "preset": "taste", "method": "qlora"},
        ),
        (
            "train on recipes, lr 1e-4, batch size 4, 2 epochs, max length 256",
            "finetune",
            {
                "datanet": "recipes",
                "learning_rate": "1e-4",
                "batch_size": "4",
                "epochs": "2",
                "max_length": "256",
            },
        ),
        (
            "make chef-2 better with the recipes",
            "finetune",
            {"continue_from": "chef-2", "datanet": "recipes"},
        ),
        ("stop my run", "run stop", {}),
        ("pls cancel the trainig", "run stop", {}),
        ("how is my run doing", "run show", {}),
        ("how much may I still upload", "quota", {}),
        ("what files can i still send today?", "quota", {}),
        ("what happened to my file", "mine", {}),
        ("was my photo accepted?", "mine", {}),
        ("how many points do i have", "credit", {}),
        ("who is leading this season", "leaderboard", {"season": "season"}),
        ("which models do we have", "models", {}),
        ("show me all datanets", "datanet list", {}),
        (
            "create a datanet called Soup Stories for text",
            "datanet create",
            {"name": "soup-stories", "kind": "text"},
        ),
        ("freeze a release of recipes", "datanet release", {"datanet": "recipes"}),
        (
            'compare chef-1 with chef-2 on "how do I make soup"',
            "compare",
            {"first": "chef-1", "second": "chef-2"},
        ),
        ("I want to talk to chef-2", "chat", {"model": "chef-2"}),
        ("delete all my data", "forget", {}),
        ("export my data", "privacy", {}),
        ("I want to contribute a photo to bird-songs", "contribute", {"datanet": "bird-songs"}),
        ("/quota", "quota", {}),
        ("/run stop", "run stop", {}),
    ],
)
def test_a_wish_becomes_its_command(said: str, command: str, values: dict[str, str]) -> None:
    assert command_in(said, frozenset(BY_NAME), NAMES) == command
    read = read_values(said, BY_NAME[command], NAMES)
    assert values.items() <= read.items()


@pytest.mark.parametrize(
    "said",
    [
        "how do I train a model?",
        "can I upload pdf files?",
        "who may vote?",
        "what is a datanet?",
        "why was a file rejected?",
        "how does the quota work?",
        "what happens to rejected files",
        "is there a limit for images?",
        "when are backups made",
        "How many files may I hand in a day?",
        "how much text can I contribute",
        "who trains the models",
        "would a photo be shared with others?",
    ],
)
def test_a_question_about_how_things_are_goes_to_the_docs(said: str) -> None:
    assert command_in(said, frozenset(BY_NAME), NAMES) == ""


async def test_a_state_is_shown_from_the_members_own_facts(desk: Desk) -> None:
    shown = await desk.ask.hear(EVE, "t", "how much may I still upload")
    assert isinstance(shown, Shown)
    assert isinstance(shown.facts, QuotaLeft)
    assert shown.facts.files_left == 20


async def test_a_half_said_command_can_be_taken_back_or_left_for_a_question(desk: Desk) -> None:
    await desk.ask.hear(ADA, "t", "make a new datanet")
    dropped = await desk.ask.hear(ADA, "t", "never mind")
    assert isinstance(dropped, Dropped)
    await desk.ask.hear(ADA, "u", "release a datanet")
    other = await desk.ask.hear(ADA, "u", "how much may I still upload?")
    assert isinstance(other, Shown)


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ("How many files may I hand in a day?", (Answer, NotInDocs)),
        ("how hot is the glaze kiln for recipes", (Answer, NotInDocs)),
        ("cancel that, please", Dropped),
        ("show my quota", Shown),
        ("train a model on recipes", Proposal),
        ("/quota", Shown),
    ],
)
async def test_no_question_or_wish_is_swallowed_as_a_value(
    desk: Desk, other: str, kind: type | tuple[type, ...]
) -> None:
    wanted = await desk.ask.hear(ADA, "t", "I want to contribute a file")
    assert isinstance(wanted, ValueWanted)
    assert isinstance(await desk.ask.hear(ADA, "t", other), kind)


async def test_a_name_is_a_value_even_in_a_sentence(desk: Desk) -> None:
    await desk.ask.hear(ADA, "t", "release a datanet")
    assert isinstance(await desk.ask.hear(ADA, "t", "the recipes please"), Proposal)
    await desk.ask.hear(ADA, "t", "make a new datanet")
    named = await desk.ask.hear(ADA, "t", "Soup Stories")
    assert isinstance(named, ValueWanted)
    assert named.values == {"name": "soup-stories"}


async def test_a_proposal_is_edited_before_it_is_confirmed(desk: Desk) -> None:
    proposal = await desk.ask.hear(ADA, "t", "create a datanet named soups for text")
    assert isinstance(proposal, Proposal)
    changed = await desk.ask.amend(ADA, proposal.id, {"kind": "audio", "nonsense": "x"})
    assert changed.values == {"name": "soups", "kind": "audio"}
    emptied = await desk.ask.amend(ADA, proposal.id, {"name": ""})
    assert emptied.missing == ("name",)
    await desk.ask.amend(ADA, proposal.id, {"name": "soups"})
    await desk.ask.confirm(ADA, proposal.id)
    [net] = [net for net in await desk.nets.list(ADA) if net.name == "soups"]
    assert net.kind == "audio"


async def test_a_proposal_belongs_to_one_member_for_one_day(desk: Desk, clock: object) -> None:
    proposal = await desk.ask.hear(ADA, "t", "create a datanet named soups for text")
    assert isinstance(proposal, Proposal)
    with pytest.raises(NotFound):
        await desk.ask.confirm(EVE, proposal.id)
    clock.advance(days=2)  # type: ignore[attr-defined]
    with pytest.raises(NotFound):
        await desk.ask.confirm(ADA, proposal.id)


async def test_a_command_beyond_the_members_roles_is_not_proposed(desk: Desk) -> None:
    for said in (
        "create a datanet named soups for text",
        "train a model on recipes",
        "freeze a release of recipes",
    ):
        assert isinstance(await desk.ask.hear(EVE, "t", said), NotYours)


async def test_a_refused_confirmation_can_be_tried_again(desk: Desk) -> None:
    proposal = await desk.ask.hear(ANA, "t", "freeze a release of recipes")
    assert isinstance(proposal, Proposal)
    for _ in range(2):
        with pytest.raises(NothingToRelease):
            await desk.ask.confirm(ANA, proposal.id)


@pytest.mark.parametrize(("said", "thanks"), [("hi!", False), ("thank you so much", True)])
async def test_a_greeting_is_no_question(desk: Desk, said: str, thanks: bool) -> None:
    assert await desk.ask.hear(EVE, "t", said) == Greeting(thanks)
