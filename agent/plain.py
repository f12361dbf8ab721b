"""Foreign Markdown into plain text: what is left can neither mention, link nor format anything."""

import re

_LINK = re.compile(r"!?\[([^\]]*)\]\(([^)]*)\)")
_MARKS = re.compile(r"(\*\*|__|~~|\*(?=\S)|(?<=\S)\*|(?<![\w`])_(?=\S)|(?<=\S)_(?![\w`])|`+)")
_LEAD = re.compile(r"^\s*(?:#{1,6}\s+|>\s?|\|\s*)+")
_ANCHOR = re.compile(r"\s*\{#[^}]+\}")
# Joiners and direction marks hide text from readers; they have no place in an answer.
_UNSEEN = re.compile(r"[​-‏‪-‮⁠-⁯﻿\x00-\x08\x0b-\x1f]")
# An address stays whole so that it can be copied; whom a mention would call is never one.
_AT = re.compile(r"(?<![\w.+-])@(?=\w|&|!)|@(?=everyone|here)|<(?=[@#:/t])")


def plain(text: str) -> str:
    """Drop the markup of one line or block and break every mention."""
    text = _LINK.sub(r"\1", _ANCHOR.sub("", text))
    text = _MARKS.sub("", _LEAD.sub("", text))
    text = _AT.sub(lambda match: match.group(0) + "⁠" if match.group(0) == "@" else "‹", unseen(text))
    return text.strip()


def unseen(text: str) -> str:
    """Drop the characters that nobody sees; in code nothing else acts."""
    return _UNSEEN.sub("", text)
