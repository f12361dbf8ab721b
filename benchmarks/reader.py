"""Trains the reader's adapter: first on SQuAD's questions, then on those of books in GitBook form."""

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.answer import endpoint
from benchmarks.reader_groups import Group, from_book, from_squad, typed
from workers.config import WorkerSettings
from workers.serve.embed import load, mean
from workers.serve.reader import ADAPTER, MOST_TOKENS
from workers.weights import MINILM, provide

BASE = "sentence-transformers/all-MiniLM-L6-v2"
RANK = 16
LAYERS = ["query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"]
# Questions a step in each stage, and how often a book's question comes.
AT_ONCE, OLD_AT_ONCE = 12, 5
STEPS, ROUNDS = 450, 2.5
RATES = (8e-4, 3e-4)
# An answer missed is worse than a wrong passage let through: the judge looks at much else besides.
RIGHT_WEIGHT = 2.0


def main(argv: list[str]) -> int:
    """Write the adapter; one line of loss every 25 steps."""
    parser = argparse.ArgumentParser(prog="reader")
    parser.add_argument("--squad", type=Path, required=True, help="train-v1.1.json of SQuAD (CC BY-SA 4.0)")
    parser.add_argument(
        "--book",
        nargs=3,
        action="append",
        default=[],
        metavar=("DIR", "QUESTIONS", "UNANSWERABLE"),
        help="give it several times",
    )
    parser.add_argument("--out", type=Path, default=ADAPTER)
    parser.add_argument("--steps", type=int, default=STEPS, help="steps of the first stage")
    options = parser.parse_args(argv)
    chance = random.Random(1)
    squad = from_squad(options.squad, chance)
    chance.shuffle(squad)
    pupil = Pupil()
    pupil.learn(([typed(g, chance) for g in batch] for batch in _batches(squad, 16)), options.steps, RATES[0])
    if options.book:
        books = [(Path(folder), Path(asked), Path(none)) for folder, asked, none in options.book]
        groups = asyncio.run(_read_books(books, pupil))
        steps = int(ROUNDS * len(groups) / AT_ONCE)
        pupil.learn(_mixed(groups, squad[::-1], chance), steps, RATES[1])
    pupil.save(options.out)
    print(json.dumps({"squad": len(squad), "books": len(options.book), "folder": str(options.out)}))
    return 0


class Pupil:
    """The encoder with an untrained adapter and head."""

    def __init__(self) -> None:
        import torch
        from peft import LoraConfig, get_peft_model

        torch.manual_seed(0)
        self.tokenizer, encoder = load(provide(MINILM, WorkerSettings().bases), 2, "float32")
        config = LoraConfig(r=RANK, lora_alpha=2 * RANK, lora_dropout=0.05, target_modules=LAYERS)
        self.model = get_peft_model(encoder, config)
        self.head = torch.nn.Linear(2 * encoder.config.hidden_size, 1)
        torch.nn.init.zeros_(self.head.weight)

    def score(self, pairs: Sequence[tuple[str, str]]) -> Any:
        """Log odds that each passage answers its question."""
        import torch

        questions, passages = zip(*pairs, strict=True)
        read = self.tokenizer(
            questions, passages, padding=True, truncation="longest_first", max_length=MOST_TOKENS
        ).convert_to_tensors("pt")
        with torch.autocast("cpu", torch.bfloat16):
            states = self.model(**read).last_hidden_state.float()
        return self.head(torch.cat([states[:, 0], mean(states, read["attention_mask"])], 1))[:, 0]

    def learn(self, batches: Iterator[list[Group]], steps: int, rate: float) -> None:
        """Train on so many batches, with a rate that falls to nothing."""
        import torch

        weights = [weight for weight in self.model.parameters() if weight.requires_grad]
        parts = [{"params": weights, "lr": rate}, {"params": self.head.parameters(), "lr": 4 * rate}]
        optimizer = torch.optim.AdamW(parts, weight_decay=0.02)
        falling = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min(1.0, (step + 1) / 20) * max(0.03, 1 - step / steps)
        )
        self.model.train()
        start = time.perf_counter()
        for step, groups in zip(range(steps), batches, strict=False):
            loss = self._loss(groups)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            falling.step()
            if step % 25 == 0:
                took = round(time.perf_counter() - start)
                print(f"step {step} of {steps}: {loss.item():.3f}, {took} s", file=sys.stderr)
        self.model.eval()

    def save(self, folder: Path) -> None:
        """Write adapter and head, rounded to bfloat16."""
        import torch
        from safetensors.torch import load_file, save_file

        self.model.peft_config["default"].base_model_name_or_path = BASE
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            self.model.save_pretrained(scratch, save_embedding_layers=False)
            shutil.copy(Path(scratch) / "adapter_config.json", folder)
            weights = load_file(Path(scratch) / "adapter_model.safetensors")
        rounded = {name: weight.to(torch.bfloat16) for name, weight in weights.items()}
        save_file(rounded, folder / "adapter_model.safetensors")
        head = {name: t.detach().contiguous() for name, t in self.head.state_dict().items()}
        save_file(head, folder / "head.safetensors")

    def _loss(self, groups: list[Group]) -> Any:
        """Each passage right or wrong by itself, and the right one before the others of its question."""
        import torch
        from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

        pairs: list[tuple[str, str]] = []
        right: list[float] = []
        share: list[float] = []
        contests: list[tuple[int, int]] = []
        for group in groups:
            start = len(pairs)
            for passage, weight in group.passages():
                pairs.append((group.question, passage))
                right.append(float(passage == group.right))
                share.append(weight * (RIGHT_WEIGHT if passage == group.right else 1.0))
            if group.right is not None and len(pairs) > start + 1:
                contests.append((start, len(pairs)))
        shares = torch.tensor(share)
        scores = self.score(pairs)
        each = binary_cross_entropy_with_logits(scores, torch.tensor(right), reduction="none")
        loss = (each * shares).sum() / shares.sum()
        if contests:
            first = torch.zeros(1, dtype=torch.long)
            won = [cross_entropy(scores[start:end][None], first) for start, end in contests]
            loss = loss + 0.5 * torch.stack(won).mean()
        return loss


async def _read_books(books: list[tuple[Path, Path, Path]], pupil: Pupil) -> list[Group]:
    import torch

    def judge(question: str, passages: list[str]) -> list[float]:
        with torch.inference_mode():
            return [float(score) for score in pupil.score([(question, text) for text in passages])]

    embed, _ = endpoint()
    return [group for book in books for group in await from_book(*book, embed, judge)]


def _batches(groups: list[Group], size: int) -> Iterator[list[Group]]:
    while True:
        for start in range(0, len(groups) - size + 1, size):
            yield groups[start : start + size]


def _mixed(groups: list[Group], squad: list[Group], chance: random.Random) -> Iterator[list[Group]]:
    """Books' questions with some of SQuAD's, so that what was learnt there stays."""
    old = _batches(squad, OLD_AT_ONCE)
    while True:
        chance.shuffle(groups)
        for batch in _batches(groups, AT_ONCE):
            yield batch + next(old)
            if batch[-1] is groups[len(groups) // AT_ONCE * AT_ONCE - 1]:
                break
