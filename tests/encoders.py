"""An encoder of few random weights, in a folder as transformers saves one."""

from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from pipeline.models.encoder import LONGEST


def save_random_encoder(folder: Path, size: int = 16) -> Path:
    """It reads letters; vectors of length `size`."""
    signs = ["[PAD]", "[UNK]", *"abcdefghijklmnopqrstuvwxyz 0123456789"]
    inner = Tokenizer(models.WordLevel({sign: place for place, sign in enumerate(signs)}, "[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    shape = BertConfig(
        vocab_size=len(signs),
        hidden_size=size,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * size,
        max_position_embeddings=LONGEST,
        initializer_range=0.3,
    )
    with torch.random.fork_rng():
        torch.manual_seed(2)
        BertModel(shape).save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(folder)
    return folder
