"""`verified`: the reward function of TRL's GRPOTrainer and RLOOTrainer."""

from collections.abc import Sequence
from typing import Any

from rubrics.reward import spoken
from trainer.rewards.outside.judging import OutsideError, question, verdicts

COLUMNS = ("family", "version", "payload")


def verified(prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
    """The verifier's score in [0, 1] of each completion; `GRPOTrainer(reward_funcs=verified)`.

    None where the verifier was undecided: TRL leaves such a completion out of its group's baseline and gives it an
    advantage of 0. The share of those is logged as `undecided`. Raises OutsideError where a column is missing.
    """
    if missing := [name for name in COLUMNS if name not in columns]:
        raise OutsideError(
            f"the data set has no column {', '.join(missing)}, which the verifier needs: train on the files that "
            "`taskmill export --to trl` writes, and leave remove_unused_columns off"
        )
    rows = zip(*(columns[name] for name in COLUMNS), completions, strict=True)
    told = verdicts([(question(family, version, payload), spoken(said)) for family, version, payload, said in rows])
    if (log_metric := columns.get("log_metric")) is not None and told:
        log_metric("undecided", sum(not verdict.decided for verdict in told) / len(told))
    return [verdict.score for verdict in told]
