"""The recipe of a run: its fields, what each one does, and which values clash."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self

from datanets.presets import USUAL, Preset, size_of
from datanets.refusals import RecipeClash, RecipeOutOfBounds


class Method(StrEnum):
    """How the adapter is trained: on the base as it is, or on a base held in 4 bits."""

    LORA = "lora"
    QLORA = "qlora"


@dataclass(frozen=True)
class Recipe:
    """Base model, method and hyper-parameters."""

    base: str
    method: Method = Method.LORA
    learning_rate: float = 5e-4
    epochs: int = 3
    batch_size: int = 8
    accumulation: int = 1
    max_length: int = 512
    rank: int = 8
    alpha: int = 16
    dropout: float = 0.0
    targets: str = "all"
    scheduler: str = "cosine"
    warmup: float = 0.05
    seed: int = 17
    validation: float = 0.1
    early_stop: bool = False
    packing: bool = True
    dora: bool = False
    rslora: bool = False
    loraplus: float = 0.0
    objective: str = "answers"

    @classmethod
    def preset(cls, preset: Preset, base: str, *, method: Method = Method.LORA, lessons: int = USUAL) -> Self:
        """Fill every field for one base and a release of about so many lessons."""
        return cls(base=base, method=method, **size_of(lessons).fills(preset))

    def with_values(self, values: dict[str, Any]) -> Self:
        """Change some fields; raises RecipeOutOfBounds when one is unknown or not a value of its type."""
        changed: dict[str, Any] = {}
        for name, value in values.items():
            known = FIELDS.get(name)
            if known is None:
                raise RecipeOutOfBounds(field=name, value=str(value), low="", high="")
            changed[name] = known.read(value)
        return replace(self, **changed)

    def check(self) -> None:
        """Raise RecipeOutOfBounds or RecipeClash; both name the fields and what would fit."""
        for name, known in FIELDS.items():
            known.admit(getattr(self, name))
        for first, second, clashes, fix in CLASHES:
            if clashes(self):
                raise RecipeClash(first=first, second=second, fix=fix)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Undo `as_dict`; unknown keys of an older or newer version are left out."""
        known = {field.name for field in fields(cls)}
        kept = {name: value for name, value in values.items() if name in known}
        return cls(**{**kept, "method": Method(kept.get("method", Method.LORA))})


@dataclass(frozen=True)
class Field:
    """One field of the form: its title, what it does, and its bounds."""

    name: str
    title: str
    help: str
    type: Callable[[str], Any]
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    def read(self, value: object) -> object:
        """Turn what a form sent into this field's type; raises RecipeOutOfBounds."""
        text = str(value).strip()
        try:
            if self.type is bool:
                return TRUTHS[text.lower()]
            return self.type(text)
        except (ValueError, KeyError):
            raise self._refusal(value) from None

    def admit(self, value: Any) -> None:
        """Raise RecipeOutOfBounds when the value lies outside."""
        if self.choices and str(value) not in self.choices:
            raise self._refusal(value)
        if self.low is not None and not value >= self.low:
            raise self._refusal(value)
        if self.high is not None and not value <= self.high:
            raise self._refusal(value)

    def _refusal(self, value: object) -> RecipeOutOfBounds:
        if self.choices:
            return RecipeOutOfBounds(field=self.name, value=str(value), low=", ".join(self.choices), high="")
        low = "" if self.low is None else f"{self.low:g}"
        high = "" if self.high is None else f"{self.high:g}"
        return RecipeOutOfBounds(field=self.name, value=str(value), low=low, high=high)


YES_NO = ("True", "False")
TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field(
            "method",
            "Method",
            "LoRA trains on the full base; QLoRA holds the base in 4 bits to save memory.",
            Method,
            choices=("lora", "qlora"),
        ),
        Field(
            "learning_rate",
            "Learning rate",
            "How far each step moves. Too high forgets, too low learns nothing.",
            float,
            1e-6,
            1e-2,
        ),
        Field("epochs", "Epochs", "How often every example is read.", int, 1, 20),
        Field(
            "batch_size", "Batch size", "Examples a step. More is steadier and needs more memory.", int, 1, 64
        ),
        Field(
            "accumulation",
            "Gradient accumulation",
            "Steps summed before the weights move: a bigger batch without the memory.",
            int,
            1,
            64,
        ),
        Field(
            "max_length",
            "Longest example",
            "Tokens kept of one example; the rest is cut and counted.",
            int,
            32,
            4096,
        ),
        Field(
            "rank",
            "LoRA rank",
            "Size of the adapter. 8 is enough for facts and tone, 32 for a new skill.",
            int,
            1,
            128,
        ),
        Field("alpha", "LoRA alpha", "Strength of the adapter; twice the rank is usual.", int, 1, 256),
        Field(
            "dropout",
            "Dropout",
            "Share of the adapter switched off at random, against learning by heart.",
            float,
            0.0,
            0.5,
        ),
        Field(
            "targets",
            "Layers",
            "`all` adapts every linear layer, `attention` only the attention.",
            str,
            choices=("all", "attention"),
        ),
        Field(
            "scheduler",
            "Schedule",
            "How the learning rate falls.",
            str,
            choices=("cosine", "linear", "constant"),
        ),
        Field("warmup", "Warm-up", "Share of the steps in which the learning rate rises.", float, 0.0, 0.5),
        Field("seed", "Seed", "The same seed gives the same run.", int, 0, 2**31 - 1),
        Field(
            "validation",
            "Held out",
            "Share of the contributions kept back to measure what was learned.",
            float,
            0.0,
            0.5,
        ),
        Field(
            "early_stop", "Early stop", "Stop when the held-out loss no longer falls.", bool, choices=YES_NO
        ),
        Field(
            "packing",
            "Packing",
            "Put short examples together without mixing them; faster.",
            bool,
            choices=YES_NO,
        ),
        Field(
            "dora", "DoRA", "Train direction and size apart; a little better, slower.", bool, choices=YES_NO
        ),
        Field("rslora", "rsLoRA", "Steadier strength at a high rank.", bool, choices=YES_NO),
        Field(
            "loraplus",
            "LoRA+",
            "How much faster the B matrices learn; 0 is off, 16 is usual.",
            float,
            0.0,
            64.0,
        ),
        Field(
            "objective",
            "Objective",
            "`answers` learns the data, `preferences` learns from 👍 and 👎.",
            str,
            choices=("answers", "preferences"),
        ),
    )
}

CLASHES: tuple[tuple[str, str, Callable[[Recipe], bool], str], ...] = (
    (
        "early_stop",
        "validation",
        lambda r: r.early_stop and r.validation == 0,
        "Hold out at least 0.05, or switch early stop off.",
    ),
    (
        "method",
        "dora",
        lambda r: r.method is Method.QLORA and r.dora,
        "DoRA needs the full base: choose LoRA, or switch DoRA off.",
    ),
    ("alpha", "rank", lambda r: r.alpha > 8 * r.rank, "Keep alpha at most eight times the rank."),
    (
        "objective",
        "packing",
        lambda r: r.objective == "preferences" and r.packing,
        "Preference training does not pack: switch packing off.",
    ),
)
