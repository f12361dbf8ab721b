"""What the model answers to a few held-out questions: before, after, and briefly on the way."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from peft import PeftModel

from workers.dataset import Lesson
from workers.encode import Encoder
from workers.train.layers import ATTENTION

ASKED = 4
LONGEST_ANSWER = 48
# On the way one short answer is enough, and only so much of the training's time may go into them.
LONGEST_ON_THE_WAY = 16
SHARE_ON_THE_WAY = 0.04
NOTED_QUESTION, NOTED_ANSWER = 50, 60
# Of a text without roles, so many words are the question and the rest is what was expected.
OPENING_WORDS = 12
SHOWN = 400


@dataclass(frozen=True)
class Asked:
    """A question as it is shown, its tokens, and the answer that people gave."""

    question: str
    tokens: list[int]
    expected: str


def questions(encoder: Encoder, lessons: Sequence[Lesson]) -> list[Asked]:
    """The first few lessons as questions; a text asks for its own continuation."""
    asked = []
    for lesson in lessons[:ASKED]:
        if lesson.turns:
            tokens = encoder.prompt(lesson.question)
            asked.append(Asked(lesson.question[:SHOWN], tokens, lesson.answer[:SHOWN]))
        else:
            words = lesson.text.split()
            opening, rest = " ".join(words[:OPENING_WORDS]), " ".join(words[OPENING_WORDS:])
            asked.append(Asked(opening, list(encoder.tokenizer(opening)["input_ids"]), rest[:SHOWN]))
    return [one for one in asked if one.tokens and len(one.tokens) < encoder.max_length]


@dataclass
class OnTheWay:
    """One short answer now and then; `expected` are the seconds that the next one will take."""

    ask: Callable[[], str]
    expected: float = 0.0
    spent: float = 0.0

    def note(self, trained: float) -> str:
        """Return the answer of this moment, or nothing while it would cost too much of `trained` seconds."""
        if self.spent + self.expected > SHARE_ON_THE_WAY * trained:
            return ""
        began = time.perf_counter()
        said = self.ask()
        self.expected = time.perf_counter() - began
        self.spent += self.expected
        return said


def noted(question: str, answer: str) -> str:
    """Write question and answer in one line."""
    shown = (" ".join(words.split()) for words in (question, answer))
    asked, said = (
        words if len(words) <= most else f"{words[: most - 1]}…"
        for words, most in zip(shown, (NOTED_QUESTION, NOTED_ANSWER), strict=True)
    )
    return f"“{asked}” → “{said}”"


def answers(
    model: PeftModel,
    tokenizer: Any,
    asked: Sequence[Asked],
    stops: tuple[str, ...],
    longest_answer: int = LONGEST_ANSWER,
) -> list[str]:
    """Answer all questions in one batch, by the most likely token each time."""
    if not asked:
        return []
    longest = max(len(one.tokens) for one in asked)
    pad = tokenizer.pad_token_id
    rows = [[pad] * (longest - len(one.tokens)) + one.tokens for one in asked]
    mask = [[0] * (longest - len(one.tokens)) + [1] * len(one.tokens) for one in asked]
    base = model.get_base_model()
    # Rows lie side by side here, not end to end.
    laid_out_as = base.config._attn_implementation
    if laid_out_as == ATTENTION:
        base.set_attn_implementation("sdpa")
    model.eval()
    # The head would copy all its weights for each row of states that do not lie together.
    lay_together = base.get_output_embeddings().register_forward_pre_hook(_laid_together)
    try:
        with torch.no_grad():
            out = model.generate(
                input_ids=torch.tensor(rows, device=base.device),
                attention_mask=torch.tensor(mask, device=base.device),
                max_new_tokens=longest_answer,
                do_sample=False,
                pad_token_id=pad,
                use_cache=True,
            )
    finally:
        lay_together.remove()
        model.train()
        if laid_out_as == ATTENTION:
            base.set_attn_implementation(ATTENTION)
    said = tokenizer.batch_decode(out[:, longest:], skip_special_tokens=True)
    return [_until(words, stops).strip()[:SHOWN] for words in said]


def _laid_together(_head: torch.nn.Module, states: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
    return (states[0].contiguous(),)


def _until(words: str, stops: tuple[str, ...]) -> str:
    for stop in stops:
        words = words.partition(stop)[0]
    return words
