"""The HTML that GitBook mixes into Markdown, written as Markdown."""

import html
import re

from knowledge.anchors import heading

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TABLE = re.compile(r"<table([^>]*)>(.*?)</table>", re.DOTALL | re.IGNORECASE)
_ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL | re.IGNORECASE)
_CELL = re.compile(r"<t([hd])([^>]*)>(.*?)</t[hd]>", re.DOTALL | re.IGNORECASE)
_IMAGE = re.compile(r"<img\b([^>]*?)/?>", re.IGNORECASE)
_CAPTION = re.compile(r"<figcaption>(.*?)</figcaption>", re.DOTALL | re.IGNORECASE)
_ANCHOR = re.compile(r"<a\b([^>]*)>(.*?)</a>", re.DOTALL | re.IGNORECASE)
_HEADING = re.compile(r"<h([1-6])([^>]*)>(.*?)</h\1>", re.DOTALL | re.IGNORECASE)
_CODE = re.compile(r"<(code|kbd)\b[^>]*>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_STRONG = re.compile(r"<(strong|b)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_EMPHASIS = re.compile(r"<(em|i)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_SUMMARY = re.compile(r"<summary>(.*?)</summary>", re.DOTALL | re.IGNORECASE)
_ITEM = re.compile(r"<li[^>]*>\s*", re.IGNORECASE)
_ROW_LINE = re.compile(r"^\s*\|.*\|\s*$", re.MULTILINE)
_BREAK = re.compile(r"<(?:br\s*/?|/p|/div|/li|/ul|/ol|/figure|/details)>", re.IGNORECASE)
_SILENT = re.compile(
    r"</?(?:p|div|span|mark|figure|figcaption|picture|source|details|ul|ol|sup|sub|u|center|td|th|tr"
    r"|thead|tbody|table|font|small|big|section|iframe|video|button|i|b|em|strong|s|del)\b[^>]*>",
    re.IGNORECASE,
)
_TAGS = re.compile(r"<[^>]+>")
_MARKDOWN_HEADING = re.compile(r"^(#{1,6}) +(.*)$", re.MULTILINE)


def html_to_markdown(text: str) -> str:
    """Write tables, figures, links and inline tags as Markdown; heading anchors stay as `{#anchor}`."""
    text = _COMMENT.sub("", text)
    text = _MARKDOWN_HEADING.sub(_keep_anchor, text)
    text = _TABLE.sub(lambda m: _table(m.group(1), m.group(2)), text)
    text = _HEADING.sub(lambda m: _html_heading(m), text)
    return _flow(text)


def _keep_anchor(match: re.Match[str]) -> str:
    """Move an explicit anchor of a heading where the section cutter looks for it."""
    if "id=" not in match.group(2):
        return match.group(0)
    text, anchor = heading(match.group(2))
    return f"{match.group(1)} {text} {{#{anchor}}}"


def _html_heading(match: re.Match[str]) -> str:
    text = " ".join(_TAGS.sub("", match.group(3)).split())
    anchor = _attribute(match.group(2), "id")
    return f"\n{'#' * int(match.group(1))} {text}" + (f" {{#{anchor}}}\n" if anchor else "\n")


def _flow(text: str) -> str:
    text = _CAPTION.sub(
        lambda m: f" — {_TAGS.sub('', m.group(1)).strip()}" if m.group(1).strip() else "", text
    )
    text = _IMAGE.sub(lambda m: f"[Image: {alt}]" if (alt := _attribute(m.group(1), "alt")) else "", text)
    text = _CODE.sub(
        lambda m: f"`{html.unescape(_TAGS.sub('', m.group(2)))}`" if m.group(2).strip() else "", text
    )
    text = _ANCHOR.sub(_link, text)
    text = _SUMMARY.sub(lambda m: f"\n**{_TAGS.sub('', m.group(1)).strip()}**\n\n", text)
    text = _STRONG.sub(lambda m: f"**{m.group(2)}**" if m.group(2).strip() else "", text)
    text = _EMPHASIS.sub(lambda m: f"*{m.group(2)}*" if m.group(2).strip() else "", text)
    text = _ROW_LINE.sub(lambda m: _BREAK.sub(" ", m.group(0)), text)
    text = _BREAK.sub("\n", _ITEM.sub("\n* ", text))
    return _SILENT.sub("", text)


def _link(match: re.Match[str]) -> str:
    target, label = _attribute(match.group(1), "href"), match.group(2).strip()
    if not label:
        return ""
    return f"[{label}]({target})" if target else label


def _attribute(attributes: str, name: str) -> str:
    match = re.search(rf"""\b{name}=(?:"([^"]*)"|'([^']*)')""", attributes)
    return html.unescape(match.group(1) or match.group(2) or "").strip() if match else ""


def _table(attributes: str, body: str) -> str:
    rows = [
        [(kind == "h", "data-hidden" in attrs, attrs, cell) for kind, attrs, cell in _CELL.findall(row)]
        for row in _ROW.findall(body)
    ]
    if not rows:
        return ""
    if "cards" in attributes:
        return "\n" + "\n".join(_card(row) for row in rows if not all(cell[0] for cell in row)) + "\n"
    lines = ["| " + " | ".join(_cell(cell[3]) for cell in row) + " |" for row in rows]
    if rows[0] and rows[0][0][0]:
        lines.insert(1, "|" + " --- |" * len(rows[0]))
    return "\n\n" + "\n".join(lines) + "\n\n"


def _card(row: list[tuple[bool, bool, str, str]]) -> str:
    said = [_cell(cell) for _, _, _, cell in row]
    return "* " + " — ".join(part for part in said if part)


def _cell(content: str) -> str:
    return " ".join(_flow(content).replace("|", "/").split()).removeprefix("* ")
