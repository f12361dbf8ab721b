"""The quick layers compute what the general ones compute."""

import copy
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model

from benchmarks.tiny import MORE, TINY, Tiny
from datanets.recipe import Method, Recipe
from workers.catalog import targets
from workers.train.layers import VocabularyLoss
from workers.train.prepare import Learner, attach, learner
from workers.train.rows import Encoded, common_prefix, lay_out

ROWS = [tiny for tiny in (*TINY, *MORE) if tiny.model_type not in {"bloom", "deepseek_v2"}]


def examples() -> list[Encoded]:
    dice = torch.Generator().manual_seed(4)
    made = []
    for length in (9, 23, 14, 5):
        words = torch.randint(0, 250, (length,), generator=dice).tolist()
        tokens = (7, 8, 9, *words)
        made.append(Encoded("c", tokens, (False,) * 5 + (True,) * (len(tokens) - 5)))
    return made


def model_of(tiny: Tiny) -> Any:
    torch.manual_seed(1)
    return tiny.build().requires_grad_(False)


def adapt(model: Any, model_type: str) -> Any:
    torch.manual_seed(2)
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=4,
        lora_alpha=8,
        init_lora_weights=False,
        target_modules=list(targets(model_type, "all")),
        fan_in_fan_out=model_type == "gpt2",
    )
    return get_peft_model(model, config)


def plain_loss(model: Any, batch: list[Encoded]) -> torch.Tensor:
    """Each example by itself through the untouched model."""
    total = torch.zeros(())
    for example in batch:
        logits = model(torch.tensor([example.tokens])).logits[0, :-1].float()
        wanted = torch.tensor(example.tokens[1:])
        losses = torch.nn.functional.cross_entropy(logits, wanted, reduction="none")
        total = total + losses[torch.tensor(example.learned[1:])].sum()
    return total


def gradients(model: Any) -> dict[str, torch.Tensor]:
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("tiny", [*TINY, *MORE], ids=lambda tiny: tiny.model_type)
@pytest.mark.parametrize("packing", [True, False])
def test_losses_and_gradients_are_those_of_the_general_layers(tiny: Tiny, packing: bool) -> None:
    general = adapt(model_of(tiny), tiny.model_type)
    quick = copy.deepcopy(general)
    pupil = learner(quick, Recipe(base="tiny", packing=packing), checkpoint_layers=False, device="cpu")
    quick.eval()
    general.eval()
    ours, count = pupil.loss(examples())
    theirs = plain_loss(general, examples())
    assert count == sum(example.targets for example in examples())
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)
    ours.backward()
    theirs.backward()
    expected, found = gradients(general), gradients(quick)
    assert expected.keys() == found.keys()
    for name, gradient in expected.items():
        assert torch.allclose(found[name], gradient, atol=1e-4, rtol=1e-3), name


@pytest.mark.parametrize("tiny", ROWS, ids=lambda tiny: tiny.model_type)
def test_recomputed_layers_give_the_same_gradients(tiny: Tiny) -> None:
    kept, recomputed = adapt(model_of(tiny), tiny.model_type), adapt(model_of(tiny), tiny.model_type)
    for model, checkpoint in ((kept, False), (recomputed, True)):
        pupil = learner(model, Recipe(base="tiny"), checkpoint_layers=checkpoint, device="cpu")
        pupil.loss(examples())[0].backward()
    expected, found = gradients(kept), gradients(recomputed)
    assert all(torch.allclose(found[name], one, atol=1e-6) for name, one in expected.items())


def test_examples_of_a_row_do_not_see_each_other() -> None:
    tiny = next(one for one in TINY if one.family == "llama")
    pupil = learner(
        adapt(model_of(tiny), "llama"), Recipe(base="tiny"), checkpoint_layers=False, device="cpu"
    )
    batch = examples()
    alone = sum(pupil.loss([example])[0].item() for example in batch)
    assert pupil.loss(batch)[0].item() == pytest.approx(alone, rel=1e-5)


def test_bfloat16_rows_learn_in_the_direction_of_float32() -> None:
    tiny = next(one for one in TINY if one.family == "llama")
    found = []
    for dtype in (torch.float32, torch.bfloat16):
        model = adapt(model_of(tiny).to(dtype), "llama")
        pupil = learner(model, Recipe(base="tiny"), checkpoint_layers=False, device="cpu")
        pupil.loss(examples())[0].backward()
        found.append(torch.cat([one.flatten() for one in gradients(model).values()]))
    assert torch.nn.functional.cosine_similarity(*found, dim=0) > 0.99


def test_the_shared_beginning_is_computed_once() -> None:
    row = lay_out(examples(), share_prefix=True)
    assert row.shared == 3
    assert row.tokens.shape[1] == sum(len(one.tokens) for one in examples()) - 3 * 3
    assert row.real_tokens == sum(len(one.tokens) for one in examples())


def test_what_fills_a_row_up_changes_neither_loss_nor_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = next(one for one in TINY if one.family == "llama")
    found = []
    for multiple in (1, 32):
        monkeypatch.setattr(Learner, "multiple", multiple)
        model = adapt(model_of(tiny), "llama")
        pupil = learner(model, Recipe(base="tiny"), checkpoint_layers=False, device="cpu")
        loss, _ = pupil.loss(examples())
        loss.backward()
        found.append((loss.item(), torch.cat([one.flatten() for one in gradients(model).values()])))
    (plain, slopes), (filled, filled_slopes) = found
    assert lay_out(examples(), share_prefix=True, multiple=32).tokens.shape[1] % 32 == 0
    assert filled == pytest.approx(plain, rel=1e-6)
    assert torch.allclose(slopes, filled_slopes, atol=1e-5)


def test_the_beginning_ends_before_the_place_that_predicts_an_answer() -> None:
    same = [Encoded("c", (1, 2, 3, 4), (False, False, True, True)) for _ in range(2)]
    assert common_prefix(same) == 1


def test_the_loss_in_slices_is_the_loss_at_once() -> None:
    torch.manual_seed(5)
    states = torch.randn(150, 8, requires_grad=True)
    head, wanted = torch.randn(40, 8), torch.randint(0, 40, (150,))
    sliced = VocabularyLoss.apply(states, head, None, wanted)
    (gradient,) = torch.autograd.grad(sliced, states)
    whole = torch.nn.functional.cross_entropy(states @ head.t(), wanted, reduction="sum")
    (expected,) = torch.autograd.grad(whole, states)
    assert sliced.item() == pytest.approx(whole.item(), rel=1e-6)
    assert torch.allclose(gradient, expected, atol=1e-5)


@pytest.mark.parametrize("switch", [{"dora": True}, {"dropout": 0.1}, {"rslora": True}])
def test_switches_that_the_quick_layers_do_not_know_still_train(switch: dict[str, Any]) -> None:
    tiny = next(one for one in TINY if one.family == "llama")
    recipe = Recipe(base="tiny", method=Method.LORA, **switch)
    pupil: Learner = learner(
        attach(model_of(tiny), recipe, None), recipe, checkpoint_layers=False, device="cpu"
    )
    pupil.loss(examples())[0].backward()
    assert gradients(pupil.model)
    assert pupil.shares_prefix is not bool(recipe.dropout)
