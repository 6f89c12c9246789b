"""`Rubric` and `RubricScore`: what a good response shows, and what one response showed."""

from typing import Any, Literal

import msgspec
import pyarrow as pa

from schemas.columns import json_column

CriterionKind = Literal["hard_rule", "principle", "pitfall"]


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
