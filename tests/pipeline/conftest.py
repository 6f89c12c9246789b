"""Models for the engine tests: a tiny random Llama that speaks in characters, and SmolLM2 for the slow ones."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from pipeline.engines.transformers import TransformersEngine

CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789 .,:;!?\n<>/"
PAD, END = 0, 1


@pytest.fixture(scope="session")
def tiny_tokenizer() -> Any:
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    signs = ["<pad>", "<end>", *CHARACTERS]
    inner = Tokenizer(models.WordLevel({sign: place for place, sign in enumerate(signs)}, "<pad>"))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    inner.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", eos_token="<end>")


@pytest.fixture(scope="session")
def tiny_model() -> Any:
    """Two layers, grouped heads, 128 tokens of context; weights wide enough that its distributions are not flat."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=2 + len(CHARACTERS),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        initializer_range=0.4,
        bos_token_id=None,
        eos_token_id=END,
        pad_token_id=END,  # as in SmolLM2: padding must be masked by attention, never by its id
    )
    with torch.random.fork_rng():
        torch.manual_seed(5)
        return LlamaForCausalLM(config).eval()


@pytest.fixture
def tiny(tiny_model: Any, tiny_tokenizer: Any) -> TransformersEngine:
    return TransformersEngine(tiny_model, tiny_tokenizer, name="tiny", revision="test")


@pytest.fixture(scope="session")
def smollm2() -> Iterator[TransformersEngine]:
    engine = TransformersEngine.load("smollm2-135m", device="cpu", rows=32)
    yield engine
    engine.close()


@pytest.fixture(scope="session", autouse=True)
def _offline_hub() -> None:
    """No test asks the hub; the packaged model comes from the package registry, once, into the cache."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
