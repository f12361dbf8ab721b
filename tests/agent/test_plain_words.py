"""What people say, word for word, in data files: each message gives its command, its docs, or small talk."""

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.agent import Agent
from agent.facts import Answer, Choice, NotInDocs, Proposal, Reply, StateWanted, ValueWanted
from agent.notebook import Notebook
from agent.tools import Kit, WriterAway
from bot.desk import Desk
from bot.desk.commands import BY_NAME
from datanets.core import Core
from tests.agent.conftest import ADA
from tests.agent.test_injections import rows
from tests.conftest import HeldClock

HERE = Path(__file__).parent
ORDERS = [json.loads(line) for line in (HERE / "orders.jsonl").read_text("utf-8").splitlines()]
DIALOGUES = [json.loads(line) for line in (HERE / "dialogues.jsonl").read_text("utf-8").splitlines()]
NAMES = {
    "datanet": ["bird-songs", "fairy-tales", "recipes", "street-photos"],
    "model": ["chef-1", "chef-2", "teller-1"],
    "run": ["kdccrgbvxmpb"],
    "base": [
        *("smollm2-135m-instruct", "qwen2.5-0.5b-instruct", "gpt2", "gpt2-medium", "smollm2-360m-instruct"),
        *("bloom-560m", "bloomz-560m", "qwen3-0.6b", "tinyllama-1.1b-chat", "llama-3.2-1b-instruct"),
        *("qwen2.5-1.5b-instruct", "deepseek-r1-distill-qwen-1.5b", "mistral-7b-instruct-v0.3"),
        *("qwen2.5-7b-instruct", "glm-4-9b-chat"),
    ],
    "preset": ["taste", "normal", "thorough"],
    "method": ["lora", "qlora"],
    "kind": ["text", "image", "audio"],
    "season": ["season", "all"],
    "yes_no": ["yes", "no"],
}


class House:
    """A member who may do everything, in a community with a few of each."""

    async def may(self, command: str) -> bool:
        return command in BY_NAME

    async def names(self, values: str) -> Sequence[Choice]:
        return [Choice(name, name) for name in NAMES.get(values, ())]


class Talk:
    """Somebody who talks to a real agent over a real library."""

    def __init__(self, desk: Desk, folder: Path, clock: HeldClock) -> None:
        self.desk, self.folder, self.clock = desk, folder, clock
        self.agent = self.opened()

    def opened(self) -> Agent:
        notebook = Notebook(self.folder / "notebook.db")
        return Agent(self.folder / "threads.db", notebook, self.clock.now)

    async def restart(self) -> None:
        await self.agent.close()
        self.agent = self.opened()

    async def say(self, text: str, thread: str, writer: Any = None) -> Reply:
        kit = Kit(self.desk.ask.library, House(), dict(BY_NAME), writer)
        return await self.agent.hear(text, kit, thread=thread, community="c", member="m")


@pytest.fixture
async def talk(desk: Desk, tmp_path: Path, clock: HeldClock) -> AsyncIterator[Talk]:
    (tmp_path / "talk").mkdir()
    talk = Talk(desk, tmp_path / "talk", clock)
    yield talk
    await talk.agent.close()


def given(heard: Reply) -> tuple[str, dict[str, str]]:
    """Say in short what a message gave: a command, `command?value` when one is asked for, docs or talk."""
    match heard:
        case Answer() | NotInDocs():
            return "docs", {}
        case ValueWanted():
            return f"{heard.command}?{heard.parameter}", dict(heard.values)
        case Proposal() | StateWanted():
            return heard.command, {name: value for name, value in heard.values.items() if name != "run"}
        case _:
            return "talk", {}


async def test_a_message_gives_what_its_writer_means(talk: Talk) -> None:
    wrong = []
    for number, order in enumerate(ORDERS):
        meant = order["gives"], order.get("values", {})
        got = given(await talk.say(order["say"], f"t{number}"))
        if got != meant and order["gives"] != "any":
            wrong.append((order["say"], meant, got))
    assert not wrong
    assert len(ORDERS) > 300


async def test_a_talk_goes_on_where_it_was_through_questions_and_restarts(talk: Talk) -> None:
    wrong = []
    for number, turns in enumerate(DIALOGUES):
        for said, *meant in turns:
            if said == "RESTART":
                await talk.restart()
                continue
            got = given(await talk.say(said, f"d{number}"))
            if got != (meant[0], meant[1] if len(meant) > 1 else {}):
                wrong.append((number, said, meant, got))
    assert not wrong
    assert len(DIALOGUES) > 40


async def test_nothing_is_spent_or_changed_by_words_alone(desk: Desk, core: Core) -> None:
    acting = {name for name, command in BY_NAME.items() if command.changes}
    acts = [order["say"] for order in ORDERS if order["gives"].partition("?")[0] in acting - {"finetune"}]
    trains = [order["say"] for order in ORDERS if order["gives"].startswith("finetune")]
    worst = acts + trains[::5] + [order["say"] for order in ORDERS if order["gives"] == "any"]
    assert len(worst) > 60
    before = await rows(core)
    for said in worst:
        # An admin who agrees to everything in words: only the button does it.
        for words in (said, "yes, do it", "confirm"):
            heard = await desk.ask.hear(ADA, "t", words)
            assert not (isinstance(heard, Proposal) and heard.done)
    assert await rows(core) == before


async def test_a_changed_proposal_takes_the_place_of_the_one_before(talk: Talk) -> None:
    first = await talk.say("train qwen on recipes", "t")
    second = await talk.say("make it 5 epochs", "t")
    assert isinstance(first, Proposal)
    assert isinstance(second, Proposal)
    assert not talk.agent.notebook.take(first.id)
    assert talk.agent.notebook.take(second.id)

    third = await talk.say("train bloom on fairy tales", "t")
    fourth = await talk.say("train gpt2 on recipes", "t")
    assert isinstance(third, Proposal)
    assert isinstance(fourth, Proposal)
    assert talk.agent.notebook.take(third.id)
    await talk.say("never mind", "t")
    assert not talk.agent.notebook.take(fourth.id)


class Reader:
    """A language model that reads a message as it was told to, or is away."""

    def __init__(self, written: str | None) -> None:
        self.written = written

    async def write(self, system: str, prompt: str, *, most_tokens: int = 600) -> str:
        if self.written is None:
            raise WriterAway("away")
        return self.written


ODD = "whip us up something new on the cookbook stuff, 7 passes"


@pytest.mark.parametrize(
    ("values", "meant"),
    [
        ({"datanet": "recipes", "epochs": 7}, {"datanet": "recipes", "epochs": "7"}),
        ({"datanet": "recipes", "rank": 64, "base": "gpt-9"}, {"datanet": "recipes", "epochs": "7"}),
        ({"datanet": ["recipes"], "epochs": None}, None),
        ({"datanet": "cookbook"}, None),
    ],
)
async def test_what_a_model_reads_must_exist_or_be_said(
    talk: Talk, values: dict[str, Any], meant: dict[str, str] | None
) -> None:
    heard = await talk.say(ODD, "t", Reader(json.dumps({"command": "finetune", "values": values})))
    if meant is None:
        assert given(heard) == ("finetune?datanet", {"epochs": "7"})
    else:
        assert given(heard) == ("finetune", meant)


@pytest.mark.parametrize(
    "written", [None, "", "{", '{"command": "rm -rf"}', '{"command": ["finetune"]}', "[]"]
)
async def test_a_model_that_reads_nothing_leaves_the_message_to_the_docs(
    talk: Talk, written: str | None
) -> None:
    assert given(await talk.say(ODD, "t", Reader(written)))[0] == "docs"


@pytest.mark.parametrize("command", ["forget", "run stop", "finetune"])
async def test_no_model_turns_a_question_or_a_refusal_into_a_deed(talk: Talk, command: str) -> None:
    obedient = Reader(json.dumps({"command": command, "values": {}}))
    for said in ("how do I stop a run?", "please don't delete my data", "what does forgetting me do?"):
        assert given(await talk.say(said, command, obedient))[0] in {"docs", "talk"}
