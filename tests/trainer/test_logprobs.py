"""Completion log-probabilities: those of a plain forward pass, whatever the chunks and the padding."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from trainer.batch import Row, collate, micro_batches
from trainer.learner import ready
from trainer.logprobs import completion_logprobs

CPU = torch.device("cpu")


def rows(seed: int = 0) -> list[Row]:
    draw = torch.Generator().manual_seed(seed)

    def ids(count: int) -> list[int]:
        return torch.randint(2, 52, (count,), generator=draw).tolist()

    return [Row(ids(p), ids(t), [0.0] * t, [0.0] * t, [1.0] * t, 1.0) for p, t in [(5, 3), (1, 6), (9, 1), (4, 4)]]


def plain(model: Any, row: Row, temperature: float) -> Tensor:
    """One row, no padding, all logits at once."""
    ids = torch.tensor([[*row.prompt_ids, *row.token_ids]])
    told = torch.log_softmax(model(ids).logits / temperature, -1)[0, :-1].gather(-1, ids[0, 1:, None])[:, 0]
    return told[len(row.prompt_ids) - 1 :]


@pytest.mark.parametrize("temperature", [1.0, 0.6])
@pytest.mark.parametrize("chunk_logits", [1, 52 * 3, 1 << 23])
@pytest.mark.parametrize("extra", [0, 1, 8])
def test_equal_a_plain_forward_pass(
    random_model: Callable[..., Any], temperature: float, chunk_logits: int, extra: int
) -> None:
    model = random_model()
    told = completion_logprobs(model, collate(rows(), CPU, extra), temperature, chunk_logits)
    for row, own in zip(rows(), told, strict=True):
        length = len(row.token_ids)
        torch.testing.assert_close(own[:length], plain(model, row, temperature), rtol=1e-9, atol=1e-9)
        assert not own[length:].any()


def gradient(model: Any, extra: int, chunk_logits: int) -> Tensor:
    model.zero_grad()
    told = completion_logprobs(model, collate(rows(), CPU, extra), 1.0, chunk_logits)
    (told * torch.linspace(1, 2, told.shape[0], dtype=told.dtype)[:, None]).sum().backward()
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


def test_the_gradient_does_not_depend_on_chunks_padding_or_checkpointing(random_model: Callable[..., Any]) -> None:
    reference = gradient(random_model(), extra=0, chunk_logits=1 << 23)
    torch.testing.assert_close(gradient(random_model(), 0, 52 * 2), reference, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(gradient(random_model(), 7, 1 << 23), reference, rtol=1e-9, atol=1e-12)
    recomputing = ready(random_model(), gradient_checkpointing=True).train()
    torch.testing.assert_close(gradient(recomputing, 0, 1 << 23), reference, rtol=1e-9, atol=1e-12)


def test_the_head_sees_completion_positions_only_a_chunk_at_a_time(random_model: Callable[..., Any]) -> None:
    model = random_model()
    seen: list[int] = []
    model.get_output_embeddings().register_forward_hook(lambda head, inputs, logits: seen.append(logits.numel()))
    completion_logprobs(model, collate(rows(), CPU), 1.0, chunk_logits=52 * 4)
    assert max(seen) <= 52 * 4
    assert sum(seen) == 52 * sum(len(row.token_ids) for row in rows())


def test_micro_batches_hold_every_row_once_within_the_budget() -> None:
    lengths = [3, 50, 4, 4, 9, 1, 20, 20]
    batches = micro_batches(lengths, budget=40)
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[row] for row in batch) <= 40 or len(batch) == 1 for batch in batches)
    assert [[lengths[row] for row in batch] for batch in batches] == [[50], [20, 20], [9, 4, 4, 3], [1]]
