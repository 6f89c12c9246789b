"""A model cut up among the processes: each holds a part of every weight, gradient and moment (FSDP2).

Zhao et al., arXiv 2304.11277; here torch's `fully_shard`. Learning gathers one layer at a time. Sampling needs all of
them for every token, and each process samples for itself, so the weights are whole for as long as it lasts.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import torch
from torch import Tensor

from trainer.config import TrainConfig
from trainer.precision import cast_at_the_ends
from trainer.processes import ProcessError


def sharded(model: Any, precision: Literal["float32", "bfloat16"] = "float32") -> Any:
    """The model, cut layer by layer. Gradients of the processes are added up: the loss has one denominator for all.

    In bf16 the shards stay in fp32 as masters; what is gathered of them is rounded, but for embeddings and head.
    """
    # Imported when wanted, here and below: they take seconds, and most commands never train on several devices.
    from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard, register_fsdp_forward_method

    cut = _layers(model)
    policy = MixedPrecisionPolicy()
    if precision == "bfloat16":
        policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32)
        cast_at_the_ends(model)
        cut += _beside_layers(model)
    for module in cut:
        fully_shard(module, mp_policy=policy)
    fully_shard(model)
    for part in _parts(model):
        part.set_gradient_divide_factor(1.0)
        part.set_force_sum_reduction_for_comms(True)
        part.set_reduce_scatter_unused_params(True)
    model.forwarded = lambda work: work()
    register_fsdp_forward_method(model, "forwarded")
    model.forwarded(lambda: None)  # the module that goes first is the root, and layers go first in `prompt_states`
    model.reset_iter_state()
    return model


def refuse_what_is_not_sharded(config: TrainConfig) -> None:
    """Raises ProcessError for what only a process alone can do."""
    asked = {
        "vllm": config.vllm is not None,
        "server": config.server is not None,
        "lora with precision: bfloat16": config.lora is not None and config.precision == "bfloat16",
        "optimizer: adamw8bit": config.optimizer == "adamw8bit",
    }
    if refused := [name for name, there in asked.items() if there]:
        raise ProcessError(f"{', '.join(refused)}: not with torchrun; leave it out, or train in one process")


def forwarded(model: Any, work: Callable[[], Tensor]) -> Tensor:
    """What `work` computes by parts of the model, as one forward pass of the whole: FSDP sees only such passes.

    Every process must do as many of them.
    """
    told: Tensor = model.forwarded(work) if is_cut(model) else work()
    return told


@contextmanager
def whole(model: Any) -> Iterator[None]:
    """For a while every process has all weights, and may do as many forward passes as it likes, without gradients."""
    if not is_cut(model):
        yield
        return
    for part in _parts(model):
        part.set_reshard_after_forward(False, recurse=False)
        part.unshard()
    try:
        yield
    finally:
        model.reset_iter_state()
        for part in _parts(model)[1:]:
            part.set_reshard_after_forward(True, recurse=False)


def gathered(state: Any, keep: bool) -> Any:
    """The nested state with whole tensors, on the CPU, in the place of shards; every process takes part.

    Where a process does not `keep` them there is None in their places.
    """
    if is_shard(state):
        tensor = state.full_tensor()
        return tensor.cpu() if keep else None
    if isinstance(state, Mapping):
        return {key: gathered(value, keep) for key, value in state.items()}
    return [gathered(value, keep) for value in state] if isinstance(state, list) else state


def scattered(moments: dict[str, Any], parameter: Tensor) -> dict[str, Any]:
    """A parameter's state in the optimiser, cut up as the parameter is."""
    if not is_shard(parameter):
        return moments
    from torch.distributed.tensor import distribute_tensor

    cut: Any = parameter
    mesh, places = cut.device_mesh, cut.placements
    return {
        name: distribute_tensor(value.to(parameter.device), mesh, places, src_data_rank=None)
        if isinstance(value, Tensor) and value.shape == parameter.shape
        else value
        for name, value in moments.items()
    }


def summed_norm(norm: Tensor) -> float:
    """The norm over all processes, of what clipping tells."""
    return float(norm.full_tensor() if is_shard(norm) else norm)  # type: ignore[attr-defined]


def is_cut(model: Any) -> bool:
    """Whether `sharded` has cut the model, or a layer of it: such modules can be put together again."""
    return isinstance(model, torch.nn.Module) and hasattr(model, "unshard")


def is_shard(state: Any) -> bool:
    """Whether this is the part of a tensor that one process holds (a DTensor)."""
    return isinstance(state, Tensor) and hasattr(state, "full_tensor")


def _beside_layers(model: Any) -> list[torch.nn.Module]:
    """What the decoder has of its own besides its layers and the embeddings: the last norm, for one."""
    return [
        module
        for module in model.get_decoder().children()
        if module is not model.get_input_embeddings() and any(True for _ in module.parameters()) and not _layers(module)
    ]


def _layers(model: Any) -> list[torch.nn.Module]:
    """The layers of a transformer, wherever in it."""
    from transformers.modeling_layers import GradientCheckpointingLayer

    return [module for module in model.modules() if isinstance(module, GradientCheckpointingLayer)]


def _parts(model: Any) -> list[Any]:
    """The model itself first, then its layers."""
    return [module for module in model.modules() if is_cut(module)]
