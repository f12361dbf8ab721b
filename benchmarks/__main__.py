"""Run a benchmark: `python -m benchmarks NAME [OPTIONS]`; without a name, list them."""

import importlib
import sys
from pathlib import Path


def names() -> list[str]:
    """Every file beside this one that has a main function of its own."""
    files = Path(__file__).parent.glob("[a-z]*.py")
    return sorted(file.stem.replace("_", "-") for file in files if "\ndef main(argv:" in file.read_text())


def main(argv: list[str]) -> int:
    """Hand the options to the benchmark; the exit code is its own, or 2 for an unknown name."""
    if not argv or argv[0] not in names():
        print(f"usage: python -m benchmarks NAME [OPTIONS]\nnames: {', '.join(names())}", file=sys.stderr)
        return 2
    benchmark = importlib.import_module(f"benchmarks.{argv[0].replace('-', '_')}")
    return int(benchmark.main(argv[1:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
