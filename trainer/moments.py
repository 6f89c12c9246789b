"""AdamW's moments as a safetensors file: `<parameter's place>.<name>`, of 8-bit ones a tensor for each of their parts.

What else an optimiser has is no state: the learning rate is a function of the step, and the rest is config.
"""

import json
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import safe_open
from torch import Tensor

from trainer.extras import needed

Moments = dict[int, dict[str, Any]]
"""By the parameter's place, its step and moments by name: the `state` of torch's `Optimizer.state_dict()`."""

_PARTS = ("codes", "scale", "qmap")
_SIGNED = "signed"


def write_moments(path: Path, moments: Moments) -> None:
    """Writes them whole; the file is not synced."""
    tensors: dict[str, Tensor] = {}
    signed = []
    for place, own in moments.items():
        for name, value in own.items():
            key = f"{place}.{name}"
            if _in_8_bits(value):
                # The table of values is one tensor for all, and safetensors takes none that share their memory.
                tensors |= {f"{key}.{part}": getattr(value, part).clone() for part in _PARTS}
                signed += [key] if value.signed else []
            else:
                tensors[key] = value.contiguous()
    safetensors.torch.save_file(tensors, path, metadata={_SIGNED: json.dumps(signed)})


def read_moments(path: Path) -> Moments:
    """The moments of a file, in fp32 or as 8-bit tensors, on the CPU. Raises ExtraError for 8 bits without torchao."""
    with safe_open(path, framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - it is no mapping
        signed = set(json.loads(file.metadata()[_SIGNED]))
    moments: Moments = {}
    for key in dict.fromkeys(".".join(key.split(".")[:2]) for key in tensors):
        place, name = key.split(".")
        value = tensors.get(key)
        if value is None:
            parts = {part: tensors[f"{key}.{part}"] for part in _PARTS}
            kind = needed("torchao.optim.subclass_8bit", "optimizer", "int8").OptimState8bit
            value = kind(**parts, signed=key in signed, dtype=parts["qmap"].dtype)
        moments.setdefault(int(place), {})[name] = value
    return moments


def _in_8_bits(value: Any) -> bool:
    return all(hasattr(value, part) for part in _PARTS)
