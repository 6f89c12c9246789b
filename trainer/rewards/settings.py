"""What a user may say of rewards: which components there are, what each weighs, and a negative control."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Discriminator, Field, model_validator

from pipeline.config import Section
from rubrics.guards.reward_judge import RewardJudgeConfig
from rubrics.scoring import ScoringConfig
from trainer.rewards.criteria import FixedCriterion


class Component(Section):
    """What every component has. Its values lie in a range of width `span`, so it moves a reward by at most
    `weight * span`."""

    span: ClassVar[float] = 1.0

    weight: float = Field(gt=0, description="what the component's values are multiplied by")
    primary: bool = Field(
        False, description="teaches by itself, also in groups whose verifier scores are all alike: not a mere shape"
    )


class Overlong(Component):
    """The last tokens of `max_tokens` cost up to 1 (soft overlong punishment, DAPO)."""

    kind: Literal["overlong"]
    weight: float = Field(1.0, gt=0, description="what the component's values are multiplied by")
    buffer: int = Field(ge=1, description="so many tokens before max_tokens the cost begins")


class GatedLength(Component):
    """Right completions cost by their length, where most of their group are right too (GRPO-λ)."""

    kind: Literal["gated"]
    weight: float = Field(0.5, gt=0, description="what the component's values are multiplied by")
    from_right: float = Field(0.75, gt=0, le=1, description="the share of the group that must be right")


class BudgetLength(Component):
    """Tokens beyond a budget cost; the budget shrinks as training goes on (Train Long, Think Short)."""

    kind: Literal["budget"]
    weight: float = Field(0.5, gt=0, description="what the component's values are multiplied by")
    first: int = Field(ge=1, description="tokens of the first budget")
    least: int = Field(1, ge=1, description="tokens of the last one")
    decay: float = Field(0.5, gt=0, le=1, description="what the budget is multiplied by")
    steps: int = Field(50, ge=1, description="updates until it shrinks")

    @model_validator(mode="after")
    def _shrinks(self) -> Self:
        if self.least > self.first:
            raise ValueError(f"least: {self.least} is more than first, {self.first}, and the budget is to shrink")
        return self


class DecoupledLength(Section):
    """Short right completions are learnt from more than long right ones, and none is pushed down (DRPO)."""

    kind: Literal["decoupled"]
    temperature: float = Field(0.5, gt=0, description="the lower, the more it matters to be short")


class Format(Component):
    """1 where both answer tags stand exactly once and nothing follows, else 0."""

    weight: float = Field(0.1, gt=0, description="what the component's values are multiplied by")


class Consistency(Component):
    """1 for the answer that most of the group give, else 0: what training has without a verifier (TTRL)."""

    weight: float = Field(0.1, gt=0, description="what the component's values are multiplied by")


class SelfAligned(Component):
    """How much less surprising the completion is with the question than without it (SAR)."""

    span: ClassVar[float] = 2.0

    weight: float = Field(0.1, gt=0, description="what the component's values are multiplied by")


class Reference(Component):
    """How much likelier the gold answer is after the completion's reasoning than without it (RLPR)."""

    weight: float = Field(0.2, gt=0, description="what the component's values are multiplied by")


class Rubric(Component):
    """How far a completion meets criteria: fixed ones that a program checks, or those of its task's own rubrics.

    With both, the mean of the two. Tasks without a rubric of their own are taught by the others alone.
    """

    weight: float = Field(0.2, gt=0, description="what the component's values are multiplied by")
    criteria: list[FixedCriterion] = Field([], description="the same for all tasks")
    shards: list[str] = Field([], description="files, folders or globs of rubrics, as `taskmill rubrics` writes them")
    scoring: ScoringConfig = Field(
        ScoringConfig(rule_cap=1),
        description="how criteria become one score; a failed hard rule closes no gate by default",
    )
    judge: RewardJudgeConfig | None = Field(None, description="for criteria of the shards that no program decides")
    gated: bool = Field(False, description="only completions that the verifier finds right earn anything by it (CaRR)")

    @model_validator(mode="after")
    def _has_criteria(self) -> Self:
        if not self.criteria and not self.shards:
            raise ValueError("give criteria, or shards with rubrics")
        if self.judge is not None and not self.shards:
            raise ValueError("judge: it decides criteria of shards, and there are none; a program checks `criteria`")
        return self


class Process(Section):
    """Each step of a completion is taught for itself: true equations and false ones (Clip & Delta).

    It moves the advantages of a step's tokens by up to `weight`, and no reward.
    """

    kind: Literal["clip", "delta"] = Field("clip", description="a false step costs; or each step has its own score")
    weight: float = Field(0.2, gt=0, description="in units of advantage")
    threshold: float = Field(0.5, gt=0, le=1, description="clip: a step scored below costs what is missing")
    gate: bool = Field(
        False, description="no step of a wrong completion is worth more than one of a right one (ReNorm)"
    )
    trust: bool = Field(
        False, description="weighs less in groups whose wrong completions have the better steps (Trust-GRPO)"
    )
    fade: int | None = Field(None, ge=1, description="updates in which the weight falls to 1/e of it (Trust-GRPO)")
    primary: bool = Field(False, description="teaches also in groups whose verifier scores are all alike")


Length = Annotated[Overlong | GatedLength | BudgetLength | DecoupledLength, Discriminator("kind")]


class RewardConfig(Section):
    """The reward of a completion: the sum of its components' values times their weights.

    A group whose verifier scores are all alike teaches nothing, however its shapes differ: rewarding shapes alone has
    collapsed policies. A component that is `primary` lifts that for itself. Shapes together may move a reward by no
    more than a right answer is worth, so that no wrong answer earns more than a right one.
    """

    correctness: float = Field(1.0, ge=0, description="what the verifier's score is multiplied by")
    format: Format | None = Field(None, description="the answer is marked once, and nothing follows it")
    length: Length | None = Field(None, description="what short completions gain")
    consistency: Consistency | None = Field(None, description="the answer is that of most of the group")
    self_aligned: SelfAligned | None = Field(None, description="the completion is of this question")
    reference: Reference | None = Field(None, description="the reasoning makes the gold answer likely")
    rubric: Rubric | None = Field(None, description="criteria, the same for all tasks or the task's own")
    process: Process | None = Field(None, description="the equations of a completion are true, step by step")
    outweigh: bool = Field(False, description="lets the other components together weigh more than correctness")

    @property
    def added(self) -> dict[str, Component]:
        """The components that are added to correctness, by name."""
        return {name: part for name in type(self).model_fields if isinstance(part := getattr(self, name), Component)}

    @model_validator(mode="after")
    def _is_worth_learning(self) -> Self:
        primary = [part for part in [*self.added.values(), self.process] if part is not None and part.primary]
        if not self.correctness and not primary:
            raise ValueError("correctness: at 0 nothing teaches; say of another component that it is primary")
        most = sum(part.weight * part.span for part in self.added.values())
        if self.correctness and most > self.correctness + 1e-9 and not self.outweigh:
            raise ValueError(
                f"the other components move a reward by up to {most:g} and correctness by {self.correctness:g}, so a "
                "wrong answer could earn more than a right one: lower their weights, or say outweigh: true"
            )
        return self


class ControlConfig(Section):
    """A negative control: an experiment in which rewards are not what the verifier says (trainer.rewards.control)."""

    kind: Literal["random", "flipped", "inverted", "format_only"] = Field(
        description="drawn; the opposite for some completions, or for some tasks; or for the form alone"
    )
    share: float = Field(1.0, gt=0, le=1, description="of the completions, or of the tasks for `inverted`")
