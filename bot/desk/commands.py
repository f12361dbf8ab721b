"""The one table of commands; every platform registers it, the agent proposes from it, README prints it."""

from dataclasses import dataclass
from enum import StrEnum

from datanets.facts import Role


class Values(StrEnum):
    """Where the possible values of a parameter come from."""

    TEXT = "text"
    DATANET = "datanet"
    BASE = "base"
    PRESET = "preset"
    MODEL = "model"
    RUN = "run"
    KIND = "kind"
    METHOD = "method"
    NUMBER = "number"
    FILE = "file"
    SEASON = "season"
    YES_NO = "yes_no"


@dataclass(frozen=True)
class Parameter:
    """One value of a command."""

    name: str
    help: str
    values: Values = Values.TEXT
    required: bool = True


@dataclass(frozen=True)
class Command:
    """One command; `changes` when it spends or changes something: the agent then asks for a press."""

    name: str
    help: str
    parameters: tuple[Parameter, ...] = ()
    role: Role | None = None
    changes: bool = False

    @property
    def group(self) -> str:
        """The first word."""
        return self.name.split()[0]


DATANET = Parameter("datanet", "Which datanet", Values.DATANET)
CONTEXT = (
    Parameter("caption", "What the picture shows", required=False),
    Parameter("transcript", "What is said in the recording", required=False),
    Parameter("source", "Where it comes from", required=False),
    Parameter("licence", "Under which licence, if not the datanet's", required=False),
)
RECIPE = (
    Parameter("base", "Which base model", Values.BASE, required=False),
    Parameter("preset", "Taste, Normal or Thorough", Values.PRESET, required=False),
    Parameter("method", "LoRA or QLoRA", Values.METHOD, required=False),
    Parameter("learning_rate", "How far each step moves", Values.NUMBER, required=False),
    Parameter("epochs", "How often every example is read", Values.NUMBER, required=False),
    Parameter("batch_size", "Examples a step", Values.NUMBER, required=False),
    Parameter("rank", "Size of the adapter", Values.NUMBER, required=False),
    Parameter("max_length", "Tokens kept of one example", Values.NUMBER, required=False),
    Parameter("continue_from", "The model to make better", Values.MODEL, required=False),
)

COMMANDS: tuple[Command, ...] = (
    Command("help", "What Potluck does and how to begin"),
    Command("setup", "Choose channels and roles, and test what is missing", role=Role.ADMIN, changes=True),
    Command(
        "datanet create",
        "Open a datanet",
        (
            Parameter("name", "Small letters, digits and dashes"),
            Parameter("kind", "text, image or audio; never changes", Values.KIND),
            Parameter("description", "What it is for", required=False),
            Parameter("rules", "What to hand in and what not", required=False),
        ),
        role=Role.VALIDATOR,
        changes=True,
    ),
    Command("datanet list", "All datanets"),
    Command("datanet show", "One datanet with its rules and counts", (DATANET,)),
    Command(
        "datanet edit",
        "Change a datanet that you own",
        (
            DATANET,
            Parameter("description", "What it is for", required=False),
            Parameter("rules", "What to hand in and what not", required=False),
            Parameter("tags", "Words to find it by, separated by commas", required=False),
            Parameter("licence", "The licence of what is handed in", required=False),
            Parameter("open", "Whether it takes files", Values.YES_NO, required=False),
        ),
        changes=True,
    ),
    Command(
        "datanet release", "Freeze what was accepted, to train on", (DATANET,), Role.VALIDATOR, changes=True
    ),
    Command("datanet export", "The newest release with its dataset card", (DATANET,)),
    Command(
        "contribute",
        "Hand in a file",
        (DATANET, Parameter("file", "The file", Values.FILE), *CONTEXT),
        changes=True,
    ),
    Command("mine", "What became of your files"),
    Command("quota", "What you may still hand in today"),
    Command("review", "The next files that wait for your vote", role=Role.VALIDATOR),
    Command(
        "leaderboard",
        "Who brought the best",
        (Parameter("season", "season or all", Values.SEASON, required=False),),
    ),
    Command("credit", "What your accepted work has earned"),
    Command("finetune", "Train a model on a datanet", (DATANET, *RECIPE), changes=True),
    Command("runs", "The latest runs"),
    Command("run show", "One run with its loss curve", (Parameter("run", "Which run", Values.RUN),)),
    Command(
        "run stop", "Stop a run and keep its best", (Parameter("run", "Which run", Values.RUN),), changes=True
    ),
    Command("models", "Every model of this community"),
    Command("chat", "Talk to a model", (Parameter("model", "Which model", Values.MODEL),)),
    Command(
        "compare",
        "Two models answer blind, you pick the better",
        (
            Parameter("first", "One model", Values.MODEL),
            Parameter("second", "The other model", Values.MODEL),
            Parameter("question", "What to ask both"),
        ),
    ),
    Command("ask", "Ask the docs", (Parameter("question", "What you want to know"),)),
    Command(
        "link",
        "Join your accounts on two platforms",
        (Parameter("code", "The code from the other side", required=False),),
        changes=True,
    ),
    Command("privacy", "What is kept about you, as a file"),
    Command("forget", "Delete your files and words", changes=True),
)
BY_NAME = {command.name: command for command in COMMANDS}
