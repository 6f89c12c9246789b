"""A judge whose scores become rewards: opened only where it has withstood the attacks, or is forced."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from pydantic import Field, model_validator

from rubrics.guards.admission import AdmissionConfig, admitted
from rubrics.guards.kept import GuardError, kept_in
from rubrics.judges.config import JudgeConfig
from rubrics.judges.contract import Judge
from rubrics.judges.opening import open_judge


class RewardJudgeConfig(JudgeConfig):
    """A judge, and what was measured of it."""

    guard: str = Field("", description="the JSON file that `taskmill guard` wrote of this judge")
    admission: AdmissionConfig = Field(AdmissionConfig(), description="what it must have withstood")

    @model_validator(mode="after")
    def _decides_criteria(self) -> Self:
        if self.kind not in ("yes_no", "verdict"):
            raise ValueError(f"kind: {self.kind} compares with a right answer and decides no criterion; take yes_no")
        return self


@contextmanager
def open_reward_judge(config: RewardJudgeConfig) -> Iterator[Judge]:
    """The judge, where it may give rewards. Raises GuardError before its first answer where it may not."""
    with open_judge(config) as judge:
        refuse_unmeasured(judge.name, config)
        yield judge


def refuse_unmeasured(judge: str, config: RewardJudgeConfig) -> None:
    """Raises GuardError for a judge that fails, was not measured as rubrics ask it, by a criterion, or is another than
    was; not where it is forced."""
    if not config.guard:
        if config.admission.force:
            return
        raise GuardError(
            f"the judge {judge} was not measured: name the file that `taskmill guard` writes of it in judge.guard, "
            "or set judge.admission.force=true"
        )
    kept = kept_in(config.guard)
    own = [told for told in kept if told.judge == judge]
    if not own and not config.admission.force:
        others = ", ".join(sorted({told.judge for told in kept})) or "no judge"
        raise GuardError(f"{config.guard} is of {others}, and this judge is {judge}: measure it by `taskmill guard`")
    by_criterion = [told for told in own if told.asked == "criterion"]
    if own and not by_criterion and not config.admission.force:
        raise GuardError(
            f"{config.guard}: {judge} was not measured as rubrics ask it, by a criterion without the right answer: "
            "measure it by `taskmill guard` with --set ask=criterion"
        )
    for told in by_criterion:
        admitted(told, config.admission)
