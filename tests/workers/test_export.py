"""`potluck export`: what leaves the house is whole and can be used without it."""

import asyncio
import hashlib
import json
import os
import sys
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from benchmarks.tiny import TINY
from datanets.database import Database
from datanets.recipe import Recipe
from tests.workers.training import ROOT, School, open_school, pairs

LLAMA = next(tiny for tiny in TINY if tiny.model_type == "llama")


async def export(school: School, *arguments: str) -> tuple[int, str]:
    """The command line; returns its exit code and what it wrote to standard error."""
    environment = {
        **os.environ,
        "POTLUCK_DATABASE_URL": school.url,
        "POTLUCK_DATA_DIR": str(school.folder),
        "POTLUCK_BASES_DIR": str(school.folder / "bases"),
        "PYTHONPATH": str(ROOT),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "export", *arguments, env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), 120)
    return process.returncode or 0, said.decode()


@pytest.fixture
async def school(sqlite_url: str, tmp_path: Path) -> School:
    database = Database.open(sqlite_url)
    school = await open_school(database, sqlite_url, tmp_path, pairs(6))
    school.place_base(LLAMA)
    yield school
    await database.close()


@pytest.mark.slow
async def test_a_model_leaves_with_its_card_and_merged_with_its_base(school: School, tmp_path: Path) -> None:
    recipe = Recipe(base="tiny-llama", epochs=2, batch_size=2, max_length=128, learning_rate=1e-2)
    run = await school.order(recipe)
    assert (await school.train(run))[0] == 0
    name = (await school.view(run)).model
    out = tmp_path / "out"
    code, said = await export(
        school, "model", name, str(out), "--community", school.actor.community, "--merged"
    )
    assert code == 0, said
    assert (out / "README.md").read_text().startswith("---\nbase_model: tiny-llama\n")
    assert (out / "DATASET.md").is_file()
    source = {"local_files_only": True, "dtype": torch.float32}
    base = AutoModelForCausalLM.from_pretrained(school.folder / "bases" / "tiny-llama", **source)
    tokens = torch.arange(40)[None]
    with torch.no_grad():
        plain = base(tokens).logits
        adapted = PeftModel.from_pretrained(base, str(out)).eval()(tokens).logits
        merged = AutoModelForCausalLM.from_pretrained(out / "merged", **source)(tokens).logits
    assert torch.allclose(merged, adapted, atol=1e-5)
    assert not torch.allclose(merged, plain, atol=1e-3)
    template = json.loads((out / "potluck.json").read_text())["template"]
    assert AutoTokenizer.from_pretrained(out / "merged").chat_template == template


async def test_a_release_leaves_with_every_file_and_its_card(school: School, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, said = await export(school, "release", "facts", str(out), "--community", school.actor.community)
    assert code == 0, said
    lines = [json.loads(line) for line in (out / "contexts.jsonl").read_text().splitlines()]
    assert len(lines) == 6
    for line in lines:
        assert hashlib.sha256((out / line["file"]).read_bytes()).hexdigest() == line["sha256"]
    assert "6 accepted contributions by 1 people" in (out / "README.md").read_text()


async def test_what_does_not_exist_is_said_in_a_sentence(school: School, tmp_path: Path) -> None:
    for kind in ("model", "release"):
        code, said = await export(school, kind, "nothing", str(tmp_path / "out"), "--community", "elsewhere")
        assert code == 1
        assert said.startswith("There is no "), said
        assert "Traceback" not in said
