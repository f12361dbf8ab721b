"""The catalog: rows that work, refusals that help."""

import re

import pytest
from transformers import CONFIG_MAPPING

from benchmarks.tiny import MORE, TINY
from workers.catalog import BASES, TARGETS, UnknownBase, base, targets

FAMILIES = ("deepseek", "qwen", "mistral", "llama", "bloom", "gpt2", "glm")


def test_every_family_has_a_base_that_trains_both_ways() -> None:
    for family in FAMILIES:
        rows = [row for row in BASES if row.family == family]
        assert any(row.methods == ("lora", "qlora") for row in rows), family


@pytest.mark.parametrize("row", BASES, ids=lambda row: row.id)
def test_a_row_is_pinned_named_and_known_to_transformers(row: object) -> None:
    assert re.fullmatch(r"[0-9a-f]{40}", row.revision)
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", row.id)
    assert row.licence
    assert row.model_type in CONFIG_MAPPING
    assert row.model_type in TARGETS


def test_ids_are_unique() -> None:
    assert len({row.id for row in BASES}) == len(BASES)


@pytest.mark.parametrize("name", ["zai-org/chatglm3-6b", "chatglm3-6b", "THUDM/ChatGLM2-6B"])
def test_models_that_bring_their_own_code_are_refused_with_an_alternative(name: str) -> None:
    with pytest.raises(UnknownBase, match="glm-4-9b-0414"):
        base(name)


def test_a_base_is_found_by_its_repository_too() -> None:
    assert base("Qwen/Qwen3-0.6B").id == "qwen3-0.6b"


@pytest.mark.parametrize("tiny", [*TINY, *MORE], ids=lambda tiny: tiny.model_type)
@pytest.mark.parametrize("which", ["all", "attention"])
def test_every_target_exists_in_its_architecture(tiny: object, which: str) -> None:
    names = [name for name, _ in tiny.build().named_modules()]
    found = [t for t in targets(tiny.model_type, which) if any(n == t or n.endswith(f".{t}") for n in names)]
    missing = set(targets(tiny.model_type, which)) - set(found)
    # Queries are compressed in the large DeepSeek models and not in the small ones.
    assert missing <= ({"q_a_proj", "q_b_proj"} if tiny.model_type == "deepseek_v2" else set())
