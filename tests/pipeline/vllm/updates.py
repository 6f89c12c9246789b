"""Weights as training changes them."""

from typing import Any

import torch


def shifted(model: Any, by: float) -> None:
    """Every weight a step of that size up or down, as an update of Adam would have it."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(3)
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter).sign() * by)
