"""Records made by hand, for what is decided by a few of their fields."""

from typing import Any

import msgspec

from schemas import CurriculumRow, Rollout, Task

_PLAIN = Rollout(
    task_id="t",
    sample=0,
    model="m",
    revision="r",
    engine="transformers",
    sampling={},
    seed=0,
    text="",
    prompt_tokens=1,
    completion_tokens=1,
    token_ids=(1,),
    logprobs=(-1.0,),
    mean_logprob=0.0,
    finish="stop",
    score=0.0,
    reason="wrong",
    detail="",
    extracted=None,
    found="none",
)


def a_rollout(**fields: Any) -> Rollout:
    return msgspec.structs.replace(_PLAIN, **fields)


def measured_row(task: Task, successes: int, samples: int) -> CurriculumRow:
    """The task as a row of a curriculum."""
    return CurriculumRow(
        **msgspec.structs.asdict(task),
        pass_rate=0.5,
        pass_low=0.2,
        pass_high=0.8,
        successes=successes,
        samples=samples,
        model="m",
        revision="r",
        decision="in_band",
        split="train",
    )
