"""The encoder: a text's vector is its own, whatever is read beside it, and a real one knows paraphrases."""

from typing import Any

import numpy as np
import pytest
import torch

from rubrics.encoder import LONGEST, Encoder, likeness
from rubrics.judges.baselines import EncoderJudge
from rubrics.judges.contract import Case


@pytest.fixture(scope="module")
def random_encoder() -> Encoder:
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    signs = ["[PAD]", "[UNK]", *"abcdefghijklmnopqrstuvwxyz 0123456789"]
    inner = Tokenizer(models.WordLevel({sign: place for place, sign in enumerate(signs)}, "[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]")
    shape = BertConfig(
        vocab_size=len(signs),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=LONGEST,
        initializer_range=0.3,
    )
    with torch.random.fork_rng():
        torch.manual_seed(2)
        return Encoder(BertModel(shape).eval(), tokenizer, name="random")


def by_hand(encoder: Encoder, text: str) -> Any:
    read = encoder._tokenizer(text, return_tensors="pt")
    with torch.no_grad():
        mean = encoder._model(**read).last_hidden_state[0].double().mean(0).numpy()
    return mean / np.linalg.norm(mean)


def test_vectors_are_means_of_tokens_whatever_is_read_beside_them(random_encoder: Encoder) -> None:
    texts = ["a man eats", "x", "3 plus 4 is 7 " * 10, "a man eats", *(f"number {number}" for number in range(40))]
    told = random_encoder.vectors(texts)
    assert told.shape == (len(texts), 16)
    for row, text in zip(told, texts, strict=True):
        assert row == pytest.approx(by_hand(random_encoder, text), abs=1e-5)
    assert random_encoder.vectors([]).shape[0] == 0


def test_likeness_is_a_cosine_and_hostile_texts_are_cut(random_encoder: Encoder) -> None:
    same, other, hostile = likeness(
        random_encoder, ["a man", "a man", "z" * 10_000_000], ["a man", "3 7 9", "\ud800" + "z" * 1000]
    )
    assert same == pytest.approx(1.0)
    assert -1 <= other < 0.999
    assert -1 <= hostile <= 1


def test_the_judge_compares_with_the_reference_where_there_is_one(random_encoder: Encoder) -> None:
    cases = [
        Case(prompt="", response="seven"),
        Case(prompt="", response="seven", reference="seven"),
        Case(prompt="", response="a", reference="seven"),
    ]
    none, same, other = EncoderJudge(random_encoder).judge(cases)
    assert none.score is None
    assert same.score == pytest.approx(1.0)
    assert other.score is not None
    assert 0 <= other.score < 1


@pytest.mark.slow
def test_the_packaged_encoder_gives_the_published_cosine_and_hardly_minds_a_number() -> None:
    encoder = Encoder.load()
    told = likeness(
        encoder,
        ["A man is eating food.", "3 + 4 = 7", "A man is eating food."],
        ["A man is eating a piece of bread.", "3 + 4 = 8", "The girl is carrying a baby."],
    )
    assert told[0] == pytest.approx(0.7553, abs=1e-3)
    assert told[1] > 0.8 > told[0] > 0.3 > told[2]
