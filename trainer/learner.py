"""The learner: the model that is trained, made ready, and its weights as a checkpoint has them."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from pipeline.models import load_model, resolve
from schemas.failure import Failure
from trainer.batch import micro_batches
from trainer.config import TrainConfig
from trainer.lora import Unadapted, merged, restore_adapter
from trainer.lora import adapted as with_adapters
from trainer.precision import halved, masters


class LearnerError(Failure, ValueError):
    """A model that can't be trained as told; the message says why."""


@dataclass(frozen=True)
class Learner:
    """`model` is read and sampled from. `masters` are the fp32 weights of which its bf16 ones are copies, by name;
    `adapted` is PEFT's view of it, where only adapters are trained."""

    model: Any
    tokenizer: Any
    revision: str
    masters: Mapping[str, Parameter] = field(default_factory=dict)
    adapted: Any | None = None

    @property
    def trained(self) -> list[Parameter]:
        """What the optimiser moves."""
        return [self.masters.get(name, own) for name, own in self.model.named_parameters() if own.requires_grad]


def open_learner(
    config: TrainConfig, last: Path | None = None, base_revision: str | None = None, in_shards: bool = False
) -> Learner:
    """The config's model, or what the checkpoint `last` of a training from `base_revision` holds, on the GPU where
    there is one; all in fp32 where it is going to be `in_shards`. Raises ModelError, LearnerError, LoraError,
    ExtraError."""
    if last is None or config.lora is not None:
        checkpoint = resolve(config.model)
        if base_revision is not None:
            _refuse_other(config, "what the adapters are added to", checkpoint.revision, base_revision)
    else:
        checkpoint = resolve(str(last / "model"))
    model, tokenizer = load_model(checkpoint.path, "float32")
    before = halved(model) if config.precision == "bfloat16" and not in_shards else {}
    adapted = None
    if config.lora is not None:
        adapted = with_adapters(model, config.lora, config.seed)
        if last is not None:
            restore_adapter(adapted, last / "adapter")
    model = ready(model.to(_device()), config.gradient_checkpointing)
    return Learner(model, tokenizer, checkpoint.revision, masters(model, before), adapted)


def open_reference(config: TrainConfig, learner: Learner, base_revision: str, in_shards: bool = False) -> Any:
    """The model that training began with, to be read only. Raises LearnerError where its weights have changed since."""
    if learner.adapted is not None:
        return Unadapted(learner.adapted)
    checkpoint = resolve(config.model)
    _refuse_other(config, "the reference of the KL", checkpoint.revision, base_revision)
    model, _ = load_model(checkpoint.path, "float32")
    if config.precision == "bfloat16" and not in_shards:
        halved(model)
    return ready(model.to(_device()), gradient_checkpointing=False).requires_grad_(False)


def weights(learner: Learner) -> Iterator[tuple[str, Tensor]]:
    """What another engine loads: masters in the place of their copies, adapters merged in, one tensor at a time."""
    own = merged(learner.model) if learner.adapted is not None else learner.model.named_parameters()
    return ((name, learner.masters.get(name, tensor).detach()) for name, tensor in own)


def whole_state(learner: Learner) -> dict[str, Tensor]:
    """The same with what else a model keeps: its buffers."""
    parameters = {name for name, _ in learner.model.named_parameters(remove_duplicate=False)}
    buffers = {name: own for name, own in learner.model.state_dict().items() if name not in parameters}
    return dict(weights(learner)) | buffers


def ready(model: Any, gradient_checkpointing: bool) -> Any:
    """The model without dropout (the policy that samples is the policy that learns), not training until an update."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        if hasattr(module, "attention_dropout"):
            module.attention_dropout = 0.0
    if gradient_checkpointing:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # the new name is not there yet in transformers 5.16
            model.gradient_checkpointing_enable({"use_reentrant": False})
    return model.eval()


@torch.no_grad()
def prompt_states(model: Any, prompts: Sequence[Sequence[int]], budget: int) -> Tensor:
    """The last hidden state at the last token of each prompt, (n, H), in batches of at most `budget` tokens."""
    states: list[Tensor] = [torch.empty(0)] * len(prompts)
    for part in micro_batches([len(prompt) for prompt in prompts], budget):
        width = max(len(prompts[place]) for place in part)
        ids = torch.tensor([[*prompts[place], *[0] * (width - len(prompts[place]))] for place in part])
        hidden = model.get_decoder()(input_ids=ids.to(model.device), use_cache=False).last_hidden_state
        for row, place in enumerate(part):
            states[place] = hidden[row, len(prompts[place]) - 1].cpu()
    return torch.stack(states)


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def _refuse_other(config: TrainConfig, role: str, revision: str, base_revision: str) -> None:
    if revision != base_revision:
        raise LearnerError(
            f"{config.model} is {role} and has other weights ({revision}) than when this training began "
            f"({base_revision}): put them back, or start anew in another output folder"
        )
