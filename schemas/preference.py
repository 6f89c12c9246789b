"""`PreferencePair`: a better and a worse response to one prompt, in TRL's conversational columns."""

from typing import Literal

import msgspec
import pyarrow as pa

from schemas.columns import message_list
from schemas.task import Message

PairKind = Literal["wrong", "near_miss", "unsound", "partial", "temporal", "step", "attack", "causal", "neutral", "tie"]


class PreferencePair(msgspec.Struct, frozen=True, kw_only=True):
    """`chosen` beats `rejected` on `prompt`; `method` names the maker.

    `kind` says what is the matter with the rejected one: its answer is `wrong`, wrong by little (`near_miss`), only in
    `partial` right, or right by steps that are not (`unsound`); `temporal`: a wrong one of an older model; `step`: the
    worse of two ways on from the same first steps, which both texts begin with; `attack`: it answers nothing and is
    written to be taken for an answer; `causal`: it is the other one with one criterion broken; `neutral`: nothing, they
    differ in style alone or both answer another prompt; `tie`: nothing, both are as good.
    `margin` is the score gap in [0, 1]. `strength` is how sure the preference is: the share of judges that see it so,
    of a `step` the probability that it is the better one, 1.0 for a verifier. Samples are numbers among the task's
    rollouts of that model and revision, -1 for what is no stored rollout; confidences are the mean probabilities of the
    tokens of the final answers, None where not known.
    """

    task_id: str
    prompt: tuple[Message, ...]
    chosen: tuple[Message, ...]
    rejected: tuple[Message, ...]
    chosen_score: float
    rejected_score: float
    margin: float
    chosen_model: str
    rejected_model: str
    chosen_revision: str
    rejected_revision: str
    chosen_sample: int
    rejected_sample: int
    chosen_tokens: int
    rejected_tokens: int
    chosen_confidence: float | None
    rejected_confidence: float | None
    kind: PairKind
    strength: float
    method: str


PairCause = Literal["length", "outvoted", "tied", "disputed", "doubted"]


class LeftOutPair(PreferencePair, frozen=True, kw_only=True):
    """A pair that was made and then left out.

    `cause` says why: `length` (the lengths told which response was chosen); of several judges most see the other
    response as the better one (`outvoted`), none sees much between the two (`tied`), or they contradict one another
    (`disputed`); two models that review each other's pairs believe least in its label (`doubted`).
    """

    cause: PairCause


PREFERENCE_SCHEMA = pa.schema(
    [
        pa.field("task_id", pa.string(), nullable=False),
        message_list("prompt"),
        message_list("chosen"),
        message_list("rejected"),
        pa.field("chosen_score", pa.float64(), nullable=False),
        pa.field("rejected_score", pa.float64(), nullable=False),
        pa.field("margin", pa.float64(), nullable=False),
        pa.field("chosen_model", pa.string(), nullable=False),
        pa.field("rejected_model", pa.string(), nullable=False),
        pa.field("chosen_revision", pa.string(), nullable=False),
        pa.field("rejected_revision", pa.string(), nullable=False),
        pa.field("chosen_sample", pa.int32(), nullable=False),
        pa.field("rejected_sample", pa.int32(), nullable=False),
        pa.field("chosen_tokens", pa.int32(), nullable=False),
        pa.field("rejected_tokens", pa.int32(), nullable=False),
        pa.field("chosen_confidence", pa.float64()),
        pa.field("rejected_confidence", pa.float64()),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("strength", pa.float64(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
    ]
)

LEFT_OUT_PAIR_SCHEMA = PREFERENCE_SCHEMA.append(pa.field("cause", pa.string(), nullable=False))
