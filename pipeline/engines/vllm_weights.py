"""New weights for a vLLM engine that goes on serving."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from safetensors import safe_open
from torch import Tensor
from vllm import LLM
from vllm.model_executor.layers.utils import dispatch_cpu_unquantized_gemm
from vllm.model_executor.layers.vocab_parallel_embedding import ParallelLMHead, VocabParallelEmbedding
from vllm.platforms import current_platform

from pipeline.engines.protocol import EngineError


def serve(llm: LLM, weights: Iterable[tuple[str, Tensor]]) -> None:
    """Puts weights of the checkpoint's names and shapes in the place of the old, and forgets what those computed."""
    llm.collective_rpc("reload_weights", kwargs={"weights_iterator": iter(weights)})
    if current_platform.is_cpu() and getattr(llm.model_config.hf_text_config, "tie_word_embeddings", False):
        llm.apply_model(_retie)
    if not llm.reset_prefix_cache():
        raise EngineError("vLLM would not forget its prefix cache, which holds keys and values of the old weights")


def _retie(model: Any) -> None:
    """On a CPU the head multiplies by a packed copy of its weights, which is not packed anew where it is tied."""
    modules = list(model.modules())
    heads = [module for module in modules if isinstance(module, ParallelLMHead)]
    embeddings = [
        module
        for module in modules
        if isinstance(module, VocabParallelEmbedding) and not isinstance(module, ParallelLMHead)
    ]
    for head in heads:
        head.weight = embeddings[0].weight
        dispatch_cpu_unquantized_gemm(head, remove_weight=False)


def tensors(folder: Path) -> Iterator[tuple[str, Tensor]]:
    """Names and tensors of a folder's safetensors files, one at a time."""
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 - it is no dictionary
                yield name, file.get_tensor(name)
