"""Words as the search sees them: folded, stemmed, typos mended."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import snowballstemmer

_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*|[぀-ヿ㐀-鿿가-힯]", re.UNICODE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_CAMELS = re.compile(r"\b[A-Za-z]+[a-z][A-Z][A-Za-z]+\b")
_URL = re.compile(r"\]\([^)]*\)|https?://\S+")
_stemmer = snowballstemmer.stemmer("english")

# Words that people wrap a question in; they say nothing about its subject.
STOP = frozenset(Path(__file__).with_name("stopwords.txt").read_text("utf-8").split())


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Return the stem of one folded word."""
    if len(word) < 3 or not word.isascii() or any(letter.isdigit() for letter in word):
        return word
    return str(_stemmer.stemWord(word))


def fold(text: str) -> str:
    """Lower case without accents."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return text.lower()


def words(text: str) -> list[str]:
    """Return the folded words of a text; a link gives only its label."""
    text = _URL.sub("] ", text)
    return [word.replace("'", "").replace("’", "") for word in _WORD.findall(fold(text))]


def terms(text: str) -> list[str]:
    """Return the stems that a section is found by."""
    found = []
    # People ask for maxRetries and for retries: a name in capitals is found whole and by its parts.
    parts = [part for name in _CAMELS.findall(text) for part in _CAMEL.split(name) if len(part) > 2]
    for word in words(f"{text} {' '.join(parts)}"):
        found.append(stem(word))
        if "." in word:
            found += [stem(part) for part in word.split(".")]
    return [term for term in found if term not in STOP or len(term) > 4]


def asked(question: str) -> list[str]:
    """Return the distinct stems that a question is about, in its order."""
    kept = [word for word in words(question) if word not in STOP]
    return list(dict.fromkeys(stem(word) for word in kept or words(question)))


def mend(term: str, known: Iterable[str]) -> str:
    """Return the known term that a mistyped one most likely means, or the term itself."""
    if len(term) < 4 or term.isdigit():
        return term
    most = 1 if len(term) < 7 else 2
    best, least = term, most + 1
    for candidate in known:
        if abs(len(candidate) - len(term)) >= least or candidate[0] not in (term[0], term[1]):
            continue
        distance = _distance(term, candidate, least)
        if distance < least:
            best, least = candidate, distance
    return best


def _distance(a: str, b: str, limit: int) -> int:
    """Return the edit distance (swaps count one), or `limit` when it is not below."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) >= limit:
            return limit
        before, last = last, row
    return last[-1]
