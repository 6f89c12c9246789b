"""What a training run is told: every knob, its unit, its range and its default."""

from typing import Literal

from pydantic import Field

from pipeline.config import Section
from pipeline.engines.protocol import Sampling


class SamplingConfig(Section):
    """How rollouts are drawn. There is no top-k or top-p: a cut sampler is not the policy that is trained."""

    temperature: float = Field(1.0, gt=0, le=10, description="divides the logits, in sampling and in learning alike")
    max_tokens: int = Field(256, ge=1, description="longest completion, in tokens")
    prefill: str = Field(
        "", description="first words put into the model's mouth; judged with the response, not trained"
    )
    stop: list[str] = Field([], description="strings that end a completion; they stay in its text")

    def for_engine(self) -> Sampling:
        return Sampling(temperature=self.temperature, max_tokens=self.max_tokens, stop=tuple(self.stop))


class EvaluationConfig(Section):
    """Held-out tasks, sampled as in training; a problem that is also in the training shards is refused."""

    shards: list[str] = Field(min_length=1, description="Parquet files, folders or globs of held-out tasks")
    every: int = Field(
        25, ge=1, description="steps between evaluations; there is one before the first and after the last"
    )
    tasks: int = Field(400, ge=1, description="at most so many tasks, the same ones each time")


class TrainConfig(Section):
    """One GRPO run. A step is one optimiser update on `prompts_per_step` groups of `group_size` completions."""

    model: str = Field(description="a model's path, packaged name or hub id")
    shards: list[str] = Field(min_length=1, description="Parquet files, folders or globs of tasks to train on")
    output: str = Field(description="folder of the run: checkpoints, metrics, rollouts")
    seed: int = Field(0, ge=0, description="draws the order of the tasks and every sample")
    order: Literal["shuffled", "given"] = Field(
        "shuffled",
        description="shuffled: anew each epoch; given: as in the shards, for an ordered curriculum",
    )
    steps: int = Field(100, ge=1, description="optimiser updates in all, those before a resume included")
    prompts_per_step: int = Field(16, ge=1, description="tasks an update learns from")
    group_size: int = Field(8, ge=2, description="completions of one task, compared with one another")
    updates_per_rollout: int = Field(
        1, ge=1, description="updates between two samplings; each sampling then draws that many times the prompts"
    )
    sampling: SamplingConfig = SamplingConfig()
    loss: Literal["grpo", "dapo", "dr_grpo"] = Field("dapo", description="a row of trainer.loss.VARIANTS")
    clip_low: float = Field(0.2, gt=0, lt=1, description="ratios below 1 - clip_low earn no more")
    clip_high: float = Field(0.28, gt=0, description="ratios above 1 + clip_high earn no more (clip-higher, DAPO)")
    importance_cap: float | None = Field(
        None, ge=1, description="truncated importance sampling: cap of the learner/sampler weight; for another engine"
    )
    lr: float = Field(1e-6, gt=0, description="learning rate of AdamW after warm-up, constant")
    warmup_steps: int = Field(5, ge=0, description="steps of linear warm-up")
    max_grad_norm: float = Field(1.0, gt=0, description="gradients are scaled down to this norm")
    micro_batch_tokens: int = Field(
        4096, ge=1, description="tokens, padding included, of one forward and backward pass"
    )
    gradient_checkpointing: bool = Field(True, description="recompute activations: less memory, a third more time")
    threads: int | None = Field(None, ge=1, description="CPU threads for torch; 1 is fastest for tiny models")
    save_every: int = Field(25, ge=1, description="steps between checkpoints; there is one after the last step")
    evaluation: EvaluationConfig | None = Field(None, description="held-out evaluation; none when left out")


FREE_ON_RESUME = frozenset(
    {"steps", "threads", "save_every", "evaluation", "output", "micro_batch_tokens", "gradient_checkpointing"}
)
"""Keys that may change when a run goes on: they do not change what a step means."""
