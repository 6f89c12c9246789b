"""`Rubric` and `RubricScore`: what a good response shows, and what one response showed."""

from typing import Any, Literal

import msgspec
import pyarrow as pa

from schemas.columns import json_column

CriterionKind = Literal["hard_rule", "principle", "pitfall"]
RubricCause = Literal[
    "unread", "undecidable", "vague", "leak", "redundant", "empty", "undecided", "own_pair", "held_out", "surpassed"
]


class Criterion(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look for. `checker` names a program check, with `arguments`; without one a judge decides.

    `requires` are the titles of criteria that must hold before this one counts.
    """

    title: str
    text: str
    kind: CriterionKind
    weight: float
    checker: str | None = None
    arguments: dict[str, Any] = {}
    requires: tuple[str, ...] = ()


class Rubric(msgspec.Struct, frozen=True, kw_only=True):
    """The criteria of one task; `method` names the maker.

    `discrimination` in [-1, 1] is the share of pairs that it ranked right less the share that it ranked wrong, over
    pairs that it was not made from, or, where there were none, over those that it was; None where not measured.
    """

    id: str
    task_id: str
    criteria: tuple[Criterion, ...]
    method: str
    discrimination: float | None = None


class CriterionScore(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    score: float | None
    reason: str


class RubricScore(msgspec.Struct, frozen=True, kw_only=True):
    """One response scored against one rubric; `score` in [0, 1], None when a judge could not decide."""

    rubric_id: str
    task_id: str
    response: str
    judge: str
    score: float | None
    criteria: tuple[CriterionScore, ...]


class RubricLeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A rubric, or one criterion of it, that was left out, and why.

    `title` and `text` are the criterion's; without a title all of the rubric was left out. Of a criterion: `unread` (a
    model wrote what is none, or a check that there is not), `undecidable` (no program decides it, and there is no
    judge), `vague`, `leak` (it tells the gold answer), `redundant`. Of a rubric: `unread`, `empty` (no criterion is
    left), `undecided` (the judge could not tell), `own_pair` (it does not rank the pairs it was made from right),
    `held_out` (nor enough of the others), `surpassed` (another one of the task tells pairs better apart). `detail` says
    it with figures.
    """

    rubric_id: str
    task_id: str
    method: str
    title: str
    text: str
    cause: RubricCause
    detail: str


CRITERION = pa.struct(
    [
        pa.field("title", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("weight", pa.float64(), nullable=False),
        pa.field("checker", pa.string()),
        json_column("arguments"),
        pa.field("requires", pa.list_(pa.string()), nullable=False),
    ]
)

CRITERION_SCORE = pa.struct(
    [
        pa.field("title", pa.string(), nullable=False),
        pa.field("score", pa.float64()),
        pa.field("reason", pa.string(), nullable=False),
    ]
)

RUBRIC_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("task_id", pa.string(), nullable=False),
        pa.field("criteria", pa.list_(CRITERION), nullable=False),
        pa.field("method", pa.string(), nullable=False),
        pa.field("discrimination", pa.float64()),
    ]
)

RUBRIC_SCORE_SCHEMA = pa.schema(
    [
        pa.field("rubric_id", pa.string(), nullable=False),
        pa.field("task_id", pa.string(), nullable=False),
        pa.field("response", pa.string(), nullable=False),
        pa.field("judge", pa.string(), nullable=False),
        pa.field("score", pa.float64()),
        pa.field("criteria", pa.list_(CRITERION_SCORE), nullable=False),
    ]
)

RUBRIC_LEFT_OUT_SCHEMA = pa.schema(
    [
        pa.field("rubric_id", pa.string(), nullable=False),
        pa.field("task_id", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("cause", pa.string(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
    ]
)
