"""Step labels as token sequences with values at the ends of their steps."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

import msgspec

from pipeline.engines.chat import encoded
from pipeline.seeding import derived_seed
from schemas import Message, StepLabels


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One response: the value of what stands before and at `places[k]`, a place in `token_ids`, is `values[k]`.

    `numbers` say which steps of the response they are, `labels` whether each is right, and `visits` how many
    continuations its value was estimated from.
    """

    task_id: str
    token_ids: tuple[int, ...]
    places: tuple[int, ...]
    numbers: tuple[int, ...]
    values: tuple[float, ...]
    labels: tuple[bool, ...]
    visits: tuple[int, ...]


def examples_of(rows: Iterable[StepLabels], tokenizer: Any, *, estimated: bool) -> list[Example]:
    """An example for each row that has a step; with `estimated`, only of steps that were."""
    made = [_example(row, tokenizer, estimated) for row in rows]
    return [example for example in made if example.places]


def held_out(task_id: str, share: float, seed: int) -> bool:
    """Whether a task is measured on and not learnt from: by lot, the same for all its responses."""
    return derived_seed(seed, "held out of the process reward model", task_id) % 1_000_000 < share * 1_000_000


def step_places(offsets: Sequence[tuple[int, int]], texts: Sequence[str]) -> list[int]:
    """Which token ends each step: the first whose characters reach to the step's end."""
    stops = [stop for _, stop in offsets]
    return [min(bisect_left(stops, end), len(stops) - 1) for end in accumulate(map(len, texts))]


def read_steps(
    tokenizer: Any, model: str, prompt: Sequence[Message], texts: Sequence[str]
) -> tuple[tuple[int, ...], list[int]]:
    """The tokens of a prompt and a response, and at which of them each of its steps ends; none without a token."""
    before = encoded(tokenizer, model, prompt, "")
    response = tokenizer("".join(texts), add_special_tokens=False, return_offsets_mapping=True)
    ends = step_places(response["offset_mapping"], texts) if response["input_ids"] else []
    return (*before, *response["input_ids"]), [len(before) + end for end in ends]


def _example(row: StepLabels, tokenizer: Any, estimated: bool) -> Example:
    token_ids, places = read_steps(tokenizer, row.model, row.prompt, row.completions)
    kept = [number for number in range(len(places)) if row.visits[number] or not estimated]
    return Example(
        task_id=row.task_id,
        token_ids=token_ids,
        places=tuple(places[number] for number in kept),
        numbers=tuple(kept),
        values=tuple(row.values[number] for number in kept),
        labels=tuple(row.labels[number] for number in kept),
        visits=tuple(row.visits[number] for number in kept),
    )
