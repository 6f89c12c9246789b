"""`Agreement`: whether independent checks say the same of a task's rollouts."""

from typing import Literal

import msgspec
import pyarrow as pa

Outcome = Literal["agree", "disagree", "one_check"]


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What a second look at a task's rollouts found.

    Of `rollouts` with a verdict, `checked_twice` had a second opinion: that of the family's second check, or that of
    the gold answer where the response gives it word for word. `conflicts` had one that contradicts the verdict, or
    another verdict when verified again. `outcome` is `disagree` where there is a conflict, `one_check` where there is
    no second opinion. `consensus` says that the model is sure of one answer, given in the share `majority` of the
    rollouts, which the verifier does not accept. `detail` shows the first conflict and that answer.
    """

    task_id: str
    family: str
    level: int
    outcome: Outcome
    rollouts: int
    checked_twice: int
    conflicts: int
    majority: float
    consensus: bool
    detail: str


AGREEMENT_SCHEMA = pa.schema(
    [
        pa.field("task_id", pa.string(), nullable=False),
        pa.field("family", pa.string(), nullable=False),
        pa.field("level", pa.int32(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("rollouts", pa.int32(), nullable=False),
        pa.field("checked_twice", pa.int32(), nullable=False),
        pa.field("conflicts", pa.int32(), nullable=False),
        pa.field("majority", pa.float64(), nullable=False),
        pa.field("consensus", pa.bool_(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
    ]
)
