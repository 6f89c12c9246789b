"""One update: against an independent gradient, and what it must not depend on."""

import math
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import msgspec
import pytest
import torch
from torch import Tensor

from schemas import Rollout, Task
from tests.trainer.records import a_rollout
from trainer.advantage import varies
from trainer.config import TrainConfig
from trainer.reading import with_readings
from trainer.rollout import Group
from trainer.rows import rows_of
from trainer.update import learning_rate, update

LR = 0.5


def config(**changes: Any) -> TrainConfig:
    values: dict[str, Any] = {"model": "m", "shards": ["s"], "output": "o", "sampling": {"max_tokens": 9}}
    fixed = {"lr": LR, "warmup_steps": 0, "max_grad_norm": 1e9, "gradient_checkpointing": False}
    return TrainConfig.model_validate(values | fixed | changes)


def rollout(token_ids: Sequence[int], logprobs: Sequence[float], score: float | None) -> Rollout:
    return a_rollout(
        completion_tokens=len(token_ids),
        token_ids=tuple(token_ids),
        logprobs=tuple(logprobs),
        score=score,
        reason="error" if score is None else "partial",
    )


def group(task: Task, scores: Sequence[float | None], seed: int, spread: float = 0.4) -> Group:
    """Random ragged completions whose log-probabilities are near those of a random model over 52 tokens."""
    rng = Random(seed)
    rollouts = []
    for score in scores:
        token_ids = [rng.randrange(2, 52) for _ in range(rng.randint(1, 7))]
        logprobs = [rng.gauss(-4.2, spread) for _ in token_ids]
        rollouts.append(rollout(token_ids, logprobs, score))
    return Group(task=task, prompt_ids=tuple(rng.choices(range(2, 52), k=5)), rollouts=tuple(rollouts))


@pytest.fixture
def groups(some_tasks: Callable[..., list[Task]]) -> list[Group]:
    scores: list[list[float | None]] = [[1.0, 0.0, 0.0], [0.2, 0.9, None, 0.4], [0.0, 0.0, 0.0], [1.0, 0.5, 1.0]]
    tasks = some_tasks(len(scores))
    return [group(task, own, seed) for seed, (task, own) in enumerate(zip(tasks, scores, strict=True))]


def gradient(model: Any, groups: Sequence[Group], config: TrainConfig) -> Tensor:
    """What an update of plain gradient descent moved, over the learning rate."""
    before = torch.cat([parameter.detach().clone().flatten() for parameter in model.parameters()])
    done = update(model, torch.optim.SGD(model.parameters(), lr=LR), groups, config, step=1)
    assert done.outcome == "updated"
    return (before - torch.cat([parameter.detach().flatten() for parameter in model.parameters()])) / LR


def plain_gradient(model: Any, groups: Sequence[Group], variant: str) -> Tensor:
    """The same from the papers' formulas: row by row, token by token, all logits, no padding, no masks."""
    rows, total = [], torch.zeros((), dtype=torch.float64)
    for one in groups:
        scores = torch.tensor([r.score for r in one.rollouts if r.score is not None], dtype=torch.float64)
        for r in one.rollouts:
            if r.score is not None:
                std = 1.0 if variant == "dr_grpo" else max(scores.std().item(), 1e-3)
                rows.append((one.prompt_ids, r.token_ids, r.logprobs, (r.score - scores.mean().item()) / std))
    for prompt, tokens, old, advantage in rows:
        logits = model(torch.tensor([[*prompt, *tokens]])).logits[0]
        for step, token in enumerate(tokens):
            ratio = (torch.log_softmax(logits[len(prompt) + step - 1], -1)[token] - old[step]).exp()
            surrogate = torch.min(ratio * advantage, ratio.clamp(0.8, 1.28) * advantage)
            count = {
                "grpo": len(rows) * len(tokens),
                "dapo": sum(len(row[1]) for row in rows),
                "dr_grpo": len(rows) * 9,
            }
            total = total - surrogate / count[variant]
    model.zero_grad()
    total.backward()
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


@pytest.mark.parametrize("variant", ["grpo", "dapo", "dr_grpo"])
def test_the_gradient_is_that_of_the_plain_formula(
    random_model: Callable[..., Any], groups: list[Group], variant: str
) -> None:
    expected = plain_gradient(random_model(), groups, variant)
    told = gradient(random_model(), groups, config(loss={"variant": variant}))
    assert (told - expected).norm() / expected.norm() < 1e-6


def test_clipping_is_active_in_these_groups(random_model: Callable[..., Any], groups: list[Group]) -> None:
    model = random_model()
    done = update(model, torch.optim.SGD(model.parameters(), lr=LR), groups, config(), step=1)
    assert done.clip_fraction is not None
    assert 0.1 < done.clip_fraction < 0.9


@pytest.mark.parametrize("variant", ["grpo", "dapo", "dr_grpo"])
def test_the_gradient_does_not_depend_on_the_cut_into_micro_batches(
    random_model: Callable[..., Any], groups: list[Group], variant: str
) -> None:
    whole = gradient(random_model(), groups, config(loss={"variant": variant}, micro_batch_tokens=10_000))
    for budget in (1, 20, 45):
        cut = gradient(random_model(), groups, config(loss={"variant": variant}, micro_batch_tokens=budget))
        assert (cut - whole).norm() <= 1e-6 * whole.norm()


def test_groups_without_variance_move_nothing_not_even_by_momentum(
    random_model: Callable[..., Any], groups: list[Group], some_tasks: Callable[..., list[Task]]
) -> None:
    model = random_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=LR)
    update(model, optimizer, groups, config(), step=1)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    alike: list[list[float | None]] = [[1.0, 1.0], [0.1, 0.1, None], [None, None]]
    dull = [group(task, own, 9) for task, own in zip(some_tasks(3), alike, strict=True)]
    done = update(model, optimizer, dull, config(), step=2)
    assert done.outcome == "no_signal"
    assert all(torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))


@pytest.mark.parametrize("estimator", ["k1", "k2", "k3"])
def test_a_kl_pulls_on_groups_that_are_all_alike_too(
    random_model: Callable[..., Any], some_tasks: Callable[..., list[Task]], estimator: str
) -> None:
    own = config(loss={"kl": {"coefficient": 0.3, "estimator": estimator}})
    dull = [group(some_tasks(1)[0], [1.0, 1.0, None], 9)]
    read = with_readings(dull, random_model(), random_model(seed=1), own)
    assert gradient(random_model(), read, own).norm() > 0
    assert len(rows_of(read, own)) == 2


def test_an_undecided_completion_counts_for_nothing(random_model: Callable[..., Any], groups: list[Group]) -> None:
    without = [
        msgspec.structs.replace(one, rollouts=tuple(r for r in one.rollouts if r.score is not None)) for one in groups
    ]
    told, expected = (gradient(random_model(), some, config()) for some in (groups, without))
    assert torch.equal(told, expected)


def test_a_completion_without_tokens_has_nothing_to_learn_and_breaks_nothing(
    random_model: Callable[..., Any], groups: list[Group]
) -> None:
    silent = msgspec.structs.replace(groups[0].rollouts[0], token_ids=(), logprobs=(), completion_tokens=0)
    groups[0] = msgspec.structs.replace(groups[0], rollouts=(silent, *groups[0].rollouts[1:]))
    for variant in ("grpo", "dapo", "dr_grpo"):
        assert gradient(random_model(), groups, config(loss={"variant": variant})).isfinite().all()


@pytest.mark.parametrize("poison", [math.nan, -math.inf])
def test_a_loss_that_is_not_a_number_moves_nothing_and_is_said(
    random_model: Callable[..., Any], groups: list[Group], poison: float
) -> None:
    model = random_model()
    before = [parameter.detach().clone() for parameter in model.parameters()]
    bad = groups[0].rollouts[0]
    bad = msgspec.structs.replace(bad, logprobs=(poison, *bad.logprobs[1:]), score=0.0)
    sick = [msgspec.structs.replace(groups[0], rollouts=(bad, *groups[1].rollouts[:2])), *groups[1:]]
    done = update(model, torch.optim.AdamW(model.parameters(), lr=LR), sick, config(), step=1)
    assert done.outcome == "not_finite"
    assert all(torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))
    assert all(parameter.grad is None for parameter in model.parameters())


def test_gradients_are_scaled_to_the_largest_norm(random_model: Callable[..., Any], groups: list[Group]) -> None:
    assert gradient(random_model(), groups, config(max_grad_norm=1e-3)).norm().item() == pytest.approx(1e-3, rel=1e-3)


def test_truncated_importance_weighs_by_the_learner_at_sampling_time(
    random_model: Callable[..., Any], groups: list[Group]
) -> None:
    """With the learner's own log-probabilities as the old ones, every ratio is 1: REINFORCE with capped weights."""
    model, cap = random_model(), 1.05
    own = with_readings(groups, model, None, config(loss={"mismatch": "token_truncate"}))
    weighed = gradient(random_model(), own, config(loss={"mismatch": "token_truncate", "mismatch_cap": cap}))

    total = torch.zeros((), dtype=torch.float64)
    tokens = sum(r.completion_tokens for one in groups for r in one.rollouts if r.score is not None)
    for one in groups:
        scores = torch.tensor([r.score for r in one.rollouts if r.score is not None], dtype=torch.float64)
        for r in one.rollouts:
            if r.score is not None and scores.std() > 0:
                logits = model(torch.tensor([[*one.prompt_ids, *r.token_ids]])).logits[0]
                for step, token in enumerate(r.token_ids):
                    logprob = torch.log_softmax(logits[len(one.prompt_ids) + step - 1], -1)[token]
                    weight = min(math.exp(logprob.item() - r.logprobs[step]), cap)
                    total = total - weight * logprob * (r.score - scores.mean().item()) / scores.std().item() / tokens
    model.zero_grad()
    total.backward()
    expected = torch.cat([parameter.grad.flatten() for parameter in model.parameters()])
    assert (weighed - expected).norm() / expected.norm() < 1e-6


EXTRAS: dict[str, dict[str, Any]] = {
    "kl in the loss": {"kl": {"coefficient": 0.3}},
    "corrected": {"kl": {"coefficient": 0.3, "estimator": "k2", "corrected": True}},
    "kl in the advantages": {"kl": {"coefficient": 0.3, "estimator": "k1"}},
    "uncertain tokens": {"entropy_share": 0.3},
    "mismatch": {"mismatch": "sequence_mask"},
    "negative": {"negative_weight": 0.2},
}


@pytest.mark.parametrize("extra", EXTRAS.values(), ids=EXTRAS)
@pytest.mark.parametrize("variant", ["dapo", "gspo"])
def test_whatever_is_added_moves_the_gradient_and_does_not_depend_on_the_cut(
    random_model: Callable[..., Any], groups: list[Group], extra: dict[str, Any], variant: str
) -> None:
    def told(budget: int, loss: dict[str, Any]) -> Tensor:
        bounds = {"clip_low": 0.95, "clip_high": 20.0}
        own = config(loss={"variant": variant, **bounds, **loss}, micro_batch_tokens=budget)
        reference = random_model(seed=1) if own.loss.kl else None
        return gradient(random_model(), with_readings(groups, random_model(), reference, own), own)

    whole = told(10_000, extra)
    for budget in (1, 20, 45):
        assert (told(budget, extra) - whole).norm() <= 1e-5 * whole.norm()
    assert (whole - told(10_000, {})).norm() > 1e-3 * whole.norm()


def test_readings_are_the_log_probabilities_and_entropies_of_a_full_pass(
    random_model: Callable[..., Any], groups: list[Group]
) -> None:
    model = random_model()
    for one in with_readings(groups, model, random_model(seed=1), config(loss={"entropy_share": 0.5})):
        for place, told in enumerate(one.rollouts):
            text = torch.tensor([[*one.prompt_ids, *told.token_ids]])
            spread = model(text).logits[0, len(one.prompt_ids) - 1 : -1].log_softmax(-1)
            other = random_model(seed=1)(text).logits[0, len(one.prompt_ids) - 1 : -1].log_softmax(-1)
            ids = torch.tensor(told.token_ids)[:, None]
            assert one.old_logprobs[place] == pytest.approx(spread.gather(-1, ids)[:, 0].tolist(), rel=1e-9)
            assert one.reference_logprobs[place] == pytest.approx(other.gather(-1, ids)[:, 0].tolist(), rel=1e-9)
            assert one.entropies[place] == pytest.approx((-spread.exp() * spread).sum(-1).tolist(), rel=1e-9)


def test_the_share_of_uncertain_tokens_is_of_all_decided_tokens_of_the_update(
    random_model: Callable[..., Any], groups: list[Group]
) -> None:
    own = config(loss={"entropy_share": 0.3})
    read = with_readings(groups, random_model(), None, own)
    decided = [
        entropy
        for one in read
        for told, entropies in zip(one.rollouts, one.entropies, strict=True)
        if told.score is not None
        for entropy in entropies
    ]
    floor = sorted(decided, reverse=True)[round(0.3 * len(decided)) - 1]
    kept = [keep for row in rows_of(read, own) for keep in row.kept]
    varying = [
        entropy
        for one in read
        if varies(one.scores)
        for told, entropies in zip(one.rollouts, one.entropies, strict=True)
        if told.score is not None and told.score != sum(known(one)) / len(known(one))
        for entropy in entropies
    ]
    assert kept == [float(entropy >= floor) for entropy in varying]
    assert 0 < sum(kept) < len(kept)


def known(one: Group) -> list[float]:
    return [score for score in one.scores if score is not None]


def test_warm_up_is_a_line_then_constant() -> None:
    assert [learning_rate(config(lr=1.0, warmup_steps=4), step) for step in (1, 2, 4, 5, 90)] == [0.25, 0.5, 1, 1, 1]
    assert learning_rate(config(lr=1.0, warmup_steps=0), 1) == 1.0
