"""Tables and lists of examples: JSONL and CSV, read strictly, written in one plain dialect."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from datanets.formats import text
from datanets.formats.catalog import Format, Note, Why
from datanets.formats.limits import Limits
from datanets.refusals import UnreadableFile

DELIMITERS = ",;\t|"
# A column's name is a few words without the signs that end a sentence.
COLUMN = re.compile(r"^(?=.*[^\W\d_])[\w-]+(?: [\w-]+){0,3}$")


def looks_like_jsonl(words: str) -> bool:
    """Whether the first line that is not blank is a whole JSON object."""
    first = words.lstrip().partition("\n")[0].strip()
    return first.startswith("{") and isinstance(_parsed(first), dict)


def is_one_json(words: str) -> bool:
    """Whether all of it is a single JSON array or object."""
    return words.lstrip()[:1] in {"[", "{"} and isinstance(_parsed(words), dict | list)


def looks_like_csv(words: str) -> bool:
    """Whether it has named columns and at least two even rows of two cells or more."""
    head = words[:8192].split("\n")[:20]
    if len(head) < 3:
        return False
    delimiter = _delimiter(head[0])
    table = list(csv.reader(head, delimiter=delimiter))
    widths = {len(cells) for cells in table[:-1]}
    return len(table[0]) > 1 and len(widths) == 1 and _is_header(table[0])


def clean_jsonl(words: str, limits: Limits) -> tuple[str, set[Note]]:
    """One compact object a line. Raises UnreadableFile: BAD_LINE, or EMPTY when no line is left."""
    notes: set[Note] = set()
    lines = []
    # Not splitlines: a JSON string may hold the other line separators of Unicode.
    for number, line in enumerate(words.split("\n"), 1):
        if not line.strip():
            continue
        if number > limits.rows:
            raise UnreadableFile(Format.JSONL, Why.BOMB, str(limits.rows))
        row = _object(line, number)
        lines.append(json.dumps(_cleaned(row, notes), ensure_ascii=False))
    if not lines:
        raise UnreadableFile(Format.JSONL, Why.EMPTY)
    return "\n".join(lines) + "\n", notes


def clean_csv(words: str, limits: Limits) -> tuple[str, set[Note]]:
    """Commas, quotes where needed, newlines. Raises UnreadableFile: NO_HEADER, BAD_LINE, EMPTY."""
    words, notes = text.clean(words)
    delimiter = _delimiter(words.lstrip("\n").partition("\n")[0])
    kept = io.StringIO()
    writer = csv.writer(kept, lineterminator="\n")
    header: list[str] = []
    count = 0
    for number, cells in _records(words, delimiter):
        if not header:
            header = [cell.strip() for cell in cells]
            if not _is_header(header):
                raise UnreadableFile(Format.CSV, Why.NO_HEADER)
            writer.writerow(header)
            continue
        if len(cells) != len(header):
            _bad_line(Format.CSV, number, f"{len(cells)} cells instead of {len(header)}")
        if (count := count + 1) > limits.rows:
            raise UnreadableFile(Format.CSV, Why.BOMB, str(limits.rows))
        writer.writerow(cells)
    if not count:
        raise UnreadableFile(Format.CSV, Why.EMPTY)
    return kept.getvalue(), notes


def values(words: str, format_: Format) -> str:
    """Only what the rows say: two lists may share the names of their fields and nothing else."""
    if format_ is Format.CSV:
        return "\n".join(" ".join(cells) for cells in list(csv.reader(io.StringIO(words)))[1:])
    return "\n".join(" ".join(_leaves(json.loads(line))) for line in words.strip("\n").split("\n"))


def _records(words: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(words), delimiter=delimiter, strict=True)
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        _bad_line(Format.CSV, start, str(error))


def _is_header(cells: list[str]) -> bool:
    names = [cell.strip().casefold() for cell in cells]
    return len(set(names)) == len(names) and all(len(name) <= 40 and COLUMN.match(name) for name in names)


def _delimiter(line: str) -> str:
    return max(DELIMITERS, key=line.count)


def _object(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        _bad_line(Format.JSONL, number, f"{error.msg} at column {error.colno}")
    except (ValueError, RecursionError):
        _bad_line(Format.JSONL, number, "not plain JSON")
    if not isinstance(row, dict):
        _bad_line(Format.JSONL, number, "not an object in braces")
    return row


def _cleaned(value: Any, notes: set[Note]) -> Any:
    if isinstance(value, str):
        # A lone surrogate, written as an escape, is no text in any encoding.
        kept, changed = text.clean(value.encode("utf-8", "replace").decode("utf-8"))
        notes |= changed
        return kept
    if isinstance(value, list):
        return [_cleaned(item, notes) for item in value]
    if isinstance(value, dict):
        return {_cleaned(key, notes): _cleaned(item, notes) for key, item in value.items()}
    return value


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield str(value)


def _parsed(words: str) -> Any:
    try:
        return json.loads(words)
    except (ValueError, RecursionError):
        return None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _bad_line(format_: Format, number: int, wrong: str) -> NoReturn:
    raise UnreadableFile(format_, Why.BAD_LINE, f"{number}: {wrong}")
