"""A task that asks for a form, a response that has it, and responses that break one rule of it each."""

from typing import Any

from rubrics.generation.contrast import Contrast

PROMPT = (
    'Write a short text about a dog in exactly three sentences. Use the words "river" and "lamp". '
    'Never use the word "cat". Write no more than 20 words.'
)
CHOSEN = "The dog saw a river. It ran home quickly. A lamp was lit there."
BROKEN = {
    "sentence_count": "The dog saw a river. It ran home quickly. A lamp was lit there. It slept.",
    "keywords": "The dog saw a river. It ran home quickly. A candle was lit there.",
    "forbidden_words": "The dog saw a river. It ran home quickly. A lamp was lit for the cat.",
    "word_count": "The dog saw a river. It ran home quickly over hills, fields, roads, walls and many bridges. "
    "A lamp was lit there.",
}


def contrast(rejected: str, **changed: Any) -> Contrast:
    values: dict[str, Any] = {"task_id": "t1", "family": "instructions.form", "prompt": PROMPT, "chosen": CHOSEN}
    return Contrast(**values | {"rejected": rejected} | changed)
