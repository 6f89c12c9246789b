"""What a process reward model says of responses that are there: a value at the end of each of their steps."""

from collections.abc import Sequence

from schemas import Message
from trainer.prm.examples import read_steps
from trainer.prm.model import ProcessRewardModel, values

Stepped = tuple[Sequence[Message], Sequence[str]]
"""A prompt, and the texts of a response's steps."""


def step_values(prm: ProcessRewardModel, responses: Sequence[Stepped]) -> list[list[float]]:
    """The values in (0, 1), one for each step of each response; none for a response without a token."""
    read = [read_steps(prm.tokenizer, prm.name, prompt, texts) for prompt, texts in responses]
    return values(prm, [ids for ids, _ in read], [places for _, places in read])
