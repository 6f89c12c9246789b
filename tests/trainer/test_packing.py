"""Rows that share lines: every completion is told as it would be in a line of its own, and fewer tokens are read."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from transformers import MistralConfig, MistralForCausalLM

from trainer.batch import Batch, Row, collate, collate_lines, micro_batches
from trainer.config import TrainConfig
from trainer.forest import forest, sees
from trainer.learner import ready
from trainer.logprobs import completion_logprobs, logprobs_and_entropies
from trainer.packing import lines, span_of
from trainer.update import batch_loss

CPU = torch.device("cpu")
SPAN = 96

few = st.integers(2, 4)
texts = st.lists(st.lists(few, min_size=1, max_size=6).map(tuple), min_size=1, max_size=8)
"""Of three different tokens, so that many begin alike, contain one another or are the same."""
budgets = st.integers(1, 30)


def row(prompt: tuple[int, ...], tokens: tuple[int, ...]) -> Row:
    return Row(prompt, tokens, [0.0] * len(tokens), [0.0] * len(tokens), [1.0] * len(tokens), 1.0)


def ragged(groups: int, size: int, longest: int, prompt: int, seed: int = 0) -> list[Row]:
    """Groups of completions of all lengths up to `longest`, off their own log-probabilities by enough to be clipped."""
    rng = Random(seed)
    made = []
    for _ in range(groups):
        asked = tuple(rng.choices(range(2, 52), k=rng.randint(1, prompt)))
        for _ in range(size):
            count = rng.randint(1, longest)
            off = [[rng.gauss(-4.0, 0.4) for _ in range(count)] for _ in range(3)]
            tokens = tuple(rng.choices(range(2, 52), k=count))
            made.append(Row(asked, tokens, off[0], off[1], [rng.gauss(0, 1)] * count, 1 / 40, off[2]))
    return made


@given(texts)
def test_a_token_sees_its_own_past_and_nothing_else(sequences: list[tuple[int, ...]]) -> None:
    told = forest(sequences)
    assert [[told.token_ids[column] for column in path] for path in told.paths] == [list(text) for text in sequences]
    assert len(told.token_ids) == len({text[:end] for text in sequences for end in range(1, len(text) + 1)})
    seen = sees(torch.tensor([told.ends]))[0, 0]
    for path in told.paths:
        assert [told.depths[column] for column in path] == list(range(len(path)))
        for depth, column in enumerate(path):
            assert seen[column].nonzero().flatten().tolist() == path[: depth + 1]


@given(st.lists(st.tuples(texts.map(lambda some: some[0]), texts.map(lambda some: some[0])), max_size=12), few, budgets)
def test_every_row_stands_in_one_line_and_lines_are_bounded(
    pairs: list[tuple[tuple[int, ...], tuple[int, ...]]], span: int, budget: int
) -> None:
    rows = [row(*pair) for pair in pairs]
    packed = lines(rows, span, budget)
    assert sorted(place for places, _ in packed for place in places) == list(range(len(rows)))
    for places, length in packed:
        assert len(forest([(*rows[place].prompt_ids, *rows[place].token_ids) for place in places]).token_ids) <= length
        longest = max(len(rows[place]) for place in places)
        prompt = max(len(rows[place].prompt_ids) for place in places)
        assert length <= max(longest, span, 2 * prompt + (prompt * span) ** 0.5)
        assert length <= max(budget, *map(len, rows))


def test_a_long_prompt_is_read_by_many_at_once_and_a_short_one_is_not_worth_long_lines() -> None:
    def widths(prompt: int, tokens: int, budget: int = 4096) -> list[int]:
        rows = [row((2,) * prompt, (place, *[3] * (tokens - 1))) for place in range(4, 12)]
        return [len(places) for places, _ in lines(rows, span=3456, budget=budget)]

    assert widths(prompt=200, tokens=20) == [8]
    assert widths(prompt=200, tokens=200) == [4, 4]
    assert widths(prompt=1, tokens=400) == [1] * 8
    assert widths(prompt=200, tokens=20, budget=300) == [5, 3]
    assert widths(prompt=200, tokens=20, budget=100) == [1] * 8


def told_by(model: Any, batch: Batch, loss: dict[str, Any]) -> tuple[Tensor, Tensor, Tensor]:
    """The log-probabilities, the loss and its gradient."""
    config = TrainConfig.model_validate({"model": "m", "shards": ["s"], "output": "o", "loss": loss})
    model.zero_grad()
    logprobs = completion_logprobs(model, batch, 0.8)
    value = batch_loss(logprobs, batch, config).value
    value.backward()  # type: ignore[no-untyped-call]
    gradient = torch.cat([parameter.grad.flatten() for parameter in model.parameters()])
    return logprobs.detach(), value.detach(), gradient


@pytest.mark.parametrize("loss", [{"variant": "dapo"}, {"variant": "gspo", "kl": {"coefficient": 0.1}}])
@pytest.mark.parametrize(("checkpointing", "extra"), [(False, 0), (True, 3)])
def test_loss_and_gradient_are_those_of_rows_alone(
    random_model: Callable[..., Any], loss: dict[str, Any], checkpointing: bool, extra: int
) -> None:
    rows = ragged(groups=5, size=4, longest=9, prompt=12)
    rows += rows[:2]  # the same completions again, with nothing of their own to read
    packed = [[rows[place] for place in places] for places, _ in lines(rows, SPAN, 4096)]
    assert len(packed) < len(rows) / 2
    model = ready(random_model(), checkpointing).train()
    ours = told_by(model, collate_lines(packed, CPU, extra), loss)
    alone = told_by(model, collate([one for line in packed for one in line], CPU), loss)
    for mine, expected in zip(ours, alone, strict=True):
        mine = mine[:, : expected.shape[1]] if mine.dim() == 2 else mine
        assert (mine - expected).norm() <= 1e-6 * expected.norm()
    assert alone[2].norm() > 1e-3


def test_entropies_are_those_of_rows_alone(random_model: Callable[..., Any]) -> None:
    rows = ragged(groups=3, size=5, longest=4, prompt=6)
    packed = [[rows[place] for place in places] for places, _ in lines(rows, SPAN, 4096)]
    ours = logprobs_and_entropies(random_model(), collate_lines(packed, CPU), 0.8, chunk_logits=52 * 3)
    alone = logprobs_and_entropies(random_model(), collate([one for line in packed for one in line], CPU), 0.8)
    for mine, expected in zip(ours, alone, strict=True):
        torch.testing.assert_close(mine, expected, rtol=1e-9, atol=1e-9)


def test_two_threads_give_the_same_bits_each_time(random_model: Callable[..., Any]) -> None:
    """Completions that share tokens add up their gradients there, always in the same order."""
    rows = [row((5, 6), (tokens % 3 + 2, tokens % 2 + 2, 4)) for tokens in range(2000)]
    batch = collate_lines([rows], CPU)
    torch.set_num_threads(2)
    gradients = [told_by(random_model(dtype=torch.float32), batch, {})[2] for _ in range(3)]
    assert all(torch.equal(one, gradients[0]) for one in gradients)


def cells(lengths: list[int]) -> int:
    """Tokens of all passes, padding included."""
    return sum(len(part) * lengths[part[0]] for part in micro_batches(lengths, 4096))


@pytest.mark.parametrize(("prompt", "longest", "share"), [(100, 60, 0.5), (40, 400, 0.95), (3, 8, 0.85)])
def test_ragged_completions_take_fewer_tokens(prompt: int, longest: int, share: float) -> None:
    rows = ragged(groups=16, size=8, longest=longest, prompt=prompt)
    assert cells([length for _, length in lines(rows, 3456, 4096)]) <= share * cells([len(one) for one in rows])


def test_models_whose_attention_takes_no_mask_of_ours_read_rows_alone(random_model: Callable[..., Any]) -> None:
    model = random_model()
    assert span_of(model) == 6 * 16
    model.set_attn_implementation("eager")
    assert span_of(model) == 0
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    for window, span in ((8, 0), (None, 6 * 16)):
        config = MistralConfig(vocab_size=8, num_key_value_heads=2, sliding_window=window, **shape)
        assert span_of(MistralForCausalLM(config)) == span
    rows = ragged(groups=2, size=2, longest=3, prompt=3)
    assert lines(rows, 0, 4096) == [([place], len(one)) for place, one in enumerate(rows)]
