"""The loss and its gradient against an independent implementation: TRL's `_compute_loss` on one ragged batch."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from torch import Tensor

from trainer import tiny
from trainer.advantage import Baseline, advantages
from trainer.batch import Row, collate
from trainer.logprobs import completion_logprobs, logprobs_and_entropies
from trainer.loss import VARIANTS, Variant, kl_penalty, policy_log_ratio, policy_loss
from trainer.mismatch import Correction, importance

GROUPS, SIZE, LONGEST = 6, 4, 9
MOVED = 0.3
"""Deviation of the old log-probabilities from the learner's, so that about half of the tokens meet a bound."""


@pytest.fixture
def model(random_model: Callable[..., Any]) -> Any:
    """In fp32, as TRL computes whatever it is given, and with small logits, so that little rounds off."""
    model = random_model(dtype=torch.float32)
    model.lm_head.weight.data *= 0.2
    return model


def rows(model: Any, temperature: float, weights: Callable[[list[int]], list[float]]) -> list[Row]:
    """Ragged prompts and completions of random tokens, with learner, old and sampler log-probabilities all apart."""
    rng = Random(7)
    made: list[Row] = []
    for _ in range(GROUPS):
        prompt = tuple(rng.choices(range(2, 52), k=rng.randint(2, 6)))
        for score in advantages([[float(rng.random() < 0.5) for _ in range(SIZE - 2)] + [0.0, 1.0]], "group_std")[0]:
            tokens = tuple(rng.choices(range(2, 52), k=rng.randint(1, LONGEST)))
            zeros = [0.0] * len(tokens)
            made.append(Row(prompt, tokens, zeros, zeros, [score] * len(tokens), 0.0))
    batch = collate(made, torch.device("cpu"))
    logprobs, _ = logprobs_and_entropies(model, batch, temperature)
    draw = torch.Generator().manual_seed(3)
    old, sampler, reference = (
        logprobs + MOVED * torch.randn(logprobs.shape, generator=draw, dtype=torch.float64) for _ in range(3)
    )
    own = weights([len(row.token_ids) for row in made])
    return [
        Row(
            row.prompt_ids,
            row.token_ids,
            sampler[place, : len(row.token_ids)].tolist(),
            old[place, : len(row.token_ids)].tolist(),
            row.advantages,
            own[place],
            reference[place, : len(row.token_ids)].tolist(),
        )
        for place, row in enumerate(made)
    ]


def theirs(model: Any, made: list[Row], folder: Path, inputs: dict[str, Any], **settings: Any) -> tuple[Tensor, Tensor]:
    """TRL's loss and gradient."""
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    beta = settings.pop("beta", 0.0)
    arguments = GRPOConfig(
        output_dir=str(folder),
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        gradient_accumulation_steps=1,
        per_device_train_batch_size=len(made),
        num_generations=SIZE,
        max_completion_length=LONGEST,
        beta=0.0,
        report_to="none",
        **settings,
    )
    trainer = GRPOTrainer(
        model=model,
        reward_funcs=lambda completions, **_: [0.0] * len(completions),
        args=arguments,
        processing_class=tiny.tokenizer(),
        train_dataset=Dataset.from_list([{"prompt": "1+1="}] * len(made)),
    )
    trainer.beta = beta  # given at the start, it would load the model again by its name
    trainer.current_gradient_accumulation_steps = 1
    trainer.use_vllm = "importance_sampling_ratio" in inputs
    width = max(len(row.prompt_ids) for row in made)
    batch = collate(made, torch.device("cpu"))
    left = [[0] * (width - len(row.prompt_ids)) for row in made]
    given = {
        "prompt_ids": torch.tensor([[*pad, *row.prompt_ids] for pad, row in zip(left, made, strict=True)]),
        "prompt_mask": torch.tensor([[*pad, *[1] * len(row.prompt_ids)] for pad, row in zip(left, made, strict=True)]),
        "completion_ids": torch.tensor(
            [[*row.token_ids, *[0] * (batch.inside.shape[1] - len(row.token_ids))] for row in made]
        ),
        "completion_mask": batch.inside.long(),
        "advantages": batch.advantages[:, 0],
        "old_per_token_logps": batch.old_logprobs,
        "ref_per_token_logps": batch.reference_logprobs,
        "num_items_in_batch": batch.inside.sum(),
        **inputs,
    }
    model.zero_grad()
    loss = trainer._compute_loss(model.train(), given)
    loss.backward()
    return loss.detach(), gradient_of(model)


def gradient_of(model: Any) -> Tensor:
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


def assert_same(ours: Tensor, model: Any, expected: tuple[Tensor, Tensor]) -> None:
    model.zero_grad()
    ours.backward()  # type: ignore[no-untyped-call]
    gradient = gradient_of(model)
    assert abs(ours.item() - expected[0].item()) <= 1e-6
    assert (gradient - expected[1]).norm() / expected[1].norm() <= 1e-5
    assert expected[1].norm() > 1e-3, "a gradient of nothing compares nothing"


def weighed(variant: Variant) -> Callable[[list[int]], list[float]]:
    return lambda lengths: variant.weights(lengths, LONGEST)


CASES: list[tuple[str, dict[str, Any], float]] = [
    ("grpo", {"loss_type": "grpo"}, 1.0),
    ("grpo", {"loss_type": "grpo"}, 0.7),
    ("dapo", {"loss_type": "dapo"}, 1.0),
    ("dapo", {"loss_type": "bnpo"}, 1.0),
    ("dr_grpo", {"loss_type": "dr_grpo"}, 1.0),
    ("gspo", {"loss_type": "grpo", "importance_sampling_level": "sequence"}, 1.0),
    ("luspo", {"loss_type": "luspo", "importance_sampling_level": "sequence"}, 1.0),
    ("cispo", {"loss_type": "cispo"}, 1.0),
    ("sapo", {"loss_type": "sapo"}, 1.0),
    ("vespo", {"loss_type": "vespo"}, 1.0),
]


@pytest.mark.parametrize(("name", "settings", "temperature"), CASES, ids=lambda value: str(value))
def test_every_variant_of_trl_has_our_loss_and_gradient(
    model: Any, tmp_path: Path, name: str, settings: dict[str, Any], temperature: float
) -> None:
    variant = VARIANTS[name]
    bounds = {"clip_low": 0.1, "clip_high": 0.15} if name != "cispo" else {"clip_low": 0.1, "clip_high": 1.1}
    made = rows(model, temperature, weighed(variant))
    told = theirs(
        model, made, tmp_path, {}, epsilon=0.1, epsilon_high=bounds["clip_high"], temperature=temperature, **settings
    )
    batch = collate(made, torch.device("cpu"))
    ours = policy_loss(
        completion_logprobs(model, batch, temperature),
        batch.old_logprobs,
        batch.advantages,
        batch.weights,
        variant,
        clip_low=bounds["clip_low"],
        clip_high=bounds["clip_high"],
    )
    if name in ("grpo", "dapo", "dr_grpo", "gspo", "luspo"):
        assert ours.clipped.any(), "a bound must be at work"
    assert_same(ours.value, model, told)


@pytest.mark.parametrize("corrected", [False, True])
def test_the_penalty_on_divergence_is_trls(model: Any, tmp_path: Path, corrected: bool) -> None:
    variant = VARIANTS["dapo"]
    made = rows(model, 1.0, weighed(variant))
    settings = {"loss_type": "dapo", "epsilon": 0.2, "epsilon_high": 0.28, "temperature": 1.0}
    told = theirs(model, made, tmp_path, {}, beta=0.3, use_bias_correction_kl=corrected, **settings)
    batch = collate(made, torch.device("cpu"))
    logprobs = completion_logprobs(model, batch, 1.0)
    penalty = kl_penalty(logprobs, batch.reference_logprobs, "k3")
    if corrected:
        penalty = penalty * policy_log_ratio(logprobs, batch.old_logprobs, batch.inside, "token").exp()
    loss = policy_loss(logprobs, batch.old_logprobs, batch.advantages, batch.weights, variant).value
    assert_same(loss + 0.3 * (batch.weights * penalty).sum(), model, told)


@pytest.mark.parametrize("how", ["token_truncate", "token_mask", "sequence_truncate", "sequence_mask"])
def test_importance_weights_enter_as_they_do_in_trl(model: Any, tmp_path: Path, how: Correction) -> None:
    variant = VARIANTS["dapo"]
    made = rows(model, 1.0, weighed(variant))
    batch = collate(made, torch.device("cpu"))
    weights = importance(batch.old_logprobs, batch.sampler_logprobs, batch.inside, how, 1.3)
    assert ((weights == 0) | (weights == 1.3)).any(), "the cap must be at work"
    settings = {"loss_type": "dapo", "epsilon": 0.2, "epsilon_high": 0.28, "temperature": 1.0}
    told = theirs(model, made, tmp_path, {"importance_sampling_ratio": weights}, **settings)
    logprobs = completion_logprobs(model, batch, 1.0)
    ours = policy_loss(logprobs, batch.old_logprobs, batch.advantages, batch.weights, variant, correction=weights)
    assert_same(ours.value, model, told)


def test_only_the_most_uncertain_tokens_learn_as_in_trl(model: Any, tmp_path: Path) -> None:
    variant = VARIANTS["dapo"]
    made = rows(model, 1.0, weighed(variant))
    settings = {"loss_type": "dapo", "epsilon": 0.2, "epsilon_high": 0.28, "temperature": 1.0}
    told = theirs(model, made, tmp_path, {}, top_entropy_quantile=0.2, **settings)
    batch = collate(made, torch.device("cpu"))
    _, entropies = logprobs_and_entropies(model, batch, 1.0)
    kept = (entropies >= torch.quantile(entropies[batch.inside], 0.8)) & batch.inside
    logprobs = completion_logprobs(model, batch, 1.0)
    ours = policy_loss(logprobs, batch.old_logprobs, batch.advantages, batch.weights, variant, correction=kept.float())
    assert_same(ours.value, model, told)


@pytest.mark.parametrize(("baseline", "scale"), [("group", "none"), ("group_std", "group"), ("update_std", "batch")])
def test_advantages_are_those_of_trl_but_for_its_epsilon(baseline: Baseline, scale: str) -> None:
    rewards = torch.tensor([[1.0, 0.0, 0.0, 1.0], [0.2, 0.9, 0.4, 0.4], [1.0, 0.5, 1.0, 0.0]])
    centred = rewards - rewards.mean(1, keepdim=True)
    theirs_scale = {"none": torch.tensor(1.0), "group": rewards.std(1, keepdim=True), "batch": rewards.std()}[scale]
    told = torch.tensor(advantages(rewards.tolist(), baseline))
    if (
        scale == "batch"
    ):  # ours is the deviation of what is centred: a hard and an easy group are no spread by themselves
        theirs_scale = centred.flatten().square().sum().div(centred.numel() - 1).sqrt()
    torch.testing.assert_close(told, centred / theirs_scale, rtol=1e-5, atol=1e-6)
