"""What memory a run is going to take, told before it takes it.

Counted from the shapes: weights, gradients and moments exactly, what passes hold by what the layers of a Llama keep.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import psutil
import torch

from pipeline.engines.chat import encoded
from pipeline.engines.kvcache import column_bytes, layer_dtype
from schemas import Task
from trainer.config import TrainConfig
from trainer.head import CHUNK_LOGITS
from trainer.learner import Learner

_MOMENT_BYTES = {"adamw": 8.0, "adamw8bit": 2.0 + 2 * 4 / 256}
"""Both moments of one weight; in 8 bits each 256 share a scale."""
_READ = 256
"""Tasks whose prompts are read for the longest."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of one process, by what they are for, besides what the libraries take and a vLLM beside the learner.

    `weights` are in memory already and count masters and a reference of the KL too; `free` is what there is beside
    them. `activations` and `logits` are those of the largest pass, `cache` the keys and values of sampling, `saving`
    what a checkpoint is written from: adapters merged, or, of several processes, all weights and moments in the first.
    """

    weights: int
    gradients: int
    moments: int
    activations: int
    logits: int
    cache: int
    saving: int
    free: int

    @property
    def peak(self) -> int:
        """Sampling, learning and saving take turns."""
        learning = self.gradients + self.activations + self.logits
        return self.weights + self.moments + max(learning, self.cache, self.saving)

    def __str__(self) -> str:
        sizes = {name: getattr(self, name) for name in self.__struct_fields__ if name != "free"}
        parts = ", ".join(f"{name} {_told(size)}" for name, size in sizes.items() if size)
        enough = self.peak - self.weights < self.free
        cure = "" if enough else ", too little: lower micro_batch_tokens, or train adapters (lora)"
        return f"memory: about {_told(self.peak)} ({parts}); {_told(self.free)} are free{cure}"


def memory_of(
    learner: Learner, reference: Any, config: TrainConfig, tasks: Sequence[Task], processes: int = 1
) -> Memory:
    """An estimate for training on these tasks in so many processes; `reference` is None without a KL."""
    model = learner.model
    prompt_tokens = max(
        len(encoded(learner.tokenizer, config.model, task.prompt, config.sampling.prefill))
        for task in tasks[:: -(-len(tasks) // _READ)]
    )
    shape = model.config.get_text_config()
    longest = prompt_tokens + config.sampling.max_tokens
    rows = config.prompts_per_step * config.group_size
    tokens = max(longest, min(config.micro_batch_tokens, rows * longest))
    trained = sum(own.numel() for own in learner.trained)
    head = model.get_output_embeddings().weight
    logits = 2 * 4 * min(CHUNK_LOGITS, tokens * head.shape[0])
    sampled = 0 if config.vllm or config.server else rows * config.updates_per_rollout * longest
    adapted = [own for name, own in model.named_parameters() if ".base_layer." in name]
    return Memory(
        weights=_bytes(model.parameters()) + _bytes(learner.masters.values()) + _of_reference(reference, learner),
        gradients=4 * trained // processes,
        moments=int(_MOMENT_BYTES[config.optimizer] * trained) // processes,
        activations=tokens * _token_bytes(model, config.gradient_checkpointing),
        logits=logits + (4 * head.numel() if head.requires_grad else 0),
        cache=min(sampled * column_bytes(shape, layer_dtype(model)), 4 << 30),
        saving=sum(4 * own.numel() for own in adapted) + (12 * trained if processes > 1 else 0),
        free=_free(model.device),
    )


def _token_bytes(model: Any, checkpointing: bool) -> int:
    """What is kept of one token for the backward pass.

    A layer of a Llama keeps each of its two norms' input and outputs, queries, repeated keys and values, what attention
    gives, twice, and four of the feed-forward's width. With checkpointing all but the layer at work keep their input,
    and that one has the gradients of all it keeps beside it.
    """
    shape = model.config.get_text_config()
    hidden, layers, heads = shape.hidden_size, shape.num_hidden_layers, shape.num_attention_heads
    attention = heads * (getattr(shape, "head_dim", None) or hidden // heads)
    kept = 6 * hidden + 5 * attention + 4 * (getattr(shape, "intermediate_size", None) or 4 * hidden)
    return int(layer_dtype(model).itemsize * (layers * hidden + 2 * kept if checkpointing else (layers + 1) * kept))


def _of_reference(reference: Any, learner: Learner) -> int:
    return 0 if reference is None or learner.adapted is not None else _bytes(reference.parameters())


def _bytes(tensors: Iterable[torch.Tensor]) -> int:
    return sum(tensor.nbytes for tensor in tensors)


def _free(device: torch.device) -> int:
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else psutil.virtual_memory().available


def _told(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.3g} MB"
