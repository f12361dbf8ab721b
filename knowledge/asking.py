"""GitBook's own `?ask=`: its answer read, cleaned and cut to what a chat can show."""

import re

from knowledge.cleaner import clean
from knowledge.facts import Asked
from knowledge.outline import absolute, canonical

MOST_SOURCES = 5
_PART = re.compile(r"^#{1,3} +(Suggested Follow-up Questions|Sources):?\s*$", re.MULTILINE | re.IGNORECASE)
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_HEDGES = re.compile(
    r"couldn.t answer this question|forgot to pass a question|(?:do|does|did)(?:n.t| not) (?:explicitly )?"
    r"(?:say|mention|specify|contain|provide|include|cover|describe|have)"
    r"|(?:cannot|can.t|could not|couldn.t|unable to) find|no (?:specific )?information"
    r"|not (?:explicitly )?(?:mentioned|documented|specified|covered)",
    re.IGNORECASE,
)


def read_answer(body: str, question: str, site: str) -> Asked | None:
    """Return the answer, or None where it hedges or names no source."""
    parts = _PART.split(body)
    answer = re.sub(rf"\A\s*#\s+{re.escape(question)}\s*\n", "", parts[0]).strip()
    answer = re.sub(r"\A\s*# [^\n]*\n", "", answer)
    named = dict(zip((name.lower() for name in parts[1::2]), parts[2::2], strict=False))
    sources = _sources(named.get("sources", ""), site)
    # A hedge after a full answer is a footnote; in the first sentences it is the answer.
    if not answer or not sources or _HEDGES.search(answer[:240]):
        return None
    follow_ups = tuple(label for label, _ in _LINK.findall(named.get("suggested follow-up questions", "")))
    return Asked(clean(answer, site + "/").strip(), sources, follow_ups[:3])


def _sources(text: str, site: str) -> tuple[tuple[str, str], ...]:
    """Keep one address for each title: versions of a page repeat it."""
    kept: dict[tuple[str, str], tuple[str, str]] = {}
    for label, target in _LINK.findall(text):
        if url := absolute(site + "/", target):
            url = canonical(url)
            kept.setdefault((label.lower(), url.rpartition("/")[2]), (label, url))
    return tuple(kept.values())[:MOST_SOURCES]
