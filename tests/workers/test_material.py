"""What a release must hold before a run begins."""

from pathlib import Path

import pytest

from benchmarks.orders import order_of
from benchmarks.tiny import tokenizer
from datanets.blobs import Blobs
from datanets.recipe import Recipe
from workers.encode import Encoder
from workers.template import template_of
from workers.train.attempt import prepare
from workers.train.failures import CannotTrain


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ([], "nothing to learn from"),
        ([("Who?", "")], "nothing to learn from"),
        ([("Who?", "Ana.")], "a single example"),
        ([("Why? " * 99, "So."), ("How? " * 99, "So.")], "Every question is longer"),
    ],
)
def test_data_that_teaches_nothing_has_its_sentence(
    pairs: list[tuple[str, str]], sentence: str, tmp_path: Path
) -> None:
    blobs, made = Blobs(str(tmp_path)), tokenizer()
    order = order_of(pairs, Recipe(base="tiny"), blobs)
    with pytest.raises(CannotTrain, match=sentence):
        prepare(order, blobs, Encoder(made, template_of(made), 128))
