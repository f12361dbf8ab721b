"""GitBook's Markdown into plain Markdown, with nothing lost that a reader would need."""

import html
import re
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

from knowledge.markup import html_to_markdown

_FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})")
_FRONT = re.compile(r"\A﻿?---\s*\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)
_FRONT_DESCRIPTION = re.compile(
    r"^description:\s*(?:(?:>-?|\|-?)\s*\n((?:[ \t]+.*(?:\n|\Z))+)|(.+))", re.MULTILINE
)
_POINTER = re.compile(r"\A\s*(?:>[^\n]*(?:llms\.txt|\.md)[^\n]*\n(?:>[^\n]*\n)*)\s*", re.IGNORECASE)
_AGENT_BLOCK = re.compile(r"\n\s*(?:-{3,}|\*{3,})\s*\n+# Agent Instructions\b.*\Z", re.DOTALL)
_TAG = re.compile(r"\{%-?\s*(\w[\w-]*)\s*(.*?)\s*-?%\}", re.DOTALL)
_ATTRIBUTE = re.compile(r"""([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'%]+))""")
# A target in angle brackets may hold spaces and brackets, a bare one brackets in pairs.
_TARGET = r"\(\s*(<[^<>\n]*>|(?:[^()<>\s]|\([^()<>\s]*\))*)(?:\s+\"[^\"]*\")?\s*\)"
_IMAGE = re.compile(r"!\[([^\[\]]*)\]" + _TARGET)
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]" + _TARGET)
_PRE = re.compile(r"<pre\b([^>]*)>(.*?)</pre>", re.DOTALL | re.IGNORECASE)
# Where a step of a stepper begins, with the heading that names it.
_OPEN_STEP = re.compile(r"^(\d+\.) *\n\s*(?:#{1,6} +(.+?)(?: *\{#[^}\n]*\})? *\n)?", re.MULTILINE)
# "Note: Tip: ..." says the same twice.
_TWICE_NAMED = re.compile(
    r"\*\*(?:Note|Tip|Warning|Danger):\*\*\s+(?=\*\*(?:Note|Tip|Warning|Danger|Important)\b)"
)
_RULE = re.compile(r"^\s*(?:\*\s*){3,}$", re.MULTILINE)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~/$&<])")
_STYLES = {"info": "Note", "warning": "Warning", "danger": "Danger", "success": "Tip"}
_CODE_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)


def clean(markdown: str, url: str = "", include: Callable[[str], str] | None = None) -> str:
    """Return plain Markdown; `url` resolves relative links, `include` reads an included file."""
    text = markdown.replace("\r\n", "\n").replace("\xa0", " ")
    text, description = _without_front_matter(text)
    text = _AGENT_BLOCK.sub("\n", _POINTER.sub("", text, count=1))
    if include is not None:
        text = _resolve_includes(text, include)
    steps = [0]
    text = "".join(piece if is_code else _PRE.sub(_fenced, piece) for is_code, piece in split_code(text))
    pieces = [piece if is_code else _prose(piece, url, steps) for is_code, piece in split_code(text)]
    text = re.sub(r"\n{3,}", "\n\n", "".join(pieces)).strip()
    return _with_description(text, description) + "\n"


def split_code(text: str) -> list[tuple[bool, str]]:
    """Cut a page into fenced code and everything else, in order."""
    pieces: list[tuple[bool, list[str]]] = [(False, [])]
    fence = ""
    for line in text.splitlines(keepends=True):
        match = _FENCE.match(line)
        if fence:
            pieces[-1][1].append(line)
            if match and match.group(2).startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
                pieces.append((False, []))
        elif match:
            fence = match.group(2)
            pieces.append((True, [line]))
        else:
            pieces[-1][1].append(line)
    return [(is_code, "".join(lines)) for is_code, lines in pieces if lines]


def _without_front_matter(text: str) -> tuple[str, str]:
    match = _FRONT.match(text)
    if match is None:
        return text, ""
    found = _FRONT_DESCRIPTION.search(match.group(1))
    description = " ".join((found.group(1) or found.group(2) or "").split()).strip("\"'") if found else ""
    return text[match.end() :], description


def _with_description(text: str, description: str) -> str:
    if not description or description in text:
        return text
    first, _, rest = text.partition("\n")
    if first.startswith("# "):
        return f"{first}\n\n{description}\n{rest}"
    return f"{description}\n\n{text}"


def _resolve_includes(text: str, include: Callable[[str], str]) -> str:
    def insert(match: re.Match[str]) -> str:
        if match.group(1) != "include":
            return match.group(0)
        name = match.group(2).strip().strip("\"'")
        return _FRONT.sub("", include(name))

    return _TAG.sub(insert, text)


def _fenced(match: re.Match[str]) -> str:
    """Write code that the book keeps as HTML in a fence."""
    language = re.search(r"language-(\w+)", match.group(1))
    code = html.unescape(re.sub(r"</?[a-zA-Z][^>]*>", "", match.group(2))).strip("\n")
    return f"\n```{language.group(1) if language else ''}\n{code}\n```\n"


def _prose(text: str, url: str, steps: list[int]) -> str:
    text = _TAG.sub(lambda match: _block(match.group(1), match.group(2), steps), text)
    text = _TWICE_NAMED.sub("", html_to_markdown(text))
    text = _OPEN_STEP.sub(lambda m: f"{m[1]} **{m[2]}**\n\n" if m[2] else f"{m[1]} ", text)
    pieces = []
    last = 0
    for span in _CODE_SPAN.finditer(text):
        pieces += [_inline(text[last : span.start()], url), span.group(0)]
        last = span.end()
    pieces.append(_inline(text[last:], url))
    return "".join(pieces)


def _inline(text: str, url: str) -> str:
    text = text.replace("&#x20;", " ").replace("&#xNAN;", "")
    text = _IMAGE.sub(lambda match: f"[Image: {match[1]}]" if match[1].strip() else "", text)
    text = _LINK.sub(lambda match: _link(match, url), text)
    text = _RULE.sub("", text)
    text = re.sub(r"\\\n", "\n", text)
    text = _ESCAPE.sub(r"\1", text)
    return html.unescape(text)


def _link(match: re.Match[str], url: str) -> str:
    label, target = match.groups()
    target = html.unescape(target.replace("\\", "").strip("<>"))
    if label.startswith("[Image: "):
        label = label.removeprefix("[Image: ").removesuffix("]")
    if (
        not label.strip()
        or not target
        or "broken/pages" in target
        or target.startswith(("broken:", "https://app.gitbook.com/s/"))
    ):
        return label
    try:
        resolved = urljoin(url, target) if url else target
        scheme = urlsplit(resolved).scheme
    except ValueError:
        return label
    if scheme not in {"", "http", "https", "mailto"}:
        return label
    return f"[{label}]({resolved})"


def _block(name: str, rest: str, steps: list[int]) -> str:
    """Write one `{% tag %}` as Markdown; `steps` counts the steps of the stepper that is open."""
    values = {m.group(1): next((g for g in m.groups()[1:] if g), "") for m in _ATTRIBUTE.finditer(rest)}
    match name:
        case "hint":
            return f"**{_STYLES.get(values.get('style', 'info'), 'Note')}:** "
        case "stepper":
            steps[0] = 0
            return ""
        case "step":
            steps[0] += 1
            return f"\n{steps[0]}. \n"
        case "tab" | "code" | "prompt":
            title = values.get("title") or values.get("description", "")
            return f"**{title}**" if title else ""
        case "update":
            said = ", ".join(value for key in ("date", "tags") if (value := values.get(key)))
            return f"**{said}**" if said else ""
        case "embed" | "file" | "content-ref":
            target = values.get("url") or values.get("src", "")
            label = {"embed": "Link", "file": "File", "content-ref": "See"}[name]
            return f"{label}: [{target}]({target})\n" if target else ""
        case "openapi" | "openapi-operation" | "swagger":
            method, path = values.get("method", "").upper(), values.get("path", "")
            return f"`{method} {path}`".replace("` ", "`") if path else ""
        case _:
            return ""
