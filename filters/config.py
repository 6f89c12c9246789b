"""What a user may set about difficulty and curricula."""

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from filters.order import OrderName
from pipeline.config import Section
from rubrics.criteria.tongues import Language
from schemas import Decision

Share = Annotated[float, Field(ge=0, le=1)]


class DifficultyConfig(Section):
    """When a task's pass rate is known well enough.

    The question is whether the rate lies in [band_low, band_high]; a decision is taken once its posterior
    probability of being false is at most `error`, where being off by less than `zone` at an edge is no mistake.
    """

    band_low: Share = 0.2
    """The least pass rate that is neither too hard nor too easy."""
    band_high: Share = 0.8
    """The greatest such pass rate."""
    error: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    """The greatest probability, with which a decision may be false."""
    zone: Annotated[float, Field(ge=0, lt=0.5)] = 0.05
    """How far off an edge of the band a false decision is no mistake."""
    round_size: Annotated[int, Field(ge=1)] = 4
    """The samples of every task's first round, before which nothing is decided. A later round has the fewest after
    which a decision is possible, so that no rollout is made after it."""
    cap: Annotated[int, Field(ge=1, le=1024)] = 128
    """The most rollouts with a verdict that one task may cost."""
    success_at: Annotated[float, Field(gt=0, le=1)] = 1.0
    """The score from which a rollout is a success."""
    prior: Literal["fitted", "jeffreys"] = "fitted"
    """Fitted to the first round of each family and level, small ones filled up from all; or Jeffreys' for all."""
    failed_checks: Annotated[int, Field(ge=1)] = 8
    """A task stays undecided once its verifier has failed on this many rollouts."""
    max_rollouts: Annotated[int, Field(ge=0)] | None = None
    """The most rollouts that one pass may cost: they go where they decide the most, and a decision is taken as soon as
    `error` allows it."""
    max_completion_tokens: Annotated[int, Field(ge=0)] | None = None
    """The most tokens that one pass may sample: they go where they decide the most, as with `max_rollouts`."""

    @property
    def limited(self) -> bool:
        """Whether one pass may have to leave tasks undecided for want of rollouts or tokens."""
        return self.max_rollouts is not None or self.max_completion_tokens is not None

    @model_validator(mode="after")
    def _band_is_wider_than_its_zones(self) -> Self:
        if self.band_low + self.zone >= self.band_high - self.zone:
            raise ValueError(
                f"the band {self.band_low}..{self.band_high} leaves nothing between its zones of {self.zone}: "
                "widen the band or shrink zone"
            )
        return self


class SplitShares(Section):
    """How much of the problems goes to each split; the three shares make 1."""

    train: Share = 0.9
    """The share of the problems to learn from."""
    validation: Share = 0.05
    """The share to watch the training by."""
    test: Share = 0.05
    """The share to be looked at when all is done."""

    @model_validator(mode="after")
    def _shares_make_one(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-9:
            raise ValueError(f"the shares train, validation and test make {total:g} and must make 1")
        return self


class QualityConfig(Section):
    """What a task's rollouts must be like for it to become a row; None asks nothing."""

    truncated: Share | None = None
    """The most of its rollouts, as a share, that may be cut off at `max_tokens`."""
    repeating: Share | None = None
    """The most of them that may repeat themselves: half of their 4-grams of tokens stood before."""
    duplicated: Share | None = None
    """The most of them that may say the same as an earlier one. Short answers do so by nature."""
    shortest: Annotated[int, Field(ge=0)] | None = None
    """The least tokens of the median rollout."""
    longest: Annotated[int, Field(ge=0)] | None = None
    """The most tokens of the median rollout."""

    @model_validator(mode="after")
    def _some_length_is_left(self) -> Self:
        if self.shortest is not None and self.longest is not None and self.shortest > self.longest:
            raise ValueError(f"no length is at least {self.shortest} and at most {self.longest} tokens")
        return self

    @property
    def asks(self) -> bool:
        return self != QualityConfig()


PromptCheck = Literal[
    "hidden_characters",
    "foreign_script",
    "foreign_language",
    "unbalanced_marks",
    "placeholder",
    "chatter",
    "truncated",
    "repetitive",
    "no_question",
    "leaked_answer",
]


class SanityConfig(Section):
    """What questions are asked to be: whole, in one language, and without their answer."""

    checks: tuple[PromptCheck, ...] = get_args(PromptCheck)
    """What is looked for; each finding leaves a task out."""
    language: Language = "en"
    """The language that questions are in."""
    foreign_letters: Share = 0.0
    """The most of a question's letters, as a share, that may be in another script than the language's."""


class AgreementConfig(Section):
    """What a second look at the verdicts of a task's rollouts is for: to be reported, or required of a row."""

    checks: Literal["report", "require"] = "report"
    """`require` leaves out tasks on which two checks contradict each other; those with one check stay."""
    consensus: Literal["report", "require"] = "report"
    """`require` leaves out tasks of which the model is sure of an answer that the verifier does not accept."""


class CurriculumConfig(Section):
    """Which graded tasks become rows, in which split and in which order."""

    keep: tuple[Decision, ...] = ("in_band",)
    """The decisions on a task's pass rate with which it may become a row."""
    quality: QualityConfig = QualityConfig()
    """What the tasks' rollouts must be like."""
    sanity: SanityConfig | None = None
    """What the tasks' questions must be like: `{}` for all checks, in English; null asks nothing."""
    agreement: AgreementConfig | None = None
    """Whether verdicts are looked at a second time: `{}` to report what is found; null doesn't look."""
    held_out: dict[str, list[int]] = Field({})
    """Families, and levels of theirs or [] for all, that go to the split `ood` and to no other."""
    shares: SplitShares = SplitShares()
    """How much of the problems goes to which split."""
    most_common_answer: Annotated[float, Field(gt=0, le=1)] | None = None
    """The largest share that one gold answer may have of a family and level of the training split."""
    mix: dict[str, Annotated[float, Field(gt=0, le=1)]] = Field({})
    """Shares of families or domains in the training split, within 1 %; the shares make 1."""
    order: OrderName = "easy_to_hard"
    """The order of the rows in each split."""

    @field_validator("mix")
    @classmethod
    def _mix_makes_one(cls, mix: dict[str, float]) -> dict[str, float]:
        if mix and abs(sum(mix.values()) - 1) > 1e-6:
            raise ValueError(f"the shares make {sum(mix.values()):g} and must make 1")
        return mix


def refuse_unmade(
    curriculum: CurriculumConfig, made: Mapping[str, AbstractSet[int]], domains: Mapping[str, str]
) -> None:
    """Raises ValueError where `held_out` or `mix` name what no source makes, or nothing is left to train on.

    `made` has the levels of each family that is made, `domains` its domain.
    """
    for family, levels in curriculum.held_out.items():
        if family not in made:
            raise ValueError(f"held_out: no source makes {family!r}; there are {', '.join(sorted(made))}")
        for level in levels:
            if level not in made[family]:
                there = ", ".join(map(str, sorted(made[family])))
                raise ValueError(f"held_out: the sources make {family} at level {there}, not {level}")
    left = {family for family in made if not _covers(curriculum.held_out.get(family), made[family])}
    if not left:
        raise ValueError("held_out: all that the sources make is held out, and nothing is left to train on")
    known = made.keys() | set(domains.values())
    counted = {family if family in curriculum.mix else domains[family] for family in left}
    for name in curriculum.mix:
        if name not in known:
            raise ValueError(f"mix: no source makes a family or domain {name!r}; there are {', '.join(sorted(known))}")
        if name not in counted:
            raise ValueError(
                f"mix: no training task counts to {name!r}: held-out ones do not, and a family with a share of its own "
                "does not count to its domain"
            )


def _covers(held_out: Collection[int] | None, levels: AbstractSet[int]) -> bool:
    return held_out is not None and (not held_out or levels <= set(held_out))
