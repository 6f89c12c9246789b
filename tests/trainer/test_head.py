"""The LM head a chunk at a time: values and gradients of a plain log-softmax over all logits at once."""

from typing import Any

import pytest
import torch
from torch import Tensor

from trainer import head
from trainer.head import head_logprobs

VOCABULARY, WIDTH = 11, 6
AT = torch.tensor([0, 0, 1, 2, 2, 2, 4])
"""The fourth of five hidden states foretells nothing."""
IDS = torch.tensor([3, 10, 0, 1, 2, 3, 5])


def drawn(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(len(shape)), dtype=dtype)


def a_head(bias: bool, dtype: torch.dtype = torch.float64) -> Any:
    linear = torch.nn.Linear(WIDTH, VOCABULARY, bias=bias, dtype=dtype)
    with torch.no_grad():
        for parameter in linear.parameters():
            parameter.copy_(drawn(*parameter.shape))
    return linear


@pytest.mark.parametrize("bias", [False, True], ids=["matrix", "any head"])
@pytest.mark.parametrize("chunk_logits", [1, VOCABULARY * 2, VOCABULARY * 100])
def test_values_and_gradients_are_those_of_all_logits_at_once(bias: bool, chunk_logits: int) -> None:
    linear = a_head(bias)
    hidden = drawn(5, WIDTH).requires_grad_()
    given = torch.linspace(-1, 2, len(AT), dtype=torch.float64)
    told = head_logprobs(hidden, AT, IDS, linear, 0.7, chunk_logits)
    expected = (linear(hidden) / 0.7).log_softmax(-1)[AT, IDS]
    torch.testing.assert_close(told, expected, rtol=1e-12, atol=1e-12)
    parts = [hidden, *linear.parameters()]
    ours, plain = (torch.autograd.grad((value * given).sum(), parts) for value in (told, expected))
    torch.testing.assert_close(ours, plain, rtol=1e-10, atol=1e-12)


def test_a_head_that_is_not_trained_gets_no_gradient_and_passes_it_on() -> None:
    linear = a_head(bias=False).requires_grad_(False)
    hidden = drawn(5, WIDTH).requires_grad_()
    head_logprobs(hidden, AT, IDS, linear, 1.0).sum().backward()  # type: ignore[no-untyped-call]
    assert linear.weight.grad is None
    assert hidden.grad is not None
    assert hidden.grad[3].count_nonzero() == 0
    assert hidden.grad[4].count_nonzero() == WIDTH


def test_no_more_than_a_chunk_of_logits_is_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = head._matrix_logits

    def noted(*given: Any) -> Tensor:
        logits = real(*given)
        made.append(logits.numel())
        return logits

    monkeypatch.setattr(head, "_matrix_logits", noted)
    hidden = drawn(5, WIDTH).requires_grad_()
    head_logprobs(hidden, AT, IDS, a_head(False), 1.0, VOCABULARY * 2).sum().backward()  # type: ignore[no-untyped-call]
    assert made == [VOCABULARY * count for count in (2, 2, 1)] * 2


@pytest.mark.parametrize("bias", [False, True], ids=["matrix", "any head"])
def test_hidden_states_in_bf16_meet_a_head_in_fp32(bias: bool) -> None:
    linear = a_head(bias, torch.float32)
    linear.register_forward_pre_hook(lambda module, given: (given[0].float(),))
    hidden = drawn(5, WIDTH).bfloat16().requires_grad_()
    told = head_logprobs(hidden, AT, IDS, linear, 1.0)
    torch.testing.assert_close(told, linear(hidden).log_softmax(-1)[AT, IDS])
    told.sum().backward()  # type: ignore[no-untyped-call]
    assert hidden.grad is not None
    assert hidden.grad.dtype == torch.bfloat16
    assert linear.weight.grad.dtype == torch.float32
