"""Lessons into tokens, with a mark on those that are learned."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from workers.dataset import Lesson
from workers.template import Template
from workers.train.rows import Encoded


@dataclass(frozen=True)
class Encoder:
    """Writes lessons in a base's template; `max_length` is in tokens."""

    tokenizer: Any
    template: Template
    max_length: int

    def encode(self, lesson: Lesson) -> list[Encoded]:
        """Tokens of one lesson; a long text gives several pieces, a long conversation is cut.

        Empty when its question alone fills the length: nothing of the answer would be seen.
        """
        if not lesson.turns:
            return self._text(lesson)
        tokens, learned = self._conversation(lesson)
        is_cut = len(tokens) > self.max_length
        encoded = Encoded(
            lesson.contribution, tuple(tokens[: self.max_length]), tuple(learned[: self.max_length]), is_cut
        )
        return [encoded] if encoded.targets else []

    def prompt(self, question: str) -> list[int]:
        """Tokens of a question, up to where the answer begins."""
        written = self.template.write(self.tokenizer, [{"role": "user", "content": question}], ask=True)
        return self._tokens(written)

    def _conversation(self, lesson: Lesson) -> tuple[list[int], list[bool]]:
        tokens: list[int] = []
        learned: list[bool] = []
        written = ""
        messages: list[dict[str, str]] = []
        for turn in lesson.turns:
            if turn.role == "assistant":
                asked = self.template.write(self.tokenizer, messages, ask=True)
                if not asked.startswith(written):
                    # The template rewrites earlier turns (some drop old thoughts): learn from here on only.
                    tokens, learned, written = [], [], ""
                between = self._tokens(asked[len(written) :])
                answer = self._answer(messages, asked, turn.text)
                spoken = self._tokens(answer)
                tokens += between + spoken
                learned += [False] * len(between) + [True] * len(spoken)
                written = asked + answer
            messages.append({"role": turn.role, "content": turn.text})
        return tokens, learned

    def _answer(self, messages: list[dict[str, str]], asked: str, answer: str) -> str:
        """What the template writes after the question, up to the end of the turn."""
        said = [*messages, {"role": "assistant", "content": answer}]
        whole = self.template.write(self.tokenizer, said, ask=False)
        if whole.startswith(asked) and whole[len(asked) :].strip().startswith(answer.strip()):
            return whole[len(asked) :].rstrip()
        # Some templates open the answer differently when they ask for it than when they repeat it.
        return answer + str(self.tokenizer.eos_token)

    def _text(self, lesson: Lesson) -> list[Encoded]:
        tokens = list(self.tokenizer(lesson.text)["input_ids"])
        if self.tokenizer.eos_token_id is not None and tokens[-1:] != [self.tokenizer.eos_token_id]:
            tokens.append(self.tokenizer.eos_token_id)
        pieces = [tokens[at : at + self.max_length] for at in range(0, len(tokens), self.max_length)]
        return [
            Encoded(lesson.contribution, tuple(piece), (True,) * len(piece))
            for piece in pieces
            if len(piece) > 1
        ]

    def _tokens(self, written: str) -> list[int]:
        return list(self.tokenizer(written, add_special_tokens=False)["input_ids"])


def encode_all(encoder: Encoder, lessons: Iterable[Lesson]) -> tuple[list[Encoded], int]:
    """All lessons as tokens, and how many conversations were cut or left out for their length."""
    encoded: list[Encoded] = []
    shortened = 0
    for lesson in lessons:
        pieces = encoder.encode(lesson)
        shortened += not pieces or any(piece.cut for piece in pieces)
        encoded += pieces
    return encoded, shortened
