"""What a process reward model says of responses that are there: a value at the end of each of their steps."""

from collections.abc import Sequence

from pipeline.engines.chat import encoded
from schemas import Message
from trainer.prm.examples import step_places
from trainer.prm.model import ProcessRewardModel, values

Stepped = tuple[Sequence[Message], Sequence[str]]
"""A prompt, and the texts of a response's steps."""


def step_values(prm: ProcessRewardModel, responses: Sequence[Stepped]) -> list[list[float]]:
    """The values in (0, 1), one for each step of each response; none for a response without a token."""
    sequences, places = [], []
    for prompt, texts in responses:
        before = encoded(prm.tokenizer, prm.name, prompt, "")
        own = prm.tokenizer("".join(texts), add_special_tokens=False, return_offsets_mapping=True)
        ends = step_places(own["offset_mapping"], texts) if own["input_ids"] else []
        sequences.append((*before, *own["input_ids"]))
        places.append([len(before) + end for end in ends])
    return values(prm, sequences, places)
