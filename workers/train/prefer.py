"""Preference training: from pairs of a better and a worse answer, by trl's direct preference optimisation."""

import logging
import time
from pathlib import Path
from typing import Any

from datanets.facts import Point, Progress, Result, RunOrder
from workers.bases import known
from workers.card import Made
from workers.template import Template
from workers.train.failures import TOO_FEW_PAIRS, CannotTrain
from workers.train.loop import End, Signals, peak_memory
from workers.train.publish import write_adapter

log = logging.getLogger(__name__)

PAIRS_NEEDED = 8
# An answer is pushed both ways here, so steps must be far smaller than when answers are copied.
SLOWER = 20
SAVE_STEPS = 10


def prefer(
    order: RunOrder,
    model: Any,
    tokenizer: Any,
    template: Template,
    *,
    folder: Path,
    signals: Signals,
    tell: Any,
    into: Path,
) -> tuple[End, Result]:
    """Train on the order's pairs and write the adapter; raises CannotTrain when there are too few.

    `folder` is the run's own; the newest complete checkpoint of any attempt in it is gone on with.
    """
    if len(order.pairs) < PAIRS_NEEDED:
        raise CannotTrain(TOO_FEW_PAIRS.format(need=PAIRS_NEEDED, have=len(order.pairs)))
    tokenizer.chat_template = template.text
    trainer = _trainer(order, model, tokenizer, folder / str(order.attempt), signals, tell)
    began = time.perf_counter()
    trainer.train(resume_from_checkpoint=_newest(folder))
    if signals.interrupted():
        return End.INTERRUPTED, Result()
    end = End.STOPPED if signals.stop_requested() else End.DONE
    history = [line for line in trainer.state.log_history if "loss" in line]
    result = Result(
        loss_before=history[0]["loss"] if history else None,
        loss_after=history[-1]["loss"] if history else None,
        examples=len(order.pairs),
        seconds=time.perf_counter() - began,
        peak_memory_bytes=peak_memory(),
        trainable_parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
        notes=_notes(order, history),
    )
    write_adapter(into, model, Made(order, known(order.recipe.base), result, order.parent), template)
    return end, result


def _notes(order: RunOrder, history: list[dict[str, Any]]) -> tuple[str, ...]:
    rate = f"{order.recipe.learning_rate / SLOWER:g}, a {SLOWER}th of the recipe's, as preferences need"
    notes = [f"Learned from {len(order.pairs)} pairs of answers at a learning rate of {rate}."]
    sure = [line["rewards/accuracies"] for line in history if "rewards/accuracies" in line]
    if sure:
        notes.append(f"At the end it preferred the better answer in {sure[-1]:.0%} of a batch.")
    return tuple(notes)


def _newest(folder: Path) -> str | None:
    # trainer_state.json is the last file that trl writes into a checkpoint.
    whole = [place for place in folder.glob("*/checkpoint-*") if (place / "trainer_state.json").is_file()]
    found = max(whole, key=lambda place: int(place.name.rpartition("-")[2]), default=None)
    return str(found) if found else None


def _trainer(order: RunOrder, model: Any, tokenizer: Any, folder: Path, signals: Signals, tell: Any) -> Any:
    from datasets import Dataset
    from transformers import TrainerCallback
    from trl import DPOConfig, DPOTrainer

    class Wire(TrainerCallback):
        """News out after each step; the wishes to stop in."""

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_others: Any) -> None:
            del args, control
            if logs and "loss" in logs:
                progress = Progress(
                    stage="training",
                    step=state.global_step,
                    steps=state.max_steps,
                    epoch=state.epoch or 0.0,
                    loss=logs["loss"],
                    memory_bytes=peak_memory(),
                )
                tell(progress, (Point(state.global_step, logs["loss"]),))

        def on_step_end(self, args: Any, state: Any, control: Any, **_others: Any) -> None:
            del args, state
            if signals.interrupted() or signals.stop_requested():
                control.should_save = control.should_training_stop = True

    recipe = order.recipe
    precision = str(model.dtype).removeprefix("torch.")
    config = DPOConfig(
        output_dir=str(folder),
        learning_rate=recipe.learning_rate / SLOWER,
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch_size,
        gradient_accumulation_steps=recipe.accumulation,
        max_length=recipe.max_length,
        lr_scheduler_type=recipe.scheduler,
        warmup_steps=recipe.warmup,
        seed=recipe.seed,
        bf16=precision == "bfloat16",
        gradient_checkpointing=False,
        logging_steps=1,
        save_steps=SAVE_STEPS,
        save_total_limit=2,
        report_to=[],
        disable_tqdm=True,
        use_cpu=model.device.type == "cpu",
        dataloader_pin_memory=False,
    )
    rows = [
        {
            "prompt": [{"role": "user", "content": question}],
            "chosen": [{"role": "assistant", "content": better}],
            "rejected": [{"role": "assistant", "content": worse}],
        }
        for question, better, worse in order.pairs
    ]
    return DPOTrainer(
        model=model,
        args=config,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        callbacks=[Wire()],
    )
