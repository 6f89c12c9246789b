"""`Verdict`: what a verifier says of one answer, and why."""

from typing import Literal

import msgspec
import pyarrow as pa

Reason = Literal["correct", "partial", "wrong", "malformed", "missing", "overlong", "timeout", "error"]
Found = Literal["answer_tag", "boxed", "fence", "answer_line", "none"]

UNDECIDED: frozenset[str] = frozenset({"timeout", "error"})


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The judgement of one answer.

    `score` is in [0, 1], 1.0 only for `correct`, and None for the undecided reasons (`timeout`, `error`): the
    verifier failed, so the answer is neither right nor wrong. `found` says by which mark the answer was
    recognised in the response, `extracted` is what stood there, `detail` is one sentence for people.
    """

    score: float | None
    reason: Reason
    detail: str = ""
    extracted: str | None = None
    found: Found = "none"

    @property
    def decided(self) -> bool:
        return self.reason not in UNDECIDED


def correct() -> Verdict:
    return Verdict(score=1.0, reason="correct")


def partial(score: float, detail: str) -> Verdict:
    """Partial credit by the rules; a share that rounds up to all of it stays below 1."""
    return Verdict(score=min(max(score, 0.0), 0.99), reason="partial", detail=detail)


def wrong(detail: str) -> Verdict:
    return Verdict(score=0.0, reason="wrong", detail=detail)


def malformed(detail: str) -> Verdict:
    """The answer is not in the answer format, so there is nothing to judge."""
    return Verdict(score=0.0, reason="malformed", detail=detail)


def undecided(reason: Literal["timeout", "error"], detail: str) -> Verdict:
    return Verdict(score=None, reason=reason, detail=detail)


VERDICT_SCHEMA = pa.schema(
    [
        pa.field("score", pa.float64()),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
        pa.field("extracted", pa.string()),
        pa.field("found", pa.string(), nullable=False),
    ]
)
