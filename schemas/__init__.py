"""The records, their Arrow schemas, and how they become tables and come back."""

from schemas.agreement import Agreement, Outcome
from schemas.aimed import AimedCell
from schemas.arrow import RECORDS, SchemaError, from_table, schema_of, to_table, upgraded
from schemas.continuation import AskKind, Continuation
from schemas.curriculum import CurriculumRow, Split
from schemas.difficulty import Decision, Difficulty
from schemas.document import Document
from schemas.failure import Failure
from schemas.hit import Hit, HitMethod
from schemas.leftout import Cause, LeftOut
from schemas.preference import LeftOutPair, PairCause, PairKind, PreferencePair
from schemas.removed import Removed, RemovedMethod
from schemas.rollout import Finish, Rollout
from schemas.rubric import (
    Criterion,
    CriterionKind,
    CriterionScore,
    Rubric,
    RubricCause,
    RubricLeftOut,
    RubricScore,
)
from schemas.scale import Ability, Item, PassRate
from schemas.statement import ANSWER_LINE, statement_of
from schemas.steps import StepLabels
from schemas.task import Message, Task
from schemas.trace import Trace
from schemas.verdict import Found, Reason, Verdict

__all__ = [
    "ANSWER_LINE",
    "RECORDS",
    "Ability",
    "Agreement",
    "AimedCell",
    "AskKind",
    "Cause",
    "Continuation",
    "Criterion",
    "CriterionKind",
    "CriterionScore",
    "CurriculumRow",
    "Decision",
    "Difficulty",
    "Document",
    "Failure",
    "Finish",
    "Found",
    "Hit",
    "HitMethod",
    "Item",
    "LeftOut",
    "LeftOutPair",
    "Message",
    "Outcome",
    "PairCause",
    "PairKind",
    "PassRate",
    "PreferencePair",
    "Reason",
    "Removed",
    "RemovedMethod",
    "Rollout",
    "Rubric",
    "RubricCause",
    "RubricLeftOut",
    "RubricScore",
    "SchemaError",
    "Split",
    "StepLabels",
    "Task",
    "Trace",
    "Verdict",
    "from_table",
    "schema_of",
    "statement_of",
    "to_table",
    "upgraded",
]
