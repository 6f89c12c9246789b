"""The rollout pass: the planned rollouts, each once, however often it is killed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from random import Random

import msgspec
import pytest

from filters.beta import JEFFREYS
from filters.config import DifficultyConfig
from filters.rollouts import RolloutError, difficulties, of_the_pass, roll_out
from filters.sequential import decision_table
from filters.summary import summary_of
from generators.verify import verify
from pipeline.engines.protocol import Completion, EngineError, Request, Sampling
from schemas import Message, Rollout, Task, Verdict, from_table, to_table
from schemas.verdict import undecided
from tests.filters.scripted import SAMPLING, KilledError, ScriptedEngine, completion, scripted, sums

CONFIG = DifficultyConfig(cap=32)
RATES = (0.0, 0.05, 0.2, 0.5, 0.5, 0.8, 1.0, 1.0)


def rolled(
    tasks: Sequence[Task],
    engine: ScriptedEngine,
    config: DifficultyConfig = CONFIG,
    *,
    seed: int = 7,
    prefill: str = "",
    done: Sequence[Rollout] = (),
) -> list[Rollout]:
    """All rollouts of a pass, by task and sample, those in `done` too."""
    new = [
        rollout
        for batch in roll_out(tasks, engine, SAMPLING, config, seed, prefill=prefill, done=done)
        for rollout in batch
    ]
    place = {task.id: number for number, task in enumerate(tasks)}
    return sorted([*done, *new], key=lambda rollout: (place[rollout.task_id], rollout.sample))


def test_dead_and_solved_tasks_are_left_early_and_the_others_sampled_on() -> None:
    tasks = sums(len(RATES))
    made = rolled(tasks, scripted(tasks, RATES))
    graded = difficulties(tasks, made, CONFIG, "scripted", "1")
    assert [graded[0].decision, graded[3].decision, graded[-1].decision] == ["too_hard", "in_band", "too_easy"]
    assert max(graded[0].samples, graded[-1].samples) < 10
    assert max(each.samples for each in graded) <= CONFIG.cap
    counts = Counter(rollout.task_id for rollout in made)
    for task, each in zip(tasks, graded, strict=True):
        assert each.samples == counts[task.id]
        mine = [rollout for rollout in made if rollout.task_id == task.id]
        assert [rollout.sample for rollout in mine] == list(range(each.samples))
        assert each.successes == sum(rollout.score == 1.0 for rollout in mine)


def test_a_round_asks_the_engine_once_for_all_undecided_tasks() -> None:
    tasks = sums(len(RATES))
    engine = scripted(tasks, RATES)
    made = rolled(tasks, engine)
    alone = []
    for task, rate in zip(tasks, RATES, strict=True):
        alone.append(scripted([task], [rate]))
        rolled([task], alone[-1])
    assert engine.calls == max(each.calls for each in alone) < sum(each.calls for each in alone)
    assert len(made) == sum(len(each.sampled) for each in alone)


def test_no_rollout_is_made_after_a_decision() -> None:
    tasks = sums(40)
    rates = [Random(index).random() for index in range(len(tasks))]
    config = DifficultyConfig(prior="jeffreys")
    made = rolled(tasks, scripted(tasks, rates), config)
    for task in tasks:
        mine = [rollout for rollout in made if rollout.task_id == task.id]
        before = difficulties([task], mine[:-1], config, "scripted", "1")[0]
        assert before.decision == "undecided"
        assert difficulties([task], mine, config, "scripted", "1")[0].decision != "undecided" or len(mine) == config.cap


def test_a_rollout_keeps_what_was_sampled_and_how_it_was_judged() -> None:
    tasks = sums(1)
    rollout = rolled(tasks, scripted(tasks, [1.0]), prefill="So: ")[0]
    assert rollout.text == f"So: <answer>{tasks[0].answer}</answer>"
    assert (rollout.score, rollout.reason, rollout.extracted) == (1.0, "correct", tasks[0].answer)
    assert (rollout.model, rollout.revision, rollout.engine) == ("scripted", "1", "transformers")
    assert rollout.sampling["prefill"] == "So: "
    assert rollout.sampling["max_tokens"] == 32
    assert rollout.prompt_tokens == len(tasks[0].prompt[0].content) + len("So: ")
    assert rollout.completion_tokens == len(rollout.token_ids) == len(rollout.logprobs)
    assert rollout.mean_logprob == -0.5


@pytest.mark.parametrize(
    ("prior", "limit"),
    [("jeffreys", "max_rollouts"), ("fitted", "max_rollouts"), ("fitted", "max_completion_tokens")],
)
def test_a_pass_killed_again_and_again_makes_the_same_rollouts_and_pays_for_none_twice(prior: str, limit: str) -> None:
    tasks = sums(60)
    rates = [Random(index).choice(RATES) for index in range(len(tasks))]
    budget = {"max_rollouts": 700, "max_completion_tokens": 12_000}[limit]
    config = DifficultyConfig.model_validate({"cap": 24, "prior": prior, limit: budget})
    whole_engine = scripted(tasks, rates)
    whole = rolled(tasks, whole_engine, config)
    assert len(whole) == len(whole_engine.sampled)
    chance = Random(3)
    journal: list[Rollout] = []
    for _ in range(30):
        engine = scripted(tasks, rates, lives=chance.randrange(120))
        before = len(journal)
        stored = {(rollout.task_id, rollout.seed) for rollout in journal}
        try:
            for batch in roll_out(tasks, engine, SAMPLING, config, 7, done=as_stored(journal)):
                journal += batch
        except KilledError:
            pass
        assert not stored & set(engine.sampled)
        assert len(journal) - before >= len(engine.sampled) - 64
    resumed = rolled(tasks, scripted(tasks, rates), config, done=as_stored(journal))
    assert resumed == whole
    one_go = difficulties(tasks, whole, config, "scripted", "1")
    assert difficulties(tasks, resumed, config, "scripted", "1") == one_go


def as_stored(journal: list[Rollout]) -> list[Rollout]:
    """The rollouts as they come back from disk."""
    return from_table(to_table(journal, Rollout), Rollout)


def test_more_samples_than_a_pass_asks_for_are_not_of_it_though_none_is_made_again() -> None:
    tasks = sums(len(RATES))
    alone = rolled(tasks, scripted(tasks, RATES))
    every = DifficultyConfig(cap=16, round_size=16, prior="jeffreys")
    spare = rolled(tasks[:4], scripted(tasks[:4], RATES[:4]), every)
    engine = scripted(tasks, RATES)
    made = rolled(tasks, engine, done=spare)
    assert len(made) > len(alone)
    assert len({(each.task_id, each.sample) for each in made}) == len(made)
    kept = sorted((each.task_id, each.sample) for each in of_the_pass(tasks, made, SAMPLING, CONFIG))
    assert kept == sorted((each.task_id, each.sample) for each in alone)


def test_a_stored_sample_that_was_damaged_is_made_anew_alone() -> None:
    tasks = sums(len(RATES))
    whole = rolled(tasks, scripted(tasks, RATES))
    lost = whole[5]
    engine = scripted(tasks, RATES)
    assert rolled(tasks, engine, done=[rollout for rollout in whole if rollout is not lost]) == whole
    assert engine.sampled == [(lost.task_id, lost.seed)]


def test_a_sample_is_the_same_in_whatever_batch_it_is_made() -> None:
    tasks = sums(len(RATES))
    together = rolled(tasks, scripted(tasks, RATES), DifficultyConfig(cap=32, prior="jeffreys"))
    alone = [
        rollout
        for task, rate in zip(tasks, RATES, strict=True)
        for rollout in rolled([task], scripted([task], [rate]), DifficultyConfig(cap=32, prior="jeffreys"))
    ]
    assert together == alone
    assert len({rollout.seed for rollout in together}) == len(together)


@pytest.mark.parametrize("prior", ["jeffreys", "fitted"])
@pytest.mark.parametrize("budget", [0, 3, 10, 33, 50])
def test_a_budget_is_never_passed_and_what_was_not_reached_is_said(budget: int, prior: str) -> None:
    tasks = sums(len(RATES))
    config = DifficultyConfig.model_validate({"cap": 32, "prior": prior, "max_rollouts": budget})
    made = rolled(tasks, scripted(tasks, RATES), config)
    untouched = decision_table(config, JEFFREYS).fewest(0, 0)
    assert budget - untouched < len(made) <= budget
    graded = difficulties(tasks, made, config, "scripted", "1")
    summary = summary_of(graded, config)
    assert len(graded) == len(tasks)
    assert {each.decision for each in graded if each.samples == 0} <= {"undecided"}
    assert summary.rollouts == len(made)
    assert summary.out_of_budget == summary.decisions["undecided"] > 0


@pytest.mark.parametrize("budget", [0, 100, 1_000, 3_000])
def test_a_limit_of_tokens_is_never_passed_and_all_but_a_last_look_is_used(budget: int) -> None:
    tasks = [*sums(10), *sums(10, level=1)]
    rates = [Random(index).choice(RATES) for index in range(len(tasks))]
    config = DifficultyConfig(cap=32, max_completion_tokens=budget)
    made = rolled(tasks, scripted(tasks, rates), config)
    spent = sum(rollout.completion_tokens for rollout in made)
    longest = max((rollout.completion_tokens for rollout in made), default=0)
    assert longest <= SAMPLING.max_tokens
    first_decision = decision_table(config, JEFFREYS).fewest(0, 0)
    assert budget - first_decision * SAMPLING.max_tokens < spent <= budget
    summary = summary_of(difficulties(tasks, made, config, "scripted", "1"), config)
    assert summary.out_of_budget == summary.decisions["undecided"] > 0


def test_at_equal_tokens_more_is_found_where_rollouts_are_short() -> None:
    tasks = [*sums(40), *sums(30, level=1)]
    found = {}
    for limit, most in (("max_completion_tokens", 15_000), ("max_rollouts", 150)):
        config = DifficultyConfig.model_validate({"prior": "jeffreys", limit: most})
        engine = scripted(tasks, [0.5] * len(tasks))
        engine.thoughts = {task.id: "x" * 100 for task in tasks[:40]}
        made = [each for batch in roll_out(tasks, engine, Sampling(max_tokens=128), config, 7) for each in batch]
        assert 14_000 < sum(each.completion_tokens for each in made) <= 15_000
        graded = difficulties(tasks, made, config, "scripted", "1")
        found[limit] = sum(each.decision == "in_band" for each in graded)
    assert found["max_completion_tokens"] > 2 * found["max_rollouts"]


def test_a_budget_for_all_decides_all_and_takes_decisions_as_soon_as_the_error_allows() -> None:
    tasks = sums(60)
    rates = [Random(index).choice((0.0, 0.0, 0.5, 1.0)) for index in range(len(tasks))]
    spent = {}
    for budget in (None, 60 * 128):
        config = DifficultyConfig(prior="jeffreys", max_rollouts=budget)
        graded = difficulties(tasks, rolled(tasks, scripted(tasks, rates), config), config, "scripted", "1")
        assert {each.decision for each in graded} == {"too_hard", "in_band", "too_easy"}
        assert max(each.error for each in graded) <= config.error
        spent[budget] = sum(each.samples for each in graded)
    assert spent[60 * 128] < spent[None]


def test_a_budget_goes_to_the_tasks_that_weigh_most() -> None:
    tasks = sums(40)
    rates = [0.5] * 40
    config = DifficultyConfig(prior="jeffreys", max_rollouts=100)
    heavy = {task.id for task in tasks[20:]}
    weights = {task.id: 0.9 if task.id in heavy else 0.1 for task in tasks}
    engine = scripted(tasks, rates)
    made = [each for batch in roll_out(tasks, engine, SAMPLING, config, 7, weights=weights) for each in batch]
    assert {each.task_id for each in made} <= heavy


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf"), None])
def test_a_task_without_a_weight_above_0_is_refused(weight: float | None) -> None:
    tasks = sums(2)
    weights = {tasks[0].id: 1.0} | ({} if weight is None else {tasks[1].id: weight})
    with pytest.raises(RolloutError, match=f"the weight of task {tasks[1].id}"):
        list(roll_out(tasks, scripted(tasks, [0.5, 0.5]), SAMPLING, CONFIG, 7, weights=weights))


def test_an_undecidable_task_is_not_said_to_be_out_of_budget() -> None:
    tasks = sums(30)
    config = DifficultyConfig(cap=16, prior="jeffreys")
    made = rolled(tasks, scripted(tasks, [0.2] * 30), config)
    graded = difficulties(tasks, made, config, "scripted", "1")
    summary = summary_of(graded, config)
    assert any(each.decision == "undecided" and each.samples < config.cap for each in graded)
    assert (summary.out_of_budget, summary.at_cap) == (0, summary.decisions["undecided"])


def test_a_verifier_that_always_fails_ends_the_task_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(task: Task, response: str) -> Verdict:
        return undecided("error", "broken")

    monkeypatch.setattr("generators.judging.verify", broken)
    tasks = sums(3)
    made = rolled(tasks, scripted(tasks, [0.5] * 3))
    graded = difficulties(tasks, made, CONFIG, "scripted", "1")
    assert [(each.decision, each.samples, each.failed_checks) for each in graded] == [("undecided", 0, 8)] * 3
    assert summary_of(graded, CONFIG).unverifiable == 3


def test_a_failed_check_counts_for_neither_side_and_is_sampled_over(monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = iter(range(1000))

    def flaky(task: Task, response: str) -> Verdict:
        return undecided("timeout", "slow") if next(verdicts) % 5 == 0 else verify(task, response)

    monkeypatch.setattr("generators.judging.verify", flaky)
    tasks = sums(1)
    made = rolled(tasks, scripted(tasks, [1.0]))
    (graded,) = difficulties(tasks, made, CONFIG, "scripted", "1")
    assert graded.decision == "too_easy"
    assert graded.successes == graded.samples >= 8
    assert graded.failed_checks == len(made) - graded.samples > 0


def test_a_cell_with_many_dead_tasks_teaches_its_prior_and_saves_rollouts() -> None:
    tasks = sums(80)
    rates = [0.0] * 70 + [0.5] * 10
    spent = {}
    for prior in ("jeffreys", "fitted"):
        config = DifficultyConfig.model_validate({"cap": 32, "prior": prior})
        made = rolled(tasks, scripted(tasks, rates), config)
        graded = difficulties(tasks, made, config, "scripted", "1")
        assert [each.decision for each in graded[:70]] == ["too_hard"] * 70
        assert sum(each.decision == "in_band" for each in graded[70:]) >= 7
        spent[prior] = len(made)
    assert spent["fitted"] < 0.75 * spent["jeffreys"]


def test_the_summary_compares_with_the_cap_for_every_task() -> None:
    tasks = sums(len(RATES))
    made = rolled(tasks, scripted(tasks, RATES))
    graded = difficulties(tasks, made, CONFIG, "scripted", "1")
    summary = summary_of(graded, CONFIG)
    assert summary.tasks == sum(summary.decisions.values()) == len(tasks)
    assert summary.rollouts == len(made) < summary.fixed_rollouts == 32 * len(tasks)
    assert 0 < summary.expected_error <= CONFIG.error


@pytest.mark.parametrize(
    ("change", "named"),
    [({"model": "other"}, "model was other"), ({"seed": 5}, "seed was 5"), ({"sampling": {}}, "sampling was {}")],
)
def test_rollouts_of_another_pass_are_refused_by_name(change: dict[str, object], named: str) -> None:
    tasks = sums(1)
    done = [msgspec.structs.replace(rolled(tasks, scripted(tasks, [0.5]))[0], **change)]
    with pytest.raises(RolloutError, match=named):
        rolled(tasks, scripted(tasks, [0.5]), done=done)


def test_a_task_that_is_there_twice_is_refused() -> None:
    tasks = sums(1) * 2
    with pytest.raises(RolloutError, match="deduplicate"):
        list(roll_out(tasks, scripted(tasks, [0.5, 0.5]), SAMPLING, CONFIG, 7))


class Forgetful(ScriptedEngine):
    def generate(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Completion]:
        made = list(super().generate(requests, sampling))
        return iter(made[1:])


class Repeating(ScriptedEngine):
    def generate(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Completion]:
        for request in requests:
            yield from [completion(request.id, 0, "a")] * 2


@pytest.mark.parametrize(("kind", "message"), [(Forgetful, "left out 1 of the 4"), (Repeating, "twice")])
def test_an_engine_that_breaks_its_contract_is_named(kind: type[ScriptedEngine], message: str) -> None:
    tasks = sums(1)
    with pytest.raises(RolloutError, match=message):
        rolled(tasks, kind({tasks[0].id: "1"}, {tasks[0].id: 0.5}))


class ChatEngine(ScriptedEngine):
    """Asked in messages: no ids, no log-probabilities, but its own counts; fails after `good` samples."""

    good = 10**9

    def encode(self, messages: Sequence[Message], prefill: str = "") -> tuple[int, ...]:
        return ()

    def generate(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Completion]:
        asked = list(requests)
        assert all(request.messages and not request.prompt_ids for request in asked)
        for number, done in enumerate(super().generate(asked, sampling)):
            if number == self.good:
                raise EngineError("the budget is used up")
            yield msgspec.structs.replace(done, token_ids=(), logprobs=(), prompt_tokens=40, completion_tokens=9)


def chatting(tasks: Sequence[Task], rate: float) -> ChatEngine:
    return ChatEngine({task.id: task.answer for task in tasks}, {task.id: rate for task in tasks})


def test_an_engine_without_ids_is_asked_in_messages_and_its_counts_are_kept() -> None:
    tasks = sums(2)
    made = rolled(tasks, chatting(tasks, 1.0))
    assert {(one.prompt_tokens, one.completion_tokens, one.mean_logprob) for one in made} == {(40, 9, 0.0)}
    assert {(one.token_ids, one.logprobs, one.score) for one in made} == {((), (), 1.0)}
    assert from_table(to_table(made, Rollout), Rollout) == made


def test_what_was_sampled_before_an_engine_failed_is_given_before_its_failure() -> None:
    tasks = sums(30)
    engine = chatting(tasks, 0.5)
    engine.good = 100
    batches: list[tuple[Rollout, ...]] = []
    with pytest.raises(EngineError, match="used up"):
        batches.extend(roll_out(tasks, engine, SAMPLING, CONFIG, 7))
    made = [rollout for batch in batches for rollout in batch]
    assert len(made) == 100
    again = chatting(tasks, 0.5)
    assert rolled(tasks, again, done=made) == rolled(tasks, chatting(tasks, 0.5))
    assert not {(one.task_id, one.seed) for one in made} & set(again.sampled)
