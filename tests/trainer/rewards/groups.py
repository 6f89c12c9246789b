"""Groups made by hand, and their rewards."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from generators.arithmetic.reversed_addition import FAMILY
from generators.family import make_task
from schemas import Task
from tests.trainer.records import a_rollout
from trainer.config import TrainConfig
from trainer.rewards.compose import Occasion, rewarded
from trainer.rollout import Group

LONGEST = 100


@cache
def task_number(index: int) -> Task:
    return make_task(FAMILY, level=2, seed=0, index=index, style="bare")


def a_group(
    scores: Sequence[float | None],
    lengths: Sequence[int] = (),
    texts: Sequence[str] = (),
    answers: Sequence[str | None] = (),
    task: int = 0,
) -> Group:
    """A group of scores, lengths in tokens, texts and answers; every rollout has a seed of its own."""
    count, own = len(scores), task_number(task)
    told = zip(
        scores,
        lengths or [3] * count,
        texts or ["<answer>1</answer>"] * count,
        answers or ["1"] * count,
        strict=True,
    )
    rollouts = [
        a_rollout(
            task_id=own.id,
            sample=number,
            seed=1000 * task + number,
            score=score,
            reason="error" if score is None else "correct" if score == 1 else "wrong",
            completion_tokens=length,
            token_ids=(5,) * length,
            logprobs=(-1.0,) * length,
            text=text,
            extracted=answer,
        )
        for number, (score, length, text, answer) in enumerate(told)
    ]
    return Group(task=own, prompt_ids=(5, 6), rollouts=tuple(rollouts))


def a_config(**changes: Any) -> TrainConfig:
    values: dict[str, Any] = {"model": "m", "shards": ["s"], "output": "o", "sampling": {"max_tokens": LONGEST}}
    return TrainConfig.model_validate(values | changes)


def decode(token_ids: Sequence[int]) -> str:
    """Every token is a character."""
    return "".join(map(chr, token_ids))


def rewarded_by(groups: Sequence[Group], engine: Any = None, step: int = 1, **changes: Any) -> list[Group]:
    """The rewards by a config's `reward` and `control`; a component that asks an engine that is not there fails."""
    return rewarded(groups, Occasion(engine, decode, a_config(**changes), step))
