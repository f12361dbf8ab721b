"""Real text of mixed length: questions about the standard library, answered by its documentation."""

import importlib
import inspect
import random
from collections.abc import Iterator

MODULES = [
    "argparse",
    "asyncio",
    "base64",
    "bisect",
    "calendar",
    "collections",
    "concurrent.futures",
    "configparser",
    "contextlib",
    "copy",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "email.message",
    "enum",
    "fractions",
    "functools",
    "glob",
    "gzip",
    "hashlib",
    "heapq",
    "html",
    "http.client",
    "inspect",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "logging",
    "mailbox",
    "math",
    "mimetypes",
    "multiprocessing",
    "os",
    "pathlib",
    "pickle",
    "platform",
    "pprint",
    "queue",
    "random",
    "re",
    "sched",
    "secrets",
    "shelve",
    "shlex",
    "shutil",
    "smtplib",
    "socket",
    "sqlite3",
    "ssl",
    "statistics",
    "string",
    "subprocess",
    "tarfile",
    "tempfile",
    "textwrap",
    "threading",
    "timeit",
    "traceback",
    "turtle",
    "typing",
    "unittest",
    "urllib.parse",
    "urllib.request",
    "uuid",
    "warnings",
    "weakref",
    "xml.etree.ElementTree",
    "zipfile",
]

ASKING = (
    "What does {name} do?",
    "Explain {name} to me.",
    "How do I use {name}?",
    "I saw {name} in some code that I have to maintain. What is it for, and what should I know about it?",
    "{name}?",
)


def conversations(count: int, seed: int = 5) -> list[tuple[str, str]]:
    """Pairs of a question and its answer, from one line to a page, the same ones for a seed."""
    found = sorted(set(_documented()))
    chosen = random.Random(seed).sample(found, count)
    return [(ASKING[i % len(ASKING)].format(name=name), text) for i, (name, text) in enumerate(chosen)]


def _documented() -> Iterator[tuple[str, str]]:
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        for name, thing in vars(module).items():
            if name.startswith("_") or not callable(thing) or getattr(thing, "__module__", "") is None:
                continue
            if not str(getattr(thing, "__module__", "")).startswith(module_name.split(".")[0]):
                continue
            yield from _entry(f"{module_name}.{name}", thing)
            if inspect.isclass(thing):
                for inner, method in vars(thing).items():
                    if not inner.startswith("_") and callable(method):
                        yield from _entry(f"{module_name}.{name}.{inner}", method)


def _entry(name: str, thing: object) -> Iterator[tuple[str, str]]:
    text = inspect.getdoc(thing)
    if text and len(text) >= 30:
        yield name, text[:2400]
