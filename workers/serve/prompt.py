"""A conversation into the tokens that a model was trained to continue."""

from collections.abc import Sequence
from typing import Any

from jinja2 import TemplateError

from workers.serve.refused import bad_request


def tokens_of(messages: Sequence[dict[str, str]], tokenizer: Any, template: str | None) -> list[int]:
    """Token ids of a conversation, up to where the reply begins.

    `template` is that of the adapter's training, None for the base's own. Raises Refused when the
    template cannot express these messages, e.g. two of the user's in a row.
    """
    try:
        text = tokenizer.apply_chat_template(
            list(messages),
            chat_template=template,
            tokenize=False,
            add_generation_prompt=True,
            # Qwen3 thinks aloud unless it is told not to; the training data holds plain answers.
            enable_thinking=False,
        )
    except (TemplateError, ValueError) as problem:
        raise bad_request(
            f"The model's chat template cannot express these messages: {problem}", "messages"
        ) from problem
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])
