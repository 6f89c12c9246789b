"""Criteria that a config gives for all tasks: checks by programs, by the names of `rubrics.criteria`."""

from collections.abc import Sequence
from typing import Any, Self

from pydantic import Field, model_validator

from pipeline.config import Section
from rubrics.criteria.registry import arguments_of
from schemas import Criterion, Rubric
from schemas.rubric import CriterionKind


class FixedCriterion(Section):
    """What a program checks in every response. For a pitfall the check describes the mistake."""

    checker: str = Field(description="a checker's name, of the table in docs/rubrics.md")
    arguments: dict[str, Any] = Field({}, description="the checker's own")
    weight: float = Field(1.0, gt=0, description="against the other criteria")
    kind: CriterionKind = Field("principle", description="what a failure, or for a pitfall a hit, means for the score")

    @model_validator(mode="after")
    def _can_be_checked(self) -> Self:
        arguments_of(_criterion(self, self.checker))
        return self


def fixed_rubric(criteria: Sequence[FixedCriterion]) -> Rubric:
    """The criteria as one rubric, that of every task."""
    numbered = (_criterion(each, f"{place}. {each.checker}") for place, each in enumerate(criteria, 1))
    return Rubric(id="config", task_id="", criteria=tuple(numbered), method="config")


def _criterion(fixed: FixedCriterion, title: str) -> Criterion:
    return Criterion(
        title=title,
        text="",
        kind=fixed.kind,
        weight=fixed.weight,
        checker=fixed.checker,
        arguments=fixed.arguments,
    )
