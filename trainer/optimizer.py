"""AdamW over what is trained, with its moments in fp32 or in 8 bits."""

from typing import Any

import torch

from trainer.config import TrainConfig
from trainer.extras import needed
from trainer.learner import Learner
from trainer.precision import follow

BETAS = (0.9, 0.95)
"""The second moment's memory of policy-gradient work; there is no weight decay."""


def open_optimizer(learner: Learner, config: TrainConfig) -> torch.optim.Optimizer:
    """The config's optimiser; a bf16 model follows its masters after each step.

    `adamw8bit` is torchao's: moments in 8 bits, a scale for every 256 (arXiv 2110.02861), those of tensors under 4,096
    numbers in fp32. It compiles itself at the first step. Raises ExtraError without torchao.
    """
    kind: Any = torch.optim.AdamW
    if config.optimizer == "adamw8bit":
        kind = needed("torchao.optim", "optimizer", "int8").AdamW8bit
    optimizer: torch.optim.Optimizer = kind(learner.trained, lr=config.lr, betas=BETAS, weight_decay=0.0)
    if learner.masters:
        optimizer.register_step_post_hook(lambda *_: follow(learner.model, learner.masters))
    return optimizer


def trained_by(optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(rate)  # a compiled step would be compiled anew for another number
        else:
            group["lr"] = rate
