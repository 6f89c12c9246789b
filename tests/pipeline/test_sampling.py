"""Tokens are drawn from the distribution that is said, each row by its own number."""

import math

import numpy as np
import pytest
import torch

from pipeline.engines import EngineError, Sampling
from pipeline.engines.sampling import choose, uniforms

LOGITS = torch.tensor([2.0, 1.0, 0.5, 0.0, -1.0, -math.inf])


def drawn(sampling: Sampling, count: int = 20_000, logits: torch.Tensor = LOGITS) -> torch.Tensor:
    """Counts (V,) of `count` draws by one sample's numbers."""
    numbers = torch.from_numpy(uniforms(3, count))
    tokens, _ = choose(logits.expand(count, -1), numbers, sampling)
    return torch.bincount(tokens, minlength=len(logits))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_frequencies_are_the_softmax_at_the_temperature(temperature: float) -> None:
    counts = drawn(Sampling(temperature=temperature)).double()
    expected = (LOGITS.double() / temperature).softmax(-1) * counts.sum()
    chi_square = ((counts - expected)[:5] ** 2 / expected[:5]).sum()
    assert chi_square < 18.5  # 4 degrees of freedom: 0.1 %
    assert counts[5] == 0


def test_top_k_keeps_the_k_likeliest_in_their_proportion() -> None:
    counts = drawn(Sampling(top_k=2)).double()
    assert counts[2:].sum() == 0
    assert counts[0] / counts[1] == pytest.approx(math.e, rel=0.05)


def test_top_p_keeps_the_smallest_set_that_holds_p() -> None:
    probs = LOGITS.double().softmax(-1)
    just_two = float(probs[:2].sum())
    assert torch.nonzero(drawn(Sampling(top_p=just_two - 0.01))).flatten().tolist() == [0, 1]
    assert torch.nonzero(drawn(Sampling(top_p=just_two + 0.01))).flatten().tolist() == [0, 1, 2]
    assert torch.nonzero(drawn(Sampling(top_p=1e-6))).flatten().tolist() == [0]


def test_top_p_counts_within_what_top_k_left() -> None:
    within = float(LOGITS[:3].double().softmax(-1)[:1].sum())
    assert torch.nonzero(drawn(Sampling(top_k=3, top_p=within - 0.01))).flatten().tolist() == [0]
    assert torch.nonzero(drawn(Sampling(top_k=3, top_p=within + 0.01))).flatten().tolist() == [0, 1]


def test_top_p_is_right_where_a_flat_distribution_needs_the_whole_vocabulary() -> None:
    flat = torch.linspace(0, 0.1, 2500)
    seen = torch.nonzero(drawn(Sampling(top_p=0.6), 3000, flat)).flatten()
    kept = int((flat.double().softmax(-1).flip(0).cumsum(0) < 0.6).sum()) + 1
    assert int(seen.min()) >= 2500 - kept
    assert len(seen) > 0.8 * kept


def test_logprobs_are_those_before_the_cuts() -> None:
    number = torch.tensor([0.3], dtype=torch.float64)
    for sampling in (
        Sampling(temperature=0.7),
        Sampling(temperature=0.7, top_k=2),
        Sampling(temperature=0.7, top_p=0.6),
    ):
        token, logprob = choose(LOGITS[None], number, sampling)
        assert logprob.item() == pytest.approx((LOGITS / 0.7).log_softmax(-1)[token].item(), abs=1e-6)


def test_greedy_takes_the_likeliest_and_gives_the_unscaled_logprob() -> None:
    token, logprob = choose(LOGITS[None], torch.tensor([0.99], dtype=torch.float64), Sampling(temperature=0))
    assert token.item() == 0
    assert logprob.item() == pytest.approx(LOGITS.log_softmax(-1)[0].item(), abs=1e-6)


def test_a_tiny_temperature_is_greedy_and_finite() -> None:
    token, logprob = choose(LOGITS[None] * 40, torch.tensor([0.99], dtype=torch.float64), Sampling(temperature=1e-300))
    assert (token.item(), logprob.item()) == (0, 0.0)


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    many = torch.randn(64, 1000, generator=torch.Generator().manual_seed(1)) * 3
    numbers = torch.from_numpy(uniforms(8, 64))
    together, _ = choose(many, numbers, Sampling(top_p=0.9))
    alone = [choose(many[row : row + 1], numbers[row : row + 1], Sampling(top_p=0.9))[0].item() for row in range(64)]
    assert together.tolist() == alone


def test_the_largest_number_never_draws_an_impossible_token() -> None:
    largest = torch.tensor([1 - 2.0**-52], dtype=torch.float64)
    for scale in (1.0, 1.3, 1.7):
        token, _ = choose(LOGITS[None] * scale, largest, Sampling())
        assert token.item() == 4


def test_a_samples_numbers_come_from_its_seed_alone_and_do_not_depend_on_how_many_are_wanted() -> None:
    assert np.array_equal(uniforms(11, 50)[:20], uniforms(11, 20))
    assert not np.array_equal(uniforms(11, 20), uniforms(12, 20))
    numbers = uniforms(7, 100_000)
    assert numbers.min() >= 0
    assert numbers.max() < 1
    assert numbers.mean() == pytest.approx(0.5, abs=0.005)


def test_the_numbers_are_the_same_for_ever() -> None:
    assert uniforms(2**62 + 1, 3).tolist() == [0.529784813774504, 0.013048271966439984, 0.19021619641177123]


def test_logits_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(EngineError, match="not finite"):
        choose(torch.tensor([[0.0, math.nan]]), torch.tensor([0.5], dtype=torch.float64), Sampling())
