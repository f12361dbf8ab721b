"""Foreign Markdown into plain text: what is left can neither mention, link nor format anything."""

import re

_LINK = re.compile(r"!?\[([^\]]*)\]\(([^)]*)\)")
_MARKS = re.compile(r"(\*\*|__|~~|\*(?=\S)|(?<=\S)\*|(?<![\w`])_(?=\S)|(?<=\S)_(?![\w`])|`+)")
_LEAD = re.compile(r"^\s*(?:#{1,6}\s+|>\s?|\|\s*)+")
_ANCHOR = re.compile(r"\s*\{#[^}]+\}")
# Joiners and direction marks hide text from readers; they have no place in an answer.
_UNSEEN = re.compile(r"[​-‏‪-‮⁠-⁯﻿\x00-\x08\x0b-\x1f]")
_AT = re.compile(r"@(?=\w|&|!)|<(?=[@#:/t])")


def plain(text: str) -> str:
    """Drop the markup of one line or block and break every mention."""
    text = _LINK.sub(r"\1", _ANCHOR.sub("", text))
    text = _MARKS.sub("", _LEAD.sub("", text))
    return still(text).strip()


def still(text: str) -> str:
    """Break mentions and drop unseen characters; keep everything else, as in code."""
    text = _UNSEEN.sub("", text)
    return _AT.sub(lambda match: match.group(0) + "⁠" if match.group(0) == "@" else "‹", text)
