"""The learner: the model that is trained, made ready, and the engine that samples from those very weights."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pipeline.models import load_model, resolve
from schemas.failure import Failure
from trainer.batch import micro_batches
from trainer.config import TrainConfig


class LearnerError(Failure, ValueError):
    """A model that can't be trained as told; the message says why."""


@dataclass(frozen=True)
class Learner:
    model: Any
    tokenizer: Any
    revision: str


def open_learner(name: str, config: TrainConfig) -> Learner:
    """A registry model in fp32, on the GPU where there is one. Raises ModelError."""
    checkpoint = resolve(name)
    model, tokenizer = load_model(checkpoint.path, "float32")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return Learner(ready(model.to(device), config.gradient_checkpointing), tokenizer, checkpoint.revision)


def open_reference(config: TrainConfig, revision: str) -> Any:
    """The model that training began with, frozen, in fp32. Raises LearnerError where its weights have changed since."""
    checkpoint = resolve(config.model)
    if checkpoint.revision != revision:
        raise LearnerError(
            f"{config.model} is the reference of the KL and has other weights ({checkpoint.revision}) than when this "
            f"training began ({revision}): put them back, or start anew in another output folder"
        )
    model, _ = load_model(checkpoint.path, "float32")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return ready(model.to(device), gradient_checkpointing=False).requires_grad_(False)


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


def adamw(model: Any, lr: float) -> torch.optim.AdamW:
    """AdamW with the second moment's memory of policy-gradient work (0.95), and no weight decay."""
    return torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.95), weight_decay=0.0)


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
