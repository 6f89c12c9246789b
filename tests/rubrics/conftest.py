"""A random model of a few thousand parameters that has yes and no as words of its own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from pipeline.engines.transformers import TransformersEngine

SIGNS = [chr(number) for number in range(32, 127)] + ["\n"]
WORDS = ["Yes", "No", "yes", "no"]


@pytest.fixture(scope="session")
def worded() -> Callable[..., tuple[TransformersEngine, Any, Any]]:
    """Makes the engine, its model and its tokenizer."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    vocabulary = {sign: place for place, sign in enumerate(["<pad>", "<end>", *WORDS, *SIGNS])}
    inner = Tokenizer(models.WordLevel(vocabulary, "<pad>"))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(r"Yes|No|yes|no|[\s\S]"), "isolated")
    inner.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", eos_token="<end>")
    tokenizer.chat_template = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}: "
    shape = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=2048,
        initializer_range=0.1,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
    )
    with torch.random.fork_rng():
        torch.manual_seed(6)
        model = LlamaForCausalLM(shape).eval()

    def made() -> tuple[TransformersEngine, Any, Any]:
        return TransformersEngine(model, tokenizer, name="random", revision="0"), model, tokenizer

    return made


@pytest.fixture(scope="session")
def smollm2() -> Iterator[TransformersEngine]:
    """A real model, for the slow tests."""
    engine = TransformersEngine.load("smollm2-135m", device="cpu")
    yield engine
    engine.close()
