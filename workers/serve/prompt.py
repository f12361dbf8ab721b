"""A conversation into the tokens that a model was trained to continue."""

from collections.abc import Sequence
from typing import Any

from jinja2 import TemplateError

from workers.serve.refused import bad_request
from workers.template import Template


def tokens_of(messages: Sequence[dict[str, str]], tokenizer: Any, template: Template) -> list[int]:
    """Token ids of a conversation, up to where the reply begins.

    Raises Refused when the template cannot express these messages, e.g. two of the user's in a row.
    """
    try:
        text = template.write(tokenizer, list(messages), ask=True)
    except (TemplateError, ValueError) as problem:
        raise bad_request(f"The chat template refuses these messages: {problem}", "messages") from problem
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])
