"""The verifiers as rewards of other trainers, each by the signature that the trainer calls.

    TRL        trainer.rewards.outside.verified
    verl       trainer.rewards.outside.compute_score
    OpenRLHF   trainer.rewards.outside.reward_func
    verifiers  trainer.rewards.outside.environment, a taskset

They read the rows that `taskmill export` writes, and import neither torch nor transformers.
"""

from trainer.rewards.outside.judging import OutsideError, UndecidedError
from trainer.rewards.outside.openrlhf import reward_func
from trainer.rewards.outside.trl import verified
from trainer.rewards.outside.verl import compute_score

__all__ = ["OutsideError", "UndecidedError", "compute_score", "reward_func", "verified"]
