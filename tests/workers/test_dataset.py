"""Files into lessons, lessons into tokens, and what is held out."""

import json
from typing import Any

import pytest

from benchmarks.tiny import tokenizer
from datanets.facts import Context, Kind, ReleaseItem
from workers.dataset import Lesson, Turn, read
from workers.encode import Encoder, encode_all
from workers.split import contaminated, split
from workers.template import Template, template_of

PAIR = (Turn("user", "Who?"), Turn("assistant", "Ana."))


def item(format_: str = "txt", kind: Kind = Kind.TEXT, **context: str) -> ReleaseItem:
    return ReleaseItem("c", "d" * 64, kind, format_, f"f.{format_}", 1, Context(**context), "m", "Ana", "CC0")


def turns(format_: str, words: str, **context: str) -> list[tuple[Turn, ...]]:
    return [lesson.turns for lesson in read(item(format_, **context), words.encode()).lessons]


def encoder(*, has_template: bool = True, length: int = 200) -> Encoder:
    made = tokenizer(has_template=has_template)
    return Encoder(made, template_of(made), length)


@pytest.mark.parametrize(
    "row",
    [
        {"question": "Who?", "answer": "Ana."},
        {"Prompt": "Who?", "Completion": "Ana."},
        {"instruction": "Who?", "input": "", "output": "Ana."},
        {"messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Ana."}]},
        {"conversations": [{"from": "human", "value": "Who?"}, {"from": "gpt", "value": "Ana."}]},
    ],
)
def test_rows_of_every_known_form_give_the_same_exchange(row: dict[str, Any]) -> None:
    assert turns("jsonl", json.dumps(row)) == [PAIR]


def test_a_table_with_known_headers_gives_exchanges() -> None:
    assert turns("csv", "Question,Answer\nWho?,Ana.\n") == [PAIR]


def test_a_row_without_known_fields_is_passed_over_and_counted() -> None:
    found = read(item("jsonl"), b'{"colour": "red"}\n{"question": "Who?", "answer": "Ana."}\n')
    assert (len(found.lessons), found.passed_over) == (1, 1)


def test_a_transcript_is_read_as_turns() -> None:
    assert turns("txt", "User: Who?\nAssistant: Ana.\n") == [PAIR]
    assert turns("md", "**Q**: Who?\n**A**: Ana.") == [PAIR]


def test_a_transcript_ends_with_its_last_answer() -> None:
    assert turns("txt", "User: Who?\nBot: Ana.\nUser: Thanks") == [PAIR]


def test_neighbouring_messages_of_one_side_are_joined() -> None:
    found = turns("txt", "User: Hello.\nUser: Who?\nBot: Ana.")
    assert found == [(Turn("user", "Hello.\nWho?"), PAIR[1])]


def test_prose_stays_prose() -> None:
    (lesson,) = read(item(), b"Note: this is prose.\nNothing is asked.").lessons
    assert lesson.turns == ()
    assert lesson.text.startswith("Note:")


def test_a_correction_is_an_answer_to_its_question() -> None:
    assert turns("txt", "Ana.", question="Who?") == [PAIR]


@pytest.mark.parametrize(
    ("kind", "context"), [(Kind.IMAGE, {"caption": "A robin."}), (Kind.AUDIO, {"transcript": "A robin."})]
)
def test_pictures_and_recordings_teach_their_words(kind: Kind, context: dict[str, str]) -> None:
    (lesson,) = read(item("png", kind, **context), b"\x89PNG").lessons
    assert lesson.text == "A robin."


@pytest.mark.parametrize("has_template", [True, False])
def test_only_the_answer_and_its_end_are_learned(has_template: bool) -> None:
    made = encoder(has_template=has_template)
    (one,) = made.encode(Lesson("c", PAIR))
    learned = [token for token, is_learned in zip(one.tokens, one.learned, strict=True) if is_learned]
    assert made.tokenizer.decode(learned) == "Ana.<|im_end|>"
    asked = [token for token, is_learned in zip(one.tokens, one.learned, strict=True) if not is_learned]
    assert asked == made.prompt("Who?")


def test_every_answer_of_a_conversation_is_learned() -> None:
    made = encoder()
    (one,) = made.encode(Lesson("c", (*PAIR, Turn("user", "Sure?"), Turn("assistant", "Yes."))))
    learned = [token for token, is_learned in zip(one.tokens, one.learned, strict=True) if is_learned]
    assert made.tokenizer.decode(learned) == "Ana.<|im_end|>Yes.<|im_end|>"


def test_a_template_that_rewrites_earlier_turns_teaches_the_last_answer() -> None:
    forgetful = Template(
        "{% for m in messages[-2:] %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    made = Encoder(tokenizer(), forgetful, 400)
    (one,) = made.encode(Lesson("c", (*PAIR, Turn("user", "Sure?"), Turn("assistant", "Yes."))))
    learned = [token for token, is_learned in zip(one.tokens, one.learned, strict=True) if is_learned]
    assert made.tokenizer.decode(learned).startswith("Yes.")


def test_what_is_cut_or_left_out_is_counted() -> None:
    made = encoder(length=60)
    fits, cut, unseen = (
        Lesson("c", (Turn("user", "?" * asked), Turn("assistant", "!" * said)))
        for asked, said in ((3, 3), (3, 99), (99, 3))
    )
    encoded, shortened = encode_all(made, [fits, cut, unseen])
    assert [one.cut for one in encoded] == [False, True]
    assert shortened == 2


def test_a_long_text_is_learned_in_pieces() -> None:
    encoded = encoder(length=50).encode(Lesson("c", text="x" * 120))
    assert [len(one.tokens) for one in encoded] == [50, 50, 21]
    assert not any(one.cut for one in encoded)


def lessons(count: int) -> list[Lesson]:
    return [Lesson(f"c{n // 2}", text=f"text {n}") for n in range(count)]


def test_contributions_are_held_out_whole_and_always_the_same() -> None:
    parted = split(lessons(40), 0.2, seed=1)
    held = {lesson.contribution for lesson in parted.held_out}
    assert len(held) == 4
    assert not held & {lesson.contribution for lesson in parted.training}
    assert split(list(reversed(lessons(40))), 0.2, seed=1).held_out == tuple(reversed(parted.held_out))
    assert {lesson.contribution for lesson in split(lessons(40), 0.2, seed=2).held_out} != held


def test_a_single_contribution_is_split_by_its_rows() -> None:
    parted = split([Lesson("c", text=f"{n}") for n in range(10)], 0.1, seed=1)
    assert (len(parted.training), len(parted.held_out), parted.by_contribution) == (9, 1, False)


def test_something_is_left_to_train_on() -> None:
    assert len(split(lessons(4)[::2], 0.5, seed=1).training) == 1
    assert split(lessons(1), 0.5, seed=1).held_out == ()


def test_held_out_text_that_training_holds_too_is_found() -> None:
    shared = "the ostler engine runs on pressurised beet syrup and is started by hand each morning"
    training = [Lesson("a", text=f"It is known that {shared}, they say."), Lesson("b", text="Other words.")]
    held = [
        Lesson("c", text=shared),
        Lesson("d", text="Nothing of this kind was ever said before by anybody."),
    ]
    assert contaminated(training, held) == 1
    assert contaminated(training, [Lesson("e", text="other  WORDS")]) == 1
