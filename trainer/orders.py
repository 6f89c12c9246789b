"""What a user may say of the order of training."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field

from pipeline.config import Section

By = Literal["level", "family", "domain"]
"""What makes two tasks the same kind: their family and level, their family, or their domain."""

Share = Annotated[float, Field(gt=0, le=1)]


class Shuffled(Section):
    """Every task as often as any other, shuffled anew each epoch."""

    kind: Literal["shuffled"] = "shuffled"


class Given(Section):
    """As the shards stand: for an ordered curriculum."""

    kind: Literal["given"] = "given"


class StagedOrder(Section):
    """Easy to hard by the shards' pass rates: each stage opens the next harder share of the tasks."""

    kind: Literal["staged"]
    stages: int = Field(3, ge=2, description="shares of the tasks, of equal size")
    steps: int = Field(25, ge=1, description="updates a stage")


class RetainedOrder(Section):
    """All tasks for a while, then the hardest alone, as training finds them (DRIVE)."""

    kind: Literal["retained"]
    broad_steps: int = Field(25, ge=1, description="updates on all tasks")
    share: Share = Field(0.25, description="of the tasks is kept, the hardest ones")
    refresh: int = Field(25, ge=1, description="updates until they are chosen anew")
    group_size: int | None = Field(
        None, ge=2, description="completions of a task from then on; null: as before (DRIVE: 64 after 8)"
    )


class CyclicalOrder(Section):
    """From easy to all and back again."""

    kind: Literal["cyclical"]
    steps: int = Field(25, ge=2, description="updates a cycle")
    start: Share = Field(0.25, description="of the tasks, the easiest ones, begins a cycle")


class SecOrder(Section):
    """A bandit on kinds of tasks: the more its advantages vary, the more of it (SEC)."""

    kind: Literal["sec"]
    by: By = Field("level", description="what makes tasks one kind")
    rate: Share = Field(0.5, description="weight of what is new")
    temperature: float = Field(0.4, gt=0, description="the higher, the more alike kinds are drawn")


class DumpOrder(Section):
    """Upper confidence bounds on kinds of tasks (DUMP)."""

    kind: Literal["dump"]
    by: By = Field("level", description="what makes tasks one kind")
    window: int = Field(300, ge=1, description="rollouts of a kind that count")
    temperature: float = Field(0.1, gt=0, description="the higher, the more alike kinds are drawn")


class VarianceOrder(Section):
    """Of many candidates those whose reward should vary most."""

    kind: Literal["variance"]
    candidates: int = Field(4, ge=2, description="drawn for each task that is sampled")


class ValueOrder(Section):
    """Of many candidates those whose reward a value head predicts to be nearest to `target` (PCL)."""

    kind: Literal["value"]
    candidates: int = Field(4, ge=2, description="drawn for each task that is sampled")
    target: float = Field(0.5, ge=0, le=1, description="the reward at which tasks teach most")


def _by_name(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


Order = Annotated[
    Annotated[
        Shuffled
        | Given
        | StagedOrder
        | RetainedOrder
        | CyclicalOrder
        | SecOrder
        | DumpOrder
        | VarianceOrder
        | ValueOrder,
        Discriminator("kind"),
    ],
    BeforeValidator(_by_name),
]
"""A curriculum with its settings, or its name alone."""
