"""What a training run is told: every knob, its unit, its range and its default."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from pipeline.config import Section
from pipeline.engines.protocol import Sampling
from trainer.orders import Order, RetainedOrder, Shuffled
from trainer.rewards.settings import ControlConfig, Overlong, RewardConfig
from trainer.watching.settings import Watch, WatchConfig


class SamplingConfig(Section):
    """How rollouts are drawn. There is no top-k or top-p: a cut sampler is not the policy that is trained."""

    temperature: float = Field(
        1.0,
        ge=0,
        le=10,
        description="divides the logits, in sampling and in learning alike; 0: greedy, not to learn from",
    )
    max_tokens: int = Field(256, ge=1, description="longest completion, in tokens")
    prefill: str = Field(
        "", description="first words put into the model's mouth; judged with the response, not trained"
    )
    stop: list[str] = Field([], description="strings that end a completion; they stay in its text")

    def for_engine(self) -> Sampling:
        return Sampling(temperature=self.temperature, max_tokens=self.max_tokens, stop=tuple(self.stop))


class KlConfig(Section):
    """A pull on every completion, back to the model that training began with, which stays in memory too."""

    coefficient: float = Field(gt=0, description="what a unit of KL costs, in units of advantage")
    estimator: Literal["k1", "k2", "k3"] = Field(
        "k3", description="k1 is taken off the advantages; k2 and k3 are added to the loss"
    )
    corrected: bool = Field(False, description="k2, k3: times the policy ratio, unbiased after several updates")

    @model_validator(mode="after")
    def _has_what_it_corrects(self) -> Self:
        if self.corrected and self.estimator == "k1":
            raise ValueError(
                "corrected: k1 is taken off the advantages, which the ratio multiplies already; leave it out"
            )
        return self


class LossConfig(Section):
    """A row of trainer.loss.VARIANTS, and what may be added to any of them."""

    variant: Literal["grpo", "dapo", "dr_grpo", "gspo", "luspo", "cispo", "sapo", "vespo", "rloo", "reinforce++"] = (
        Field("dapo", description="a row of trainer.loss.VARIANTS")
    )
    clip_low: float | None = Field(
        None, gt=0, lt=1, description="ratios below 1 - clip_low earn no more; null: the variant's own bound"
    )
    clip_high: float | None = Field(
        None,
        gt=0,
        description="ratios above 1 + clip_high earn no more (cispo: above clip_high weigh no more); null: its own",
    )
    mismatch: Literal["token_truncate", "token_mask", "sequence_truncate", "sequence_mask"] | None = Field(
        None, description="importance weights learner / sampler, for rollouts of another engine"
    )
    mismatch_cap: float = Field(2.0, ge=1, description="weights above are cut to it (truncate) or dropped (mask)")
    kl: KlConfig | None = Field(None, description="a pull back to the model that training began with; null: none")
    entropy_share: float = Field(
        1.0, gt=0, le=1, description="only this share of an update's tokens, the most uncertain ones, is learnt from"
    )
    negative_weight: float = Field(1.0, ge=0, description="what an advantage below 0 is multiplied by")

    @model_validator(mode="after")
    def _has_the_bounds(self) -> Self:
        without: dict[str, tuple[str, ...]] = {"rloo": ("clip_low", "clip_high"), "sapo": ("clip_low", "clip_high")}
        without |= {"vespo": ("clip_low", "clip_high"), "cispo": ("clip_low",)}
        for bound in without.get(self.variant, ()):
            if getattr(self, bound) is not None:
                raise ValueError(f"{bound}: {self.variant} has no such bound; leave it out")
        return self

    @property
    def needs_learner(self) -> bool:
        """Whether the learner must read the rollouts before it learns from them."""
        return self.mismatch is not None or self.entropy_share < 1


HELD_OUT = "held_out"
"""The name of the first split, which the doctor reads."""

SplitName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]


class SplitsConfig(Section):
    """Held-out tasks, in one split or several."""

    shards: list[str] = Field(
        min_length=1, description="Parquet files, folders or globs of held-out tasks: the split `held_out`"
    )
    splits: dict[SplitName, Annotated[list[str], Field(min_length=1)]] = Field(
        {}, description="shards of further splits by name, such as `ood`; each is reported apart"
    )

    @model_validator(mode="after")
    def _splits_have_names_of_their_own(self) -> Self:
        if HELD_OUT in self.splits:
            raise ValueError(f"splits: {HELD_OUT} is what `shards` holds; name this one otherwise")
        return self

    def by_split(self) -> dict[str, list[str]]:
        return {HELD_OUT: self.shards} | self.splits


class EvaluationConfig(SplitsConfig):
    """Held-out tasks, sampled as in training; a problem that is also in the training shards is refused."""

    every: int = Field(
        25, ge=1, description="steps between evaluations; there is one before the first and after the last"
    )
    tasks: int = Field(400, ge=1, description="at most so many tasks a split, the same ones each time")
    samples: int = Field(1, ge=1, le=1024, description="samples of a task; from 2 on there is pass@k")


class GateConfig(Section):
    """Online difficulty filtering: sample on until the step is full of groups that teach (arXiv 2504.03380).

    It looks at the verifier's scores, never at shaped rewards: those have collapsed policies.
    """

    low: float = Field(0.2, ge=0, le=1, description="the least mean score of a group")
    high: float = Field(0.8, ge=0, le=1, description="the greatest one; all-alike groups are never learnt from")
    most: int = Field(4, ge=1, description="samplings a step at most; then the step goes on with what it has")

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self


class BudgetConfig(Section):
    """The knapsack of trainer.budget."""

    low: int = Field(2, ge=2, description="the fewest completions of a task")
    high: int = Field(64, ge=2, description="the most")


Share = Annotated[float, Field(gt=0, lt=1)]


class HintConfig(Section):
    """A task whose completions are all wrong is put again with the first part of its worked solution (GHPO)."""

    shares: list[Share] = Field(
        [0.25, 0.5, 0.75],
        min_length=1,
        description="of the solution's steps; each is tried where those before did not help",
    )
    characters: int = Field(2000, ge=1, description="longest hint, for the prompt to stay in the model's context")

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if any(later <= earlier for earlier, later in pairwise(self.shares)):
            raise ValueError(f"shares: each must be more than the one before, not {self.shares}")
        return self


class ReplayConfig(Section):
    """A right completion of a hard task is kept, and joins a later group of it that is all wrong."""

    below: float = Field(0.25, gt=0, le=1, description="the pass rate up to which a task is hard")
    capacity: int = Field(1024, ge=1, description="tasks of which one is kept, the newest ones")


class LoraConfig(Section):
    """Low-rank additions to linear layers are trained, and nothing else. There is no dropout: the policy that samples
    is the policy that learns."""

    rank: int = Field(16, ge=1, description="width of an addition")
    alpha: float = Field(32.0, gt=0, description="an addition is multiplied by alpha / rank")
    targets: list[str] | None = Field(
        None, min_length=1, description="names of layers, such as q_proj; null: every linear layer but the head"
    )


class VllmConfig(Section):
    """A vLLM beside the learner: it is given the weights before each sampling, and checked to serve them."""

    context: int | None = Field(None, ge=1, description="longest prompt and completion together; null: the model's")
    cache_gb: float | None = Field(
        None, gt=0, description="GiB for keys and values; null: 4 on a CPU, the rest on a GPU"
    )


class ServerConfig(Section):
    """A vLLM server elsewhere that is given the weights before each sampling, and checked to serve them."""

    url: str = Field(description="the server, such as http://10.0.0.2:8000/v1, in its development mode")
    folder: str = Field(min_length=1, description="for weights; the server reads it under the same path")
    name: str = Field("", description="the model's name at the server; `model` when left out")
    key_env: str = Field(
        "", pattern=r"^([A-Z][A-Z0-9_]*)?$", description="the environment variable that holds the server's key"
    )
    concurrency: int = Field(64, ge=1, le=1024, description="requests at a time")
    timeout: float = Field(600.0, gt=0, description="seconds for one answer; six times that with all tries again")
    dtype: Literal["float32", "bfloat16"] = Field(
        "float32", description="what the server computes in: how far its log-probabilities may be from the learner's"
    )

    @field_validator("url")
    @classmethod
    def _holds_no_secret(cls, url: str) -> str:
        if "@" in url or "?" in url:
            raise ValueError("without a key, a password or a query in it")
        return url


class TrainConfig(Section):
    """One GRPO run. A step is one optimiser update on `prompts_per_step` groups of `group_size` completions."""

    model: str = Field(description="a model's path, packaged name or hub id")
    shards: list[str] = Field(min_length=1, description="Parquet files, folders or globs of tasks to train on")
    output: str = Field(description="folder of the run: checkpoints, metrics, rollouts")
    seed: int = Field(0, ge=0, description="draws the order of the tasks and every sample")
    order: Order = Field(Shuffled(), description="what is trained on next: the name of a curriculum, or its section")
    quotas: dict[str, float] = Field({}, description="shares of the domains in what is sampled; they make 1")
    gate: GateConfig | None = Field(None, description="which groups are learnt from; all when left out")
    budget: BudgetConfig | None = Field(
        None, description="rollouts by what they are worth, group_size on average; null: group_size for each task"
    )
    hints: HintConfig | None = Field(None, description="what groups that are all wrong are told; null: nothing")
    replay: ReplayConfig | None = Field(None, description="rare right completions are learnt from again; null: never")
    steps: int = Field(100, ge=1, description="optimiser updates in all, those before a resume included")
    prompts_per_step: int = Field(16, ge=1, description="tasks an update learns from")
    group_size: int = Field(8, ge=2, description="completions of one task, compared with one another")
    updates_per_rollout: int = Field(
        1, ge=1, description="updates between two samplings; each sampling then draws that many times the prompts"
    )
    sampling: SamplingConfig = Field(SamplingConfig(), description="how the rollouts are drawn")
    loss: LossConfig = Field(LossConfig(), description="what is minimised")
    reward: RewardConfig = Field(RewardConfig(), description="what is rewarded; the verifier's score when left out")
    control: ControlConfig | None = Field(
        None, description="an experiment: rewards that are not what the verifier says; null: none"
    )
    lora: LoraConfig | None = Field(None, description="train low-rank adapters only; null: all weights")
    precision: Literal["float32", "bfloat16"] = Field(
        "float32", description="of the layers; weights are moved, and log-probabilities made, in float32 either way"
    )
    optimizer: Literal["adamw", "adamw8bit"] = Field("adamw", description="moments in float32, or in 8 bits")
    lr: float = Field(1e-6, gt=0, description="learning rate of AdamW after warm-up, constant")
    warmup_steps: int = Field(5, ge=0, description="steps of linear warm-up")
    max_grad_norm: float = Field(1.0, gt=0, description="gradients are scaled down to this norm")
    micro_batch_tokens: int = Field(
        4096, ge=1, description="tokens, padding included, of one forward and backward pass"
    )
    gradient_checkpointing: bool = Field(True, description="recompute activations: less memory, a third more time")
    vllm: VllmConfig | None = Field(None, description="sample by vLLM; null: by the model that is trained itself")
    server: ServerConfig | None = Field(None, description="sample by a vLLM server elsewhere; null: by none")
    verifiers: int = Field(1, ge=0, description="processes that verify, to be killed when they hang; 0: in this one")
    verifier_seconds: float = Field(10.0, gt=0, description="wall time of one answer; it is undecided after that")
    threads: int | None = Field(None, ge=1, description="CPU threads for torch; 1 is fastest for tiny models")
    save_every: int = Field(25, ge=1, description="steps between checkpoints; there is one after the last step")
    doctor: Literal["stop", "warn"] = Field(
        "stop", description="stop: end a run in which going on is waste; warn: only say so"
    )
    evaluation: EvaluationConfig | None = Field(None, description="held-out evaluation; none when left out")
    watch: Watch = Field(WatchConfig(), description="trackers that are told of each step: a list, or a section")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.sampling.temperature == 0:
            raise ValueError("sampling.temperature: 0 is greedy, and a group of equal completions teaches nothing")
        if self.server is not None and self.vllm is not None:
            raise ValueError("server, vllm: rollouts come from one of them; leave the other out")
        if self.server is not None and self.sampling.temperature != 1:
            raise ValueError("server: servers tell log-probabilities at temperature 1 alone; set sampling.temperature")
        if self.loss.variant == "rloo" and self.updates_per_rollout > 1:
            raise ValueError("updates_per_rollout: rloo has no ratio to the sampler and is right for 1; or take dapo")
        if self.loss.variant == "vespo" and self.loss.mismatch is not None:
            raise ValueError("loss.mismatch: vespo weighs the whole ratio to the sampler already; leave it out")
        if any(share <= 0 for share in self.quotas.values()):
            raise ValueError("quotas: every share must be above 0; leave out the shards of a domain that is not wanted")
        if self.quotas and abs(sum(self.quotas.values()) - 1) > 1e-6:
            raise ValueError(f"quotas: they make {sum(self.quotas.values()):g} and must make 1")
        for size in {self.group_size, self.group_size_at(self.steps)}:
            if self.budget and not self.budget.low <= size <= self.budget.high:
                raise ValueError(f"budget: group_size {size} is the average and must lie between low and high")
        if self.replay and self.loss.variant == "rloo" and self.loss.mismatch is None:
            raise ValueError("replay: rloo has no ratio to the weights of then; set loss.mismatch, or take dapo")
        if isinstance(self.reward.length, Overlong) and self.reward.length.buffer > self.sampling.max_tokens:
            raise ValueError(f"reward.length.buffer: {self.reward.length.buffer} is more than max_tokens")
        return self

    def group_size_at(self, step: int) -> int:
        """Completions of a task, on average, that is sampled for the update `step`."""
        if isinstance(self.order, RetainedOrder) and step > self.order.broad_steps:
            return self.order.group_size or self.group_size
        return self.group_size


FREE_ON_RESUME = frozenset(
    {
        "steps",
        "threads",
        "verifiers",
        "save_every",
        "doctor",
        "evaluation",
        "watch",
        "output",
        "micro_batch_tokens",
        "gradient_checkpointing",
    }
)
"""Keys that may change when a run goes on: they do not change what a step means."""

FREE_WITHIN = {
    "server": frozenset({"url", "folder", "name", "key_env", "concurrency", "timeout"}),
    "vllm": frozenset({"cache_gb"}),
}
"""The same inside of sections."""
