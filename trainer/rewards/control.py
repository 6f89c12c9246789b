"""Negative controls: scores that are not the verifier's, to see what training makes of them.

What is learnt without a true signal was not learnt from the tasks (random rewards have raised benchmarks that were in
the training data: arXiv 2507.10532), and how much noise a signal can bear is a figure worth knowing.
"""

from collections.abc import Sequence

import msgspec

from pipeline.seeding import generator
from schemas import Rollout
from trainer.rewards.format import well_formed
from trainer.rewards.settings import ControlConfig
from trainer.rollout import Group


def controlled(groups: Sequence[Group], control: ControlConfig | None, seed: int) -> list[Group]:
    """The groups with the scores that are rewarded; the same ones without a control.

    | kind | the score of a completion that is drawn |
    |---|---|
    | `random` | 0 or 1, by a fair coin |
    | `flipped` | 1 - score: noise, each completion by itself |
    | `inverted` | 1 - score, for all completions of a task, whenever it comes: a wrong key |
    | `format_only` | 1 where the answer is marked as it should be, else 0 |

    An undecided completion stays so. A completion is drawn by (seed, its task, its own seed), and the latter is derived
    from step, place and sample; a task by (seed, its id).
    """
    if control is None:
        return list(groups)
    return [
        msgspec.structs.replace(
            group, rollouts=tuple(_controlled(rollout, control, seed) for rollout in group.rollouts)
        )
        for group in groups
    ]


def _controlled(rollout: Rollout, control: ControlConfig, seed: int) -> Rollout:
    if rollout.score is None:
        return rollout
    key = (rollout.task_id,) if control.kind == "inverted" else (rollout.task_id, rollout.seed)
    rng = generator(seed, "control", *key)
    if rng.random() >= control.share:
        return rollout
    score = {
        "random": float(rng.random() < 0.5),
        "flipped": 1 - rollout.score,
        "inverted": 1 - rollout.score,
        "format_only": well_formed(rollout.text),
    }[control.kind]
    return msgspec.structs.replace(rollout, score=score)
