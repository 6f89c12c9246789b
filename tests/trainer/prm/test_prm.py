"""Process reward models: what is right is learnt from labels, kept, opened again, and chooses well."""

import json
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.preferences.search.summary import summed_up
from pipeline.seeding import generator
from pipeline.statistics import auroc
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Message, StepLabels
from tests.trainer.conftest import bare_tasks
from trainer import tiny
from trainer.prm.choosing import best_of, weighted_vote
from trainer.prm.config import PrmConfig
from trainer.prm.examples import examples_of, held_out, step_places
from trainer.prm.fit import batches, fit, rate
from trainer.prm.measure import auroc_interval, auroc_within
from trainer.prm.model import PrmError, beginnings_worth, new_prm, open_prm, save_prm, values


def responses(count: int) -> list[StepLabels]:
    """Three steps of three digits each; a step with a nine in it is wrong, and so is what follows."""
    made = []
    for number in range(count):
        rng = generator(0, "responses", number)
        steps = tuple("".join(rng.choices("123459", k=3)) + "," for _ in range(3))
        labels = tuple(accumulate(("9" not in step for step in steps), lambda before, now: before and now))
        made.append(
            StepLabels(
                task_id=f"task {number // 2}",
                model="m",
                method="omega",
                prompt=(Message("user", "1+2="),),
                completions=steps,
                labels=labels,
                values=tuple(map(float, labels)),
                visits=(4, 0, 4),
                successes=tuple(4 * label for label in labels),
                low=tuple(map(float, labels)),
                high=tuple(map(float, labels)),
                score=None,
            )
        )
    return made


@pytest.fixture
def model(a_run: Callable[..., Any]) -> str:
    return str(a_run("unused").model)


def config(model: str, **changed: Any) -> PrmConfig:
    values: dict[str, Any] = {"model": model, "labels": ["x"], "output": "y", "lr": 3e-2, "epochs": 6}
    return PrmConfig(**(values | {"base_lr": 1e-2, "batch_tokens": 512} | changed))


def test_right_steps_are_told_from_wrong_ones_on_tasks_never_seen(model: str) -> None:
    prm = new_prm(model)
    examples = examples_of(responses(400), prm.tokenizer, estimated=False)
    untrained = fit(prm, examples, config(model, epochs=1, lr=1e-9, base_lr=0.0))
    fitted = fit(prm, examples, config(model))
    assert untrained.auroc is not None
    assert fitted.auroc is not None
    assert fitted.auroc_low is not None
    assert fitted.auroc_high is not None
    assert 0.85 < fitted.auroc_low <= fitted.auroc <= fitted.auroc_high
    assert fitted.auroc > 0.9
    assert fitted.within is not None
    assert fitted.within > 0.9
    assert fitted.brier < 0.6 * fitted.brier_of_mean
    assert fitted.steps + fitted.held_out_steps == 1200


def test_a_fit_repeats_bit_for_bit_and_a_frozen_model_stays_as_it_is(model: str) -> None:
    told = []
    for _ in range(2):
        prm = new_prm(model)
        before = [parameter.clone() for parameter in prm.base.parameters()]
        told.append(fit(prm, examples_of(responses(40), prm.tokenizer, estimated=True), config(model, base_lr=0.0)))
        assert all((old == new).all() for old, new in zip(before, prm.base.parameters(), strict=True))
    assert told[0] == told[1]
    assert told[0].steps + told[0].held_out_steps == 80


@pytest.mark.parametrize("with_base", [False, True])
def test_a_saved_model_says_the_same_and_other_weights_under_it_are_refused(
    model: str, with_base: bool, tmp_path: Path
) -> None:
    prm = new_prm(model)
    fit(prm, examples_of(responses(40), prm.tokenizer, estimated=False), config(model, base_lr=1e-2 * with_base))
    save_prm(prm, tmp_path / "prm", with_base=with_base)
    opened = open_prm(tmp_path / "prm")
    [task] = bare_tasks(1)
    asked = [(task, (5, 6)), (task, (5, 6, 7, 8)), (task, (9,))]
    assert beginnings_worth(opened, asked) == beginnings_worth(prm, asked)
    if not with_base:
        named = json.loads((tmp_path / "prm" / "prm.json").read_text())
        (tmp_path / "prm" / "prm.json").write_text(json.dumps({**named, "revision": "another"}))
        with pytest.raises(PrmError, match="make it again"):
            open_prm(tmp_path / "prm")
    with pytest.raises(PrmError, match="taskmill prm"):
        open_prm(tmp_path / "nothing")


def test_the_end_of_the_turn_changes_nothing_in_what_a_response_is_worth(model: str) -> None:
    prm = new_prm(model)
    fit(prm, examples_of(responses(40), prm.tokenizer, estimated=False), config(model, epochs=2))
    [task] = bare_tasks(1)
    end = prm.tokenizer.eos_token_id
    plain, ended, nothing, alone = beginnings_worth(
        prm, [(task, (5, 6)), (task, (5, 6, end)), (task, ()), (task, (end,))]
    )
    assert plain == pytest.approx(ended, abs=1e-6)
    assert nothing == pytest.approx(alone, abs=1e-6)
    assert plain != pytest.approx(nothing, abs=1e-4)


def test_values_do_not_depend_on_how_sequences_are_batched(model: str) -> None:
    prm = new_prm(model)
    examples = examples_of(responses(20), prm.tokenizer, estimated=False)
    fit(prm, examples, config(model, epochs=1))
    sequences, places = [each.token_ids for each in examples], [each.places for each in examples]
    alone = [values(prm, [ids], [own])[0] for ids, own in zip(sequences, places, strict=True)]
    together = values(prm, sequences, places)
    assert [value for own in together for value in own] == pytest.approx([v for own in alone for v in own], abs=1e-6)


def test_too_few_tasks_are_told(model: str) -> None:
    prm = new_prm(model)
    with pytest.raises(PrmError, match="give more step labels"):
        fit(prm, examples_of(responses(1), prm.tokenizer, estimated=False), config(model))


@pytest.mark.slow
def test_the_command_makes_a_model_that_opens(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from flows.prm import make_prm

    write_whole(str(tmp_path / "steps.parquet"), shard_bytes(responses(60), StepLabels)[0])
    make_prm([str(tmp_path / "steps.parquet")], str(tmp_path / "out"), [f"model={model}", "epochs=1", "threads=1"])
    assert "AUROC" in capsys.readouterr().out
    assert json.loads((tmp_path / "out" / "fitted.json").read_text())["auroc"] is not None
    open_prm(tmp_path / "out")


def test_every_response_is_learnt_from_once_an_epoch(model: str) -> None:
    examples = examples_of(responses(30), new_prm(model).tokenizer, estimated=False)
    seen = [each for part in batches(examples, config(model, epochs=3)) for each in part]
    assert sorted(map(repr, seen)) == sorted(map(repr, examples * 3))


@given(st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=5), st.integers(1, 3))
def test_the_token_that_ends_a_step_is_the_first_that_reaches_its_end(texts: list[str], width: int) -> None:
    whole = "".join(texts)
    offsets = [(start, min(start + width, len(whole))) for start in range(0, len(whole), width)]
    for place, end in zip(step_places(offsets, texts), accumulate(map(len, texts)), strict=True):
        assert offsets[place][1] >= end
        assert place == 0 or offsets[place - 1][1] < end


def test_what_only_the_place_of_a_step_tells_is_nothing_within_a_task() -> None:
    rng = generator(0, "labels")
    steps = [
        (task, number, rng.random() < 0.9 - 0.2 * number) for task in range(60) for number in range(4) for _ in range(2)
    ]
    scores = [1.0 - 0.2 * number for _, number, _ in steps]
    right = [label for *_, label in steps]
    overall = auroc(scores, right)
    assert overall is not None
    assert overall > 0.65
    assert auroc_within(scores, right, [(task, number) for task, number, _ in steps]) == 0.5
    assert auroc_within([float(label) for label in right], right, [task for task, *_ in steps]) == 1.0
    assert auroc_within(scores, right, range(len(steps))) is None


def test_the_interval_of_the_auroc_is_wider_where_the_steps_of_a_task_go_together() -> None:
    rng = generator(0, "scores")
    right = [rng.random() < 0.5 for _ in range(400)]
    scores = [label + rng.gauss(0, 1) for label in right]
    apart = auroc_interval(scores, right, [str(number) for number in range(400)])
    together = auroc_interval(scores * 4, right * 4, [str(number) for number in range(400)] * 4)
    as_if_apart = auroc_interval(scores * 4, right * 4, [str(number) for number in range(1600)])
    told = auroc(scores, right)
    assert told is not None
    for low, high in (apart, together, as_if_apart):
        assert low is not None
        assert high is not None
        assert low < told < high
    assert width(apart) == pytest.approx(width(together), rel=0.25)
    assert width(as_if_apart) < 0.7 * width(together)
    assert auroc_interval(scores[:1], right[:1], ["a"]) == (None, None)


def width(interval: tuple[float | None, float | None]) -> float:
    low, high = interval
    assert low is not None
    assert high is not None
    return high - low


@given(st.integers(1, 200))
def test_the_learning_rate_rises_then_falls_and_is_never_nothing(updates: int) -> None:
    rates = [rate(update, updates) for update in range(updates)]
    top = rates.index(max(rates))
    assert all(0 < each <= 1 for each in rates)
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)


def test_the_best_and_the_vote_follow_the_values() -> None:
    assert [summed_up([0.5, 0.8], by) for by in ("last", "least", "product")] == [0.8, 0.5, 0.4]  # type: ignore[arg-type]
    assert summed_up([]) == 0.0
    assert best_of([0.2, 0.9, 0.9]) == 1
    assert weighted_vote(["a", "b", "b", None], [0.9, 0.4, 0.4, 1.0]) == "a"
    assert weighted_vote([None], [1.0]) is None


def test_tasks_are_held_out_whole_and_by_their_share() -> None:
    told = [held_out(f"task {number}", 0.2, 0) for number in range(2000)]
    assert 300 < sum(told) < 500
    assert told == [held_out(f"task {number}", 0.2, 0) for number in range(2000)]


def test_the_tokenizer_of_the_tiny_model_has_the_letters_used_here() -> None:
    ids = tiny.tokenizer()("123459,", add_special_tokens=False)["input_ids"]
    assert len(ids) == 7
