"""`compute_score`: the reward function of verl, which asks for one response at a time, from threads."""

from collections.abc import Mapping
from typing import Any

from trainer.rewards.outside.judging import OutsideError, UndecidedError, question, verdicts


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: Mapping[str, Any] | None = None,
    undecided: float | None = None,
) -> dict[str, float]:
    """`score` is the verifier's in [0, 1], `acc` 1.0 for what is wholly right.

    Where the verifier is undecided it raises UndecidedError: verl's trainer (`trainer.use_v1`, its default) marks the
    trajectory as failed and goes on with the others of its group. A trainer that would end of it can be given a value
    instead, by `reward.custom_reward_function.reward_kwargs.undecided`. Raises OutsideError for rows that
    `taskmill export` has not written.
    """
    asked = extra_info or {}
    if missing := [name for name in ("family", "version", "payload") if name not in asked]:
        raise OutsideError(
            f"extra_info of a row of {data_source} lacks {', '.join(missing)}, which the verifier needs: train on the "
            "files that `taskmill export --to verl` writes"
        )
    task = question(asked["family"], int(asked["version"]), asked["payload"])
    verdict = verdicts([(task, solution_str)])[0]
    if verdict.score is not None:
        return {"score": verdict.score, "acc": float(verdict.score == 1.0), "undecided": 0.0}
    if undecided is None:
        raise UndecidedError(f"task {asked.get('task_id', '?')} of {task.family}: {verdict.reason}: {verdict.detail}")
    return {"score": undecided, "acc": 0.0, "undecided": 1.0}
