"""The adapter's folder: matrices, their configuration, the template of the training, and the card."""

import json
from pathlib import Path

from peft import PeftModel

from workers.card import Made, card, dataset_card
from workers.template import Template

NOTES = "potluck.json"


def write_adapter(folder: Path, model: PeftModel, made: Made, template: Template) -> None:
    """Write everything that serving, exporting and the next version need; safetensors only."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(str(folder), safe_serialization=True, selected_adapters=["default"])
    config = folder / "adapter_config.json"
    # peft notes the folder of this machine; whoever loads the adapter elsewhere needs the base's name.
    noted = json.loads(config.read_text())
    noted["base_model_name_or_path"] = made.base.repository if made.base else made.order.recipe.base
    noted["revision"] = made.base.revision if made.base else None
    config.write_text(json.dumps(noted, indent=2, sort_keys=True))
    (folder / NOTES).write_text(json.dumps(_notes(made, template), indent=2, ensure_ascii=False))
    (folder / "README.md").write_text(card(made))
    (folder / "DATASET.md").write_text(dataset_card(made.order.release, made.order.items))


def _notes(made: Made, template: Template) -> dict[str, object]:
    order = made.order
    return {
        "run": order.run,
        "model": order.model,
        "base": order.recipe.base,
        "base_revision": made.base.revision if made.base else "",
        "parent": order.parent,
        "template": template.text,
        "template_sha256": template.digest,
        "stops": list(template.stops),
        "release": {"id": order.release.id, "number": order.release.number, "digest": order.release.digest},
        "recipe": order.recipe.as_dict(),
    }
