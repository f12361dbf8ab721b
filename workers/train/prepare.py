"""A base with a fresh adapter, ready to learn."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor, nn

from datanets.recipe import Method, Recipe
from workers.catalog import targets
from workers.train.layers import LIKE_LENGTHS, VocabularyLoss
from workers.train.quicken import quicken, takes_rows, use_rows
from workers.train.rows import Encoded, Row, lay_out


@dataclass(frozen=True)
class Learner:
    """The model and how its batches are laid out: in rows, or padded where its attention needs that."""

    model: PeftModel
    uses_rows: bool
    shares_prefix: bool
    device: str

    @property
    def multiple(self) -> int:
        """What the lengths of rows are filled up to, so that few shapes come up: see LIKE_LENGTHS."""
        return LIKE_LENGTHS if self.model.dtype is torch.bfloat16 and self.device == "cpu" else 1

    @property
    def trainable(self) -> dict[str, nn.Parameter]:
        """The adapter's parameters by name."""
        return {name: p for name, p in self.model.named_parameters() if p.requires_grad}

    def loss(self, examples: list[Encoded]) -> tuple[Tensor, int]:
        """Summed cross-entropy over the learned tokens of some examples, and how many those are."""
        states, heads, wanted = self._row(examples) if self.uses_rows else self._padded(examples)
        head: Any = self.model.get_base_model().get_output_embeddings()
        total = VocabularyLoss.apply(states[heads], head.weight, head.bias, wanted)
        return total, len(wanted)

    def _row(self, examples: list[Encoded]) -> tuple[Tensor, Tensor, Tensor]:
        row: Row = lay_out(examples, share_prefix=self.shares_prefix, multiple=self.multiple)
        out = self._body(
            input_ids=row.tokens.to(self.device),
            position_ids=row.positions.to(self.device),
            use_cache=False,
            row=row,
        )
        return out.last_hidden_state[0], row.heads.to(self.device), row.targets.to(self.device)

    def _padded(self, examples: list[Encoded]) -> tuple[Tensor, Tensor, Tensor]:
        longest = max(len(example.tokens) for example in examples)
        tokens = torch.zeros(len(examples), longest, dtype=torch.long)
        mask = torch.zeros_like(tokens)
        heads: list[int] = []
        wanted: list[int] = []
        for number, example in enumerate(examples):
            tokens[number, : len(example.tokens)] = torch.tensor(example.tokens)
            mask[number, : len(example.tokens)] = 1
            for place in range(1, len(example.tokens)):
                if example.learned[place]:
                    heads.append(number * longest + place - 1)
                    wanted.append(example.tokens[place])
        out = self._body(
            input_ids=tokens.to(self.device), attention_mask=mask.to(self.device), use_cache=False
        )
        states = out.last_hidden_state.flatten(0, 1)
        return states, torch.tensor(heads, device=self.device), torch.tensor(wanted, device=self.device)

    def _body(self, **inputs: Any) -> Any:
        base = self.model.get_base_model()
        return getattr(base, base.base_model_prefix)(**inputs)


def attach(model: Any, recipe: Recipe, parent: Path | None) -> PeftModel:
    """Put an adapter on a base: a fresh one, or the parent's, which goes on from where it stood."""
    torch.manual_seed(recipe.seed)
    if parent is not None:
        return PeftModel.from_pretrained(model, str(parent), is_trainable=True)
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        target_modules=list(targets(model.config.model_type, recipe.targets)),
        use_rslora=recipe.rslora,
        use_dora=recipe.dora,
        fan_in_fan_out=model.config.model_type == "gpt2" and recipe.method is not Method.QLORA,
    )
    return get_peft_model(model, config)


def learner(model: PeftModel, recipe: Recipe, *, checkpoint_layers: bool, device: str) -> Learner:
    """Choose layout and layers for a recipe; `checkpoint_layers` trades time for memory."""
    config = model.get_base_model().config
    rows = recipe.packing and takes_rows(config, recipe.max_length)
    if rows:
        use_rows(model)
    quicken(model)
    model.train()
    if checkpoint_layers:
        # Layers are computed again in the backward pass only where their input carries a gradient.
        model.enable_input_require_grads()
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    # With dropout, examples that share a prefix would share its noise too.
    return Learner(model, rows, shares_prefix=rows and recipe.dropout == 0, device=device)
