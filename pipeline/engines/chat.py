"""Chat messages to token ids, by the tokenizer's own chat template."""

from collections.abc import Sequence
from typing import Any

from jinja2 import TemplateError

from pipeline.engines.protocol import EngineError
from schemas import Message


def encoded(tokenizer: Any, model: str, messages: Sequence[Message], prefill: str) -> tuple[int, ...]:
    """Ids of a chat up to the assistant's turn, and of its first words. Raises EngineError, which names the model."""
    if not getattr(tokenizer, "chat_template", None):
        raise EngineError(
            f"the tokenizer of {model} has no chat template, so it can't be asked in chat messages; "
            "make requests from token ids, or take an instruction-tuned model"
        )
    chat = [{"role": message.role, "content": message.content} for message in messages]
    try:
        opening = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    except TemplateError as error:
        raise EngineError(f"the chat template of {model} refuses these messages: {error}") from error
    return tuple(tokenizer(opening + prefill, add_special_tokens=False)["input_ids"])
