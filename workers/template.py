"""How a conversation is written down for a base: its own chat template, or the plain one."""

import hashlib
from dataclasses import dataclass
from typing import Any

# Plain text without new tokens, so that no embedding has to be trained. The header of an answer ends
# with a newline: a blank would be joined with the first word into one token.
PLAIN = (
    "{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ message['content'] }}\n\n"
    "{% elif message['role'] == 'user' %}### Instruction:\n{{ message['content'] }}\n\n### Response:\n"
    "{% else %}{{ message['content'] }}{{ eos_token }}\n\n{% endif %}"
    "{% endfor %}"
)
PLAIN_STOPS = ("### Instruction:",)


@dataclass(frozen=True)
class Template:
    """The template's text and the strings at which a reply ends beside the end token."""

    text: str
    stops: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the text, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def write(self, tokenizer: Any, messages: list[dict[str, str]], *, ask: bool) -> str:
        """Write messages down; with `ask` up to where the answer begins."""
        written: str = tokenizer.apply_chat_template(
            messages,
            chat_template=self.text,
            tokenize=False,
            add_generation_prompt=ask,
            # Qwen3 thinks aloud unless it is told not to; lessons hold plain answers.
            enable_thinking=False,
        )
        return written


def template_of(tokenizer: Any) -> Template:
    """The base's own template, or the plain one where it has none."""
    own = tokenizer.chat_template
    if isinstance(own, dict):
        own = own.get("default")
    return Template(own) if own else Template(PLAIN, PLAIN_STOPS)
