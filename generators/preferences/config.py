"""What a user may say of traces and preference pairs."""

from typing import Literal

from pydantic import Field

from pipeline.config import Section

Factor = Literal["confidence", "nearness", "length"]


class TraceConfig(Section):
    """Rejection-sampling fine-tuning: which right responses of a task are kept as traces."""

    per_task: int = Field(4, ge=1, description="right responses of a task that are kept, at most")
    choose: Literal["shortest", "confident", "different"] = Field(
        "different", description="which: few tokens, sure of the answer, or as unlike one another as can be"
    )


class PairConfig(Section):
    """Which better and worse responses to one prompt become a pair."""

    per_task: int = Field(4, ge=1, description="pairs of a task at most; no response is in two of them")
    margin: float = Field(0.5, gt=0, le=1, description="the least gap between the two scores")
    factors: list[Factor] = Field(
        ["confidence", "nearness", "length"],
        description="what makes a pair worth more beside its margin: two responses that were sure of their answers, "
        "a rejected answer that is nearly right, and lengths that are alike",
    )
    near: float = Field(0.5, gt=0, lt=1, description="from this likeness to a right answer a wrong one is a near miss")
    unfinished: bool = Field(False, description="whether responses that were cut off may be rejected ones")
    balance: float | None = Field(
        0.05,
        ge=0,
        le=0.5,
        description="the share of pairs whose chosen response is the longer one may be so far from a half; null: any",
    )
    unsound: int = Field(
        2, ge=0, description="pairs of a task at most in which both answers are right, the rejected one by a false step"
    )
    attacks: int = Field(
        0, ge=0, description="pairs of a task at most whose rejected response answers nothing and pretends to"
    )
    ties: int = Field(0, ge=0, description="pairs of a task at most in which both are right, for models that rate ties")
