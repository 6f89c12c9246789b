"""The doctor: every rule on the fault that it is there for, none on a healthy run, and real faults in real runs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas import Task, Verdict
from trainer.config import TrainConfig
from trainer.doctor import HISTORY, RULES, Finding, examine, held_before
from trainer.evaluate import Evaluation
from trainer.loop import TrainingStopped, train
from trainer.metrics import Sampled, StepMetrics
from trainer.record import read_findings
from trainer.rewards.shares import RewardPart

PAGE = Path(__file__).parents[2] / "docs" / "train.md"

HEALTHY = StepMetrics(
    step=1,
    reward_mean=0.4,
    reward_std=0.4,
    zero_variance=0.3,
    truncated=0.1,
    undecided=0,
    entropy=0.8,
    outcome="updated",
    loss=0.01,
    grad_norm=0.5,
    clip_fraction=0.05,
    sampler_gap_mean=0.001,
    sampler_gap_max=0.01,
    learning_rate=1e-6,
    completions=64,
    prompt_tokens=640,
    completion_tokens=6400,
    generation_seconds=1.0,
    reward_seconds=0.1,
    update_seconds=1.0,
    length_correlation=0.1,
    duplicates=0.05,
    kl=0.01,
    sampled=Sampled(groups=8, admitted=8, reward_mean=0.4),
)


def run(count: int, change: Callable[[int], dict[str, Any]] = lambda step: {}) -> list[StepMetrics]:
    return [msgspec.structs.replace(HEALTHY, step=step, **change(step)) for step in range(1, count + 1)]


def after(step: int, **fields: Any) -> Callable[[int], dict[str, Any]]:
    return lambda now: fields if now >= step else {}


FAULTS: dict[str, tuple[list[StepMetrics], str, str]] = {
    "nothing to learn": (run(12, after(3, outcome="no_signal", zero_variance=1.0)), "no signal", "stop"),
    "little to learn": (run(8, after(4, zero_variance=0.9)), "no signal", "warn"),
    "cut off": (run(6, after(1, truncated=0.7)), "cut off", "warn"),
    "cut off and worthless": (run(6, after(1, truncated=0.98, reward_mean=0.0)), "cut off", "stop"),
    "entropy": (run(40, after(20, entropy=0.01)), "entropy collapsed", "warn"),
    "clipped": (run(30, after(5, clip_fraction=0.5)), "clipped", "warn"),
    "clipped in half of the steps": (
        run(24, lambda step: {"clip_fraction": 0.5 if step % 2 else None}),
        "clipped",
        "warn",
    ),
    "small gap": (run(8, after(1, sampler_gap_mean=0.07)), "engine and learner differ", "warn"),
    "wide gap": (run(2, after(2, sampler_gap_mean=0.4)), "engine and learner differ", "stop"),
    "wide gap at the last sampling": (
        run(4, lambda step: {"sampler_gap_mean": 0.4} if step == 3 else {"sampled": None} if step == 4 else {}),
        "engine and learner differ",
        "stop",
    ),
    "not finite": (run(4, after(4, outcome="not_finite")), "not finite", "warn"),
    "never finite": (run(4, after(2, outcome="not_finite")), "not finite", "stop"),
    "spikes": (run(25, lambda step: {"grad_norm": 40.0} if step % 7 == 0 else {}), "gradient spikes", "warn"),
    "length": (
        run(30, lambda step: {"length_correlation": 0.9, "completion_tokens": 6400 + 300 * step}),
        "length rewarded",
        "warn",
    ),
    "verifier": (run(5, after(1, undecided=10)), "verifier fails", "warn"),
    "no verifier": (run(5, after(1, undecided=60)), "verifier fails", "stop"),
    "alike": (run(12, after(1, duplicates=0.9)), "all alike", "warn"),
    "shape": (
        run(
            30, lambda step: {"rewards": {"length": RewardPart(mean=-0.5, share=0.9 if step > 9 else 0.1, shape=True)}}
        ),
        "one component dominates",
        "warn",
    ),
    "control": (run(1, after(1, control="random, share 1")), "negative control", "warn"),
    "divergence": (run(30, lambda step: {"kl": 0.01 if step < 15 else 2.0}), "far from the beginning", "warn"),
}


@pytest.mark.parametrize(("steps", "rule", "severity"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found_by_its_rule_and_by_no_other(steps: list[StepMetrics], rule: str, severity: str) -> None:
    (found,) = examine(steps)
    assert (found.rule, found.severity, found.step) == (rule, severity, steps[-1].step)
    assert len(found.sentence) > 40


def test_every_rule_has_its_fault() -> None:
    assert {rule for _, rule, _ in FAULTS.values()} == RULES.keys()


@pytest.mark.parametrize("count", [0, 1, 4, 10, 25, 60, 200])
def test_a_healthy_run_is_left_alone(count: int) -> None:
    assert examine(run(count)) == []


def test_entropy_that_falls_while_the_reward_rises_is_no_fault() -> None:
    assert examine(run(40, lambda step: {"entropy": 0.8 / step**2, "reward_mean": 0.02 * step})) == []


def evaluation(step: int, accuracy: float) -> Evaluation:
    return Evaluation(
        step=step,
        accuracy=accuracy,
        low=accuracy - 0.04,
        high=accuracy + 0.04,
        mean_score=accuracy,
        tasks=400,
        undecided=0,
        truncated=0.0,
    )


def test_a_training_reward_that_rises_while_held_out_accuracy_falls_is_said() -> None:
    steps = run(40, lambda step: {"reward_mean": 0.4 + 0.01 * step})
    (found,) = examine(steps, [evaluation(0, 0.3), evaluation(20, 0.5), evaluation(40, 0.35)])
    assert found.rule == "held-out falls"
    assert "step 20" in found.sentence
    assert examine(steps, [evaluation(0, 0.3), evaluation(20, 0.5), evaluation(40, 0.45)]) == []


def test_other_splits_may_fall() -> None:
    steps = run(40, lambda step: {"reward_mean": 0.4 + 0.01 * step})
    told = [evaluation(0, 0.3), evaluation(20, 0.5), evaluation(40, 0.35)]
    assert examine(steps, [msgspec.structs.replace(each, split="ood") for each in told]) == []


def all_right(task: Task, response: str) -> Verdict:
    return Verdict(score=1.0, reason="correct")


def broken(task: Task, response: str) -> Verdict:
    return Verdict(score=None, reason="error", detail="the verifier is broken")


@pytest.mark.parametrize(("verdict", "rule"), [(all_right, "no signal"), (broken, "verifier fails")])
def test_a_real_run_that_is_waste_ends_with_a_sentence(
    a_run: Callable[..., TrainConfig],
    monkeypatch: pytest.MonkeyPatch,
    verdict: Callable[[Task, str], Verdict],
    rule: str,
) -> None:
    monkeypatch.setattr("generators.judging.verify", verdict)
    config = a_run("waste", steps=20, evaluation=None, save_every=5)
    with pytest.raises(TrainingStopped, match=rule):
        train(config)
    assert read_findings(Path(config.output))[-1].severity == "stop"
    warned = a_run("warned", steps=14, evaluation=None, doctor="warn")
    assert train(warned).steps == 14
    said = [(each.rule, each.severity) for each in read_findings(Path(warned.output))]
    assert said.count((rule, "stop")) == 1
    assert len(said) == len(set(said))


@pytest.mark.usefixtures("share_of_digits")
def test_a_run_cut_short_by_its_token_limit_is_told_so(a_run: Callable[..., TrainConfig]) -> None:
    summary = train(a_run("cut", steps=6, evaluation=None))  # a random model never ends within four tokens
    assert [each.rule for each in summary.findings].count("cut off") == 1


@pytest.mark.usefixtures("share_of_digits")
def test_a_run_that_is_rewarded_for_a_sign_and_hardly_for_its_answers_is_told_so(
    a_run: Callable[..., TrainConfig],
) -> None:
    sign = {"weight": 1.0, "criteria": [{"checker": "letter_count", "arguments": {"letter": "7", "at_least": 1}}]}
    reward = {"correctness": 0.05, "rubric": sign, "outweigh": True}
    summary = train(a_run("sign", steps=14, prompts_per_step=4, lr=1e-3, evaluation=None, reward=reward))
    (found,) = (each for each in summary.findings if each.rule == "one component dominates")
    assert "varies by is rubric" in found.sentence


def said(steps: list[StepMetrics], evaluations: Sequence[Evaluation] = ()) -> list[tuple[str, str, int]]:
    """All that a run of these steps hears: rule, severity and step."""
    told: list[Finding] = []
    for end in range(1, len(steps) + 1):
        known = [each for each in evaluations if each.step <= steps[end - 1].step]
        held = held_before(steps[:end], known)
        told += [each for each in examine(steps[:end], known) if (each.rule, each.severity) not in held]
    return [(each.rule, each.severity, each.step) for each in told]


def test_findings_are_said_when_they_begin_to_hold_and_again_only_after_a_pause() -> None:
    steps = run(20, lambda step: {"truncated": 0.9 if step < 7 or step > 13 else 0.0})
    assert said(steps) == [("cut off", "warn", 5), ("cut off", "warn", 16)]


def test_what_grows_worse_is_said_again() -> None:
    steps = run(12, after(3, outcome="no_signal", zero_variance=1.0))
    assert said(steps) == [("no signal", "warn", 6), ("no signal", "stop", 12)]


def test_a_gap_that_is_measured_at_every_second_step_is_said_once() -> None:
    steps = run(9, lambda step: {"sampler_gap_mean": 0.4} | ({} if step % 2 else {"sampled": None}))
    assert said(steps) == [("engine and learner differ", "stop", 1)]


def test_the_oldest_step_that_a_rule_looks_at_makes_nothing_begin_unsaid() -> None:
    """As it leaves, entropy has fallen for the step before already, seen from the step after."""
    steps = run(HISTORY + 1, lambda step: {"entropy": {1: 0.0, 5: 0.8}.get(step, 0.75 if step < 56 else 0.07)})
    assert [each for each, *_ in said(steps)] == ["entropy collapsed"]


@pytest.mark.parametrize("every", [5, 90])
def test_accuracy_that_stays_down_is_said_once_and_again_when_it_falls_anew(every: int) -> None:
    steps = run(6 * every, lambda step: {"reward_mean": 0.4 + 0.001 * step})
    accuracies = [0.3, 0.5, 0.35, 0.3, 0.5, 0.36, 0.35]
    told = [evaluation(number * every, accuracy) for number, accuracy in enumerate(accuracies)]
    assert said(steps, told) == [("held-out falls", "warn", 2 * every), ("held-out falls", "warn", 5 * every)]


def test_the_page_names_every_rule() -> None:
    section = PAGE.read_text().split("## The doctor")[1].split("## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith("| ")]
    named = {name: ends for name, _, ends in rows if name != "rule"}
    assert named.keys() == {*RULES, "held-out falls"}
    assert {name for name, ends in named.items() if ends} == {
        rule for _, rule, severity in FAULTS.values() if severity == "stop"
    }
